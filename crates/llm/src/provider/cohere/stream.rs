//! A streamed answer, read into canonical events.

use json::{Text, Value};

use super::response::{said, sources, stop};
use super::{error, logprobs, usage};
use crate::canonical::{BlockStart, Delta, Event};
use crate::provider::{Sink, StreamDecoder};
use crate::sse::{self, TooLarge};
use crate::{ApiError, Carry};

/// Reads one stream.
#[derive(Debug)]
pub(super) struct Decoder {
    parser: sse::Parser,
    state: State,
}

#[derive(Debug, Default)]
struct State {
    carry: Carry,
    open: Open,
    started: bool,
    calls: bool,
    ended: bool,
}

/// The block that is open. Text stays open beyond its end until something else comes, since its citations follow it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Open {
    #[default]
    None,
    Text,
    Thinking,
    /// A tool call, and whether any argument came.
    Tool {
        empty: bool,
    },
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
        if event.data.trim_ascii() == b"[DONE]" {
            return;
        }
        // One event that cannot be read is passed over; the ones after it may be fine.
        let value = std::str::from_utf8(event.data).ok().and_then(|text| Value::parse(text).ok());
        let Some(value) = value else {
            sink(Event::Skipped);
            return;
        };
        self.event(&value, sink);
    }

    fn event(&mut self, value: &Value<'_>, sink: Sink<'_>) {
        let message = value.get("delta").get("message");
        let kind = value.get("type").as_text().unwrap_or_default();
        match &*kind.decode() {
            "message-start" => self.start(value.get("id").as_text(), sink),
            "content-start" => self.content_start(message.get("content"), sink),
            "content-delta" => self.content(message.get("content"), Some(value.get("logprobs")), sink),
            "tool-plan-delta" => {
                if let Some(text) = said(message, "tool_plan") {
                    self.thinking(text, sink);
                }
            }
            "tool-call-start" => self.call(message.get("tool_calls"), sink),
            "tool-call-delta" => {
                if let Some(json) = said(message.get("tool_calls").get("function"), "arguments") {
                    self.arguments(json, sink);
                }
            }
            "tool-call-end" => self.close(sink),
            "citation-start" => self.citation(message.get("citations"), sink),
            "message-end" => self.end(value.get("delta"), sink),
            "content-end" | "citation-end" | "debug" => {}
            _ if !value.get("message").is_null() || !value.get("error").is_null() => {
                self.fail(error::of_event(value), sink);
            }
            _ => {}
        }
    }

    fn start(&mut self, id: Option<Text<'_>>, sink: Sink<'_>) {
        if !std::mem::replace(&mut self.started, true) {
            sink(Event::Start { id, model: None });
        }
    }

    fn fail(&mut self, error: ApiError, sink: Sink<'_>) {
        self.ended = true;
        sink(Event::Error(error));
    }

    /// A new part of the content, even of the kind of the one before.
    fn content_start(&mut self, content: &Value<'_>, sink: Sink<'_>) {
        self.close(sink);
        self.content(content, None, sink);
    }

    fn content(&mut self, content: &Value<'_>, logprobs: Option<&Value<'_>>, sink: Sink<'_>) {
        if let Some(text) = said(content, "thinking") {
            self.thinking(text, sink);
        }
        if let Some(text) = said(content, "text") {
            self.open(Open::Text, sink);
            sink(Event::Delta(Delta::Text(text)));
            let told = logprobs.filter(|told| !told.is_null()).map(std::slice::from_ref);
            if let Some(content) = told.and_then(logprobs::read) {
                sink(Event::Delta(Delta::Logprobs(&content)));
            }
        }
    }

    fn thinking(&mut self, text: Text<'_>, sink: Sink<'_>) {
        self.open(Open::Thinking, sink);
        sink(Event::Delta(Delta::Thinking(text)));
    }

    fn open(&mut self, block: Open, sink: Sink<'_>) {
        self.start(None, sink);
        if self.open == block {
            return;
        }
        self.close(sink);
        self.open = block;
        sink(Event::Block(if block == Open::Thinking { BlockStart::Thinking } else { BlockStart::Text }));
    }

    fn call(&mut self, call: &Value<'_>, sink: Sink<'_>) {
        self.start(None, sink);
        self.close(sink);
        let function = call.get("function");
        let (Some(id), Some(name)) = (said(call, "id"), said(function, "name")) else {
            sink(Event::Skipped);
            return;
        };
        self.calls = true;
        self.open = Open::Tool { empty: true };
        sink(Event::Block(BlockStart::ToolUse { id, name: self.carry.client_name(name), state: None }));
        if let Some(json) = said(function, "arguments") {
            self.arguments(json, sink);
        }
    }

    fn arguments(&mut self, json: Text<'_>, sink: Sink<'_>) {
        if let Open::Tool { empty } = &mut self.open {
            *empty = false;
            sink(Event::Delta(Delta::Arguments(json)));
        }
    }

    fn citation(&mut self, citation: &Value<'_>, sink: Sink<'_>) {
        if self.open == Open::Text {
            for source in sources(citation) {
                sink(Event::Delta(Delta::Citation(source)));
            }
        }
    }

    fn close(&mut self, sink: Sink<'_>) {
        match std::mem::take(&mut self.open) {
            Open::None => return,
            // A call without arguments may come without any delta.
            Open::Tool { empty: true } => sink(Event::Delta(Delta::Arguments(Text::from_literal("{}")))),
            _ => {}
        }
        sink(Event::BlockEnd);
    }

    fn end(&mut self, delta: &Value<'_>, sink: Sink<'_>) {
        let (reason, told) = (delta.get("finish_reason"), delta.get("error"));
        if let Some(error) = error::of_end(reason, told) {
            self.fail(error, sink);
            return;
        }
        self.start(None, sink);
        self.close(sink);
        self.ended = true;
        sink(Event::Stop(stop(reason, self.calls)));
        if let Some(usage) = usage::read(delta.get("usage")) {
            sink(Event::Usage { usage, last: true });
        }
        sink(Event::End);
    }
}
