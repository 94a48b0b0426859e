//! The time that a call has to the head of its answer, with all its attempts.

use std::pin::Pin;
use std::time::Duration;

use message::Reason;
use snapshot::Timeouts;
use tokio::time::Instant;

use crate::Refusal;

/// When a call is out of time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline {
    at: Instant,
    total: Duration,
}

impl Deadline {
    /// That of a call that begins now; `None`: it may take any time.
    pub(crate) fn of(timeouts: &Timeouts) -> Option<Self> {
        timeouts.total.map(|total| Self { at: Instant::now() + total, total })
    }

    pub(crate) fn is_over(&self) -> bool {
        Instant::now() >= self.at
    }

    /// What the client is told.
    fn refusal(&self) -> Refusal {
        Refusal::new(Reason::CallTimeout, format!("no answer within {:?}", self.total))
    }
}

/// Waits for `run`, but not for longer than there is time.
pub(crate) async fn within<T>(
    deadline: Option<Deadline>,
    run: Pin<&mut impl Future<Output = Result<T, Refusal>>>,
) -> Result<T, Refusal> {
    let Some(deadline) = deadline else { return run.await };
    tokio::time::timeout_at(deadline.at, run).await.unwrap_or_else(|_| Err(deadline.refusal()))
}
