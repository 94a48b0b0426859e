//! Bedrock's errors: `{"message"}`, with the kind in the header `x-amzn-ErrorType`.

use axum::response::{IntoResponse as _, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use crate::body::BodyError;
use crate::desk::{Refusal, put};
use crate::fault::FaultError;
use crate::limit::Reached;
use crate::shape::{Kind as Json, Mistake, Step, What, kind};

/// The kinds of errors, each with its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Validation,
    Serialization,
    UnknownOperation,
    AccessDenied,
    InvalidSignature,
    IncompleteSignature,
    MissingToken,
    UnrecognizedClient,
    ExpiredToken,
    NotFound,
    ModelTimeout,
    ModelError,
    Throttling,
    Internal,
    Unavailable,
}

/// Why a request was refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ApiError {
    status: StatusCode,
    kind: Kind,
    pub(super) message: String,
    retry_after: Option<u32>,
}

/// Name and status of each kind.
const KINDS: [(Kind, &str, u16); 15] = [
    (Kind::Validation, "ValidationException", 400),
    (Kind::Serialization, "SerializationException", 400),
    (Kind::UnknownOperation, "UnknownOperationException", 404),
    (Kind::AccessDenied, "AccessDeniedException", 403),
    (Kind::InvalidSignature, "InvalidSignatureException", 403),
    (Kind::IncompleteSignature, "IncompleteSignatureException", 403),
    (Kind::MissingToken, "MissingAuthenticationTokenException", 403),
    (Kind::UnrecognizedClient, "UnrecognizedClientException", 403),
    (Kind::ExpiredToken, "ExpiredTokenException", 403),
    (Kind::NotFound, "ResourceNotFoundException", 404),
    (Kind::ModelTimeout, "ModelTimeoutException", 408),
    (Kind::ModelError, "ModelErrorException", 424),
    (Kind::Throttling, "ThrottlingException", 429),
    (Kind::Internal, "InternalServerException", 500),
    (Kind::Unavailable, "ServiceUnavailableException", 503),
];

// === impl Kind ===

impl Kind {
    fn row(self) -> (&'static str, u16) {
        let row = KINDS.iter().find(|(kind, ..)| *kind == self);
        row.map_or(("InternalServerException", 500), |(_, name, status)| (name, *status))
    }

    fn message(self) -> &'static str {
        match self {
            Self::AccessDenied => "You don't have access to the model with the specified model ID.",
            Self::NotFound => "Could not resolve the foundation model from the provided model identifier.",
            Self::ModelTimeout => {
                "The request took too long to process. Processing time exceeded the model timeout length."
            }
            Self::ModelError => "The request failed due to an error while processing the model.",
            Self::Throttling => "Too many requests, please wait before trying again.",
            Self::Internal => {
                "The system encountered an unexpected error during processing. Try your request again."
            }
            Self::Unavailable => "Bedrock is unable to process your request.",
            _ => "The request failed as asked for.",
        }
    }
}

// === impl ApiError ===

impl ApiError {
    pub(super) fn new(kind: Kind, message: impl Into<String>) -> Self {
        let status = StatusCode::from_u16(kind.row().1).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, kind, message: message.into(), retry_after: None }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Kind::Validation, message)
    }

    /// What the model's own checks found.
    pub(super) fn of_model(what: &str) -> Self {
        Self::invalid(format!("The model returned the following errors: {what}"))
    }

    pub(super) fn respond(&self) -> Response {
        let body = json!({"message": self.message}).to_string();
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let space = "http://internal.amazon.com/coral/com.amazon.bedrock/";
        put(headers, "x-amzn-errortype", &format!("{}:{space}", self.kind.row().0));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl Refusal for ApiError {
    fn asked_for(status: StatusCode, retry_after: Option<u32>) -> Self {
        let code = status.as_u16();
        let kind = match KINDS.iter().rev().find(|(.., known)| *known == code) {
            Some((Kind::ExpiredToken, ..)) => Kind::AccessDenied,
            Some((Kind::Serialization, ..)) => Kind::Validation,
            Some((kind, ..)) => *kind,
            None if code == 401 => Kind::UnrecognizedClient,
            None if code >= 500 => Kind::Internal,
            None => Kind::Validation,
        };
        Self { status, retry_after, ..Self::new(kind, kind.message()) }
    }

    fn limited(reached: &Reached) -> Self {
        Self::new(Kind::Throttling, format!("Too many {}, please wait before trying again.", reached.what))
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
            BodyError::TooLarge => {
                let message = "Input is too long for requested model.";
                Self { status: StatusCode::PAYLOAD_TOO_LARGE, ..Self::invalid(message) }
            }
            BodyError::Broken => Self::new(Kind::Serialization, "Unexpected end of the request's body"),
        }
    }
}

impl From<Mistake> for ApiError {
    fn from(mistake: Mistake) -> Self {
        let at = path(&mistake.at);
        let constraint = |got: &str, what: String| {
            let message = format!(
                "1 validation error detected: Value {got}at '{at}' failed to satisfy constraint: Member must {what}"
            );
            Self::invalid(message)
        };
        let quoted = format!("'{}' ", mistake.got.as_str().unwrap_or_default());
        match &mistake.what {
            What::Missing => constraint("null ", "not be null".to_owned()),
            What::Unknown => extraneous(&mistake.at),
            What::Kind(expected) => {
                let (got, expected) = (called(kind(&mistake.got)), java(*expected));
                Self::new(Kind::Serialization, format!("{got} can not be converted to {expected} at '{at}'"))
            }
            What::Word(known) | What::Tag(_, known) => {
                constraint(&quoted, format!("satisfy enum value set: [{}]", known.join(", ")))
            }
            What::Below(low) => constraint("", format!("have value greater than or equal to {low}")),
            What::Above(high) => constraint("", format!("have value less than or equal to {high}")),
            What::Short(least) => constraint("", format!("have length greater than or equal to {least}")),
            What::Long(most) => constraint("", format!("have length less than or equal to {most}")),
            What::Members(known) => Self::invalid(format!(
                "The value at {at} must set exactly one of the following members: {}.",
                known.join(", ")
            )),
            What::Base64 => Self::new(Kind::Serialization, format!("Invalid base64 at '{at}'")),
        }
    }
}

fn extraneous(at: &[Step]) -> ApiError {
    let pointer = |at: &[Step]| {
        at.iter().fold("#".to_owned(), |path, step| match step {
            Step::Name(name) => format!("{path}/{name}"),
            Step::Number(number) => format!("{path}/{number}"),
        })
    };
    let (name, parents) = match at.split_last() {
        Some((Step::Name(name), parents)) => (name.as_str(), parents),
        _ => ("", at),
    };
    ApiError::invalid(format!(
        "Malformed input request: {}: extraneous key [{name}] is not permitted, please reformat your input and try \
         again.",
        pointer(parents)
    ))
}

/// `messages.1.member.content`: members of lists are counted from 1.
fn path(at: &[Step]) -> String {
    let steps = at.iter().map(|step| match step {
        Step::Name(name) => name.clone(),
        Step::Number(number) => format!("{}.member", number + 1),
    });
    steps.collect::<Vec<_>>().join(".")
}

fn called(kind: Json) -> &'static str {
    match kind {
        Json::Null => "NULL_VALUE",
        Json::Bool => "TRUE_VALUE",
        Json::Integer | Json::Number => "NUMBER_VALUE",
        Json::Text => "STRING_VALUE",
        Json::List => "START_ARRAY",
        Json::Object => "START_OBJECT",
    }
}

fn java(kind: Json) -> &'static str {
    match kind {
        Json::Bool => "Boolean",
        Json::Integer => "Integer",
        Json::Number => "Float",
        Json::List => "List",
        Json::Object => "Structure",
        Json::Text | Json::Null => "String",
    }
}
