//! The shop's answers: JSON with an entity tag, and problems (RFC 9457).

use axum::body::Body;
use axum::response::Response;
use http::header::{CONTENT_TYPE, ETAG, IF_MATCH, IF_NONE_MATCH, LOCATION, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::json;

use crate::areas::Refusal;
use crate::check::{Kind, Violation};
use crate::dice::Dice;

/// 200 with the value, or 304 if the client has it already.
pub(super) fn found(headers: &HeaderMap, value: &impl Serialize) -> Response {
    let body = body(value);
    let tag = tag(&body);
    if lists(headers, IF_NONE_MATCH, &tag, Weak::Counts) {
        return tagged(StatusCode::NOT_MODIFIED, Body::empty(), &tag);
    }
    let mut response = tagged(StatusCode::OK, Body::from(body), &tag);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// 201 with the value and its place.
pub(super) fn created(location: &str, value: &impl Serialize) -> Response {
    let mut response = found(&HeaderMap::new(), value);
    *response.status_mut() = StatusCode::CREATED;
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

/// 204.
pub(super) fn gone() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// The refusal when `If-Match` names another state than the present one (RFC 9110 §13.1.1).
pub(super) fn changed(headers: &HeaderMap, present: &impl Serialize) -> Option<Response> {
    let tag = tag(&body(present));
    let stale = headers.contains_key(IF_MATCH) && !lists(headers, IF_MATCH, &tag, Weak::Differs);
    stale.then(|| {
        problem(&Refusal {
            status: StatusCode::PRECONDITION_FAILED,
            message: "The order has changed since you read it.".to_owned(),
            ..Refusal::default()
        })
    })
}

/// `application/problem+json`.
pub(super) fn problem(refusal: &Refusal) -> Response {
    problem_with(refusal, None)
}

/// 400.
pub(super) fn bad_request(detail: &str) -> Response {
    problem(&Refusal { status: StatusCode::BAD_REQUEST, message: detail.to_owned(), ..Refusal::default() })
}

/// 400 that names the field.
pub(super) fn invalid(violation: &Violation) -> Response {
    let message = describe(&violation.kind);
    let refusal =
        Refusal { status: StatusCode::BAD_REQUEST, message: "The body is not valid.".to_owned(), ..Refusal::default() };
    problem_with(&refusal, Some(json!([{"path": violation.dotted, "message": message}])))
}

fn problem_with(refusal: &Refusal, errors: Option<serde_json::Value>) -> Response {
    let mut problem = json!({
        "type": "about:blank",
        "title": refusal.status.canonical_reason().unwrap_or("Error"),
        "status": refusal.status.as_u16(),
        "detail": refusal.message,
    });
    if let (Some(errors), Some(fields)) = (errors, problem.as_object_mut()) {
        fields.insert("errors".to_owned(), errors);
    }
    let mut response = Response::new(Body::from(body(&problem)));
    *response.status_mut() = refusal.status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if let Some(seconds) = refusal.retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

fn describe(kind: &Kind) -> String {
    match kind {
        Kind::Missing => "is required".to_owned(),
        Kind::Unknown => "is not known".to_owned(),
        Kind::WrongType { expected, got } => format!("must be {expected}, not {got}"),
        Kind::NotOneOf { allowed, .. } => format!("must be one of {}", allowed.join(", ")),
        Kind::Below { min, .. } => format!("must be at least {min}"),
        Kind::Above { max, .. } => format!("must be at most {max}"),
        Kind::Empty => "must not be empty".to_owned(),
        Kind::TooLong { max, .. } => format!("must have at most {max} entries"),
        Kind::Rule { message, .. } => message.clone(),
    }
}

fn body(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

fn tag(body: &[u8]) -> String {
    format!("\"{:016x}\"", Dice::new(0).hash(&[body]))
}

fn tagged(status: StatusCode, body: Body, tag: &str) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    if let Ok(tag) = HeaderValue::from_str(tag) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}

/// Whether weak tags are compared too.
#[derive(Clone, Copy, PartialEq)]
enum Weak {
    Counts,
    Differs,
}

/// Whether a list of entity tags has this one.
fn lists(headers: &HeaderMap, name: HeaderName, tag: &str, weak: Weak) -> bool {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).any(|listed| {
        listed == "*" || listed == tag || (weak == Weak::Counts && listed.strip_prefix("W/") == Some(tag))
    })
}
