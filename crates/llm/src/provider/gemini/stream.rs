//! A streamed answer, read into canonical events.

use json::{Text, Value};

use super::frames::{Frame, Frames};
use super::response::{Piece, blocked, candidate, derived, parts, pictures, piece, told};
use super::{citations, error, logprobs, usage};
use crate::canonical::{Block, BlockStart, Delta, Event, Opaque, Stop};
use crate::provider::{Sink, StreamDecoder};
use crate::ruler::Ruler;
use crate::sse::TooLarge;
use crate::{Carry, FinishReason, Usage};

/// Reads one stream.
#[derive(Debug)]
pub(super) struct Decoder {
    frames: Frames,
    state: State,
}

#[derive(Debug, Default)]
struct State {
    carry: Carry,
    /// The answer's id.
    id: String,
    calls: u64,
    images: u64,
    usage: Option<Usage>,
    /// Why the model stopped. More may come behind it, what was used for one; nothing tells the last event.
    stop: Option<Held>,
    open: Open,
    /// Measures the text that is open.
    ruler: Ruler,
    started: bool,
    ended: bool,
}

/// The block that is open. One that has got its state takes no more text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Open {
    #[default]
    None,
    Text {
        full: bool,
    },
    Thinking {
        full: bool,
    },
}

/// A reason to stop that outlives its event.
#[derive(Debug)]
struct Held {
    reason: FinishReason,
    native: Option<String>,
    refusal: Option<String>,
}

// === impl Decoder ===

impl Decoder {
    pub(super) fn new(carry: Carry, limit: usize) -> Self {
        Self { frames: Frames::new(limit), state: State { carry, ..State::default() } }
    }
}

impl StreamDecoder for Decoder {
    fn push(&mut self, bytes: &[u8], sink: Sink<'_>) -> Result<(), TooLarge> {
        let Self { frames, state } = self;
        frames.push(bytes, |frame| state.frame(frame, sink))
    }

    fn finish(&mut self, sink: Sink<'_>) -> Result<(), TooLarge> {
        let Self { frames, state } = self;
        frames.finish(|frame| state.frame(frame, sink))?;
        state.end(sink);
        Ok(())
    }
}

// === impl State ===

impl State {
    fn frame(&mut self, frame: Frame<'_>, sink: Sink<'_>) {
        if self.ended {
            return;
        }
        let data = match frame {
            Frame::Data(data) => data,
            Frame::Comment => return sink(Event::Pause),
            Frame::End => return self.end(sink),
        };
        // One event that cannot be read is passed over; the ones after it may be fine.
        let value = std::str::from_utf8(data).ok().and_then(|text| Value::parse(text).ok());
        let Some(value) = value else { return sink(Event::Skipped) };
        let value = value.items().first().unwrap_or(&value);
        if !value.get("error").is_null() {
            self.ended = true;
            sink(Event::Error(error::of_body(0, value)));
        } else if ["candidates", "usageMetadata", "promptFeedback"]
            .iter()
            .all(|name| value.get(name).is_null())
        {
            sink(Event::Skipped);
        } else {
            self.answer(value, sink);
        }
    }

    fn answer(&mut self, value: &Value<'_>, sink: Sink<'_>) {
        if let Some(usage) =
            usage::read(value.get("usageMetadata")).filter(|usage| self.usage != Some(*usage))
        {
            self.usage = Some(usage);
            sink(Event::Usage { usage, last: false });
        }
        if !std::mem::replace(&mut self.started, true) {
            let id = value.get("responseId").as_text();
            self.id = id.as_ref().map_or_else(String::new, |id| id.literal().to_owned());
            sink(Event::Start { id, model: value.get("modelVersion").as_text() });
        }
        if let Some(stop) = blocked(value) {
            self.stop = Some(Held::of(&stop));
        }
        let Some(candidate) = candidate(value) else { return };
        self.images += pictures(parts(candidate));
        for part in parts(candidate) {
            self.part(part, sink);
        }
        if let Open::Text { .. } = self.open {
            for citation in citations::read(candidate, &self.ruler) {
                sink(Event::Delta(Delta::Citation(citation)));
            }
            if let Some(logprobs) = logprobs::read(candidate.get("logprobsResult")) {
                sink(Event::Delta(Delta::Logprobs(&logprobs)));
            }
        }
        if !candidate.get("finishReason").is_null() {
            self.stop = Some(Held::of(&told(candidate)));
        }
    }

    fn part(&mut self, part: &Value<'_>, sink: Sink<'_>) {
        let id = std::mem::take(&mut self.id);
        match piece(part, &Text::from_literal(&id), self.calls, &self.carry) {
            Some(Piece::Text { text, thought, state }) => self.text(text, thought, state, sink),
            Some(Piece::Call(Block::ToolUse { id, name, arguments, state })) => {
                self.block_end(sink);
                self.calls += 1;
                sink(Event::Block(BlockStart::ToolUse { id, name, state }));
                sink(Event::Delta(Delta::Arguments(Text::from_plain(&arguments))));
                sink(Event::BlockEnd);
            }
            Some(Piece::Call(_)) | None => {}
            Some(Piece::Image { media_type, data }) => {
                self.block_end(sink);
                sink(Event::Block(BlockStart::Image { media_type, data }));
                sink(Event::BlockEnd);
            }
        }
        self.id = id;
    }

    fn text(&mut self, text: Text<'_>, thought: bool, state: Option<Opaque<'_>>, sink: Sink<'_>) {
        let fitting = if thought { Open::Thinking { full: false } } else { Open::Text { full: false } };
        if self.open != fitting {
            self.block_end(sink);
            self.ruler = Ruler::default();
            sink(Event::Block(if thought { BlockStart::Thinking } else { BlockStart::Text }));
            self.open = fitting;
        }
        if !text.is_empty() {
            if !thought {
                self.ruler.add(&text.decode());
            }
            sink(Event::Delta(if thought { Delta::Thinking(text) } else { Delta::Text(text) }));
        }
        if let Some(state) = state {
            sink(Event::Delta(Delta::State(state)));
            self.open = if thought { Open::Thinking { full: true } } else { Open::Text { full: true } };
        }
    }

    fn block_end(&mut self, sink: Sink<'_>) {
        if std::mem::take(&mut self.open) != Open::None {
            sink(Event::BlockEnd);
        }
    }

    /// The stream is over. Without a reason to stop it lost its end.
    fn end(&mut self, sink: Sink<'_>) {
        let Some(stop) = self.stop.take() else { return };
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        self.block_end(sink);
        sink(Event::Stop(derived(stop.stop(), self.calls > 0)));
        if let Some(usage) = self.usage {
            sink(Event::Usage { usage: Usage { images: self.images, ..usage }, last: true });
        }
        sink(Event::End);
    }
}

// === impl Held ===

impl Held {
    fn of(stop: &Stop<'_>) -> Self {
        let own = |text: Option<&Text<'_>>| text.map(|text| text.literal().to_owned());
        Self { reason: stop.reason, native: own(stop.native.as_ref()), refusal: own(stop.refusal.as_ref()) }
    }

    fn stop(&self) -> Stop<'_> {
        fn text(own: Option<&String>) -> Option<Text<'_>> {
            own.map(|own| Text::from_literal(own))
        }
        Stop {
            native: text(self.native.as_ref()),
            refusal: text(self.refusal.as_ref()),
            ..Stop::plain(self.reason)
        }
    }
}
