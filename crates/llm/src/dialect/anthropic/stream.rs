//! A streamed answer, written as Anthropic's events. Blocks are numbered without gaps, each is stopped before the next
//! begins, and what says nothing is no block.

use json::{Object, Text};

use super::{error, response, usage};
use crate::canonical::{BlockStart, Delta, Event, Opaque, Origin, Stop};
use crate::dialect::StreamEncoder;
use crate::{ApiError, Context, FinishReason, Usage};

/// Writes one stream.
#[derive(Debug)]
pub(super) struct Encoder {
    ctx: Context,
    /// Blocks begun.
    blocks: u64,
    open: Open,
    /// State of the open block, to be written behind what it says: whose it is, and its literal.
    state: Option<(Origin, String)>,
    /// Whether a tool was called.
    calls: bool,
    /// Why the model stopped: the delta of the message, written when what was used is known.
    stop: Vec<u8>,
}

/// The block that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    None,
    /// Its beginning is not written before it says something.
    Text {
        begun: bool,
    },
    Thinking {
        begun: bool,
    },
    Tool,
}

/// Writes an event with its name, which clients go by.
fn event(name: &'static str, out: &mut Vec<u8>, write: impl FnOnce(&mut Object<'_>)) {
    out.extend_from_slice(b"event: ");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\ndata: ");
    let mut data = Object::begin(out);
    data.string("type", name);
    write(&mut data);
    data.end();
    out.extend_from_slice(b"\n\n");
}

/// Writes an error that ends a stream.
pub(super) fn write_error(failure: &ApiError, request_id: Option<&str>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"event: error\ndata: ");
    error::encode(failure, request_id, out);
    out.extend_from_slice(b"\n\n");
}

/// Writes the last event of a stream that went well.
pub(super) fn write_stop(out: &mut Vec<u8>) {
    event("message_stop", out, |_| {});
}

impl StreamEncoder for Encoder {
    fn write(&mut self, event: &Event<'_>, usage: &Usage, out: &mut Vec<u8>) {
        match event {
            Event::Start { id, model } => self.start((id.as_ref(), model.as_ref()), usage, out),
            Event::Block(start) => self.block(start, out),
            Event::Delta(delta) => self.delta(delta, out),
            Event::BlockEnd => self.close(out),
            Event::Usage { .. } | Event::Skipped | Event::Pause => {}
            Event::Stop(stop) => self.stop(stop),
            Event::End => self.end(usage, out),
            Event::Error(error) => write_error(error, Some(&self.ctx.request_id), out),
        }
    }
}

// === impl Encoder ===

impl Encoder {
    pub(super) fn new(ctx: &Context) -> Self {
        Self { ctx: ctx.clone(), blocks: 0, open: Open::None, state: None, calls: false, stop: Vec::new() }
    }

    fn start(&self, (id, model): (Option<&Text<'_>>, Option<&Text<'_>>), usage: &Usage, out: &mut Vec<u8>) {
        event("message_start", out, |data| {
            let mut message = data.object("message");
            response::head(id, model, &self.ctx, &mut message);
            message.raw("content", "[]").raw("stop_reason", "null").raw("stop_sequence", "null");
            message.raw("stop_details", "null");
            // What is told here is not final, whether or not it is an estimate.
            let so_far = Usage { estimated: false, ..*usage };
            usage::write(&so_far, None, message.key("usage"));
            message.raw("container", "null");
            message.end();
        });
    }

    fn block(&mut self, start: &BlockStart<'_>, out: &mut Vec<u8>) {
        self.close(out);
        match start {
            BlockStart::Text => self.open = Open::Text { begun: false },
            BlockStart::Thinking => self.open = Open::Thinking { begun: false },
            BlockStart::Redacted(state) => self.redacted(state, out),
            BlockStart::ToolUse { id, name, state } => {
                if let Some(state) = state {
                    self.open = Open::Thinking { begun: false };
                    self.keep(state);
                    self.close(out);
                }
                self.calls = true;
                self.open = Open::Tool;
                self.begin(out, |block| {
                    block.string("type", "tool_use").text("id", id).text("name", name).raw("input", "{}");
                });
            }
            // The dialect has no place for a picture.
            BlockStart::Image { .. } => {}
        }
    }

    fn delta(&mut self, delta: &Delta<'_>, out: &mut Vec<u8>) {
        match delta {
            _ if self.open == Open::None => {}
            Delta::Text(text) => {
                self.begin_said(out);
                self.piece(out, |delta| {
                    delta.string("type", "text_delta").text("text", text);
                });
            }
            Delta::Thinking(text) => {
                self.begin_said(out);
                self.piece(out, |delta| {
                    delta.string("type", "thinking_delta").text("thinking", text);
                });
            }
            Delta::Arguments(json) => self.piece(out, |delta| {
                delta.string("type", "input_json_delta").text("partial_json", json);
            }),
            Delta::Citation(citation) => {
                self.begin_said(out);
                self.piece(out, |delta| {
                    let mut object = delta.string("type", "citations_delta").object("citation");
                    response::write_citation(citation, &mut object);
                    object.end();
                });
            }
            Delta::State(state) => self.keep(state),
            // The dialect has no place for them.
            Delta::Logprobs(_) => {}
        }
    }

    /// Writes the beginning of a block that is about to say something.
    fn begin_said(&mut self, out: &mut Vec<u8>) {
        match self.open {
            Open::Text { begun: false } => {
                self.open = Open::Text { begun: true };
                self.begin(out, |block| {
                    block.string("type", "text").string("text", "");
                });
            }
            Open::Thinking { begun: false } => {
                self.open = Open::Thinking { begun: true };
                self.begin(out, |block| {
                    block.string("type", "thinking").string("thinking", "").string("signature", "");
                });
            }
            _ => {}
        }
    }

    fn begin(&mut self, out: &mut Vec<u8>, write: impl FnOnce(&mut Object<'_>)) {
        event("content_block_start", out, |data| {
            let mut block = data.number("index", self.blocks).object("content_block");
            write(&mut block);
            block.end();
        });
        self.blocks += 1;
    }

    fn piece(&self, out: &mut Vec<u8>, write: impl FnOnce(&mut Object<'_>)) {
        event("content_block_delta", out, |data| {
            let mut delta = data.number("index", self.blocks.saturating_sub(1)).object("delta");
            write(&mut delta);
            delta.end();
        });
    }

    fn halt(&self, out: &mut Vec<u8>) {
        event("content_block_stop", out, |data| {
            data.number("index", self.blocks.saturating_sub(1));
        });
    }

    /// Client libraries take a signature's last piece for the whole of it.
    fn keep(&mut self, state: &Opaque<'_>) {
        match &mut self.state {
            Some((origin, data)) if *origin == state.origin => data.push_str(state.data.literal()),
            kept => *kept = Some((state.origin, state.data.literal().to_owned())),
        }
    }

    /// Ends the open block, its state before or behind the end.
    fn close(&mut self, out: &mut Vec<u8>) {
        let state = self.state.take();
        let state = state.as_ref().map(|(origin, data)| Opaque::new(*origin, Text::from_literal(data)));
        match (self.open, &state) {
            (Open::Thinking { .. }, Some(state)) => {
                self.begin_said(out);
                let signature = state.sealed_in(Origin::Anthropic);
                self.piece(out, |delta| {
                    delta.string("type", "signature_delta").text("signature", &signature);
                });
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
        self.open = Open::None;
    }

    fn redacted(&mut self, state: &Opaque<'_>, out: &mut Vec<u8>) {
        self.begin(out, |block| response::redacted(state, block));
        self.halt(out);
    }

    fn stop(&mut self, stop: &Stop<'_>) {
        self.stop.clear();
        let mut delta = Object::begin(&mut self.stop);
        response::stop(Some(stop), self.calls, &mut delta);
        delta.raw("container", "null");
        delta.end();
    }

    fn end(&mut self, usage: &Usage, out: &mut Vec<u8>) {
        self.close(out);
        if self.stop.is_empty() {
            self.stop(&Stop::plain(FinishReason::Stop));
        }
        event("message_delta", out, |data| {
            data.key("delta").extend_from_slice(&self.stop);
            usage::write_last(usage, data.key("usage"));
        });
        write_stop(out);
    }
}
