//! A streamed answer, one JSON object a line, read into canonical events.

use json::{Data, Text, Value};

use super::response::{Calls, said, stop, usage};
use super::{error, logprobs};
use crate::canonical::{BlockStart, Delta, Event};
use crate::lines::Lines;
use crate::provider::{Sink, StreamDecoder};
use crate::sse::TooLarge;

/// Reads one stream.
#[derive(Debug)]
pub(super) struct Decoder {
    lines: Lines,
    state: State,
}

#[derive(Debug, Default)]
struct State {
    /// The calls so far; none before the first line.
    calls: Option<Calls>,
    open: Open,
    ended: bool,
}

/// The block that is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Open {
    #[default]
    None,
    Text,
    Thinking,
}

// === impl Decoder ===

impl Decoder {
    pub(super) fn new(limit: usize) -> Self {
        Self { lines: Lines::new(limit), state: State::default() }
    }
}

impl StreamDecoder for Decoder {
    fn push(&mut self, bytes: &[u8], sink: Sink<'_>) -> Result<(), TooLarge> {
        let Self { lines, state } = self;
        lines.push(bytes, |line| state.line(line, sink))
    }

    fn finish(&mut self, sink: Sink<'_>) -> Result<(), TooLarge> {
        let Self { lines, state } = self;
        lines.finish(|line| state.line(line, sink))
    }
}

// === impl State ===

impl State {
    fn line(&mut self, line: &[u8], sink: Sink<'_>) {
        if self.ended {
            return;
        }
        let line = line.trim_ascii();
        if line.is_empty() {
            sink(Event::Pause);
            return;
        }
        // One line that cannot be read is passed over; the ones after it may be fine.
        let value = std::str::from_utf8(line).ok().and_then(|text| Value::parse(text).ok());
        let Some(value) = value.filter(|value| matches!(value.data, Data::Object(_))) else {
            sink(Event::Skipped);
            return;
        };
        if !value.get("error").is_null() {
            self.ended = true;
            sink(Event::Error(error::of_line(&value)));
            return;
        }
        if self.calls.is_none() {
            self.calls = Some(Calls::new(&value));
            sink(Event::Start { id: None, model: value.get("model").as_text() });
        }
        self.message(&value, sink);
        if value.get("done").as_bool() == Some(true) {
            self.end(&value, sink);
        }
    }

    fn message(&mut self, value: &Value<'_>, sink: Sink<'_>) {
        let message = value.get("message");
        if let Some(text) = said(message, "thinking") {
            self.open(Open::Thinking, sink);
            sink(Event::Delta(Delta::Thinking(text)));
        }
        if let Some(text) = said(message, "content") {
            self.open(Open::Text, sink);
            sink(Event::Delta(Delta::Text(text)));
        }
        if self.open == Open::Text
            && let Some(content) = logprobs::read(value.get("logprobs"))
        {
            sink(Event::Delta(Delta::Logprobs(&content)));
        }
        for call in message.get("tool_calls").items() {
            let Some(call) = self.calls.as_mut().and_then(|calls| calls.read(call)) else {
                sink(Event::Skipped);
                continue;
            };
            self.close(sink);
            sink(Event::Block(BlockStart::ToolUse { id: call.id, name: call.name, state: None }));
            sink(Event::Delta(Delta::Arguments(Text::from_plain(&call.arguments))));
            sink(Event::BlockEnd);
        }
    }

    fn open(&mut self, block: Open, sink: Sink<'_>) {
        if self.open == block {
            return;
        }
        self.close(sink);
        self.open = block;
        sink(Event::Block(if block == Open::Thinking { BlockStart::Thinking } else { BlockStart::Text }));
    }

    fn close(&mut self, sink: Sink<'_>) {
        if std::mem::take(&mut self.open) != Open::None {
            sink(Event::BlockEnd);
        }
    }

    fn end(&mut self, value: &Value<'_>, sink: Sink<'_>) {
        self.ended = true;
        self.close(sink);
        sink(Event::Stop(stop(value, self.calls.as_ref().is_some_and(|calls| calls.count > 0))));
        if let Some(usage) = usage(value) {
            sink(Event::Usage { usage, last: true });
        }
        sink(Event::End);
    }
}
