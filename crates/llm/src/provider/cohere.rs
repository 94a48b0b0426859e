//! Cohere's chat, the second version of it.

mod error;
mod logprobs;
mod request;
mod response;
mod rules;
mod stream;
mod usage;

pub(crate) use error::{of_end as failure, of_event as error};
pub(crate) use response::stop;
pub(crate) use usage::read as usage;

use std::borrow::Cow;

use super::{Headers, Provider, StreamDecoder, Target, Way, Wire, Wired};
use crate::canonical::{Request, Response};
use crate::embed::EmbedFormat;
use crate::remote::Medium;
use crate::{ApiError, Carry, Dialect, RequestError, ResponseError};

/// Cohere.
#[derive(Debug)]
pub(crate) struct Cohere;

impl Provider for Cohere {
    fn auth_header(&self, key: &str) -> (&'static str, String) {
        ("authorization", format!("Bearer {key}"))
    }

    fn way(&self, dialect: Dialect) -> Way {
        if dialect == Dialect::Cohere { Way::Pass } else { Way::Convert(&Self) }
    }

    fn path(&self, _: Option<Dialect>, _: &Target<'_>, _: bool) -> Cow<'static, str> {
        "/v2/chat".into()
    }

    fn takes_detail(&self) -> bool {
        true
    }

    fn fetches(&self, medium: Medium, _: &str, _: &Target<'_>) -> bool {
        medium != Medium::Document
    }

    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// Of what only passes, reranking.
    fn passes(&self, path: &'static str, _: &Target<'_>) -> Option<Cow<'static, str>> {
        (path == "/rerank").then_some("/v2/rerank".into())
    }

    fn embeddings(&self, _: &Target<'_>) -> Option<(EmbedFormat, Cow<'static, str>)> {
        Some((EmbedFormat::Cohere, "/v2/embed".into()))
    }

    fn decode_error(&self, status: u16, headers: Headers<'_>, body: &[u8]) -> ApiError {
        error::decode(status, headers, body)
    }
}

impl Wire for Cohere {
    fn encode_request(&self, request: &Request<'_>, target: &Target<'_>) -> Result<Wired, RequestError> {
        request::encode(request, target)
    }

    fn decode_response<'a>(&self, body: &'a str, carry: &Carry) -> Result<Response<'a>, ResponseError> {
        response::decode(body, carry)
    }

    fn stream(&self, carry: Carry, limit: usize) -> Box<dyn StreamDecoder> {
        Box::new(stream::Decoder::new(carry, limit))
    }
}
