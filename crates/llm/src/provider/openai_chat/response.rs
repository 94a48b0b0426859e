//! A whole answer, read into the canonical form.

use json::{Text, Value};

use super::parts::{self, Piece};
use crate::canonical::{Block, Citation, Opaque, Origin, Response, Stop};
use crate::dialect::openai_chat::{error_of, read_usage, reason};
use crate::provider::arguments;
use crate::{Carry, FinishReason, ResponseError, Usage};

/// Reads an answer: the first of its choices.
pub(super) fn decode<'a>(body: &'a str, carry: &Carry) -> Result<Response<'a>, ResponseError> {
    let body = Value::parse(body).map_err(|_| ResponseError::NotJson)?;
    if is_error(&body) {
        return Err(ResponseError::Failed(Box::new(error_of(200, &body))));
    }
    let choice = body
        .get("choices")
        .items()
        .first()
        .ok_or(ResponseError::Unexpected { what: "it has no `choices`" })?;
    let message = choice.get("message");
    let mut blocks = said(message, &body);
    let calls = tool_calls(&body, message, carry);
    let called = !calls.is_empty();
    blocks.extend(calls);
    blocks.extend(parts::images(message).map(|(media_type, data)| Block::Image { media_type, data }));
    let logprobs = choice.get("logprobs").get("content");
    Ok(Response {
        id: body.get("id").as_text().filter(|id| !id.is_empty()),
        model: body.get("model").as_text().filter(|model| !model.is_empty()),
        blocks,
        stop: Some(stop(choice, called, refusal(message))),
        usage: usage_of(&body),
        service_tier: body.get("service_tier").as_text(),
        logprobs: Some(logprobs).filter(|list| !list.items().is_empty()).map(|list| list.raw.into()),
    })
}

/// Whether a body or a chunk is an error, in any of the shapes that imitators give it.
pub(super) fn is_error(body: &Value<'_>) -> bool {
    let refused = body.get("base_resp").get("status_code").as_u64().is_some_and(|code| code != 0);
    let silent = body.get("choices").items().is_empty();
    let told = ["message", "detail", "errors", "fault"].iter().any(|name| !body.get(name).is_null());
    !body.get("error").is_null() || (silent && refused) || (body.get("choices").is_null() && told)
}

/// What was used, wherever it is told.
pub(super) fn usage_of(body: &Value<'_>) -> Option<Usage> {
    let choice = body.get("choices").items().first();
    read_usage(body.get("usage"))
        .or_else(|| read_usage(body.get("x_groq").get("usage")))
        .or_else(|| read_usage(choice?.get("usage")))
}

/// Reasoning and text. Sources that are told for the answer as a whole go to its last text.
fn said<'a>(message: &Value<'a>, body: &Value<'a>) -> Vec<Block<'a>> {
    let mut blocks = Vec::new();
    if let Some(text) = parts::reasoning(message) {
        blocks.push(Block::Thinking { text, state: None });
    }
    parts::content(message.get("content"), &mut |piece| match piece {
        Piece::Text(text) => blocks.push(Block::text(text)),
        Piece::Thinking { text, signature } => {
            let state = signature.map(|data| Opaque::new(Origin::Mistral, data));
            blocks.push(Block::Thinking { text, state });
        }
        Piece::Source(citation) => match blocks.last_mut() {
            Some(Block::Text { citations, .. }) => citations.push(citation),
            _ => blocks.push(Block::Text { text: Text::default(), citations: vec![citation], state: None }),
        },
    });
    let sources: Vec<Citation<'a>> = parts::annotations(message).chain(parts::sources(body)).collect();
    let last = blocks.iter_mut().rev().find_map(|block| match block {
        Block::Text { citations, .. } => Some(citations),
        _ => None,
    });
    if let Some(citations) = last {
        citations.extend(sources);
    }
    blocks
}

fn refusal<'a>(message: &Value<'a>) -> Option<Text<'a>> {
    message.get("refusal").as_text().filter(|text| !text.is_blank())
}

fn tool_calls<'a>(body: &Value<'a>, message: &Value<'a>, carry: &Carry) -> Vec<Block<'a>> {
    let mut blocks = Vec::new();
    let old = message.get("function_call");
    let calls = message.get("tool_calls").items().iter().map(|call| (call, call.get("function")));
    for (call, function) in calls.chain([(old, old)]) {
        let Some(name) = function.get("name").as_text().filter(|name| !name.is_empty()) else { continue };
        let id = call.get("id").as_text().filter(|id| !id.is_empty());
        blocks.push(Block::ToolUse {
            id: id.unwrap_or_else(|| made_id(body.get("id").as_text().as_ref(), blocks.len())),
            name: carry.client_name(name),
            arguments: arguments::read(function.get("arguments")),
            state: parts::call_state(call),
        });
    }
    blocks
}

/// The id of a call that has none, the `nth` of its answer.
pub(super) fn made_id(answer: Option<&Text<'_>>, nth: usize) -> Text<'static> {
    let answer = answer.map(Text::decode).unwrap_or_default();
    Text::from_plain(&format!("call_{answer}_{nth}"))
}

/// Why the model stopped. What it did counts more than what it says: an answer with tool calls waits for
/// their results, unless something cut it short.
pub(super) fn stop<'a>(choice: &Value<'a>, called: bool, refusal: Option<Text<'a>>) -> Stop<'a> {
    let native = choice.get("finish_reason").as_text();
    let told = native.as_ref().and_then(reason).unwrap_or(FinishReason::Stop);
    let reason = match told {
        FinishReason::Stop | FinishReason::ToolCalls if called => FinishReason::ToolCalls,
        FinishReason::Stop | FinishReason::ToolCalls if refusal.is_some() => FinishReason::ContentFilter,
        FinishReason::ToolCalls => FinishReason::Stop,
        other => other,
    };
    let exact = ["", "stop", "length", "tool_calls", "function_call", "content_filter", "error"];
    let inexact = |word: &Text<'_>| !exact.iter().any(|known| word.is(known));
    Stop { reason, native: native.filter(inexact), refusal, sequence: choice.get("stop_reason").as_text() }
}
