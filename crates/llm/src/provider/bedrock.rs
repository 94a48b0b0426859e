//! Amazon Bedrock's Converse API, for whatever model stands behind it.

mod error;
mod request;
mod response;
mod secret;
mod sigv4;
mod stream;
mod usage;

pub(crate) use self::response::decode as decode_response;
pub(crate) use self::stream::damaged as frame_fault;

use std::borrow::Cow;

use self::secret::Secret;
use self::sigv4::Scope;
use super::{Framing, Headers, KeyError, Provider, StreamDecoder, Target, Unsigned, Way, Wire, Wired};
use crate::canonical::{Request, Response};
use crate::marks::Takes;
use crate::remote::Medium;
use crate::{ApiError, Carry, Dialect, RequestError, ResponseError};

/// Amazon Bedrock.
#[derive(Debug)]
pub(crate) struct Bedrock;

impl Provider for Bedrock {
    fn auth_header(&self, key: &str) -> (&'static str, String) {
        ("authorization", format!("Bearer {key}"))
    }

    /// Sends an API key, or signs with an access key.
    fn authenticate(
        &self,
        key: &str,
        request: &Unsigned<'_>,
        now: i64,
    ) -> Result<Vec<(&'static str, String)>, KeyError> {
        match Secret::parse(key)? {
            Secret::ApiKey(key) => Ok(vec![self.auth_header(key)]),
            Secret::AccessKey { credentials, region } => {
                let region =
                    region.or_else(|| secret::region_of(request.authority)).ok_or(KeyError::NoRegion)?;
                Ok(sigv4::sign(credentials, Scope { region, service: "bedrock" }, request, now))
            }
        }
    }

    fn way(&self, dialect: Dialect) -> Way {
        if dialect == Dialect::Bedrock { Way::Pass } else { Way::Convert(&Self) }
    }

    /// The model is one segment of the path, whatever is in its name: an ARN has slashes.
    fn path(&self, _: Option<Dialect>, target: &Target<'_>, stream: bool) -> Cow<'static, str> {
        let mut path = String::from("/model/");
        push_escaped(&mut path, target.model, b"-._~");
        path.push_str(if stream { "/converse-stream" } else { "/converse" });
        path.into()
    }

    /// Recordings it has no place for at all.
    fn fetches(&self, medium: Medium, _: &str, _: &Target<'_>) -> bool {
        medium == Medium::Audio
    }

    fn marks(&self, target: &Target<'_>) -> Option<Takes> {
        request::marks(target.model)
    }

    fn headers(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn hands_out_state(&self) -> bool {
        true
    }

    fn decode_error(&self, status: u16, headers: Headers<'_>, body: &[u8]) -> ApiError {
        error::decode(status, headers, body)
    }
}

impl Wire for Bedrock {
    fn encode_request(&self, request: &Request<'_>, target: &Target<'_>) -> Result<Wired, RequestError> {
        request::encode(request, target)
    }

    fn decode_response<'a>(&self, body: &'a str, carry: &Carry) -> Result<Response<'a>, ResponseError> {
        response::decode(body, carry)
    }

    fn framing(&self) -> Framing {
        Framing::Own
    }

    fn stream(&self, carry: Carry, limit: usize) -> Box<dyn StreamDecoder> {
        Box::new(stream::Decoder::new(carry, limit))
    }
}

/// A reader of one streamed answer that passes.
pub(crate) fn decoder(limit: usize) -> Box<dyn StreamDecoder> {
    Box::new(stream::Decoder::new(Carry::default(), limit))
}

/// Appends a text with every byte escaped that is neither a letter, a digit nor in `kept`.
fn push_escaped(path: &mut String, text: &str, kept: &[u8]) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |value: u8| HEX.get(usize::from(value)).copied().map_or('0', char::from);
    for &byte in text.as_bytes() {
        if byte.is_ascii_alphanumeric() || kept.contains(&byte) {
            path.push(char::from(byte));
        } else {
            path.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
}
