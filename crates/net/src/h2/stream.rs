//! One request of an HTTP/2 connection, in a task of its own.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use base::{Nanos, Rng};
use bytes::Bytes;
use h2::server::SendResponse;
use h2::{RecvStream, SendStream};
use http::{Request, Response, StatusCode};
use message::{Body, BodyError, Fields, Frame, Method, Reason, RequestHead, ResponseHead, Stream, Version};

use super::{Interims, convert, tunnel};
use crate::call::{Call, ConnInfo, Handler, Refused, Reply};
use crate::core::{Core, Listener};
use crate::interim::Interim;
use crate::timer::Timer;
use crate::websocket::Key;

/// Asked of the client's window at once.
const PIECE: usize = 64 * 1024;

/// What serves one request.
pub(super) struct Exchange<H> {
    handler: H,
    conn: Arc<ConnInfo>,
    listener: Arc<Listener>,
    core: Arc<Core>,
    started: Nanos,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// It got an answer, whole or not.
    Answered,
    /// The client took it back before.
    Reset,
}

/// The source of a request's body.
struct RequestBody {
    stream: RecvStream,
    timer: Timer,
    core: Arc<Core>,
    listener: Arc<Listener>,
    /// Content has ended; trailers may come.
    content_ended: bool,
    /// Content still to come, where it was stated.
    stated: Option<u64>,
    /// The client waits for 100 before it sends content (RFC 9110 §10.1.1).
    expects: Option<Arc<Interims>>,
}

impl<H: Handler> Exchange<H> {
    pub(super) fn new(handler: H, conn: Arc<ConnInfo>, listener: Arc<Listener>, core: Arc<Core>) -> Self {
        let started = core.clock.now();
        Self { handler, conn, listener, core, started }
    }

    /// Answers the request.
    pub(super) async fn run(self, request: Request<RecvStream>, mut respond: SendResponse<Bytes>) -> Ended {
        let (parts, stream) = request.into_parts();
        let request = Request::from_parts(parts, ());
        let limits = &self.listener.config.limits;
        let (head, upgrade) = match convert::request(request, self.conn.scheme(), limits, websocket_key) {
            Ok(converted) => converted,
            Err(broken) => {
                let reply = self.refuse(&broken);
                self.answer(reply, &Method::Get, None, respond).await;
                return Ended::Answered;
            }
        };
        let method = head.method.clone();
        let interims = Arc::new(Interims::default());
        let tunnelled = upgrade.is_some();
        let (body, stream) = if tunnelled {
            (Body::empty(), Some(stream))
        } else {
            (self.body(&head, stream, &interims), None)
        };
        let call = Call {
            head,
            body,
            conn: Arc::clone(&self.conn),
            started: self.started,
            upgrade,
            interim: Interim::h2(Arc::clone(&interims)),
            core: self.core.id,
        };
        let Some(reply) = self.handle(call, &mut respond, &interims).await else { return Ended::Reset };
        self.answer(reply, &method, stream, respond).await;
        Ended::Answered
    }

    fn body(&self, head: &RequestHead, stream: RecvStream, interims: &Arc<Interims>) -> Body {
        if stream.is_end_stream() {
            return Body::empty();
        }
        let stated = head.fields.get_str(message::Known::ContentLength).and_then(|value| value.parse().ok());
        let (core, listener) = (Arc::clone(&self.core), Arc::clone(&self.listener));
        let timer = Timer::default();
        let expected = head.fields.get_str(message::Known::Expect);
        let expects = expected.is_some_and(|value| value.eq_ignore_ascii_case("100-continue"));
        let expects = expects.then(|| Arc::clone(interims));
        Body::stream(RequestBody { stream, timer, core, listener, content_ended: false, stated, expects })
    }

    fn refuse(&self, broken: &convert::Broken) -> Reply {
        self.listener.counters.malformed.add(1);
        self.handler.refused(Refused {
            reason: broken.reason,
            detail: broken.detail.into(),
            conn: Arc::clone(&self.conn),
            started: self.started,
            version: Version::Http2,
            head: None,
            core: self.core.id,
        })
    }

    /// Runs the handler; `None` if the client reset the stream or is gone.
    async fn handle(
        &self,
        call: Call,
        respond: &mut SendResponse<Bytes>,
        interims: &Interims,
    ) -> Option<Reply> {
        let mut answer = pin!(self.handler.handle(call));
        std::future::poll_fn(|cx| {
            if let Poll::Ready(reply) = answer.as_mut().poll(cx) {
                return Poll::Ready(Some(reply));
            }
            for (status, fields) in interims.take(cx) {
                let mut interim = Response::new(());
                *interim.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::PROCESSING);
                *interim.headers_mut() = convert::fields(&fields);
                // one that cannot be sent is not missed: the final answer follows, or the stream is gone
                respond.send_informational(interim).ok();
            }
            respond.poll_reset(cx).map(|_| None)
        })
        .await
    }

    /// Sends the answer; a client that is gone ends it.
    async fn answer(
        &self,
        mut reply: Reply,
        method: &Method,
        stream: Option<RecvStream>,
        mut respond: SendResponse<Bytes>,
    ) {
        if stream.is_some() && reply.tunnel.is_none() && (200..300).contains(&reply.head.status) {
            passed_over(&mut reply);
        }
        let date = self.core.date(self.core.clock.now());
        let bodiless = reply.head.is_bodiless(method) && reply.tunnel.is_none();
        let length = if bodiless { None } else { reply.body.remaining() };
        let head = convert::response(&reply.head, length, &date);
        let empty = bodiless || (length == Some(0) && reply.tunnel.is_none());
        let Ok(mut send) = respond.send_response(head, empty) else { return };
        if let (Some(tunnel), Some(stream)) = (reply.tunnel.take(), stream) {
            return Box::pin(tunnel::join(tunnel, send, stream, &self.core)).await;
        }
        if bodiless && reply.body.remaining() != Some(0) {
            reply.body.discard();
        }
        if empty {
            // the rest of the request may hang on the end of its answer
            while let Some(Ok(_)) = reply.body.frame().await {}
            return;
        }
        let mut timer = Timer::default();
        let mut pending: Option<Bytes> = None;
        let sent = std::future::poll_fn(|cx| {
            self.poll_send(cx, &mut reply.body, &mut send, (&mut pending, &mut timer))
        });
        if let Err(reset) = sent.await {
            // a reset takes back what was not written yet: the connection's task gets to write first
            tokio::task::yield_now().await;
            send.send_reset(reset);
        }
    }

    /// Moves the body into the stream as the client's window allows.
    fn poll_send(
        &self,
        cx: &mut Context<'_>,
        body: &mut Body,
        send: &mut SendStream<Bytes>,
        (pending, timer): (&mut Option<Bytes>, &mut Timer),
    ) -> Poll<Result<(), h2::Reason>> {
        loop {
            if send.poll_reset(cx).is_ready() {
                return Poll::Ready(Err(h2::Reason::CANCEL));
            }
            if let Some(data) = pending {
                match self.poll_piece(cx, data, send, timer)? {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(true) => *pending = None,
                    Poll::Ready(false) => {}
                }
                continue;
            }
            let sent = match ready!(body.poll_frame(cx)) {
                Some(Ok(Frame::Data(data))) => {
                    *pending = Some(data);
                    continue;
                }
                Some(Ok(Frame::Trailers(trailers))) => send.send_trailers(convert::fields(&trailers)),
                Some(Err(_)) => return Poll::Ready(Err(h2::Reason::INTERNAL_ERROR)),
                None => send.send_data(Bytes::new(), true),
            };
            return Poll::Ready(sent.map_err(|_| h2::Reason::CANCEL));
        }
    }

    /// Sends as much of `data` as the window takes; `true` when all is sent.
    fn poll_piece(
        &self,
        cx: &mut Context<'_>,
        data: &mut Bytes,
        send: &mut SendStream<Bytes>,
        timer: &mut Timer,
    ) -> Result<Poll<bool>, h2::Reason> {
        send.reserve_capacity(data.len().min(PIECE));
        match send.poll_capacity(cx) {
            Poll::Ready(Some(Ok(room))) => {
                timer.clear();
                let piece = data.split_to(room.min(data.len()));
                let last = data.is_empty();
                send.send_data(piece, false).map_err(|_| h2::Reason::CANCEL)?;
                Ok(Poll::Ready(last))
            }
            Poll::Ready(_) => Err(h2::Reason::CANCEL),
            Poll::Pending => {
                if !timer.is_set() {
                    timer.set(self.core.clock.now() + self.listener.config.timeouts.write_idle);
                }
                if timer.poll(cx, &self.core.clock).is_ready() {
                    Err(h2::Reason::CANCEL)
                } else {
                    Ok(Poll::Pending)
                }
            }
        }
    }
}

/// A success would tell the client that its protocol was accepted (RFC 8441 §5): without one it is none.
fn passed_over(reply: &mut Reply) {
    let detail = "the change of protocol was passed over (RFC 8441 §5)";
    reply.body.fail(BodyError::new(Reason::UpstreamMalformed, detail));
    let head = ResponseHead::new(Reason::UpstreamMalformed.status());
    *reply = Reply::new(head, Body::empty());
}

/// The nonce of the upgrade that an extended CONNECT becomes (RFC 6455 §4.1).
fn websocket_key() -> Key {
    Key::random(&mut Rng::from_system())
}

// === impl RequestBody ===

impl RequestBody {
    fn failed(error: &h2::Error) -> BodyError {
        BodyError::new(Reason::ClientClosed, error.to_string())
    }

    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        let data = match ready!(self.stream.poll_data(cx)) {
            Some(Ok(data)) => data,
            Some(Err(error)) => return Poll::Ready(Some(Err(Self::failed(&error)))),
            None => return Poll::Ready(None),
        };
        self.timer.clear();
        // what was taken may be sent again: the window follows the reader
        self.stream.flow_control().release_capacity(data.len()).ok();
        if let Some(stated) = &mut self.stated {
            *stated = stated.saturating_sub(data.len() as u64);
        }
        Poll::Ready(Some(Ok(Frame::Data(data))))
    }
}

impl Stream for RequestBody {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        while !self.content_ended {
            match self.poll_data(cx) {
                Poll::Ready(Some(Ok(Frame::Data(data)))) if data.is_empty() => {}
                Poll::Ready(None) => self.content_ended = true,
                Poll::Ready(frame) => return Poll::Ready(frame),
                Poll::Pending => {
                    if let Some(interims) = self.expects.take() {
                        interims.push(100, Fields::new());
                    }
                    if !self.timer.is_set() {
                        self.timer.set(self.core.clock.now() + self.listener.config.timeouts.body_idle);
                    }
                    ready!(self.timer.poll(cx, &self.core.clock));
                    let slow = BodyError::new(Reason::BodyTimeout, "nothing more of the body came");
                    return Poll::Ready(Some(Err(slow)));
                }
            }
        }
        match ready!(self.stream.poll_trailers(cx)) {
            Ok(Some(trailers)) => Poll::Ready(Some(Ok(Frame::Trailers(convert::trailers(&trailers))))),
            Ok(None) => Poll::Ready(None),
            Err(error) => Poll::Ready(Some(Err(Self::failed(&error)))),
        }
    }

    fn remaining(&self) -> Option<u64> {
        if self.stream.is_end_stream() { Some(0) } else { self.stated }
    }
}
