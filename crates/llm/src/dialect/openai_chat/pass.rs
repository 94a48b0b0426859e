//! Answers of providers that speak this dialect: their bytes pass, and are looked at on the way.

use json::Value;

use super::scan::{Seen, scan};
use super::{error, stream};
use crate::dialect::{Facts, PassStream};
use crate::provider::Provider;
use crate::sse::{self, TooLarge};
use crate::{ApiError, Context, ResponseError, Translated, Usage};

/// Looks at a whole answer.
pub(super) fn response(
    text: &str,
    ctx: &Context,
    provider: &dyn Provider,
) -> Result<Translated, ResponseError> {
    let seen = scan(text).map_err(|_| ResponseError::NotJson)?;
    if seen.choices.is_none() || seen.error {
        return Err(if seen.error {
            ResponseError::Failed(Box::new(provider.decode_error(200, &|_| None, text.as_bytes())))
        } else {
            ResponseError::Unexpected { what: "it has no `choices`" }
        });
    }
    Ok(Translated {
        body: Vec::new(),
        unchanged: true,
        usage: seen.usage.unwrap_or_else(|| Usage::estimate(ctx.prompt_bytes, seen.output_bytes)),
        finish_reason: seen.finish,
        model: seen.model.map(|model| model.decode().into_owned()),
        kept: Vec::new(),
    })
}

/// Passes one stream: every event as it came, except the one that only tells usage, if the client did not
/// ask for it, and errors, which are put into OpenAI's shape.
#[derive(Debug)]
pub(super) struct Stream {
    parser: sse::Parser,
    state: State,
}

#[derive(Debug)]
struct State {
    hide_usage: bool,
    /// Choices that began and that ended, as bits.
    present: u64,
    finished: u64,
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
        // Some end without `[DONE]`; all choices having told why they stopped, the answer is whole.
        if !facts.done && state.finished != 0 && state.finished == state.present {
            facts.done = true;
            out.extend_from_slice(b"data: [DONE]\n\n");
        }
        Ok(())
    }
}

// === impl Stream ===

impl Stream {
    pub(super) fn new(ctx: &Context) -> Self {
        Self {
            parser: sse::Parser::new(ctx.max_event),
            state: State { hide_usage: !ctx.include_usage, present: 0, finished: 0 },
        }
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
            facts.done = true;
            out.extend_from_slice(b"data: [DONE]\n\n");
            return;
        }
        let text = std::str::from_utf8(event.data).unwrap_or("not UTF-8");
        let Ok(seen) = scan(text) else {
            // The client's library would give up on it, and the events after it may be fine.
            facts.skipped += 1;
            return;
        };
        if seen.error || event.name == b"error" {
            let error = Value::parse(text).map(|value| error::of_body(0, &value));
            if let Ok(error) = error {
                fail(error, facts, out);
                return;
            }
        }
        let no_choice = seen.choices == Some(0);
        let only_usage = no_choice && seen.usage.is_some();
        self.note(seen, facts);
        // Azure tells what its filter thinks in chunks without a choice, at which many clients fall.
        let hidden = if only_usage { self.hide_usage } else { no_choice };
        if !hidden {
            out.extend_from_slice(block.raw);
        }
    }

    fn note(&mut self, seen: Seen<'_>, facts: &mut Facts) {
        self.present |= seen.present;
        self.finished |= seen.finished;
        facts.usage = seen.usage.or(facts.usage);
        facts.finish_reason = facts.finish_reason.or(seen.finish);
        facts.content |= seen.content || seen.finish.is_some();
        facts.output_bytes = facts.output_bytes.saturating_add(seen.output_bytes);
        if facts.model.is_none() {
            facts.model = seen.model.map(|model| model.decode().into_owned());
        }
    }
}

/// Ends a stream with an error of its provider's.
pub(crate) fn fail(error: ApiError, facts: &mut Facts, out: &mut Vec<u8>) {
    let error = error.for_client();
    stream::write_error(&error, out);
    facts.error = Some(error);
    facts.done = true;
}
