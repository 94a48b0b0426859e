//! Anthropic's Messages, as clients speak it.

mod error;
mod models;
mod pass;
mod request;
mod response;
mod scan;
mod stream;
mod usage;

use json::Object;

use super::{Client, ModelEntry, PassStream, StreamEncoder};
use crate::canonical::{Dropped, Request, Response};
use crate::provider::{Headers, Provider, Wired};
use crate::request::{Member, Peek, Rewrite, rewrite};
use crate::{ApiError, Carry, Context, RequestError, ResponseError, Target, Translated, Usage};

/// Anthropic's Messages.
#[derive(Debug)]
pub(crate) struct Anthropic;

/// The members that a scan looks at, each at most once in a request.
const MEMBERS: [(&str, Member); 10] = [
    ("model", Member::Model),
    ("messages", Member::Blocks),
    ("stream", Member::Stream),
    ("max_tokens", Member::MaxTokens),
    ("system", Member::Prompt),
    ("tools", Member::Schema),
    ("output_config", Member::Schema),
    ("temperature", Member::Sampling),
    ("top_p", Member::Sampling),
    ("top_k", Member::Sampling),
];

/// The first version of the API that takes no sampling parameters.
const WITHOUT_SAMPLING: &str = "2026-10-21";

impl Client for Anthropic {
    fn members(&self) -> &'static [(&'static str, Member)] {
        &MEMBERS
    }

    fn required(&self) -> &'static str {
        "messages"
    }

    fn own_headers(&self) -> &'static [&'static str] {
        &["anthropic-version", "anthropic-beta"]
    }

    /// Versions are dates. The newest have no sampling parameters, not even with their defaults.
    fn check_headers(&self, peek: &Peek, headers: Headers<'_>) -> Result<(), RequestError> {
        let version = headers("anthropic-version").unwrap_or_default();
        let version = version.trim();
        match peek.sampling() {
            Some(name) if version.starts_with("20") && version >= WITHOUT_SAMPLING => {
                let message = format!("{name}: Extra inputs are not permitted in version {WITHOUT_SAMPLING}");
                Err(RequestError::new(name, "unsupported_parameter", message))
            }
            _ => Ok(()),
        }
    }

    fn own_name(&self, name: String) -> String {
        let own = match name.as_str() {
            "messages[].cache_control" => "messages[].content[].cache_control",
            "messages[].is_error" => "messages[].content[].is_error",
            "messages[].reasoning" => "messages[].content[].thinking",
            "messages[].content[].file.filename" => "messages[].content[].title",
            "parallel_tool_calls" => "tool_choice.disable_parallel_tool_use",
            "reasoning_effort" => "thinking",
            "response_format" | "response_format.json_schema.strict" => "output_config.format",
            "stop" => "stop_sequences",
            "user" => "metadata.user_id",
            _ => return dotted(&name),
        };
        own.to_owned()
    }

    fn decode_request<'a>(&self, text: &'a str) -> Result<Request<'a>, RequestError> {
        request::decode(text)
    }

    fn encode_response(&self, response: &Response<'_>, ctx: &Context, out: &mut Vec<u8>) -> Usage {
        response::encode(response, ctx, out)
    }

    fn encode_error(&self, error: &ApiError, out: &mut Vec<u8>) {
        error::encode(error, error.request_id.as_deref(), out);
    }

    fn error_status(&self, error: &ApiError) -> u16 {
        error::status(error)
    }

    fn request_id_header(&self) -> &'static str {
        "request-id"
    }

    fn encode_model(&self, model: &ModelEntry<'_>, out: &mut Vec<u8>) {
        models::encode(model, out);
    }

    fn encode_models(&self, models: &mut dyn Iterator<Item = ModelEntry<'_>>, out: &mut Vec<u8>) {
        models::encode_list(models, out);
    }

    fn encode_count(&self, tokens: u64, out: &mut Vec<u8>) {
        let mut body = Object::begin(out);
        body.number("input_tokens", tokens);
        body.end();
    }

    fn stream(&self, ctx: &Context) -> Box<dyn StreamEncoder> {
        Box::new(stream::Encoder::new(ctx))
    }

    fn encode_stream_error(&self, error: &ApiError, out: &mut Vec<u8>) {
        stream::write_error(error, error.request_id.as_deref(), out);
    }

    fn keep_alive(&self) -> &'static [u8] {
        b"event: ping\ndata: {\"type\":\"ping\"}\n\n"
    }

    fn pass_request(&self, body: &[u8], peek: &Peek, target: &Target<'_>) -> Result<Wired, RequestError> {
        let change = Rewrite { model: Some(target.model), ..Rewrite::default() };
        let mut dropped = Dropped::default();
        for cut in peek.foreign(body) {
            let cut = cut.strip_prefix(b",").unwrap_or(cut).trim_ascii_start();
            let cited = cut.starts_with(b"\"citations\"");
            let member = if cited { "citations" } else { "thinking" };
            dropped.add(format_args!("messages[].content[].{member}"));
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

/// A path in the words of OpenAI's chat as Anthropic writes paths: `messages[2].tool_calls` is `messages.2.content`.
fn dotted(path: &str) -> String {
    let mut own = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, (digits, after))) =
        rest.split_once('[').and_then(|(before, after)| Some((before, after.split_once(']')?)))
    {
        own.push_str(before);
        let index = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let (open, close) = if index { (".", "") } else { ("[", "]") };
        own.extend([open, digits, close]);
        rest = after;
    }
    own.push_str(rest);
    let own = own.replace(".function.", ".");
    let behind = [".tool_calls", ".tool_call_id"].iter().find_map(|word| own.strip_suffix(word));
    behind.map(|message| format!("{message}.content")).unwrap_or(own)
}

#[cfg(test)]
mod tests {
    use super::dotted;

    #[test]
    fn paths_are_anthropics() {
        for (chat, own) in [
            ("messages[2].content[10]", "messages.2.content.10"),
            ("messages[2].tool_calls", "messages.2.content"),
            ("messages[12].tool_call_id", "messages.12.content"),
            ("tools[0].function.strict", "tools.0.strict"),
            ("messages[].content[].thinking", "messages[].content[].thinking"),
            ("context_management", "context_management"),
            ("odd[name", "odd[name"),
            ("and 3 more", "and 3 more"),
        ] {
            assert_eq!(dotted(chat), own);
        }
    }
}
