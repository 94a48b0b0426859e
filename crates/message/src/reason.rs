//! The closed table of reason codes: why a call was refused or failed. One code stands in the body, in
//! `Proxy-Status` (RFC 9209), in the record, in the metrics and in the docs, spelled the same everywhere.

/// Whose doing a failure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The caller's.
    Client,
    /// The upstream's or the way to it.
    Upstream,
    /// The gateway's own, or its configuration's.
    Gateway,
}

macro_rules! reasons {
    ($($(#[doc = $doc:literal])* $variant:ident = $code:literal, $status:literal, $side:ident, $proxy:literal, $title:literal;)*) => {
        /// Why a call was refused or failed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Reason { $($(#[doc = $doc])* $variant,)* }

        impl Reason {
            /// Every reason, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The public code, in snake case; the docs' anchor too.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The status that a call refused for this gets.
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// Whose doing it is.
            pub const fn side(self) -> Side {
                match self { $(Self::$variant => Side::$side,)* }
            }

            /// The `error` parameter of `Proxy-Status` (RFC 9209 §2.3).
            pub const fn proxy_error(self) -> &'static str {
                match self { $(Self::$variant => $proxy,)* }
            }

            /// The `title` of the problem document (RFC 9457 §3.1.3).
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            /// What it means, for the reference page.
            pub const fn explanation(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),*).trim_ascii(),)* }
            }
        }
    };
}

reasons! {
    /// The request head breaks the grammar of RFC 9110 or RFC 9112; the detail names the rule.
    MalformedRequest = "malformed_request", 400, Client, "http_request_error", "The request is malformed";
    /// The request states its length twice or in two ways, so that two readers could see two different requests (RFC 9112 §6.3).
    AmbiguousLength = "ambiguous_length", 400, Client, "http_request_error", "The request's length is ambiguous";
    /// `Host` is missing, doubled, or is not a host (RFC 9112 §3.2).
    InvalidHost = "invalid_host", 400, Client, "http_request_error", "The request's host is invalid";
    /// The request line is longer than this listener accepts.
    TargetTooLong = "target_too_long", 414, Client, "http_request_error", "The request target is too long";
    /// The fields are more, or longer, than this listener accepts.
    HeadTooLarge = "head_too_large", 431, Client, "http_request_error", "The request's fields are too large";
    /// The protocol version is not HTTP/1.0, HTTP/1.1 or HTTP/2.
    UnsupportedVersion = "unsupported_version", 505, Client, "http_request_error", "The HTTP version is not supported";
    /// A transfer coding other than `chunked` (RFC 9112 §6.1).
    UnsupportedCoding = "unsupported_coding", 501, Client, "http_request_error", "The transfer coding is not supported";
    /// An expectation other than `100-continue` (RFC 9110 §10.1.1).
    ExpectationFailed = "expectation_failed", 417, Client, "http_request_error", "The expectation cannot be met";
    /// The method is one that a gateway does not serve, such as CONNECT without an extension.
    MethodNotImplemented = "method_not_implemented", 501, Client, "http_request_error", "The method is not implemented";
    /// The request's scheme is not that of this connection (RFC 9110 §15.5.20).
    MisdirectedRequest = "misdirected_request", 421, Client, "http_request_error", "The request is misdirected";
    /// The request head did not arrive within the time for it.
    HeadTimeout = "head_timeout", 408, Client, "http_request_error", "The request head took too long";
    /// The request body stopped arriving.
    BodyTimeout = "body_timeout", 408, Client, "http_request_error", "The request body took too long";
    /// The request body is longer than the route accepts.
    BodyTooLarge = "body_too_large", 413, Client, "http_request_error", "The request body is too large";
    /// The request body breaks its framing: a bad chunk, or an end before its length.
    MalformedBody = "malformed_body", 400, Client, "http_request_error", "The request body is malformed";
    /// The client went away before the answer was complete.
    ClientClosed = "client_closed", 499, Client, "connection_terminated", "The client closed the connection";
    /// The request went through this gateway already.
    LoopDetected = "loop_detected", 508, Client, "proxy_loop_detected", "The request loops";
    /// The path cannot be read: an invalid escape, a control character, or dot segments above the root.
    InvalidPath = "invalid_path", 400, Client, "http_request_error", "The path is invalid";

    /// No route matches host and path.
    NoRoute = "no_route", 404, Client, "destination_not_found", "No route matches";
    /// Routes match host and path, none of them the method; `Allow` lists those that do.
    MethodNotAllowed = "method_not_allowed", 405, Client, "http_request_denied", "The method is not allowed";
    /// The route needs a credential and the request has none.
    CredentialMissing = "credential_missing", 401, Client, "http_request_denied", "A credential is required";
    /// The route takes what is signed, and the request is not, or not by a key that is known, or too long ago.
    WebhookUnverified = "webhook_unverified", 403, Client, "http_request_denied", "The webhook's signature is not valid";
    /// The same webhook is being taken in; it may come again.
    WebhookUnderWay = "webhook_under_way", 409, Client, "http_request_denied", "The webhook is being taken in already";
    /// The credential is unknown, expired or revoked.
    CredentialInvalid = "credential_invalid", 401, Client, "http_request_denied", "The credential is not valid";
    /// The application has no active subscription to the service.
    NotSubscribed = "not_subscribed", 403, Client, "http_request_denied", "The application is not subscribed";
    /// The application is suspended.
    ApplicationSuspended = "application_suspended", 403, Client, "http_request_denied", "The application is suspended";
    /// The origin of the page that asks is not among those allowed (CORS).
    OriginDenied = "origin_denied", 403, Client, "http_request_denied", "The origin is not allowed";
    /// A rate limit is used up; `Retry-After` says for how long.
    RateLimited = "rate_limited", 429, Client, "http_request_denied", "The rate limit is used up";
    /// As many calls as allowed are under way already.
    ConcurrencyLimited = "concurrency_limited", 429, Client, "http_request_denied", "Too many calls at once";
    /// The service is retired.
    ServiceUnavailable = "service_unavailable", 410, Client, "http_request_denied", "The service is not available";

    /// The body is not a batch that can be made; `errors` names each mistake with its place.
    InvalidBatch = "invalid_batch", 400, Client, "http_request_error", "The batch is not valid";
    /// What this request refers to or waits for failed, or the answer lacks the part that it refers to.
    DependencyFailed = "dependency_failed", 424, Client, "http_request_denied", "What the request needs failed";
    /// The answers of a batch are longer than may be held for it.
    AnswerTooLarge = "answer_too_large", 502, Gateway, "http_response_body_size", "The answer is too large";

    /// The upstream's name could not be resolved.
    DnsFailed = "dns_failed", 502, Upstream, "dns_error", "The upstream's name does not resolve";
    /// The upstream refused the connection or could not be reached.
    ConnectFailed = "connect_failed", 502, Upstream, "connection_refused", "The upstream cannot be reached";
    /// The connection to the upstream took too long.
    ConnectTimeout = "connect_timeout", 504, Upstream, "connection_timeout", "Connecting to the upstream took too long";
    /// The TLS handshake with the upstream failed or its certificate is not valid.
    TlsFailed = "tls_failed", 502, Upstream, "tls_protocol_error", "TLS with the upstream failed";
    /// Every target of the upstream is ejected.
    NoHealthyUpstream = "no_healthy_upstream", 503, Upstream, "destination_unavailable", "No target is healthy";
    /// No connection to the upstream became free in time.
    QueueTimeout = "queue_timeout", 503, Upstream, "connection_limit_reached", "No connection became free";
    /// The upstream did not take the request in time.
    SendTimeout = "send_timeout", 504, Upstream, "connection_write_timeout", "Sending to the upstream took too long";
    /// The upstream did not answer in time.
    UpstreamTimeout = "upstream_timeout", 504, Upstream, "http_response_timeout", "The upstream took too long to answer";
    /// The upstream stopped in the middle of its answer.
    UpstreamStalled = "upstream_stalled", 504, Upstream, "connection_read_timeout", "The upstream stopped answering";
    /// The upstream closed the connection before its answer was complete.
    UpstreamReset = "upstream_reset", 502, Upstream, "connection_terminated", "The upstream closed the connection";
    /// What the upstream sent is not HTTP, or its length is ambiguous.
    UpstreamMalformed = "upstream_malformed", 502, Upstream, "http_protocol_error", "The upstream's answer is malformed";
    /// The upstream's answer ended before its stated length.
    UpstreamIncomplete = "upstream_incomplete", 502, Upstream, "http_response_incomplete", "The upstream's answer is incomplete";
    /// The upstream's answer has more or longer fields than are accepted.
    UpstreamHeadTooLarge = "upstream_head_too_large", 502, Upstream, "http_response_header_section_size", "The upstream's fields are too large";
    /// The call as a whole took longer than its limit.
    CallTimeout = "call_timeout", 504, Upstream, "http_response_timeout", "The call took too long";

    /// The body is not what the AI endpoint accepts; the error names the parameter.
    InvalidAiRequest = "invalid_ai_request", 400, Client, "http_request_error", "The request is not valid";
    /// No model or alias of this name may be used by this caller.
    UnknownModel = "unknown_model", 404, Client, "destination_not_found", "The model does not exist";
    /// No file, batch or answer of this id is the caller's.
    UnknownObject = "unknown_object", 404, Client, "destination_not_found", "There is no such object";
    /// A part of the request cannot be carried to any target of the alias.
    UnsupportedContent = "unsupported_content", 400, Client, "http_request_error", "The content cannot be carried";
    /// The provider answered with an error.
    ProviderError = "provider_error", 502, Upstream, "http_protocol_error", "The provider answered with an error";
    /// The provider answered, and its model said nothing in time.
    FirstTokenTimeout = "first_token_timeout", 504, Upstream, "http_response_timeout", "The model took too long to begin";
    /// The provider's answer could not be read.
    ProviderMalformed = "provider_malformed", 502, Upstream, "http_protocol_error", "The provider's answer is malformed";
    /// Every target of the alias failed.
    ProvidersExhausted = "providers_exhausted", 502, Upstream, "destination_unavailable", "Every target failed";

    /// The `Idempotency-Key` was sent before, with another request.
    IdempotencyKeyReused = "idempotency_key_reused", 422, Client, "http_request_error", "The idempotency key means another request";

    /// What the call gives a flow as its inputs is not what the flow takes; the problem names each.
    InvalidFlowInput = "invalid_flow_input", 400, Client, "http_request_error", "The flow's inputs are not valid";
    /// What the caller knows of the flow's answer does not hold: `If-Match` or `If-Unmodified-Since`.
    PreconditionFailed = "precondition_failed", 412, Client, "http_request_error", "The answer is another than the caller knows";
    /// A step of the flow could not be called, or was answered with a fault of the server; `steps` of the problem names it.
    FlowFailed = "flow_failed", 502, Upstream, "http_protocol_error", "A step of the flow failed";
    /// A step of the flow was refused, or its answer is not what the flow needs; `steps` of the problem names it.
    FlowDependency = "flow_dependency", 424, Upstream, "http_protocol_error", "The flow could not go on";
    /// The flow, or a step without which it cannot go on, took longer than its limit.
    FlowTimeout = "flow_timeout", 504, Upstream, "http_response_timeout", "The flow took too long";

    /// The request is not what GraphQL over HTTP says; the error names what is wrong.
    NotGraphql = "not_graphql", 400, Client, "http_request_error", "The request is no GraphQL request";
    /// The query cannot be parsed, does not fit the schema, or asks for more than a policy allows; the errors name what and where.
    GraphqlRefused = "graphql_refused", 400, Client, "http_request_denied", "The query is refused";
    /// What the call gives the query that answers it is not what its variables take; the problem names each.
    InvalidQueryInput = "invalid_query_input", 400, Client, "http_request_error", "The query's variables are not valid";
    /// The query that answers the call has errors in place of what was asked for; the problem names each.
    QueryFailed = "query_failed", 502, Upstream, "http_protocol_error", "The query failed";
    /// The query that answers the call has found nothing: what was asked for is null.
    QueryNothing = "query_nothing", 404, Upstream, "http_protocol_error", "There is nothing of that name";

    /// The gateway takes no more connections or calls for now.
    Overloaded = "overloaded", 503, Gateway, "connection_limit_reached", "The gateway is overloaded";
    /// A fault of the gateway; the process log has it under the request id.
    InternalError = "internal_error", 500, Gateway, "proxy_internal_error", "The gateway failed";
}

impl Reason {
    /// The reason of a code, as records keep it.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_read_back() {
        for &reason in Reason::ALL {
            assert_eq!(Reason::parse(reason.code()), Some(reason));
            assert!((400..=599).contains(&reason.status()), "{reason:?}");
            assert!(!reason.explanation().is_empty());
        }
    }
}
