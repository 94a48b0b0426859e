//! Writing an answer, and what becomes of the connection after it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::BytesMut;
use http1::{Connection, Framing};
use message::{Body, Frame, Method, ResponseHead, Version};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::driver::Driver;
use super::link::{LinkIo, Progress};
use crate::call::Reply;
use crate::sending::Sending;
use crate::tunnel::Tunnel;

/// An unread request body of up to this many bytes is read and thrown away so that the connection
/// lives on.
const DRAIN: u64 = 64 * 1024;
/// While lingering, so many bytes are thrown away, for so long.
const LINGER: usize = 1024 * 1024;
const LINGER_TIME: Duration = Duration::from_secs(2);

/// What of the request matters for writing its answer.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) method: Method,
    pub(super) version: Version,
    pub(super) keep_alive: bool,
}

/// What becomes of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// It takes another request.
    Next,
    /// It is closed.
    Close,
    /// It is closed once the client has had the chance to read the answer.
    Linger,
}

impl Driver {
    /// Writes the answer and settles what is left of the request.
    pub(super) async fn respond(&mut self, mut reply: Reply, facts: Facts) -> After {
        if let Some(tunnel) = reply.tunnel.take() {
            Box::pin(self.tunnel(reply.head, tunnel, facts.version)).await;
            return After::Close;
        }
        let keep = facts.keep_alive && !reply.close && !self.core.draining() && self.may_go_on();
        let length = reply.body.remaining();
        let framing = Framing::of_response(reply.head.status, &facts.method, facts.version, length);
        let keep = keep && framing != Framing::UntilClose;
        self.push_head(&reply.head, framing, keep, facts.version);
        let mut sending = Sending::new(reply.body, framing);
        sending.take_full(&mut self.out);
        let mut waited = false;
        let sent = std::future::poll_fn(|cx| {
            let polled = self.poll_send(cx, &mut sending);
            waited |= polled.is_pending();
            polled
        })
        .await;
        drop(sending);
        self.timer.clear();
        if waited {
            self.idle_since = self.core.clock.now();
        }
        if !sent {
            self.abort(framing);
            return After::Close;
        }
        self.settle(keep, !facts.keep_alive).await
    }

    /// Whether the rest of the request leaves the connection usable.
    fn may_go_on(&self) -> bool {
        let state = self.link.lock();
        match &state.body {
            Progress::Done => !(state.fin && state.ahead.is_empty()),
            Progress::Failed | Progress::Open { expects: true, dropped: true, .. } => false,
            Progress::Open { dropped: false, .. } => true,
            Progress::Open { decoder, .. } => decoder.remaining().is_none_or(|left| left <= DRAIN),
        }
    }

    fn push_head(&mut self, head: &ResponseHead, framing: Framing, keep: bool, client: Version) {
        let mut state = self.link.lock();
        state.undecided = false;
        let interim = std::mem::take(&mut state.interim);
        drop(state);
        self.idle_since = self.core.clock.now();
        let date = self.core.date(self.idle_since);
        let connection = if keep { Connection::KeepAlive } else { Connection::Close };
        self.out.write_with(|out| {
            out.extend_from_slice(&interim);
            http1::encode::response_head(out, head, framing, connection, client, &date);
        });
    }

    /// Takes from the body and writes until all is written. `false` if the client is gone, too slow, or
    /// the body broke.
    fn poll_send(&mut self, cx: &mut Context<'_>, sending: &mut Sending) -> Poll<bool> {
        loop {
            let filled = sending.poll_fill(cx, &mut self.out);
            if let Poll::Ready(Err(_)) = filled {
                return self.poll_last_words(cx);
            }
            let before = self.bytes_out;
            let written = {
                let mut state = self.link.lock();
                self.out.poll_write(cx, &mut state.io, &mut self.bytes_out)
            };
            match written {
                Poll::Ready(Err(_)) => return Poll::Ready(false),
                Poll::Ready(Ok(())) if sending.ended() => return Poll::Ready(true),
                Poll::Ready(Ok(())) => {
                    self.timer.clear();
                    if filled.is_pending() {
                        let link = self.link.clone();
                        return self.poll_gone(cx, &mut link.lock()).map(|()| false);
                    }
                }
                Poll::Pending => {
                    if self.bytes_out > before || !self.timer.is_set() {
                        let at = self.core.clock.now() + self.listener.config.timeouts.write_idle;
                        self.timer.set(at);
                    }
                    return self.timer.poll(cx, &self.core.clock).map(|()| false);
                }
            }
        }
    }

    /// The body broke: what is there is written as far as the client takes it at once.
    fn poll_last_words(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        let mut state = self.link.lock();
        // whether they arrive or not, the connection ends
        self.out.poll_write(cx, &mut state.io, &mut self.bytes_out).map(|_| ()).is_ready();
        Poll::Ready(false)
    }

    /// The answer cannot be completed. Where its end is the end of the connection, a plain close would
    /// look like success.
    fn abort(&mut self, framing: Framing) {
        if framing == Framing::UntilClose {
            self.link.lock().io.reset_on_close();
        }
    }

    /// Gets rid of what is left of the request body.
    async fn settle(&mut self, keep: bool, asked_to_close: bool) -> After {
        {
            let mut state = self.link.lock();
            state.request = 0;
            if matches!(state.body, Progress::Done) {
                if keep {
                    return After::Next;
                }
                // the client knows that nothing follows; TLS has a farewell of its own to send
                let expected = (asked_to_close || state.fin) && state.ahead.is_empty();
                return if expected && state.io.is_plain() { After::Close } else { After::Linger };
            }
        }
        if keep && Box::pin(self.drain()).await { After::Next } else { After::Linger }
    }

    /// Reads an unread body to its end; `false` if it is too long, too slow or broken.
    async fn drain(&mut self) -> bool {
        let mut left = DRAIN;
        std::future::poll_fn(|cx| {
            let mut state = self.link.lock();
            loop {
                if left == 0 || matches!(state.body, Progress::Open { expects: true, .. }) {
                    return Poll::Ready(false);
                }
                match ready!(state.poll_body(cx)) {
                    Some(Ok(Frame::Data(data))) => left = left.saturating_sub(data.len() as u64),
                    Some(Err(_)) => return Poll::Ready(false),
                    _ => return Poll::Ready(matches!(state.body, Progress::Done)),
                }
            }
        })
        .await
    }

    /// Ends our side and reads on for a while: closing with unread bytes would make the kernel send a
    /// reset, which can take the answer away from the client before it was read (RFC 9112 §9.6).
    pub(super) async fn linger(&mut self) {
        self.timer.set(self.core.clock.now() + LINGER_TIME);
        let (mut left, mut shut) = (LINGER, false);
        std::future::poll_fn(|cx| {
            if self.timer.poll(cx, &self.core.clock).is_ready() {
                return Poll::Ready(());
            }
            let mut state = self.link.lock();
            if !shut {
                shut = ready!(Pin::new(&mut state.io).poll_shutdown(cx)).is_ok();
                if !shut {
                    return Poll::Ready(());
                }
            }
            let mut scratch = self.core.scratch.lock();
            while left > 0 && !state.fin {
                let mut buf = ReadBuf::new(&mut scratch);
                match ready!(Pin::new(&mut state.io).poll_read(cx, &mut buf)) {
                    Ok(()) if !buf.filled().is_empty() => left = left.saturating_sub(buf.filled().len()),
                    _ => return Poll::Ready(()),
                }
            }
            Poll::Ready(())
        })
        .await;
    }

    /// Writes `101` and joins the client to the far end.
    async fn tunnel(&mut self, head: ResponseHead, tunnel: Box<Tunnel>, client: Version) {
        let protocol = tunnel.protocol.clone();
        let interim = {
            let mut state = self.link.lock();
            state.undecided = false;
            if !matches!(state.body, Progress::Done) {
                // what is left of the request would be taken for the new protocol's
                return;
            }
            std::mem::take(&mut state.interim)
        };
        self.out.write_with(|out| {
            out.extend_from_slice(&interim);
            let connection = Connection::Upgrade(protocol.as_bytes());
            http1::encode::response_head(out, &head, Framing::None, connection, client, b"");
        });
        let mut sending = Sending::new(Body::empty(), Framing::None);
        if !std::future::poll_fn(|cx| self.poll_send(cx, &mut sending)).await {
            return;
        }
        let ahead = std::mem::replace(&mut self.link.lock().ahead, BytesMut::new());
        // those were counted when they were read
        let counted = ahead.len() as u64;
        let mut io = LinkIo(self.link.clone());
        let moved = tunnel.join(&mut io, ahead, (&self.core.clock, self.core.watch_drain())).await;
        self.bytes_out += moved.to_client;
        self.link.lock().bytes_in += moved.from_client.saturating_sub(counted);
    }
}
