//! After a change of protocol: bytes both ways until both sides have ended or nothing moves any more, or a session
//! that speaks the new protocol with the client itself.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use base::Clock;
use bytes::{Buf, Bytes, BytesMut};
use message::{BodyError, Guard, Outcome, Reason};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::io::poll_read_buf;

use crate::io::Rewind;
use crate::session::{Drain, Session, Watched};
use crate::timer::Timer;

/// Bytes kept for one direction.
const BUFFER: usize = 16 * 1024;

/// A stream that a client can be joined to.
pub trait TunnelIo: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> TunnelIo for T {}

/// The far end of a changed protocol.
pub struct Tunnel {
    /// The protocol changed to, as the upstream named it; goes into the answer's `Upgrade`.
    pub protocol: Box<str>,
    far: Far,
    /// Is told of the bytes and of the end: of those of both directions where they only pass, of those to the
    /// client where a session speaks.
    pub guard: Option<Box<dyn Guard>>,
}

/// What the client is joined to.
enum Far {
    /// A stream, what came from it already, and how long nothing may move in either direction.
    Stream(Box<dyn TunnelIo>, Bytes, Duration),
    /// Something of ours.
    Session(Box<dyn Session>),
    /// Nothing any more.
    Gone,
}

/// Bytes moved by a tunnel.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moved {
    pub(crate) from_client: u64,
    pub(crate) to_client: u64,
}

/// One direction.
#[derive(Debug, Default)]
struct Way {
    buffer: BytesMut,
    ended: bool,
    shut: bool,
    moved: u64,
}

/// Which end of a direction failed.
#[derive(Debug)]
enum Broken {
    Source(io::Error),
    Sink(io::Error),
}

fn failed(reason: Reason, error: &io::Error) -> Outcome {
    Outcome::Failed(BodyError::new(reason, error.to_string()))
}

// === impl Tunnel ===

impl Tunnel {
    /// To a stream, of which `buffered` came already; nothing may stand still for longer than `idle`.
    pub fn stream(protocol: Box<str>, io: Box<dyn TunnelIo>, buffered: Bytes, idle: Duration) -> Self {
        Self { protocol, far: Far::Stream(io, buffered, idle), guard: None }
    }

    /// To a session.
    pub fn session(protocol: Box<str>, session: Box<dyn Session>) -> Self {
        Self { protocol, far: Far::Session(session), guard: None }
    }

    /// The stream and what came from it already, for whoever speaks with the far end itself.
    pub fn into_io(mut self) -> Option<(Box<dyn TunnelIo>, Bytes)> {
        match std::mem::replace(&mut self.far, Far::Gone) {
            Far::Stream(io, buffered, _) => Some((io, buffered)),
            Far::Session(_) | Far::Gone => None,
        }
    }

    /// Joins the two until both have ended, one failed, or nothing moved for too long.
    pub(crate) async fn join(
        mut self,
        client: &mut (impl AsyncRead + AsyncWrite + Send + Unpin),
        ahead: BytesMut,
        (clock, drain): (&Clock, Drain),
    ) -> Moved {
        match std::mem::replace(&mut self.far, Far::Gone) {
            Far::Stream(io, buffered, idle) => self.pass(client, ahead, (io, buffered, idle), clock).await,
            Far::Session(session) => {
                let mut watched = Watched::new(Rewind::new(ahead.freeze(), client), self.guard.take());
                let outcome = session.run(Box::new(&mut watched), drain).await;
                watched.settle(outcome)
            }
            Far::Gone => Moved::default(),
        }
    }

    async fn pass(
        &mut self,
        client: &mut (impl AsyncRead + AsyncWrite + Unpin),
        ahead: BytesMut,
        (mut io, buffered, idle): (Box<dyn TunnelIo>, Bytes, Duration),
        clock: &Clock,
    ) -> Moved {
        let mut up = Way { buffer: ahead, ..Way::default() };
        let mut down = Way { buffer: BytesMut::from(buffered.as_ref()), ..Way::default() };
        let mut timer = Timer::default();
        timer.set(clock.now() + idle);
        let outcome = std::future::poll_fn(|cx| {
            let before = up.moved + down.moved;
            let sent = up.poll(cx, client, &mut io);
            let got = down.poll(cx, &mut io, client);
            let moved = up.moved + down.moved - before;
            if moved > 0 {
                timer.set(clock.now() + idle);
                if let Some(guard) = &mut self.guard {
                    guard.sent(usize::try_from(moved).unwrap_or(usize::MAX));
                }
            }
            match (sent, got) {
                (Poll::Ready(Err(Broken::Source(error))), _) | (_, Poll::Ready(Err(Broken::Sink(error)))) => {
                    Poll::Ready(failed(Reason::ClientClosed, &error))
                }
                (Poll::Ready(Err(Broken::Sink(error))), _) | (_, Poll::Ready(Err(Broken::Source(error)))) => {
                    Poll::Ready(failed(Reason::UpstreamReset, &error))
                }
                (Poll::Ready(Ok(())), Poll::Ready(Ok(()))) => Poll::Ready(Outcome::Complete),
                _ => timer.poll(cx, clock).map(|()| {
                    Outcome::Failed(BodyError::new(Reason::UpstreamStalled, "the tunnel stood idle"))
                }),
            }
        })
        .await;
        if let Some(mut guard) = self.guard.take() {
            guard.settle(outcome);
        }
        Moved { from_client: up.moved, to_client: down.moved }
    }
}

/// A tunnel that came to nothing, or was cut off with its task, settles its guard as well.
impl Drop for Tunnel {
    fn drop(&mut self) {
        if let Some(mut guard) = self.guard.take() {
            guard.settle(Outcome::Dropped);
        }
    }
}

impl fmt::Debug for Tunnel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tunnel").field("protocol", &self.protocol).finish_non_exhaustive()
    }
}

// === impl Way ===

impl Way {
    /// Moves bytes until the source has ended and the sink was told, or one of them has to be waited for.
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        from: &mut (impl AsyncRead + Unpin),
        to: &mut (impl AsyncWrite + Unpin),
    ) -> Poll<Result<(), Broken>> {
        loop {
            while !self.buffer.is_empty() {
                let count = ready!(Pin::new(&mut *to).poll_write(cx, &self.buffer)).map_err(Broken::Sink)?;
                if count == 0 {
                    return Poll::Ready(Err(Broken::Sink(io::ErrorKind::WriteZero.into())));
                }
                self.buffer.advance(count);
                self.moved += count as u64;
            }
            if self.ended {
                if !self.shut {
                    ready!(Pin::new(&mut *to).poll_shutdown(cx)).map_err(Broken::Sink)?;
                    self.shut = true;
                }
                return Poll::Ready(Ok(()));
            }
            self.buffer.reserve(BUFFER);
            match poll_read_buf(Pin::new(&mut *from), cx, &mut self.buffer).map_err(Broken::Source)? {
                Poll::Ready(0) => self.ended = true,
                Poll::Ready(_) => {}
                Poll::Pending => {
                    self.buffer = BytesMut::new();
                    ready!(Pin::new(to).poll_flush(cx)).map_err(Broken::Sink)?;
                    return Poll::Pending;
                }
            }
        }
    }
}
