//! Ollama's own chat: one JSON object a line, arguments of tools as objects, no ids.

mod error;
mod logprobs;
mod request;
mod response;
mod stream;

pub(crate) use error::of_line as error;
pub(crate) use response::{stop, usage};

use std::borrow::Cow;

use super::{Framing, Headers, Provider, StreamDecoder, Target, Way, Wire, Wired};
use crate::canonical::{Request, Response};
use crate::embed::EmbedFormat;
use crate::remote::Medium;
use crate::{ApiError, Carry, Dialect, RequestError, ResponseError};

/// Ollama, on one's own machine or in its cloud.
#[derive(Debug)]
pub(crate) struct Ollama;

impl Provider for Ollama {
    fn auth_header(&self, key: &str) -> (&'static str, String) {
        ("authorization", format!("Bearer {key}"))
    }

    fn way(&self, dialect: Dialect) -> Way {
        match dialect {
            Dialect::Ollama | Dialect::OllamaGenerate => Way::Pass,
            _ => Way::Convert(&Self),
        }
    }

    fn path(&self, spoken: Option<Dialect>, _: &Target<'_>, _: bool) -> Cow<'static, str> {
        match spoken {
            Some(Dialect::OllamaGenerate) => "/api/generate".into(),
            _ => "/api/chat".into(),
        }
    }

    /// Recordings it has no place for at all.
    fn fetches(&self, medium: Medium, _: &str, _: &Target<'_>) -> bool {
        medium == Medium::Audio
    }

    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn embeddings(&self, _: &Target<'_>) -> Option<(EmbedFormat, Cow<'static, str>)> {
        Some((EmbedFormat::Ollama, "/api/embed".into()))
    }

    fn decode_error(&self, status: u16, headers: Headers<'_>, body: &[u8]) -> ApiError {
        error::decode(status, headers, body)
    }
}

impl Wire for Ollama {
    fn encode_request(&self, request: &Request<'_>, target: &Target<'_>) -> Result<Wired, RequestError> {
        request::encode(request, target)
    }

    fn decode_response<'a>(&self, body: &'a str, _: &Carry) -> Result<Response<'a>, ResponseError> {
        response::decode(body)
    }

    fn framing(&self) -> Framing {
        Framing::Own
    }

    fn stream(&self, _: Carry, limit: usize) -> Box<dyn StreamDecoder> {
        Box::new(stream::Decoder::new(limit))
    }
}
