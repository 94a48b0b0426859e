//! Google's Gemini, by `generateContent` and `streamGenerateContent`. The address names the model and says whether the
//! answer is streamed, and how.

mod error;
mod frame;
mod members;
mod pass;
mod path;
mod request;
mod response;
mod schema;
pub(super) mod state;
mod stream;
mod usage;

pub(crate) use self::request::usual_base64;

use std::borrow::Cow;

pub(super) use self::pass::NO_SIGNATURE;
pub(crate) use self::pass::{Unfit, without};
use json::Object;

use super::{Client, ModelEntry, PassStream, StreamEncoder};
use crate::canonical::{Dropped, Request, Response};
use crate::provider::{Provider, Wired};
use crate::request::{Member, Peek};
use crate::{ApiError, Carry, Context, RequestError, ResponseError, Target, Translated, Usage};

/// Google's Gemini.
#[derive(Debug)]
pub(crate) struct Gemini;

/// The members that a scan looks at, each at most once in a request.
const MEMBERS: [(&str, Member); 6] = [
    ("contents", Member::Prompt),
    ("systemInstruction", Member::Prompt),
    ("system_instruction", Member::Prompt),
    ("tools", Member::Schema),
    ("generationConfig", Member::Limits("maxOutputTokens")),
    ("generation_config", Member::Limits("max_output_tokens")),
];

/// An event of nothing: Google's own libraries fail at a comment.
const SIGN_OF_LIFE: &[u8] = b"\r\n\r\n";

impl Client for Gemini {
    fn members(&self) -> &'static [(&'static str, Member)] {
        &MEMBERS
    }

    fn required(&self) -> &'static str {
        "contents"
    }

    fn prepare<'t>(&self, text: &'t str) -> Result<Cow<'t, str>, RequestError> {
        pass::check(text)?;
        schema::prepare(text)
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
        error::encode(error, out);
    }

    fn encode_model(&self, model: &ModelEntry<'_>, out: &mut Vec<u8>) {
        let mut entry = Object::begin(out);
        entry.string("name", &format!("models/{}", model.id)).string("displayName", model.id);
        entry.raw("supportedGenerationMethods", r#"["generateContent","streamGenerateContent"]"#);
        entry.end();
    }

    fn encode_models(&self, models: &mut dyn Iterator<Item = ModelEntry<'_>>, out: &mut Vec<u8>) {
        let mut list = Object::begin(out);
        let mut data = list.array("models");
        for model in models {
            self.encode_model(&model, data.item());
        }
        data.end();
        list.end();
    }

    fn encode_count(&self, tokens: u64, out: &mut Vec<u8>) {
        let mut body = Object::begin(out);
        body.number("totalTokens", tokens);
        body.end();
    }

    fn stream(&self, ctx: &Context) -> Box<dyn StreamEncoder> {
        Box::new(stream::Encoder::new(ctx))
    }

    fn encode_stream_error(&self, error: &ApiError, out: &mut Vec<u8>) {
        frame::Framer::new(false, true).item(out, |out| error::encode(error, out));
    }

    fn stream_media_type(&self) -> &'static str {
        "text/event-stream"
    }

    fn keep_alive(&self) -> &'static [u8] {
        SIGN_OF_LIFE
    }

    fn array_keep_alive(&self) -> &'static [u8] {
        frame::BLANK
    }

    /// The model is in the path.
    fn pass_request(&self, body: &[u8], _: &Peek, _: &Target<'_>) -> Result<Wired, RequestError> {
        let text = std::str::from_utf8(body).map_err(|_| RequestError::body("the body is not UTF-8"))?;
        pass::check(text)?;
        let mut dropped = Dropped::default();
        let own = without(body, Unfit::ForeignState);
        if own.is_some() {
            dropped.add("contents[].parts[].thoughtSignature");
        }
        Ok(Wired { body: own.unwrap_or_else(|| body.to_vec()), dropped, carry: Carry::default() })
    }

    fn pass_response(
        &self,
        text: &str,
        ctx: &Context,
        _: &dyn Provider,
    ) -> Result<Translated, ResponseError> {
        pass::response(text, ctx)
    }

    fn pass_stream(&self, ctx: &Context) -> Box<dyn PassStream> {
        Box::new(pass::Stream::new(ctx))
    }
}
