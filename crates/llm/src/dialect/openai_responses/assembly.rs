//! An answer put together from its blocks: items one after the other, and the events that tell of them. Blocks of text
//! that follow each other are one message. An item is told whole once something else begins or the model stops, since
//! only then it is known whether it was cut short.

use json::{Object, Text, push_text};

use super::call::Call;
use super::events::Events;
use super::message::Message;
use super::reasoning::Reasoning;
use super::shell::id_base;
use super::state::{self, Place};
use crate::canonical::{Block, BlockStart, Delta, Notes, Opaque, Stop};
use crate::{Context, FinishReason};

/// An answer being put together.
#[derive(Debug)]
pub(super) struct Assembly {
    pub(super) events: Events,
    notes: Notes,
    /// What the ids of items contain.
    base: String,
    /// The items that are whole, as JSON with commas between, and how many they are.
    items: Vec<u8>,
    count: u64,
    open: Open,
    /// The block that is open.
    block: Kind,
    /// State of the text that is open.
    text_state: Vec<String>,
    /// Bytes of text, reasoning and arguments.
    written: usize,
}

/// The item that is open.
#[derive(Debug)]
enum Open {
    None,
    Message(Box<Message>),
    Reasoning(Reasoning),
    Call(Box<Call>),
}

/// The kinds of blocks that have pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Thinking,
    Call,
    Other,
}

// === impl Assembly ===

impl Assembly {
    /// `id` is the answer's.
    pub(super) fn new(events: Events, id: &str, ctx: &Context) -> Self {
        Self {
            events,
            notes: ctx.carry.notes.clone(),
            base: id_base(id).to_owned(),
            items: Vec::new(),
            count: 0,
            open: Open::None,
            block: Kind::Other,
            text_state: Vec::new(),
            written: 0,
        }
    }

    /// The items that are whole, as JSON with commas between.
    pub(super) fn items(&self) -> &[u8] {
        &self.items
    }

    /// Bytes of text, reasoning and arguments so far.
    pub(super) fn written(&self) -> usize {
        self.written
    }

    fn id(&self, kind: &str) -> String {
        format!("{kind}_{}_{}", self.base, self.count)
    }

    /// A whole block.
    pub(super) fn whole(&mut self, block: &Block<'_>, out: &mut Vec<u8>) {
        match block {
            Block::Text { text, citations, state } => {
                self.begin(&BlockStart::Text, out);
                self.piece(&Delta::Text(text.clone()), out);
                for citation in citations {
                    self.piece(&Delta::Citation(citation.clone()), out);
                }
                if let Some(state) = state {
                    self.piece(&Delta::State(state.clone()), out);
                }
            }
            Block::Thinking { text, state } => {
                self.begin(&BlockStart::Thinking, out);
                self.piece(&Delta::Thinking(text.clone()), out);
                if let Some(state) = state {
                    self.piece(&Delta::State(state.clone()), out);
                }
            }
            Block::Redacted(state) => self.begin(&BlockStart::Redacted(state.clone()), out),
            Block::ToolUse { id, name, arguments, state } => {
                let (id, name, state) = (id.clone(), name.clone(), state.clone());
                self.begin(&BlockStart::ToolUse { id, name, state }, out);
                self.piece(&Delta::Arguments(Text::from_plain(arguments)), out);
            }
            Block::Image { media_type, data } => {
                let (media_type, data) = (media_type.clone(), data.clone());
                self.begin(&BlockStart::Image { media_type, data }, out);
            }
        }
        self.block_end(out);
    }

    /// A block begins.
    pub(super) fn begin(&mut self, start: &BlockStart<'_>, out: &mut Vec<u8>) {
        self.block = match start {
            // A message begins with the first of its text: a block may stay empty.
            BlockStart::Text => {
                if let Open::Message(message) = &mut self.open {
                    message.block_begins();
                }
                Kind::Text
            }
            BlockStart::Thinking => {
                self.reasoning(None, out);
                Kind::Thinking
            }
            BlockStart::Redacted(state) => {
                self.reasoning(Some(state), out);
                Kind::Other
            }
            BlockStart::ToolUse { id, name, state } => {
                self.close("completed", out);
                if let Some(sealed) = state.as_ref().and_then(|state| self.seal(state, Place::Next)) {
                    self.carrier(sealed, out);
                }
                let call = Call::new(|kind| self.id(kind), self.count, id, name, &self.notes);
                call.begin(&mut self.events, out);
                self.open = Open::Call(Box::new(call));
                Kind::Call
            }
            BlockStart::Image { media_type, data } => {
                self.close("completed", out);
                self.image(media_type, data, out);
                Kind::Other
            }
        };
    }

    /// A piece of the block that is open. Empty ones say nothing.
    pub(super) fn piece(&mut self, delta: &Delta<'_>, out: &mut Vec<u8>) {
        if let Delta::Text(text) | Delta::Thinking(text) | Delta::Arguments(text) = delta {
            self.written += text.literal().len();
            if text.is_empty() {
                return;
            }
        }
        match (self.block, delta) {
            (Kind::Text, Delta::Text(text)) => {
                self.message(out, |message, events, out| message.push(text, events, out));
            }
            (Kind::Text, Delta::Logprobs(content)) => {
                self.message(out, |message, events, out| message.push_logprobs(content, events, out));
            }
            (Kind::Text, Delta::Citation(citation)) if citation.url.is_some() => {
                self.message(out, |message, _, _| message.cite(citation));
            }
            (Kind::Text, Delta::State(state)) => {
                self.text_state.extend(self.seal(state, Place::Last));
            }
            (Kind::Thinking, _) => {
                if let Open::Reasoning(reasoning) = &mut self.open {
                    match delta {
                        Delta::Thinking(text) => reasoning.push(text, &mut self.events, out),
                        Delta::State(state) if self.notes.wants_state => {
                            reasoning.sealed = Some(state::seal(state, Place::Thinking));
                        }
                        _ => {}
                    }
                }
            }
            (Kind::Call, Delta::Arguments(json)) => {
                if let Open::Call(call) = &mut self.open {
                    call.push(json, &mut self.events, out);
                }
            }
            _ => {}
        }
    }

    /// The block that was open has ended.
    pub(super) fn block_end(&mut self, out: &mut Vec<u8>) {
        if let (Kind::Text, Open::Message(message)) = (self.block, &mut self.open) {
            message.block_ends(&mut self.events, out);
        }
        self.block = Kind::Other;
    }

    /// The model stopped: all items are whole now.
    pub(super) fn stop(&mut self, stop: Option<&Stop<'_>>, out: &mut Vec<u8>) {
        if let Some(refusal) = stop.and_then(|stop| stop.refusal.as_ref()) {
            self.message(out, |message, _, _| message.refuse(refusal));
        }
        let cut = stop.is_some_and(|stop| stop.reason == FinishReason::Length);
        self.close(if cut { "incomplete" } else { "completed" }, out);
    }

    /// Changes the message that is open, or a new one.
    fn message(&mut self, out: &mut Vec<u8>, change: impl FnOnce(&mut Message, &mut Events, &mut Vec<u8>)) {
        if !matches!(self.open, Open::Message(_)) {
            self.close("completed", out);
            let message = Message::new(self.id("msg"), self.count);
            message.begin(&mut self.events, out);
            self.open = Open::Message(Box::new(message));
        }
        if let Open::Message(message) = &mut self.open {
            change(message, &mut self.events, out);
        }
    }

    /// Reasoning begins; `state` is all of it, where only its vendor can read it.
    fn reasoning(&mut self, state: Option<&Opaque<'_>>, out: &mut Vec<u8>) {
        self.close("completed", out);
        let mut reasoning = Reasoning::new(self.id("rs_weir"), self.count);
        reasoning.sealed = state.and_then(|state| self.seal(state, Place::Redacted));
        reasoning.begin(&mut self.events, out);
        self.open = Open::Reasoning(reasoning);
    }

    /// State in a seal, if it is to be told.
    fn seal(&self, state: &Opaque<'_>, place: Place) -> Option<String> {
        self.notes.wants_state.then(|| state::seal(state, place))
    }

    /// Writes an item that only carries state.
    fn carrier(&mut self, sealed: String, out: &mut Vec<u8>) {
        let mut reasoning = Reasoning::new(self.id("rs_weir"), self.count);
        reasoning.sealed = Some(sealed);
        reasoning.begin(&mut self.events, out);
        self.open = Open::Reasoning(reasoning);
        self.close("completed", out);
    }

    /// Tells that the open item is whole.
    fn close(&mut self, status: &str, out: &mut Vec<u8>) {
        let (output, json) = match std::mem::replace(&mut self.open, Open::None) {
            Open::None => return,
            Open::Message(message) => (message.output, message.end(status, &mut self.events, out)),
            Open::Reasoning(reasoning) => (reasoning.output, reasoning.end(&mut self.events, out)),
            Open::Call(call) => (call.output, call.end(status, &mut self.events, out)),
        };
        self.done(output, &json, out);
        for sealed in std::mem::take(&mut self.text_state) {
            self.carrier(sealed, out);
        }
    }

    /// Keeps an item that is whole.
    fn done(&mut self, output: u64, json: &[u8], out: &mut Vec<u8>) {
        self.events.item("response.output_item.done", output, out, |item| item.extend_from_slice(json));
        if self.count > 0 {
            self.items.push(b',');
        }
        self.items.extend_from_slice(json);
        self.count += 1;
    }

    fn image(&mut self, media_type: &Text<'_>, data: &Text<'_>, out: &mut Vec<u8>) {
        let (id, output) = (self.id("ig"), self.count);
        let plain = media_type.decode();
        let format = plain.strip_prefix("image/").unwrap_or("png");
        let write = |status: &str, out: &mut Vec<u8>| {
            let mut item = Object::begin(out);
            item.string("id", &id).string("type", "image_generation_call").string("status", status);
            if status == "completed" {
                push_text(item.key("result"), data);
            } else {
                item.raw("result", "null");
            }
            item.string("output_format", format);
            item.end();
        };
        self.events.item("response.output_item.added", output, out, |item| write("in_progress", item));
        let at = super::events::At { item: &id, output };
        for kind in ["response.image_generation_call.in_progress", "response.image_generation_call.completed"]
        {
            self.events.of_item(kind, at, out, |_| {});
        }
        let mut json = Vec::with_capacity(data.literal().len() + 160);
        write("completed", &mut json);
        self.done(output, &json, out);
    }
}
