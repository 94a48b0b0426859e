//! Google's Gemini by `generateContent`, of the Gemini API and, in `vertex`, of Vertex AI.

mod citations;
mod error;
mod frames;
mod logprobs;
mod request;
mod response;
mod rules;
mod seen;
mod stream;
mod usage;
mod vertex;

use std::borrow::Cow;
use std::fmt::Write as _;

use super::{Headers, Provider, StreamDecoder, Target, Way, Wire, Wired};
use crate::canonical::{Request, Response};
use crate::embed::EmbedFormat;
use crate::remote::Medium;
use crate::{ApiError, Carry, Dialect, RequestError, ResponseError};

pub(crate) use self::frames::{Frame, Frames};
pub(crate) use self::seen::{Seen, look};
pub(crate) use self::usage::read as read_usage;
pub(crate) use self::vertex::Vertex;

/// The Gemini API, after a base address that ends in `/v1beta` or `/v1`.
#[derive(Debug)]
pub(crate) struct Gemini;

/// Which of Google's two services a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Service {
    GeminiApi,
    VertexAi,
}

impl Provider for Gemini {
    fn auth_header(&self, key: &str) -> (&'static str, String) {
        ("x-goog-api-key", key.to_owned())
    }

    fn way(&self, dialect: Dialect) -> Way {
        let spoken = matches!(dialect, Dialect::Gemini | Dialect::GeminiInteractions);
        if spoken { Way::Pass } else { Way::Convert(&Self) }
    }

    fn path(&self, spoken: Option<Dialect>, target: &Target<'_>, stream: bool) -> Cow<'static, str> {
        if spoken == Some(Dialect::GeminiInteractions) {
            return "/interactions".into();
        }
        path("/models/", target.model, stream).into()
    }

    /// Models of before 2.5 know but files that were uploaded, and videos.
    fn fetches(&self, _: Medium, url: &str, target: &Target<'_>) -> bool {
        let model = target.model.rsplit('/').next().unwrap_or_default();
        let old = ["gemini-1", "gemini-2.0"].iter().any(|start| model.starts_with(start));
        !old || is_own(url)
    }

    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn hands_out_state(&self) -> bool {
        true
    }

    fn count_path(&self, dialect: Dialect, target: &Target<'_>) -> Option<Cow<'static, str>> {
        (dialect == Dialect::Gemini).then(|| method("/models/", target.model, ":countTokens").into())
    }

    fn embeddings(&self, target: &Target<'_>) -> Option<(EmbedFormat, Cow<'static, str>)> {
        Some((EmbedFormat::GeminiBatch, method("/models/", target.model, ":batchEmbedContents").into()))
    }

    fn decode_error(&self, status: u16, headers: Headers<'_>, body: &[u8]) -> ApiError {
        error::decode(status, headers, body)
    }
}

impl Wire for Gemini {
    fn encode_request(&self, request: &Request<'_>, target: &Target<'_>) -> Result<Wired, RequestError> {
        request::encode(request, target, Service::GeminiApi)
    }

    fn decode_response<'a>(&self, body: &'a str, carry: &Carry) -> Result<Response<'a>, ResponseError> {
        response::decode(body, carry)
    }

    fn stream(&self, carry: Carry, limit: usize) -> Box<dyn StreamDecoder> {
        Box::new(stream::Decoder::new(carry, limit))
    }
}

/// Whether an address is one that Google's models always take: an uploaded file's or a video's.
fn is_own(url: &str) -> bool {
    let host = url.split_once("://").map_or("", |(_, rest)| rest.split('/').next().unwrap_or_default());
    matches!(host, "generativelanguage.googleapis.com" | "www.youtube.com" | "youtube.com" | "youtu.be")
}

/// The path of a model's method for an answer.
fn path(folder: &str, model: &str, stream: bool) -> String {
    method(folder, model, if stream { ":streamGenerateContent?alt=sse" } else { ":generateContent" })
}

/// The path of a model's method. A name may come from a client: what could leave its segment is escaped.
fn method(folder: &str, model: &str, verb: &str) -> String {
    let model = model.strip_prefix("models/").unwrap_or(model);
    let mut path = folder.to_owned();
    for byte in model.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-' | b'~' | b'@' => {
                path.push(byte.into());
            }
            // Writing into a string cannot fail.
            _ => drop(write!(path, "%{byte:02X}")),
        }
    }
    path.push_str(verb);
    path
}
