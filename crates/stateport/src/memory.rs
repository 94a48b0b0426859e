//! State in the process's own memory: it ends with the process. With its budget the oldest goes, with an owner's share of
//! it the oldest of the owner's.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use base::{Clock, Nanos};
use bytes::Bytes;
use parking_lot::Mutex;

use crate::{Key, LISTED, Pending, StateError, StatePort};

/// See the module's description.
#[derive(Debug)]
pub struct Memory {
    clock: Clock,
    /// The most that is kept, in bytes of keys and values.
    budget: usize,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    values: HashMap<Key, Value>,
    /// The keys by when they were put.
    order: BTreeMap<u64, Key>,
    owners: HashMap<Arc<str>, Share>,
    next: u64,
    bytes: usize,
}

/// What one owner has.
#[derive(Debug, Default)]
struct Share {
    order: BTreeSet<u64>,
    bytes: usize,
}

/// So much of the budget may be one owner's: half of it.
const SHARE: usize = 2;

#[derive(Debug)]
struct Value {
    bytes: Bytes,
    until: Nanos,
    order: u64,
}

// === impl Memory ===

impl Memory {
    /// Keeps at most so many bytes.
    pub fn new(clock: Clock, budget: usize) -> Self {
        Self { clock, budget, held: Mutex::default() }
    }

    /// The value of a key, at once.
    pub fn look(&self, key: &Key) -> Option<Bytes> {
        let now = self.clock.now();
        let held = self.held.lock();
        held.values.get(key).filter(|value| value.until > now).map(|value| value.bytes.clone())
    }

    /// Keeps a value, at once.
    pub fn keep(&self, key: &Key, bytes: Bytes, keep: Duration) -> Result<(), StateError> {
        let cost = cost(key, &bytes);
        if cost > self.budget {
            return Err(StateError::TooLarge);
        }
        let until = self.clock.now() + keep;
        let mut held = self.held.lock();
        held.remove(key);
        while held.of(key) > 0 && held.of(key) + cost > self.budget / SHARE {
            held.remove_oldest_of(key);
        }
        while held.bytes + cost > self.budget {
            let Some((_, oldest)) = held.order.first_key_value() else { break };
            let oldest = oldest.clone();
            held.remove(&oldest);
        }
        held.put(key, Value { bytes, until, order: 0 }, cost);
        Ok(())
    }

    /// Forgets a key, at once; gives whether it was there.
    pub fn forget(&self, key: &Key) -> bool {
        let now = self.clock.now();
        self.held.lock().remove(key).is_some_and(|value| value.until > now)
    }
}

impl StatePort for Memory {
    fn get(&self, key: &Key) -> Pending<Option<Bytes>> {
        Box::pin(ready(Ok(self.look(key))))
    }

    fn put(&self, key: &Key, value: Bytes, keep: Duration) -> Pending<()> {
        Box::pin(ready(self.keep(key, value, keep)))
    }

    fn remove(&self, key: &Key) -> Pending<bool> {
        Box::pin(ready(Ok(self.forget(key))))
    }

    fn list(&self, space: &'static str, owner: &str) -> Pending<Vec<(String, Bytes)>> {
        let now = self.clock.now();
        let held = self.held.lock();
        let its = held
            .values
            .iter()
            .filter(|(key, value)| key.space == space && &*key.owner == owner && value.until > now);
        let mut all: Vec<_> = its.map(|(key, value)| (key.name.clone(), value.bytes.clone())).collect();
        all.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        all.truncate(LISTED);
        Box::pin(ready(Ok(all)))
    }
}

// === impl Held ===

impl Held {
    fn remove(&mut self, key: &Key) -> Option<Value> {
        let value = self.values.remove(key)?;
        let cost = cost(key, &value.bytes);
        self.order.remove(&value.order);
        self.bytes = self.bytes.saturating_sub(cost);
        if let Some(share) = self.owners.get_mut(&key.owner) {
            share.order.remove(&value.order);
            share.bytes = share.bytes.saturating_sub(cost);
            if share.order.is_empty() {
                self.owners.remove(&key.owner);
            }
        }
        Some(value)
    }

    fn put(&mut self, key: &Key, value: Value, cost: usize) {
        let order = self.next;
        self.next += 1;
        self.bytes += cost;
        let share = self.owners.entry(Arc::clone(&key.owner)).or_default();
        share.order.insert(order);
        share.bytes += cost;
        self.order.insert(order, key.clone());
        self.values.insert(key.clone(), Value { order, ..value });
    }

    /// What this key's owner has, in bytes.
    fn of(&self, key: &Key) -> usize {
        self.owners.get(&key.owner).map_or(0, |share| share.bytes)
    }

    fn remove_oldest_of(&mut self, key: &Key) {
        let oldest = self.owners.get(&key.owner).and_then(|share| share.order.first());
        if let Some(oldest) = oldest.and_then(|order| self.order.get(order)).cloned() {
            self.remove(&oldest);
        }
    }
}

/// What a value takes, about.
fn cost(key: &Key, value: &Bytes) -> usize {
    const OF_ENTRY: usize = 200;
    OF_ENTRY + 2 * (key.name.len() + key.owner.len()) + value.len()
}

#[cfg(test)]
mod tests {
    use base::Micros;

    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    fn key(owner: &str, name: &str) -> Key {
        Key::new("test", owner, name)
    }

    #[tokio::test]
    async fn values_are_their_owners_and_end() {
        let clock = Clock::manual(Micros(0));
        let memory = Memory::new(clock.clone(), 10_000);
        memory.put(&key("a", "x"), Bytes::from_static(b"1"), HOUR).await.unwrap();
        assert_eq!(memory.get(&key("a", "x")).await.unwrap().unwrap(), "1");
        assert_eq!(memory.get(&key("b", "x")).await.unwrap(), None);
        memory.put(&key("a", "x"), Bytes::from_static(b"2"), HOUR).await.unwrap();
        assert_eq!(memory.look(&key("a", "x")).unwrap(), "2");
        memory.put(&key("a", "w"), Bytes::from_static(b"0"), HOUR / 2).await.unwrap();
        let names = async || -> Vec<String> {
            let listed = memory.list("test", "a").await.unwrap();
            listed.into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(names().await, ["w", "x"]);
        clock.advance(HOUR / 2);
        assert_eq!(names().await, ["x"]);
        clock.advance(HOUR / 2);
        assert_eq!(memory.look(&key("a", "x")), None);
        assert!(!memory.remove(&key("a", "x")).await.unwrap());
    }

    #[test]
    fn the_oldest_goes_when_the_budget_is_used_up() {
        let memory = Memory::new(Clock::manual(Micros(0)), 3_000);
        let value = Bytes::from(vec![0; 1_000]);
        for owner in ["a", "b", "a", "c"] {
            memory.keep(&key(owner, "x"), value.clone(), HOUR).unwrap();
        }
        assert_eq!(memory.look(&key("b", "x")), None);
        assert!(memory.look(&key("a", "x")).is_some() && memory.look(&key("c", "x")).is_some());
        let large = memory.keep(&key("d", "x"), Bytes::from(vec![0; 3_000]), HOUR);
        assert_eq!(large, Err(StateError::TooLarge));
        assert!(memory.forget(&key("a", "x")) && !memory.forget(&key("a", "x")));
    }

    #[test]
    fn who_keeps_too_much_loses_its_own_oldest_and_nobody_elses() {
        let memory = Memory::new(Clock::manual(Micros(0)), 6_000);
        let value = Bytes::from(vec![0; 1_000]);
        memory.keep(&key("quiet", "x"), value.clone(), HOUR).unwrap();
        for name in ["a", "b", "c", "d"] {
            memory.keep(&key("loud", name), value.clone(), HOUR).unwrap();
        }
        let there = ["a", "b", "c", "d"].map(|name| memory.look(&key("loud", name)).is_some());
        assert_eq!(there, [false, false, true, true]);
        assert!(memory.look(&key("quiet", "x")).is_some());
        // One that is more than its owner's share has it for itself.
        memory.keep(&key("loud", "large"), Bytes::from(vec![0; 4_000]), HOUR).unwrap();
        assert!(memory.look(&key("loud", "large")).is_some() && memory.look(&key("loud", "d")).is_none());
    }
}
