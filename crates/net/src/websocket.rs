//! `WebSockets` (RFC 6455) over a stream whose handshake is done, as server and as client: whole messages in and out.
//! Pings are answered here. No extensions.

mod handshake;

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Sink, Stream};
use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};
use tokio_websockets::{
    ClientBuilder, CloseCode, Error, Limits, Message as Frame, ServerBuilder, WebSocketStream,
};

pub use handshake::{Handshake, HandshakeError, Key};

use crate::io::Rewind;
use crate::tunnel::TunnelIo;

/// The longest reason of a close, in bytes (RFC 6455 §5.5).
const REASON: usize = 123;

/// What a peer that goes on after its end may still send before nothing is read any more, in bytes.
const AFTER: usize = 1 << 20;

/// So many answers to a peer may wait to be written before no more is read from it.
const OWED: usize = 64;

/// A peer.
pub struct WebSocket<'a> {
    stream: WebSocketStream<Rewind<Box<dyn TunnelIo + 'a>>>,
    /// Pongs and other answers that were taken since all was last written.
    owed: usize,
    heard: u64,
}

/// What peers say to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Text, which is UTF-8.
    Text(Bytes),
    /// Anything.
    Binary(Bytes),
    /// The last: there is no more to come. `None`: it says no reason.
    Close(Option<Close>),
}

/// Why a connection is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Close {
    /// The code (RFC 6455 §7.4).
    pub code: u16,
    /// What is said with it.
    pub reason: String,
}

/// Why nothing more comes from a peer. Each of the first two was told to the peer, or will be with what is written
/// next.
#[derive(Debug)]
pub enum WebSocketError {
    /// It broke the protocol.
    Protocol(String),
    /// Its message is longer than may be.
    TooLong,
    /// The stream failed.
    Io(io::Error),
}

// === impl WebSocket ===

impl<'a> WebSocket<'a> {
    /// Speaks with a client. `longest` bounds a message, in bytes.
    pub fn server(io: Box<dyn TunnelIo + 'a>, longest: usize) -> Self {
        let limits = Limits::default().max_payload_len(Some(longest));
        Self::over(ServerBuilder::new().limits(limits).serve(Rewind::new(Bytes::new(), io)))
    }

    /// Speaks with a server, of which `ahead` was read already.
    pub fn client(io: Box<dyn TunnelIo + 'a>, ahead: Bytes, longest: usize) -> Self {
        let limits = Limits::default().max_payload_len(Some(longest));
        Self::over(ClientBuilder::new().limits(limits).take_over(Rewind::new(ahead, io)))
    }

    fn over(stream: WebSocketStream<Rewind<Box<dyn TunnelIo + 'a>>>) -> Self {
        Self { stream, owed: 0, heard: 0 }
    }

    /// The next message; `None` after a close and at an end without one. Nothing is read while many answers to the
    /// peer wait to be written, so that one that does not read its pongs gets no more of them.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Message, WebSocketError>>> {
        loop {
            if self.owed >= OWED
                && let Err(error) = ready!(self.poll_flush(cx))
            {
                return Poll::Ready(Some(Err(error)));
            }
            let Some(next) = ready!(Pin::new(&mut self.stream).poll_next(cx)) else {
                return Poll::Ready(None);
            };
            self.heard += 1;
            let frame = match next {
                Ok(frame) if frame.is_ping() => {
                    self.owed += 1;
                    continue;
                }
                Ok(frame) if frame.is_pong() => continue,
                Ok(frame) => frame,
                Err(error) => {
                    let error = error.into();
                    // of a whole that is too long its parts were not
                    if matches!(error, WebSocketError::TooLong) {
                        self.start_close(1009, "the message is too long");
                    }
                    return Poll::Ready(Some(Err(error)));
                }
            };
            if frame.is_text() && !ends_whole(frame.as_payload()) {
                self.start_close(1007, "the text is not UTF-8");
                return Poll::Ready(Some(Err(WebSocketError::Protocol("invalid utf-8".to_owned()))));
            }
            return Poll::Ready(Some(Ok(frame.into())));
        }
    }

    /// How much was heard of the peer so far; pings and pongs count.
    pub fn heard(&self) -> u64 {
        self.heard
    }

    /// Ready when another message may be given to [`WebSocket::start_send`].
    pub fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), WebSocketError>> {
        Pin::new(&mut self.stream).poll_ready(cx).map_err(Into::into)
    }

    /// Takes a message to be written. It is lost where the connection is closed, which reading tells.
    pub fn start_send(&mut self, message: Message) {
        let frame = match message {
            Message::Text(text) => Frame::text(text),
            Message::Binary(bytes) => Frame::binary(bytes),
            Message::Close(Some(close)) => return self.start_close(close.code, &close.reason),
            Message::Close(None) => Frame::close(None, ""),
        };
        self.push(frame);
    }

    /// Takes an answer to a message of the peer's, ready or not: nothing more is read while many of them wait.
    pub fn start_answer(&mut self, message: Message) {
        self.owed += 1;
        self.start_send(message);
    }

    /// Takes a close to be written. A code that may not be sent becomes one that may.
    pub fn start_close(&mut self, code: u16, reason: &str) {
        let code = match CloseCode::try_from(code) {
            Ok(code) if !code.is_reserved() => code,
            _ => CloseCode::INTERNAL_SERVER_ERROR,
        };
        let end = (0..=REASON.min(reason.len())).rev().find(|&at| reason.is_char_boundary(at)).unwrap_or(0);
        self.push(Frame::close(Some(code), reason.split_at(end).0));
    }

    /// Takes a ping to be written.
    pub fn start_ping(&mut self) {
        self.push(Frame::ping(Bytes::new()));
    }

    fn push(&mut self, frame: Frame) {
        // what comes after a close is not said
        Pin::new(&mut self.stream).start_send(frame).ok();
    }

    /// Ready when all that was taken is written.
    pub fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), WebSocketError>> {
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        self.owed = 0;
        Poll::Ready(Ok(()))
    }

    /// The next message, to be awaited.
    pub async fn next(&mut self) -> Option<Result<Message, WebSocketError>> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// Writes a message.
    pub async fn send(&mut self, message: Message) -> Result<(), WebSocketError> {
        poll_fn(|cx| self.poll_ready(cx)).await?;
        self.start_send(message);
        poll_fn(|cx| self.poll_flush(cx)).await
    }

    /// Brings the connection to its end once a close was taken or came (RFC 6455 §7.1): waits for the other
    /// close and for the peer's end, but not for longer than `time`.
    pub async fn finish(mut self, time: Duration) {
        // a peer that is gone or slow is not waited for
        tokio::time::timeout(time, self.end()).await.ok();
    }

    async fn end(&mut self) {
        let mut left = AFTER;
        poll_fn(|cx| self.poll_flush(cx)).await.ok();
        while let Some(next) = self.next().await {
            match next {
                Ok(Message::Text(bytes) | Message::Binary(bytes)) if bytes.len() < left => {
                    left -= bytes.len();
                }
                Ok(Message::Close(_)) => {}
                _ => break,
            }
        }
        poll_fn(|cx| self.poll_flush(cx)).await.ok();
        let io = self.stream.get_mut();
        if io.shutdown().await.is_err() {
            return;
        }
        // What lies unread when a socket is closed resets it, and the peer might lose what was last said.
        let mut piece = [0; 4096];
        poll_fn(|cx| {
            loop {
                let mut buf = ReadBuf::new(&mut piece);
                match ready!(Pin::new(&mut *io).poll_read(cx, &mut buf)) {
                    Ok(()) if !buf.filled().is_empty() && buf.filled().len() < left => {
                        left -= buf.filled().len();
                    }
                    _ => return Poll::Ready(()),
                }
            }
        })
        .await;
    }
}

impl fmt::Debug for WebSocket<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocket").finish_non_exhaustive()
    }
}

/// Whether a text ends with a whole character, all before which was validated as it came: the last frame's end is
/// not where that frame is empty.
fn ends_whole(text: &[u8]) -> bool {
    let tail = text.split_at(text.len().saturating_sub(4)).1;
    let Some(start) = tail.iter().rposition(|byte| byte & 0xC0 != 0x80) else { return tail.is_empty() };
    std::str::from_utf8(tail.split_at(start).1).is_ok()
}

// === impl Message ===

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<Frame> for Message {
    fn from(frame: Frame) -> Self {
        if let Some((code, reason)) = frame.as_close() {
            let close = Close { code: code.into(), reason: reason.to_owned() };
            return Self::Close((code != CloseCode::NO_STATUS_RECEIVED).then_some(close));
        }
        let text = frame.is_text();
        let payload = Bytes::from(frame.into_payload());
        if text { Self::Text(payload) } else { Self::Binary(payload) }
    }
}

// === impl WebSocketError ===

impl From<Error> for WebSocketError {
    fn from(error: Error) -> Self {
        match error {
            Error::PayloadTooLong { .. } => Self::TooLong,
            Error::Io(error) => Self::Io(error),
            error => Self::Protocol(error.to_string()),
        }
    }
}

impl fmt::Display for WebSocketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Protocol(rule) => write!(f, "the protocol was broken: {rule}"),
            Self::TooLong => f.write_str("a message was too long"),
            Self::Io(_) => f.write_str("the stream failed"),
        }
    }
}

impl std::error::Error for WebSocketError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::Protocol(_) | Self::TooLong => None,
        }
    }
}
