//! State in the process's own memory: it ends with the process, and with its budget the oldest goes.

use std::collections::{BTreeMap, HashMap};
use std::future::ready;
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
    next: u64,
    bytes: usize,
}

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
        while held.bytes + cost > self.budget {
            let Some((_, oldest)) = held.order.pop_first() else { break };
            held.remove(&oldest);
        }
        let order = held.next;
        held.next += 1;
        held.bytes += cost;
        held.order.insert(order, key.clone());
        held.values.insert(key.clone(), Value { bytes, until, order });
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
        self.order.remove(&value.order);
        self.bytes = self.bytes.saturating_sub(cost(key, &value.bytes));
        Some(value)
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
        for name in ["a", "b", "a", "c"] {
            memory.keep(&key("o", name), value.clone(), HOUR).unwrap();
        }
        assert_eq!(memory.look(&key("o", "b")), None);
        assert!(memory.look(&key("o", "a")).is_some() && memory.look(&key("o", "c")).is_some());
        let large = memory.keep(&key("o", "d"), Bytes::from(vec![0; 3_000]), HOUR);
        assert_eq!(large, Err(StateError::TooLarge));
        assert!(memory.forget(&key("o", "a")) && !memory.forget(&key("o", "a")));
    }
}
