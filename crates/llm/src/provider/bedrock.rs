//! Amazon Bedrock's Converse API, for whatever model stands behind it.

mod error;
mod request;
mod response;
mod stream;
mod usage;

use std::borrow::Cow;

use super::{Framing, Headers, Provider, StreamDecoder, Target, Way, Wire, Wired};
use crate::canonical::{Request, Response};
use crate::{ApiError, Carry, Dialect, RequestError, ResponseError};

/// Amazon Bedrock.
#[derive(Debug)]
pub(crate) struct Bedrock;

impl Provider for Bedrock {
    fn auth_header(&self, key: &str) -> (&'static str, String) {
        ("authorization", format!("Bearer {key}"))
    }

    fn way(&self, _: Dialect) -> Way {
        Way::Convert(&Self)
    }

    /// The model is one segment of the path, whatever is in its name: an ARN has slashes.
    fn path(&self, _: Option<Dialect>, target: &Target<'_>, stream: bool) -> Cow<'static, str> {
        let mut path = String::from("/model/");
        push_segment(&mut path, target.model);
        path.push_str(if stream { "/converse-stream" } else { "/converse" });
        path.into()
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

/// Appends a text as one segment of a path: everything but RFC 3986's unreserved characters is escaped.
fn push_segment(path: &mut String, text: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |value: u8| HEX.get(usize::from(value)).copied().map_or('0', char::from);
    for &byte in text.as_bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            path.push(char::from(byte));
        } else {
            path.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
}
