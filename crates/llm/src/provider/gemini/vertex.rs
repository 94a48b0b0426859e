//! What Vertex AI does otherwise than the Gemini API: its path, its key, and no `id` on calls and results.

use std::borrow::Cow;

use super::{Service, error, path, request, response, stream};
use crate::canonical::{Request, Response};
use crate::dialect::gemini::{Unfit, without};
use crate::provider::{Headers, Provider, StreamDecoder, Target, Way, Wire, Wired};
use crate::remote::Medium;
use crate::{ApiError, Carry, Dialect, RequestError, ResponseError};

/// Vertex AI, after a base address that ends in `/v1/projects/{project}/locations/{location}`.
#[derive(Debug)]
pub(crate) struct Vertex;

impl Provider for Vertex {
    fn auth_header(&self, key: &str) -> (&'static str, String) {
        ("authorization", format!("Bearer {key}"))
    }

    fn way(&self, dialect: Dialect) -> Way {
        if dialect == Dialect::Gemini { Way::Pass } else { Way::Convert(&Self) }
    }

    fn path(&self, _: Option<Dialect>, target: &Target<'_>, stream: bool) -> Cow<'static, str> {
        let model = target.model.strip_prefix("publishers/google/").unwrap_or(target.model);
        path("/publishers/google/models/", model, stream).into()
    }

    fn fetches(&self, _: Medium, _: &str, _: &Target<'_>) -> bool {
        false
    }

    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn hands_out_state(&self) -> bool {
        true
    }

    /// It refuses ids of calls and results.
    fn amend(&self, body: Vec<u8>) -> Vec<u8> {
        without(&body, Unfit::Ids).unwrap_or(body)
    }

    fn decode_error(&self, status: u16, headers: Headers<'_>, body: &[u8]) -> ApiError {
        error::decode(status, headers, body)
    }
}

impl Wire for Vertex {
    fn encode_request(&self, request: &Request<'_>, target: &Target<'_>) -> Result<Wired, RequestError> {
        request::encode(request, target, Service::VertexAi)
    }

    fn decode_response<'a>(&self, body: &'a str, carry: &Carry) -> Result<Response<'a>, ResponseError> {
        response::decode(body, carry)
    }

    fn stream(&self, carry: Carry, limit: usize) -> Box<dyn StreamDecoder> {
        Box::new(stream::Decoder::new(carry, limit))
    }
}
