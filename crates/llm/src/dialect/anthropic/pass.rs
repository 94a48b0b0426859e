//! Answers of providers that speak this dialect: their bytes pass, and are looked at on the way.

use json::Value;

use super::scan::{Seen, Shape, reason, scan};
use super::stream;
use crate::dialect::{Facts, PassStream};
use crate::provider::Provider;
use crate::provider::anthropic::{Counted, decode_error};
use crate::sse::{self, TooLarge};
use crate::{ApiError, Context, ResponseError, Translated, Usage};

/// Looks at a whole answer.
pub(super) fn response(
    text: &str,
    ctx: &Context,
    provider: &dyn Provider,
) -> Result<Translated, ResponseError> {
    let seen = scan(text).map_err(|_| ResponseError::NotJson)?;
    if seen.shape == Shape::Error {
        return Err(ResponseError::Failed(Box::new(provider.decode_error(200, &|_| None, text.as_bytes()))));
    }
    if seen.shape != Shape::Message {
        return Err(ResponseError::Unexpected { what: "it has no `content`" });
    }
    let mut counted = Counted::default();
    if let Some(usage) = &seen.usage {
        counted.merge(usage);
    }
    let calls = seen.calls;
    Ok(Translated {
        body: Vec::new(),
        unchanged: true,
        usage: counted.usage().unwrap_or_else(|| Usage::estimate(ctx.prompt_bytes, seen.output_bytes)),
        finish_reason: seen.stop.map(|word| reason(&word, calls)),
        model: seen.model.map(|model| model.decode().into_owned()),
        kept: Vec::new(),
    })
}

/// Passes one stream: every event as it came, except errors, which are put into Anthropic's shape, and events that
/// lack the name that clients go by.
#[derive(Debug)]
pub(super) struct Stream {
    parser: sse::Parser,
    state: State,
}

#[derive(Debug)]
struct State {
    request_id: String,
    counted: Counted,
    calls: bool,
    stopped: bool,
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
        if out.len() > start && !out.ends_with(b"\n\n") {
            out.extend_from_slice(b"\n\n");
        }
        // A stream that told why the model stopped is whole, even without its very last event.
        if !facts.done && state.stopped {
            state.end(facts);
            stream::write_stop(out);
        }
        Ok(())
    }

    fn fail(&mut self, error: &ApiError, out: &mut Vec<u8>) -> bool {
        stream::write_error(error, Some(&self.state.request_id), out);
        true
    }
}

// === impl Stream ===

impl Stream {
    pub(super) fn new(ctx: &Context) -> Self {
        let state = State {
            request_id: ctx.request_id.clone(),
            counted: Counted::default(),
            calls: false,
            stopped: false,
        };
        Self { parser: sse::Parser::new(ctx.max_event), state }
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
        let text = std::str::from_utf8(event.data).unwrap_or("not UTF-8");
        let Ok(seen) = scan(text) else {
            // The client's library would give up on it, and the events after it may be fine.
            facts.skipped += 1;
            return;
        };
        if seen.shape == Shape::Error || event.name == b"error" {
            self.fail(text, facts, out);
            return;
        }
        if event.name.is_empty() && !seen.kind.is_empty() {
            out.extend_from_slice(b"event: ");
            out.extend_from_slice(seen.kind.literal().as_bytes());
            out.push(b'\n');
        }
        out.extend_from_slice(block.raw);
        self.note(seen, facts);
    }

    fn note(&mut self, seen: Seen<'_>, facts: &mut Facts) {
        if let Some(usage) = &seen.usage {
            self.counted.merge(usage);
            facts.usage_so_far = self.counted.usage();
        }
        self.calls |= seen.calls;
        facts.content |= seen.content;
        facts.output_bytes = facts.output_bytes.saturating_add(seen.output_bytes);
        if facts.model.is_none() {
            facts.model = seen.model.map(|model| model.decode().into_owned());
        }
        if let Some(word) = seen.stop {
            self.stopped = true;
            facts.content = true;
            facts.finish_reason = facts.finish_reason.or(Some(reason(&word, self.calls)));
        }
        // Before any reason it is a stream that lost events: the end without one tells.
        if seen.kind.is("message_stop") && self.stopped {
            self.end(facts);
        }
    }

    fn end(&self, facts: &mut Facts) {
        facts.usage = self.counted.usage();
        facts.done = true;
    }

    fn fail(&self, text: &str, facts: &mut Facts, out: &mut Vec<u8>) {
        let Ok(value) = Value::parse(text) else { return };
        let mut error = decode_error(0, &value);
        error.native_type = value.get("error").get("type").as_text().map(|kind| kind.decode().into_owned());
        let error = error.for_client();
        stream::write_error(&error, Some(&self.request_id), out);
        facts.error = Some(error);
        facts.done = true;
    }
}
