//! Ollama's errors: `{"error"}`.

use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::json;

use crate::body::BodyError;
use crate::desk::{Refusal, bearer};
use crate::fault::FaultError;
use crate::limit::Reached;
use crate::shape::{Kind, Mistake, Step, What, kind};

/// Why a request was refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ApiError {
    status: u16,
    pub(super) message: String,
    retry_after: Option<u32>,
}

// === impl ApiError ===

impl ApiError {
    pub(super) fn new(status: u16, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), retry_after: None }
    }

    pub(super) fn no_model(name: &str) -> Self {
        Self::new(404, format!("model '{name}' not found"))
    }

    /// A value of the wrong kind, in Go's words.
    pub(super) fn of_shape(request: &str, mistake: &Mistake) -> Self {
        let path = mistake.at.iter().filter_map(|step| match step {
            Step::Name(name) => Some(name.as_str()),
            Step::Number(_) => None,
        });
        let path = path.collect::<Vec<_>>().join(".");
        match &mistake.what {
            What::Kind(expected) => {
                let (got, expected) = (called(kind(&mistake.got)), go(*expected));
                let message = format!(
                    "json: cannot unmarshal {got} into Go struct field {request}.{path} of type {expected}"
                );
                Self::new(400, message)
            }
            What::Base64 | What::Short(_) => Self::new(400, "illegal base64 data at input byte 0"),
            _ => Self::new(400, format!("{path} is invalid")),
        }
    }

    pub(super) fn wire(&self) -> String {
        json!({"error": self.message}).to_string()
    }

    pub(super) fn respond(&self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut response = (status, self.wire()).into_response();
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/json; charset=utf-8");
        headers.insert(header::CONTENT_TYPE, kind);
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl Refusal for ApiError {
    fn asked_for(status: StatusCode, retry_after: Option<u32>) -> Self {
        let message = match status.as_u16() {
            401 => "unauthorized",
            404 => "model not found",
            429 => "too many requests",
            503 => "server busy, please try again.  maximum pending requests exceeded",
            500..=599 => "llama runner process has terminated: exit status 2",
            _ => "failed as asked for",
        };
        Self { retry_after, ..Self::new(status.as_u16(), message) }
    }

    fn limited(reached: &Reached) -> Self {
        let seconds = u32::try_from(reached.retry_after.as_millis().div_ceil(1_000)).ok();
        Self { retry_after: seconds, ..Self::new(429, "too many requests") }
    }
}

impl From<FaultError> for ApiError {
    fn from(error: FaultError) -> Self {
        Self::new(400, error.to_string())
    }
}

impl From<BodyError> for ApiError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Self::new(413, "http: request body too large"),
            BodyError::Broken => Self::new(400, "unexpected EOF"),
        }
    }
}

fn called(kind: Kind) -> &'static str {
    match kind {
        Kind::Null => "null",
        Kind::Bool => "bool",
        Kind::Integer | Kind::Number => "number",
        Kind::Text => "string",
        Kind::List => "array",
        Kind::Object => "object",
    }
}

fn go(kind: Kind) -> &'static str {
    match kind {
        Kind::Bool => "bool",
        Kind::Integer => "int",
        Kind::Number => "float64",
        Kind::List => "[]interface {}",
        Kind::Object => "map[string]interface {}",
        Kind::Text | Kind::Null => "string",
    }
}

/// No key is asked for, but one that begins with `sk-bad` is refused.
pub(super) fn authenticate(headers: &HeaderMap) -> Result<(), ApiError> {
    match bearer(headers) {
        Some(key) if key.starts_with("sk-bad") => Err(ApiError::new(401, "unauthorized")),
        _ => Ok(()),
    }
}
