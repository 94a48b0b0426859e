//! Limits on how many calls are under way at once.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use parking_lot::Mutex;

#[cfg(test)]
mod tests;

/// The calls under way of one key.
#[derive(Debug, Default)]
pub struct Inflight {
    count: AtomicU32,
}

/// One call under way; it ends when this is dropped.
#[derive(Debug)]
#[must_use = "the call counts as ended when its permit is dropped"]
pub struct Permit {
    of: Arc<Inflight>,
}

/// The counters of all keys, each kept as long as somebody holds it.
#[derive(Debug, Default)]
pub struct Inflights {
    by_key: Mutex<HashMap<Box<str>, Arc<Inflight>>>,
}

// === impl Inflight ===

impl Inflight {
    /// A permit, unless `max` calls are under way.
    pub fn acquire(self: &Arc<Self>, max: u32) -> Option<Permit> {
        let more = |count: u32| (count < max).then(|| count + 1);
        self.count
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
            .is_ok()
            .then(|| Permit { of: Arc::clone(self) })
    }

    /// How many calls are under way.
    pub fn count(&self) -> u32 {
        self.count.load(Ordering::Relaxed)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.of.count.fetch_sub(1, Ordering::Relaxed);
    }
}

// === impl Inflights ===

impl Inflights {
    /// No counters.
    pub fn new() -> Self {
        Self::default()
    }

    /// The counter of a stable id. Get it when configuration is compiled and keep it; for a key that is
    /// only known during a call, this costs a lock.
    pub fn get(&self, key: &str) -> Arc<Inflight> {
        let mut by_key = self.by_key.lock();
        if let Some(present) = by_key.get(key) {
            return Arc::clone(present);
        }
        Arc::clone(by_key.entry(key.into()).or_default())
    }

    /// Forgets the counters that nobody holds, by configuration or permit.
    pub fn sweep(&self) {
        self.by_key.lock().retain(|_, inflight| Arc::strong_count(inflight) > 1);
    }

    /// How many counters there are.
    pub fn len(&self) -> usize {
        self.by_key.lock().len()
    }

    /// There are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
