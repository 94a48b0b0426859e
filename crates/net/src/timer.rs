//! One timer a connection, moved lazily: pushing a deadline further away costs two words, and the
//! runtime's timer is touched only when it fires too early or the deadline comes nearer.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use base::{Clock, Nanos};
use tokio::time::{Instant, Sleep};

/// A deadline on the clock that was passed in; the runtime's timer only wakes us to look at it.
#[derive(Debug, Default)]
pub(crate) struct Timer {
    sleep: Option<Pin<Box<Sleep>>>,
    armed: Nanos,
    deadline: Option<Nanos>,
}

impl Timer {
    /// Sets or moves the deadline.
    pub(crate) fn set(&mut self, at: Nanos) {
        self.deadline = Some(at);
    }

    /// Takes the deadline away; the runtime's timer may fire once more for nothing.
    pub(crate) fn clear(&mut self) {
        self.deadline = None;
    }

    /// Whether a deadline is set.
    pub(crate) fn is_set(&self) -> bool {
        self.deadline.is_some()
    }

    /// Whether the deadline has passed, for whoever has no reason to wait for it.
    pub(crate) fn has_passed(&self, clock: &Clock) -> bool {
        self.deadline.is_some_and(|deadline| clock.now() >= deadline)
    }

    /// Ready when the deadline has passed; pending for ever if there is none.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, clock: &Clock) -> Poll<()> {
        let Some(deadline) = self.deadline else { return Poll::Pending };
        loop {
            let sleep = match &mut self.sleep {
                Some(sleep) if self.armed <= deadline => sleep,
                slot => {
                    let now = clock.now();
                    if now >= deadline {
                        return Poll::Ready(());
                    }
                    let wait = deadline.since(now) + Duration::from_micros(100);
                    self.armed = deadline;
                    arm(slot, wait)
                }
            };
            ready!(sleep.as_mut().poll(cx));
            if clock.now() >= deadline {
                return Poll::Ready(());
            }
            // fired for an earlier deadline, or the clock was slower than the runtime's
            self.armed = Nanos(u64::MAX);
        }
    }
}

fn arm(slot: &mut Option<Pin<Box<Sleep>>>, wait: Duration) -> &mut Pin<Box<Sleep>> {
    if let Some(sleep) = slot.as_mut() {
        sleep.as_mut().reset(Instant::now() + wait);
    }
    slot.get_or_insert_with(|| Box::pin(tokio::time::sleep(wait)))
}
