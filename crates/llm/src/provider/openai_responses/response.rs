//! A whole answer, read into the canonical form.

use json::{Data, Text, Value};

use super::items;
use crate::canonical::{Block, Response, Stop};
use crate::dialect::openai_chat::error_of;
use crate::dialect::openai_responses::{finish, read_usage};
use crate::{Carry, FinishReason, ResponseError};

/// Reads an answer. Items that only their vendor has a use for are left out.
pub(super) fn decode<'a>(body: &'a str, carry: &Carry) -> Result<Response<'a>, ResponseError> {
    let body = Value::parse(body).map_err(|_| ResponseError::NotJson)?;
    if !body.get("error").is_null() {
        return Err(ResponseError::Failed(Box::new(error_of(0, &body))));
    }
    let Data::Array(output) = &body.get("output").data else {
        return Err(ResponseError::Unexpected { what: "it has no `output`" });
    };
    let blocks: Vec<Block<'a>> = output.iter().flat_map(|item| items::blocks(item, carry)).collect();
    let called = blocks.iter().any(|block| matches!(block, Block::ToolUse { .. }));
    Ok(Response {
        id: body.get("id").as_text().filter(|id| !id.is_empty()),
        model: body.get("model").as_text().filter(|model| !model.is_empty()),
        blocks,
        stop: Some(stop(&body, called, output.iter().find_map(items::refusal))),
        usage: read_usage(body.get("usage")),
        service_tier: body.get("service_tier").as_text(),
        logprobs: logprobs(output).map(Into::into),
    })
}

/// Why the model stopped. What it did counts more than what it says.
pub(super) fn stop<'a>(body: &Value<'a>, called: bool, refusal: Option<Text<'a>>) -> Stop<'a> {
    let reason = match finish(body) {
        Some(FinishReason::Stop | FinishReason::ToolCalls) | None if called => FinishReason::ToolCalls,
        Some(FinishReason::Stop | FinishReason::ToolCalls) | None if refusal.is_some() => {
            FinishReason::ContentFilter
        }
        Some(FinishReason::ToolCalls) | None => FinishReason::Stop,
        Some(other) => other,
    };
    let told = body.get("incomplete_details").get("reason").as_text();
    let exact = |word: &Text<'_>| word.is("max_output_tokens") || word.is("content_filter");
    Stop { reason, native: told.filter(|word| !exact(word)), refusal, sequence: None }
}

/// The log-probabilities of all text, as one JSON array.
fn logprobs(output: &[Value<'_>]) -> Option<String> {
    let parts = output.iter().flat_map(|item| item.get("content").items());
    let tokens: Vec<&str> =
        parts.flat_map(|part| part.get("logprobs").items()).map(|token| token.raw).collect();
    (!tokens.is_empty()).then(|| format!("[{}]", tokens.join(",")))
}
