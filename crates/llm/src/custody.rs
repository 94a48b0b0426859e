//! Vendors' state in Weir's hands. Few clients send back what their dialect has no word for, and a vendor that does not
//! see its signatures again refuses the next turn, or thinks worse. So what belongs to a tool call is also kept under the
//! call's id, and put back before the call when the client did not bring it.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use json::{Array, Object, Text, Value};

use crate::canonical::{
    Block, BlockStart, Content, Delta, Event, Opaque, Origin, Part, Request, Response, Role,
};
use crate::{Dialect, RequestError};

/// The shortest id that is taken to be one of its kind.
const UNIQUE: usize = 8;

/// State to be kept, by the ids of the calls that it belongs to.
pub type Kept = Vec<(String, Vec<u8>)>;

/// State that was kept, by the id of its call.
#[derive(Clone, Debug, Default)]
pub struct Held {
    by_call: HashMap<String, String, RandomState>,
}

// === impl Held ===

impl Held {
    /// Takes in what was kept for a call; what is not readable is as good as not there.
    pub fn insert(&mut self, id: String, kept: &[u8]) {
        if let Ok(text) = std::str::from_utf8(kept) {
            self.by_call.insert(id, text.to_owned());
        }
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.by_call.is_empty()
    }

    /// Puts what is held back before its calls, where the client did not bring any.
    pub(crate) fn restore<'a>(&'a self, request: &mut Request<'a>) {
        for message in request.messages.iter_mut().filter(|message| message.role == Role::Assistant) {
            if message.parts.iter().any(brings_state) {
                continue;
            }
            let parts = std::mem::take(&mut message.parts);
            for mut part in parts {
                let held = call_id(&part).and_then(|id| self.by_call.get(&id));
                if let Some(value) = held.and_then(|text| Value::parse(text).ok()) {
                    message.parts.extend(value.get("before").items().iter().filter_map(block));
                    part.state =
                        value.get("state").as_text().map(|text| Opaque::open(text, Origin::Anthropic));
                }
                message.parts.push(part);
            }
        }
    }
}

/// The ids of calls in a request whose state the client did not bring, unless its dialect always brings it.
pub fn missing(dialect: Dialect, body: &[u8]) -> Result<Vec<String>, RequestError> {
    let text = std::str::from_utf8(body).map_err(|_| RequestError::body("the body is not UTF-8"))?;
    let text = dialect.client().prepare(text)?;
    let request = dialect.client().decode_request(&text)?;
    let turns = request.messages.iter().filter(|message| message.role == Role::Assistant);
    let without = turns.filter(|turn| !turn.parts.iter().any(brings_state));
    Ok(without.flat_map(|turn| &turn.parts).filter_map(call_id).collect())
}

/// The id of a call, if it is one of its kind.
fn call_id(part: &Part<'_>) -> Option<String> {
    let Content::ToolUse(call) = &part.content else { return None };
    let id = call.id.decode();
    is_unique(&id).then(|| id.into_owned())
}

/// Whether an id names its call alone: one that is counted (`call_0`) comes again in every conversation.
fn is_unique(id: &str) -> bool {
    let counted = id
        .rsplit(['_', '-'])
        .next()
        .is_some_and(|last| last.len() < 6 && last.bytes().all(|b| b.is_ascii_digit()));
    id.len() >= UNIQUE && !counted
}

fn brings_state(part: &Part<'_>) -> bool {
    part.state.is_some()
        || matches!(part.content, Content::Redacted(_) | Content::Thinking { state: Some(_), .. })
}

/// A block as it is kept.
fn block<'a>(value: &Value<'a>) -> Option<Part<'a>> {
    let state = Opaque::open(value.get("state").as_text()?, Origin::Anthropic);
    let content = match value.get("thinking").as_text() {
        Some(text) => Content::Thinking { text, state: Some(state) },
        None => Content::Redacted(state),
    };
    Some(Part::new(content))
}

/// Gathers what is to be kept of one answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gather {
    /// Blocks of reasoning since the last call, as JSON.
    before: Vec<String>,
    /// The thinking block that is open: its text so far.
    thinking: Option<String>,
    kept: Kept,
}

// === impl Gather ===

impl Gather {
    /// What is to be kept of a whole answer.
    pub(crate) fn of(response: &Response<'_>) -> Kept {
        let mut gather = Self::default();
        for block in &response.blocks {
            match block {
                Block::Thinking { text, state: Some(state) } => gather.thought(text.literal(), state),
                Block::Redacted(state) => gather.redacted(state),
                Block::ToolUse { id, state, .. } => gather.call(id, state.as_ref()),
                _ => {}
            }
        }
        gather.kept
    }

    /// Takes in an event of a streamed answer.
    pub(crate) fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Block(BlockStart::Thinking) => self.thinking = Some(String::new()),
            Event::Block(BlockStart::Redacted(state)) => self.redacted(state),
            Event::Block(BlockStart::ToolUse { id, state, .. }) => self.call(id, state.as_ref()),
            Event::Delta(Delta::Thinking(text)) => {
                if let Some(thinking) = &mut self.thinking {
                    thinking.push_str(text.literal());
                }
            }
            Event::Delta(Delta::State(state)) => {
                if let Some(thinking) = self.thinking.take() {
                    self.thought(&thinking, state);
                }
            }
            Event::BlockEnd => self.thinking = None,
            _ => {}
        }
    }

    /// What is to be kept of what came so far.
    pub(crate) fn kept(&self) -> &Kept {
        &self.kept
    }

    fn thought(&mut self, literal: &str, state: &Opaque<'_>) {
        let mut out = Vec::with_capacity(literal.len() + 64);
        let mut object = Object::begin(&mut out);
        object.text("thinking", &Text::from_literal(literal)).text("state", &state.sealed());
        object.end();
        self.before.extend(String::from_utf8(out));
    }

    fn redacted(&mut self, state: &Opaque<'_>) {
        let mut out = Vec::new();
        let mut object = Object::begin(&mut out);
        object.text("state", &state.sealed());
        object.end();
        self.before.extend(String::from_utf8(out));
    }

    /// A call takes what stands before it. Of calls side by side the first does.
    fn call(&mut self, id: &Text<'_>, state: Option<&Opaque<'_>>) {
        if self.before.is_empty() && state.is_none() {
            return;
        }
        let mut out = Vec::new();
        let mut object = Object::begin(&mut out);
        let mut before = Array::begin(object.key("before"));
        for block in self.before.drain(..) {
            before.item().extend_from_slice(block.as_bytes());
        }
        before.end();
        if let Some(state) = state {
            object.text("state", &state.sealed());
        }
        object.end();
        let id = id.decode();
        if is_unique(&id) {
            self.kept.push((id.into_owned(), out));
        }
    }
}

#[cfg(test)]
mod tests;
