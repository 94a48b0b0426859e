//! Mistral's errors: `{"detail":[…]}` where a body has not its shape, `{"detail"}` where a key is missing, else
//! `{"object":"error","message","type","param","code"}`.

use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::body::BodyError;
use crate::desk::{Refusal, bearer};
use crate::fault::FaultError;
use crate::limit::Reached;
use crate::shape::{Kind, Mistake, Step, What};

/// Why a request was refused.
#[derive(Debug, PartialEq)]
pub(super) struct ApiError {
    status: u16,
    body: Value,
    retry_after: Option<u32>,
}

// === impl ApiError ===

impl ApiError {
    pub(super) fn new(status: u16, kind: &str, code: &str, message: impl Into<String>) -> Self {
        let message: String = message.into();
        let body = json!({"object": "error", "message": message, "type": kind, "param": null, "code": code});
        Self { status, body, retry_after: None }
    }

    /// The messages do not follow each other as they should.
    pub(super) fn order(message: impl Into<String>) -> Self {
        Self::new(400, "invalid_request_message_order", "3230", message)
    }

    pub(super) fn no_model(name: &str) -> Self {
        Self::new(400, "invalid_model", "1500", format!("Invalid model: {name}"))
    }

    pub(super) fn unauthorized() -> Self {
        Self { status: 401, body: json!({"detail": "Unauthorized"}), retry_after: None }
    }

    pub(super) fn not_found(status: u16, detail: &str) -> Self {
        Self { status, body: json!({"detail": detail}), retry_after: None }
    }

    /// One thing that is wrong with a body, and where.
    pub(super) fn detail(kind: &str, at: &[Value], message: &str, input: &Value) -> Self {
        let at: Vec<_> = [json!("body")].iter().chain(at).cloned().collect();
        let detail = json!([{"type": kind, "loc": at, "msg": message, "input": input}]);
        Self { status: 422, body: json!({"detail": detail}), retry_after: None }
    }

    pub(super) fn no_json() -> Self {
        Self::detail("json_invalid", &[json!(0)], "JSON decode error", &json!({}))
    }

    pub(super) fn wire(&self) -> &Value {
        &self.body
    }

    pub(super) fn respond(&self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut response = (status, self.body.to_string()).into_response();
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
        let (kind, code, message) = match status.as_u16() {
            401 => return Self::unauthorized(),
            404 => return Self::not_found(404, "Not Found"),
            422 => return Self::detail("value_error", &[], "Failed as asked for", &Value::Null),
            429 => ("rate_limited", "1300", "Rate limit exceeded"),
            503 => ("unreachable_backend", "1100", "Service unavailable."),
            500..=599 => ("internal_server_error", "1000", "Service tier capacity exceeded for this model."),
            _ => ("invalid_request_error", "3000", "Failed as asked for"),
        };
        Self { retry_after, ..Self::new(status.as_u16(), kind, code, message) }
    }

    fn limited(reached: &Reached) -> Self {
        let what = if reached.what == "requests" { "Requests" } else { "Tokens" };
        let seconds = u32::try_from(reached.retry_after.as_millis().div_ceil(1_000)).ok();
        let message = format!("{what} rate limit exceeded");
        Self { retry_after: seconds, ..Self::new(429, "rate_limited", "1300", message) }
    }
}

impl From<FaultError> for ApiError {
    fn from(error: FaultError) -> Self {
        Self::new(400, "invalid_request_error", "3000", error.to_string())
    }
}

impl From<BodyError> for ApiError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => {
                Self::new(413, "invalid_request_error", "3000", "Request entity too large")
            }
            BodyError::Broken => Self::no_json(),
        }
    }
}

impl From<Mistake> for ApiError {
    fn from(mistake: Mistake) -> Self {
        let at: Vec<Value> = mistake
            .at
            .iter()
            .map(|step| match step {
                Step::Name(name) => json!(name),
                Step::Number(number) => json!(number),
            })
            .collect();
        let said = mistake.got.as_str().unwrap_or_default();
        let length = mistake.got.as_array().map_or(0, Vec::len);
        let (kind, message) = match &mistake.what {
            What::Missing => ("missing", "Field required".to_owned()),
            What::Unknown => ("extra_forbidden", "Extra inputs are not permitted".to_owned()),
            What::Kind(kind) => wanted(*kind),
            What::Word(known) => ("literal_error", format!("Input should be {}", listed(known, " or "))),
            What::Tag(tag, known) => (
                "union_tag_invalid",
                format!(
                    "Input tag '{said}' found using '{tag}' does not match any of the expected tags: {}",
                    listed(known, ", ")
                ),
            ),
            What::Below(low) => {
                ("greater_than_equal", format!("Input should be greater than or equal to {low}"))
            }
            What::Above(high) => ("less_than_equal", format!("Input should be less than or equal to {high}")),
            What::Short(least) => (
                "too_short",
                format!("List should have at least {least} item after validation, not {length}"),
            ),
            What::Long(most) => {
                ("too_long", format!("List should have at most {most} items after validation, not {length}"))
            }
            What::Members(_) | What::Base64 => ("value_error", "Value error".to_owned()),
        };
        Self::detail(kind, &at, &message, &mistake.got)
    }
}

fn wanted(kind: Kind) -> (&'static str, String) {
    let (name, message) = match kind {
        Kind::Bool => ("bool_type", "Input should be a valid boolean"),
        Kind::Integer => ("int_type", "Input should be a valid integer"),
        Kind::Number => ("float_type", "Input should be a valid number"),
        Kind::List => ("list_type", "Input should be a valid list"),
        Kind::Object => ("dict_type", "Input should be a valid dictionary"),
        Kind::Text | Kind::Null => ("string_type", "Input should be a valid string"),
    };
    (name, message.to_owned())
}

/// `'a', 'b' or 'c'`, with `last` before the last.
fn listed(known: &[&str], last: &str) -> String {
    let quoted: Vec<_> = known.iter().map(|word| format!("'{word}'")).collect();
    match quoted.split_last() {
        Some((end, rest)) if !rest.is_empty() => format!("{}{last}{end}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

/// Any bearer key will do but one that begins with `sk-bad`.
pub(super) fn authenticate(headers: &HeaderMap) -> Result<(), ApiError> {
    match bearer(headers) {
        Some(key) if !key.starts_with("sk-bad") => Ok(()),
        _ => Err(ApiError::unauthorized()),
    }
}
