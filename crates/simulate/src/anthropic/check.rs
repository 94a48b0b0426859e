//! Checks of JSON values that fail in Anthropic's words: the path, a colon, what should be there.

use serde_json::{Map, Value};

use super::error::ApiError;

/// A JSON object.
pub(super) type Object = Map<String, Value>;

pub(super) fn wrong(path: &str, what: &str) -> ApiError {
    ApiError::invalid(format!("{path}: {what}"))
}

pub(super) fn string<'a>(path: &str, value: &'a Value) -> Result<&'a str, ApiError> {
    value.as_str().ok_or_else(|| wrong(path, "Input should be a valid string"))
}

pub(super) fn object<'a>(path: &str, value: &'a Value) -> Result<&'a Object, ApiError> {
    value.as_object().ok_or_else(|| wrong(path, "Input should be a valid dictionary"))
}

pub(super) fn array<'a>(path: &str, value: &'a Value) -> Result<&'a [Value], ApiError> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| wrong(path, "Input should be a valid list"))
}

pub(super) fn boolean(path: &str, value: &Value) -> Result<bool, ApiError> {
    value.as_bool().ok_or_else(|| wrong(path, "Input should be a valid boolean"))
}

pub(super) fn integer(path: &str, value: &Value, low: i64) -> Result<i64, ApiError> {
    let number = value.as_i64().ok_or_else(|| wrong(path, "Input should be a valid integer"))?;
    if number < low {
        return Err(wrong(path, &format!("Input should be greater than or equal to {low}")));
    }
    Ok(number)
}

pub(super) fn number(path: &str, value: &Value, low: f64, high: f64) -> Result<f64, ApiError> {
    let number = value.as_f64().ok_or_else(|| wrong(path, "Input should be a valid number"))?;
    if number < low {
        return Err(wrong(path, &format!("Input should be greater than or equal to {low}")));
    }
    if number > high {
        return Err(wrong(path, &format!("Input should be less than or equal to {high}")));
    }
    Ok(number)
}

pub(super) fn one_of<'a>(path: &str, value: &'a Value, known: &[&str]) -> Result<&'a str, ApiError> {
    let text = string(path, value)?;
    if known.contains(&text) {
        Ok(text)
    } else {
        Err(wrong(path, &format!("Input should be {}", list(known))))
    }
}

/// `'a', 'b' or 'c'`.
fn list(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("'{word}'")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

pub(super) fn required<'a>(map: &'a Object, parent: &str, name: &str) -> Result<&'a Value, ApiError> {
    map.get(name).ok_or_else(|| wrong(&path(parent, name), "Field required"))
}

/// Refuses fields that are not known.
pub(super) fn only(map: &Object, parent: &str, known: &[&str]) -> Result<(), ApiError> {
    match map.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(wrong(&path(parent, name), "Extra inputs are not permitted")),
        None => Ok(()),
    }
}

/// A name of letters, digits, `_` and `-`, of 1 to `most` characters.
pub(super) fn name<'a>(path: &str, value: &'a Value, most: usize) -> Result<&'a str, ApiError> {
    let text = string(path, value)?;
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if plain && (1..=most).contains(&text.len()) {
        return Ok(text);
    }
    Err(wrong(path, &format!("String should match pattern '^[a-zA-Z0-9_-]{{1,{most}}}$'")))
}

/// `a.b`, or `b` at the top.
pub(super) fn path(parent: &str, name: &str) -> String {
    if parent.is_empty() { name.to_owned() } else { format!("{parent}.{name}") }
}
