//! A streamed answer, read into canonical events. Chunks may bring the pieces of several tool calls by turns, and
//! text amid them; canonical blocks come one after the other, so that what belongs to a block that is not open waits.

mod calls;

use json::{Text, Value};

use self::calls::Calls;
use super::parts::{self, Piece};
use super::response::{is_error, stop, usage_of};
use crate::canonical::{BlockStart, Citation, Delta, Event, Opaque, Origin};
use crate::dialect::openai_chat::{error_of, reason};
use crate::provider::{Sink, StreamDecoder};
use crate::sse::{self, TooLarge};
use crate::{Carry, Usage};

/// Reads one stream.
#[derive(Debug)]
pub(super) struct Decoder {
    parser: sse::Parser,
    limit: usize,
    state: State,
}

#[derive(Debug, Default)]
struct State {
    carry: Carry,
    open: Open,
    calls: Calls,
    /// Text and reasoning that came amid a tool call.
    held: Vec<(Kind, String)>,
    /// How much was held, in bytes.
    held_bytes: usize,
    refusal: String,
    usage: Option<Usage>,
    started: bool,
    stopped: bool,
    ended: bool,
}

/// The block that is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Open {
    #[default]
    None,
    Said(Kind),
    /// Reasoning whose state has come: what follows is another block.
    Signed,
    /// The call of this number.
    Call(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Thinking,
}

// === impl Decoder ===

impl Decoder {
    pub(super) fn new(carry: Carry, limit: usize) -> Self {
        Self { parser: sse::Parser::new(limit), limit, state: State { carry, ..State::default() } }
    }

    /// What waits is bounded as an event is.
    fn bounded(&self) -> Result<(), TooLarge> {
        let State { held_bytes, calls, .. } = &self.state;
        let waiting =
            held_bytes.saturating_add(calls.waiting_bytes()).saturating_add(self.state.refusal.len());
        if waiting > self.limit { Err(TooLarge { limit: self.limit }) } else { Ok(()) }
    }
}

impl StreamDecoder for Decoder {
    fn push(&mut self, bytes: &[u8], sink: Sink<'_>) -> Result<(), TooLarge> {
        let Self { parser, state, .. } = self;
        parser.push(bytes, |block| state.block(block, sink))?;
        self.bounded()
    }

    fn finish(&mut self, sink: Sink<'_>) -> Result<(), TooLarge> {
        let Self { parser, state, .. } = self;
        parser.finish(|block| state.block(block, sink))?;
        // A stream that told why the model stopped is whole, even without `[DONE]`.
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
        if event.data.trim_ascii() == b"[DONE]" {
            self.done(sink);
            return;
        }
        // One event that cannot be read is passed over; the ones after it may be fine.
        let value = std::str::from_utf8(event.data).ok().and_then(|text| Value::parse(text).ok());
        match value {
            None => sink(Event::Skipped),
            Some(value) if is_error(&value) || event.name == b"error" => {
                self.ended = true;
                sink(Event::Error(error_of(0, &value)));
            }
            Some(value) => self.chunk(&value, sink),
        }
    }

    fn chunk(&mut self, chunk: &Value<'_>, sink: Sink<'_>) {
        if let Some(usage) = usage_of(chunk) {
            self.usage = Some(usage);
            sink(Event::Usage { usage, last: false });
        }
        // Of several answers the first is told; a chunk without any says something of the prompt (Azure).
        let first = |choice: &&Value<'_>| choice.get("index").as_u64().unwrap_or(0) == 0;
        let Some(choice) = chunk.get("choices").items().iter().find(first) else { return };
        if !std::mem::replace(&mut self.started, true) {
            let text = |name: &str| chunk.get(name).as_text().filter(|text| !text.is_empty());
            self.calls.answer(text("id").as_ref());
            sink(Event::Start { id: text("id"), model: text("model") });
        }
        if self.stopped {
            return;
        }
        self.delta(choice.get("delta"), sink);
        let logprobs = choice.get("logprobs").get("content");
        if !logprobs.items().is_empty() && self.open == Open::Said(Kind::Text) {
            sink(Event::Delta(Delta::Logprobs(logprobs.raw)));
        }
        // An empty reason tells that there will be none (xAI): `[DONE]` says the rest.
        if choice.get("finish_reason").as_text().as_ref().and_then(reason).is_some() {
            self.cite(parts::sources(chunk), sink);
            self.stop(choice, sink);
        }
    }

    fn delta(&mut self, delta: &Value<'_>, sink: Sink<'_>) {
        if let Some(text) = parts::reasoning(delta) {
            self.say(Kind::Thinking, &text, sink);
        }
        parts::content(delta.get("content"), &mut |piece| match piece {
            Piece::Text(text) => self.say(Kind::Text, &text, sink),
            Piece::Thinking { text, signature } => {
                self.say(Kind::Thinking, &text, sink);
                if let Some(signature) = signature {
                    self.sign(signature, sink);
                }
            }
            Piece::Source(citation) => self.cite(std::iter::once(citation), sink),
        });
        if let Some(refusal) = delta.get("refusal").as_text() {
            self.refusal.push_str(refusal.literal());
        }
        for (media_type, data) in parts::images(delta) {
            self.flush(sink);
            sink(Event::Block(BlockStart::Image { media_type, data }));
            sink(Event::BlockEnd);
        }
        self.cite(parts::annotations(delta), sink);
        for fragment in delta.get("tool_calls").items() {
            self.fragment(fragment, sink);
        }
        let old = delta.get("function_call");
        if !old.is_null() {
            let slot = self.calls.only(old);
            self.arguments(slot, old, sink);
        }
    }

    /// A piece of text or reasoning. Amid a call's arguments it waits.
    fn say(&mut self, kind: Kind, text: &Text<'_>, sink: Sink<'_>) {
        if text.is_empty() && kind == Kind::Text {
            return;
        }
        if let Open::Call(slot) = self.open
            && !self.calls.is_complete(slot)
        {
            self.hold(kind, text.literal());
            return;
        }
        if self.open != Open::Said(kind) {
            self.close(sink);
            let start = if kind == Kind::Text { BlockStart::Text } else { BlockStart::Thinking };
            sink(Event::Block(start));
            self.open = Open::Said(kind);
        }
        if !text.is_empty() {
            let text = text.clone();
            sink(Event::Delta(if kind == Kind::Text { Delta::Text(text) } else { Delta::Thinking(text) }));
        }
    }

    fn hold(&mut self, kind: Kind, literal: &str) {
        self.held_bytes = self.held_bytes.saturating_add(literal.len());
        match self.held.last_mut() {
            Some((last, text)) if *last == kind => text.push_str(literal),
            _ => self.held.push((kind, literal.to_owned())),
        }
    }

    /// The state of the reasoning that is open.
    fn sign(&mut self, signature: Text<'_>, sink: Sink<'_>) {
        if self.open == Open::Said(Kind::Thinking) {
            sink(Event::Delta(Delta::State(Opaque::new(Origin::Mistral, signature))));
            self.open = Open::Signed;
        }
    }

    /// Sources of the text that is open.
    fn cite<'c>(&mut self, citations: impl Iterator<Item = Citation<'c>>, sink: Sink<'_>) {
        for citation in citations {
            if self.open == Open::Said(Kind::Text) {
                sink(Event::Delta(Delta::Citation(citation)));
            }
        }
    }

    fn fragment(&mut self, fragment: &Value<'_>, sink: Sink<'_>) {
        let slot = self.calls.find(fragment);
        self.calls.note(slot, fragment);
        self.arguments(slot, fragment.get("function"), sink);
    }

    /// Arguments of a call: told at once if it is open, else kept until it is.
    fn arguments(&mut self, slot: usize, function: &Value<'_>, sink: Sink<'_>) {
        let told = function.get("arguments");
        let piece = match told.as_text() {
            Some(piece) => piece,
            None if told.members().is_empty() => Text::default(),
            None => Text::from_plain(told.raw),
        };
        if self.open == Open::Call(slot) {
            self.calls.follow(slot, &piece);
            if !piece.is_empty() {
                sink(Event::Delta(Delta::Arguments(piece)));
            }
        } else {
            self.calls.keep(slot, &piece);
        }
        self.advance(sink);
    }

    /// Opens what waits, as long as the call that is open is complete.
    fn advance(&mut self, sink: Sink<'_>) {
        loop {
            if let Open::Call(slot) = self.open
                && !self.calls.is_complete(slot)
            {
                return;
            }
            let Some(next) = self.calls.next() else { break };
            self.open(next, sink);
        }
        if matches!(self.open, Open::Call(_)) && !self.held.is_empty() {
            self.tell_held(sink);
        }
    }

    fn open(&mut self, slot: usize, sink: Sink<'_>) {
        self.close(sink);
        let Some(begun) = self.calls.begin(slot) else { return };
        let text = |literal: &'_ str| Text::from_owned_literal(literal.to_owned());
        sink(Event::Block(BlockStart::ToolUse {
            id: text(&begun.id),
            name: self.carry.client_name(text(&begun.name)),
            state: begun.state.map(|state| Opaque::open(Text::from_owned_literal(state), Origin::Gemini)),
        }));
        if !begun.arguments.is_empty() {
            sink(Event::Delta(Delta::Arguments(Text::from_owned_literal(begun.arguments))));
        }
        self.open = Open::Call(slot);
    }

    fn tell_held(&mut self, sink: Sink<'_>) {
        self.close(sink);
        self.held_bytes = 0;
        for (kind, text) in std::mem::take(&mut self.held) {
            self.say(kind, &Text::from_owned_literal(text), sink);
        }
    }

    fn close(&mut self, sink: Sink<'_>) {
        match self.open {
            Open::None => return,
            // A call without arguments may come without any.
            Open::Call(slot) if !self.calls.has_arguments(slot) => {
                sink(Event::Delta(Delta::Arguments(Text::from_literal("{}"))));
            }
            _ => {}
        }
        sink(Event::BlockEnd);
        self.open = Open::None;
    }

    /// Ends the block that is open and tells all that waits.
    fn flush(&mut self, sink: Sink<'_>) {
        self.close(sink);
        while let Some(next) = self.calls.next() {
            self.open(next, sink);
        }
        self.tell_held(sink);
        self.close(sink);
    }

    fn stop(&mut self, choice: &Value<'_>, sink: Sink<'_>) {
        self.flush(sink);
        self.stopped = true;
        let refusal = Text::from_owned_literal(std::mem::take(&mut self.refusal));
        let refusal = Some(refusal).filter(|refusal| !refusal.is_blank());
        sink(Event::Stop(stop(choice, self.calls.any(), refusal)));
    }

    /// The provider says that the answer is complete.
    fn done(&mut self, sink: Sink<'_>) {
        if self.started && !self.stopped {
            self.stop(&Value::NULL, sink);
        }
        if self.stopped {
            self.end(sink);
        }
    }

    fn end(&mut self, sink: Sink<'_>) {
        self.ended = true;
        if let Some(usage) = self.usage {
            sink(Event::Usage { usage, last: true });
        }
        sink(Event::End);
    }
}
