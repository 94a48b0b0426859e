//! Equal calls that change nothing are made once: where one waits for an answer, or has it, others have it too. Only
//! between steps that change something, and never for what is made again, so that waiting for a change works.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::CallId;
use super::reply::Raw;
use crate::request::Request;

/// Answers that are kept for others.
#[derive(Debug, Default)]
pub(super) struct Shares {
    calls: HashMap<(usize, Request), Shared>,
    keys: HashMap<CallId, (usize, Request)>,
}

#[derive(Debug)]
struct Shared {
    state: State,
    /// Who has it: by frame, step and unit.
    by: HashSet<(usize, usize, usize)>,
}

#[derive(Debug)]
enum State {
    UnderWay(CallId),
    Done(Arc<Raw>),
}

/// What there is of a call.
#[derive(Debug)]
pub(super) enum Found {
    UnderWay(CallId),
    Done(Arc<Raw>),
}

// === impl Shares ===

impl Shares {
    /// The same call as made by someone else. One who has it already makes it anew.
    pub(super) fn find(&mut self, key: &(usize, Request), who: (usize, usize, usize)) -> Option<Found> {
        let shared = self.calls.get_mut(key)?;
        if !shared.by.insert(who) {
            if let Some(Shared { state: State::UnderWay(id), .. }) = self.calls.remove(key) {
                self.keys.remove(&id);
            }
            return None;
        }
        Some(match &shared.state {
            State::UnderWay(id) => Found::UnderWay(*id),
            State::Done(raw) => Found::Done(Arc::clone(raw)),
        })
    }

    /// A call that others may share.
    pub(super) fn begun(&mut self, id: CallId, key: (usize, Request), who: (usize, usize, usize)) {
        self.keys.insert(id, key.clone());
        self.calls.insert(key, Shared { state: State::UnderWay(id), by: HashSet::from([who]) });
    }

    pub(super) fn answered(&mut self, id: CallId, raw: &Arc<Raw>) {
        let Some(key) = self.keys.remove(&id) else { return };
        match self.calls.get_mut(&key) {
            Some(shared) if (200..300).contains(&raw.status) => {
                shared.state = State::Done(Arc::clone(raw));
            }
            // What went wrong may go well for another.
            Some(_) => drop(self.calls.remove(&key)),
            None => {}
        }
    }

    pub(super) fn forget(&mut self, id: CallId) {
        if let Some(key) = self.keys.remove(&id) {
            self.calls.remove(&key);
        }
    }

    /// Something changes: what was read before may not hold any more.
    pub(super) fn clear(&mut self) {
        self.calls.clear();
        self.keys.clear();
    }
}
