//! Errors in Google's words.

use std::time::Duration;

use json::{Data, Value};

use crate::dialect::{retry_after, unreadable, without_account};
use crate::provider::Headers;
use crate::{ApiError, ErrorKind};

/// Reads the body of an error answer.
pub(super) fn decode(status: u16, headers: Headers<'_>, body: &[u8]) -> ApiError {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let mut error = if let Ok(value) = Value::parse(text) {
        of_body(status, &value)
    } else {
        let kind = kind_of_status(status);
        ApiError::new(client_status(status, kind), kind, without_account(kind, &unreadable(status, text)))
    };
    error.retry_after = error.retry_after.or_else(|| retry_after(headers));
    error
}

/// Reads an error object, which streams and some paths put into an array. `status` is below 400 where the error has
/// none of its own.
pub(super) fn of_body(status: u16, body: &Value<'_>) -> ApiError {
    let body = if let Data::Array(items) = &body.data { items.first().unwrap_or(body) } else { body };
    let error = body.get("error");
    let code = error.get("code").as_u64().and_then(|code| u16::try_from(code).ok());
    let status = if status >= 400 { status } else { code.filter(|code| *code >= 400).unwrap_or(status) };
    let kind = kind_of(status, error);
    let message = [error.get("message"), body.get("message"), error].into_iter().find_map(Value::as_text);
    let message = message.map_or_else(|| unreadable(status, ""), |message| message.decode().into_owned());
    let mut api = ApiError::new(client_status(status, kind), kind, without_account(kind, &message));
    api.retry_after = error.get("details").items().iter().find_map(retry_delay);
    api
}

/// How long to wait, as a detail such as `{"@type":"…RetryInfo","retryDelay":"34.5s"}` says.
fn retry_delay(detail: &Value<'_>) -> Option<Duration> {
    let delay = detail.get("retryDelay").as_text()?;
    let seconds = delay.decode().strip_suffix('s')?.parse::<f64>().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

fn client_status(status: u16, kind: ErrorKind) -> u16 {
    match status {
        400 if kind == ErrorKind::Authentication => 401,
        // Not known to every client's library.
        499 | 529 => kind.status(),
        400..=599 => status,
        _ => kind.status(),
    }
}

fn kind_of_status(status: u16) -> ErrorKind {
    if status < 400 { ErrorKind::Server } else { ErrorKind::of_status(status) }
}

fn kind_of(status: u16, error: &Value<'_>) -> ErrorKind {
    let details = error.get("details").items().iter();
    let reason = |wanted: &str| details.clone().any(|detail| detail.get("reason").is(wanted));
    if reason("API_KEY_INVALID") || reason("API_KEY_EXPIRED") {
        return ErrorKind::Authentication;
    }
    if reason("BILLING_DISABLED") {
        return ErrorKind::Billing;
    }
    // Interactions have the word as their code, in small letters.
    let word = error.get("status").as_text().or_else(|| error.get("code").as_text()).unwrap_or_default();
    match word.decode().to_ascii_uppercase().as_str() {
        "INVALID_ARGUMENT"
        | "INVALID_REQUEST"
        | "FAILED_PRECONDITION"
        | "OUT_OF_RANGE"
        | "ALREADY_EXISTS"
            if status != 413 =>
        {
            ErrorKind::InvalidRequest
        }
        "UNAUTHENTICATED" => ErrorKind::Authentication,
        "PERMISSION_DENIED" => ErrorKind::Permission,
        "NOT_FOUND" => ErrorKind::NotFound,
        "RESOURCE_EXHAUSTED" | "TOO_MANY_REQUESTS" => ErrorKind::RateLimited,
        "UNAVAILABLE" => ErrorKind::Overloaded,
        "DEADLINE_EXCEEDED" | "CANCELLED" => ErrorKind::Timeout,
        "INTERNAL" | "UNKNOWN" | "DATA_LOSS" => ErrorKind::Server,
        _ => kind_of_status(status),
    }
}
