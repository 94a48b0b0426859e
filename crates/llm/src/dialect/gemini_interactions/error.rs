//! Errors in the words of Interactions: a message, and a word for programs. Of these words `invalid_request` and
//! `too_many_requests` are seen at Google; the others are those of `google.rpc.Code`.

use json::Object;

use crate::{ApiError, ErrorKind};

/// Writes an error's body.
pub(super) fn encode(error: &ApiError, out: &mut Vec<u8>) {
    let mut body = Object::begin(out);
    members(error, &mut body);
    body.end();
}

/// Writes the event of an error that ends a stream.
pub(super) fn event(error: &ApiError, out: &mut Vec<u8>) {
    super::events::write("error", out, |body| members(error, body));
}

fn members(error: &ApiError, body: &mut Object<'_>) {
    let mut object = body.object("error");
    object.string("message", &error.message).string("code", word(error.kind));
    object.end();
}

fn word(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::InvalidRequest | ErrorKind::TooLarge => "invalid_request",
        ErrorKind::Authentication => "unauthenticated",
        ErrorKind::Billing => "failed_precondition",
        ErrorKind::Permission => "permission_denied",
        ErrorKind::NotFound => "not_found",
        ErrorKind::RateLimited => "too_many_requests",
        ErrorKind::Timeout => "deadline_exceeded",
        ErrorKind::Overloaded => "unavailable",
        ErrorKind::Server => "internal",
    }
}
