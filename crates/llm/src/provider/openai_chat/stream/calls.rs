//! The tool calls of a streamed answer: which fragment belongs to which, and what waits for its turn.

use json::{Text, Value};

use crate::provider::openai_chat::{parts, response};

/// The calls, in the order in which they began.
#[derive(Debug, Default)]
pub(super) struct Calls {
    list: Vec<Call>,
    /// The id of the answer, for calls without one.
    answer: Option<String>,
    waiting_bytes: usize,
}

/// A call. Strings are kept as they are written.
#[derive(Debug, Default)]
struct Call {
    index: Option<u64>,
    id: String,
    name: String,
    state: Option<String>,
    /// Arguments that were not told yet.
    waiting: String,
    progress: Progress,
    begun: bool,
}

/// What is known of a call when its block begins.
#[derive(Debug)]
pub(super) struct Begun {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) state: Option<String>,
    pub(super) arguments: String,
}

/// How far the arguments have come.
#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    /// Whether there is anything of them.
    any: bool,
    depth: u32,
    within: Within,
    /// Whether the outermost object or array is closed.
    complete: bool,
}

/// Whether the next byte stands in a string.
#[derive(Clone, Copy, Debug, Default)]
enum Within {
    #[default]
    Structure,
    String,
    /// In a string, behind a backslash.
    Escape,
}

// === impl Calls ===

impl Calls {
    /// The answer's id.
    pub(super) fn answer(&mut self, id: Option<&Text<'_>>) {
        self.answer = id.map(|id| id.literal().to_owned());
    }

    /// Whether there are any.
    pub(super) fn any(&self) -> bool {
        self.list.iter().any(|call| call.begun)
    }

    pub(super) fn waiting_bytes(&self) -> usize {
        self.waiting_bytes
    }

    /// The call that a fragment belongs to, which may be a new one. The index tells; without it the id, and
    /// without that it is the last.
    pub(super) fn find(&mut self, fragment: &Value<'_>) -> usize {
        let id = fragment.get("id").as_text().filter(|id| !id.is_empty());
        let named = fragment.get("function").get("name").as_text().is_some_and(|name| !name.is_empty());
        let index = fragment.get("index").as_u64();
        let has_id = |call: &Call| id.as_ref().is_some_and(|id| call.id == id.literal());
        let found = match (index, &id) {
            (Some(_), _) => self.list.iter().rposition(|call| call.index == index),
            (None, Some(_)) => self.list.iter().rposition(has_id),
            (None, None) => self.list.len().checked_sub(1).filter(|_| !named),
        };
        // Some give every call the same index: a whole call, then another id and name.
        let other = |call: &Call| {
            id.is_some()
                && named
                && !call.id.is_empty()
                && !has_id(call)
                && (call.progress.complete || !call.progress.any)
        };
        match found {
            Some(slot) if !self.list.get(slot).is_some_and(other) => slot,
            _ => {
                self.list.push(Call { index, ..Call::default() });
                self.list.len() - 1
            }
        }
    }

    /// The one call of a function in the words of 2023.
    pub(super) fn only(&mut self, function: &Value<'_>) -> usize {
        if self.list.is_empty() {
            self.list.push(Call::default());
        }
        if let Some(call) = self.list.first_mut() {
            call.named(function);
        }
        0
    }

    /// Takes in what a fragment tells of its call besides arguments.
    pub(super) fn note(&mut self, slot: usize, fragment: &Value<'_>) {
        let Some(call) = self.list.get_mut(slot) else { return };
        if call.begun {
            return;
        }
        if let (true, Some(id)) = (call.id.is_empty(), fragment.get("id").as_text()) {
            id.literal().clone_into(&mut call.id);
        }
        call.named(fragment.get("function"));
        if let Some(state) = parts::call_state_text(fragment) {
            call.state = Some(state.literal().to_owned());
        }
    }

    /// Notes arguments that are told at once.
    pub(super) fn follow(&mut self, slot: usize, piece: &Text<'_>) {
        if let Some(call) = self.list.get_mut(slot) {
            call.progress.follow(&piece.decode());
        }
    }

    /// Keeps arguments until the call's block begins. What comes after the block ended is lost: it was complete.
    pub(super) fn keep(&mut self, slot: usize, piece: &Text<'_>) {
        let Some(call) = self.list.get_mut(slot).filter(|call| !call.begun) else { return };
        call.progress.follow(&piece.decode());
        call.waiting.push_str(piece.literal());
        self.waiting_bytes = self.waiting_bytes.saturating_add(piece.literal().len());
    }

    /// The next call whose block can begin.
    pub(super) fn next(&self) -> Option<usize> {
        self.list.iter().position(|call| !call.begun && !call.name.is_empty())
    }

    /// Begins a call's block.
    pub(super) fn begin(&mut self, slot: usize) -> Option<Begun> {
        let answer = self.answer.as_deref();
        let call = self.list.get_mut(slot)?;
        call.begun = true;
        let arguments = std::mem::take(&mut call.waiting);
        self.waiting_bytes = self.waiting_bytes.saturating_sub(arguments.len());
        let id = if call.id.is_empty() {
            let answer = answer.map(Text::from_literal);
            response::made_id(answer.as_ref(), slot).literal().to_owned()
        } else {
            call.id.clone()
        };
        Some(Begun { id, name: call.name.clone(), state: call.state.take(), arguments })
    }

    pub(super) fn is_complete(&self, slot: usize) -> bool {
        self.list.get(slot).is_none_or(|call| call.progress.complete)
    }

    pub(super) fn has_arguments(&self, slot: usize) -> bool {
        self.list.get(slot).is_some_and(|call| call.progress.any)
    }
}

// === impl Call ===

impl Call {
    fn named(&mut self, function: &Value<'_>) {
        if let (true, Some(name)) = (self.name.is_empty(), function.get("name").as_text()) {
            name.literal().clone_into(&mut self.name);
        }
    }
}

// === impl Progress ===

impl Progress {
    fn follow(&mut self, json: &str) {
        for byte in json.bytes() {
            self.any |= !byte.is_ascii_whitespace();
            match (self.within, byte) {
                (Within::Escape, _) | (Within::Structure, b'"') => self.within = Within::String,
                (Within::String, b'\\') => self.within = Within::Escape,
                (Within::String, b'"') => self.within = Within::Structure,
                (Within::Structure, b'{' | b'[') => self.depth = self.depth.saturating_add(1),
                (Within::Structure, b'}' | b']') => {
                    self.depth = self.depth.saturating_sub(1);
                    self.complete |= self.depth == 0;
                }
                _ => {}
            }
        }
    }
}
