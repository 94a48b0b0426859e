//! Header fields that no step sets: they belong to a connection, or to whoever makes the call.

/// Why a step does not set a header field; none if it may.
pub(crate) fn owned(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "connection"
        | "http2-settings"
        | "keep-alive"
        | "proxy-authenticate"
        | "proxy-authentication-info"
        | "proxy-authorization"
        | "proxy-connection"
        | "te"
        | "trailer"
        | "transfer-encoding"
        | "upgrade" => Some("it belongs to a connection, not to a message (RFC 9110 §7.6.1)"),
        "content-type" => Some("the media type is `contentType` of the request's body"),
        "content-length" | "expect" | "forwarded" | "host" | "traceparent" | "tracestate" | "via"
        | "x-real-ip" | "x-request-id" => Some("who makes the call sets it"),
        name if name.starts_with("x-forwarded-") || name.starts_with("sec-websocket-") => {
            Some("who makes the call sets it")
        }
        _ => None,
    }
}
