//! The threads: a runtime a core, started together, drained and stopped together.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::TcpListener;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::thread::JoinHandle;

use tokio_util::sync::CancellationToken;

use super::accept::{self, Gate};
use super::{Bound, ServerConfig};
use crate::call::Handler;
use crate::core::{Core, Listener};
use crate::metrics::Metrics;

/// A server at work. Dropping it stops it at once; see [`Running::join`].
#[derive(Debug)]
pub struct Running {
    threads: Vec<JoinHandle<()>>,
    shutdown: Shutdown,
    metrics: Metrics,
}

/// Ends a server, from anywhere.
#[derive(Clone, Debug)]
pub struct Shutdown {
    drain: CancellationToken,
    stop: CancellationToken,
}

/// A core's thread ended by a panic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CorePanicked;

/// What one core's thread is made from.
struct Part {
    id: usize,
    config: Arc<ServerConfig>,
    /// The number of the listener, its gate, and a socket of it.
    sockets: Vec<(usize, Arc<Gate>, TcpListener)>,
    metrics: Metrics,
    shutdown: Shutdown,
}

// === impl Bound ===

impl Bound {
    /// Starts the cores. `make` makes each core's handler, on that core's thread and inside its runtime.
    /// Needs no runtime itself.
    pub fn start<H: Handler>(self, make: impl Fn(usize) -> H + Send + Sync + 'static) -> io::Result<Running> {
        let shutdown = Shutdown { drain: CancellationToken::new(), stop: CancellationToken::new() };
        let mut running = Running { threads: Vec::new(), shutdown, metrics: self.metrics.clone() };
        let make = Arc::new(make);
        for part in self.parts(&running.shutdown) {
            let make = Arc::clone(&make);
            let name = format!("core-{}", part.id);
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let thread = std::thread::Builder::new().name(name);
            running.threads.push(thread.spawn(move || runtime.block_on(part.run(make.as_ref())))?);
        }
        Ok(running)
    }

    fn parts(self, shutdown: &Shutdown) -> Vec<Part> {
        let cores = self.config.cores;
        let config = Arc::new(self.config);
        let mut parts: Vec<Part> = (0..cores)
            .map(|id| Part {
                id,
                config: Arc::clone(&config),
                sockets: Vec::new(),
                metrics: self.metrics.clone(),
                shutdown: shutdown.clone(),
            })
            .collect();
        for (number, sockets) in self.sockets.into_iter().enumerate() {
            let gate = Arc::new(Gate { open: AtomicUsize::new(0) });
            for (at, socket) in sockets.into_iter().enumerate() {
                if let Some(part) = parts.get_mut(at % cores) {
                    part.sockets.push((number, Arc::clone(&gate), socket));
                }
            }
        }
        parts
    }
}

// === impl Running ===

impl Running {
    /// The way to end it.
    pub fn shutdown(&self) -> Shutdown {
        self.shutdown.clone()
    }

    /// The listeners' counters.
    pub fn metrics(&self) -> Metrics {
        self.metrics.clone()
    }

    /// Waits for the end. Blocks; call it where that is allowed.
    pub fn join(mut self) -> Result<(), CorePanicked> {
        let ended: Vec<_> = self.threads.drain(..).map(JoinHandle::join).collect();
        if ended.iter().all(Result::is_ok) { Ok(()) } else { Err(CorePanicked) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shutdown.stop();
    }
}

// === impl Shutdown ===

impl Shutdown {
    /// Accepts nothing more, closes idle connections, lets requests under way finish within the time of
    /// the configuration. Doing it again changes nothing.
    pub fn drain(&self) {
        self.drain.cancel();
    }

    /// Ends everything now.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Waits until a drain or stop has begun.
    pub async fn begun(&self) {
        let (drain, stop) = (pin!(self.drain.cancelled()), pin!(self.stop.cancelled()));
        first(drain, stop).await;
    }
}

// === impl CorePanicked ===

impl fmt::Display for CorePanicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a core's thread panicked")
    }
}

impl std::error::Error for CorePanicked {}

// === impl Part ===

impl Part {
    async fn run<H: Handler>(self, make: &(impl Fn(usize) -> H + Send + Sync)) {
        let core = Core::new(self.id, self.config.clock.clone(), self.config.drain);
        let handler = make(self.id);
        let listeners: Vec<_> = self.config.listeners.iter().cloned().map(Arc::new).collect();
        for (number, gate, socket) in self.sockets {
            let Some(config) = listeners.get(number).cloned() else { continue };
            let counters = self.metrics.counters(number, self.id);
            let listener = Arc::new(Listener { config, counters });
            let (core, handler) = (Arc::clone(&core), handler.clone());
            let (tasks, drain) = (core.tasks.clone(), self.shutdown.drain.clone());
            tasks.spawn(accept::run(socket, listener, gate, core, handler, drain));
        }
        drop(handler);
        self.shutdown.begun().await;
        core.drain();
        core.tasks.close();
        let done = tokio::time::timeout(self.config.drain, core.tasks.wait());
        first(pin!(done), pin!(self.shutdown.stop.cancelled())).await;
    }
}

/// Ends with whichever of the two ends first.
async fn first(mut a: impl Future + Unpin, mut b: impl Future + Unpin) {
    std::future::poll_fn(|cx| {
        let a_done = std::pin::Pin::new(&mut a).poll(cx).is_ready();
        if a_done || std::pin::Pin::new(&mut b).poll(cx).is_ready() {
            return std::task::Poll::Ready(());
        }
        std::task::Poll::Pending
    })
    .await;
}
