//! One thread that reads and writes a file of its own: what waits is done in strokes, many operations in one transaction,
//! and each is answered when that is on disk.

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use base::{Clock, Micros};
use parking_lot::Mutex;
use stateport::{Pending, StateError};
use store::StoreError;
use tokio::sync::oneshot;

/// Operations that may wait; further ones are refused as [`StateError::Busy`].
pub(crate) const QUEUE: usize = 4_096;

/// Operations in one transaction.
const STROKE: usize = 256;

/// What is read and written.
pub(crate) trait Strokes: Send + 'static {
    /// The file, for the process log.
    const FILE: &'static str;

    /// Whether the process log was told at the start why an operation fails so.
    fn is_told(_error: &rusqlite::Error) -> bool {
        false
    }

    /// Runs operations in one transaction; if it fails, nothing of them counts.
    fn within(&mut self, now: Micros, run: impl FnOnce(&mut Self)) -> Result<(), rusqlite::Error>;
}

/// See the module's description. Dropped, it does what still waits.
pub(crate) struct Writer<T> {
    queue: Option<SyncSender<Deed<T>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// The process log was told that too much waits.
    full: AtomicBool,
}

/// One operation; it gives who is told when its transaction is on disk.
type Deed<T> = Box<dyn FnOnce(&mut T, Micros) -> Answer + Send>;

/// Tells who asked, given whether the transaction is on disk.
type Answer = Box<dyn FnOnce(bool)>;

// === impl Writer ===

impl<T: Strokes> Writer<T> {
    /// Starts the thread over what lies in a folder.
    pub(crate) fn start(table: T, folder: &Path, clock: Clock) -> Result<Self, StoreError> {
        let (queue, deeds) = sync_channel(QUEUE);
        let named = std::thread::Builder::new().name(T::FILE.into());
        let thread = named.spawn(move || work(table, &deeds, &clock));
        let thread = thread.map_err(|source| StoreError::Folder { path: folder.to_owned(), source })?;
        Ok(Self { queue: Some(queue), thread: Mutex::new(Some(thread)), full: AtomicBool::new(false) })
    }

    /// Begins an operation. It is done also where its outcome is not waited for; it is not if it was refused.
    pub(crate) fn ask<V: Send + 'static>(
        &self,
        deed: impl FnOnce(&mut T, Micros) -> Result<V, rusqlite::Error> + Send + 'static,
    ) -> Pending<V> {
        let (told, outcome) = oneshot::channel();
        let deed: Deed<T> = Box::new(move |table, now| answer::<T, V>(told, deed(table, now)));
        let sent = match self.queue.as_ref().map(|queue| queue.try_send(deed)) {
            Some(Ok(())) => Ok(()),
            Some(Err(TrySendError::Full(_))) => Err(StateError::Busy),
            Some(Err(TrySendError::Disconnected(_))) | None => Err(StateError::Unavailable),
        };
        let full = sent == Err(StateError::Busy);
        if !self.full.swap(full, Ordering::Relaxed) && full {
            tracing::warn!(
                "{} is slower than what is asked of it; more than {QUEUE} operations wait",
                T::FILE
            );
        }
        Box::pin(async move {
            sent?;
            outcome.await.unwrap_or(Err(StateError::Unavailable))
        })
    }
}

impl<T> Drop for Writer<T> {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.lock().take() {
            thread.join().unwrap_or_default();
        }
    }
}

impl<T> fmt::Debug for Writer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Writer")
    }
}

/// Does what waits, in strokes, until nobody is left who could ask.
fn work<T: Strokes>(mut table: T, deeds: &Receiver<Deed<T>>, clock: &Clock) {
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
            tracing::error!(%error, "{} cannot be written", T::FILE);
        }
        for answer in answers {
            answer(done.is_ok());
        }
    }
}

fn answer<T: Strokes, V: 'static>(
    told: oneshot::Sender<Result<V, StateError>>,
    outcome: Result<V, rusqlite::Error>,
) -> Answer {
    Box::new(move |committed| {
        let outcome = outcome.map_err(|error| {
            if !T::is_told(&error) {
                tracing::error!(%error, "an operation on {} failed", T::FILE);
            }
            StateError::Unavailable
        });
        let outcome = if committed { outcome } else { Err(StateError::Unavailable) };
        // Whoever asked may be gone.
        drop(told.send(outcome));
    })
}
