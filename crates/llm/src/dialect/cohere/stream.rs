//! A streamed answer: named events, parts of the content and calls of tools each counted from zero.

use json::{Object, Text, Value};

use super::{response, usage};
use crate::canonical::{BlockStart, Delta, Event};
use crate::dialect::StreamEncoder;
use crate::{ApiError, Context, ErrorKind, Usage};

/// The last line of a stream that went well.
const DONE: &[u8] = b"data: [DONE]\n\n";

/// Writes one stream.
#[derive(Debug)]
pub(super) struct Encoder {
    ctx: Context,
    /// Parts of the content, calls and citations begun.
    parts: usize,
    calls: usize,
    citations: usize,
    open: Open,
    /// What the text that is open says so far.
    text: String,
    /// Whether there was any text.
    spoke: bool,
    reason: &'static str,
}

/// The block that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    /// None, or one that has no place here.
    None,
    /// A part of the content, of this kind.
    Part(&'static str),
    Call,
}

/// Writes an error that ends a stream; no `[DONE]` follows it.
pub(super) fn write_error(error: &ApiError, out: &mut Vec<u8>) {
    event("message-end", None, out, |event| {
        let mut delta = event.object("delta");
        let reason = if error.kind == ErrorKind::Timeout { "TIMEOUT" } else { "ERROR" };
        delta.string("finish_reason", reason).string("error", &error.message);
        delta.end();
    });
}

/// Writes an event, and its number among its kind.
fn event(name: &'static str, index: Option<usize>, out: &mut Vec<u8>, write: impl FnOnce(&mut Object<'_>)) {
    for piece in ["event: ", name, "\ndata: "] {
        out.extend_from_slice(piece.as_bytes());
    }
    let mut object = Object::begin(out);
    object.string("type", name);
    if let Some(index) = index {
        object.number("index", u64::try_from(index).unwrap_or_default());
    }
    write(&mut object);
    object.end();
    out.extend_from_slice(b"\n\n");
}

/// Writes an event's `delta.message`.
fn message(event: &mut Object<'_>, write: impl FnOnce(&mut Object<'_>)) {
    let mut delta = event.object("delta");
    let mut message = delta.object("message");
    write(&mut message);
    message.end();
    delta.end();
}

impl StreamEncoder for Encoder {
    fn write(&mut self, event: &Event<'_>, usage: &Usage, out: &mut Vec<u8>) {
        match event {
            Event::Start { id, .. } => self.start(id.as_ref(), out),
            Event::Block(start) => self.block(start, out),
            Event::Delta(delta) => self.delta(delta, out),
            Event::BlockEnd => self.block_end(out),
            Event::Usage { .. } | Event::Skipped | Event::Pause => {}
            Event::Stop(stop) => {
                self.reason = response::reason(Some(stop));
                if let Some(refusal) = stop.refusal.as_ref().filter(|_| !self.spoke) {
                    self.part("text", out);
                    self.delta(&Delta::Text(refusal.clone()), out);
                    self.block_end(out);
                }
            }
            Event::End => self.end(usage, out),
            Event::Error(error) => write_error(error, out),
        }
    }
}

// === impl Encoder ===

impl Encoder {
    pub(super) fn new(ctx: &Context) -> Self {
        Self {
            ctx: ctx.clone(),
            parts: 0,
            calls: 0,
            citations: 0,
            open: Open::None,
            text: String::new(),
            spoke: false,
            reason: "COMPLETE",
        }
    }

    fn start(&self, id: Option<&Text<'_>>, out: &mut Vec<u8>) {
        event("message-start", None, out, |event| {
            event.string("id", &response::id(id, &self.ctx));
            message(event, |message| {
                message.string("role", "assistant").raw("content", "[]").string("tool_plan", "");
                message.raw("tool_calls", "[]").raw("citations", "[]");
            });
        });
    }

    fn block(&mut self, start: &BlockStart<'_>, out: &mut Vec<u8>) {
        self.open = Open::None;
        match start {
            BlockStart::Text => self.part("text", out),
            BlockStart::Thinking => self.part("thinking", out),
            // They have no place here.
            BlockStart::Redacted(_) | BlockStart::Image { .. } => {}
            BlockStart::ToolUse { id, name, .. } => {
                self.open = Open::Call;
                event("tool-call-start", Some(self.calls), out, |event| {
                    message(event, |message| {
                        let mut call = message.object("tool_calls");
                        call.text("id", id).string("type", "function");
                        let mut function = call.object("function");
                        function.text("name", name).string("arguments", "");
                        function.end();
                        call.end();
                    });
                });
            }
        }
    }

    fn part(&mut self, kind: &'static str, out: &mut Vec<u8>) {
        self.open = Open::Part(kind);
        self.text.clear();
        event("content-start", Some(self.parts), out, |event| {
            message(event, |message| {
                let mut content = message.object("content");
                content.string("type", kind).string(kind, "");
                content.end();
            });
        });
    }

    fn delta(&mut self, delta: &Delta<'_>, out: &mut Vec<u8>) {
        match delta {
            Delta::Text(text) => {
                self.spoke = true;
                self.text.push_str(&text.decode());
                self.content("text", text, None, out);
            }
            Delta::Thinking(text) => self.content("thinking", text, None, out),
            Delta::Logprobs(tokens) => self.content("text", &Text::default(), Some(tokens), out),
            Delta::Citation(source) => {
                event("citation-start", Some(self.citations), out, |event| {
                    message(event, |message| {
                        response::citation(source, self.parts, &self.text, message.key("citations"));
                    });
                });
                event("citation-end", Some(self.citations), out, |_| {});
                self.citations += 1;
            }
            Delta::Arguments(json) => event("tool-call-delta", Some(self.calls), out, |event| {
                message(event, |message| {
                    let mut call = message.object("tool_calls");
                    let mut function = call.object("function");
                    function.text("arguments", json);
                    function.end();
                    call.end();
                });
            }),
            // State of vendors has no place here.
            Delta::State(_) => {}
        }
    }

    fn content(&self, kind: &'static str, text: &Text<'_>, logprobs: Option<&str>, out: &mut Vec<u8>) {
        event("content-delta", Some(self.parts), out, |event| {
            message(event, |message| {
                let mut content = message.object("content");
                content.text(kind, text);
                content.end();
            });
            if let Some(tokens) = logprobs.and_then(|content| Value::parse(content).ok()) {
                response::logprob(tokens.items(), event.key("logprobs"));
            }
        });
    }

    fn block_end(&mut self, out: &mut Vec<u8>) {
        match std::mem::replace(&mut self.open, Open::None) {
            Open::None => {}
            Open::Part(_) => {
                event("content-end", Some(self.parts), out, |_| {});
                self.parts += 1;
            }
            Open::Call => {
                event("tool-call-end", Some(self.calls), out, |_| {});
                self.calls += 1;
            }
        }
    }

    fn end(&self, usage: &Usage, out: &mut Vec<u8>) {
        event("message-end", None, out, |event| {
            let mut delta = event.object("delta");
            delta.string("finish_reason", self.reason);
            usage::write(usage, delta.key("usage"));
            delta.end();
        });
        out.extend_from_slice(DONE);
    }
}
