//! Errors in Cohere's words: an id and a message.

use json::Value;

use crate::dialect::{retry_after, unreadable, without_account};
use crate::provider::Headers;
use crate::{ApiError, ErrorKind};

/// Reads the body of an error answer.
pub(super) fn decode(status: u16, headers: Headers<'_>, body: &[u8]) -> ApiError {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let mut error = match Value::parse(text) {
        Ok(value) => of_body(status, &value),
        Err(_) => of_message(status, &unreadable(status, text)),
    };
    error.retry_after = retry_after(headers);
    error
}

/// Reads an error object that came with a success, or within a stream.
pub(crate) fn of_event(body: &Value<'_>) -> ApiError {
    of_body(0, body)
}

fn of_body(status: u16, body: &Value<'_>) -> ApiError {
    let error = body.get("error");
    let places = [body.get("message"), error, error.get("message"), body.get("data"), body.get("detail")];
    let text = places.into_iter().find_map(Value::as_text).filter(|text| !text.is_blank());
    let message = text.map_or_else(|| unreadable(status, ""), |text| text.decode().into_owned());
    of_message(status, &message)
}

/// The failure that an answer ended with, by its reason or by its words for it; none if it did not fail.
pub(crate) fn of_end(reason: &Value<'_>, told: &Value<'_>) -> Option<ApiError> {
    let message = told.as_text().filter(|text| !text.is_blank());
    let kind = match reason.as_text().unwrap_or_default().decode().as_ref() {
        "TIMEOUT" => ErrorKind::Timeout,
        "ERROR" => ErrorKind::Server,
        _ if message.is_some() => ErrorKind::Server,
        _ => return None,
    };
    let message = message.map_or_else(
        || "the model's provider failed amid the answer".to_owned(),
        |message| without_account(kind, &message.decode()),
    );
    Some(ApiError::new(kind.status(), kind, message))
}

fn of_message(status: u16, message: &str) -> ApiError {
    let kind = kind_of(status);
    let status = match status {
        // 498: the token is not valid; 499: the connection was given up. No client library knows them.
        498 => 401,
        499 => 503,
        400..=599 => status,
        _ => kind.status(),
    };
    ApiError::new(status, kind, without_account(kind, message))
}

fn kind_of(status: u16) -> ErrorKind {
    match status {
        498 => ErrorKind::Authentication,
        499 => ErrorKind::Overloaded,
        0..400 => ErrorKind::Server,
        _ => ErrorKind::of_status(status),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_place() {
        for (status, expect, kind) in [
            (400, 400, ErrorKind::InvalidRequest),
            (401, 401, ErrorKind::Authentication),
            (403, 403, ErrorKind::Permission),
            (404, 404, ErrorKind::NotFound),
            (422, 422, ErrorKind::InvalidRequest),
            (429, 429, ErrorKind::RateLimited),
            (498, 401, ErrorKind::Authentication),
            (499, 503, ErrorKind::Overloaded),
            (500, 500, ErrorKind::Server),
            (501, 501, ErrorKind::Server),
            (503, 503, ErrorKind::Overloaded),
            (504, 504, ErrorKind::Timeout),
            (200, 502, ErrorKind::Server),
        ] {
            let error = decode(status, &|_| None, br#"{"id":"e","message":"why"}"#);
            assert_eq!((error.status, error.kind, error.message.as_str()), (expect, kind, "why"), "{status}");
        }
    }

    #[test]
    fn messages_are_found_wherever_they_stand() {
        for body in [r#"{"message":"why"}"#, r#"{"error":"why"}"#, r#"{"error":{"message":"why"}}"#, "why"] {
            assert_eq!(decode(400, &|_| None, body.as_bytes()).message, "why", "{body}");
        }
    }
}
