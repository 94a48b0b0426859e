//! Which result answers which call: every call of an assistant's turn once, in the turn after it.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;
use json::Text;

use super::path::Path;
use crate::RequestError;

/// The conversation up to the message that is read. Messages of one side that follow each other are one turn.
#[derive(Debug, Default)]
pub(super) struct Order<'a> {
    side: Option<Side>,
    /// Where the assistant's latest turn began.
    asked_at: usize,
    /// The tools that it called, by the ids of the calls.
    asked: HashMap<String, Text<'a>, RandomState>,
    answered: HashSet<String, RandomState>,
}

/// How many calls without results are named.
const NAMED: usize = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    User,
    Assistant,
}

// === impl Order ===

impl<'a> Order<'a> {
    /// A message begins.
    pub(super) fn message(&mut self, side: Side, index: usize) -> Result<(), RequestError> {
        if side == Side::Assistant && self.side != Some(Side::Assistant) {
            self.check_answered()?;
            *self = Self { asked_at: index, ..Self::default() };
        }
        self.side = Some(side);
        Ok(())
    }

    /// The assistant calls a tool, here.
    pub(super) fn call(&mut self, at: &Path<'_>, id: &Text<'_>, name: &Text<'a>) -> Result<(), RequestError> {
        let id = id.decode().into_owned();
        if self.asked.contains_key(&id) {
            return Err(at.invalid(&format!("`tool_use` ids must be unique; {id} was used before")));
        }
        self.asked.insert(id, name.clone());
        Ok(())
    }

    /// A result, here. Gives the name of its tool.
    pub(super) fn result(&mut self, at: &Path<'_>, id: &Text<'_>) -> Result<Text<'a>, RequestError> {
        let id = id.decode().into_owned();
        let Some(name) = self.asked.get(&id).cloned() else {
            return Err(at.invalid(&format!(
                "unexpected `tool_use_id` found in `tool_result` blocks: {id}. Each `tool_result` block must have a corresponding `tool_use` block in the previous message."
            )));
        };
        if self.answered.contains(&id) {
            return Err(at.invalid(&format!(
                "each tool_use must have a single result. Found multiple `tool_result` blocks with id: {id}"
            )));
        }
        self.answered.insert(id);
        Ok(name)
    }

    /// The conversation is over. Calls that it ends with may stay without results.
    pub(super) fn end(&self) -> Result<(), RequestError> {
        if self.side == Some(Side::User) { self.check_answered() } else { Ok(()) }
    }

    fn check_answered(&self) -> Result<(), RequestError> {
        let mut missing: Vec<&str> =
            self.asked.keys().filter(|id| !self.answered.contains(*id)).map(String::as_str).collect();
        if missing.is_empty() {
            return Ok(());
        }
        missing.sort_unstable();
        missing.truncate(NAMED);
        let why = format!(
            "`tool_use` ids were found without `tool_result` blocks immediately after: {}. Each `tool_use` block must have a corresponding `tool_result` block in the next message.",
            missing.join(", ")
        );
        Err(Path::top("messages").item(self.asked_at).invalid(&why))
    }
}
