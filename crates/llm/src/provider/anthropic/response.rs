//! A whole answer, read into the canonical form.

use json::{Data, Text, Value};

use super::error;
use super::usage::Counted;
use crate::canonical::{Block, Citation, Opaque, Origin, Response, Stop};
use crate::provider::arguments;
use crate::{Carry, FinishReason, ResponseError};

/// Reads an answer. Blocks of kinds that the chat dialect has no place for are left out.
pub(super) fn decode<'a>(body: &'a str, carry: &Carry) -> Result<Response<'a>, ResponseError> {
    let body = Value::parse(body).map_err(|_| ResponseError::NotJson)?;
    if body.get("type").is("error") || !body.get("error").is_null() {
        return Err(ResponseError::Failed(Box::new(error::of_body(0, &body))));
    }
    let Data::Array(content) = &body.get("content").data else {
        return Err(ResponseError::Unexpected { what: "it has no `content`" });
    };
    let mut blocks = Vec::with_capacity(content.len());
    let mut seen = Seen::default();
    for value in content {
        if let Some(block) = block(value, carry, &mut seen)? {
            blocks.push(block);
        }
    }
    let mut counted = Counted::default();
    counted.merge(body.get("usage"));
    Ok(Response {
        id: body.get("id").as_text(),
        model: body.get("model").as_text(),
        blocks,
        stop: Some(stop(&body, seen)),
        usage: counted.usage(),
        service_tier: body.get("usage").get("service_tier").as_text(),
        logprobs: None,
    })
}

/// Which kinds of tools an answer called.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    /// One of the client's.
    pub(super) tool: bool,
    /// The one that stands in for a JSON schema.
    pub(super) answer: bool,
}

fn block<'a>(value: &Value<'a>, carry: &Carry, seen: &mut Seen) -> Result<Option<Block<'a>>, ResponseError> {
    let text = |name: &str| value.get(name).as_text();
    let kind = text("type").unwrap_or_default();
    let block = match &*kind.decode() {
        "text" => Block::Text {
            text: text("text").unwrap_or_default(),
            citations: citations(value.get("citations")),
            state: None,
        },
        "thinking" => Block::Thinking {
            text: text("thinking").unwrap_or_default(),
            state: text("signature").map(|data| Opaque::new(Origin::Anthropic, data)),
        },
        "redacted_thinking" => {
            Block::Redacted(Opaque::new(Origin::Anthropic, text("data").unwrap_or_default()))
        }
        "tool_use" => {
            let (id, name) = text("id")
                .zip(text("name"))
                .ok_or(ResponseError::Unexpected { what: "a tool call has no id or name" })?;
            let arguments = arguments::read(value.get("input"));
            if carry.is_answer(&name) {
                // Of several answers the first counts: two are no JSON.
                if std::mem::replace(&mut seen.answer, true) {
                    return Ok(None);
                }
                Block::text(Text::from_plain(&arguments))
            } else {
                seen.tool = true;
                Block::ToolUse { id, name: carry.client_name(name), arguments, state: None }
            }
        }
        _ => return Ok(None),
    };
    Ok(Some(block))
}

fn citations<'a>(list: &Value<'a>) -> Vec<Citation<'a>> {
    list.items().iter().map(citation).collect()
}

/// A source, of whatever kind.
pub(super) fn citation<'a>(value: &Value<'a>) -> Citation<'a> {
    let text = |names: [&str; 2]| names.into_iter().find_map(|name| value.get(name).as_text());
    Citation {
        url: text(["url", "source"]),
        title: text(["title", "document_title"]),
        quote: text(["cited_text", "quote"]),
        start: None,
        end: None,
    }
}

/// Why the model stopped. What it did counts more than what it says: an answer with tool calls waits for
/// their results, unless something cut it short.
pub(super) fn stop<'a>(told: &Value<'a>, seen: Seen) -> Stop<'a> {
    let (reason, details) = (told.get("stop_reason"), told.get("stop_details"));
    let sequence = told.get("stop_sequence");
    let native = reason.as_text();
    let word = native.as_ref().map(Text::decode).unwrap_or_default();
    let (reason, exact) = match &*word {
        "end_turn" | "" => (FinishReason::Stop, true),
        "max_tokens" => (FinishReason::Length, true),
        "tool_use" => (FinishReason::Stop, seen.tool || seen.answer),
        "model_context_window_exceeded" => (FinishReason::Length, false),
        "refusal" => (FinishReason::ContentFilter, false),
        "pause_turn" => (FinishReason::Pause, false),
        _ => (FinishReason::Stop, false),
    };
    drop(word);
    let reason = if reason == FinishReason::Stop && seen.tool { FinishReason::ToolCalls } else { reason };
    let refusal = details.get("explanation").as_text().filter(|_| reason == FinishReason::ContentFilter);
    Stop { reason, native: native.filter(|_| !exact), refusal, sequence: sequence.as_text() }
}
