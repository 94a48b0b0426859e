//! A streamed answer, read into canonical events.

use std::ops::ControlFlow;

use json::{Text, Value};

use super::response::{Seen, citation, is_hidden, media_type, stop};
use super::{error, usage};
use crate::canonical::{BlockStart, Delta, Event, Opaque, Origin};
use crate::eventstream::{Fault, Frame, Parser};
use crate::provider::{Sink, StreamDecoder};
use crate::sse::TooLarge;
use crate::{ApiError, Carry, ErrorKind};

/// Reads one stream.
#[derive(Debug)]
pub(super) struct Decoder {
    limit: usize,
    body: Body,
    state: State,
}

/// What the first byte tells of the body.
#[derive(Debug)]
enum Body {
    /// Nothing came.
    Unknown,
    Frames(Parser),
    /// One JSON object, whatever its content type says: an error.
    Json(Vec<u8>),
}

#[derive(Debug, Default)]
struct State {
    carry: Carry,
    seen: Seen,
    open: Open,
    /// The index of the block that is open.
    index: Option<u64>,
    /// What came of the signature of the thinking block that is open.
    signature: String,
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
    /// A tool call, and whether any argument came.
    Tool {
        empty: bool,
    },
    /// The tool that stands in for a JSON schema: its arguments are the text.
    Answer {
        empty: bool,
    },
    /// A picture of this type, which comes with its only delta.
    Image(&'static str),
    /// A kind that is left out.
    Other,
}

// === impl Decoder ===

impl Decoder {
    pub(super) fn new(carry: Carry, limit: usize) -> Self {
        Self { limit, body: Body::Unknown, state: State { carry, ..State::default() } }
    }
}

impl StreamDecoder for Decoder {
    fn push(&mut self, bytes: &[u8], sink: Sink<'_>) -> Result<(), TooLarge> {
        if self.state.ended {
            return Ok(());
        }
        let mut bytes = bytes;
        if matches!(self.body, Body::Unknown) {
            // No frame begins with a space: it would be larger than any.
            bytes = bytes.trim_ascii_start();
            self.body = match bytes.first() {
                None => return Ok(()),
                Some(b'{') => Body::Json(Vec::new()),
                Some(_) => Body::Frames(Parser::new(self.limit)),
            };
        }
        let Self { limit, body, state } = self;
        match body {
            Body::Json(whole) if whole.len().saturating_add(bytes.len()) > *limit => {
                Err(TooLarge { limit: *limit })
            }
            Body::Json(whole) => {
                whole.extend_from_slice(bytes);
                Ok(())
            }
            Body::Frames(parser) => {
                let each = |frame: Frame<'_>| {
                    state.frame(frame, sink);
                    if state.ended { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
                };
                match parser.push(bytes, each) {
                    Ok(()) => Ok(()),
                    Err(Fault::TooLarge { limit }) => Err(TooLarge { limit }),
                    Err(fault) => {
                        state.fail(damaged(fault), sink);
                        Ok(())
                    }
                }
            }
            Body::Unknown => Ok(()),
        }
    }

    fn finish(&mut self, sink: Sink<'_>) -> Result<(), TooLarge> {
        if let Body::Json(whole) = &self.body {
            let text = std::str::from_utf8(whole).unwrap_or_default();
            if let Ok(value) = Value::parse(text) {
                let name = value.get("__type").as_text().unwrap_or_default();
                self.state.fail(error::of_body(0, &name.decode(), &value), sink);
            }
        }
        // A stream that told why the model stopped is whole, even without its usage.
        if self.state.stopped {
            self.state.end(sink);
        }
        Ok(())
    }
}

pub(crate) fn damaged(fault: Fault) -> ApiError {
    let (code, message) = if fault == Fault::NoFrames {
        ("upstream_not_a_stream", "the model's provider did not answer with a stream")
    } else {
        ("upstream_damaged", "the model's provider sent a frame with a wrong checksum")
    };
    ApiError::new(502, ErrorKind::Server, message).with_code(code)
}

// === impl State ===

impl State {
    fn fail(&mut self, error: ApiError, sink: Sink<'_>) {
        if !std::mem::replace(&mut self.ended, true) {
            sink(Event::Error(error));
        }
    }

    fn frame(&mut self, frame: Frame<'_>, sink: Sink<'_>) {
        let header = |name: &str| frame.header(name).unwrap_or_default();
        let text = std::str::from_utf8(frame.payload).unwrap_or("not UTF-8");
        match header(":message-type") {
            "exception" => {
                let name = header(":exception-type");
                let error = match Value::parse(text) {
                    Ok(value) => error::of_body(0, name, &value),
                    Err(_) => error::of_message(0, name, &crate::dialect::unreadable(0, text)),
                };
                self.fail(error, sink);
                return;
            }
            "error" => {
                self.fail(error::of_message(0, header(":error-code"), header(":error-message")), sink);
                return;
            }
            _ => {}
        }
        // One event that cannot be read is passed over; the ones after it may be fine.
        let Ok(value) = Value::parse(text) else {
            sink(Event::Skipped);
            return;
        };
        match header(":event-type") {
            "contentBlockDelta" => self.delta(&value, sink),
            "contentBlockStart" => self.block_start(&value, sink),
            "contentBlockStop" => self.block_stop(sink),
            "messageStart" => self.ensure_started(sink),
            "messageStop" => self.message_stop(&value, sink),
            "metadata" => self.metadata(&value, sink),
            _ => {}
        }
    }

    fn ensure_started(&mut self, sink: Sink<'_>) {
        if !std::mem::replace(&mut self.started, true) {
            sink(Event::Start { id: None, model: None });
        }
    }

    /// Opens a block in place of the one before.
    fn open(&mut self, index: Option<u64>, open: Open, start: Option<BlockStart<'_>>, sink: Sink<'_>) {
        self.ensure_started(sink);
        self.block_stop(sink);
        (self.index, self.open) = (index, open);
        if let Some(start) = start {
            sink(Event::Block(start));
        }
    }

    /// Tools and pictures have a start; text and reasoning begin with their first delta.
    fn block_start(&mut self, value: &Value<'_>, sink: Sink<'_>) {
        let index = value.get("contentBlockIndex").as_u64();
        let start = value.get("start");
        let call = start.get("toolUse");
        let format = start.get("image").get("format");
        if !format.is_null() {
            self.open(index, Open::Image(media_type(format)), None, sink);
            return;
        }
        let name = call.get("name").as_text().unwrap_or_default();
        if call.is_null() || is_hidden(call) || (self.carry.is_answer(&name) && self.seen.answer) {
            // Of several answers the first counts: two are no JSON.
            self.open(index, Open::Other, None, sink);
        } else if self.carry.is_answer(&name) {
            self.seen.answer = true;
            self.open(index, Open::Answer { empty: true }, Some(BlockStart::Text), sink);
        } else {
            self.seen.tool = true;
            let id = call.get("toolUseId").as_text().unwrap_or_default();
            let start = BlockStart::ToolUse { id, name: self.carry.client_name(name), state: None };
            self.open(index, Open::Tool { empty: true }, Some(start), sink);
        }
    }

    fn delta(&mut self, value: &Value<'_>, sink: Sink<'_>) {
        let index = value.get("contentBlockIndex").as_u64();
        let delta = value.get("delta");
        let Some((kind, inner)) = delta.members().iter().find(|(_, inner)| !inner.is_null()) else { return };
        match &*kind.decode() {
            "text" => {
                if let Some(text) = inner.as_text().filter(|text| !text.is_empty()) {
                    self.ensure_open(index, Open::Text, BlockStart::Text, sink);
                    sink(Event::Delta(Delta::Text(text)));
                }
            }
            "citation" => {
                self.ensure_open(index, Open::Text, BlockStart::Text, sink);
                sink(Event::Delta(Delta::Citation(citation(inner))));
            }
            "reasoningContent" => self.reasoning(index, inner, sink),
            "toolUse" => {
                let json = inner.get("input").as_text().filter(|json| !json.is_empty());
                if let (Some(json), true) = (json, self.index == index) {
                    self.arguments(json, sink);
                }
            }
            "image" => {
                let data = inner.get("source").get("bytes").as_text();
                if let (Open::Image(media_type), Some(data)) = (self.open, data) {
                    let media_type = Text::from_literal(media_type);
                    sink(Event::Block(BlockStart::Image { media_type, data }));
                    sink(Event::BlockEnd);
                    self.open = Open::Other;
                }
            }
            _ => {}
        }
    }

    fn ensure_open(&mut self, index: Option<u64>, open: Open, start: BlockStart<'_>, sink: Sink<'_>) {
        if self.open != open || self.index != index {
            self.open(index, open, Some(start), sink);
        }
    }

    fn reasoning(&mut self, index: Option<u64>, value: &Value<'_>, sink: Sink<'_>) {
        let text = |name: &str| value.get(name).as_text().filter(|text| !text.is_empty());
        if let Some(data) = text("redactedContent") {
            let state = Opaque::new(Origin::Bedrock, data);
            self.open(index, Open::Other, Some(BlockStart::Redacted(state)), sink);
            sink(Event::BlockEnd);
        } else if let Some(text) = text("text") {
            self.ensure_open(index, Open::Thinking, BlockStart::Thinking, sink);
            sink(Event::Delta(Delta::Thinking(text)));
        } else if let Some(signature) = text("signature") {
            self.ensure_open(index, Open::Thinking, BlockStart::Thinking, sink);
            self.signature.push_str(&signature.decode());
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
            Open::Thinking if !self.signature.is_empty() => {
                let signature = Text::from_plain(&std::mem::take(&mut self.signature));
                sink(Event::Delta(Delta::State(Opaque::new(Origin::Bedrock, signature))));
            }
            _ => {}
        }
        if !matches!(self.open, Open::Other | Open::Image(_)) {
            sink(Event::BlockEnd);
        }
        (self.index, self.open) = (None, Open::None);
    }

    fn message_stop(&mut self, value: &Value<'_>, sink: Sink<'_>) {
        if std::mem::replace(&mut self.stopped, true) {
            return;
        }
        self.ensure_started(sink);
        self.block_stop(sink);
        sink(Event::Stop(stop(value, self.seen)));
    }

    /// Usage comes after the reason, and is the last word.
    fn metadata(&mut self, value: &Value<'_>, sink: Sink<'_>) {
        let usage = usage::read(value.get("usage"));
        if let Some(usage) = usage {
            sink(Event::Usage { usage, last: self.stopped });
        }
        if self.stopped {
            self.end(sink);
        }
    }

    fn end(&mut self, sink: Sink<'_>) {
        if !std::mem::replace(&mut self.ended, true) {
            sink(Event::End);
        }
    }
}
