//! Checks of JSON values that fail in OpenAI's words.

use serde_json::{Map, Value};

use super::error::ApiError;

/// A JSON object.
pub(super) type Object = Map<String, Value>;

/// What a value is, as an error calls it.
fn called(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a decimal number",
        Value::Number(_) => "an integer",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

pub(super) fn wrong_type(param: &str, expected: &str, got: &Value) -> ApiError {
    let message =
        format!("Invalid type for '{param}': expected {expected}, but got {} instead.", called(got));
    ApiError::of(param, message).code("invalid_type")
}

pub(super) fn wrong_value(param: &str, got: &str, known: &[&str]) -> ApiError {
    let known: Vec<_> = known.iter().map(|word| format!("'{word}'")).collect();
    let message = format!("Invalid value: '{got}'. Supported values are: {}.", known.join(", "));
    ApiError::of(param, message).code("invalid_value")
}

pub(super) fn unknown(param: &str) -> ApiError {
    ApiError::of(param, format!("Unknown parameter: '{param}'.")).code("unknown_parameter")
}

pub(super) fn string<'a>(param: &str, value: &'a Value) -> Result<&'a str, ApiError> {
    value.as_str().ok_or_else(|| wrong_type(param, "a string", value))
}

pub(super) fn object<'a>(param: &str, value: &'a Value) -> Result<&'a Object, ApiError> {
    value.as_object().ok_or_else(|| wrong_type(param, "an object", value))
}

pub(super) fn array<'a>(param: &str, value: &'a Value) -> Result<&'a [Value], ApiError> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| wrong_type(param, "an array", value))
}

pub(super) fn boolean(param: &str, value: &Value) -> Result<bool, ApiError> {
    value.as_bool().ok_or_else(|| wrong_type(param, "a boolean", value))
}

pub(super) fn one_of<'a>(param: &str, value: &'a Value, known: &[&str]) -> Result<&'a str, ApiError> {
    let text = string(param, value)?;
    if known.contains(&text) { Ok(text) } else { Err(wrong_value(param, text, known)) }
}

pub(super) fn number(param: &str, value: &Value, low: f64, high: f64) -> Result<f64, ApiError> {
    let number = value.as_f64().ok_or_else(|| wrong_type(param, "a decimal number", value))?;
    if number < low {
        return Err(bound(param, "decimal below minimum value", &format!(">= {low}"), value)
            .code("decimal_below_min_value"));
    }
    if number > high {
        return Err(bound(param, "decimal above maximum value", &format!("<= {high}"), value)
            .code("decimal_above_max_value"));
    }
    Ok(number)
}

pub(super) fn integer(param: &str, value: &Value, low: i64, high: i64) -> Result<i64, ApiError> {
    let number = value.as_i64().ok_or_else(|| wrong_type(param, "an integer", value))?;
    if number < low {
        return Err(bound(param, "integer below minimum value", &format!(">= {low}"), value)
            .code("integer_below_min_value"));
    }
    if number > high {
        return Err(bound(param, "integer above maximum value", &format!("<= {high}"), value)
            .code("integer_above_max_value"));
    }
    Ok(number)
}

fn bound(param: &str, what: &str, expected: &str, got: &Value) -> ApiError {
    let message = format!("Invalid '{param}': {what}. Expected a value {expected}, but got {got} instead.");
    ApiError::of(param, message)
}

/// A field that must be there.
pub(super) fn required<'a>(map: &'a Object, parent: &str, name: &str) -> Result<&'a Value, ApiError> {
    map.get(name).ok_or_else(|| ApiError::missing(&path(parent, name)))
}

/// Refuses fields that are not known.
pub(super) fn only(map: &Object, parent: &str, known: &[&str]) -> Result<(), ApiError> {
    match map.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(unknown(&path(parent, name))),
        None => Ok(()),
    }
}

/// A name of letters, digits, `_` and `-`.
pub(super) fn name<'a>(param: &str, value: &'a Value) -> Result<&'a str, ApiError> {
    let text = string(param, value)?;
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if text.is_empty() {
        let message = format!("Invalid '{param}': empty string. Expected a string with minimum length 1.");
        return Err(ApiError::of(param, message).code("empty_string"));
    }
    if text.len() > 64 {
        let message = format!("Invalid '{param}': string too long. Expected at most 64 characters.");
        return Err(ApiError::of(param, message).code("string_above_max_length"));
    }
    if !plain {
        let message = format!("Invalid '{param}': string does not match pattern '^[a-zA-Z0-9_-]+$'.");
        return Err(ApiError::of(param, message).code("invalid_value"));
    }
    Ok(text)
}

/// `a.b`, or `b` at the top.
pub(super) fn path(parent: &str, name: &str) -> String {
    if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") }
}
