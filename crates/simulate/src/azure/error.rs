//! Azure's errors: `{"error":{"code","message"}}` where the service refuses, the model maker's own where the
//! model does.

use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::filter;
use crate::body::BodyError;
use crate::desk::{Refusal, bearer};
use crate::fault::FaultError;
use crate::limit::Reached;
use crate::openai::lend::Refused;

/// Why a request was refused.
#[derive(Debug, PartialEq)]
pub(super) struct ApiError {
    status: StatusCode,
    body: Value,
    retry_after: Option<u32>,
}

// === impl ApiError ===

impl ApiError {
    pub(super) fn new(status: StatusCode, code: &str, message: &str) -> Self {
        let body = json!({"error": {"code": code, "message": message}});
        Self { status, body, retry_after: None }
    }

    /// A path that is not there, or a version without which no path is.
    pub(super) fn no_resource() -> Self {
        Self::new(StatusCode::NOT_FOUND, "404", "Resource not found")
    }

    pub(super) fn no_deployment() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "DeploymentNotFound",
            "The API deployment for this resource does not exist. If you created the deployment within the last 5 \
             minutes, please wait a moment and try again.",
        )
    }

    pub(super) fn no_version() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", "API version not supported")
    }

    pub(super) fn no_json() -> Self {
        let message = "Invalid JSON in the request's body";
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    /// The prompt did not pass the filter.
    pub(super) fn blocked() -> Self {
        let message = "The response was filtered due to the prompt triggering Azure OpenAI's content management \
                       policy. Please modify your prompt and retry. To learn more about our content filtering \
                       policies please read our documentation: https://go.microsoft.com/fwlink/?linkid=2198766";
        let inner = json!({
            "code": "ResponsibleAIPolicyViolation",
            "content_filter_result": filter::of_prompt(true),
        });
        let error = json!({
            "message": message,
            "type": null,
            "param": "prompt",
            "code": "content_filter",
            "status": 400,
            "innererror": inner,
        });
        Self { status: StatusCode::BAD_REQUEST, body: json!({"error": error}), retry_after: None }
    }

    pub(super) fn respond(&self) -> Response {
        let mut response = (self.status, self.body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            headers.insert("retry-after-ms", HeaderValue::from(u64::from(seconds) * 1_000));
        }
        response
    }
}

impl Refusal for ApiError {
    fn asked_for(status: StatusCode, retry_after: Option<u32>) -> Self {
        let refused = match status.as_u16() {
            401 => no_key(),
            403 => Self::new(status, "403", "Access denied due to Virtual Network/Firewall rules."),
            404 => Self::no_deployment(),
            408 => Self::new(status, "Timeout", "The operation was timeout."),
            429 => limited(retry_after.unwrap_or(1)),
            503 => Self::new(
                status,
                "ServiceUnavailable",
                "The service is temporarily unable to process your request.",
            ),
            500..=599 => Self::new(status, "InternalServerError", "Internal server error"),
            _ => Self::new(status, "BadRequest", "The request failed as asked for"),
        };
        Self { status, retry_after: retry_after.or(refused.retry_after), ..refused }
    }

    fn limited(reached: &Reached) -> Self {
        limited(u32::try_from(reached.retry_after.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX))
    }
}

fn limited(seconds: u32) -> ApiError {
    let message = format!(
        "Requests to the ChatCompletions_Create Operation under Azure OpenAI API have exceeded call rate limit of your \
         current OpenAI S0 pricing tier. Please retry after {seconds} seconds."
    );
    ApiError { retry_after: Some(seconds), ..ApiError::new(StatusCode::TOO_MANY_REQUESTS, "429", &message) }
}

fn no_key() -> ApiError {
    ApiError::new(
        StatusCode::UNAUTHORIZED,
        "401",
        "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an \
         active subscription and use a correct regional API endpoint for your resource.",
    )
}

impl From<FaultError> for ApiError {
    fn from(error: FaultError) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", &error.to_string())
    }
}

impl From<BodyError> for ApiError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", "The request is too large.")
            }
            BodyError::Broken => Self::no_json(),
        }
    }
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        Self { status: refused.status, body: refused.body, retry_after: None }
    }
}

/// Any key will do, as `api-key` or as a bearer's token, but one that begins with `sk-bad`.
pub(super) fn authenticate(headers: &HeaderMap) -> Result<(), ApiError> {
    let key = headers.get("api-key").and_then(|value| value.to_str().ok()).map(str::trim);
    match (key.filter(|key| !key.is_empty()), bearer(headers)) {
        (Some(key), _) if !key.starts_with("sk-bad") => Ok(()),
        (None, Some(token)) if !token.starts_with("sk-bad") => Ok(()),
        (None, Some(_)) => Err(ApiError::new(
            StatusCode::UNAUTHORIZED,
            "401",
            "Unauthorized. Access token is missing, invalid, audience is incorrect (https://cognitiveservices.azure.com), \
             or have expired.",
        )),
        _ => Err(no_key()),
    }
}

/// Whom limits and caches are kept for.
pub(super) fn caller(headers: &HeaderMap) -> &[u8] {
    let given = headers.get("api-key").or_else(|| headers.get(header::AUTHORIZATION));
    given.map_or(&[], HeaderValue::as_bytes)
}
