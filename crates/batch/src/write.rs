//! The answer to a batch, in the form of the batch.

use base64::Engine as _;
use message::{Fields, Method};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::answer::Answer;
use crate::item::Item;

/// As JSON: `{"responses": [{"id", "status", "headers", "body"}]}`. Bodies that are JSON stand there as they came.
pub fn json(items: &[Item], answers: &[Option<Answer>]) -> Vec<u8> {
    let mut out = br#"{"responses":["#.to_vec();
    for (at, (item, answer)) in items.iter().zip(answers.iter().flatten()).enumerate() {
        out.extend_from_slice(if at == 0 { b"{" } else { b",{" });
        if let Some(id) = &item.id {
            member(&mut out, "id", &Value::from(&**id));
            out.push(b',');
        }
        member(&mut out, "status", &Value::from(answer.status));
        out.push(b',');
        member(&mut out, "headers", &headers(&answer.fields));
        body(&mut out, answer);
        out.push(b'}');
    }
    out.extend_from_slice(b"]}");
    out
}

fn member(out: &mut Vec<u8>, name: &str, value: &Value) {
    out.extend_from_slice(format!("\"{name}\":{value}").as_bytes());
}

/// Fields by their names in lower case; of one that repeats, a list.
fn headers(fields: &Fields) -> Value {
    let mut headers: Map<String, Value> = Map::new();
    for (name, value, _) in fields {
        let value = Value::from(String::from_utf8_lossy(value));
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        match headers.get_mut(&name) {
            None => {
                headers.insert(name, value);
            }
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
        }
    }
    Value::Object(headers)
}

fn body(out: &mut Vec<u8>, answer: &Answer) {
    if answer.body.is_empty() {
        return;
    }
    if answer.has_json()
        && let Ok(raw) = serde_json::from_slice::<&RawValue>(&answer.body)
    {
        out.extend_from_slice(b",\"body\":");
        out.extend_from_slice(raw.get().as_bytes());
        return;
    }
    let (name, value) = match answer.text() {
        Some(text) => ("body", Value::from(text)),
        None => ("body_base64", base64::engine::general_purpose::STANDARD.encode(&answer.body).into()),
    };
    out.push(b',');
    member(out, name, &value);
}

/// As `multipart/mixed` of `application/http`. The boundary is one that nobody could foresee.
pub fn multipart(items: &[Item], answers: &[Option<Answer>], boundary: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for (item, answer) in items.iter().zip(answers.iter().flatten()) {
        let mut head = format!(
            "--{boundary}\r\ncontent-type: application/http\r\ncontent-transfer-encoding: binary\r\n"
        );
        if let Some(id) = &item.id {
            head.extend(["content-id: <", id, ">\r\n"]);
        }
        head.extend(["\r\nHTTP/1.1 ", &answer.status.to_string(), " ", phrase(answer.status), "\r\n"]);
        out.extend_from_slice(head.as_bytes());
        for (name, value, _) in &answer.fields {
            out.extend_from_slice(name);
            out.extend_from_slice(b": ");
            out.extend_from_slice(value);
            out.extend_from_slice(b"\r\n");
        }
        // What has no body has no length either (RFC 9110 §8.6): that of what a GET would bring is not known here.
        if item.method != Method::Head && !matches!(answer.status, 204 | 304) {
            out.extend_from_slice(format!("content-length: {}\r\n", answer.body.len()).as_bytes());
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(&answer.body);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    out
}

/// A word for people; clients that split the line at its spaces want one (RFC 9112 §4).
fn phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        100..=299 => "Success",
        300..=399 => "Redirection",
        404 => "Not Found",
        424 => "Failed Dependency",
        400..=499 => "Client Error",
        _ => "Server Error",
    }
}
