//! Members by both of their names, since Google takes camel case and snake case alike, and lists that Google also takes
//! as one object.

use json::{Data, Text, Value};

use crate::RequestError;

/// A member by its name in camel case, or in snake case.
pub(super) fn member<'v, 'a>(value: &'v Value<'a>, name: &str) -> &'v Value<'a> {
    let found = value.get(name);
    if found.is_null() { value.get(&snake(name)) } else { found }
}

/// Whether `key` is this name, in either case.
pub(super) fn is(key: &Text<'_>, name: &str) -> bool {
    key.is(name) || key.is(&snake(name))
}

/// A name in snake case.
pub(super) fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for character in name.chars() {
        if character.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(character.to_ascii_lowercase());
    }
    snake
}

/// A name in camel case.
pub(super) fn camel(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    let mut raise = false;
    for character in name.chars() {
        if character == '_' && !camel.is_empty() {
            raise = true;
        } else {
            camel.push(if raise { character.to_ascii_uppercase() } else { character });
            raise = false;
        }
    }
    camel
}

/// The items of a list; one object by itself is a list of one.
pub(super) fn list<'v, 'a>(path: &str, value: &'v Value<'a>) -> Result<Vec<&'v Value<'a>>, RequestError> {
    match &value.data {
        Data::Null => Ok(Vec::new()),
        Data::Array(items) => Ok(items.iter().collect()),
        Data::Object(_) => Ok(vec![value]),
        _ => Err(wrong(path, "an array", value)),
    }
}

pub(super) fn object<'v, 'a>(path: &str, value: &'v Value<'a>) -> Result<&'v Value<'a>, RequestError> {
    if matches!(value.data, Data::Object(_)) { Ok(value) } else { Err(wrong(path, "an object", value)) }
}

pub(super) fn string<'a>(path: &str, value: &Value<'a>) -> Result<Text<'a>, RequestError> {
    if value.is_null() {
        return Err(RequestError::missing(path));
    }
    value.as_text().ok_or_else(|| wrong(path, "a string", value))
}

pub(super) fn wrong(path: &str, expected: &str, value: &Value<'_>) -> RequestError {
    RequestError::wrong_type(path, expected, value.token().noun())
}

/// Whether a member is there for form's sake.
pub(super) fn says_nothing(value: &Value<'_>) -> bool {
    match &value.data {
        Data::Null | Data::Bool(false) => true,
        Data::String(text) => text.is_empty(),
        Data::Array(items) => items.is_empty(),
        Data::Object(members) => members.is_empty(),
        Data::Bool(true) | Data::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_between_both_cases() {
        for (one, other) in [("inlineData", "inline_data"), ("topP", "top_p"), ("contents", "contents")] {
            assert_eq!((snake(one).as_str(), camel(other).as_str()), (other, one));
        }
        assert_eq!(camel("_responseJsonSchema"), "_responseJsonSchema");
    }
}
