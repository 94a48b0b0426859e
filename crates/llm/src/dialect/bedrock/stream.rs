//! A streamed answer, written as Converse's frames. Blocks are numbered without gaps, each is stopped before the next
//! begins, and what says nothing is no block. Only calls of tools and pictures have a start.

use json::{Object, Text};

use super::{error, response, usage};
use crate::canonical::{BlockStart, Delta, Event, Opaque, Origin, Stop};
use crate::dialect::StreamEncoder;
use crate::eventstream;
use crate::{ApiError, FinishReason, Usage};

/// Writes one stream.
#[derive(Debug, Default)]
pub(super) struct Encoder {
    /// The index of the block that is open, or comes next.
    index: u64,
    open: Open,
    /// State of the open block, to be written behind what it says: whose it is, and its literal.
    state: Option<(Origin, String)>,
    /// Whether a tool was called.
    calls: bool,
    stopped: bool,
}

/// The block that is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Open {
    #[default]
    None,
    /// It is there with its first delta.
    Text {
        begun: bool,
    },
    Thinking {
        begun: bool,
    },
    Tool,
}

/// Writes a frame of an event.
fn event(name: &'static str, out: &mut Vec<u8>, write: impl FnOnce(&mut Object<'_>)) {
    frame(
        [(":event-type", name), (":content-type", "application/json"), (":message-type", "event")],
        out,
        write,
    );
}

fn frame(headers: [(&str, &str); 3], out: &mut Vec<u8>, write: impl FnOnce(&mut Object<'_>)) {
    eventstream::write(out, &headers, |out| {
        let mut payload = Object::begin(out);
        write(&mut payload);
        payload.end();
    });
}

/// Writes an error that ends a stream.
pub(super) fn write_error(failure: &ApiError, out: &mut Vec<u8>) {
    let name = error::in_stream(failure.kind);
    let headers =
        [(":exception-type", name), (":content-type", "application/json"), (":message-type", "exception")];
    frame(headers, out, |payload| {
        payload.string("message", &failure.message);
    });
}

impl StreamEncoder for Encoder {
    fn write(&mut self, event: &Event<'_>, usage: &Usage, out: &mut Vec<u8>) {
        match event {
            Event::Start { .. } => self::event("messageStart", out, |data| {
                data.string("role", "assistant");
            }),
            Event::Block(start) => self.block(start, out),
            Event::Delta(delta) => self.delta(delta, out),
            Event::BlockEnd => self.close(out),
            Event::Usage { .. } | Event::Skipped | Event::Pause => {}
            Event::Stop(stop) => self.stop(stop, out),
            Event::End => self.end(usage, out),
            Event::Error(error) => write_error(error, out),
        }
    }
}

// === impl Encoder ===

impl Encoder {
    fn block(&mut self, start: &BlockStart<'_>, out: &mut Vec<u8>) {
        self.close(out);
        match start {
            BlockStart::Text => self.open = Open::Text { begun: false },
            BlockStart::Thinking => self.open = Open::Thinking { begun: false },
            BlockStart::Redacted(state) => self.redacted(state, out),
            BlockStart::ToolUse { id, name, state } => {
                if let Some(state) = state {
                    self.signature(state, out);
                    self.halt(out);
                }
                self.calls = true;
                self.open = Open::Tool;
                self.start(out, |start| {
                    let mut call = start.object("toolUse");
                    call.text("toolUseId", id).text("name", name);
                    call.end();
                });
            }
            BlockStart::Image { media_type, data } => {
                let Some(format) = response::image_format(media_type) else { return };
                self.start(out, |start| {
                    let mut image = start.object("image");
                    image.string("format", format);
                    image.end();
                });
                self.piece(out, |delta| {
                    let mut image = delta.object("image");
                    response::bytes(data, &mut image);
                    image.end();
                });
                self.halt(out);
            }
        }
    }

    fn delta(&mut self, delta: &Delta<'_>, out: &mut Vec<u8>) {
        match (&mut self.open, delta) {
            (Open::Text { begun }, Delta::Text(text)) => {
                *begun = true;
                self.piece(out, |delta| {
                    delta.text("text", text);
                });
            }
            (Open::Text { begun }, Delta::Citation(citation)) => {
                *begun = true;
                self.piece(out, |delta| {
                    let mut object = delta.object("citation");
                    response::write_citation(citation, &mut object);
                    object.end();
                });
            }
            (Open::Thinking { begun }, Delta::Thinking(text)) => {
                *begun = true;
                self.piece(out, |delta| {
                    let mut reasoning = delta.object("reasoningContent");
                    reasoning.text("text", text);
                    reasoning.end();
                });
            }
            (Open::Tool, Delta::Arguments(json)) => self.piece(out, |delta| {
                let mut call = delta.object("toolUse");
                call.text("input", json);
                call.end();
            }),
            (Open::Text { .. } | Open::Thinking { .. }, Delta::State(state)) => self.keep(state),
            // The dialect has no place for log-probabilities.
            _ => {}
        }
    }

    /// Client libraries take a signature's last piece for the whole of it.
    fn keep(&mut self, state: &Opaque<'_>) {
        match &mut self.state {
            Some((origin, data)) if *origin == state.origin => data.push_str(state.data.literal()),
            kept => *kept = Some((state.origin, state.data.literal().to_owned())),
        }
    }

    fn start(&self, out: &mut Vec<u8>, write: impl FnOnce(&mut Object<'_>)) {
        event("contentBlockStart", out, |data| {
            let mut start = data.number("contentBlockIndex", self.index).object("start");
            write(&mut start);
            start.end();
        });
    }

    fn piece(&self, out: &mut Vec<u8>, write: impl FnOnce(&mut Object<'_>)) {
        event("contentBlockDelta", out, |data| {
            let mut delta = data.number("contentBlockIndex", self.index).object("delta");
            write(&mut delta);
            delta.end();
        });
    }

    fn halt(&mut self, out: &mut Vec<u8>) {
        event("contentBlockStop", out, |data| {
            data.number("contentBlockIndex", self.index);
        });
        self.index += 1;
    }

    fn signature(&self, state: &Opaque<'_>, out: &mut Vec<u8>) {
        self.piece(out, |delta| {
            let mut reasoning = delta.object("reasoningContent");
            reasoning.text("signature", &state.sealed_in(Origin::Bedrock));
            reasoning.end();
        });
    }

    fn redacted(&mut self, state: &Opaque<'_>, out: &mut Vec<u8>) {
        self.piece(out, |delta| {
            let mut reasoning = delta.object("reasoningContent");
            reasoning.text("redactedContent", &response::blob(state));
            reasoning.end();
        });
        self.halt(out);
    }

    /// Ends the open block, its state before or behind the end.
    fn close(&mut self, out: &mut Vec<u8>) {
        let state = self.state.take();
        let state = state.as_ref().map(|(origin, data)| Opaque::new(*origin, Text::from_literal(data)));
        match (std::mem::take(&mut self.open), &state) {
            (Open::Thinking { .. }, Some(state)) => {
                self.signature(state, out);
                self.halt(out);
            }
            (Open::Text { begun }, state) => {
                if begun {
                    self.halt(out);
                }
                if let Some(state) = state {
                    self.redacted(state, out);
                }
            }
            (Open::Thinking { begun: true } | Open::Tool, _) => self.halt(out),
            (Open::Thinking { begun: false } | Open::None, _) => {}
        }
    }

    fn stop(&mut self, stop: &Stop<'_>, out: &mut Vec<u8>) {
        self.close(out);
        self.stopped = true;
        event("messageStop", out, |data| response::stop(Some(stop), self.calls, data));
    }

    /// What was used comes last.
    fn end(&mut self, usage: &Usage, out: &mut Vec<u8>) {
        if !self.stopped {
            self.stop(&Stop::plain(FinishReason::Stop), out);
        }
        event("metadata", out, |data| {
            usage::write(usage, data.key("usage"));
            data.raw("metrics", r#"{"latencyMs":0}"#);
        });
    }
}
