//! OpenAI's Responses.

mod assembly;
mod call;
mod echo;
mod events;
mod input;
mod message;
mod pass;
mod path;
mod reasoning;
mod request;
mod response;
mod shell;
mod state;
mod stream;
mod usage;

pub(crate) use echo::repeated;
pub(crate) use pass::{Stands, error_in, finish, stands};
pub(crate) use usage::read as read_usage;

use json::Object;

use super::openai_chat::{OpenAiChat, encode_error, error_words};
use super::{Client, ModelEntry, PassStream, StreamEncoder};
use crate::canonical::{Dropped, Request, Response};
use crate::provider::{Provider, Wired};
use crate::request::{Member, Peek, Rewrite, rewrite};
use crate::{ApiError, Carry, Context, RequestError, ResponseError, Target, Translated, Usage};

/// OpenAI's Responses.
#[derive(Debug)]
pub(crate) struct OpenAiResponses;

/// The members that a scan looks at, each at most once in a request.
const MEMBERS: [(&str, Member); 8] = [
    ("model", Member::Model),
    ("input", Member::Items),
    ("stream", Member::Stream),
    ("max_output_tokens", Member::MaxTokens),
    ("previous_response_id", Member::Previous),
    ("instructions", Member::Prompt),
    ("tools", Member::Schema),
    ("text", Member::Schema),
];

impl Client for OpenAiResponses {
    fn members(&self) -> &'static [(&'static str, Member)] {
        &MEMBERS
    }

    /// Nothing: a conversation that its vendor keeps may be all that a request has.
    fn required(&self) -> &'static str {
        ""
    }

    fn decode_request<'a>(&self, text: &'a str) -> Result<Request<'a>, RequestError> {
        request::decode(text)
    }

    fn own_name(&self, name: String) -> String {
        path::of(&name).unwrap_or(name)
    }

    fn encode_response(&self, response: &Response<'_>, ctx: &Context, out: &mut Vec<u8>) -> Usage {
        response::encode(response, ctx, out)
    }

    fn encode_error(&self, error: &ApiError, out: &mut Vec<u8>) {
        encode_error(error, out);
    }

    fn encode_model(&self, model: &ModelEntry<'_>, out: &mut Vec<u8>) {
        OpenAiChat.encode_model(model, out);
    }

    fn encode_models(&self, models: &mut dyn Iterator<Item = ModelEntry<'_>>, out: &mut Vec<u8>) {
        OpenAiChat.encode_models(models, out);
    }

    fn encode_count(&self, tokens: u64, out: &mut Vec<u8>) {
        let mut body = Object::begin(out);
        body.string("object", "response.input_tokens").number("input_tokens", tokens);
        body.end();
    }

    fn stream(&self, ctx: &Context) -> Box<dyn StreamEncoder> {
        Box::new(stream::Encoder::new(ctx))
    }

    fn encode_stream_error(&self, error: &ApiError, out: &mut Vec<u8>) {
        stream::write_error(error, out);
    }

    fn pass_request(&self, body: &[u8], peek: &Peek, target: &Target<'_>) -> Result<Wired, RequestError> {
        let change = Rewrite { model: Some(target.model), previous: target.previous, ..Rewrite::default() };
        let mut dropped = Dropped::default();
        if peek.has_foreign_state() {
            dropped.add("input[].encrypted_content");
        }
        Ok(Wired { body: rewrite(body, peek, change), dropped, carry: Carry::default() })
    }

    fn pass_response(
        &self,
        text: &str,
        ctx: &Context,
        provider: &dyn Provider,
    ) -> Result<Translated, ResponseError> {
        pass::response(text, ctx, provider)
    }

    fn pass_stream(&self, ctx: &Context) -> Box<dyn PassStream> {
        Box::new(pass::Stream::new(ctx))
    }
}
