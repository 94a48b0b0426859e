//! OpenAI's Chat Completions, for clients that speak otherwise: what is written for the many providers that
//! take it, and how their answers are read.

mod parts;
mod request;
mod response;
mod stream;

use super::{StreamDecoder, Target, Wire, Wired};
use crate::canonical::{Request, Response};
use crate::{Carry, RequestError, ResponseError};

/// The bodies of chat completions.
#[derive(Debug)]
pub(crate) struct ChatWire;

impl Wire for ChatWire {
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

#[cfg(test)]
mod tests;
