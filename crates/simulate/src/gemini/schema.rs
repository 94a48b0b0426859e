//! What a schema of Google's must be besides well formed: a subset of `OpenAPI`'s.

use serde_json::{Map, Value};

use super::error::ApiError;

/// Checks a schema and all inside of it; `at` is where it stands.
pub(super) fn check(schema: &Value, at: &str) -> Result<(), ApiError> {
    let Some(map) = schema.as_object() else { return Ok(()) };
    let kind = map.get("type").and_then(Value::as_str).unwrap_or_default();
    let given = |name: &str| map.get(name);
    match kind {
        "OBJECT" => object(map, at)?,
        "ARRAY" if given("items").is_none() => {
            return Err(ApiError::field(&format!("{at}.items"), "missing field."));
        }
        "STRING" => {
            let format = given("format").and_then(Value::as_str);
            if format.is_some_and(|format| !["enum", "date-time"].contains(&format)) {
                let what = "only 'enum' and 'date-time' are supported for STRING type";
                return Err(ApiError::field(&format!("{at}.format"), what));
            }
        }
        _ => {}
    }
    if given("enum").is_some() && kind != "STRING" {
        return Err(ApiError::field(&format!("{at}.enum"), "only allowed for STRING type"));
    }
    if let Some(items) = given("items") {
        check(items, &format!("{at}.items"))?;
    }
    for (number, part) in given("anyOf").and_then(Value::as_array).into_iter().flatten().enumerate() {
        check(part, &format!("{at}.any_of[{number}]"))?;
    }
    for (name, part) in given("properties").and_then(Value::as_object).into_iter().flatten() {
        check(part, &format!("{at}.properties[{name}]"))?;
    }
    Ok(())
}

fn object(map: &Map<String, Value>, at: &str) -> Result<(), ApiError> {
    let properties = map.get("properties").and_then(Value::as_object);
    let Some(properties) = properties.filter(|properties| !properties.is_empty()) else {
        return Err(ApiError::field(&format!("{at}.properties"), "should be non-empty for OBJECT type"));
    };
    for (number, name) in map.get("required").and_then(Value::as_array).into_iter().flatten().enumerate() {
        if !name.as_str().is_some_and(|name| properties.contains_key(name)) {
            return Err(ApiError::field(&format!("{at}.required[{number}]"), "property is not defined"));
        }
    }
    Ok(())
}

/// The schema as a JSON Schema, from which values can be made; agents write types in capitals even where a JSON
/// Schema is due, and the vendor takes it.
pub(super) fn plain(schema: &Value) -> Value {
    match schema {
        Value::Object(map) => {
            let one = |(name, value): (&String, &Value)| {
                let value = match (name.as_str(), value) {
                    ("type", Value::String(kind)) => Value::from(kind.to_ascii_lowercase()),
                    ("properties", Value::Object(parts)) => {
                        parts.iter().map(|(name, part)| (name.clone(), plain(part))).collect()
                    }
                    ("items" | "anyOf", value) => plain(value),
                    (_, value) => value.clone(),
                };
                (name.clone(), value)
            };
            Value::Object(map.iter().map(one).collect())
        }
        Value::Array(list) => list.iter().map(plain).collect(),
        other => other.clone(),
    }
}
