//! Mistral: chat completions with rules of its own. Ids of tool calls have nine letters and digits, reasoning comes
//! and goes in parts with a signature, and what it does not know it refuses; its row among the vendors says what.

use std::borrow::Cow;

use super::openai_chat::ChatWire;
use super::{Headers, Provider, StreamDecoder, Target, Way, Wire, Wired};
use crate::canonical::{Request, Response};
use crate::dialect::{openai_chat, without_account};
use crate::embed::EmbedFormat;
use crate::remote::Medium;
use crate::{ApiError, Carry, Dialect, RequestError, ResponseError, vendor};

/// Mistral's own API.
#[derive(Debug)]
pub(crate) struct Mistral;

/// Its row among the vendors.
const ROW: &str = "mistralai";

/// A path behind a base address, which may have the version already.
fn versioned(path: &str, target: &Target<'_>) -> Cow<'static, str> {
    let version = if target.base.trim_end_matches('/').ends_with("/v1") { "" } else { "/v1" };
    format!("{version}{path}").into()
}

impl Provider for Mistral {
    fn auth_header(&self, key: &str) -> (&'static str, String) {
        ("authorization", format!("Bearer {key}"))
    }

    fn way(&self, _: Dialect) -> Way {
        Way::Convert(&Self)
    }

    fn path(&self, _: Option<Dialect>, target: &Target<'_>, _: bool) -> Cow<'static, str> {
        versioned("/chat/completions", target)
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

    fn embeddings(&self, target: &Target<'_>) -> Option<(EmbedFormat, Cow<'static, str>)> {
        Some((EmbedFormat::OpenAi, versioned("/embeddings", target)))
    }

    fn passes(&self, path: &'static str, target: &Target<'_>) -> Option<Cow<'static, str>> {
        matches!(path, "/moderations" | "/audio/transcriptions" | "/files").then(|| versioned(path, target))
    }

    fn decode_error(&self, status: u16, headers: Headers<'_>, body: &[u8]) -> ApiError {
        let mut error = openai_chat::decode_error(status, headers, body);
        if let Some(message) = vendor::find(ROW).and_then(|row| row.error_message(body)) {
            error.message = without_account(error.kind, &message);
        }
        error
    }
}

impl Wire for Mistral {
    fn encode_request(&self, request: &Request<'_>, target: &Target<'_>) -> Result<Wired, RequestError> {
        let vendor = target.vendor.or_else(|| vendor::find(ROW));
        ChatWire.encode_request(request, &Target { vendor, ..*target })
    }

    fn decode_response<'a>(&self, body: &'a str, carry: &Carry) -> Result<Response<'a>, ResponseError> {
        ChatWire.decode_response(body, carry)
    }

    fn stream(&self, carry: Carry, limit: usize) -> Box<dyn StreamDecoder> {
        ChatWire.stream(carry, limit)
    }
}
