//! Jobs, in `jobs.db`: one thread reads and writes, many operations in one transaction; what is done is on disk.

mod table;

use std::fmt;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use base::{Clock, Micros};
use bytes::Bytes;
use parking_lot::Mutex;
use stateport::{Accepted, Job, JobPort, NewJob, Pending, StateError};
use store::StoreError;
use tokio::sync::oneshot;

use self::table::Table;

/// Operations that may wait.
const QUEUE: usize = 4_096;

/// Operations in one transaction.
const STROKE: usize = 256;

/// What it is built from.
#[derive(Clone, Debug)]
pub struct JobsConfig {
    /// The folder of `jobs.db`, which is made if it is not there.
    pub folder: PathBuf,
    /// Jobs are taken in as long as fewer bytes of them and their outcomes are kept.
    pub disk_budget: u64,
}

/// See the module's description. Dropped, it writes what still waits.
pub struct SqliteJobs {
    queue: Option<SyncSender<Deed>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// One operation; it gives who is told when its transaction is on disk.
type Deed = Box<dyn FnOnce(&mut Table, Micros) -> Answer + Send>;

/// Tells who asked, given whether the transaction is on disk.
type Answer = Box<dyn FnOnce(bool)>;

// === impl JobsConfig ===

impl JobsConfig {
    /// Opens the file and starts the thread.
    pub fn build(self, clock: Clock) -> Result<SqliteJobs, StoreError> {
        let table = Table::open(&self.folder, self.disk_budget)?;
        let (queue, deeds) = sync_channel(QUEUE);
        let named = std::thread::Builder::new().name("jobs".into());
        let thread = named.spawn(move || work(table, &deeds, &clock));
        let thread = thread.map_err(|source| StoreError::Folder { path: self.folder, source })?;
        Ok(SqliteJobs { queue: Some(queue), thread: Mutex::new(Some(thread)) })
    }
}

// === impl SqliteJobs ===

impl SqliteJobs {
    fn send<T: Send + 'static>(
        &self,
        deed: impl FnOnce(&mut Table, Micros) -> Result<T, rusqlite::Error> + Send + 'static,
    ) -> Pending<T> {
        let (told, outcome) = oneshot::channel();
        let deed: Deed = Box::new(move |table, now| answer(told, deed(table, now)));
        let sent = match &self.queue {
            Some(queue) => queue.try_send(deed).map_err(|error| match error {
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

impl JobPort for SqliteJobs {
    fn accept(&self, job: NewJob, most: usize) -> Pending<Accepted> {
        self.send(move |table, now| table.accept(&job, most, now))
    }

    fn note(&self, id: &str, note: Bytes) -> Pending<()> {
        let id = id.to_owned();
        self.send(move |table, _| table.note(&id, &note))
    }

    fn notes(&self, id: &str) -> Pending<Vec<Bytes>> {
        let id = id.to_owned();
        self.send(move |table, _| table.notes(&id))
    }

    fn end(&self, id: &str, outcome: Bytes, keep: Duration) -> Pending<bool> {
        let id = id.to_owned();
        self.send(move |table, now| table.end(&id, &outcome, keep, now))
    }

    fn find(&self, owner: &str, id: &str) -> Pending<Option<Job>> {
        let (owner, id) = (owner.to_owned(), id.to_owned());
        self.send(move |table, now| table.find(&owner, &id, now))
    }

    fn open(&self) -> Pending<Vec<Job>> {
        self.send(|table, _| table.unended())
    }
}

impl fmt::Debug for SqliteJobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SqliteJobs")
    }
}

impl Drop for SqliteJobs {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.lock().take() {
            thread.join().unwrap_or_default();
        }
    }
}

/// Does what waits, in strokes, until nobody is left who could ask.
fn work(mut table: Table, deeds: &Receiver<Deed>, clock: &Clock) {
    while let Ok(first) = deeds.recv() {
        let now = clock.wall();
        let mut answers = Vec::new();
        let done = table.within(now, |table| {
            let more = std::iter::from_fn(|| deeds.try_recv().ok()).take(STROKE - 1);
            for deed in std::iter::once(first).chain(more) {
                answers.push(deed(table, now));
            }
        });
        if let Err(error) = &done {
            tracing::error!(%error, "jobs.db cannot be written");
        }
        for answer in answers {
            answer(done.is_ok());
        }
    }
}

fn answer<T: 'static>(
    told: oneshot::Sender<Result<T, StateError>>,
    outcome: Result<T, rusqlite::Error>,
) -> Answer {
    Box::new(move |committed| {
        let outcome = outcome.map_err(|error| {
            tracing::error!(%error, "an operation on jobs.db failed");
            StateError::Unavailable
        });
        let outcome = if committed { outcome } else { Err(StateError::Unavailable) };
        // Whoever asked may be gone.
        drop(told.send(outcome));
    })
}

#[cfg(test)]
mod tests;
