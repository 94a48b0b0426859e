//! Which fields may stand in a trailer section (RFC 9110 §6.5.1).

use message::Known;

/// Names without a [`Known`] that frame, route, authenticate, modify a request or control a response.
const OTHERS: &[&str] = &[
    "accept-charset",
    "accept-language",
    "if-range",
    "if-unmodified-since",
    "proxy-features",
    "sec-websocket-extensions",
    "sec-websocket-protocol",
    "sec-websocket-version",
    "warning",
    "x-http-method-override",
    "x-real-ip",
];

/// Whether a field may be sent, and is taken, as a trailer: not if it frames the message, routes it,
/// modifies the request, authenticates, says how to read the content or what the response is, or belongs
/// to one connection. Those take effect before the content is read and would be smuggled in behind every
/// check.
pub fn trailer_allowed(known: Known, name: &[u8]) -> bool {
    match known {
        Known::Other => !OTHERS.iter().any(|other| other.as_bytes().eq_ignore_ascii_case(name)),
        _ => !known.is_hop_by_hop() && !is_denied(known),
    }
}

fn is_denied(known: Known) -> bool {
    frames_or_routes(known) || modifies_request(known) || authenticates(known) || describes_answer(known)
}

fn frames_or_routes(known: Known) -> bool {
    matches!(
        known,
        Known::ContentLength
            | Known::Forwarded
            | Known::Host
            | Known::Trailer
            | Known::Via
            | Known::XForwardedFor
            | Known::XForwardedHost
            | Known::XForwardedPort
            | Known::XForwardedProto
    )
}

fn modifies_request(known: Known) -> bool {
    matches!(
        known,
        Known::Accept
            | Known::AcceptEncoding
            | Known::CacheControl
            | Known::Expect
            | Known::IfMatch
            | Known::IfModifiedSince
            | Known::IfNoneMatch
            | Known::MaxForwards
            | Known::Pragma
            | Known::Range
            | Known::Traceparent
            | Known::Tracestate
            | Known::XRequestId
    )
}

fn authenticates(known: Known) -> bool {
    matches!(
        known,
        Known::ApiKey
            | Known::Authorization
            | Known::Cookie
            | Known::Origin
            | Known::ProxyAuthenticate
            | Known::ProxyAuthenticationInfo
            | Known::ProxyAuthorization
            | Known::Referer
            | Known::SecWebsocketAccept
            | Known::SecWebsocketKey
            | Known::SetCookie
            | Known::WwwAuthenticate
            | Known::XApiKey
            | Known::XGoogApiKey
    )
}

fn describes_answer(known: Known) -> bool {
    matches!(
        known,
        Known::AccessControlAllowCredentials
            | Known::AccessControlAllowHeaders
            | Known::AccessControlAllowMethods
            | Known::AccessControlAllowOrigin
            | Known::AccessControlExposeHeaders
            | Known::AccessControlMaxAge
            | Known::AccessControlRequestHeaders
            | Known::AccessControlRequestMethod
            | Known::Age
            | Known::Allow
            | Known::ContentEncoding
            | Known::ContentRange
            | Known::ContentType
            | Known::Date
            | Known::Expires
            | Known::Location
            | Known::RateLimit
            | Known::RateLimitPolicy
            | Known::RetryAfter
            | Known::Vary
    )
}
