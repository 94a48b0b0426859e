//! Limits on how many calls are under way at once.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};
use std::sync::Arc;

use parking_lot::Mutex;

use crate::key::{ByKey, Key, SHARDS};

#[cfg(test)]
mod tests;

/// The calls under way of all keys; a key without any leaves no trace. A call costs two locks of one shard
/// in 64, at its begin and at its end.
#[derive(Debug)]
pub struct Inflights {
    shards: Box<[Mutex<ByKey<u32>>]>,
    hasher: RandomState,
}

/// One call under way; it ends when this is dropped.
#[derive(Debug)]
#[must_use = "the call counts as ended when its permit is dropped"]
pub struct Permit {
    of: Arc<Inflights>,
    key: Key,
}

// === impl Inflights ===

impl Inflights {
    /// No calls.
    pub fn new() -> Self {
        Self { shards: (0..SHARDS).map(|_| Mutex::default()).collect(), hasher: RandomState::new() }
    }

    /// A permit, unless `max` calls are under way of what a limit is counted by: the stable ids of policy
    /// and subject, usually a tuple.
    pub fn acquire(self: &Arc<Self>, of: impl Hash, max: u32) -> Option<Permit> {
        let key = self.key(of);
        let mut shard = self.shards[key.shard()].lock();
        let count = shard.get(&key.0).copied().unwrap_or(0);
        if count >= max {
            return None;
        }
        shard.insert(key.0, count + 1);
        Some(Permit { of: Arc::clone(self), key })
    }

    /// How many calls are under way.
    pub fn count(&self, of: impl Hash) -> u32 {
        let key = self.key(of);
        self.shards[key.shard()].lock().get(&key.0).copied().unwrap_or(0)
    }

    fn key(&self, of: impl Hash) -> Key {
        Key(self.hasher.hash_one(of))
    }
}

impl Default for Inflights {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut shard = self.of.shards[self.key.shard()].lock();
        match shard.get_mut(&self.key.0) {
            Some(count) if *count > 1 => *count -= 1,
            _ => {
                shard.remove(&self.key.0);
            }
        }
    }
}
