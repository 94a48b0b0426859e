//! What both wires look at messages with.

use json::{Data, Scanner, Text, Token, Value};

use crate::RequestError;

use super::Named;

/// The most members that a message may have, each of which is compared with all others; the vendors' have ten.
const MOST: usize = 64;

/// The members of the object that a text is, each with where its value stands; doubled ones are refused, since readers differ
/// in which of them counts.
pub(super) fn members(text: &str) -> Result<Vec<(Text<'_>, std::ops::Range<usize>)>, RequestError> {
    let mut scanner = Scanner::new(text);
    let token = scanner.token().map_err(RequestError::json)?;
    if token != Token::Object {
        return Err(RequestError::body("the message is no JSON object"));
    }
    scanner.enter().map_err(RequestError::json)?;
    let mut members: Vec<(Text<'_>, std::ops::Range<usize>)> = Vec::with_capacity(4);
    while let Some(key) = scanner.next_key().map_err(RequestError::json)? {
        if members.len() >= MOST {
            return Err(RequestError::body("the message has too many members"));
        }
        if members.iter().any(|(other, _)| other.decode() == key.decode()) {
            return Err(RequestError::invalid(key.decode(), "it is there twice"));
        }
        members.push((key, scanner.skip().map_err(RequestError::json)?));
    }
    scanner.end().map_err(RequestError::json)?;
    Ok(members)
}

/// The value of a member that may not be doubled.
pub(super) fn only<'v, 'a>(
    value: &'v Value<'a>,
    keys: &[&str],
    path: &str,
) -> Result<Option<&'v Value<'a>>, RequestError> {
    let mut found = value.members().iter().filter(|(name, _)| keys.iter().any(|key| name.is(key)));
    match (found.next(), found.next()) {
        (Some(_), Some(_)) => Err(RequestError::invalid(path, "it is there twice")),
        (found, _) => Ok(found.map(|(_, value)| value)),
    }
}

/// Notes the model that a value within `text` names; null names none.
pub(super) fn name(
    into: &mut Vec<Named>,
    text: &str,
    value: Option<&Value<'_>>,
    (path, transcribes): (String, bool),
) -> Result<(), RequestError> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(()) };
    let Data::String(name) = &value.data else {
        return Err(RequestError::wrong_type(path, "a string", value.token().noun()));
    };
    let start = (value.raw.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    let span = start..start + value.raw.len();
    into.push(Named { name: name.decode().into_owned(), transcribes, path, span });
    Ok(())
}

/// Reads the value at a place that [`members`] gave.
pub(super) fn value<'a>(text: &'a str, span: &std::ops::Range<usize>) -> Result<Value<'a>, RequestError> {
    Value::parse(text.get(span.clone()).unwrap_or_default()).map_err(RequestError::json)
}
