//! Errors in Google's words.

use json::Object;

use crate::{ApiError, ErrorKind};

/// Writes an error's body. What Google tells beyond its word, such as how long to wait, are details.
pub(super) fn encode(error: &ApiError, out: &mut Vec<u8>) {
    let mut body = Object::begin(out);
    let mut object = body.object("error");
    object.number("code", error.status.into()).string("message", &error.message);
    object.string("status", word(error.kind));
    if error.param.is_some() || error.code.is_some() || error.retry_after.is_some() {
        let mut details = object.array("details");
        if let Some(code) = &error.code {
            let mut detail = details.object();
            detail.string("@type", "type.googleapis.com/google.rpc.ErrorInfo");
            detail.string("reason", &code.to_ascii_uppercase()).string("domain", "weir");
            detail.end();
        }
        if let Some(param) = &error.param {
            let mut detail = details.object();
            detail.string("@type", "type.googleapis.com/google.rpc.BadRequest");
            let mut violations = detail.array("fieldViolations");
            let mut violation = violations.object();
            violation.string("field", param).string("description", &error.message);
            violation.end();
            violations.end();
            detail.end();
        }
        if let Some(wait) = error.retry_after {
            let mut detail = details.object();
            detail.string("@type", "type.googleapis.com/google.rpc.RetryInfo");
            detail.string("retryDelay", &format!("{}s", wait.as_secs_f64()));
            detail.end();
        }
        details.end();
    }
    object.end();
    body.end();
}

/// Google's word for a kind of error.
fn word(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::InvalidRequest | ErrorKind::TooLarge => "INVALID_ARGUMENT",
        ErrorKind::Authentication => "UNAUTHENTICATED",
        ErrorKind::Billing => "FAILED_PRECONDITION",
        ErrorKind::Permission => "PERMISSION_DENIED",
        ErrorKind::NotFound => "NOT_FOUND",
        ErrorKind::RateLimited => "RESOURCE_EXHAUSTED",
        ErrorKind::Timeout => "DEADLINE_EXCEEDED",
        ErrorKind::Overloaded => "UNAVAILABLE",
        ErrorKind::Server => "INTERNAL",
    }
}
