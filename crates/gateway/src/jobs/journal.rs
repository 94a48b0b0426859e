//! What is noted of a job, in its order: one task keeps it, all that waits in one stroke, and tries until it is kept. A run
//! that notes more than is kept waits.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use stateport::{Pending, StateError};
use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;

use crate::gateway::Core;

/// Notes that may wait; a run that has more waits for them.
const WAITING: usize = 64;

/// The shortest and the longest pause before what could not be kept is kept again.
const PAUSE: Duration = Duration::from_millis(100);
const LONG_PAUSE: Duration = Duration::from_secs(30);

/// Where a run's notes go.
pub(super) struct Journal {
    queue: mpsc::Sender<Note>,
}

/// Tells when a note is kept.
pub(super) type Kept = oneshot::Receiver<()>;

struct Note {
    bytes: Bytes,
    kept: oneshot::Sender<()>,
}

// === impl Journal ===

impl Journal {
    /// The journal of a job.
    pub(super) fn begin(core: &Core, id: &str) -> Self {
        let (queue, mut waiting) = mpsc::channel::<Note>(WAITING);
        let (port, id) = (Arc::clone(&core.shared.config.jobs), id.to_owned());
        core.spawn(async move {
            let mut all = Vec::new();
            while waiting.recv_many(&mut all, WAITING).await > 0 {
                let notes: Vec<Bytes> = all.iter().map(|note| note.bytes.clone()).collect();
                persist(|| port.note(&id, notes.clone())).await;
                for note in all.drain(..) {
                    // Most of them nobody waits for.
                    note.kept.send(()).unwrap_or_default();
                }
            }
        });
        Self { queue }
    }

    /// Notes something behind what was noted before.
    pub(super) async fn note(&self, bytes: Bytes) -> Kept {
        let (kept, told) = oneshot::channel();
        // It takes notes in as long as there is a runtime.
        drop(self.queue.send(Note { bytes, kept }).await);
        told
    }
}

/// Tries as long as it takes.
pub(super) async fn persist<T>(attempt: impl Fn() -> Pending<T>) -> T {
    let mut pause = PAUSE;
    loop {
        match attempt().await {
            Ok(done) => return done,
            // Who keeps jobs has told the process log.
            Err(StateError::Busy | StateError::Unavailable | StateError::TooLarge) => sleep(pause).await,
        }
        pause = (pause * 2).min(LONG_PAUSE);
    }
}
