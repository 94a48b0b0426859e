//! Errors in OpenAI's words, and in those of its many imitators.

use json::{Data, Object, Value};

use crate::dialect::{retry_after, unreadable, without_account};
use crate::provider::Headers;
use crate::{ApiError, ErrorKind};

/// Writes an error's body: all four members, since clients rely on them.
pub(in crate::dialect) fn encode(error: &ApiError, out: &mut Vec<u8>) {
    let (kind, code) = words(error.kind);
    let mut body = Object::begin(out);
    let mut object = body.object("error");
    object.string("message", &error.message);
    object.string("type", error.native_type.as_deref().unwrap_or(kind));
    match &error.param {
        Some(param) => object.string("param", param),
        None => object.raw("param", "null"),
    };
    match error.code.as_deref().or(code) {
        Some(code) => object.string("code", code),
        None => object.raw("code", "null"),
    };
    object.end();
    body.end();
}

/// The type and code of a kind of error.
pub(in crate::dialect) fn words(kind: ErrorKind) -> (&'static str, Option<&'static str>) {
    match kind {
        ErrorKind::InvalidRequest => ("invalid_request_error", None),
        ErrorKind::Authentication => ("invalid_request_error", Some("invalid_api_key")),
        ErrorKind::Billing => ("insufficient_quota", Some("insufficient_quota")),
        ErrorKind::Permission => ("invalid_request_error", Some("permission_denied")),
        ErrorKind::NotFound => ("invalid_request_error", Some("model_not_found")),
        ErrorKind::TooLarge => ("invalid_request_error", Some("request_too_large")),
        ErrorKind::RateLimited => ("rate_limit_error", Some("rate_limit_exceeded")),
        ErrorKind::Timeout => ("server_error", Some("timeout")),
        ErrorKind::Overloaded => ("server_error", Some("overloaded")),
        ErrorKind::Server => ("server_error", Some("server_error")),
    }
}

/// Reads the body of an error answer of a provider that speaks this dialect, well or badly.
pub(crate) fn decode(status: u16, headers: Headers<'_>, body: &[u8]) -> ApiError {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let mut error = if let Ok(value) = Value::parse(text) {
        of_body(status, &value)
    } else {
        let kind = kind_of_status(status);
        ApiError::new(client_status(status, kind), kind, without_account(kind, &unreadable(status, text)))
    };
    error.retry_after = retry_after(headers);
    error
}

/// Reads an error object. `status` is below 400 where the error has none of its own.
pub(crate) fn of_body(status: u16, body: &Value<'_>) -> ApiError {
    let error = body.get("error");
    let code = code_of(error, body);
    let kind = kind_of(status, code.as_deref(), error.get("type"));
    let message = message_of(error, body).unwrap_or_else(|| unreadable(status, ""));
    let message = without_account(kind, &message);
    let text = |value: &Value<'_>| value.as_text().map(|text| text.decode().into_owned());
    ApiError {
        param: text(error.get("param")),
        native_type: text(error.get("type")).or_else(|| text(body.get("type"))),
        code,
        ..ApiError::new(client_status(status_in(status, error), kind), kind, message)
    }
}

/// An error within a success may carry its status as its code.
fn status_in(status: u16, error: &Value<'_>) -> u16 {
    let code = error.get("code").as_u64().and_then(|code| u16::try_from(code).ok());
    if status >= 400 { status } else { code.filter(|code| (400..600).contains(code)).unwrap_or(status) }
}

fn client_status(status: u16, kind: ErrorKind) -> u16 {
    match status {
        // Statuses that no client library knows.
        498 | 529 => 503,
        400..=599 => status,
        _ => kind.status(),
    }
}

fn kind_of_status(status: u16) -> ErrorKind {
    if status < 400 { ErrorKind::Server } else { ErrorKind::of_status(status) }
}

fn kind_of(status: u16, code: Option<&str>, kind: &Value<'_>) -> ErrorKind {
    let kind = kind.as_text();
    let kind = kind.as_ref().map(|kind| kind.decode()).unwrap_or_default();
    match (code, &*kind) {
        (Some("insufficient_quota" | "billing_hard_limit_reached"), _) | (_, "insufficient_quota") => {
            ErrorKind::Billing
        }
        (Some("rate_limit_exceeded"), _) | (_, "rate_limit_error") => ErrorKind::RateLimited,
        (Some("model_not_found"), _) => ErrorKind::NotFound,
        (Some("invalid_api_key"), _) => ErrorKind::Authentication,
        (_, "invalid_request_error") if status < 400 => ErrorKind::InvalidRequest,
        (Some(code), _) if status < 400 => code.parse().map_or(ErrorKind::Server, kind_of_status),
        _ => kind_of_status(status),
    }
}

/// The code as a string, whatever it was.
fn code_of(error: &Value<'_>, body: &Value<'_>) -> Option<String> {
    let code = |value: &Value<'_>| match &value.data {
        Data::String(text) => Some(text.decode().into_owned()),
        Data::Number(number) => Some((*number).to_owned()),
        _ => None,
    };
    let first = body.get("errors").items().first();
    [error.get("code"), body.get("code")].into_iter().find_map(code).or_else(|| code(first?.get("code")))
}

/// The message, wherever the provider puts it.
fn message_of(error: &Value<'_>, body: &Value<'_>) -> Option<String> {
    let places = [
        error.get("message"),
        error,
        body.get("message"),
        body.get("detail"),
        body.get("fault").get("faultstring"),
        body.get("title"),
    ];
    let first = body.get("errors").items().first().map(|error| error.get("message"));
    let detail = body.get("detail").items().first().map(|detail| detail.get("msg"));
    let text = places.into_iter().chain(first).chain(detail).find_map(Value::as_text)?;
    let message = text.decode().into_owned();
    (!message.trim().is_empty()).then_some(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(status: u16, body: &str) -> (u16, ErrorKind, String, Option<String>) {
        let error = decode(status, &|_| None, body.as_bytes());
        (error.status, error.kind, error.message, error.code)
    }

    #[test]
    fn messages_are_found_wherever_they_stand() {
        for body in [
            r#"{"error":{"message":"why"}}"#,
            r#"{"error":"why"}"#,
            r#"{"object":"error","message":"why"}"#,
            r#"{"detail":"why"}"#,
            r#"{"detail":[{"loc":["body"],"msg":"why"}]}"#,
            r#"{"fault":{"faultstring":"why"}}"#,
            r#"{"success":false,"errors":[{"code":7003,"message":"why"}]}"#,
            "why",
        ] {
            assert_eq!(decoded(400, body).2, "why", "{body}");
        }
        let html = decoded(502, "<html>secret host</html>");
        assert_eq!(html.2, "the model's provider answered 502 without saying why");
    }

    #[test]
    fn codes_are_strings_and_kinds_are_told_apart() {
        assert_eq!(decoded(400, r#"{"error":{"message":"m","code":400}}"#).3.as_deref(), Some("400"));
        assert_eq!(
            decoded(429, r#"{"error":{"message":"m","code":"insufficient_quota"}}"#).1,
            ErrorKind::Billing
        );
        assert_eq!(decoded(429, r#"{"error":{"message":"m"}}"#).1, ErrorKind::RateLimited);
        // An error with status 200.
        let late = decoded(200, r#"{"error":{"message":"m","code":429}}"#);
        assert_eq!((late.0, late.1), (429, ErrorKind::RateLimited));
        assert_eq!(decoded(200, r#"{"error":{"message":"m"}}"#).0, 502);
    }

    #[test]
    fn waiting_times_are_read() {
        let header = |name: &str| (name == "retry-after").then(|| "2".to_owned());
        let error = decode(429, &header, b"{}");
        assert_eq!(error.retry_after, Some(std::time::Duration::from_secs(2)));
        let header = |name: &str| (name == "retry-after-ms").then(|| "1500".to_owned());
        assert_eq!(decode(429, &header, b"{}").retry_after, Some(std::time::Duration::from_millis(1500)));
        let header = |_: &str| Some("Fri, 31 Dec 1999 23:59:59 GMT".to_owned());
        assert_eq!(decode(429, &header, b"{}").retry_after, None);
    }
}
