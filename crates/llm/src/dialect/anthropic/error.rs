//! Errors in Anthropic's words.

use json::Object;

use crate::{ApiError, ErrorKind};

/// The code of a request for a conversation that the provider is to keep. Anthropic's SDKs look for it in `details`,
/// and send the whole conversation from then on.
pub(super) const NO_THREADS: &str = "thread_unsupported_request";

/// Writes an error's body. The parameter at fault has no member of its own: the message begins with it.
pub(super) fn encode(error: &ApiError, request_id: Option<&str>, out: &mut Vec<u8>) {
    let mut body = Object::begin(out);
    body.string("type", "error");
    let mut object = body.object("error");
    object.string("type", error.native_type.as_deref().unwrap_or(word(error)));
    match error.param.as_deref().filter(|param| !error.message.contains(param)) {
        Some(param) => object.string("message", &format!("{param}: {}", error.message)),
        None => object.string("message", &error.message),
    };
    if let Some(code) = error.code.as_deref().filter(|code| code.starts_with("thread_")) {
        let mut details = object.object("details");
        details.string("error_code", code);
        if code == NO_THREADS {
            details.raw("unsupported", r#"["thread"]"#);
        }
        details.end();
    }
    object.end();
    if let Some(id) = request_id {
        body.string("request_id", id);
    }
    body.end();
}

/// The status that Anthropic's libraries know for an error.
pub(super) fn status(error: &ApiError) -> u16 {
    match error.kind {
        ErrorKind::Overloaded => 529,
        // Anthropic has one status for all that is wrong with a request, and another for a conflict.
        ErrorKind::InvalidRequest if error.status != 409 => 400,
        ErrorKind::Timeout => 504,
        _ => error.status,
    }
}

fn word(error: &ApiError) -> &'static str {
    match error.kind {
        ErrorKind::InvalidRequest if error.status == 409 => "conflict_error",
        ErrorKind::InvalidRequest => "invalid_request_error",
        ErrorKind::Authentication => "authentication_error",
        ErrorKind::Billing => "billing_error",
        ErrorKind::Permission => "permission_error",
        ErrorKind::NotFound => "not_found_error",
        ErrorKind::TooLarge => "request_too_large",
        ErrorKind::RateLimited => "rate_limit_error",
        ErrorKind::Timeout => "timeout_error",
        ErrorKind::Overloaded => "overloaded_error",
        ErrorKind::Server => "api_error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::anthropic::decode_error;
    use json::Value;

    #[test]
    fn sdks_are_told_that_a_conversation_is_not_kept_by_weir_or_the_vendor() {
        let body = r#"{"type":"error","error":{"type":"invalid_request_error","message":"no","details":{"error_code":"thread_unsupported_request","unsupported":["thread"]}},"request_id":"r"}"#;
        let mut out = Vec::new();
        encode(&decode_error(400, &Value::parse(body).unwrap()), Some("r"), &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), body);
    }
}
