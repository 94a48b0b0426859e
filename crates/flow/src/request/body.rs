//! The body of a step's request.

use openapi::Operation;
use serde_json::Value;

use super::{RequestError, form};
use crate::document::{Body, Given, Query, QueryKind, is_media_type, name_of};
use crate::query::Compiled;
use crate::values::{Scope, with};

/// The body's media type, what it says, and its bytes.
pub(super) fn write(
    body: &Body,
    operation: &Operation,
    scope: &Scope<'_>,
) -> Result<(Box<str>, Value, Vec<u8>), RequestError> {
    let concrete = || operation.takes.iter().find(|kind| !kind.contains('*')).cloned();
    let kind = body.content_type.clone().or_else(concrete).unwrap_or_else(|| "application/json".into());
    if !is_media_type(&kind) {
        return Err(RequestError::Body(format!("`{}` is no media type", kind.escape_default()).into()));
    }
    let mut value = body.payload.as_ref().map(|payload| scope.give(payload)).transpose()?.unwrap_or_default();
    // Text that the document writes is the body itself; a value that is text is a value.
    let is_text = matches!(body.payload, Some(Given::Text(_) | Given::Literal(Value::String(_))));
    if is_text && is_json(&kind) && !body.replacements.is_empty() {
        let text = value.as_str().unwrap_or_default();
        let read = serde_json::from_str(text);
        value = read.map_err(|error| RequestError::Body(format!("it is no JSON: {error}").into()))?;
    }
    let plain = media_type(&kind);
    for replacement in &body.replacements {
        // The operation's media type was not known when the document was read.
        let by_type = !replacement.said && is_xml(&plain) && replacement.target.kind == QueryKind::Pointer;
        let path = by_type.then(|| replacement.target.of_kind(QueryKind::XPath(31)));
        replace(&mut value, (path.as_ref().unwrap_or(&replacement.target), &replacement.value), scope)?;
    }
    let content = operation.contents.iter().find(|content| media_type(&content.kind) == plain);
    let (kind, bytes) = match (&value, plain.as_str()) {
        (Value::String(text), _) if is_text || !is_json(&kind) => (kind, text.clone().into_bytes()),
        (Value::Object(members), "application/x-www-form-urlencoded") => {
            (kind, form::urlencoded(members, content).into_bytes())
        }
        (Value::Object(members), "multipart/form-data") => form::multipart(members, content),
        (value, plain) if plain == "application/x-www-form-urlencoded" || plain.starts_with("multipart/") => {
            let what = name_of(value);
            let message = match plain {
                "application/x-www-form-urlencoded" | "multipart/form-data" => {
                    format!("`{plain}` is written of an object or given as text, not of {what}")
                }
                _ => format!(
                    "of bodies of several parts `multipart/form-data` is written; `{plain}` is given as text"
                ),
            };
            return Err(RequestError::Body(message.into()));
        }
        (Value::Object(_) | Value::Array(_), plain) if is_xml(plain) => {
            return Err(RequestError::Body(format!("`{plain}` is given as text").into()));
        }
        (value, _) => (kind, value.to_string().into_bytes()),
    };
    Ok((kind, value, bytes))
}

fn replace(value: &mut Value, (query, new): (&Query, &Given), scope: &Scope<'_>) -> Result<(), RequestError> {
    let new = scope.give(new)?;
    if let QueryKind::XPath(_) = query.kind {
        let Value::String(xml) = &*value else {
            return Err(RequestError::Body("XPath replaces in XML that is given as text".into()));
        };
        let text = new.as_str().map_or_else(|| new.to_string(), str::to_owned);
        let replaced = with(scope, query, |compiled| match compiled {
            Compiled::XPath(path) => path.replace(xml, &text, scope.memory.began),
            _ => Ok(xml.clone()),
        })?;
        *value = Value::String(replaced);
        return Ok(());
    }
    let places = with(scope, query, |compiled| Ok(compiled.places(value)))?;
    for place in places {
        set(value, &place, new.clone())
            .ok_or_else(|| RequestError::Body(format!("there is no place `{place}` to replace").into()))?;
    }
    Ok(())
}

/// Puts a value at a place; a member that is not there is added to its object.
fn set(value: &mut Value, place: &str, new: Value) -> Option<()> {
    if let Some(old) = value.pointer_mut(place) {
        *old = new;
        return Some(());
    }
    let (parent, name) = place.rsplit_once('/')?;
    let name = name.replace("~1", "/").replace("~0", "~");
    match value.pointer_mut(parent)? {
        Value::Object(members) => drop(members.insert(name, new)),
        Value::Array(items) if name == "-" => items.push(new),
        _ => return None,
    }
    Some(())
}

pub(super) fn is_json(kind: &str) -> bool {
    let kind = media_type(kind);
    kind == "application/json" || kind.ends_with("+json")
}

fn media_type(kind: &str) -> String {
    kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn is_xml(plain: &str) -> bool {
    plain.ends_with("/xml") || plain.ends_with("+xml")
}
