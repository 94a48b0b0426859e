//! The item that is open: what came of it becomes blocks.

use json::{Text, Value};

use super::super::items::{self, GAP};
use crate::canonical::{Block, BlockStart, Citation, Delta, Event};
use crate::provider::Sink;

/// An item that is open.
#[derive(Debug)]
pub(super) struct Open {
    kind: Kind,
    /// Whether its block has begun.
    begun: bool,
    /// Whether any of its content came: of the part that is open, for a message.
    came: bool,
    /// Sources that were told of the part that is open.
    cited: usize,
    /// The parts that were told whole, of a message; the part that is open, of reasoning.
    part: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Message,
    Reasoning,
    Call,
}

// === impl Open ===

impl Open {
    pub(super) fn message() -> Self {
        Self { kind: Kind::Message, begun: false, came: false, cited: 0, part: 0 }
    }

    pub(super) fn reasoning() -> Self {
        Self { kind: Kind::Reasoning, ..Self::message() }
    }

    /// A call, the block of which has begun.
    pub(super) fn call() -> Self {
        Self { kind: Kind::Call, begun: true, ..Self::message() }
    }

    /// An event of the item. Answers whether it was understood.
    pub(super) fn event(&mut self, kind: &str, event: &Value<'_>, sink: Sink<'_>) -> bool {
        let delta = event.get("delta").as_text().filter(|delta| !delta.is_empty());
        match (self.kind, kind) {
            (Kind::Message, "response.output_text.delta") => {
                self.text(delta, event.get("logprobs"), sink);
            }
            (Kind::Message, "response.output_text.annotation.added") => {
                self.cited += 1;
                if let Some(citation) = items::citation(event.get("annotation")) {
                    self.cite(citation, sink);
                }
            }
            (Kind::Message, "response.content_part.done") => self.part_done(event.get("part"), sink),
            (Kind::Reasoning, "response.reasoning_summary_text.delta" | "response.reasoning_text.delta") => {
                let index = [event.get("summary_index"), event.get("content_index")];
                let index = index.into_iter().find_map(Value::as_u64).unwrap_or(0);
                self.thinking(index, delta, sink);
            }
            (Kind::Call, "response.function_call_arguments.delta") => {
                if let Some(delta) = delta {
                    self.came = true;
                    sink(Event::Delta(Delta::Arguments(delta)));
                }
            }
            _ => return false,
        }
        true
    }

    fn begin(&mut self, start: BlockStart<'_>, sink: Sink<'_>) {
        if !std::mem::replace(&mut self.begun, true) {
            sink(Event::Block(start));
        }
    }

    fn text(&mut self, delta: Option<Text<'_>>, logprobs: &Value<'_>, sink: Sink<'_>) {
        if let Some(delta) = delta {
            self.came = true;
            self.begin(BlockStart::Text, sink);
            sink(Event::Delta(Delta::Text(delta)));
        }
        if !logprobs.items().is_empty() {
            self.begin(BlockStart::Text, sink);
            sink(Event::Delta(Delta::Logprobs(logprobs.raw)));
        }
    }

    fn cite(&mut self, citation: Citation<'_>, sink: Sink<'_>) {
        self.begin(BlockStart::Text, sink);
        sink(Event::Delta(Delta::Citation(citation)));
    }

    /// A part of a message is whole: what did not come before stands here.
    fn part_done(&mut self, part: &Value<'_>, sink: Sink<'_>) {
        self.part += 1;
        if part.get("type").is("output_text") {
            if !self.came {
                let text = part.get("text").as_text().filter(|text| !text.is_empty());
                self.text(text, part.get("logprobs"), sink);
            }
            let rest = part.get("annotations").items().iter().skip(self.cited);
            for citation in rest.filter_map(items::citation) {
                self.cite(citation, sink);
            }
        }
        if std::mem::take(&mut self.begun) {
            sink(Event::BlockEnd);
        }
        (self.came, self.cited) = (false, 0);
    }

    /// Reasoning; its parts are told with a gap between.
    fn thinking(&mut self, index: u64, delta: Option<Text<'_>>, sink: Sink<'_>) {
        let Some(delta) = delta else { return };
        if std::mem::replace(&mut self.part, index) != index && self.came {
            sink(Event::Delta(Delta::Thinking(Text::from_literal(GAP))));
        }
        self.came = true;
        self.begin(BlockStart::Thinking, sink);
        sink(Event::Delta(Delta::Thinking(delta)));
    }

    /// The item is whole: what did not come before stands in it.
    pub(super) fn end(mut self, item: &Value<'_>, sink: Sink<'_>) {
        match self.kind {
            Kind::Message => {
                let told = usize::try_from(self.part).unwrap_or(usize::MAX);
                for part in item.get("content").items().iter().skip(told) {
                    self.part_done(part, sink);
                }
            }
            Kind::Reasoning if self.begun => {
                if let Some(state) = items::state(item) {
                    sink(Event::Delta(Delta::State(state)));
                }
            }
            Kind::Reasoning => {
                let nobody = crate::Carry::default();
                for block in items::blocks(item, &nobody) {
                    tell(&block, sink);
                }
            }
            Kind::Call if !self.came => {
                let arguments = items::arguments(item);
                sink(Event::Delta(Delta::Arguments(Text::from_plain(&arguments))));
            }
            Kind::Call => {}
        }
        if self.begun {
            sink(Event::BlockEnd);
        }
    }
}

/// Tells a whole block.
pub(super) fn tell(block: &Block<'_>, sink: Sink<'_>) {
    match block {
        Block::Text { text, citations, .. } => {
            sink(Event::Block(BlockStart::Text));
            if !text.is_empty() {
                sink(Event::Delta(Delta::Text(text.clone())));
            }
            for citation in citations {
                sink(Event::Delta(Delta::Citation(citation.clone())));
            }
        }
        Block::Thinking { text, state } => {
            sink(Event::Block(BlockStart::Thinking));
            sink(Event::Delta(Delta::Thinking(text.clone())));
            if let Some(state) = state {
                sink(Event::Delta(Delta::State(state.clone())));
            }
        }
        Block::Redacted(state) => sink(Event::Block(BlockStart::Redacted(state.clone()))),
        Block::ToolUse { id, name, arguments, .. } => {
            let (id, name) = (id.clone(), name.clone());
            sink(Event::Block(BlockStart::ToolUse { id, name, state: None }));
            sink(Event::Delta(Delta::Arguments(Text::from_plain(arguments))));
        }
        Block::Image { media_type, data } => {
            let (media_type, data) = (media_type.clone(), data.clone());
            sink(Event::Block(BlockStart::Image { media_type, data }));
        }
    }
    sink(Event::BlockEnd);
}
