//! Answers of Cohere's own: their bytes pass, and are looked at on the way.

use json::{Data, Value};

use super::stream;
use crate::dialect::{Facts, PassStream};
use crate::provider::{Provider, cohere};
use crate::sse::{self, TooLarge};
use crate::{ApiError, Context, ResponseError, Translated, Usage};

/// Looks at a whole answer.
pub(super) fn response(
    text: &str,
    ctx: &Context,
    provider: &dyn Provider,
) -> Result<Translated, ResponseError> {
    let body = Value::parse(text).map_err(|_| ResponseError::NotJson)?;
    let message = body.get("message");
    if !body.get("error").is_null() || matches!(message.data, Data::String(_)) {
        let error = provider.decode_error(200, &|_| None, text.as_bytes());
        return Err(ResponseError::Failed(Box::new(error)));
    }
    if let Some(error) = cohere::failure(body.get("finish_reason"), body.get("error")) {
        return Err(ResponseError::Failed(Box::new(error)));
    }
    if !matches!(message.data, Data::Object(_)) {
        return Err(ResponseError::Unexpected { what: "it has no `message`" });
    }
    let said = || {
        weight(message.get("content")) + weight(message.get("tool_plan")) + weight(message.get("tool_calls"))
    };
    let calls = !message.get("tool_calls").items().is_empty();
    Ok(Translated {
        body: Vec::new(),
        unchanged: true,
        usage: cohere::usage(body.get("usage")).unwrap_or_else(|| Usage::estimate(ctx.prompt_bytes, said())),
        finish_reason: Some(cohere::stop(body.get("finish_reason"), calls).reason),
        model: None,
        kept: Vec::new(),
    })
}

/// Bytes of what a value says, as far as a model wrote it.
fn weight(value: &Value<'_>) -> usize {
    match &value.data {
        Data::String(text) => text.literal().len(),
        Data::Array(items) => items.iter().map(weight).sum(),
        Data::Object(members) => {
            let said =
                |name: &str| matches!(name, "text" | "thinking" | "tool_plan" | "arguments" | "function");
            members.iter().filter(|(name, _)| said(name.literal())).map(|(_, value)| weight(value)).sum()
        }
        _ => 0,
    }
}

/// Passes one stream: every event as it came, but for those that are no JSON, and errors, which lose what they tell
/// of the gateway's account.
#[derive(Debug)]
pub(super) struct Stream {
    parser: sse::Parser,
    state: State,
}

#[derive(Debug, Default)]
struct State {
    calls: bool,
    /// Whether the message has ended.
    ended: bool,
}

impl PassStream for Stream {
    fn push(&mut self, bytes: &[u8], facts: &mut Facts, out: &mut Vec<u8>) -> Result<(), TooLarge> {
        let Self { parser, state } = self;
        parser.push(bytes, |block| state.block(block, facts, out))
    }

    fn finish(&mut self, facts: &mut Facts, out: &mut Vec<u8>) -> Result<(), TooLarge> {
        let Self { parser, state } = self;
        let start = out.len();
        parser.finish(|block| state.block(block, facts, out))?;
        if out.len() > start && !facts.done && !out.ends_with(b"\n\n") {
            out.extend_from_slice(b"\n\n");
        }
        // A message that has ended is whole, even without the last line.
        if state.ended && !facts.done {
            facts.done = true;
            out.extend_from_slice(b"data: [DONE]\n\n");
        }
        Ok(())
    }
}

// === impl Stream ===

impl Stream {
    pub(super) fn new(ctx: &Context) -> Self {
        Self { parser: sse::Parser::new(ctx.max_event), state: State::default() }
    }
}

// === impl State ===

impl State {
    fn block(&mut self, block: sse::Block<'_>, facts: &mut Facts, out: &mut Vec<u8>) {
        if facts.done {
            return;
        }
        let Some(event) = block.event else {
            out.extend_from_slice(block.raw);
            return;
        };
        if event.data.trim_ascii() == b"[DONE]" {
            // Before the message's end it says nothing.
            if self.ended {
                facts.done = true;
                out.extend_from_slice(b"data: [DONE]\n\n");
            }
            return;
        }
        let value = std::str::from_utf8(event.data).ok().and_then(|text| Value::parse(text).ok());
        let Some(value) = value else {
            // The client's library would give up on it, and the events after it may be fine.
            facts.skipped += 1;
            return;
        };
        match self.note(&value, facts) {
            None => out.extend_from_slice(block.raw),
            Some(error) => {
                let error = error.for_client();
                stream::write_error(&error, out);
                facts.error = Some(error);
                facts.done = true;
            }
        }
    }

    /// Takes in what an event says; gives the error that it is.
    fn note(&mut self, value: &Value<'_>, facts: &mut Facts) -> Option<ApiError> {
        let (kind, delta) = (value.get("type"), value.get("delta"));
        let message = delta.get("message");
        if kind.is("message-end") {
            let reason = delta.get("finish_reason");
            if let Some(error) = cohere::failure(reason, delta.get("error")) {
                return Some(error);
            }
            facts.usage = cohere::usage(delta.get("usage"));
            facts.finish_reason = Some(cohere::stop(reason, self.calls).reason);
            facts.content = true;
            self.ended = true;
        } else if kind.as_text().is_none()
            && (value.get("message").as_text().is_some() || !value.get("error").is_null())
        {
            return Some(cohere::error(value));
        }
        self.calls |= kind.is("tool-call-start");
        facts.content |= kind.is("tool-call-start");
        let bytes = weight(message.get("content"))
            + weight(message.get("tool_plan"))
            + weight(message.get("tool_calls"));
        facts.content |= bytes > 0;
        facts.output_bytes = facts.output_bytes.saturating_add(bytes);
        None
    }
}
