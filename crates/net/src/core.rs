//! What the connections of one core share.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Waker;

use base::{Clock, Nanos};
use parking_lot::Mutex;
use tokio_util::task::TaskTracker;

use crate::metrics::Counters;
use crate::server::ListenerConfig;

/// One read takes at most this many bytes; it lies on the core, so that idle connections hold none.
const SCRATCH: usize = 64 * 1024;

/// A core's own things. The locks are taken by this core's thread alone, so that they never wait; they
/// are there because futures are `Send`.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) id: usize,
    pub(crate) clock: Clock,
    pub(crate) scratch: Mutex<Box<[u8]>>,
    pub(crate) tasks: TaskTracker,
    date: Mutex<http1::date::Cache>,
    draining: AtomicBool,
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
    pub(crate) fn new(id: usize, clock: Clock) -> Arc<Self> {
        Arc::new(Self {
            id,
            clock,
            scratch: Mutex::new(vec![0; SCRATCH].into()),
            tasks: TaskTracker::new(),
            date: Mutex::default(),
            draining: AtomicBool::new(false),
            connections: Mutex::default(),
        })
    }

    /// Whether no new request is wanted.
    pub(crate) fn draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Lets every connection know that no new request is wanted.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
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
