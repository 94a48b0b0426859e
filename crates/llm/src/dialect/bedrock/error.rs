//! Errors in Amazon's words: the exception's name is in a header, or in the headers of a frame.

use json::Object;

use crate::{ApiError, ErrorKind};

/// Writes an error's body.
pub(super) fn encode(error: &ApiError, out: &mut Vec<u8>) {
    let mut body = Object::begin(out);
    body.string("message", &error.message);
    body.end();
}

/// The exception for a kind of error, and its status: client libraries go by the name, and try again by it.
pub(super) fn words(kind: ErrorKind) -> (&'static str, u16) {
    match kind {
        ErrorKind::InvalidRequest | ErrorKind::TooLarge => ("ValidationException", 400),
        ErrorKind::Authentication => ("UnrecognizedClientException", 403),
        ErrorKind::Permission => ("AccessDeniedException", 403),
        ErrorKind::Billing => ("ServiceQuotaExceededException", 400),
        ErrorKind::NotFound => ("ResourceNotFoundException", 404),
        ErrorKind::RateLimited => ("ThrottlingException", 429),
        ErrorKind::Timeout => ("ModelTimeoutException", 408),
        ErrorKind::Overloaded => ("ServiceUnavailableException", 503),
        ErrorKind::Server => ("InternalServerException", 500),
    }
}

/// The exception in a stream, of the few that a stream can have.
pub(super) fn in_stream(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::InvalidRequest | ErrorKind::TooLarge | ErrorKind::NotFound => "validationException",
        ErrorKind::RateLimited => "throttlingException",
        ErrorKind::Timeout | ErrorKind::Overloaded => "serviceUnavailableException",
        ErrorKind::Server => "modelStreamErrorException",
        ErrorKind::Authentication | ErrorKind::Billing | ErrorKind::Permission => "internalServerException",
    }
}
