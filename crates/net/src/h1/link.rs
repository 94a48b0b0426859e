//! What the driver of a connection shares with the body of the request under way: the stream, what was
//! read too much, and how far the body is.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::BytesMut;
use http1::body::Decoder;
use message::Fields;
use parking_lot::{Mutex, MutexGuard};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::io::poll_read_buf;

use crate::core::Core;
use crate::io::Io;
use crate::timer::Timer;

/// Content is read in pieces of up to this many bytes.
const PIECE: usize = 64 * 1024;

/// Interim answers wait up to this many bytes, and as many again in the driver's queue.
pub(super) const INTERIM: usize = 4 * 1024;

/// The shared half of a connection. Driver and body mostly run in one task, so that the lock is free.
#[derive(Debug)]
pub(crate) struct Link {
    state: Mutex<State>,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) io: Io,
    /// Bytes read and not yet used.
    pub(super) ahead: BytesMut,
    pub(super) body: Progress,
    /// Wakes the driver from another task.
    pub(super) driver: Option<Waker>,
    /// Interim answers to be written before anything else.
    pub(super) interim: Vec<u8>,
    /// The request whose body may be read; 0 between requests.
    pub(super) request: u32,
    /// The final answer has not begun, so that interim ones may be sent.
    pub(super) undecided: bool,
    /// The client has ended its side.
    pub(super) fin: bool,
    pub(super) bytes_in: u64,
    pub(super) core: Arc<Core>,
    pub(super) body_timer: Timer,
    pub(super) body_idle: Duration,
}

/// How far the body of the request under way is.
#[derive(Debug, Default)]
pub(super) enum Progress {
    /// There is none, or it was read to its end.
    #[default]
    Done,
    /// It is being read, or was left unread by its reader.
    Open {
        decoder: Decoder,
        /// The client waits for `100 Continue`.
        expects: bool,
        /// Its reader let go of it.
        dropped: bool,
    },
    /// It broke; nothing on the connection can be read any more.
    Failed,
}

/// The stream of a connection after the last request on it.
#[derive(Debug)]
pub(super) struct LinkIo(pub(super) Arc<Link>);

// === impl Link ===

impl Link {
    pub(super) fn new(io: Io, core: Arc<Core>, body_idle: Duration) -> Arc<Self> {
        let state = State {
            io,
            ahead: BytesMut::new(),
            body: Progress::Done,
            driver: None,
            interim: Vec::new(),
            request: 0,
            undecided: false,
            fin: false,
            bytes_in: 0,
            core,
            body_timer: Timer::default(),
            body_idle,
        };
        Arc::new(Self { state: Mutex::new(state) })
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// The stream and the bytes read ahead, if nobody else holds the link.
    pub(super) fn into_parts(self: Arc<Self>) -> Option<(Io, BytesMut)> {
        let state = Arc::into_inner(self)?.state.into_inner();
        Some((state.io, state.ahead))
    }

    /// Queues an interim answer, if `request` is still the one under way and its client reads: one that
    /// nobody takes is dropped.
    pub(crate) fn interim(&self, request: u32, status: u16, fields: &Fields) {
        let mut state = self.lock();
        if state.request == request && state.undecided && state.interim.len() < INTERIM {
            http1::encode::interim(&mut state.interim, status, fields);
            state.wake_driver(Waker::noop());
        }
    }
}

// === impl State ===

impl State {
    /// Reads into `ahead`. Zero is the end.
    pub(super) fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        self.ahead.reserve(PIECE);
        let count = ready!(poll_read_buf(Pin::new(&mut self.io), cx, &mut self.ahead))?;
        self.bytes_in += count as u64;
        Poll::Ready(Ok(count))
    }

    /// Reads through the core's scratch, so that nothing is held while nothing comes; what came is added
    /// to `ahead`. Zero is the end.
    pub(super) fn poll_peek(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut scratch = self.core.scratch.lock();
        let mut buf = ReadBuf::new(&mut scratch);
        ready!(Pin::new(&mut self.io).poll_read(cx, &mut buf))?;
        let filled = buf.filled();
        self.ahead.extend_from_slice(filled);
        self.bytes_in += filled.len() as u64;
        Poll::Ready(Ok(filled.len()))
    }

    /// Wakes the driver unless it is `current` itself, which looks anyway.
    pub(super) fn wake_driver(&self, current: &Waker) {
        if let Some(driver) = self.driver.as_ref().filter(|driver| !driver.will_wake(current)) {
            driver.wake_by_ref();
        }
    }
}

// === impl LinkIo ===

impl AsyncRead for LinkIo {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0.lock().io).poll_read(cx, buf)
    }
}

impl AsyncWrite for LinkIo {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0.lock().io).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0.lock().io).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0.lock().io).poll_shutdown(cx)
    }
}
