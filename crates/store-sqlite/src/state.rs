//! What calls leave for later calls, in `state.db`: one thread reads and writes, many operations in one transaction; what
//! is young is also in memory, so that the next call of a conversation waits for no disk. A crash may lose the last
//! moment of it.

mod table;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use base::{Clock, Micros};
use bytes::Bytes;
use parking_lot::Mutex;
use stateport::{Key, Memory, Pending, StateError, StatePort};
use store::StoreError;
use tokio::sync::oneshot;

use self::table::{Budget, Table};

/// Operations that may wait.
const QUEUE: usize = 4_096;

/// Bytes of values that may wait to be written. What comes while so much waits is refused, and is in memory alone: it
/// is found as long as it is young there, and not after a restart.
const WAITING: usize = 64 << 20;

/// Operations in one transaction.
const STROKE: usize = 256;

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
    queue: Option<SyncSender<Job>>,
    /// Bytes of values in the queue.
    waiting: Arc<AtomicUsize>,
    /// The process log was told that too much waits.
    full: AtomicBool,
    /// The largest value that is kept, in bytes.
    largest: usize,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// One operation.
enum Job {
    Get(Key, oneshot::Sender<Result<Option<Bytes>, StateError>>),
    Put(Key, Waiting, Micros, oneshot::Sender<Result<(), StateError>>),
    Remove(Key, oneshot::Sender<Result<bool, StateError>>),
    List(&'static str, String, oneshot::Sender<Result<Vec<(String, Bytes)>, StateError>>),
}

/// A value in the queue; it is counted as long as it is there.
struct Waiting {
    value: Bytes,
    count: Arc<AtomicUsize>,
}

// === impl StateConfig ===

impl StateConfig {
    /// Opens the file and starts the thread.
    pub fn build(self, clock: Clock) -> Result<SqliteState, StoreError> {
        let table = Table::open(&self.folder, Budget { whole: self.disk_budget, owner: self.owner_budget })?;
        let (queue, jobs) = sync_channel(QUEUE);
        let own_clock = clock.clone();
        let named = std::thread::Builder::new().name("state".into());
        let thread = named.spawn(move || work(table, &jobs, &own_clock));
        let thread = thread.map_err(|source| StoreError::Folder { path: self.folder, source })?;
        let young = Memory::new(clock.clone(), self.memory_budget);
        let largest = usize::try_from(self.owner_budget).unwrap_or(LARGEST).min(LARGEST);
        Ok(SqliteState {
            clock,
            young,
            queue: Some(queue),
            waiting: Arc::default(),
            full: AtomicBool::new(false),
            largest,
            thread: Mutex::new(Some(thread)),
        })
    }
}

// === impl SqliteState ===

impl SqliteState {
    fn send<T: Send + 'static>(
        &self,
        job: impl FnOnce(oneshot::Sender<Result<T, StateError>>) -> Job,
    ) -> Pending<T> {
        let (told, outcome) = oneshot::channel();
        let sent = match &self.queue {
            Some(queue) => queue.try_send(job(told)).map_err(|error| match error {
                TrySendError::Full(_) => StateError::Busy,
                TrySendError::Disconnected(_) => StateError::Unavailable,
            }),
            None => Err(StateError::Unavailable),
        };
        Box::pin(async move {
            sent?;
            outcome.await.unwrap_or(Err(StateError::Unavailable))
        })
    }
}

impl StatePort for SqliteState {
    fn get(&self, key: &Key) -> Pending<Option<Bytes>> {
        if let Some(young) = self.young.look(key) {
            return Box::pin(std::future::ready(Ok(Some(young))));
        }
        self.send(|told| Job::Get(key.clone(), told))
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
        self.send(|told| Job::Put(key.clone(), value, until, told))
    }

    fn remove(&self, key: &Key) -> Pending<bool> {
        self.young.forget(key);
        self.send(|told| Job::Remove(key.clone(), told))
    }

    fn list(&self, space: &'static str, owner: &str) -> Pending<Vec<(String, Bytes)>> {
        self.send(|told| Job::List(space, owner.to_owned(), told))
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

impl Drop for SqliteState {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.lock().take() {
            thread.join().unwrap_or_default();
        }
    }
}

/// Takes what waits, in strokes, until nobody is left who could ask.
fn work(mut table: Table, jobs: &Receiver<Job>, clock: &Clock) {
    while let Ok(first) = jobs.recv() {
        let stroke: Vec<Job> = std::iter::once(first)
            .chain(std::iter::from_fn(|| jobs.try_recv().ok()).take(STROKE - 1))
            .collect();
        stroke_of(&mut table, stroke, clock.wall());
    }
}

/// What an operation says when its transaction is on its way to the disk.
type Answer = Box<dyn FnOnce(bool)>;

fn stroke_of(table: &mut Table, jobs: Vec<Job>, now: Micros) {
    let mut answers: Vec<Answer> = Vec::with_capacity(jobs.len());
    let done = table.within(now, |table| {
        for job in jobs {
            answers.push(one(table, job, now));
        }
    });
    if let Err(error) = &done {
        tracing::error!(%error, "state.db cannot be written");
    }
    for answer in answers {
        answer(done.is_ok());
    }
}

fn one(table: &mut Table, job: Job, now: Micros) -> Answer {
    match job {
        Job::Get(key, told) => answer(told, table.get(&key, now)),
        Job::Put(key, value, until, told) => answer(told, table.put(&key, &value.value, until)),
        Job::Remove(key, told) => answer(told, table.remove(&key, now)),
        Job::List(space, owner, told) => answer(told, table.list(space, &owner, now)),
    }
}

fn answer<T: 'static>(
    told: oneshot::Sender<Result<T, StateError>>,
    outcome: Result<T, rusqlite::Error>,
) -> Answer {
    Box::new(move |committed| {
        let outcome = outcome.map_err(|error| {
            tracing::error!(%error, "an operation on state.db failed");
            StateError::Unavailable
        });
        let outcome = if committed { outcome } else { Err(StateError::Unavailable) };
        // Whoever asked may be gone.
        drop(told.send(outcome));
    })
}

#[cfg(test)]
mod tests;
