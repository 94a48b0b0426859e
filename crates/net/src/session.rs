//! A session: what speaks with a client after a change of protocol, where the far end is ours and no stream that
//! bytes only pass to.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use message::{Guard, Outcome};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::sync::CancellationToken;

use crate::tunnel::{Moved, TunnelIo};

/// How a session is run.
pub type Running<'a> = Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

/// Speaks the new protocol with a client.
pub trait Session: Send {
    /// Runs until the end and says how it was. Dropped when the process has no more time for it.
    fn run<'a>(self: Box<Self>, client: Box<dyn TunnelIo + 'a>, drain: Drain) -> Running<'a>;
}

/// Tells when a session should come to its end, since the process does.
#[derive(Clone, Debug)]
pub struct Drain {
    begun: CancellationToken,
    time: Duration,
}

/// A client's stream that counts, and tells a guard of what goes to the client.
pub(crate) struct Watched<T> {
    io: T,
    guard: Option<Box<dyn Guard>>,
    moved: Moved,
}

// === impl Drain ===

impl Drain {
    pub(crate) fn new(begun: CancellationToken, time: Duration) -> Self {
        Self { begun, time }
    }

    pub(crate) fn begin(&self) {
        self.begun.cancel();
    }

    /// Waits until the process begins to end.
    pub async fn begun(&self) {
        self.begun.cancelled().await;
    }

    /// How long what is under way may still take from then on.
    pub fn time(&self) -> Duration {
        self.time
    }
}

// === impl Watched ===

impl<T> Watched<T> {
    pub(crate) fn new(io: T, guard: Option<Box<dyn Guard>>) -> Self {
        Self { io, guard, moved: Moved::default() }
    }

    /// Tells the guard of the end; gives what moved.
    pub(crate) fn settle(mut self, outcome: Outcome) -> Moved {
        if let Some(mut guard) = self.guard.take() {
            guard.settle(outcome);
        }
        self.moved
    }

    fn sent(&mut self, count: usize) {
        self.moved.to_client += count as u64;
        if let Some(guard) = &mut self.guard {
            guard.sent(count);
        }
    }
}

/// A session that was cut off with its task settles its guard as well.
impl<T> Drop for Watched<T> {
    fn drop(&mut self) {
        if let Some(mut guard) = self.guard.take() {
            guard.settle(Outcome::Dropped);
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Watched<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.io).poll_read(cx, buf))?;
        self.moved.from_client += (buf.filled().len() - before) as u64;
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Watched<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let count = ready!(Pin::new(&mut self.io).poll_write(cx, buf))?;
        self.sent(count);
        Poll::Ready(Ok(count))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let count = ready!(Pin::new(&mut self.io).poll_write_vectored(cx, bufs))?;
        self.sent(count);
        Poll::Ready(Ok(count))
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }
}
