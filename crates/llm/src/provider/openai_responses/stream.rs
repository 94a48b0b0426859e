//! A streamed answer, read into canonical events. Items come one after the other; one that comes amid another, or of
//! which nothing came before its end, is told whole.

mod open;

use std::collections::{BTreeMap, BTreeSet};

use json::{Data, Text, Value};

use self::open::Open;
use super::items::{self, Kind};
use super::response::stop;
use crate::Carry;
use crate::canonical::{Block, BlockStart, Delta, Event};
use crate::dialect::openai_responses::{error_in, read_usage};
use crate::provider::{Sink, StreamDecoder};
use crate::sse::{self, TooLarge};

/// Reads one stream.
#[derive(Debug)]
pub(super) struct Decoder {
    parser: sse::Parser,
    state: State,
    limit: usize,
}

#[derive(Debug, Default)]
struct State {
    carry: Carry,
    /// The item that is open, and its index.
    open: Option<(u64, Open)>,
    /// Items that became whole while another was open, as JSON, by their index.
    waiting: BTreeMap<u64, String>,
    waiting_bytes: usize,
    /// The items that were told, or are open.
    told: BTreeSet<u64>,
    /// Whether a tool was called.
    called: bool,
    /// Why the model refused, as a JSON literal.
    refusal: Option<String>,
    started: bool,
    ended: bool,
}

/// What is not there.
static NOTHING: Value<'static> = Value { raw: "null", data: Data::Null };

// === impl Decoder ===

impl Decoder {
    pub(super) fn new(carry: Carry, limit: usize) -> Self {
        Self { parser: sse::Parser::new(limit), state: State { carry, ..State::default() }, limit }
    }

    fn check(&self) -> Result<(), TooLarge> {
        let too_large = self.state.waiting_bytes > self.limit;
        if too_large { Err(TooLarge { limit: self.limit }) } else { Ok(()) }
    }
}

impl StreamDecoder for Decoder {
    fn push(&mut self, bytes: &[u8], sink: Sink<'_>) -> Result<(), TooLarge> {
        let Self { parser, state, .. } = self;
        parser.push(bytes, |block| state.block(block, sink))?;
        self.check()
    }

    fn finish(&mut self, sink: Sink<'_>) -> Result<(), TooLarge> {
        let Self { parser, state, .. } = self;
        parser.finish(|block| state.block(block, sink))
    }
}

// === impl State ===

impl State {
    fn block(&mut self, block: sse::Block<'_>, sink: Sink<'_>) {
        if self.ended {
            return;
        }
        let Some(event) = block.event else {
            if block.raw.trim_ascii().starts_with(b":") {
                sink(Event::Pause);
            }
            return;
        };
        // One event that cannot be read is passed over; the ones after it may be fine.
        let value = std::str::from_utf8(event.data).ok().and_then(|text| Value::parse(text).ok());
        let Some(value) = value else {
            if event.data.trim_ascii() != b"[DONE]" {
                sink(Event::Skipped);
            }
            return;
        };
        let kind = value.get("type").as_text().unwrap_or_default();
        let kind = kind.decode();
        if let Some(error) = error_in(&kind, &value) {
            self.ended = true;
            sink(Event::Error(error));
            return;
        }
        self.event(&kind, &value, sink);
    }

    fn event(&mut self, kind: &str, event: &Value<'_>, sink: Sink<'_>) {
        let index = event.get("output_index").as_u64().unwrap_or(0);
        match kind {
            "response.created" => self.start(event.get("response"), sink),
            "response.in_progress" | "response.queued" => {
                self.start(event.get("response"), sink);
                sink(Event::Pause);
            }
            "response.output_item.added" => self.added(index, event.get("item"), sink),
            "response.output_item.done" => self.done(index, event.get("item"), sink),
            "response.completed" | "response.incomplete" => self.end(event.get("response"), sink),
            _ => {
                let open = self.open.as_mut().filter(|(open, _)| *open == index);
                let understood = open.is_some_and(|(_, open)| open.event(kind, event, sink));
                // What hosted tools do is a sign of life.
                if !understood && kind.contains("_call.") {
                    sink(Event::Pause);
                }
            }
        }
    }

    fn start(&mut self, response: &Value<'_>, sink: Sink<'_>) {
        if !std::mem::replace(&mut self.started, true) {
            let text = |name: &str| response.get(name).as_text().filter(|text| !text.is_empty());
            sink(Event::Start { id: text("id"), model: text("model") });
        }
    }

    /// An item begins. Beside one that is open it is told at its end.
    fn added(&mut self, index: u64, item: &Value<'_>, sink: Sink<'_>) {
        self.start(&NOTHING, sink);
        if self.open.is_some() || self.told.contains(&index) {
            return;
        }
        let open = match Kind::of(item) {
            Kind::Message => Open::message(),
            Kind::Reasoning => Open::reasoning(),
            Kind::Call => match items::call_head(item, &self.carry) {
                Some((id, name)) if item.get("type").is("function_call") => {
                    self.called = true;
                    sink(Event::Block(BlockStart::ToolUse { id, name, state: None }));
                    Open::call()
                }
                _ => return,
            },
            Kind::Image | Kind::Other => return,
        };
        self.told.insert(index);
        self.open = Some((index, open));
    }

    /// An item is whole.
    fn done(&mut self, index: u64, item: &Value<'_>, sink: Sink<'_>) {
        self.start(&NOTHING, sink);
        match self.open.take() {
            Some((open_index, open)) if open_index == index => {
                open.end(item, sink);
                self.note_refusal(item);
                self.tell_waiting(sink);
            }
            Some(open) => {
                self.open = Some(open);
                self.waiting_bytes = self.waiting_bytes.saturating_add(item.raw.len());
                self.waiting.insert(index, item.raw.to_owned());
            }
            None => self.tell(index, item, sink),
        }
    }

    /// Tells items that waited for the end of another.
    fn tell_waiting(&mut self, sink: Sink<'_>) {
        self.waiting_bytes = 0;
        for (index, item) in std::mem::take(&mut self.waiting) {
            if let Ok(item) = Value::parse(&item) {
                self.tell(index, &item, sink);
            }
        }
    }

    /// Tells an item at once.
    fn tell(&mut self, index: u64, item: &Value<'_>, sink: Sink<'_>) {
        if !self.told.insert(index) {
            return;
        }
        self.note_refusal(item);
        for block in items::blocks(item, &self.carry) {
            self.called |= matches!(block, Block::ToolUse { .. });
            open::tell(&block, sink);
        }
        for token in item.get("content").items().iter().map(|part| part.get("logprobs")) {
            if !token.items().is_empty() {
                sink(Event::Block(BlockStart::Text));
                sink(Event::Delta(Delta::Logprobs(token.raw)));
                sink(Event::BlockEnd);
            }
        }
    }

    fn note_refusal(&mut self, item: &Value<'_>) {
        if self.refusal.is_none() {
            self.refusal = items::refusal(item).map(|text| text.literal().to_owned());
        }
    }

    fn end(&mut self, response: &Value<'_>, sink: Sink<'_>) {
        self.start(response, sink);
        let output = response.get("output").items();
        // What was not told to its end stands here.
        if let Some((index, open)) = self.open.take() {
            let item = usize::try_from(index).ok().and_then(|index| output.get(index));
            open.end(item.unwrap_or(&NOTHING), sink);
        }
        self.tell_waiting(sink);
        // A server may tell all at the end.
        let untold = if self.told.is_empty() { output } else { &[] };
        for (index, item) in untold.iter().enumerate() {
            self.tell(u64::try_from(index).unwrap_or(u64::MAX), item, sink);
        }
        self.ended = true;
        let refusal = self.refusal.as_deref().map(Text::from_literal);
        sink(Event::Stop(stop(response, self.called, refusal)));
        if let Some(usage) = read_usage(response.get("usage")) {
            sink(Event::Usage { usage, last: true });
        }
        sink(Event::End);
    }
}
