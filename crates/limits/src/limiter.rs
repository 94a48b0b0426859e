//! Rate limits for many keys, bounded in number.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};
use std::sync::atomic::{AtomicU64, Ordering};

use base::Nanos;
use parking_lot::RwLock;

use crate::gcra::{Decision, Gcra, Limit};
use crate::key::{ByKey, Key, SHARDS};

#[cfg(test)]
mod tests;

/// How many entries are looked at to find one to give up.
const SAMPLE: usize = 16;
/// The least time between two sweeps of a shard that found little to free.
const SWEEP_PAUSE: u64 = 1_000_000_000;

/// The states of all rate limits. A known key costs a shared lock of one shard in 64 and one atomic
/// exchange; nothing is ever held while waiting.
///
/// A state whose units are all earned back is the same as none, so that idle keys go without a trace.
/// If there is no room even so, the state closest to being idle among a few goes, which lets its key
/// spend early; [`LimiterStats::evicted`] counts how often.
#[derive(Debug)]
pub struct Limiter {
    shards: Box<[Shard]>,
    room: usize,
    hasher: RandomState,
    evicted: AtomicU64,
}

/// Numbers for metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimiterStats {
    /// Keys held.
    pub keys: usize,
    /// Keys given up before they were idle.
    pub evicted: u64,
}

#[derive(Debug, Default)]
struct Shard {
    states: RwLock<States>,
}

#[derive(Debug, Default)]
struct States {
    by_key: ByKey<Gcra>,
    /// No sweep before this time.
    next_sweep: u64,
}

// === impl Limiter ===

impl Limiter {
    /// Room for about `max_keys` keys, 64 at least.
    pub fn new(max_keys: usize) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Shard::default()).collect(),
            room: max_keys.div_ceil(SHARDS).max(1),
            hasher: RandomState::new(),
            evicted: AtomicU64::new(0),
        }
    }

    /// The key for what a limit is counted by: the stable ids of policy and subject, usually a tuple.
    pub fn key(&self, of: impl Hash) -> Key {
        Key(self.hasher.hash_one(of))
    }

    /// See [`Gcra::check`].
    pub fn check(&self, key: Key, limit: &Limit, cost: u64, now: Nanos) -> Decision {
        self.with(key, now, |state| state.check(limit, cost, now))
    }

    /// See [`Gcra::refund`]; a key that is gone has nothing to get back.
    pub fn refund(&self, key: Key, limit: &Limit, cost: u64) {
        if let Some(state) = self.shard(key).states.read().by_key.get(&key.0) {
            state.refund(limit, cost);
        }
    }

    /// Numbers for metrics.
    pub fn stats(&self) -> LimiterStats {
        LimiterStats {
            keys: self.shards.iter().map(|shard| shard.states.read().by_key.len()).sum(),
            evicted: self.evicted.load(Ordering::Relaxed),
        }
    }

    fn with(&self, key: Key, now: Nanos, use_state: impl Fn(&Gcra) -> Decision) -> Decision {
        let shard = self.shard(key);
        if let Some(state) = shard.states.read().by_key.get(&key.0) {
            return use_state(state);
        }
        let mut states = shard.states.write();
        if states.by_key.len() >= self.room && !states.by_key.contains_key(&key.0) {
            self.evicted.fetch_add(states.make_room(self.room, now), Ordering::Relaxed);
        }
        use_state(states.by_key.entry(key.0).or_default())
    }

    fn shard(&self, key: Key) -> &Shard {
        &self.shards[key.shard()]
    }
}

// === impl States ===

impl States {
    /// Leaves room for one more; gives how many states that were not idle had to go.
    fn make_room(&mut self, room: usize, now: Nanos) -> u64 {
        if now.0 >= self.next_sweep {
            self.sweep(now);
            if self.by_key.len() > room / 8 * 7 {
                self.next_sweep = now.0.saturating_add(SWEEP_PAUSE);
            }
        }
        let mut evicted = 0;
        while self.by_key.len() >= room {
            // The map's order is as good as chance, since its keys are keyed hashes.
            let sample = self.by_key.iter().take(SAMPLE);
            let Some(least) = sample.min_by_key(|(_, state)| state.arrival()).map(|(key, _)| *key) else {
                break;
            };
            self.by_key.remove(&least);
            evicted += 1;
        }
        evicted
    }

    fn sweep(&mut self, now: Nanos) {
        self.by_key.retain(|_, state| !state.is_idle(now));
        if self.by_key.capacity() > 64 && self.by_key.len() < self.by_key.capacity() / 8 {
            self.by_key.shrink_to_fit();
        }
    }
}
