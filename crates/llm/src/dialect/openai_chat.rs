//! OpenAI's Chat Completions.

mod error;
mod pass;
mod request;
mod response;
mod scan;
mod stream;
mod usage;

pub(crate) use error::{decode as decode_error, of_body as error_of};
pub(super) use error::{encode as encode_error, words as error_words};
pub(crate) use pass::fail as fail_stream;
pub(crate) use scan::reason;
pub(crate) use usage::read as read_usage;

use json::Object;

use super::{Client, ModelEntry, PassStream, StreamEncoder};
use crate::canonical::{Dropped, Request, Response};
use crate::provider::{Provider, Wired};
use crate::request::{Member, Peek, Rewrite, rewrite};
use crate::vendor;
use crate::{ApiError, Carry, Context, RequestError, ResponseError, Target, Translated, Usage, Vendor};

/// OpenAI's Chat Completions.
#[derive(Debug)]
pub(crate) struct OpenAiChat;

/// The members that a scan looks at, each at most once in a request.
const MEMBERS: [(&str, Member); 9] = [
    ("model", Member::Model),
    ("messages", Member::Messages),
    ("stream", Member::Stream),
    ("stream_options", Member::StreamOptions),
    ("n", Member::Number),
    ("max_tokens", Member::MaxTokens),
    ("max_completion_tokens", Member::MaxTokensFirst),
    ("tools", Member::Schema),
    ("response_format", Member::Schema),
];

impl Client for OpenAiChat {
    fn members(&self) -> &'static [(&'static str, Member)] {
        &MEMBERS
    }

    fn required(&self) -> &'static str {
        "messages"
    }

    fn decode_request<'a>(&self, text: &'a str) -> Result<Request<'a>, RequestError> {
        request::decode(text)
    }

    fn encode_response(&self, response: &Response<'_>, ctx: &Context, out: &mut Vec<u8>) -> Usage {
        response::encode(response, ctx, out)
    }

    fn encode_error(&self, error: &ApiError, out: &mut Vec<u8>) {
        error::encode(error, out);
    }

    fn encode_model(&self, model: &ModelEntry<'_>, out: &mut Vec<u8>) {
        let mut entry = Object::begin(out);
        entry.string("id", model.id).string("object", "model");
        entry.number("created", u64::try_from(model.created).unwrap_or_default());
        entry.string("owned_by", model.owned_by);
        entry.end();
    }

    fn encode_models(&self, models: &mut dyn Iterator<Item = ModelEntry<'_>>, out: &mut Vec<u8>) {
        let mut list = Object::begin(out);
        list.string("object", "list");
        let mut data = list.array("data");
        for model in models {
            self.encode_model(&model, data.item());
        }
        data.end();
        list.end();
    }

    fn stream(&self, ctx: &Context) -> Box<dyn StreamEncoder> {
        Box::new(stream::Encoder::new(ctx))
    }

    fn encode_stream_error(&self, error: &ApiError, out: &mut Vec<u8>) {
        stream::write_error(error, out);
    }

    fn pass_request(&self, body: &[u8], peek: &Peek, target: &Target<'_>) -> Result<Wired, RequestError> {
        let vendor = target.vendor;
        let include_usage = peek.stream && vendor.is_none_or(Vendor::asks_for_usage);
        let change = Rewrite { model: Some(target.model), include_usage, ..Rewrite::default() };
        let mut dropped = Dropped::default();
        if peek.has_foreign_state() {
            dropped.add("messages[].thinking_blocks");
        }
        let mut body = rewrite(body, peek, change);
        let limited = peek.max_tokens.is_some();
        if let Some(vendor) = vendor.filter(|vendor| vendor.may_change(&body, target.model, limited)) {
            body = vendor::apply(body, vendor, None, &mut dropped);
        }
        Ok(Wired { body, dropped, carry: Carry::default() })
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
