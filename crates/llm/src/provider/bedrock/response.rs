//! A whole answer, read into the canonical form.

use std::borrow::Cow;

use json::{Data, Text, Value};

use super::request::NO_TOOL;
use super::{error, usage};
use crate::canonical::{Block, Citation, Opaque, Origin, Response, Stop};
use crate::provider::arguments;
use crate::{Carry, FinishReason, ResponseError};

/// Reads an answer. Blocks of kinds that the canonical form has no place for are left out.
pub(crate) fn decode<'a>(body: &'a str, carry: &Carry) -> Result<Response<'a>, ResponseError> {
    let body = Value::parse(body).map_err(|_| ResponseError::NotJson)?;
    let Data::Array(content) = &body.get("output").get("message").get("content").data else {
        return Err(no_answer(&body));
    };
    let mut blocks = Vec::with_capacity(content.len());
    let mut seen = Seen::default();
    for value in content {
        blocks.extend(block(value, carry, &mut seen)?);
    }
    Ok(Response {
        id: None,
        model: model(body.get("trace")),
        blocks,
        stop: Some(stop(&body, seen)),
        usage: usage::read(body.get("usage")),
        service_tier: body.get("serviceTier").get("type").as_text(),
        logprobs: None,
    })
}

/// What a body is that has no message: an error, or something unknown.
fn no_answer(body: &Value<'_>) -> ResponseError {
    let told = ["message", "Message"].into_iter().any(|name| body.get(name).as_text().is_some());
    if !told {
        return ResponseError::Unexpected { what: "it has no `output.message.content`" };
    }
    let name = body.get("__type").as_text().unwrap_or_default();
    ResponseError::Failed(Box::new(error::of_body(0, &name.decode(), body)))
}

/// The model that a router chose, without the account that its ARN names; else an answer does not tell.
fn model(trace: &Value<'_>) -> Option<Text<'static>> {
    let invoked = trace.get("promptRouter").get("invokedModelId").as_text()?;
    invoked.decode().rsplit('/').next().map(Text::from_plain)
}

/// Which kinds of tools an answer called.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    /// One of the client's.
    pub(super) tool: bool,
    /// The one that stands in for a JSON schema.
    pub(super) answer: bool,
}

/// Whether a call is none of the client's affair: one that Amazon ran itself, or of the tool that only fills
/// the list.
pub(super) fn is_hidden(call: &Value<'_>) -> bool {
    call.get("type").is("server_tool_use") || call.get("name").is(NO_TOOL)
}

fn block<'a>(value: &Value<'a>, carry: &Carry, seen: &mut Seen) -> Result<Option<Block<'a>>, ResponseError> {
    let Some((kind, inner)) = value.members().iter().find(|(_, inner)| !inner.is_null()) else {
        return Ok(None);
    };
    Ok(match &*kind.decode() {
        "text" => Some(Block::text(inner.as_text().unwrap_or_default())),
        "citationsContent" => Some(cited(inner)),
        "reasoningContent" => reasoning(inner),
        "toolUse" if is_hidden(inner) => None,
        "toolUse" => tool_use(inner, carry, seen)?,
        "image" => image(inner),
        _ => None,
    })
}

fn reasoning<'a>(value: &Value<'a>) -> Option<Block<'a>> {
    if let Some(data) = value.get("redactedContent").as_text() {
        return Some(Block::Redacted(Opaque::new(Origin::Bedrock, data)));
    }
    let told = value.get("reasoningText");
    let signature = told.get("signature").as_text().filter(|text| !text.is_empty());
    let state = signature.map(|data| Opaque::new(Origin::Bedrock, data));
    Some(Block::Thinking { text: told.get("text").as_text()?, state })
}

fn tool_use<'a>(
    value: &Value<'a>,
    carry: &Carry,
    seen: &mut Seen,
) -> Result<Option<Block<'a>>, ResponseError> {
    let text = |name: &str| value.get(name).as_text();
    let (id, name) = text("toolUseId")
        .zip(text("name"))
        .ok_or(ResponseError::Unexpected { what: "a tool call has no id or name" })?;
    let arguments = arguments::read(value.get("input"));
    if carry.is_answer(&name) {
        // Of several answers the first counts: two are no JSON.
        let first = !std::mem::replace(&mut seen.answer, true);
        return Ok(first.then(|| Block::text(Text::from_plain(&arguments))));
    }
    seen.tool = true;
    Ok(Some(Block::ToolUse { id, name: carry.client_name(name), arguments, state: None }))
}

/// Text with its sources.
fn cited<'a>(value: &Value<'a>) -> Block<'a> {
    let mut texts = value.get("content").items().iter().filter_map(|piece| piece.get("text").as_text());
    let first = texts.next().unwrap_or_default();
    let text = match texts.next() {
        None => first,
        Some(second) => {
            let all = [first, second].into_iter().chain(texts);
            let joined: String = all.map(|text| text.decode().into_owned()).collect();
            Text::from_plain(&joined)
        }
    };
    let citations = value.get("citations").items().iter().map(citation).collect();
    Block::Text { text, citations, state: None }
}

/// A source, of whatever kind.
pub(super) fn citation<'a>(value: &Value<'a>) -> Citation<'a> {
    let text = |name: &str| value.get(name).as_text();
    let quotes: Vec<Text<'_>> =
        value.get("sourceContent").items().iter().filter_map(|piece| piece.get("text").as_text()).collect();
    let quote = match quotes.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        several => {
            Some(Text::from_plain(&several.iter().map(Text::decode).collect::<Vec<Cow<'_, str>>>().concat()))
        }
    };
    Citation {
        url: value.get("location").get("web").get("url").as_text().or_else(|| text("source")),
        title: text("title"),
        quote,
        start: None,
        end: None,
    }
}

fn image<'a>(value: &Value<'a>) -> Option<Block<'a>> {
    let data = value.get("source").get("bytes").as_text()?;
    Some(Block::Image { media_type: Text::from_literal(media_type(value.get("format"))), data })
}

/// The type of a picture.
pub(super) fn media_type(format: &Value<'_>) -> &'static str {
    let known = [("jpeg", "image/jpeg"), ("gif", "image/gif"), ("webp", "image/webp")];
    known.into_iter().find(|(word, _)| format.is(word)).map_or("image/png", |(_, media_type)| media_type)
}

/// Why the model stopped. What it did counts more than what it says: an answer with tool calls waits for
/// their results, unless something cut it short.
pub(super) fn stop<'a>(told: &Value<'a>, seen: Seen) -> Stop<'a> {
    let native = told.get("stopReason").as_text();
    let word = native.as_ref().map(Text::decode).unwrap_or_default();
    let (reason, exact) = match &*word {
        "end_turn" | "stop_sequence" | "" => (FinishReason::Stop, true),
        "max_tokens" => (FinishReason::Length, true),
        "tool_use" => (FinishReason::Stop, seen.tool || seen.answer),
        "model_context_window_exceeded" => (FinishReason::Length, false),
        "guardrail_intervened" | "content_filtered" | "refusal" => (FinishReason::ContentFilter, false),
        "malformed_model_output" | "malformed_tool_use" => (FinishReason::Error, false),
        _ => (FinishReason::Stop, false),
    };
    drop(word);
    let reason = if reason == FinishReason::Stop && seen.tool { FinishReason::ToolCalls } else { reason };
    let sequence = told.get("additionalModelResponseFields").get("stop_sequence").as_text();
    Stop { reason, native: native.filter(|_| !exact), refusal: None, sequence }
}
