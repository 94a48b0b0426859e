//! Anthropic's errors: `{"type":"error","error":{"type","message"},"request_id"}`.

use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::body::BodyError;
use crate::fault::FaultError;
use crate::limit::Reached;

/// The kinds of errors, each with its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Invalid,
    Authentication,
    Billing,
    Permission,
    NotFound,
    Conflict,
    TooLarge,
    RateLimit,
    Api,
    Timeout,
    Overloaded,
}

/// Why a request was refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ApiError {
    status: StatusCode,
    kind: Kind,
    pub(super) message: String,
    retry_after: Option<u32>,
    details: Option<Details>,
}

/// What a program is told besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
struct Details {
    error_code: &'static str,
    unsupported: [&'static str; 1],
}

/// The error as it stands in a body or a stream.
#[derive(Serialize)]
pub(super) struct Wire<'a> {
    r#type: &'static str,
    error: Inner<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

#[derive(Serialize)]
struct Inner<'a> {
    r#type: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<Details>,
}

/// Name and status of each kind.
const KINDS: [(Kind, &str, u16); 11] = [
    (Kind::Invalid, "invalid_request_error", 400),
    (Kind::Authentication, "authentication_error", 401),
    (Kind::Billing, "billing_error", 402),
    (Kind::Permission, "permission_error", 403),
    (Kind::NotFound, "not_found_error", 404),
    (Kind::Conflict, "conflict_error", 409),
    (Kind::TooLarge, "request_too_large", 413),
    (Kind::RateLimit, "rate_limit_error", 429),
    (Kind::Api, "api_error", 500),
    (Kind::Timeout, "timeout_error", 504),
    (Kind::Overloaded, "overloaded_error", 529),
];

// === impl Kind ===

impl Kind {
    fn name(self) -> &'static str {
        KINDS.iter().find(|(kind, ..)| *kind == self).map_or("api_error", |(_, name, _)| name)
    }

    fn status(self) -> StatusCode {
        let code = KINDS.iter().find(|(kind, ..)| *kind == self).map_or(500, |(.., code)| *code);
        StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

// === impl ApiError ===

impl ApiError {
    pub(super) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self::with_status(kind.status(), kind, message)
    }

    pub(super) fn with_status(status: StatusCode, kind: Kind, message: impl Into<String>) -> Self {
        Self { status, kind, message: message.into(), retry_after: None, details: None }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, message)
    }

    /// The simulator keeps no conversations. Anthropic refuses threads so where it cannot keep them, and its SDKs go on without.
    pub(super) fn no_threads() -> Self {
        let details = Details { error_code: "thread_unsupported_request", unsupported: ["thread"] };
        Self { details: Some(details), ..Self::invalid("thread: not supported for this request") }
    }

    pub(super) fn no_model(name: &str) -> Self {
        Self::new(Kind::NotFound, format!("model: {name}"))
    }

    pub(super) fn limited(reached: &Reached) -> Self {
        let message = format!(
            "This request would exceed your organization's rate limit of {} {} per minute",
            reached.limit, reached.what
        );
        let seconds = u32::try_from(reached.retry_after.as_millis().div_ceil(1_000)).ok();
        Self { retry_after: seconds, ..Self::new(Kind::RateLimit, message) }
    }

    /// The error that a fault asks for, in the shape that belongs to its status. The vendor says 529
    /// where others say 503.
    pub(super) fn asked_for(status: StatusCode, retry_after: Option<u32>) -> Self {
        let code = if status.as_u16() == 503 { 529 } else { status.as_u16() };
        let known = KINDS.iter().find(|(.., known)| *known == code).map(|(kind, ..)| *kind);
        let kind = known.unwrap_or(if code >= 500 { Kind::Api } else { Kind::Invalid });
        let message = match kind {
            Kind::Overloaded => "Overloaded",
            Kind::Api => "Internal server error",
            Kind::Timeout => "Request timed out",
            Kind::RateLimit => "This request would exceed your organization's rate limit",
            Kind::Authentication => "invalid x-api-key",
            _ => "failed as asked for",
        };
        let status = StatusCode::from_u16(code).unwrap_or(status);
        Self { retry_after, ..Self::with_status(status, kind, message) }
    }

    /// Without a request's id, as a stream sends it.
    pub(super) fn wire(&self) -> Wire<'_> {
        let error = Inner { r#type: self.kind.name(), message: &self.message, details: self.details };
        Wire { r#type: "error", error, request_id: None }
    }

    pub(super) fn respond(&self, request_id: &str) -> Response {
        let wire = Wire { request_id: Some(request_id), ..self.wire() };
        let body = serde_json::to_vec(&wire).unwrap_or_default();
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        let again = matches!(self.status.as_u16(), 408 | 409 | 429 | 500..);
        headers.insert("x-should-retry", HeaderValue::from_static(if again { "true" } else { "false" }));
        response
    }
}

impl From<FaultError> for ApiError {
    fn from(error: FaultError) -> Self {
        Self::invalid(error.to_string())
    }
}

impl From<BodyError> for ApiError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Self::new(Kind::TooLarge, "Request exceeds the maximum size"),
            BodyError::Broken => Self::invalid("The request body ended too early"),
        }
    }
}

/// Any key will do, as `x-api-key` or as a bearer, but one that begins with `sk-bad` or `sk-ant-bad`.
pub(super) fn authenticate(headers: &HeaderMap) -> Result<(), ApiError> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let bearer = text("authorization").and_then(|value| {
        let (scheme, key) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
    });
    match text("x-api-key").or(bearer).filter(|key| !key.is_empty()) {
        None => Err(ApiError::new(Kind::Authentication, "x-api-key header is required")),
        Some(key) if key.starts_with("sk-bad") || key.starts_with("sk-ant-bad") => {
            Err(ApiError::new(Kind::Authentication, "invalid x-api-key"))
        }
        Some(_) => Ok(()),
    }
}
