//! Waiting for the next request head and reading it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use base::Nanos;
use bytes::{Buf, BytesMut};
use http1::request::{self, Request};
use http1::{Preface, Reject, Scan};
use message::{Reason, Version};
use tokio::io::{AsyncRead, ReadBuf};

use super::driver::Driver;
use super::link::State;

/// What came instead of, or as, the next head.
#[derive(Debug)]
pub(super) enum Next {
    /// A head, which lies in [`Reading::request`]; the bytes behind it lie in the link.
    Request,
    /// Something that is no head.
    Refuse(Reject, Version),
    /// The connection speaks HTTP/2; all bytes lie in the link.
    Http2,
    /// The client left, was idle for too long, or no request is wanted any more.
    Closed,
}

/// How far reading a head is.
#[derive(Debug, Default)]
pub(super) struct Reading {
    scan: Scan,
    /// Of the bytes in the link, so many were looked at already.
    seen: usize,
    /// When the first byte came.
    pub(super) started: Option<Nanos>,
    /// The first bytes of the connection are not those of HTTP/2.
    is_http1: bool,
    /// The head, until it becomes a call: handing it through every layer would copy it each time.
    pub(super) request: Option<Request>,
}

impl Reading {
    /// Makes ready for the head after this one.
    pub(super) fn next(&mut self) {
        *self = Self { is_http1: self.is_http1, ..Self::default() };
    }
}

impl Driver {
    /// The next head. Bytes are read through the core's scratch and, where they make a whole head, parsed
    /// there: an idle connection holds no buffer, a busy one copies a head once.
    pub(super) fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<Next> {
        let link = self.link.clone();
        let mut state = link.lock();
        loop {
            if state.ahead.len() > self.reading.seen {
                self.begin();
                let mut ahead = std::mem::take(&mut state.ahead);
                let parsed = self.parse(&ahead);
                ahead.advance(self.reading.request.as_ref().map_or(0, |request| request.consumed));
                self.reading.seen = ahead.len();
                if !ahead.is_empty() {
                    state.ahead = ahead;
                }
                if let Some(next) = parsed {
                    return Poll::Ready(next);
                }
            }
            let read = if state.ahead.is_empty() {
                self.poll_scratch(cx, &mut state)
            } else {
                state.poll_peek(cx).map_ok(|count| if count > 0 { None } else { Some(Next::Closed) })
            };
            match read {
                Poll::Ready(Ok(Some(next))) => return Poll::Ready(next),
                Poll::Ready(Ok(None)) => {}
                Poll::Ready(Err(_)) => return Poll::Ready(Next::Closed),
                Poll::Pending => return self.poll_waiting(cx),
            }
        }
    }

    /// Reads into the scratch and parses there; what is no whole head goes into the link.
    fn poll_scratch(&mut self, cx: &mut Context<'_>, state: &mut State) -> Poll<io::Result<Option<Next>>> {
        let core = self.core.clone();
        let mut scratch = core.scratch.lock();
        let mut buf = ReadBuf::new(&mut scratch);
        ready!(Pin::new(&mut state.io).poll_read(cx, &mut buf))?;
        let bytes = buf.filled();
        state.bytes_in += bytes.len() as u64;
        if bytes.is_empty() {
            return Poll::Ready(Ok(Some(Next::Closed)));
        }
        self.begin();
        let parsed = self.parse(bytes);
        let used = self.reading.request.as_ref().map_or(0, |request| request.consumed);
        let rest = bytes.get(used..).unwrap_or_default();
        self.reading.seen = rest.len();
        if !rest.is_empty() {
            state.ahead = BytesMut::from(rest);
        }
        Poll::Ready(Ok(parsed))
    }

    /// Notes the first byte of a head.
    fn begin(&mut self) {
        if self.reading.started.is_none() {
            self.reading.started = Some(self.core.clock.now());
        }
    }

    /// What the bytes are; `None` if more are needed.
    fn parse(&mut self, bytes: &[u8]) -> Option<Next> {
        if !self.reading.is_http1 {
            match http1::h2_preface(bytes) {
                Preface::Yes => return Some(Next::Http2),
                Preface::Partial => return None,
                Preface::No => self.reading.is_http1 = true,
            }
        }
        let config = &self.listener.config;
        match request::parse(bytes, &config.limits, self.conn.scheme(), &mut self.reading.scan) {
            Ok(Some(request)) => {
                self.reading.request = Some(request);
                Some(Next::Request)
            }
            Ok(None) => None,
            Err(reject) => Some(Next::Refuse(reject, Version::Http11)),
        }
    }

    /// Nothing to read: looks at the time.
    fn poll_waiting(&mut self, cx: &mut Context<'_>) -> Poll<Next> {
        let timeouts = &self.listener.config.timeouts;
        let until = match self.reading.started {
            Some(started) => started + timeouts.head,
            None if self.request == 0 => self.conn.opened + timeouts.head,
            None => self.idle_since + timeouts.keep_alive,
        };
        let last_call = self.core.last_call().filter(|_| self.reading.started.is_none());
        self.timer.set(last_call.map_or(until, |last_call| last_call.min(until)));
        ready!(self.timer.poll(cx, &self.core.clock));
        Poll::Ready(match self.reading.started {
            Some(_) => {
                let detail = "the head did not arrive in time";
                Next::Refuse(Reject { reason: Reason::HeadTimeout, detail }, Version::Http11)
            }
            None => Next::Closed,
        })
    }
}
