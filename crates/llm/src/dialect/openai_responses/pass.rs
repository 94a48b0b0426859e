//! Answers of providers that speak this dialect: their bytes pass, and are looked at on the way.

use json::{Data, Value};

use super::events::Events;
use super::stream::error_members;
use super::usage;
use crate::dialect::openai_chat::error_of;
use crate::dialect::{Facts, PassStream};
use crate::provider::Provider;
use crate::sse::{self, TooLarge};
use crate::{AnswerIds, ApiError, Context, FinishReason, ResponseError, Translated, Usage};

/// Looks at a whole answer. One that failed is an error, so that another target may be tried.
pub(super) fn response(
    text: &str,
    ctx: &Context,
    provider: &dyn Provider,
) -> Result<Translated, ResponseError> {
    let body = Value::parse(text).map_err(|_| ResponseError::NotJson)?;
    if !body.get("error").is_null() {
        return Err(ResponseError::Failed(Box::new(provider.decode_error(200, &|_| None, text.as_bytes()))));
    }
    if !matches!(body.get("output").data, Data::Array(_)) {
        return Err(ResponseError::Unexpected { what: "it has no `output`" });
    }
    let mut own = Vec::new();
    if !ctx.ids.are_plain() {
        ctx.ids.write(&body, &mut own);
    }
    // What runs in the background has used nothing yet.
    let estimate = || match stands(&body) {
        Stands::Ended => Usage::estimate(ctx.prompt_bytes, said(body.get("output"))),
        Stands::Under => Usage::default(),
    };
    Ok(Translated {
        unchanged: own.is_empty(),
        body: own,
        usage: usage::read(body.get("usage")).unwrap_or_else(estimate),
        finish_reason: finish(&body),
        model: model(&body),
        kept: Vec::new(),
    })
}

fn model(response: &Value<'_>) -> Option<String> {
    response.get("model").as_text().map(|model| model.decode().into_owned())
}

/// Bytes of what the items say.
fn said(output: &Value<'_>) -> usize {
    output.items().iter().map(|item| item.raw.len()).sum()
}

/// Whether an answer is still being made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stands {
    Under,
    Ended,
}

pub(crate) fn stands(response: &Value<'_>) -> Stands {
    let status = response.get("status");
    if status.is("queued") || status.is("in_progress") { Stands::Under } else { Stands::Ended }
}

/// Why the model stopped; none while it works, or where somebody else made it stop.
pub(crate) fn finish(response: &Value<'_>) -> Option<FinishReason> {
    let called =
        |item: &Value<'_>| item.get("type").is("function_call") || item.get("type").is("custom_tool_call");
    let status = response.get("status");
    let reason = response.get("incomplete_details").get("reason");
    if status.is("incomplete") {
        return Some(if reason.is("content_filter") {
            FinishReason::ContentFilter
        } else {
            FinishReason::Length
        });
    }
    if status.is("failed") {
        return Some(FinishReason::Error);
    }
    let calls = response.get("output").items().iter().any(called);
    status.is("completed").then_some(if calls { FinishReason::ToolCalls } else { FinishReason::Stop })
}

/// Passes one stream, every event as it came.
#[derive(Debug)]
pub(super) struct Stream {
    parser: sse::Parser,
    events: Events,
    ids: AnswerIds,
}

impl PassStream for Stream {
    fn push(&mut self, bytes: &[u8], facts: &mut Facts, out: &mut Vec<u8>) -> Result<(), TooLarge> {
        let Self { parser, events, ids } = self;
        parser.push(bytes, |block| pass(block, (events, ids), facts, out))
    }

    fn finish(&mut self, facts: &mut Facts, out: &mut Vec<u8>) -> Result<(), TooLarge> {
        let Self { parser, events, ids } = self;
        let start = out.len();
        parser.finish(|block| pass(block, (events, ids), facts, out))?;
        if out.len() > start && !out.ends_with(b"\n\n") {
            out.extend_from_slice(b"\n\n");
        }
        Ok(())
    }

    fn fail(&mut self, error: &ApiError, out: &mut Vec<u8>) -> bool {
        self.events.write("error", out, |event| error_members(error, event));
        true
    }
}

// === impl Stream ===

impl Stream {
    pub(super) fn new(ctx: &Context) -> Self {
        Self { parser: sse::Parser::new(ctx.max_event), events: Events::streamed(), ids: ctx.ids.clone() }
    }
}

fn pass(
    block: sse::Block<'_>,
    (events, ids): (&mut Events, &AnswerIds),
    facts: &mut Facts,
    out: &mut Vec<u8>,
) {
    if facts.done {
        return;
    }
    let Some(event) = block.event else {
        out.extend_from_slice(block.raw);
        return;
    };
    let value = std::str::from_utf8(event.data).ok().and_then(|text| Value::parse(text).ok());
    let Some(value) = value else {
        // The client's library would give up on it, and the events after it may be fine.
        facts.skipped += u64::from(event.data.trim_ascii() != b"[DONE]");
        return;
    };
    if let Some(number) = value.get("sequence_number").as_u64() {
        events.passed(number);
    }
    let kind = value.get("type").as_text().unwrap_or_default();
    let kind = kind.decode();
    note(&kind, &value, facts);
    if let Some(error) = error_in(&kind, &value) {
        let error = error.for_client();
        facts.done = true;
        // Of a failed response all is told, but for what names the account.
        if told_as_it_is(&error, value.get("response").get("error")) {
            told((block.raw, &kind, &value), ids, out);
        } else {
            events.write("error", out, |event| error_members(&error, event));
        }
        facts.error = Some(error);
        return;
    }
    told((block.raw, &kind, &value), ids, out);
}

/// Passes an event, with the ids that the client is to see.
fn told((raw, kind, value): (&[u8], &str, &Value<'_>), ids: &AnswerIds, out: &mut Vec<u8>) {
    if ids.are_plain() || value.get("response").is_null() {
        out.extend_from_slice(raw);
        return;
    }
    for part in ["event: ", kind, "\ndata: "] {
        out.extend_from_slice(part.as_bytes());
    }
    ids.write_event(value, out);
    out.extend_from_slice(b"\n\n");
}

fn note(kind: &str, value: &Value<'_>, facts: &mut Facts) {
    let response = value.get("response");
    if facts.model.is_none() {
        facts.model = model(response);
    }
    if let Some(usage) = usage::read(response.get("usage")) {
        facts.usage = Some(usage);
    }
    if let Some(delta) = value.get("delta").as_text() {
        facts.content = true;
        facts.output_bytes = facts.output_bytes.saturating_add(delta.literal().len());
    }
    if kind == "response.output_item.done" {
        facts.content = true;
        facts.signs += 1;
    }
    if matches!(kind, "response.completed" | "response.incomplete") {
        facts.content = true;
        facts.done = true;
        facts.finish_reason = finish(response);
    }
}

/// The error that ends a stream, if this event is one.
pub(crate) fn error_in(kind: &str, event: &Value<'_>) -> Option<ApiError> {
    match kind {
        "response.failed" => Some(error_of(0, event.get("response"))),
        // The error's members stand in the event, or in an object of their own.
        "error" if event.get("error").is_null() => {
            let within = format!(r#"{{"error":{}}}"#, event.raw);
            let mut error = Value::parse(&within).map(|body| error_of(0, &body)).ok()?;
            error.native_type = None;
            Some(error)
        }
        _ if !event.get("error").is_null() => Some(error_of(0, event)),
        _ => None,
    }
}

/// Whether an error says what the provider's does, nothing left out.
fn told_as_it_is(error: &ApiError, told: &Value<'_>) -> bool {
    told.get("message").as_text().is_some_and(|message| message.is(&error.message))
}
