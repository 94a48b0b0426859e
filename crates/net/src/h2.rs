//! HTTP/2 towards clients, over the `h2` crate: one task a connection and one a request.

mod convert;
mod stream;
mod tunnel;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use h2::server::{Builder, Connection};
use message::Fields;
use parking_lot::Mutex;

use crate::call::{ConnInfo, Handler};
use crate::core::{Core, Listener};
use crate::io::{Io, Rewind};
use crate::timer::Timer;
use stream::{Ended, Exchange};

/// How long a connection without requests stays open once it was told to end: the client has to
/// acknowledge that, and may never do so.
const FAREWELL: Duration = Duration::from_secs(1);

/// Interim answers that may wait for one request; more are dropped.
const INTERIMS: usize = 16;

/// Interim answers on their way to a request's task.
#[derive(Debug, Default)]
pub(crate) struct Interims {
    waiting: Mutex<Vec<(u16, Fields)>>,
    task: Mutex<Option<std::task::Waker>>,
}

/// How many requests the client reset unanswered, less those that were answered: a client that opens
/// and resets without end makes work that no limit on requests at once can see (CVE-2023-44487).
#[derive(Debug, Default)]
struct Resets(AtomicU32);

/// Serves a connection until it ends.
pub(crate) async fn serve<H: Handler>(
    handler: H,
    conn: Arc<ConnInfo>,
    listener: Arc<Listener>,
    core: Arc<Core>,
    io: Rewind<Io>,
) {
    listener.counters.h2_connections.add(1);
    let timeouts = listener.config.timeouts;
    let shaking = builder(&listener).handshake::<_, Bytes>(io);
    let Ok(Ok(mut connection)) = tokio::time::timeout(timeouts.head, shaking).await else { return };
    let shared = (&handler, &conn, &listener, &core);
    let outcome = accept(&mut connection, shared, timeouts.keep_alive).await;
    if let Err(error) = outcome
        && error.reason() == Some(h2::Reason::ENHANCE_YOUR_CALM)
    {
        listener.counters.abused.add(1);
    }
}

fn builder(listener: &Listener) -> Builder {
    let limits = &listener.config.h2;
    let head = u32::try_from(listener.config.limits.head).unwrap_or(u32::MAX);
    let mut builder = Builder::new();
    builder
        .max_concurrent_streams(limits.max_streams)
        .initial_window_size(limits.stream_window)
        .initial_connection_window_size(limits.connection_window)
        .max_header_list_size(head)
        .max_pending_accept_reset_streams(limits.max_pending_resets)
        .max_local_error_reset_streams(Some(limits.max_stream_errors))
        .max_concurrent_reset_streams(limits.max_pending_resets)
        .reset_stream_duration(Duration::from_secs(1))
        .max_send_buffer_size(crate::out::HIGH_WATER)
        .enable_connect_protocol();
    builder
}

/// Hands requests on until the connection ends, is idle for too long, or was drained.
async fn accept<H: Handler>(
    connection: &mut Connection<Rewind<Io>, Bytes>,
    (handler, conn, listener, core): (&H, &Arc<ConnInfo>, &Arc<Listener>, &Arc<Core>),
    keep_alive: Duration,
) -> Result<(), h2::Error> {
    let mut timer = Timer::default();
    let (mut leaving, mut wait) = (false, keep_alive);
    let resets = Arc::new(Resets::default());
    loop {
        let accepted = std::future::poll_fn(|cx| {
            if core.draining() && !leaving {
                (leaving, wait) = (true, FAREWELL);
                connection.graceful_shutdown();
                timer.clear();
            }
            let accepted = connection.poll_accept(cx);
            if accepted.is_ready() {
                return accepted;
            }
            if connection.has_streams() {
                timer.clear();
            } else {
                if !timer.is_set() {
                    timer.set(core.clock.now() + wait);
                }
                if timer.poll(cx, &core.clock).is_pending() {
                    return Poll::Pending;
                }
                if leaving {
                    connection.abrupt_shutdown(h2::Reason::NO_ERROR);
                    // what of it cannot be written now is not waited for
                    let _closed = connection.poll_closed(cx);
                    return Poll::Ready(None);
                }
                (leaving, wait) = (true, FAREWELL);
                connection.graceful_shutdown();
                timer.clear();
                // the farewell is written, and its time begins, when this is polled again
                cx.waker().wake_by_ref();
            }
            Poll::Pending
        })
        .await;
        let Some(accepted) = accepted else { return Ok(()) };
        let (request, respond) = accepted?;
        timer.clear();
        if resets.0.load(Ordering::Relaxed) > listener.config.h2.max_resets {
            connection.abrupt_shutdown(h2::Reason::ENHANCE_YOUR_CALM);
            listener.counters.abused.add(1);
            return std::future::poll_fn(|cx| connection.poll_closed(cx)).await;
        }
        listener.counters.requests.add(1);
        let exchange = Exchange::new(handler.clone(), conn.clone(), listener.clone(), core.clone());
        let resets = Arc::clone(&resets);
        core.tasks.spawn(async move {
            let answered = exchange.run(request, respond).await;
            resets.note(answered);
        });
    }
}

// === impl Resets ===

impl Resets {
    fn note(&self, ended: Ended) {
        let step = |count: u32| match ended {
            Ended::Answered => count.checked_sub(1),
            Ended::Reset => count.checked_add(1),
        };
        // at its bounds the count stays
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, step).ok();
    }
}

// === impl Interims ===

impl Interims {
    /// Queues an interim answer and wakes the request's task.
    pub(crate) fn push(&self, status: u16, fields: Fields) {
        let mut waiting = self.waiting.lock();
        if waiting.len() < INTERIMS {
            waiting.push((status, fields));
        }
        drop(waiting);
        if let Some(task) = self.task.lock().as_ref() {
            task.wake_by_ref();
        }
    }

    /// Those that wait, for the task that sends them.
    fn take(&self, cx: &std::task::Context<'_>) -> Vec<(u16, Fields)> {
        let mut task = self.task.lock();
        if !task.as_ref().is_some_and(|task| task.will_wake(cx.waker())) {
            *task = Some(cx.waker().clone());
        }
        std::mem::take(&mut self.waiting.lock())
    }
}
