//! What calls leave for later calls, in `state.db`; what is young is also in memory, so that the next call of a
//! conversation waits for no disk. A crash may lose the last moment of it.

mod table;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use base::{Clock, Micros};
use bytes::Bytes;
use stateport::{Key, Memory, Pending, StateError, StatePort};
use store::StoreError;

use self::table::{Budget, Table};
use crate::writer::Writer;

/// Bytes of values that may wait to be written. What comes while so much waits is refused, and is in memory alone: it
/// is found as long as it is young there, and not after a restart.
const WAITING: usize = 64 << 20;

/// The largest value that is kept, in bytes.
const LARGEST: usize = 4 << 20;

/// What it is built from.
#[derive(Clone, Debug)]
pub struct StateConfig {
    /// The folder of `state.db`, which is made if it is not there.
    pub folder: PathBuf,
    /// The most that is kept on disk, in bytes of values; the oldest goes first.
    pub disk_budget: u64,
    /// Of it, the most that one owner has; the oldest of its own goes first.
    pub owner_budget: u64,
    /// The most that is kept in memory, in bytes.
    pub memory_budget: usize,
}

/// See the module's description. Dropped, it writes what still waits.
pub struct SqliteState {
    clock: Clock,
    young: Memory,
    writer: Writer<Table>,
    /// Bytes of values in the queue.
    waiting: Arc<AtomicUsize>,
    /// The process log was told that too much waits.
    full: AtomicBool,
    /// The largest value that is kept, in bytes.
    largest: usize,
}

/// A value in the queue; it is counted as long as it is there.
struct Waiting {
    value: Bytes,
    count: Arc<AtomicUsize>,
}

// === impl StateConfig ===

impl StateConfig {
    /// Opens the file and starts the thread that writes it.
    pub fn build(self, clock: Clock) -> Result<SqliteState, StoreError> {
        let table = Table::open(&self.folder, Budget { whole: self.disk_budget, owner: self.owner_budget })?;
        let writer = Writer::start(table, &self.folder, clock.clone())?;
        let young = Memory::new(clock.clone(), self.memory_budget);
        let largest = usize::try_from(self.owner_budget).unwrap_or(LARGEST).min(LARGEST);
        Ok(SqliteState {
            clock,
            young,
            writer,
            waiting: Arc::default(),
            full: AtomicBool::new(false),
            largest,
        })
    }
}

// === impl SqliteState ===

impl StatePort for SqliteState {
    fn get(&self, key: &Key) -> Pending<Option<Bytes>> {
        if let Some(young) = self.young.look(key) {
            return Box::pin(std::future::ready(Ok(Some(young))));
        }
        let key = key.clone();
        self.writer.ask(move |table, now| table.get(&key, now))
    }

    fn put(&self, key: &Key, value: Bytes, keep: Duration) -> Pending<()> {
        if value.len() > self.largest {
            return Box::pin(std::future::ready(Err(StateError::TooLarge)));
        }
        // One that is too large for memory may still be kept on disk.
        self.young.keep(key, value.clone(), keep).unwrap_or_default();
        let value = Waiting::begin(value, &self.waiting);
        if !self.full.swap(value.is_none(), Ordering::Relaxed) && value.is_none() {
            tracing::warn!(
                bytes = WAITING,
                "state.db is slower than what is to be kept; some of it is kept in memory alone"
            );
        }
        let Some(value) = value else {
            return Box::pin(std::future::ready(Err(StateError::Busy)));
        };
        let micros = i64::try_from(keep.as_micros()).unwrap_or(i64::MAX);
        let until = Micros(self.clock.wall().0.saturating_add(micros));
        let key = key.clone();
        self.writer.ask(move |table, _| table.put(&key, &value.value, until))
    }

    fn remove(&self, key: &Key) -> Pending<bool> {
        self.young.forget(key);
        let key = key.clone();
        self.writer.ask(move |table, now| table.remove(&key, now))
    }

    fn list(&self, space: &'static str, owner: &str) -> Pending<Vec<(String, Bytes)>> {
        let owner = owner.to_owned();
        self.writer.ask(move |table, now| table.list(space, &owner, now))
    }
}

// === impl Waiting ===

impl Waiting {
    /// Counts a value in; none if too much waits.
    fn begin(value: Bytes, count: &Arc<AtomicUsize>) -> Option<Self> {
        let before = count.fetch_add(value.len(), Ordering::Relaxed);
        let waiting = Self { count: Arc::clone(count), value };
        (before.saturating_add(waiting.value.len()) <= WAITING).then_some(waiting)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.count.fetch_sub(self.value.len(), Ordering::Relaxed);
    }
}

impl fmt::Debug for SqliteState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SqliteState")
    }
}

#[cfg(test)]
mod tests;
