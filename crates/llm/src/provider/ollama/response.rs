//! A whole answer, read into the canonical form.

use std::borrow::Cow;

use json::{Data, Text, Value};

use super::{error, logprobs};
use crate::canonical::{Block, Response, Stop};
use crate::provider::{arguments, names};
use crate::{FinishReason, ResponseError, Usage};

/// Reads an answer.
pub(super) fn decode(body: &str) -> Result<Response<'_>, ResponseError> {
    let body = Value::parse(body).map_err(|_| ResponseError::NotJson)?;
    if !body.get("error").is_null() {
        return Err(ResponseError::Failed(Box::new(error::of_line(&body))));
    }
    let message = body.get("message");
    if !matches!(message.data, Data::Object(_)) {
        return Err(ResponseError::Unexpected { what: "it has no `message`" });
    }
    let mut blocks = Vec::new();
    blocks.extend(said(message, "thinking").map(|text| Block::Thinking { text, state: None }));
    blocks.extend(said(message, "content").map(Block::text));
    let mut seen = Calls::new(&body);
    for value in message.get("tool_calls").items() {
        let call = seen.read(value).ok_or(ResponseError::Unexpected { what: "a tool call has no name" })?;
        blocks.push(Block::ToolUse { id: call.id, name: call.name, arguments: call.arguments, state: None });
    }
    Ok(Response {
        id: None,
        model: body.get("model").as_text(),
        blocks,
        stop: Some(stop(&body, seen.count > 0)),
        usage: usage(&body),
        service_tier: None,
        logprobs: logprobs::read(body.get("logprobs")).map(Cow::Owned),
    })
}

/// What a message says in one of its members.
pub(super) fn said<'a>(message: &Value<'a>, member: &str) -> Option<Text<'a>> {
    message.get(member).as_text().filter(|text| !text.is_empty())
}

/// A call of a tool.
pub(super) struct Call<'a> {
    pub(super) id: Text<'a>,
    pub(super) name: Text<'a>,
    pub(super) arguments: Cow<'a, str>,
}

/// The calls of one answer. Older servers give them no ids: those made here go by the call's place and by when
/// the answer was made, so that they are the same each time it is read, and others than those of the turns before.
#[derive(Debug, Default)]
pub(super) struct Calls {
    pub(super) count: u64,
    made: u64,
}

// === impl Calls ===

impl Calls {
    /// The calls of the answer that this object is, or begins.
    pub(super) fn new(body: &Value<'_>) -> Self {
        let made = body.get("created_at").as_text().unwrap_or_default();
        let hash = names::hash(&made.decode());
        Self { count: 0, made: hash }
    }

    /// Reads the next call; none if it has no name.
    pub(super) fn read<'a>(&mut self, value: &Value<'a>) -> Option<Call<'a>> {
        let function = value.get("function");
        let name = said(function, "name")?;
        let made = || Text::from_plain(&format!("call_{}_{:08x}", self.count, self.made >> 32));
        let id = said(value, "id").unwrap_or_else(made);
        self.count += 1;
        Some(Call { id, name, arguments: arguments::read(function.get("arguments")) })
    }
}

/// Why the model stopped. It never says that it waits for tools.
pub(crate) fn stop<'a>(body: &Value<'a>, calls: bool) -> Stop<'a> {
    let native = said(body, "done_reason");
    let word = native.as_ref().map(Text::decode).unwrap_or_default();
    let (reason, exact) = match &*word {
        "stop" | "" if calls => (FinishReason::ToolCalls, true),
        "stop" | "" => (FinishReason::Stop, true),
        "length" => (FinishReason::Length, true),
        _ if calls => (FinishReason::ToolCalls, false),
        _ => (FinishReason::Stop, false),
    };
    drop(word);
    Stop { native: native.filter(|_| !exact), ..Stop::plain(reason) }
}

/// What was used; none if it is not told in full. The prompt's count is missing where all of it was cached, and
/// is no zero then.
pub(crate) fn usage(body: &Value<'_>) -> Option<Usage> {
    let count = |name: &str| body.get(name).as_u64();
    let (input, output) = (count("prompt_eval_count")?, count("eval_count").unwrap_or(0));
    Some(Usage { input, output, ..Usage::default() })
}
