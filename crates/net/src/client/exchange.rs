//! One request and the head of its answer, on one connection.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use base::Nanos;
use bytes::{Buf, Bytes, BytesMut};
use http1::encode::request_head;
use http1::response::{self, Kind};
use http1::{Connection, Framing, Scan};
use message::{Body, Method, Reason, RequestHead, Version};
use tokio::io::{AsyncRead, ReadBuf};
use trace::{Attempt, Protocol};

use super::body::{Received, ResponseBody};
use super::error::Fault;
use super::pool::{Conn, Lease};
use super::{Response, SendOptions, Shared};
use crate::sending::Sending;
use crate::tunnel::Tunnel;

/// A request under way.
#[derive(Debug)]
pub(super) struct Exchange<'a> {
    shared: &'a Arc<Shared>,
    options: &'a SendOptions,
    method: &'a Method,
    lease: Lease,
    sending: Sending,
    /// When the last byte of the request was handed to the kernel.
    sent: Option<Nanos>,
    written: u64,
    scan: Scan,
    /// Of the bytes read ahead, so many were looked at already.
    seen: usize,
    /// When the first byte of an answer came.
    first_byte: Option<Nanos>,
    /// The upstream takes no more of the request.
    deaf: Option<io::Error>,
}

impl<'a> Exchange<'a> {
    /// Queues the head, and the body if it is whole and short.
    pub(super) fn new(
        shared: &'a Arc<Shared>,
        mut lease: Lease,
        head: &'a RequestHead,
        mut sending: Sending,
        options: &'a SendOptions,
    ) -> Self {
        let connection = match &options.upgrade {
            Some(protocol) => Connection::Upgrade(protocol.as_bytes()),
            None => Connection::KeepAlive,
        };
        let out = &mut lease.conn.out;
        out.write_with(|out| request_head(out, head, sending.framing(), connection));
        sending.take_full(out);
        Self {
            shared,
            options,
            method: &head.method,
            lease,
            sending,
            sent: None,
            written: 0,
            scan: Scan::default(),
            seen: 0,
            first_byte: None,
            deaf: None,
        }
    }

    /// Sends, and waits for the final head.
    pub(super) async fn run(mut self, attempt: &mut Attempt) -> Result<Response, Fault> {
        attempt.protocol = Some(Protocol::Http11);
        let outcome = std::future::poll_fn(|cx| {
            let polled = self.poll(cx);
            // whoever gives up waiting wants to know how far it was
            if polled.is_pending() {
                self.stamp_sent(attempt);
            }
            polled
        })
        .await;
        self.stamp(attempt);
        match outcome {
            Ok(parsed) => {
                attempt.status = parsed.head.status;
                Ok(self.finish(parsed, attempt))
            }
            Err(mut fault) => {
                fault.written = self.written;
                // a byte of an answer proves that the request was seen
                fault.stale &= self.first_byte.is_none();
                Err(fault.with_body(self.sending.untouched()))
            }
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<response::Response, Fault>> {
        self.poll_upload(cx)?;
        loop {
            let parsed = match self.poll_head(cx) {
                Poll::Ready(parsed) => parsed?,
                Poll::Pending => {
                    ready!(self.lease.conn.timer.poll(cx, &self.shared.clock));
                    return Poll::Ready(Err(self.late()));
                }
            };
            self.scan = Scan::default();
            match parsed.kind {
                Kind::Interim => {
                    self.options.interim.send(parsed.head.status, parsed.head.fields);
                    // where they come without end, nothing is ever waited for
                    if self.lease.conn.timer.has_passed(&self.shared.clock) {
                        return Poll::Ready(Err(self.late()));
                    }
                }
                Kind::Switched if !was_asked(self.options.upgrade.as_deref(), &parsed.head) => {
                    let detail = "the upstream changed to a protocol that was not asked for";
                    return Poll::Ready(Err(Fault::new(Reason::UpstreamMalformed, detail)));
                }
                // the rest would be of the old protocol (RFC 9110 §7.8)
                Kind::Switched if self.sent.is_none() || self.deaf.is_some() => {
                    let detail = "the upstream changed the protocol before it had the whole request";
                    return Poll::Ready(Err(Fault::new(Reason::UpstreamMalformed, detail)));
                }
                Kind::Switched | Kind::Final => return Poll::Ready(Ok(parsed)),
            }
        }
    }

    /// Writes what of the request can be written. An upstream that takes no more may have answered
    /// already, so that a failure to write shows only when reading fails too.
    fn poll_upload(&mut self, cx: &mut Context<'_>) -> Result<(), Fault> {
        if self.sent.is_some() {
            return Ok(());
        }
        let now = || self.shared.clock.now();
        let conn = &mut *self.lease.conn;
        let before = self.written;
        match poll_upload(cx, conn, &mut self.sending, &mut self.written) {
            Poll::Ready(Ok(Ok(()))) => {
                let sent = now();
                self.sent = Some(sent);
                conn.timer.set(sent + self.options.timeouts.first_byte);
            }
            Poll::Ready(Ok(Err(error))) => {
                self.sent = Some(now());
                self.deaf = Some(error);
                conn.out.clear();
            }
            Poll::Ready(Err(error)) => return Err(error.into()),
            Poll::Pending if conn.out.is_empty() => conn.timer.clear(),
            Poll::Pending if self.written > before || !conn.timer.is_set() => {
                conn.timer.set(now() + self.options.timeouts.send);
            }
            Poll::Pending => {}
        }
        Ok(())
    }

    /// The next head.
    fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<Result<response::Response, Fault>> {
        let limits = &self.shared.config.limits;
        loop {
            let conn = &mut *self.lease.conn;
            if conn.ahead.len() > self.seen {
                if let Some(parsed) = response::parse(&conn.ahead, limits, self.method, &mut self.scan)? {
                    conn.ahead.advance(parsed.consumed);
                    self.seen = 0;
                    return Poll::Ready(Ok(parsed));
                }
                self.seen = conn.ahead.len();
            }
            let mut scratch = self.shared.scratch.lock();
            let mut buf = ReadBuf::new(&mut scratch);
            match ready!(Pin::new(&mut conn.io).poll_read(cx, &mut buf)) {
                Ok(()) if buf.filled().is_empty() => return Poll::Ready(Err(self.closed())),
                Ok(()) => {}
                Err(error) => return Poll::Ready(Err(Fault::broken(&error))),
            }
            if self.first_byte.is_none() {
                self.first_byte = Some(self.shared.clock.now());
            }
            if !conn.ahead.is_empty() {
                conn.ahead.extend_from_slice(buf.filled());
                continue;
            }
            let bytes = buf.filled();
            let parsed = response::parse(bytes, limits, self.method, &mut self.scan)?;
            let used = parsed.as_ref().map_or(0, |parsed| parsed.consumed);
            let rest = bytes.get(used..).unwrap_or_default();
            if !rest.is_empty() {
                conn.ahead = BytesMut::from(rest);
            }
            self.seen = 0;
            match parsed {
                Some(parsed) => return Poll::Ready(Ok(parsed)),
                None => self.seen = conn.ahead.len(),
            }
        }
    }

    fn late(&self) -> Fault {
        match self.sent {
            None => Fault::new(Reason::SendTimeout, "the upstream took no more of the request"),
            Some(_) => Fault::new(Reason::UpstreamTimeout, "no answer came in time"),
        }
    }

    fn closed(&self) -> Fault {
        let detail: &'static str = match (&self.deaf, self.first_byte) {
            (Some(_), None) => "the upstream closed while the request was sent",
            (None, None) => "the upstream closed without an answer",
            (_, Some(_)) => "the upstream closed within the head of its answer",
        };
        Fault { stale: true, ..Fault::new(Reason::UpstreamReset, detail) }
    }

    /// What is known of the request before there is an answer.
    fn stamp_sent(&self, attempt: &mut Attempt) {
        attempt.bytes_up = self.sending.bytes();
        if let Some(sent) = self.sent {
            attempt.phases.send = sent.micros_since(self.lease.at);
        }
    }

    fn stamp(&self, attempt: &mut Attempt) {
        attempt.bytes_up = self.sending.bytes();
        let sent = self.sent.or(self.first_byte).unwrap_or_else(|| self.shared.clock.now());
        attempt.phases.send = sent.micros_since(self.lease.at);
        if self.sent.is_some() {
            let until = self.first_byte.unwrap_or_else(|| self.shared.clock.now());
            attempt.phases.wait = until.micros_since(sent);
        }
    }

    /// Makes the response of a final head. A body that came whole with it sets the connection free at
    /// once, unless the request is still being sent.
    fn finish(self, parsed: response::Response, attempt: &mut Attempt) -> Response {
        let Self { shared, options, mut lease, sending, .. } = self;
        let first_byte = self.first_byte.unwrap_or(lease.at);
        lease.conn.timer.clear();
        if let Kind::Switched = parsed.kind {
            attempt.phases.receive = 0;
            return switched(parsed, lease, options);
        }
        let sent_all = sending.ended() && lease.conn.out.is_empty() && self.deaf.is_none();
        // an upstream that refuses needs no more of the request; one that accepts may go on reading
        let go_on = !sent_all && parsed.head.status < 300 && self.deaf.is_none();
        let keep_alive = parsed.keep_alive && (sent_all || go_on) && options.upgrade.is_none();
        let head = parsed.head;
        if !go_on && let Some(content) = whole(&mut lease.conn, parsed.framing) {
            if keep_alive && sent_all && lease.conn.ahead.is_empty() {
                shared.keep(lease, first_byte);
            } else {
                lease.conn.close();
            }
            attempt.phases.receive = 0;
            attempt.bytes_down = content.len() as u64;
            let body = Body::full(content);
            let received = Received::Done;
            return Response { head, body, tunnel: None, received, body_intact: false, stale: None };
        }
        let decoder = http1::body::Decoder::new(parsed.framing, http1::Peer::Upstream, &shared.config.limits);
        let between = options.timeouts.between;
        let sending = go_on.then_some(sending);
        let body = ResponseBody::new(shared, lease, decoder, keep_alive, (sending, first_byte, between));
        let received = Received::Later(body.receipt());
        Response { head, body: Body::stream(body), tunnel: None, received, body_intact: false, stale: None }
    }
}

/// Moves the body into the queue and the queue into the kernel until all is written. The outer error is
/// the body's, the inner one the connection's.
pub(super) fn poll_upload(
    cx: &mut Context<'_>,
    conn: &mut Conn,
    sending: &mut Sending,
    written: &mut u64,
) -> Poll<Result<io::Result<()>, message::BodyError>> {
    loop {
        let filled = sending.poll_fill(cx, &mut conn.out);
        if let Poll::Ready(Err(error)) = filled {
            return Poll::Ready(Err(error));
        }
        if let Err(error) = ready!(conn.out.poll_write(cx, &mut conn.io, written)) {
            return Poll::Ready(Ok(Err(error)));
        }
        if sending.ended() {
            return Poll::Ready(Ok(Ok(())));
        }
        if filled.is_pending() {
            return Poll::Pending;
        }
    }
}

/// The content, if all of it lies in the bytes read ahead.
fn whole(conn: &mut Conn, framing: Framing) -> Option<Bytes> {
    let length = usize::try_from(framing.length()?).ok()?;
    match conn.ahead.len() {
        have if have < length => None,
        have if have == length => Some(std::mem::take(&mut conn.ahead).freeze()),
        _ => Some(conn.ahead.split_to(length).freeze()),
    }
}

/// Whether each protocol that a `101` names was asked for (RFC 9110 §7.8). One without a name counts as all
/// that was.
fn was_asked(asked: Option<&str>, head: &message::ResponseHead) -> bool {
    let Some(asked) = asked else { return false };
    let Some(given) = http1::hop::upgrade(&head.fields) else { return true };
    let asked = asked.split(',').map(str::trim);
    given
        .split(|&byte| byte == b',')
        .all(|given| asked.clone().any(|asked| asked.as_bytes().eq_ignore_ascii_case(given.trim_ascii())))
}

fn switched(parsed: response::Response, lease: Lease, options: &SendOptions) -> Response {
    let Lease { conn, .. } = lease;
    let protocol = http1::hop::upgrade(&parsed.head.fields).and_then(|value| std::str::from_utf8(value).ok());
    let protocol = protocol.map(Into::into).or_else(|| options.upgrade.clone()).unwrap_or_default();
    let Conn { io, ahead, .. } = *conn;
    let tunnel = Tunnel::stream(protocol, Box::new(io), ahead.freeze(), options.timeouts.between);
    let mut head = parsed.head;
    head.version = Version::Http11;
    Response {
        head,
        body: Body::empty(),
        tunnel: Some(Box::new(tunnel)),
        received: Received::Done,
        body_intact: false,
        stale: None,
    }
}
