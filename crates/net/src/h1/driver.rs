//! The life of one HTTP/1 connection: head, call, answer, next.

use std::borrow::Cow;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use base::Nanos;
use bytes::{Buf, Bytes, BytesMut};
use http1::body::Decoder;
use http1::request::Request;
use http1::{Framing, Peer};
use message::{Body, Method, Reason, Version};

use super::body::RequestBody;
use super::head::{Next, Reading};
use super::link::{INTERIM, Link, Progress, State};
use super::presence::Presence;
use super::respond::{After, Facts};
use crate::call::{Call, ConnInfo, Handler, Refused, Reply, Upgrade};
use crate::core::{Core, Listener};
use crate::interim::Interim;
use crate::io::{Io, Rewind};
use crate::out::Out;
use crate::server::HalfClose;
use crate::timer::Timer;

/// Bytes that may be read ahead while a call is being answered.
const READ_AHEAD: usize = 16 * 1024;

/// One connection.
#[derive(Debug)]
pub(super) struct Driver {
    pub(super) conn: Arc<ConnInfo>,
    pub(super) listener: Arc<Listener>,
    pub(super) core: Arc<Core>,
    pub(super) link: Arc<Link>,
    pub(super) out: Out,
    pub(super) timer: Timer,
    pub(super) reading: Reading,
    /// Number of the request under way; 0 before the first.
    pub(super) request: u32,
    /// When the last answer was written: its connection idles from then on.
    pub(super) idle_since: Nanos,
    pub(super) bytes_out: u64,
}

/// Serves a connection until it ends. Gives the stream back, with what was read of it, if it turns out
/// to speak HTTP/2.
pub(crate) async fn serve<H: Handler>(
    handler: H,
    conn: Arc<ConnInfo>,
    listener: Arc<Listener>,
    core: Arc<Core>,
    io: Io,
) -> Option<Rewind<Io>> {
    let link = Link::new(io, Arc::clone(&core), listener.config.timeouts.body_idle);
    let mut driver = Driver {
        idle_since: conn.opened,
        conn,
        listener,
        core,
        link,
        out: Out::default(),
        timer: Timer::default(),
        reading: Reading::default(),
        request: 0,
        bytes_out: 0,
    };
    std::future::poll_fn(|cx| {
        driver.link.lock().driver = Some(cx.waker().clone());
        Poll::Ready(())
    })
    .await;
    let http2 = driver.run(&handler).await;
    driver.count();
    if !http2 {
        return None;
    }
    let (io, ahead) = driver.link.into_parts()?;
    Some(Rewind::new(ahead.freeze(), io))
}

impl Driver {
    /// Serves request after request; `true` if the connection speaks HTTP/2.
    async fn run(&mut self, handler: &impl Handler) -> bool {
        loop {
            match std::future::poll_fn(|cx| self.poll_head(cx)).await {
                Next::Closed => {
                    self.link.lock().io.farewell();
                    return false;
                }
                Next::Http2 => return true,
                Next::Refuse(reject, version) => {
                    self.refuse(handler, (reject.reason, Cow::Borrowed(reject.detail)), version).await;
                    return false;
                }
                Next::Request => {
                    if !self.exchange(handler).await {
                        return false;
                    }
                }
            }
        }
    }

    /// Serves one request; `false` if the connection ends with it.
    async fn exchange(&mut self, handler: &impl Handler) -> bool {
        self.listener.counters.requests.add(1);
        let Some(request) = self.reading.request.take() else { return false };
        let facts = Facts {
            method: request.head.method.clone(),
            version: request.head.version,
            keep_alive: request.keep_alive,
        };
        let answer = handler.handle(self.call(request));
        let Some(reply) = self.answer(answer, facts.version).await else { return false };
        let after = self.respond(reply, facts).await;
        self.count();
        match after {
            After::Next => {
                self.reading.next();
                true
            }
            After::Close => false,
            After::Linger => {
                self.linger().await;
                false
            }
        }
    }

    /// Makes the call: its body is whole if all of it came with the head, else read as it is pulled.
    fn call(&mut self, request: Request) -> Call {
        self.request = self.request.wrapping_add(1).max(1);
        let upgrade = request.upgrade.then(|| http1::hop::upgrade(&request.head.fields)).flatten();
        let upgrade = upgrade.and_then(|value| std::str::from_utf8(value).ok());
        let upgrade = upgrade.map(|value| Upgrade { protocol: value.into(), extended_connect: false });
        let body = self.body(&request);
        let interim = if request.head.version >= Version::Http11 {
            Interim::h1(Arc::clone(&self.link), self.request)
        } else {
            Interim::default()
        };
        let started = self.reading.started.unwrap_or(self.idle_since);
        let (conn, core) = (Arc::clone(&self.conn), self.core.id);
        Call { head: request.head, body, conn, started, upgrade, interim, core }
    }

    fn body(&mut self, request: &Request) -> Body {
        let mut state = self.link.lock();
        state.request = self.request;
        state.undecided = true;
        match request.framing {
            framing if framing.is_empty() => Body::empty(),
            Framing::Length(length) if state.ahead.len() as u64 >= length => {
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                let content = take(&mut state.ahead, length);
                Body::full(content)
            }
            framing => {
                let decoder = Decoder::new(framing, Peer::Client, &self.listener.config.limits);
                drop(state);
                let expects = request.expect_continue;
                Body::stream(RequestBody::open(&self.link, self.request, decoder, expects))
            }
        }
    }

    /// Runs the handler; `None` if the client is gone.
    async fn answer(&mut self, answer: impl Future<Output = Reply>, version: Version) -> Option<Reply> {
        let mut answer = pin!(answer);
        let mut presence = Presence::new(version);
        std::future::poll_fn(|cx| {
            if let Poll::Ready(reply) = answer.as_mut().poll(cx) {
                return Poll::Ready(Some(reply));
            }
            let link = self.link.clone();
            let mut state = link.lock();
            let gone = self.poll_interim(cx, &mut state).is_err()
                || self.poll_gone(cx, &mut state).is_ready()
                || (presence.poll_asks(cx, &mut state) && self.poll_interim(cx, &mut state).is_err());
            if gone { Poll::Ready(None) } else { Poll::Pending }
        })
        .await
    }

    /// Writes what interim answers wait, as far as the client takes them.
    fn poll_interim(&mut self, cx: &mut Context<'_>, state: &mut State) -> std::io::Result<()> {
        loop {
            if self.out.len() < INTERIM && !state.interim.is_empty() {
                self.out.push(std::mem::take(&mut state.interim).into());
            }
            if self.out.is_empty() {
                return Ok(());
            }
            match self.out.poll_write(cx, &mut state.io, &mut self.bytes_out) {
                Poll::Ready(written) => written?,
                Poll::Pending => return Ok(()),
            }
        }
    }

    /// Ready when the client is gone. Reads ahead what comes behind the request, within bounds. An end
    /// of its sending side is no sign of that by itself: it may still read (see [`Presence`]).
    pub(super) fn poll_gone(&self, cx: &mut Context<'_>, state: &mut State) -> Poll<()> {
        loop {
            let unread = !matches!(state.body, Progress::Done);
            if unread || state.fin || state.ahead.len() >= READ_AHEAD {
                return Poll::Pending;
            }
            match state.poll_peek(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Ready(Ok(0)) => {
                    state.fin = true;
                    if self.listener.config.half_close == HalfClose::Cancel {
                        return Poll::Ready(());
                    }
                }
                Poll::Ready(Ok(_)) => {}
            }
        }
    }

    /// Answers something that is no request, and closes.
    async fn refuse(
        &mut self,
        handler: &impl Handler,
        (reason, detail): (Reason, Cow<'static, str>),
        version: Version,
    ) {
        self.listener.counters.malformed.add(1);
        let started = self.reading.started.unwrap_or(self.conn.opened);
        let conn = Arc::clone(&self.conn);
        let refused = Refused { reason, detail, conn, started, version, head: None, core: self.core.id };
        let mut reply = handler.refused(refused);
        reply.close = true;
        self.link.lock().body = Progress::Failed;
        let facts = Facts { method: Method::Get, version: Version::Http11, keep_alive: false };
        if !matches!(self.respond(reply, facts).await, After::Close) {
            self.linger().await;
        }
    }

    /// Adds what moved to the listener's counters.
    fn count(&mut self) {
        let counters = &self.listener.counters;
        counters.bytes_in.add(std::mem::take(&mut self.link.lock().bytes_in));
        counters.bytes_out.add(std::mem::take(&mut self.bytes_out));
    }
}

/// Takes the first `length` bytes; gives the buffer up if that was all.
fn take(ahead: &mut BytesMut, length: usize) -> Bytes {
    if ahead.len() == length {
        return std::mem::take(ahead).freeze();
    }
    let content = Bytes::copy_from_slice(ahead.get(..length).unwrap_or_default());
    ahead.advance(length.min(ahead.len()));
    content
}
