//! OpenAI's errors: `{"error":{"message","type","param","code"}}`, all four keys always there.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::body::BodyError;
use crate::fault::FaultError;
use crate::limit::Reached;

/// Why a request was refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ApiError {
    pub(super) status: StatusCode,
    pub(super) message: String,
    kind: &'static str,
    pub(super) param: Option<String>,
    pub(super) code: Option<&'static str>,
    retry_after_ms: Option<u64>,
}

/// The error as it stands in a body or a stream.
#[derive(Serialize)]
pub(super) struct Wire<'a> {
    error: Inner<'a>,
}

#[derive(Serialize)]
struct Inner<'a> {
    message: &'a str,
    r#type: &'a str,
    param: Option<&'a str>,
    code: Option<&'a str>,
}

// === impl ApiError ===

impl ApiError {
    /// An `invalid_request_error` without parameter and code.
    pub(super) fn invalid(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            kind: "invalid_request_error",
            param: None,
            code: None,
            retry_after_ms: None,
        }
    }

    /// A 400 that names the parameter.
    pub(super) fn of(param: &str, message: impl Into<String>) -> Self {
        Self { param: Some(param.to_owned()), ..Self::invalid(StatusCode::BAD_REQUEST, message) }
    }

    pub(super) fn code(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }

    pub(super) fn status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    pub(super) fn missing(param: &str) -> Self {
        Self::of(param, format!("Missing required parameter: '{param}'.")).code("missing_required_parameter")
    }

    pub(super) fn no_json() -> Self {
        let message = "We could not parse the JSON body of your request: it is not valid JSON.";
        Self::invalid(StatusCode::BAD_REQUEST, message)
    }

    pub(super) fn no_model(name: &str) -> Self {
        let message = format!("The model `{name}` does not exist or you do not have access to it.");
        Self::invalid(StatusCode::NOT_FOUND, message).code("model_not_found")
    }

    /// A model that an endpoint has no use for, while another has.
    pub(super) fn not_for(endpoint: &str, other: &str, kind: &str) -> Self {
        let message = format!(
            "This is not a {kind} model and thus not supported in the v1/{endpoint} endpoint. Did you mean to use \
             v1/{other}?"
        );
        Self::of("model", message).status(StatusCode::NOT_FOUND)
    }

    /// The answer to a prompt that the filter takes for a bad one.
    pub(super) fn blocked() -> Self {
        let message = "Invalid prompt: your prompt was flagged as potentially violating our usage policy. \
                       Please try again with a different prompt.";
        Self::invalid(StatusCode::BAD_REQUEST, message).code("invalid_prompt")
    }

    /// Sealed state that is not ours, or not where it belongs.
    pub(super) fn unsealed(sealed: &str, why: &str) -> Self {
        let (start, end) = (crate::synth::cut(sealed, 4), sealed.len().saturating_sub(4));
        let end = sealed.get(end..).unwrap_or_default();
        let message = format!("The encrypted content {start}...{end} could not be verified.{why}");
        Self::invalid(StatusCode::BAD_REQUEST, message).code("invalid_encrypted_content")
    }

    /// A response that is not kept.
    pub(super) fn no_response(id: &str) -> Self {
        Self::invalid(StatusCode::NOT_FOUND, format!("Response with id '{id}' not found."))
    }

    /// A limit that was reached.
    pub(super) fn limited(reached: &Reached) -> Self {
        let wait = crate::when::go_duration(reached.retry_after);
        let message = format!(
            "Rate limit reached on {} per min: Limit {}. Please try again in {wait}.",
            reached.what, reached.limit
        );
        Self {
            kind: reached.what,
            code: Some("rate_limit_exceeded"),
            retry_after_ms: u64::try_from(reached.retry_after.as_millis()).ok(),
            ..Self::invalid(StatusCode::TOO_MANY_REQUESTS, message)
        }
    }

    /// The error that a fault asks for, in the shape that belongs to its status.
    pub(super) fn asked_for(status: StatusCode, retry_after: Option<u32>) -> Self {
        let (kind, code, message) = match status.as_u16() {
            401 => ("invalid_request_error", Some("invalid_api_key"), "Incorrect API key provided."),
            403 => ("invalid_request_error", None, "You may not use this."),
            404 => ("invalid_request_error", Some("model_not_found"), "The model does not exist."),
            429 => ("requests", Some("rate_limit_exceeded"), "Rate limit reached on requests per min."),
            503 => ("server_error", None, "The server is overloaded. Please try again later."),
            500..=599 => ("server_error", None, "The server had an error while processing your request."),
            _ => ("invalid_request_error", None, "Your request could not be processed."),
        };
        let retry_after_ms = retry_after.map(|seconds| u64::from(seconds) * 1_000);
        Self { status, message: message.to_owned(), kind, param: None, code, retry_after_ms }
    }

    pub(super) fn wire(&self) -> Wire<'_> {
        let inner = Inner {
            message: &self.message,
            r#type: self.kind,
            param: self.param.as_deref(),
            code: self.code,
        };
        Wire { error: inner }
    }
}

impl From<FaultError> for ApiError {
    fn from(error: FaultError) -> Self {
        Self::invalid(StatusCode::BAD_REQUEST, error.to_string())
    }
}

impl From<BodyError> for ApiError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Self::invalid(StatusCode::PAYLOAD_TOO_LARGE, "The request is too large."),
            BodyError::Broken => Self::no_json(),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self.wire()).unwrap_or_default();
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(millis) = self.retry_after_ms {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(millis.div_ceil(1_000)));
            headers.insert("retry-after-ms", HeaderValue::from(millis));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"OpenAI API\""));
        }
        response
    }
}

/// Any bearer key will do but one that begins with `sk-bad`.
pub(super) fn authenticate(headers: &HeaderMap) -> Result<(), ApiError> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (scheme, key) = given.split_once(' ').unwrap_or((given, ""));
    let key = key.trim();
    if !scheme.eq_ignore_ascii_case("bearer") || key.is_empty() {
        let message = "You didn't provide an API key. Send it as `Authorization: Bearer YOUR_KEY`.";
        return Err(ApiError::invalid(StatusCode::UNAUTHORIZED, message));
    }
    if key.starts_with("sk-bad") {
        let message = format!("Incorrect API key provided: {}***.", crate::synth::cut(key, 6));
        return Err(ApiError::invalid(StatusCode::UNAUTHORIZED, message).code("invalid_api_key"));
    }
    Ok(())
}
