//! What can go wrong, from the client's request to the provider's answer.

use std::fmt;
use std::time::Duration;

use json::JsonError;

use crate::Quota;

/// A client's request that cannot be served, with a path to the mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestError {
    /// What is wrong, for the person who wrote the request.
    pub message: String,
    /// The parameter at fault, such as `messages[2].content[0]`; none where the body as a whole is.
    pub param: Option<String>,
    /// OpenAI's code for the kind of mistake, where there is one.
    pub code: Option<&'static str>,
}

/// A provider's answer that is of no use, although its status said success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResponseError {
    /// The body is not JSON, or was cut.
    NotJson,
    /// The body is JSON and not an answer.
    Unexpected {
        /// What is wrong with it.
        what: &'static str,
    },
    /// The body is an error, with status 200.
    Failed(Box<ApiError>),
}

/// An error of the API, whoever raised it; [`crate::Dialect::encode_error`] writes it for a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status for the client.
    pub status: u16,
    /// What kind of error it is.
    pub kind: ErrorKind,
    /// The text for a person.
    pub message: String,
    /// The parameter at fault.
    pub param: Option<String>,
    /// A code for a program; if none, the dialect's own for the kind.
    pub code: Option<String>,
    /// The type that an error of this very dialect named itself; if none, the dialect's own for the kind.
    pub native_type: Option<String>,
    /// How long to wait before the next try, as the provider said.
    pub retry_after: Option<Duration>,
    /// What is left of the provider's limits.
    pub quota: Option<Box<Quota>>,
    /// The request that it is about, for dialects that tell it.
    pub request_id: Option<String>,
}

/// The kinds of error that every dialect can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request is wrong; the same request fails again.
    InvalidRequest,
    /// The key is missing or not known. From a provider: the gateway's own key.
    Authentication,
    /// Credit or quota is used up; waiting does not help.
    Billing,
    /// The key may not do this. From a provider: the gateway's own key.
    Permission,
    /// No such model or path.
    NotFound,
    /// The request is larger than allowed.
    TooLarge,
    /// Too much in too short a time.
    RateLimited,
    /// No answer in time.
    Timeout,
    /// The provider has no capacity at the moment.
    Overloaded,
    /// The provider failed.
    Server,
}

// === impl RequestError ===

impl RequestError {
    pub(crate) fn new(param: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self { message: message.into(), param: Some(param.into()), code: Some(code) }
    }

    /// The body as a whole is not what it must be.
    pub(crate) fn body(message: impl Into<String>) -> Self {
        Self { message: message.into(), param: None, code: None }
    }

    pub(crate) fn json(error: JsonError) -> Self {
        Self::body(format!("the body is not valid JSON: {error}"))
    }

    pub(crate) fn missing(param: impl Into<String>) -> Self {
        let param = param.into();
        Self::new(param.clone(), "missing_required_parameter", format!("`{param}` is required"))
    }

    pub(crate) fn wrong_type(param: impl Into<String>, expected: &str, got: &str) -> Self {
        let param = param.into();
        let message = format!("`{param}` must be {expected}, not {got}");
        Self::new(param, "invalid_type", message)
    }

    pub(crate) fn invalid(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(param, "invalid_value", message)
    }

    pub(crate) fn unsupported(param: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(param, "unsupported_value", message)
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for RequestError {}

// === impl ResponseError ===

impl ResponseError {
    /// What the client is told: status 502, or what the provider's own error says.
    pub fn api_error(&self) -> ApiError {
        match self {
            Self::Failed(error) => (**error).clone(),
            _ => {
                ApiError::new(502, ErrorKind::Server, self.to_string()).with_code("upstream_invalid_response")
            }
        }
    }
}

impl fmt::Display for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson => f.write_str("the model's provider answered with a body that is not whole JSON"),
            Self::Unexpected { what } => {
                write!(f, "the model's provider answered with an unexpected body: {what}")
            }
            Self::Failed(error) => {
                write!(f, "the model's provider answered with an error: {}", error.message)
            }
        }
    }
}

impl std::error::Error for ResponseError {}

// === impl ApiError ===

impl ApiError {
    /// An error without parameter, code or time to wait.
    pub fn new(status: u16, kind: ErrorKind, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            status,
            kind,
            message,
            param: None,
            code: None,
            native_type: None,
            retry_after: None,
            quota: None,
            request_id: None,
        }
    }

    /// With a code for a program.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// With the id of the request that it is about.
    #[must_use]
    pub fn with_request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }

    /// With the parameter at fault.
    #[must_use]
    pub fn with_param(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    /// What a client is told of a provider's error. One that concerns the gateway's key at the provider is for its
    /// operator to mend, and its text may name the account.
    #[must_use]
    pub fn for_client(self) -> Self {
        match self.kind {
            ErrorKind::Authentication | ErrorKind::Billing | ErrorKind::Permission => {
                let message = "the provider refused the gateway's key for it; tell the gateway's operator";
                Self::new(502, ErrorKind::Server, message).with_code("provider_error")
            }
            _ => self,
        }
    }

    /// Whether another target, or the same one later, may succeed with the same request.
    pub fn retryable(&self) -> bool {
        match self.kind {
            ErrorKind::RateLimited | ErrorKind::Timeout | ErrorKind::Overloaded | ErrorKind::Server => true,
            ErrorKind::InvalidRequest => matches!(self.status, 408 | 409),
            _ => false,
        }
    }
}

impl From<RequestError> for ApiError {
    fn from(error: RequestError) -> Self {
        let mut api = Self::new(400, ErrorKind::InvalidRequest, error.message);
        api.param = error.param;
        api.code = error.code.map(str::to_owned);
        api
    }
}

// === impl ErrorKind ===

impl ErrorKind {
    /// The kind that an HTTP status means where nothing better is known.
    pub fn of_status(status: u16) -> Self {
        match status {
            401 => Self::Authentication,
            402 => Self::Billing,
            403 => Self::Permission,
            404 => Self::NotFound,
            413 => Self::TooLarge,
            429 => Self::RateLimited,
            408 | 504 => Self::Timeout,
            // 498: Groq's flex tier has no capacity.
            498 | 503 | 529 => Self::Overloaded,
            400..=499 => Self::InvalidRequest,
            _ => Self::Server,
        }
    }

    /// The status for an error whose own is not known, such as one inside a stream.
    pub fn status(self) -> u16 {
        match self {
            Self::InvalidRequest => 400,
            Self::Authentication => 401,
            Self::Billing => 402,
            Self::Permission => 403,
            Self::NotFound => 404,
            Self::TooLarge => 413,
            Self::RateLimited => 429,
            Self::Timeout => 504,
            Self::Overloaded => 503,
            Self::Server => 502,
        }
    }
}
