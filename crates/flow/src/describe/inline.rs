//! A schema with what it refers to put in its place, as JSON Schema 2020-12 and so `OpenAPI` 3.1 have it: what 3.0 writes in
//! another way is written anew.

use serde_json::{Map, Value, json};

/// How deep schemas are followed, and how many are looked at. What lies behind is open.
const DEEP: usize = 24;
const MOST: usize = 2_000;

/// Members that are a schema, lists of schemas, and schemas by name.
const ONE: [&str; 11] = [
    "items",
    "additionalProperties",
    "not",
    "if",
    "then",
    "else",
    "contains",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
    "contentSchema",
];
const LIST: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];
const NAMED: [&str; 3] = ["properties", "patternProperties", "dependentSchemas"];

/// Members that have no meaning any more once references are in their places, or none outside their document.
const LEFT: [&str; 11] = [
    "$id",
    "$schema",
    "$anchor",
    "$dynamicAnchor",
    "$dynamicRef",
    "$defs",
    "definitions",
    "$comment",
    "discriminator",
    "xml",
    "nullable",
];

struct Inline<'d> {
    root: &'d Value,
    left: usize,
    /// References on the way, so that none is followed within itself.
    way: Vec<&'d str>,
}

/// A schema that stands by itself.
pub(super) fn inlined(root: &Value, schema: &Value) -> Value {
    Inline { root, left: MOST, way: Vec::new() }.schema(schema, 0)
}

impl<'d> Inline<'d> {
    fn schema(&mut self, schema: &'d Value, deep: usize) -> Value {
        let Value::Object(members) = schema else {
            return if schema.is_boolean() { schema.clone() } else { json!({}) };
        };
        if deep == DEEP || self.left == 0 {
            return json!({});
        }
        self.left -= 1;
        let own = self.members(members, deep);
        let Some(reference) = members.get("$ref").and_then(Value::as_str) else { return own };
        let target = self.reference(reference, deep);
        if own.as_object().is_some_and(Map::is_empty) { target } else { json!({"allOf": [target, own]}) }
    }

    fn reference(&mut self, reference: &'d str, deep: usize) -> Value {
        let target = reference.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer));
        let Some(target) = target.filter(|_| !self.way.contains(&reference)) else { return json!({}) };
        self.way.push(reference);
        let schema = self.schema(target, deep + 1);
        self.way.pop();
        schema
    }

    fn members(&mut self, members: &'d Map<String, Value>, deep: usize) -> Value {
        let mut own = Map::new();
        for (name, value) in
            members.iter().filter(|(name, _)| *name != "$ref" && !LEFT.contains(&name.as_str()))
        {
            let written = match (name.as_str(), value) {
                (name, value) if ONE.contains(&name) => self.schema(value, deep + 1),
                (name, Value::Array(all)) if LIST.contains(&name) => {
                    all.iter().map(|one| self.schema(one, deep + 1)).collect()
                }
                (name, Value::Object(all)) if NAMED.contains(&name) => {
                    let one = |(name, one): (&String, &'d Value)| (name.clone(), self.schema(one, deep + 1));
                    Value::Object(all.iter().map(one).collect())
                }
                // An example of 3.0 is one of a list; what is no bound by itself goes with the one beside it.
                ("example", value) => {
                    own.insert("examples".to_owned(), json!([value]));
                    continue;
                }
                ("exclusiveMinimum" | "exclusiveMaximum", Value::Bool(_)) => continue,
                ("minimum", value) if members.get("exclusiveMinimum") == Some(&Value::Bool(true)) => {
                    own.insert("exclusiveMinimum".to_owned(), value.clone());
                    continue;
                }
                ("maximum", value) if members.get("exclusiveMaximum") == Some(&Value::Bool(true)) => {
                    own.insert("exclusiveMaximum".to_owned(), value.clone());
                    continue;
                }
                (_, value) => value.clone(),
            };
            own.insert(name.clone(), written);
        }
        let own = Value::Object(own);
        if members.get("nullable") == Some(&Value::Bool(true)) { super::nullable(own) } else { own }
    }
}
