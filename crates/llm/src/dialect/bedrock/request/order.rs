//! Calls of tools and their results: each call is answered once, in the very next turn of the user.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use json::Text;

use super::path::Path;
use crate::RequestError;

/// The calls of the assistant's turn before, by their ids: where each stands, and whether it was answered.
#[derive(Debug, Default)]
pub(super) struct Order {
    calls: HashMap<String, (Path, bool), RandomState>,
    /// In the order of the calls, for the first that is not answered.
    ids: Vec<String>,
}

// === impl Order ===

impl Order {
    /// A turn of the assistant begins: all calls before it must be answered.
    pub(super) fn turn(&mut self) -> Result<(), RequestError> {
        for id in self.ids.drain(..) {
            if let Some((at, false)) = self.calls.get(&id) {
                return Err(
                    at.invalid(&format!("is `{id}`, which no `toolResult` of the next message answers"))
                );
            }
        }
        self.calls.clear();
        Ok(())
    }

    pub(super) fn call(&mut self, at: Path, id: &Text<'_>) -> Result<(), RequestError> {
        let id = id.decode().into_owned();
        if self.calls.contains_key(&id) {
            return Err(at.invalid(&format!("is `{id}`, as another call of the same turn is")));
        }
        self.calls.insert(id.clone(), (at, false));
        self.ids.push(id);
        Ok(())
    }

    pub(super) fn result(&mut self, at: &Path, id: &Text<'_>) -> Result<(), RequestError> {
        let id = id.decode();
        match self.calls.get_mut(&*id) {
            None => {
                Err(at.invalid(&format!("is `{id}`, which no `toolUse` of the assistant's turn before has")))
            }
            Some((_, true)) => Err(at.invalid(&format!("is `{id}`, which was answered before"))),
            Some((_, answered)) => {
                *answered = true;
                Ok(())
            }
        }
    }

    /// The conversation has ended: calls may wait, unless some of them were answered.
    pub(super) fn end(&mut self) -> Result<(), RequestError> {
        if self.calls.values().any(|(_, answered)| *answered) { self.turn() } else { Ok(()) }
    }
}
