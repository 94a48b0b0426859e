//! A streamed answer, read into canonical events.

use json::{Text, Value};

use super::error;
use super::response::{Seen, citation, stop};
use super::usage::Counted;
use crate::Carry;
use crate::canonical::{BlockStart, Delta, Event, Opaque, Origin};
use crate::provider::{Sink, StreamDecoder};
use crate::sse::{self, TooLarge};

/// Reads one stream.
#[derive(Debug)]
pub(super) struct Decoder {
    parser: sse::Parser,
    state: State,
}

#[derive(Debug, Default)]
struct State {
    carry: Carry,
    counted: Counted,
    seen: Seen,
    open: Open,
    started: bool,
    stopped: bool,
    ended: bool,
}

/// The block that is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Open {
    #[default]
    None,
    Text,
    Thinking,
    /// One that needs no deltas.
    Redacted,
    /// A tool call, and whether any argument came.
    Tool {
        empty: bool,
    },
    /// The tool that stands in for a JSON schema: its arguments are the text.
    Answer {
        empty: bool,
    },
    /// A kind that is left out.
    Other,
}

// === impl Decoder ===

impl Decoder {
    pub(super) fn new(carry: Carry, limit: usize) -> Self {
        Self { parser: sse::Parser::new(limit), state: State { carry, ..State::default() } }
    }
}

impl StreamDecoder for Decoder {
    fn push(&mut self, bytes: &[u8], sink: Sink<'_>) -> Result<(), TooLarge> {
        let Self { parser, state } = self;
        parser.push(bytes, |block| state.block(block, sink))
    }

    fn finish(&mut self, sink: Sink<'_>) -> Result<(), TooLarge> {
        let Self { parser, state } = self;
        parser.finish(|block| state.block(block, sink))?;
        // A stream that told why the model stopped is whole, even without its very last event.
        if state.stopped {
            state.end(sink);
        }
        Ok(())
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
            sink(Event::Skipped);
            return;
        };
        let kind = value.get("type").as_text().unwrap_or_default();
        match &*kind.decode() {
            "content_block_delta" => self.delta(value.get("delta"), sink),
            "content_block_start" => self.block_start(value.get("content_block"), sink),
            "content_block_stop" => self.block_stop(sink),
            "message_start" => self.start(value.get("message"), sink),
            "message_delta" => self.message_delta(&value, sink),
            "message_stop" => self.end(sink),
            "ping" => sink(Event::Pause),
            "error" => {
                self.ended = true;
                sink(Event::Error(error::of_body(0, &value)));
            }
            _ if !value.get("error").is_null() => {
                self.ended = true;
                sink(Event::Error(error::of_body(0, &value)));
            }
            _ => {}
        }
    }

    fn start(&mut self, message: &Value<'_>, sink: Sink<'_>) {
        self.counted.merge(message.get("usage"));
        if let Some(usage) = self.counted.usage() {
            sink(Event::Usage { usage, last: false });
        }
        if !std::mem::replace(&mut self.started, true) {
            sink(Event::Start { id: message.get("id").as_text(), model: message.get("model").as_text() });
        }
    }

    fn ensure_started(&mut self, sink: Sink<'_>) {
        if !std::mem::replace(&mut self.started, true) {
            sink(Event::Start { id: None, model: None });
        }
    }

    fn block_start(&mut self, block: &Value<'_>, sink: Sink<'_>) {
        self.ensure_started(sink);
        self.block_stop(sink);
        let text = |name: &str| block.get(name).as_text().unwrap_or_default();
        let kind = text("type");
        self.open = match &*kind.decode() {
            "text" => {
                sink(Event::Block(BlockStart::Text));
                Open::Text
            }
            "thinking" => {
                sink(Event::Block(BlockStart::Thinking));
                Open::Thinking
            }
            "redacted_thinking" => {
                sink(Event::Block(BlockStart::Redacted(Opaque::new(Origin::Anthropic, text("data")))));
                Open::Redacted
            }
            // Of several answers the first counts: two are no JSON.
            "tool_use" if self.carry.is_answer(&text("name")) && self.seen.answer => Open::Other,
            "tool_use" if self.carry.is_answer(&text("name")) => {
                self.seen.answer = true;
                sink(Event::Block(BlockStart::Text));
                Open::Answer { empty: true }
            }
            "tool_use" => {
                self.seen.tool = true;
                let name = self.carry.client_name(text("name"));
                sink(Event::Block(BlockStart::ToolUse { id: text("id"), name, state: None }));
                Open::Tool { empty: true }
            }
            _ => Open::Other,
        };
        self.first_content(block, sink);
    }

    /// A block may begin with its content, or all of it.
    fn first_content(&mut self, block: &Value<'_>, sink: Sink<'_>) {
        let text = |name: &str| block.get(name).as_text().filter(|text| !text.is_empty());
        match self.open {
            Open::Text => {
                if let Some(text) = text("text") {
                    sink(Event::Delta(Delta::Text(text)));
                }
            }
            Open::Thinking => {
                if let Some(text) = text("thinking") {
                    sink(Event::Delta(Delta::Thinking(text)));
                }
                if let Some(signature) = text("signature") {
                    sink(Event::Delta(Delta::State(Opaque::new(Origin::Anthropic, signature))));
                }
            }
            Open::Tool { .. } | Open::Answer { .. } => {
                let input = block.get("input");
                if !input.members().is_empty() {
                    self.arguments(Text::from_plain(input.raw), sink);
                }
            }
            Open::None | Open::Redacted | Open::Other => {}
        }
    }

    fn delta(&mut self, delta: &Value<'_>, sink: Sink<'_>) {
        let text = |name: &str| delta.get(name).as_text().filter(|text| !text.is_empty());
        match self.open {
            Open::Text => {
                if let Some(text) = text("text") {
                    sink(Event::Delta(Delta::Text(text)));
                } else if !delta.get("citation").is_null() {
                    sink(Event::Delta(Delta::Citation(citation(delta.get("citation")))));
                }
            }
            Open::Thinking => {
                if let Some(text) = text("thinking") {
                    sink(Event::Delta(Delta::Thinking(text)));
                } else if let Some(signature) = text("signature") {
                    sink(Event::Delta(Delta::State(Opaque::new(Origin::Anthropic, signature))));
                }
            }
            Open::Tool { .. } | Open::Answer { .. } => {
                if let Some(json) = text("partial_json") {
                    self.arguments(json, sink);
                }
            }
            Open::None | Open::Redacted | Open::Other => {}
        }
    }

    fn arguments(&mut self, json: Text<'_>, sink: Sink<'_>) {
        match &mut self.open {
            Open::Tool { empty } => {
                *empty = false;
                sink(Event::Delta(Delta::Arguments(json)));
            }
            Open::Answer { empty } => {
                *empty = false;
                sink(Event::Delta(Delta::Text(json)));
            }
            _ => {}
        }
    }

    fn block_stop(&mut self, sink: Sink<'_>) {
        match self.open {
            Open::None => return,
            // A call without arguments may come without any delta.
            Open::Tool { empty: true } | Open::Answer { empty: true } => {
                self.arguments(Text::from_literal("{}"), sink);
            }
            _ => {}
        }
        if self.open != Open::Other {
            sink(Event::BlockEnd);
        }
        self.open = Open::None;
    }

    fn message_delta(&mut self, value: &Value<'_>, sink: Sink<'_>) {
        self.counted.merge(value.get("usage"));
        let delta = value.get("delta");
        let reason = delta.get("stop_reason");
        if reason.is_null() || std::mem::replace(&mut self.stopped, true) {
            return;
        }
        self.ensure_started(sink);
        self.block_stop(sink);
        sink(Event::Stop(stop(delta, self.seen)));
    }

    fn end(&mut self, sink: Sink<'_>) {
        if self.ended {
            return;
        }
        // `message_stop` before any reason is a stream that lost events: the end without one tells.
        if !self.stopped {
            return;
        }
        self.ended = true;
        if let Some(usage) = self.counted.usage() {
            sink(Event::Usage { usage, last: true });
        }
        sink(Event::End);
    }
}
