//! Kept-alive connections of one core: last in, first out, so that few stay warm and the rest expire.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use base::Nanos;
use bytes::BytesMut;
use message::Reason;
use parking_lot::Mutex;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::TaskTracker;

use super::Shared;
use super::error::Fault;
use super::target::{ByTarget, Target};
use crate::io::Io;
use crate::out::Out;
use crate::timer::Timer;

/// How often connections that nobody asks for are looked at.
const SWEEP: Duration = Duration::from_secs(5);

/// A connection to an upstream.
#[derive(Debug)]
pub(super) struct Conn {
    pub(super) io: Io,
    pub(super) peer: SocketAddr,
    /// Bytes read and not yet used.
    pub(super) ahead: BytesMut,
    pub(super) out: Out,
    pub(super) timer: Timer,
}

/// A connection in use.
#[derive(Debug)]
pub(super) struct Lease {
    pub(super) conn: Box<Conn>,
    pub(super) target: Arc<Target>,
    pub(super) permit: Option<OwnedSemaphorePermit>,
    /// When it was obtained.
    pub(super) at: Nanos,
}

/// The pools of all targets.
#[derive(Debug, Default)]
pub(super) struct Pools {
    targets: Mutex<HashMap<Arc<Target>, Pool, ByTarget>>,
    sweeping: AtomicBool,
    tasks: TaskTracker,
}

#[derive(Debug, Default)]
struct Pool {
    idle: VecDeque<(Box<Conn>, Nanos)>,
    permits: Option<(usize, Arc<Semaphore>)>,
}

// === impl Conn ===

impl Conn {
    pub(super) fn new(io: Io, peer: SocketAddr) -> Box<Self> {
        Box::new(Self { io, peer, ahead: BytesMut::new(), out: Out::default(), timer: Timer::default() })
    }

    /// Ends a connection that nobody uses.
    pub(super) fn close(mut self: Box<Self>) {
        self.io.farewell();
    }

    /// Whether the upstream has neither closed nor said anything since the last answer. Costs no system
    /// call unless something did happen.
    fn is_quiet(&mut self) -> bool {
        let mut byte = [0; 1];
        let mut cx = Context::from_waker(Waker::noop());
        let mut buf = ReadBuf::new(&mut byte);
        matches!(Pin::new(&mut self.io).poll_read(&mut cx, &mut buf), Poll::Pending)
    }
}

// === impl Pool ===

impl Pool {
    fn close_idle(&mut self) {
        self.idle.drain(..).for_each(|(conn, _)| conn.close());
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.close_idle();
    }
}

// === impl Pools ===

impl Pools {
    /// Waits for the right to use a connection, where the target limits them.
    pub(super) async fn permit(
        &self,
        target: &Arc<Target>,
        wait: Duration,
    ) -> Result<OwnedSemaphorePermit, Fault> {
        let permits = self.permits(target);
        if let Ok(permit) = Arc::clone(&permits).try_acquire_owned() {
            return Ok(permit);
        }
        match tokio::time::timeout(wait, permits.acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(Fault::new(Reason::QueueTimeout, "every connection to the target is in use")),
        }
    }

    fn permits(&self, target: &Arc<Target>) -> Arc<Semaphore> {
        let wanted = target.max_connections();
        let mut targets = self.targets.lock();
        let pool = targets.entry(Arc::clone(target)).or_default();
        match &pool.permits {
            Some((count, permits)) if *count == wanted => Arc::clone(permits),
            _ => {
                // another limit was configured: those in use under the old one run out by themselves
                let permits = Arc::new(Semaphore::new(wanted));
                pool.permits = Some((wanted, Arc::clone(&permits)));
                permits
            }
        }
    }

    /// The connection used last that is still good.
    pub(super) fn take(&self, target: &Arc<Target>, now: Nanos) -> Option<Box<Conn>> {
        let mut targets = self.targets.lock();
        let pool = targets.get_mut(target)?;
        while let Some((mut conn, since)) = pool.idle.pop_back() {
            if since + target.idle() <= now {
                conn.close();
                pool.close_idle();
                return None;
            }
            if conn.is_quiet() {
                return Some(conn);
            }
            conn.close();
        }
        None
    }

    /// Keeps a connection for the next request; says whether a sweep has to be arranged.
    pub(super) fn keep(&self, lease: Lease, now: Nanos) -> bool {
        let Lease { mut conn, target, permit, .. } = lease;
        conn.timer.clear();
        conn.ahead = BytesMut::new();
        let max_idle = target.max_idle();
        if max_idle == 0 {
            conn.close();
            return false;
        }
        {
            let mut targets = self.targets.lock();
            let pool = match targets.get_mut(&target) {
                Some(pool) => pool,
                None => targets.entry(target).or_default(),
            };
            if pool.idle.len() >= max_idle
                && let Some((oldest, _)) = pool.idle.pop_front()
            {
                oldest.close();
            }
            pool.idle.push_back((conn, now));
        }
        // whoever waits for a permit finds the connection
        drop(permit);
        !self.sweeping.load(Ordering::Relaxed)
    }

    /// Closes what was idle for too long; `false` if nothing is left to look after.
    fn sweep(&self, now: Nanos) -> bool {
        let mut targets = self.targets.lock();
        targets.retain(|target, pool| {
            while let Some((conn, _)) = pool.idle.pop_front_if(|(_, since)| *since + target.idle() <= now) {
                conn.close();
            }
            pool.idle.retain_mut(|(conn, _)| {
                let quiet = conn.is_quiet();
                if !quiet {
                    conn.io.farewell();
                }
                quiet
            });
            let in_use = pool.permits.as_ref().is_some_and(|(count, left)| left.available_permits() < *count);
            in_use || !pool.idle.is_empty()
        });
        !targets.is_empty()
    }

    /// Starts the task that closes idle connections; it ends when there are none, or with the client.
    pub(super) fn sweep_later(shared: &Arc<Shared>) {
        if shared.pools.sweeping.swap(true, Ordering::Relaxed) {
            return;
        }
        let weak = Arc::downgrade(shared);
        shared.pools.tasks.spawn(async move {
            loop {
                tokio::time::sleep(SWEEP).await;
                let Some(shared) = weak.upgrade() else { return };
                if !shared.pools.sweep(shared.clock.now()) {
                    return shared.pools.sweeping.store(false, Ordering::Relaxed);
                }
            }
        });
    }
}
