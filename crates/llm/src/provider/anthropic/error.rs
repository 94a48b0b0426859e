//! Errors in Anthropic's words.

use json::Value;

use crate::dialect::{retry_after, unreadable, without_account};
use crate::provider::Headers;
use crate::{ApiError, ErrorKind};

/// Reads the body of an error answer.
pub(super) fn decode(status: u16, headers: Headers<'_>, body: &[u8]) -> ApiError {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let mut error = if let Ok(value) = Value::parse(text) {
        of_body(status, &value)
    } else {
        let kind = ErrorKind::of_status(status);
        ApiError::new(client_status(status, kind), kind, without_account(kind, &unreadable(status, text)))
    };
    error.retry_after = retry_after(headers);
    error
}

/// Reads an error object. `status` is 0 where the error has none of its own.
pub(crate) fn of_body(status: u16, body: &Value<'_>) -> ApiError {
    let error = body.get("error");
    let kind = error.get("type").as_text().and_then(|kind| kind_of(&kind.decode()));
    let spent = error.get("details").get("error_code").is("enforced_spend_limit_reached");
    let kind = match kind {
        Some(ErrorKind::RateLimited) if spent => ErrorKind::Billing,
        Some(kind) => kind,
        None if status < 400 => ErrorKind::Server,
        None => ErrorKind::of_status(status),
    };
    let message = [error.get("message"), body.get("message"), error].into_iter().find_map(Value::as_text);
    let message = message.map_or_else(|| unreadable(status, ""), |message| message.decode().into_owned());
    // What became of a conversation that Anthropic keeps: its SDKs send it whole then.
    let thread = error.get("details").get("error_code").as_text().map(|code| code.decode().into_owned());
    let code = thread.filter(|code| code.starts_with("thread_"));
    ApiError { code, ..ApiError::new(client_status(status, kind), kind, without_account(kind, &message)) }
}

fn client_status(status: u16, kind: ErrorKind) -> u16 {
    match status {
        // Statuses of Anthropic's own that no other client knows.
        529 => 503,
        400..=599 => status,
        _ => kind.status(),
    }
}

fn kind_of(name: &str) -> Option<ErrorKind> {
    Some(match name {
        "invalid_request_error" | "conflict_error" => ErrorKind::InvalidRequest,
        "authentication_error" => ErrorKind::Authentication,
        "billing_error" => ErrorKind::Billing,
        "permission_error" => ErrorKind::Permission,
        "not_found_error" => ErrorKind::NotFound,
        "request_too_large" => ErrorKind::TooLarge,
        "rate_limit_error" => ErrorKind::RateLimited,
        "timeout_error" => ErrorKind::Timeout,
        "overloaded_error" => ErrorKind::Overloaded,
        "api_error" => ErrorKind::Server,
        _ => return None,
    })
}
