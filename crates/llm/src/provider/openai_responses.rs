//! OpenAI's Responses, for clients that speak otherwise; to those that speak it, or OpenAI's Chat Completions, bytes
//! pass through.

mod items;
mod request;
mod response;
pub(crate) mod rules;
mod stream;

use std::borrow::Cow;

use super::{Headers, Provider, StreamDecoder, Target, Way, Wire, Wired};
use crate::canonical::{Request, Response};
use crate::dialect::openai_chat;
use crate::embed::EmbedFormat;
use crate::remote::Medium;
use crate::{ApiError, Carry, Dialect, RequestError, ResponseError, Vendor, vendor};

/// OpenAI, and those that speak its Responses.
#[derive(Debug)]
pub(crate) struct OpenAiResponses;

impl Provider for OpenAiResponses {
    fn auth_header(&self, key: &str) -> (&'static str, String) {
        ("authorization", format!("Bearer {key}"))
    }

    fn way(&self, dialect: Dialect) -> Way {
        let spoken = matches!(dialect, Dialect::OpenAiChat | Dialect::OpenAiResponses);
        if spoken { Way::Pass } else { Way::Convert(&Self) }
    }

    fn path(&self, spoken: Option<Dialect>, _: &Target<'_>, _: bool) -> Cow<'static, str> {
        if spoken == Some(Dialect::OpenAiChat) { "/chat/completions".into() } else { "/responses".into() }
    }

    fn takes_detail(&self) -> bool {
        true
    }

    fn fetches(&self, medium: Medium, _: &str, _: &Target<'_>) -> bool {
        medium != Medium::Audio
    }

    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn hands_out_state(&self) -> bool {
        true
    }

    fn row(&self) -> Option<&'static Vendor> {
        vendor::find("openai")
    }

    fn embeddings(&self, _: &Target<'_>) -> Option<(EmbedFormat, Cow<'static, str>)> {
        Some((EmbedFormat::OpenAi, "/embeddings".into()))
    }

    fn passes(&self, path: &'static str, _: &Target<'_>) -> Option<Cow<'static, str>> {
        Some(path.into())
    }

    fn count_path(&self, dialect: Dialect, _: &Target<'_>) -> Option<Cow<'static, str>> {
        (dialect == Dialect::OpenAiResponses).then_some("/responses/input_tokens".into())
    }

    fn decode_error(&self, status: u16, headers: Headers<'_>, body: &[u8]) -> ApiError {
        openai_chat::decode_error(status, headers, body)
    }
}

impl Wire for OpenAiResponses {
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
