//! Forms (`OpenAPI` 3.1.1, "Encoding Object"): `application/x-www-form-urlencoded`, and `multipart/form-data` (RFC 7578).

use openapi::style::{Form, Style};
use openapi::{Content, Part};
use serde_json::{Map, Value};

/// A member that is written as a parameter.
const PLAIN: Form = Form { style: Style::Form, explode: true, reserved: false, encoded: true };

/// A form for an address. What is null is left out.
pub(super) fn urlencoded(members: &Map<String, Value>, content: Option<&Content>) -> String {
    let mut pairs = Vec::new();
    for (name, value) in members.iter().filter(|(_, value)| !value.is_null()) {
        let part = content.and_then(|content| content.part(name));
        if let Some(form) = part.and_then(|part| part.form) {
            pairs.push(form.write(name, value));
            continue;
        }
        for one in each(value) {
            let kind = kind_of(part, one);
            pairs.push(PLAIN.write(name, &Value::String(text(one, &kind))));
        }
    }
    pairs.retain(|pair| !pair.is_empty());
    // Spaces are `+` in forms; where one is meant to be a plus it is `%2B` already.
    pairs.join("&").replace("%20", "+")
}

/// A form of several parts: its media type with the boundary, and its bytes.
pub(super) fn multipart(members: &Map<String, Value>, content: Option<&Content>) -> (Box<str>, Vec<u8>) {
    let mut parts = Vec::new();
    for (name, value) in members.iter().filter(|(_, value)| !value.is_null()) {
        let part = content.and_then(|content| content.part(name));
        match part.and_then(|part| part.form) {
            Some(form) => parts.extend(styled(name, value, form)),
            None => parts.extend(each(value).map(|one| written(name, one, part))),
        }
    }
    let boundary = boundary(&parts);
    let mut body = String::new();
    for part in &parts {
        for piece in ["--", &boundary, "\r\n", part, "\r\n"] {
            body.push_str(piece);
        }
    }
    for piece in ["--", &boundary, "--\r\n"] {
        body.push_str(piece);
    }
    (format!("multipart/form-data; boundary={boundary}").into(), body.into_bytes())
}

/// A list's items, each of which is a member of its own (RFC 7578 §4.3); else the value.
fn each(value: &Value) -> impl Iterator<Item = &Value> {
    match value {
        Value::Array(items) => items.iter(),
        one => std::slice::from_ref(one).iter(),
    }
}

/// A part: its header and its content.
fn written(name: &str, value: &Value, part: Option<&Part>) -> String {
    let kind = kind_of(part, value);
    let name = escaped(name);
    let is_file = part.is_some_and(|part| part.binary) || !is_text(&kind);
    let file = if is_file { format!("; filename=\"{name}\"") } else { String::new() };
    let mut fields = vec![format!("Content-Disposition: form-data; name=\"{name}\"{file}")];
    if kind != "text/plain" {
        fields.push(format!("Content-Type: {kind}"));
    }
    let said = part.into_iter().flat_map(|part| &part.headers);
    fields.extend(said.map(|(field, said)| format!("{field}: {said}")));
    // What a description says must not begin a field of its own.
    fields.retain(|field| field.bytes().all(|byte| byte >= b' ' && byte != 0x7f));
    [&fields.join("\r\n"), "\r\n\r\n", &text(value, &kind)].concat()
}

/// Parts that are written as parameters are: a list that stands for itself item by item is several of them.
fn styled(name: &str, value: &Value, form: Form) -> Vec<String> {
    let plain = Form { style: Style::Simple, explode: false, encoded: false, ..form };
    let one = |name: &str, value: String| {
        format!("Content-Disposition: form-data; name=\"{}\"\r\n\r\n{value}", escaped(name))
    };
    match value {
        Value::Array(items) if form.explode => {
            items.iter().map(|item| one(name, plain.write(name, item))).collect()
        }
        Value::Object(members) if form.style == Style::DeepObject => members
            .iter()
            .map(|(key, value)| one(&format!("{name}[{key}]"), plain.write(name, value)))
            .collect(),
        Value::Object(members) if form.explode => {
            members.iter().map(|(key, value)| one(key, plain.write(key, value))).collect()
        }
        _ => {
            let between = match form.style {
                Style::SpaceDelimited => " ",
                Style::PipeDelimited => "|",
                _ => ",",
            };
            let flat = match value {
                Value::Array(items) => items.iter().map(|item| text(item, "text/plain")).collect::<Vec<_>>(),
                Value::Object(members) => {
                    members.iter().flat_map(|(key, value)| [key.clone(), text(value, "text/plain")]).collect()
                }
                value => vec![text(value, "text/plain")],
            };
            vec![one(name, flat.join(between))]
        }
    }
}

/// The media type of a member: what is said, else what its type has ("Encoding Object", `contentType`).
fn kind_of(part: Option<&Part>, value: &Value) -> String {
    let said = part.and_then(|part| part.content_type.as_deref());
    let first = said.and_then(|said| said.split(',').map(str::trim).find(|kind| !kind.contains('*')));
    match (first, said, value) {
        (Some(first), ..) => first.to_owned(),
        (None, Some(_), _) => "application/octet-stream".to_owned(),
        (None, None, Value::Object(_) | Value::Array(_)) => "application/json".to_owned(),
        _ if part.is_some_and(|part| part.binary) => "application/octet-stream".to_owned(),
        _ => "text/plain".to_owned(),
    }
}

/// A value as a document of a media type.
fn text(value: &Value, kind: &str) -> String {
    match value {
        Value::String(text) if !super::body::is_json(kind) => text.clone(),
        value => value.to_string(),
    }
}

fn is_text(kind: &str) -> bool {
    kind.starts_with("text/") || super::body::is_json(kind)
}

/// A name within quotes, as browsers write it (RFC 7578 §2; the HTML standard, "multipart form data").
fn escaped(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

/// A boundary that stands in no part.
fn boundary(parts: &[String]) -> String {
    let mut number = 0u64;
    loop {
        let boundary = format!("weir-form-{number:08x}");
        if !parts.iter().any(|part| part.contains(&boundary)) {
            return boundary;
        }
        number += 1;
    }
}

#[cfg(test)]
mod tests;
