//! The schema of a part of a value, by the schema of the whole.

use expr::runtime::Named;
use serde_json::{Value, json};

/// What is known of a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    pub(super) schema: Value,
    /// It may have no value; where that is told, it is `null`.
    pub(super) unsure: bool,
    /// Where it has no value, objects do not have it.
    pub(super) left_out: bool,
}

/// The same schema, or `null`.
pub(super) fn nullable(mut schema: Value) -> Value {
    if schema.as_object().is_none_or(serde_json::Map::is_empty) {
        return schema;
    }
    let is_open =
        ["const", "enum", "anyOf", "oneOf", "allOf", "not"].iter().all(|name| schema.get(name).is_none());
    match schema.get("type") {
        Some(Value::String(kind)) if is_open && kind != "null" => {
            schema["type"] = json!([kind, "null"]);
            schema
        }
        Some(Value::Array(kinds)) if kinds.iter().any(|kind| kind == "null") && is_open => schema,
        _ => json!({"anyOf": [schema, {"type": "null"}]}),
    }
}

// === impl Found ===

impl Found {
    pub(super) fn of(schema: Value) -> Self {
        Self { schema, unsure: false, left_out: false }
    }

    pub(super) fn anything() -> Self {
        Self::of(json!({}))
    }

    /// The schema with `null` for no value.
    pub(super) fn sure(self) -> Value {
        if self.unsure && !self.left_out { nullable(self.schema) } else { self.schema }
    }

    /// A member, or an element of a list.
    pub(super) fn member(self, name: &str) -> Self {
        let (schema, certain) = member(&self.schema, name);
        Self { schema, unsure: self.unsure || !certain, left_out: self.left_out }
    }

    /// What a name leads to in an object.
    pub(super) fn named(self, named: &Named) -> Self {
        if named.is_all() {
            return named.pointer.tokens().fold(self, Self::member);
        }
        let knows = |name: &str| self.schema.get("properties").is_some_and(|all| all.get(name).is_some());
        let reading = named.readings().find(|(name, _)| knows(name));
        let Some((name, members)) = reading else { return Self { unsure: true, ..Self::anything() } };
        let found = members.fold(self.clone().member(name), Self::member);
        named.pointer.tokens().fold(found, Self::member)
    }
}

/// The schema of a member, and whether it must be there.
fn member(schema: &Value, name: &str) -> (Value, bool) {
    if let Some(found) = schema.get("properties").and_then(|members| members.get(name)) {
        let required = schema.get("required").and_then(Value::as_array);
        return (found.clone(), required.is_some_and(|names| names.iter().any(|one| one == name)));
    }
    if name.parse::<usize>().is_ok()
        && let Some(items) = schema.get("items")
    {
        return (items.clone(), false);
    }
    let all = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
    if let Some(found) = all.map(|part| member(part, name)).find(|(found, _)| *found != json!({})) {
        return found;
    }
    match schema.get("additionalProperties") {
        Some(more @ Value::Object(_)) => (more.clone(), false),
        _ => (json!({}), false),
    }
}
