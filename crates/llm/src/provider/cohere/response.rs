//! A whole answer, read into the canonical form.

use std::borrow::Cow;

use json::{Data, Text, Value};

use super::{error, logprobs, usage};
use crate::canonical::{Block, Citation, Response, Stop};
use crate::provider::arguments;
use crate::{Carry, FinishReason, ResponseError};

/// Reads an answer.
pub(super) fn decode<'a>(body: &'a str, carry: &Carry) -> Result<Response<'a>, ResponseError> {
    let body = Value::parse(body).map_err(|_| ResponseError::NotJson)?;
    let message = body.get("message");
    if !body.get("error").is_null() || matches!(message.data, Data::String(_)) {
        return Err(ResponseError::Failed(Box::new(error::of_event(&body))));
    }
    let reason = body.get("finish_reason");
    if let Some(error) = error::of_end(reason, body.get("error")) {
        return Err(ResponseError::Failed(Box::new(error)));
    }
    if !matches!(message.data, Data::Object(_)) {
        return Err(ResponseError::Unexpected { what: "it has no `message`" });
    }
    let mut blocks = Vec::new();
    blocks.extend(said(message, "tool_plan").map(|text| Block::Thinking { text, state: None }));
    content(message, &mut blocks);
    let calls = message.get("tool_calls").items();
    for call in calls {
        blocks.push(tool_use(call, carry)?);
    }
    let logprobs = logprobs::read(body.get("logprobs").items());
    Ok(Response {
        id: body.get("id").as_text(),
        model: None,
        blocks,
        stop: Some(stop(reason, !calls.is_empty())),
        usage: usage::read(body.get("usage")),
        service_tier: None,
        logprobs: logprobs.map(Cow::Owned),
    })
}

/// What an object says in one of its members.
pub(super) fn said<'a>(object: &Value<'a>, member: &str) -> Option<Text<'a>> {
    object.get(member).as_text().filter(|text| !text.is_empty())
}

fn content<'a>(message: &Value<'a>, blocks: &mut Vec<Block<'a>>) {
    let content = message.get("content");
    let citations = message.get("citations").items();
    if let Some(text) = content.as_text().filter(|text| !text.is_empty()) {
        blocks.push(Block::Text {
            text,
            citations: citations.iter().flat_map(sources).collect(),
            state: None,
        });
        return;
    }
    let is_text = |item: &Value<'_>| said(item, "text").is_some();
    let first = content.items().iter().position(is_text);
    for (i, item) in content.items().iter().enumerate() {
        if let Some(text) = said(item, "thinking") {
            blocks.push(Block::Thinking { text, state: None });
        } else if let Some(text) = said(item, "text") {
            // One that does not tell its place is for the first text.
            let here = |citation: &&Value<'_>| {
                let place =
                    citation.get("content_index").as_u64().and_then(|place| usize::try_from(place).ok());
                let known = place.filter(|&place| content.items().get(place).is_some_and(is_text));
                known.or(first) == Some(i)
            };
            let citations = citations.iter().filter(here).flat_map(sources).collect();
            blocks.push(Block::Text { text, citations, state: None });
        }
    }
}

fn tool_use<'a>(call: &Value<'a>, carry: &Carry) -> Result<Block<'a>, ResponseError> {
    let function = call.get("function");
    let (id, name) = said(call, "id")
        .zip(said(function, "name"))
        .ok_or(ResponseError::Unexpected { what: "a tool call has no id or name" })?;
    let arguments = arguments::read(function.get("arguments"));
    Ok(Block::ToolUse { id, name: carry.client_name(name), arguments, state: None })
}

/// The sources of a citation. Those of plans and thoughts are for nothing that a client sees.
pub(super) fn sources<'a>(citation: &Value<'a>) -> Vec<Citation<'a>> {
    let kind = citation.get("type");
    if kind.is("PLAN") || kind.is("THINKING_CONTENT") {
        return Vec::new();
    }
    citation.get("sources").items().iter().map(|source| one_source(citation, source)).collect()
}

fn one_source<'a>(citation: &Value<'a>, source: &Value<'a>) -> Citation<'a> {
    let holders = [source.get("document"), source.get("tool_output")];
    let text = |names: &[&str]| {
        let values = holders.into_iter().flat_map(|holder| names.iter().map(|name| holder.get(name)));
        values.into_iter().find_map(Value::as_text).filter(|text| !text.is_blank())
    };
    Citation {
        url: text(&["url", "link"]),
        title: text(&["title"]).or_else(|| said(source, "id")),
        quote: text(&["snippet", "text", "content"]),
        start: citation.get("start").as_u64(),
        end: citation.get("end").as_u64(),
    }
}

/// Why the model stopped. Calls of tools count more than its word for it.
pub(crate) fn stop<'a>(reason: &Value<'a>, calls: bool) -> Stop<'a> {
    let native = reason.as_text();
    let word = native.as_ref().map(Text::decode).unwrap_or_default();
    let (reason, exact) = match &*word {
        "MAX_TOKENS" => (FinishReason::Length, true),
        "COMPLETE" | "STOP_SEQUENCE" | "" | "TOOL_CALL" if calls => (FinishReason::ToolCalls, true),
        "COMPLETE" | "STOP_SEQUENCE" | "" => (FinishReason::Stop, true),
        "ERROR_TOXIC" => (FinishReason::ContentFilter, false),
        _ if calls => (FinishReason::ToolCalls, false),
        _ => (FinishReason::Stop, false),
    };
    drop(word);
    Stop { native: native.filter(|_| !exact), ..Stop::plain(reason) }
}
