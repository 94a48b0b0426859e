//! Cohere's chat, the second version of it.

mod pass;
mod request;
mod response;
mod stream;
mod usage;

use json::Object;

use super::{Client, ModelEntry, PassStream, StreamEncoder};
use crate::canonical::{Dropped, Request, Response};
use crate::provider::{Provider, Wired};
use crate::request::{Member, Peek, Rewrite, rewrite};
use crate::{ApiError, Carry, Context, RequestError, ResponseError, Target, Translated, Usage};

/// Cohere's chat.
#[derive(Debug)]
pub(crate) struct Cohere;

/// The members that a scan looks at, each at most once in a request.
const MEMBERS: [(&str, Member); 7] = [
    ("model", Member::Model),
    ("messages", Member::Messages),
    ("stream", Member::Stream),
    ("max_tokens", Member::MaxTokens),
    ("documents", Member::Prompt),
    ("tools", Member::Schema),
    ("response_format", Member::Schema),
];

impl Client for Cohere {
    fn members(&self) -> &'static [(&'static str, Member)] {
        &MEMBERS
    }

    fn required(&self) -> &'static str {
        "messages"
    }

    fn own_name(&self, name: String) -> String {
        let own = match name.as_str() {
            // Only documents have names.
            "messages[].content[].file.filename" => "documents[].data.title",
            "messages[].reasoning" => "messages[].content[].thinking",
            "reasoning_effort" => "thinking",
            "stop" => "stop_sequences",
            "top_k" => "k",
            "top_p" => "p",
            tool if tool.ends_with(".function.strict") => "strict_tools",
            _ => return name,
        };
        own.to_owned()
    }

    fn decode_request<'a>(&self, text: &'a str) -> Result<Request<'a>, RequestError> {
        request::decode(text)
    }

    fn encode_response(&self, response: &Response<'_>, ctx: &Context, out: &mut Vec<u8>) -> Usage {
        response::encode(response, ctx, out)
    }

    /// The id is of the error in Cohere's records; there is none here.
    fn encode_error(&self, error: &ApiError, out: &mut Vec<u8>) {
        let mut body = Object::begin(out);
        body.string("id", "").string("message", &error.message);
        body.end();
    }

    fn encode_model(&self, model: &ModelEntry<'_>, out: &mut Vec<u8>) {
        let mut entry = Object::begin(out);
        entry.string("name", model.id).raw("is_deprecated", "false");
        entry.raw("endpoints", r#"["chat"]"#).raw("finetuned", "false");
        entry.end();
    }

    fn encode_models(&self, models: &mut dyn Iterator<Item = ModelEntry<'_>>, out: &mut Vec<u8>) {
        let mut list = Object::begin(out);
        let mut entries = list.array("models");
        for model in models {
            self.encode_model(&model, entries.item());
        }
        entries.end();
        list.end();
    }

    fn stream(&self, ctx: &Context) -> Box<dyn StreamEncoder> {
        Box::new(stream::Encoder::new(ctx))
    }

    fn encode_stream_error(&self, error: &ApiError, out: &mut Vec<u8>) {
        stream::write_error(error, out);
    }

    fn pass_request(&self, body: &[u8], peek: &Peek, target: &Target<'_>) -> Result<Wired, RequestError> {
        let change = Rewrite { model: Some(target.model), ..Rewrite::default() };
        let body = rewrite(body, peek, change);
        Ok(Wired { body, dropped: Dropped::default(), carry: Carry::default() })
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
