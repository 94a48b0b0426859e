//! Refusals: one function maps a reason to an answer, in the shape that the caller's dialect has.

use std::borrow::Cow;
use std::fmt::Write;
use std::time::Duration;

use base::RequestId;
use llm::{ApiError, Dialect, ErrorKind};
use message::{Body, Known, Reason, ResponseHead};
use net::Reply;
use serde_json::{Map, Value, json};

use crate::Config;
use crate::graphql::ErrorsOf;

/// Why a call is refused, and what the caller may do about it.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The public reason.
    pub reason: Reason,
    /// In words, for the caller.
    pub detail: Cow<'static, str>,
    /// The answer's shape.
    pub shape: Shape,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u64>,
    /// `Allow`, for a method that is not.
    pub allow: Option<String>,
    /// A status other than the reason's own.
    pub status: Option<u16>,
    /// More members of a problem document.
    pub more: Option<Box<Map<String, Value>>>,
    /// What is wrong with the body, each mistake with its place.
    pub faults: Vec<Fault>,
}

/// Something that is wrong with a body (as RFC 9457 §3 has it).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where, as a JSON Pointer.
    pub pointer: String,
    /// What, and the way out.
    pub detail: String,
}

/// The shape of an error's body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// `application/problem+json` (RFC 9457).
    #[default]
    Problem,
    /// As the caller's dialect has it.
    Ai {
        /// The dialect.
        dialect: Dialect,
        /// What it says; absent: what the refusal says, its code being that of the reason.
        error: Option<Box<ApiError>>,
    },
    /// As GraphQL has it.
    Graphql(Box<ErrorsOf>),
}

impl Shape {
    /// The shape of a dialect, nothing more being known.
    pub fn ai(dialect: Dialect) -> Self {
        Self::Ai { dialect, error: None }
    }
}

impl Refusal {
    /// A refusal as a problem document.
    pub fn new(reason: Reason, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            reason,
            detail: detail.into(),
            shape: Shape::Problem,
            retry_after: None,
            allow: None,
            status: None,
            more: None,
            faults: Vec::new(),
        }
    }

    /// The same in another shape.
    pub fn shaped(mut self, shape: Shape) -> Self {
        self.shape = shape;
        self
    }

    /// The status of the answer.
    pub fn status(&self) -> u16 {
        match &self.shape {
            Shape::Problem | Shape::Graphql(_) => self.status.unwrap_or(self.reason.status()),
            Shape::Ai { dialect, error: Some(error) } => dialect.error_status(error),
            Shape::Ai { dialect, error: None } => dialect.error_status(&self.error()),
        }
    }

    /// The error that a dialect tells.
    pub(crate) fn api_error(&self) -> ApiError {
        match &self.shape {
            Shape::Ai { error: Some(error), .. } => (**error).clone(),
            _ => self.error(),
        }
    }

    /// What it says, for a dialect.
    fn error(&self) -> ApiError {
        let status = self.status.unwrap_or(self.reason.status());
        let error = ApiError::new(status, ErrorKind::of_status(status), &*self.detail);
        let mut error = error.with_code(self.reason.code());
        error.retry_after = self.retry_after.map(Duration::from_secs);
        error
    }

    /// The answer.
    pub fn reply(&self, config: &Config, id: &RequestId) -> Reply {
        let mut head = ResponseHead::new(self.status());
        let (media_type, body) = self.body(&config.reasons_at, id);
        head.fields.push(Known::ContentType, media_type.as_bytes());
        // An error of this moment must not be kept for the next (RFC 9111 §5.2.2.5).
        head.fields.push(Known::CacheControl, b"no-store");
        head.fields.push(Known::ProxyStatus, self.proxy_status(&config.pseudonym).as_bytes());
        let named = match self.shape {
            Shape::Problem | Shape::Graphql(_) => "x-request-id",
            Shape::Ai { dialect, .. } => dialect.request_id_header(),
        };
        head.fields.push_named(named.as_bytes(), id.to_string().as_bytes());
        if let Shape::Ai { dialect, error } = &self.shape {
            let headers = error
                .as_deref()
                .map_or_else(|| dialect.error_headers(&self.error()), |error| dialect.error_headers(error));
            for (name, value) in headers {
                head.fields.push_named(name.as_bytes(), value.as_bytes());
            }
            let quota = error.as_deref().and_then(|error| error.quota.as_deref());
            for (name, value) in quota.map(|quota| quota.headers(*dialect)).unwrap_or_default() {
                head.fields.push_named(name.as_bytes(), value.as_bytes());
            }
        }
        if let Some(seconds) = self.retry_after {
            head.fields.push(Known::RetryAfter, seconds.to_string().as_bytes());
        }
        if let Some(allow) = &self.allow {
            head.fields.push(Known::Allow, allow.as_bytes());
        }
        if self.status() == 426 {
            head.fields.push(Known::Upgrade, b"HTTP/1.1");
        }
        if self.status() == 401 {
            head.fields.push(Known::WwwAuthenticate, b"Bearer realm=\"weir\"");
        }
        Reply::new(head, Body::full(body))
    }

    /// `Proxy-Status` (RFC 9209): who refused and the kind of error, the reason code as details.
    fn proxy_status(&self, pseudonym: &str) -> String {
        format!("{pseudonym}; error={}; details=\"{}\"", self.reason.proxy_error(), self.reason.code())
    }

    fn body(&self, reasons_at: &str, id: &RequestId) -> (&'static str, Vec<u8>) {
        match &self.shape {
            Shape::Problem => ("application/problem+json", to_bytes(&self.problem(reasons_at, id))),
            Shape::Graphql(errors) => errors.body(self.status(), (self.reason.code(), &self.detail)),
            Shape::Ai { dialect, error } => {
                let error = error.as_deref().cloned().unwrap_or_else(|| self.error());
                ("application/json", dialect.encode_error(&error.with_request_id(id.to_string())))
            }
        }
    }

    /// The problem document.
    pub(crate) fn problem(&self, reasons_at: &str, id: &RequestId) -> Value {
        let mut problem = json!({
            "type": format!("{reasons_at}{}", self.reason.code()),
            "title": self.reason.title(),
            "status": self.status(),
            "detail": self.detail,
            "reason": self.reason.code(),
            "request_id": id.to_string(),
        });
        if let (Some(members), Some(more)) = (problem.as_object_mut(), &self.more) {
            members.extend(more.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        if !self.faults.is_empty() {
            let faults = self.faults.iter();
            problem["errors"] = faults
                .map(|fault| json!({ "pointer": fragment(&fault.pointer), "detail": fault.detail }))
                .collect();
        }
        problem
    }
}

/// A JSON Pointer as the fragment of an address (RFC 6901 §6): with percent escapes of what fragments cannot have (RFC 3986 §3.5).
fn fragment(pointer: &str) -> String {
    let mut fragment = String::with_capacity(pointer.len() + 1);
    fragment.push('#');
    for byte in pointer.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/?".contains(&byte) {
            fragment.push(char::from(byte));
        } else {
            _ = write!(fragment, "%{byte:02X}");
        }
    }
    fragment
}

/// A time to wait, as `Retry-After` tells it: whoever waits so long has waited long enough.
pub(crate) fn whole_seconds(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u64::MAX).max(1)
}

fn to_bytes(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_is_escaped_as_a_fragment() {
        // The examples of RFC 6901 §6, and some beside them.
        for (pointer, expect) in [
            ("", "#"),
            ("/foo/0", "#/foo/0"),
            ("/", "#/"),
            ("/a~1b", "#/a~1b"),
            ("/c%d", "#/c%25d"),
            ("/e^f", "#/e%5Ef"),
            ("/g|h", "#/g%7Ch"),
            ("/i\\j", "#/i%5Cj"),
            ("/k\"l", "#/k%22l"),
            ("/ ", "#/%20"),
            ("/m~0n", "#/m~0n"),
            ("/\u{fc}#", "#/%C3%BC%23"),
            ("/a-b.c_d?e:f@g!$&'()*+,;=", "#/a-b.c_d?e:f@g!$&'()*+,;="),
        ] {
            assert_eq!(fragment(pointer), expect, "{pointer}");
        }
    }
}
