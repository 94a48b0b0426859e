//! Inputs that came as text, such as those of a query, as the types that the schema wants.

use serde_json::{Number, Value};

use super::defaults::referred;

/// So deep may schemas refer to one another.
const DEEPEST: usize = 32;

/// Text as what the schema wants, if it can be read as that, else as it is; of a list each item. A single text that is to be
/// a list is one of one item.
pub(super) fn typed(whole: &Value, schema: Option<&Value>, value: &Value) -> Value {
    let Some(schema) = schema else { return value.clone() };
    let text = match value {
        Value::String(text) => text,
        Value::Array(items) => {
            let each = found(whole, schema, &|schema| schema.get("items"), 0);
            return items.iter().map(|item| typed(whole, each, item)).collect();
        }
        _ => return value.clone(),
    };
    let wanted = found(whole, schema, &|schema| schema.get("type"), 0);
    let wants = |kind: &str| match wanted {
        Some(Value::String(wanted)) => wanted == kind,
        Some(Value::Array(several)) => several.iter().any(|wanted| wanted == kind),
        _ => false,
    };
    let number = || {
        let whole = text.parse::<i64>().map(Number::from).or_else(|_| text.parse::<u64>().map(Number::from));
        whole.ok().or_else(|| Number::from_f64(text.parse().ok()?).filter(|_| wants("number")))
    };
    match &**text {
        _ if wants("string") => value.clone(),
        "true" | "false" if wants("boolean") => Value::Bool(text == "true"),
        "null" if wants("null") => Value::Null,
        _ if wants("integer") || wants("number") => number().map_or_else(|| value.clone(), Value::Number),
        _ if wants("array") => {
            let each = found(whole, schema, &|schema| schema.get("items"), 0);
            Value::Array(vec![typed(whole, each, value)])
        }
        _ => value.clone(),
    }
}

/// The schema of a member.
pub(super) fn member<'s>(whole: &'s Value, schema: &'s Value, name: &str) -> Option<&'s Value> {
    found(whole, schema, &|schema| schema.get("properties")?.get(name), 0)
}

/// What a schema says, or those that it refers to.
fn found<'s>(
    whole: &'s Value,
    schema: &'s Value,
    says: &dyn Fn(&'s Value) -> Option<&'s Value>,
    depth: usize,
) -> Option<&'s Value> {
    if depth > DEEPEST {
        return None;
    }
    let all = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
    let mut others = referred(whole, schema).into_iter().chain(all);
    says(schema).or_else(|| others.find_map(|other| found(whole, other, says, depth + 1)))
}
