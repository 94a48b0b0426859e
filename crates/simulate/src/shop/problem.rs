//! The shop's errors, as `application/problem+json` (RFC 9457).

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::body::BodyError;
use crate::fault::FaultError;

/// One thing that is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Mistake {
    /// Where: a JSON Pointer into the body, or a query parameter's name.
    pub(super) pointer: String,
    pub(super) detail: String,
}

/// Why a request was not answered as asked.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    detail: String,
    errors: Vec<Mistake>,
    retry_after: Option<u32>,
}

#[derive(Serialize)]
struct Wire<'a> {
    r#type: &'static str,
    title: &'a str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [Mistake],
}

// === impl Problem ===

impl Problem {
    pub(super) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), errors: Vec::new(), retry_after: None }
    }

    pub(super) fn not_found(what: &str, id: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("no {what} has the id `{id}`"))
    }

    pub(super) fn mistakes(errors: Vec<Mistake>) -> Self {
        let detail = match errors.len() {
            1 => "the request has a mistake".to_owned(),
            count => format!("the request has {count} mistakes"),
        };
        Self { errors, ..Self::new(StatusCode::BAD_REQUEST, detail) }
    }

    pub(super) fn mistake(pointer: &str, detail: impl Into<String>) -> Self {
        Self::mistakes(vec![Mistake { pointer: pointer.to_owned(), detail: detail.into() }])
    }

    pub(super) fn retry_after(self, seconds: Option<u32>) -> Self {
        Self { retry_after: seconds, ..self }
    }
}

impl From<FaultError> for Problem {
    fn from(error: FaultError) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error.to_string())
    }
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Self::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"),
            BodyError::Broken => Self::new(StatusCode::BAD_REQUEST, "the body ended too early"),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let wire = Wire {
            r#type: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: &self.detail,
            errors: &self.errors,
        };
        let body = serde_json::to_vec(&wire).unwrap_or_default();
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// For a path that the shop does not have.
pub(super) async fn no_such_path(request: Request) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, format!("nothing is at {}", request.uri().path()))
}

/// For a method that a path of the shop does not take; the server adds `Allow`.
pub(super) async fn no_such_method(request: Request) -> Problem {
    let detail = format!("{} is not taken here", request.method());
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, detail)
}

/// For a path outside of everything that is simulated.
pub(crate) async fn nowhere(request: Request) -> Problem {
    let detail = format!("nothing is at {}: try /shop, /openai/v1, /anthropic/v1", request.uri().path());
    Problem::new(StatusCode::NOT_FOUND, detail)
}
