//! An extended CONNECT (RFC 8441) joined to an upstream that changed its protocol.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use h2::{RecvStream, SendStream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::core::Core;
use crate::tunnel::Tunnel;

/// A stream of HTTP/2 as a stream of bytes.
struct StreamIo {
    send: SendStream<Bytes>,
    recv: RecvStream,
    ahead: Bytes,
}

/// Joins the two until both have ended.
pub(super) async fn join(tunnel: Box<Tunnel>, send: SendStream<Bytes>, recv: RecvStream, core: &Core) {
    let mut io = StreamIo { send, recv, ahead: Bytes::new() };
    tunnel.join(&mut io, BytesMut::new(), (&core.clock, core.watch_drain())).await;
}

impl AsyncRead for StreamIo {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.ahead.is_empty() {
            match ready!(self.recv.poll_data(cx)) {
                Some(Ok(data)) => {
                    self.recv.flow_control().release_capacity(data.len()).ok();
                    self.ahead = data;
                }
                Some(Err(error)) => return Poll::Ready(Err(io::Error::other(error))),
                None => return Poll::Ready(Ok(())),
            }
        }
        let take = self.ahead.len().min(buf.remaining());
        buf.put_slice(self.ahead.get(..take).unwrap_or_default());
        self.ahead.advance(take);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for StreamIo {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.send.reserve_capacity(buf.len());
        match ready!(self.send.poll_capacity(cx)) {
            Some(Ok(room)) => {
                let take = room.min(buf.len());
                let piece = Bytes::copy_from_slice(buf.get(..take).unwrap_or_default());
                self.send.send_data(piece, false).map_err(io::Error::other)?;
                Poll::Ready(Ok(take))
            }
            Some(Err(error)) => Poll::Ready(Err(io::Error::other(error))),
            None => Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // a stream that was reset needs no end
        self.send.send_data(Bytes::new(), true).ok();
        Poll::Ready(Ok(()))
    }
}
