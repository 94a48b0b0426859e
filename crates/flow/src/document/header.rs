//! Header fields: names, those that no step sets since they belong to a connection or to whoever makes the call, and media types.

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

/// Whether a text may be the name of a header field (RFC 9110 §5.6.2).
pub(crate) fn is_token(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Whether a text is a media type (RFC 9110 §8.3.1). Parameters may be anything that a field can have in it.
pub(crate) fn is_media_type(text: &str) -> bool {
    let (kind, parameters) = text.split_once(';').unwrap_or((text, ""));
    let named = kind.trim_matches([' ', '\t']).split_once('/');
    let named = named.is_some_and(|(kind, sub)| is_token(kind) && is_token(sub));
    named && parameters.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~'))
}
