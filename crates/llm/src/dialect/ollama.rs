//! Ollama's own dialect: its chat, and its completion of a prompt. One JSON object a line where it streams.

mod answer;
mod pass;
mod request;
mod response;
mod stream;
pub(super) mod time;

use json::Object;

use super::{Client, ModelEntry, PassStream, StreamEncoder};
use crate::canonical::{Dropped, Request, Response};
use crate::provider::{Framing, Provider, Wired};
use crate::request::{Member, Peek, Rewrite, rewrite};
use crate::{ApiError, Carry, Context, RequestError, ResponseError, Target, Translated, Usage};

/// `/api/chat`.
pub(crate) const CHAT: Ollama = Ollama(Shape::Chat);

/// `/api/generate`.
pub(crate) const GENERATE: Ollama = Ollama(Shape::Generate);

/// Ollama's dialect, in one of its shapes.
#[derive(Debug)]
pub(crate) struct Ollama(Shape);

/// What a request asks with, and where an answer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// Messages, and a message.
    Chat,
    /// A prompt, and a `response`.
    Generate,
}

/// The members of a chat that a scan looks at.
const MEMBERS: [(&str, Member); 6] = [
    ("model", Member::Model),
    ("messages", Member::Messages),
    ("stream", Member::Stream),
    ("options", Member::Limits("num_predict")),
    ("tools", Member::Schema),
    ("format", Member::Schema),
];

/// The same of a completion.
const GENERATE_MEMBERS: [(&str, Member); 8] = [
    ("model", Member::Model),
    ("prompt", Member::Prompt),
    ("stream", Member::Stream),
    ("options", Member::Limits("num_predict")),
    ("system", Member::Prompt),
    ("suffix", Member::Prompt),
    ("images", Member::Media),
    ("format", Member::Schema),
];

impl Client for Ollama {
    fn members(&self) -> &'static [(&'static str, Member)] {
        match self.0 {
            Shape::Chat => &MEMBERS,
            Shape::Generate => &GENERATE_MEMBERS,
        }
    }

    fn required(&self) -> &'static str {
        match self.0 {
            Shape::Chat => "messages",
            Shape::Generate => "prompt",
        }
    }

    fn streams_by_default(&self) -> bool {
        true
    }

    fn own_name(&self, name: String) -> String {
        let own = match name.as_str() {
            "temperature" | "top_p" | "top_k" | "seed" | "stop" | "presence_penalty"
            | "frequency_penalty" => {
                return format!("options.{name}");
            }
            "max_tokens" => "options.num_predict",
            "reasoning_effort" => "think",
            "response_format" => "format",
            "messages[].reasoning" => "messages[].thinking",
            _ => return name,
        };
        own.to_owned()
    }

    fn decode_request<'a>(&self, text: &'a str) -> Result<Request<'a>, RequestError> {
        request::decode(text, self.0)
    }

    fn encode_response(&self, response: &Response<'_>, ctx: &Context, out: &mut Vec<u8>) -> Usage {
        response::encode(response, self.0, ctx, out)
    }

    fn encode_error(&self, error: &ApiError, out: &mut Vec<u8>) {
        let mut body = Object::begin(out);
        body.string("error", &error.message);
        body.end();
    }

    fn encode_model(&self, model: &ModelEntry<'_>, out: &mut Vec<u8>) {
        let mut entry = Object::begin(out);
        entry.string("name", model.id).string("model", model.id);
        entry.string("modified_at", &time::written(model.created));
        entry.number("size", 0).string("digest", "");
        let mut details = entry.object("details");
        details.string("parent_model", "").string("format", "").string("family", model.owned_by);
        details.raw("families", "[]").string("parameter_size", "").string("quantization_level", "");
        details.end();
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
        Box::new(stream::Encoder::new(self.0, ctx))
    }

    fn encode_stream_error(&self, error: &ApiError, out: &mut Vec<u8>) {
        self.encode_error(error, out);
        out.push(b'\n');
    }

    fn stream_media_type(&self) -> &'static str {
        "application/x-ndjson"
    }

    /// Clients read every line as an object.
    fn keep_alive(&self) -> &'static [u8] {
        b""
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

    fn pass_framing(&self) -> Framing {
        Framing::Own
    }

    fn pass_stream(&self, ctx: &Context) -> Box<dyn PassStream> {
        Box::new(pass::Stream::new(ctx))
    }
}
