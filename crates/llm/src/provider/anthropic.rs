//! Anthropic's Messages API.

mod error;
mod request;
mod response;
pub(super) mod rules;
pub(super) mod schema;
mod stream;
mod usage;

pub(crate) use error::of_body as decode_error;
pub(crate) use usage::Counted;

use std::borrow::Cow;

use super::{Headers, Provider, StreamDecoder, Target, Way, Wire, Wired};
use crate::canonical::{Request, Response};
use crate::marks::Takes;
use crate::remote::Medium;
use crate::{ApiError, Carry, Dialect, RequestError, ResponseError};

/// Anthropic, and those that speak its Messages API.
#[derive(Debug)]
pub(crate) struct Anthropic;

impl Provider for Anthropic {
    fn auth_header(&self, key: &str) -> (&'static str, String) {
        ("x-api-key", key.to_owned())
    }

    fn way(&self, dialect: Dialect) -> Way {
        match dialect {
            Dialect::Anthropic => Way::Pass,
            _ => Way::Convert(&Self),
        }
    }

    fn count_path(&self, dialect: Dialect, _: &Target<'_>) -> Option<Cow<'static, str>> {
        (dialect == Dialect::Anthropic).then_some("/v1/messages/count_tokens".into())
    }

    fn path(&self, _: Option<Dialect>, _: &Target<'_>, _: bool) -> Cow<'static, str> {
        "/v1/messages".into()
    }

    /// Addresses without TLS it refuses; recordings it has no place for at all.
    fn fetches(&self, medium: Medium, url: &str, _: &Target<'_>) -> bool {
        medium == Medium::Audio || url.starts_with("https://")
    }

    fn beta_header(&self) -> Option<&'static str> {
        Some("anthropic-beta")
    }

    fn marks(&self, _: &Target<'_>) -> Option<Takes> {
        Some(Takes { tools: true })
    }

    /// The version that still takes sampling parameters, where the model does.
    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[("anthropic-version", "2023-06-01")]
    }

    fn hands_out_state(&self) -> bool {
        true
    }

    fn decode_error(&self, status: u16, headers: Headers<'_>, body: &[u8]) -> ApiError {
        error::decode(status, headers, body)
    }
}

impl Wire for Anthropic {
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
