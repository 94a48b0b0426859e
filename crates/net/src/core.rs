//! What the connections of one core share.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Waker;
use std::time::Duration;

use base::{Clock, Nanos};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::metrics::Counters;
use crate::server::ListenerConfig;
use crate::session::Drain;

/// One read takes at most this many bytes; it lies on the core, so that idle connections hold none.
const SCRATCH: usize = 64 * 1024;

/// How long after the beginning of a drain connections without a request stay open.
const GRACE: Duration = Duration::from_millis(500);

/// A core's own things. The locks are taken by this core's thread alone, so that they never wait; they
/// are there because futures are `Send`.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) id: usize,
    pub(crate) clock: Clock,
    pub(crate) scratch: Mutex<Box<[u8]>>,
    pub(crate) tasks: TaskTracker,
    date: Mutex<http1::date::Cache>,
    /// When no new request was wanted any more, plus one; 0 before.
    drain: AtomicU64,
    drained: Drain,
    connections: Mutex<HashMap<u64, Waker>>,
}

/// One listener as a core sees it.
#[derive(Debug)]
pub(crate) struct Listener {
    pub(crate) config: Arc<ListenerConfig>,
    pub(crate) counters: Arc<Counters>,
}

/// Takes a connection off its core's list when it ends.
#[derive(Debug)]
pub(crate) struct Registered {
    core: Arc<Core>,
    id: u64,
}

// === impl Core ===

impl Core {
    /// `time`: how long calls under way may take once a drain has begun.
    pub(crate) fn new(id: usize, clock: Clock, time: Duration) -> Arc<Self> {
        Arc::new(Self {
            id,
            clock,
            scratch: Mutex::new(vec![0; SCRATCH].into()),
            tasks: TaskTracker::new(),
            date: Mutex::default(),
            drain: AtomicU64::new(0),
            drained: Drain::new(CancellationToken::new(), time),
            connections: Mutex::default(),
        })
    }

    /// Whether no new request is wanted.
    pub(crate) fn draining(&self) -> bool {
        self.drain.load(Ordering::Relaxed) != 0
    }

    /// Tells sessions when they should end.
    pub(crate) fn watch_drain(&self) -> Drain {
        self.drained.clone()
    }

    /// Until when a connection without a request may still bring one, once a drain has begun. One that is
    /// on its way when the connection is closed would be lost; those that come are told to close.
    pub(crate) fn last_call(&self) -> Option<Nanos> {
        let began = self.drain.load(Ordering::Relaxed);
        (began != 0).then(|| Nanos(began) + GRACE)
    }

    /// Lets every connection know that no new request is wanted.
    pub(crate) fn drain(&self) {
        self.drain.store(self.clock.now().0.saturating_add(1), Ordering::Relaxed);
        self.drained.begin();
        self.connections.lock().values().for_each(Waker::wake_by_ref);
    }

    /// The `Date` of an answer made at `now`.
    pub(crate) fn date(&self, now: Nanos) -> [u8; 29] {
        *self.date.lock().at(self.clock.wall_at(now))
    }

    /// Puts the current task on the list of those that [`Core::drain`] wakes.
    pub(crate) async fn register(self: &Arc<Self>, id: u64) -> Registered {
        let waker = std::future::poll_fn(|cx| std::task::Poll::Ready(cx.waker().clone())).await;
        self.connections.lock().insert(id, waker);
        Registered { core: Arc::clone(self), id }
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.core.connections.lock().remove(&self.id);
    }
}
