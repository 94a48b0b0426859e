//! Errors as the API tells them: `application/problem+json` (RFC 9457) from one closed table of codes.

use axum::response::{IntoResponse, Response};
use control::{ControlError, FieldError};
use http::header::{CONTENT_TYPE, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use schemars::JsonSchema;
use serde::Serialize;

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $variant:ident = $code:literal, $status:literal, $title:literal;)*) => {
        /// What went wrong.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Code { $($(#[doc = $doc])* $variant,)* }

        impl Code {
            /// Every code.
            pub(crate) const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The public code; the docs' anchor too.
            pub(crate) const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// The HTTP status.
            pub(crate) const fn status(self) -> u16 {
                match self { $(Self::$variant => $status,)* }
            }

            /// The `title` of the problem document (RFC 9457 §3.1.3).
            pub(crate) const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            /// What it means and what to do.
            pub(crate) const fn explanation(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),*).trim_ascii(),)* }
            }
        }
    };
}

codes! {
    /// A parameter, a header or a part of the path is wrong; the detail names it.
    InvalidRequest = "invalid_request", 400, "The request is not valid";
    /// The body is not JSON, or not of the shape that the endpoint takes.
    InvalidBody = "invalid_body", 400, "The body cannot be read";
    /// Neither a session's cookie nor a token was sent, or it no longer counts.
    Unauthenticated = "unauthenticated", 401, "Sign in first";
    /// Address and password do not belong together.
    WrongLogin = "wrong_login", 401, "The address or the password is wrong";
    /// You may see it, but not do this.
    Forbidden = "forbidden", 403, "You may not do this";
    /// An unsafe request with a cookie carries no, or a wrong, `x-csrf-token`.
    CsrfFailed = "csrf_failed", 403, "The request cannot be told from a forged one";
    /// The request was made by a page of another site.
    ForeignOrigin = "foreign_origin", 403, "The request comes from another site";
    /// The link for the first administrator is not the one that was printed last.
    WrongSetupToken = "wrong_setup_token", 403, "The set-up link is not valid";
    /// There is no such thing, or you may not know of it.
    NotFound = "not_found", 404, "There is no such thing";
    /// The path is there, but not with this method; `Allow` names those it takes.
    MethodNotAllowed = "method_not_allowed", 405, "The method is not allowed here";
    /// The body did not come within 30 seconds.
    BodyTimeout = "body_timeout", 408, "The body took too long";
    /// Something of this name is there already.
    Exists = "exists", 409, "It exists already";
    /// The first administrator has been made.
    SetUpAlready = "set_up_already", 409, "The installation is set up already";
    /// The documents come from files, and are changed there.
    ManagedByFiles = "managed_by_files", 409, "The documents come from files";
    /// It has changed since you read it: read it again and decide anew.
    Changed = "changed", 412, "It has changed since you read it";
    /// The body is longer than 1 MiB.
    BodyTooLarge = "body_too_large", 413, "The body is too large";
    /// The endpoint takes `application/json`.
    UnsupportedMediaType = "unsupported_media_type", 415, "The body is not JSON";
    /// The request names a host that is not this one's; guards against DNS rebinding.
    WrongHost = "wrong_host", 421, "The request is meant for another host";
    /// What was sent has mistakes; `errors` lists every one with its place.
    Invalid = "invalid", 422, "What was sent has mistakes";
    /// Say which state you change: `If-Match` with the `ETag` that you read.
    PreconditionRequired = "precondition_required", 428, "`If-Match` is missing";
    /// Too many tries, or too many at once; `Retry-After` says when to come again.
    Throttled = "throttled", 429, "Too many tries";
    /// The request failed on our side; the log says why.
    Internal = "internal", 500, "Something failed on our side";
    /// The file `weir.key` in the data folder, with which secrets and jobs are sealed, is gone. Put it back and start
    /// weir again; nothing was written.
    KeyLost = "key_lost", 503, "The key file is gone";
}

/// An error on its way out. The frame gives it its body, since only it knows the request's id.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    code: Code,
    detail: Option<String>,
    errors: Vec<FieldError>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// The body of every error (RFC 9457).
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Problem")]
pub(crate) struct ProblemBody {
    /// Where the docs explain it.
    r#type: String,
    /// The kind of problem in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// What happened this time.
    detail: String,
    /// The code, from a closed table.
    code: String,
    /// Every mistake in what was sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<MistakeView>,
    /// The request's id, as in the log.
    request_id: String,
}

/// One mistake in what was sent.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Mistake")]
pub(crate) struct MistakeView {
    /// The document, where it is not the one that was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<String>,
    /// A JSON Pointer (RFC 6901) to the place.
    path: String,
    /// What is wrong and the way out.
    message: String,
}

// === impl Code ===

impl Code {
    /// That of a use-case's error. Every one is named, so that a new one finds its place here.
    fn of(error: &ControlError) -> Self {
        match error {
            ControlError::NotFound(_) => Self::NotFound,
            ControlError::Forbidden(_) => Self::Forbidden,
            ControlError::Unauthenticated => Self::Unauthenticated,
            ControlError::WrongLogin => Self::WrongLogin,
            ControlError::Throttled(_) => Self::Throttled,
            ControlError::SetUpAlready => Self::SetUpAlready,
            ControlError::WrongSetupToken => Self::WrongSetupToken,
            ControlError::Exists(_) => Self::Exists,
            ControlError::ManagedByFiles => Self::ManagedByFiles,
            ControlError::Changed { .. } => Self::Changed,
            ControlError::Invalid(_) => Self::Invalid,
            ControlError::KeyLost(_) => Self::KeyLost,
            ControlError::Store(_)
            | ControlError::Log(_)
            | ControlError::Seal(_)
            | ControlError::Internal(_) => Self::Internal,
        }
    }

    /// For errors that the HTTP library answers itself.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            404 => Self::NotFound,
            405 => Self::MethodNotAllowed,
            413 => Self::BodyTooLarge,
            415 => Self::UnsupportedMediaType,
            400..500 => Self::InvalidRequest,
            _ => Self::Internal,
        }
    }
}

// === impl Problem ===

impl Problem {
    pub(crate) fn new(code: Code) -> Self {
        Self { code, detail: None, errors: Vec::new(), headers: Vec::new() }
    }

    pub(crate) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// One mistake at a place.
    pub(crate) fn at(path: &str, message: impl Into<String>) -> Self {
        let error = FieldError { document: None, path: path.to_owned(), message: message.into() };
        Self { errors: vec![error], ..Self::new(Code::Invalid) }
    }

    /// The whole answer.
    pub(crate) fn render(&self, request_id: &str) -> Response {
        let detail = self.detail.clone().unwrap_or_else(|| match self.errors.as_slice() {
            [one] => format!("{}: {}", one.path, one.message),
            [] => self.code.explanation().to_owned(),
            many => format!("there are {} mistakes", many.len()),
        });
        let body = ProblemBody {
            r#type: format!("{}#{}", crate::api::reasons::PATH, self.code.as_str()),
            title: self.code.title().to_owned(),
            status: self.code.status(),
            detail,
            code: self.code.as_str().to_owned(),
            errors: self.errors.iter().cloned().map(MistakeView::from).collect(),
            request_id: request_id.to_owned(),
        };
        let status = StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"weir admin\""));
        }
        headers.extend(self.headers.iter().cloned());
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<ControlError> for Problem {
    fn from(error: ControlError) -> Self {
        let code = Code::of(&error);
        match error {
            ControlError::Invalid(errors) => Self { errors, ..Self::new(code) },
            ControlError::Throttled(seconds) => {
                Self::new(code).detail(error.to_string()).header(RETRY_AFTER, HeaderValue::from(seconds))
            }
            error if code == Code::Internal => {
                tracing::error!(error = %base::chain(&error), "a use-case failed");
                Self::new(code)
            }
            // Where it should lie is the log's to say.
            error @ ControlError::KeyLost(_) => {
                tracing::error!(error = %base::chain(&error), "a use-case failed");
                Self::new(code)
            }
            error => Self::new(code).detail(error.to_string()),
        }
    }
}

impl From<FieldError> for MistakeView {
    fn from(error: FieldError) -> Self {
        let FieldError { document, path, message } = error;
        Self { document, path, message }
    }
}

#[cfg(test)]
mod tests {
    use store::seal::SealError;

    use super::*;

    #[test]
    fn every_error_of_the_use_cases_is_in_the_table_with_its_status() {
        let all = [
            ControlError::NotFound("x"),
            ControlError::Forbidden("x"),
            ControlError::Unauthenticated,
            ControlError::WrongLogin,
            ControlError::Throttled(1),
            ControlError::SetUpAlready,
            ControlError::WrongSetupToken,
            ControlError::Exists("x".into()),
            ControlError::ManagedByFiles,
            ControlError::Changed { id: "x".into(), revision: 1 },
            ControlError::Invalid(Vec::new()),
            ControlError::KeyLost(SealError::Lost("weir.key".into())),
            ControlError::Internal("x"),
        ];
        for error in all {
            let code = Code::of(&error);
            assert_eq!((code.as_str(), code.status()), (error.code(), error.status()));
        }
    }
}
