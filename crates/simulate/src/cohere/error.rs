//! Cohere's errors: `{"id","message"}`.

use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::json;

use crate::body::BodyError;
use crate::desk::{Refusal, bearer};
use crate::fault::FaultError;
use crate::limit::Reached;
use crate::shape::{Kind, Mistake, What, kind};

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

    pub(super) fn invalid(message: &str) -> Self {
        Self::new(400, format!("invalid request: {message}"))
    }

    pub(super) fn no_model(name: &str) -> Self {
        let message = format!(
            "model '{name}' not found, make sure the correct model ID was used and that you have access to the model."
        );
        Self::new(404, message)
    }

    pub(super) fn no_json() -> Self {
        Self::new(400, "invalid json syntax: the body is not a JSON object")
    }

    pub(super) fn respond(&self, id: &str) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let body = json!({"id": id, "message": self.message}).to_string();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl Refusal for ApiError {
    fn asked_for(status: StatusCode, retry_after: Option<u32>) -> Self {
        let message = match status.as_u16() {
            401 => "invalid api token",
            403 => "your api key does not have access to this resource",
            404 => {
                "model not found, make sure the correct model ID was used and that you have access to the model."
            }
            422 => "unprocessable entity",
            429 => "You are past the per minute request limit, please wait and try again later.",
            498 => "your input or output was blocked because it violates the terms of use",
            499 => "request cancelled",
            501 => "not implemented",
            503 => "service unavailable, please try again later",
            504 => "gateway timeout",
            500..=599 => "internal server error, this has been reported to our developers.",
            _ => "invalid request: failed as asked for",
        };
        Self { retry_after, ..Self::new(status.as_u16(), message) }
    }

    fn limited(reached: &Reached) -> Self {
        let message =
            format!("You are past the per minute {} limit, please wait and try again later.", reached.what);
        let seconds = u32::try_from(reached.retry_after.as_millis().div_ceil(1_000)).ok();
        Self { retry_after: seconds, ..Self::new(429, message) }
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
            BodyError::TooLarge => Self::new(413, "request body is too large"),
            BodyError::Broken => Self::no_json(),
        }
    }
}

impl From<Mistake> for ApiError {
    fn from(mistake: Mistake) -> Self {
        let at = mistake.dotted();
        let got = called(kind(&mistake.got));
        let said = mistake.got.as_str().unwrap_or_default();
        match &mistake.what {
            What::Unknown => Self::new(422, format!("unknown field: parameter '{at}' is not a valid field")),
            What::Missing => Self::invalid(&format!("{at} is required.")),
            What::Kind(expected) => Self::new(
                400,
                format!(
                    "invalid type: parameter {at} is of type {got} but should be of type {}.",
                    called(*expected)
                ),
            ),
            What::Word(known) => {
                Self::invalid(&format!("{at} '{said}' is not valid, must be one of: {}.", known.join(", ")))
            }
            What::Tag(tag, known) => Self::invalid(&format!(
                "{at}.{tag} '{said}' is not valid, must be one of: {}.",
                known.join(", ")
            )),
            What::Below(low) => Self::invalid(&format!("{at} must be greater than or equal to {low}.")),
            What::Above(high) => Self::invalid(&format!("{at} must be less than or equal to {high}.")),
            What::Short(least) => Self::invalid(&format!("{at} must have at least {least} elements.")),
            What::Long(most) => Self::invalid(&format!("{at} must have at most {most} elements.")),
            What::Members(_) | What::Base64 => Self::invalid(&format!("{at} is not valid.")),
        }
    }
}

fn called(kind: Kind) -> &'static str {
    match kind {
        Kind::Null => "null",
        Kind::Bool => "bool",
        Kind::Integer => "integer",
        Kind::Number => "float",
        Kind::Text => "string",
        Kind::List => "array",
        Kind::Object => "object",
    }
}

/// Any bearer key will do but one that begins with `sk-bad`.
pub(super) fn authenticate(headers: &HeaderMap) -> Result<(), ApiError> {
    match bearer(headers) {
        None => Err(ApiError::new(401, "no api key supplied")),
        Some(key) if key.starts_with("sk-bad") => Err(ApiError::new(401, "invalid api token")),
        Some(_) => Ok(()),
    }
}
