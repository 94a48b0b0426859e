//! Errors in Ollama's words: a message and nothing else.

use json::Value;

use crate::dialect::{retry_after, unreadable, without_account};
use crate::provider::Headers;
use crate::{ApiError, ErrorKind};

/// Reads the body of an error answer.
pub(super) fn decode(status: u16, headers: Headers<'_>, body: &[u8]) -> ApiError {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let message =
        Value::parse(text).ok().map_or_else(|| unreadable(status, text), |value| message(status, &value));
    let mut error = of_message(status, &message);
    error.retry_after = retry_after(headers);
    error
}

/// Reads an error object that came with a success, or within a stream.
pub(crate) fn of_line(body: &Value<'_>) -> ApiError {
    of_message(0, &message(0, body))
}

fn message(status: u16, body: &Value<'_>) -> String {
    let error = body.get("error");
    let places = [error, error.get("message"), body.get("message")];
    let text = places.into_iter().find_map(Value::as_text).filter(|text| !text.is_blank());
    text.map_or_else(|| unreadable(status, ""), |text| text.decode().into_owned())
}

fn of_message(status: u16, message: &str) -> ApiError {
    let kind = if status < 400 { kind_of(message) } else { ErrorKind::of_status(status) };
    let status = if (400..600).contains(&status) { status } else { kind.status() };
    ApiError::new(status, kind, without_account(kind, message))
}

/// What the message of an error without status tells.
fn kind_of(message: &str) -> ErrorKind {
    let has = |words: &str| message.contains(words);
    if has("not found") {
        ErrorKind::NotFound
    } else if has("does not support") {
        ErrorKind::InvalidRequest
    } else if has("server busy") || has("overloaded") {
        ErrorKind::Overloaded
    } else {
        ErrorKind::Server
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_status_or_else_by_the_message() {
        let check = |status, body: &str, expect: (u16, ErrorKind, &str)| {
            let error = decode(status, &|_| None, body.as_bytes());
            assert_eq!((error.status, error.kind, error.message.as_str()), expect, "{body}");
        };
        let missing = r#"{"error":"model 'x' not found"}"#;
        check(404, missing, (404, ErrorKind::NotFound, "model 'x' not found"));
        check(200, missing, (404, ErrorKind::NotFound, "model 'x' not found"));
        check(400, r#"{"error":"bad"}"#, (400, ErrorKind::InvalidRequest, "bad"));
        check(
            200,
            r#"{"error":"\"m\" does not support tools"}"#,
            (400, ErrorKind::InvalidRequest, "\"m\" does not support tools"),
        );
        check(
            503,
            r#"{"error":"server busy, please try again"}"#,
            (503, ErrorKind::Overloaded, "server busy, please try again"),
        );
        check(200, r#"{"error":{"message":"why"}}"#, (502, ErrorKind::Server, "why"));
        check(500, "{}", (500, ErrorKind::Server, "the model's provider answered 500 without saying why"));
    }
}
