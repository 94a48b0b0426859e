//! What the fuzzer calls with any bytes (`fuzz/`), and what must hold then: frames of a peer come to the same messages
//! however they are cut, none is longer than allowed, and nothing waits for what will not come.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use net::websocket::{Message, WebSocket, WebSocketError};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The longest message taken, in bytes.
const LONGEST: usize = 1000;

/// A stream that gives its pieces and ends, and takes anything.
struct Pieces(VecDeque<Vec<u8>>);

impl AsyncRead for Pieces {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while let Some(piece) = self.0.front_mut() {
            let taken = piece.len().min(buf.remaining());
            if taken > 0 {
                buf.put_slice(&piece[..taken]);
                piece.drain(..taken);
                break;
            }
            self.0.pop_front();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Pieces {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Frames of a client's or of a server's, by the first byte; the second says where they are cut.
pub(crate) fn frames(data: &[u8]) {
    let [which, at, input @ ..] = data else { return };
    let (front, back) = input.split_at(usize::from(*at) * input.len() / 255);
    let whole = heard(which & 1 == 0, &[input]);
    assert_eq!(heard(which & 1 == 0, &[front, back]), whole);
    let bytes: Vec<&[u8]> = input.chunks(1).collect();
    assert_eq!(heard(which & 1 == 0, &bytes), whole);
}

/// What is heard until the end.
pub(crate) fn heard(of_client: bool, pieces: &[&[u8]]) -> Vec<String> {
    let io = Box::new(Pieces(pieces.iter().map(|piece| piece.to_vec()).collect()));
    let mut socket = if of_client {
        WebSocket::server(io, LONGEST)
    } else {
        WebSocket::client(io, bytes::Bytes::new(), LONGEST)
    };
    let mut cx = Context::from_waker(Waker::noop());
    let mut heard = Vec::new();
    // each message takes two bytes at least, the end of the stream and a close one more each
    for _ in 0..=pieces.iter().map(|piece| piece.len()).sum::<usize>() + 2 {
        let Poll::Ready(next) = socket.poll_next(&mut cx) else { panic!("it waits for what will not come") };
        match next {
            Some(Ok(message)) => heard.push(told(&message)),
            // how a stream broke off depends on where it was cut
            Some(Err(WebSocketError::Io(_))) | None => return heard,
            Some(Err(error)) => {
                heard.push(error.to_string());
                return heard;
            }
        }
    }
    panic!("more was heard than was said: {heard:?}");
}

fn told(message: &Message) -> String {
    match message {
        Message::Text(text) => assert!(text.len() <= LONGEST && std::str::from_utf8(text).is_ok()),
        Message::Binary(bytes) => assert!(bytes.len() <= LONGEST),
        Message::Close(close) => assert!(close.as_ref().is_none_or(|close| close.reason.len() <= 123)),
    }
    format!("{message:?}")
}
