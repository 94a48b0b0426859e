//! Google's errors: `{"error":{"code","message","status","details"}}`.

use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use super::Surface;
use super::models::Model;
use super::proto::Violation;
use crate::body::BodyError;
use crate::fault::FaultError;
use crate::limit::Reached;

const DOCS: &str = "https://ai.google.dev/gemini-api/docs";

/// Why a request was refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ApiError {
    status: StatusCode,
    message: String,
    details: Vec<Value>,
}

// === impl ApiError ===

impl ApiError {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), details: Vec::new() }
    }

    /// The status.
    pub(super) fn code(&self) -> u16 {
        self.status.as_u16()
    }

    /// What it says.
    pub(super) fn told(&self) -> &str {
        &self.message
    }

    /// An `INVALID_ARGUMENT`.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// A field whose value makes no sense, as the checks after parsing tell it.
    pub(super) fn field(field: &str, what: &str) -> Self {
        Self::invalid(format!("* GenerateContentRequest.{field}: {what}\n"))
    }

    fn with(self, details: Vec<Value>) -> Self {
        Self { details, ..self }
    }

    pub(super) fn no_model(model: &str, method: &str, surface: Surface) -> Self {
        let message = match surface {
            Surface::Gemini(version) => format!(
                "models/{model} is not found for API version {version}, or is not supported for {method}. Call \
                 ListModels to see the list of available models and their supported methods."
            ),
            Surface::Vertex => format!(
                "Publisher Model `publishers/google/models/{model}` was not found or your project does not \
                 have access to it. Please ensure you are using a valid model version."
            ),
        };
        Self::new(StatusCode::NOT_FOUND, message)
    }

    /// No key at all.
    pub(super) fn no_key() -> Self {
        let message = "Method doesn't allow unregistered callers (callers without established identity). \
                       Please use API Key or other form of API consumer identity to call this API.";
        Self::new(StatusCode::FORBIDDEN, message)
    }

    /// A key that is not good.
    pub(super) fn bad_key() -> Self {
        let message = "API key not valid. Please pass a valid API key.";
        let info = info("API_KEY_INVALID", &json!({"service": "generativelanguage.googleapis.com"}));
        let local = json!({
            "@type": "type.googleapis.com/google.rpc.LocalizedMessage",
            "locale": "en-US",
            "message": message,
        });
        Self::invalid(message).with(vec![info, local])
    }

    /// A token that is missing (`reason` `CREDENTIALS_MISSING`) or not good.
    pub(super) fn no_token(reason: &str) -> Self {
        let start = if reason == "CREDENTIALS_MISSING" {
            "Request is missing required authentication credential."
        } else {
            "Request had invalid authentication credentials."
        };
        let message = format!(
            "{start} Expected OAuth 2 access token, login cookie or other valid authentication credential. See \
             https://developers.google.com/identity/sign-in/web/devconsole-project."
        );
        let metadata = json!({"service": "aiplatform.googleapis.com"});
        Self::new(StatusCode::UNAUTHORIZED, message).with(vec![info(reason, &metadata)])
    }

    /// A call that comes back without what was thought before it.
    pub(super) fn unsigned(function: &str, block: usize, surface: Surface) -> Self {
        Self::invalid(match surface {
            Surface::Gemini(_) => format!(
                "Function call is missing a thought_signature in functionCall parts. This is required for \
                 tools to work correctly, and missing thought_signature may lead to degraded model \
                 performance. Additional data, function call `default_api:{function}` , position {block}. \
                 Please refer to {DOCS}/thought-signatures for more details."
            ),
            Surface::Vertex => format!(
                "Unable to submit request because function call `default_api:{function}` in the {block}. \
                 content block is missing a `thought_signature`. Learn more: \
                 https://docs.cloud.google.com/vertex-ai/generative-ai/docs/thought-signatures"
            ),
        })
    }

    /// A signature that is not ours, or not this part's.
    pub(super) fn forged(surface: Surface) -> Self {
        Self::invalid(match surface {
            Surface::Gemini(_) => "Corrupted thought signature.",
            Surface::Vertex => {
                "Unable to submit request because Thought signature is not valid.. Learn more: \
                 https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/gemini"
            }
        })
    }

    /// A limit that was reached.
    pub(super) fn limited(reached: &Reached) -> Self {
        let what = if reached.what == "tokens" { "input_token_count" } else { "requests" };
        Self::exhausted(reached.retry_after.as_secs_f64().ceil(), what, reached.limit)
    }

    fn exhausted(seconds: f64, what: &str, limit: u32) -> Self {
        let message = format!(
            "You exceeded your current quota, please check your plan and billing details. For more \
             information on this error, head to: {DOCS}/rate-limits.\nPlease retry in {seconds}s."
        );
        let metric = format!("generativelanguage.googleapis.com/generate_content_{what}");
        let details = vec![
            json!({"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{
                "quotaMetric": metric,
                "quotaId": "GenerateContentPerMinutePerProjectPerModel",
                "quotaDimensions": {"location": "global"},
                "quotaValue": limit.to_string(),
            }]}),
            json!({"@type": "type.googleapis.com/google.rpc.Help", "links": [
                {"description": "Learn more about Gemini API quotas", "url": format!("{DOCS}/rate-limits")}]}),
            json!({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": format!("{seconds}s")}),
        ];
        Self::new(StatusCode::TOO_MANY_REQUESTS, message).with(details)
    }

    /// The error that a fault asks for, in the words that belong to its status.
    pub(super) fn asked_for(status: StatusCode, retry_after: Option<u32>) -> Self {
        let message = match status.as_u16() {
            401 => return Self::no_token("ACCESS_TOKEN_EXPIRED"),
            403 => "The caller does not have permission",
            404 => "Requested entity was not found.",
            429 => return Self::exhausted(f64::from(retry_after.unwrap_or(34)), "requests", 10),
            499 => "The operation was cancelled.",
            503 => "The model is overloaded. Please try again later.",
            504 => "Deadline expired before operation could complete.",
            500..=599 => {
                "An internal error has occurred. Please retry or report in \
                          https://developers.generativeai.google/guide/troubleshooting"
            }
            _ => "Request contains an invalid argument.",
        };
        Self::new(status, message)
    }

    pub(super) fn wire(&self) -> Value {
        let mut error = json!({
            "code": self.status.as_u16(),
            "message": self.message,
            "status": canonical(self.status),
        });
        if !self.details.is_empty() {
            error["details"] = Value::from(self.details.clone());
        }
        json!({"error": error})
    }

    /// The answer; a stream that is one array has its error in an array too.
    pub(super) fn respond(&self, listed: bool) -> Response {
        let wire = if listed { Value::from(vec![self.wire()]) } else { self.wire() };
        self.respond_with(&wire)
    }

    /// The error as interactions have it: a message and a word.
    pub(super) fn in_words(&self) -> Value {
        let word = match canonical(self.status) {
            "INVALID_ARGUMENT" => "invalid_request".to_owned(),
            "RESOURCE_EXHAUSTED" => "too_many_requests".to_owned(),
            other => other.to_ascii_lowercase(),
        };
        json!({"error": {"message": self.message, "code": word}})
    }

    pub(super) fn respond_with(&self, wire: &Value) -> Response {
        let mut response = (self.status, format!("{wire:#}\n")).into_response();
        let json = HeaderValue::from_static("application/json; charset=UTF-8");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        response
    }

    pub(super) fn thinking(model: &Model, what: &str) -> Self {
        Self::invalid(format!("{what} Model: {}.", model.name))
    }
}

impl From<Vec<Violation>> for ApiError {
    fn from(violations: Vec<Violation>) -> Self {
        let told: Vec<_> = violations.iter().map(|one| one.description.as_str()).collect();
        let message = told.join("\n");
        let one = |violation: &Violation| match &violation.field {
            Some(field) => json!({"field": field, "description": violation.description}),
            None => json!({"description": violation.description}),
        };
        let details = json!({
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": violations.iter().map(one).collect::<Vec<_>>(),
        });
        Self::invalid(message).with(vec![details])
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
            BodyError::TooLarge => Self::invalid("Request payload size exceeds the limit: 20971520 bytes."),
            BodyError::Broken => Self::invalid("Invalid JSON payload received. Unexpected end of string."),
        }
    }
}

fn info(reason: &str, metadata: &Value) -> Value {
    json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": metadata,
    })
}

/// Google's name of a status.
fn canonical(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        409 => "ABORTED",
        429 => "RESOURCE_EXHAUSTED",
        499 => "CANCELLED",
        501 => "UNIMPLEMENTED",
        503 => "UNAVAILABLE",
        504 => "DEADLINE_EXCEEDED",
        500..=599 => "INTERNAL",
        _ => "INVALID_ARGUMENT",
    }
}
