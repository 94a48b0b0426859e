//! Equal calls that change nothing are made once: where one waits for an answer, or has it, others have it too. Only
//! between steps that change something, and never for what is made again, so that waiting for a change works. Answers are
//! kept for others up to a bound, the latest of them.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, Hash, Hasher};
use std::sync::Arc;

use foldhash::quality::RandomState;

use super::CallId;
use super::reply::Raw;
use crate::request::Request;

/// So many bytes of answers are kept at most.
const MOST: usize = 1 << 20;

/// What each answer takes beside its bytes, about.
const OVERHEAD: usize = 512;

/// By what a call is equal to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// Of all the rest, computed once.
    hash: u64,
    pub(super) source: usize,
    /// The longest answer that is taken.
    pub(super) longest: Option<u64>,
    /// In its canonical form, which need not be the one that is sent.
    request: Arc<Request>,
}

/// Answers that are kept for others.
#[derive(Debug, Default)]
pub(super) struct Shares {
    calls: HashMap<Arc<Key>, State, RandomState>,
    keys: HashMap<CallId, Arc<Key>, RandomState>,
    /// The answers that there are, the oldest first, with what they take.
    kept: VecDeque<(Arc<Key>, usize)>,
    bytes: usize,
    random: RandomState,
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

// === impl Key ===

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

// === impl Shares ===

impl Shares {
    /// By what a call is found.
    pub(super) fn key(&self, source: usize, longest: Option<u64>, request: &Arc<Request>) -> Arc<Key> {
        let request = request.canonical().map_or_else(|| Arc::clone(request), Arc::new);
        let hash = self.random.hash_one((source, longest, &request));
        Arc::new(Key { hash, source, longest, request })
    }

    /// The same call as made by someone else.
    pub(super) fn find(&self, key: &Key) -> Option<Found> {
        Some(match self.calls.get(key)? {
            State::UnderWay(id) => Found::UnderWay(*id),
            State::Done(raw) => Found::Done(Arc::clone(raw)),
        })
    }

    /// A call that others may share.
    pub(super) fn begun(&mut self, id: CallId, key: Arc<Key>) {
        self.keys.insert(id, Arc::clone(&key));
        self.calls.insert(key, State::UnderWay(id));
    }

    pub(super) fn answered(&mut self, id: CallId, raw: &Arc<Raw>) {
        let Some(key) = self.keys.remove(&id) else { return };
        // What went wrong may go well for another.
        if !(200..300).contains(&raw.status) {
            self.calls.remove(&key);
        } else if let Some(state) = self.calls.get_mut(&key) {
            *state = State::Done(Arc::clone(raw));
            let size = raw.body.len() + OVERHEAD;
            self.bytes += size;
            self.kept.push_back((key, size));
        }
        while self.bytes > MOST
            && let Some((key, size)) = self.kept.pop_front()
        {
            self.bytes -= size;
            if matches!(self.calls.get(&key), Some(State::Done(_))) {
                self.calls.remove(&key);
            }
        }
    }

    pub(super) fn forget(&mut self, id: CallId) {
        if let Some(key) = self.keys.remove(&id) {
            self.calls.remove(&key);
        }
    }

    /// A call is made again: what it gave before is not what it gives now.
    pub(super) fn renew(&mut self, key: &Key) {
        if let Some(State::UnderWay(id)) = self.calls.remove(key) {
            self.keys.remove(&id);
        }
    }

    /// Something changes: what was read before may not hold any more.
    pub(super) fn clear(&mut self) {
        self.calls.clear();
        self.keys.clear();
        self.kept.clear();
        self.bytes = 0;
    }

    #[cfg(test)]
    pub(super) fn kept(&self) -> usize {
        assert!(self.bytes <= MOST && self.calls.len() <= self.kept.len() + self.keys.len());
        self.kept.len()
    }
}
