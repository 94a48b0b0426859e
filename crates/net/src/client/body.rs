//! The body of an answer, read from its connection as it is pulled; at its end the connection goes back
//! to the pool.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use base::Nanos;
use http1::body::{Decoded, Decoder};
use message::{BodyError, Fields, Frame, Reason, Stream};
use tokio::io::{AsyncRead, ReadBuf};
use tokio_util::io::poll_read_buf;
use trace::Phases;

use super::Shared;
use super::exchange::poll_upload;
use super::pool::Lease;
use crate::sending::Sending;

/// Content is read in pieces of up to this many bytes.
const PIECE: usize = 64 * 1024;

/// What is known of receiving when the head is there.
#[derive(Clone, Debug)]
pub enum Received {
    /// All of it came with the head: the attempt has its last phase.
    Done,
    /// It goes on while the body is read.
    Later(Arc<Receipt>),
}

/// Counts what is received of a body.
#[derive(Debug)]
pub struct Receipt {
    bytes: AtomicU64,
    bytes_up: AtomicU64,
    micros: AtomicU32,
}

/// The source of an answer's body.
#[derive(Debug)]
pub(super) struct ResponseBody {
    shared: Arc<Shared>,
    lease: Option<Lease>,
    decoder: Decoder,
    keep_alive: bool,
    /// What of the request is still being sent.
    sending: Option<Sending>,
    written: u64,
    first_byte: Nanos,
    between: Duration,
    receipt: Arc<Receipt>,
    /// Those of the answer, while the request is still being sent.
    trailers: Option<Fields>,
}

// === impl Receipt ===

impl Receipt {
    /// Bytes of content received so far.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Bytes of the request's content sent after the head of the answer came.
    pub fn bytes_up(&self) -> u64 {
        self.bytes_up.load(Ordering::Relaxed)
    }

    /// Microseconds from the first byte of the answer to its last; `None` while it goes on. Set when the
    /// body ended, broke or was dropped.
    pub fn receive(&self) -> Option<u32> {
        let micros = self.micros.load(Ordering::Relaxed);
        (micros != Phases::NA).then_some(micros)
    }
}

// === impl ResponseBody ===

impl ResponseBody {
    pub(super) fn new(
        shared: &Arc<Shared>,
        lease: Lease,
        decoder: Decoder,
        keep_alive: bool,
        (sending, first_byte, between): (Option<Sending>, Nanos, Duration),
    ) -> Self {
        let receipt = Receipt {
            bytes: AtomicU64::new(0),
            bytes_up: AtomicU64::new(0),
            micros: AtomicU32::new(Phases::NA),
        };
        Self {
            shared: Arc::clone(shared),
            lease: Some(lease),
            decoder,
            keep_alive,
            sending,
            written: 0,
            first_byte,
            between,
            receipt: Arc::new(receipt),
            trailers: None,
        }
    }

    pub(super) fn receipt(&self) -> Arc<Receipt> {
        Arc::clone(&self.receipt)
    }

    /// Goes on sending the request while its answer comes. The upstream's time runs only while it could
    /// do something: take more of the request, or answer the whole of it.
    fn poll_upload(&mut self, cx: &mut Context<'_>) -> Result<(), BodyError> {
        let (Some(sending), Some(lease)) = (&mut self.sending, &mut self.lease) else { return Ok(()) };
        let conn = &mut *lease.conn;
        let (bytes, written) = (sending.bytes(), self.written);
        let polled = poll_upload(cx, conn, sending, &mut self.written);
        self.receipt.bytes_up.fetch_add(sending.bytes() - bytes, Ordering::Relaxed);
        if conn.out.is_empty() || self.written > written {
            conn.timer.clear();
        }
        match polled {
            Poll::Pending => {}
            Poll::Ready(Ok(Ok(()))) => self.sending = None,
            // the answer may be whole all the same; the connection is not
            Poll::Ready(Ok(Err(_))) => self.give_up(),
            Poll::Ready(Err(error)) => return Err(error),
        }
        Ok(())
    }

    /// The upstream takes no more of the request.
    fn give_up(&mut self) {
        (self.sending, self.keep_alive) = (None, false);
    }

    /// The answer is whole: sends what is left of the request, for as long as the upstream takes it.
    fn poll_rest(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BodyError>> {
        self.poll_upload(cx)?;
        let (Some(_), Some(lease)) = (&self.sending, &mut self.lease) else { return Poll::Ready(Ok(())) };
        let conn = &mut *lease.conn;
        let mut byte = [0; 1];
        // behind a whole answer there is nothing to come but the end
        if Pin::new(&mut conn.io).poll_read(cx, &mut ReadBuf::new(&mut byte)).is_pending() {
            if conn.out.is_empty() {
                return Poll::Pending;
            }
            if !conn.timer.is_set() {
                conn.timer.set(self.shared.clock.now() + self.between);
            }
            ready!(conn.timer.poll(cx, &self.shared.clock));
        }
        self.give_up();
        Poll::Ready(Ok(()))
    }

    /// Gives the connection back or closes it.
    fn settle(&mut self, whole: bool) {
        let Some(lease) = self.lease.take() else { return };
        let now = self.shared.clock.now();
        self.receipt.micros.store(now.micros_since(self.first_byte), Ordering::Relaxed);
        if whole && self.keep_alive && self.sending.is_none() && lease.conn.ahead.is_empty() {
            self.shared.keep(lease, now);
        } else {
            lease.conn.close();
        }
    }

    fn fail(&mut self, error: BodyError) -> Poll<Option<Result<Frame, BodyError>>> {
        self.settle(false);
        Poll::Ready(Some(Err(error)))
    }

    fn ended(&mut self) -> Poll<Option<Result<Frame, BodyError>>> {
        match self.decoder.on_eof() {
            Ok(()) => {
                self.settle(false);
                Poll::Ready(None)
            }
            Err(reject) => self.fail(reject.into()),
        }
    }
}

impl Stream for ResponseBody {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        loop {
            let Some(lease) = &mut self.lease else { return Poll::Ready(None) };
            match self.decoder.decode(&mut lease.conn.ahead) {
                Ok(Decoded::Data(data)) => {
                    lease.conn.timer.clear();
                    self.receipt.bytes.fetch_add(data.len() as u64, Ordering::Relaxed);
                    if self.decoder.is_done() && self.sending.is_none() {
                        self.settle(true);
                    }
                    return Poll::Ready(Some(Ok(Frame::Data(data))));
                }
                Ok(Decoded::End(trailers)) => {
                    if trailers.is_some() {
                        self.trailers = trailers;
                    }
                    if let Err(error) = ready!(self.poll_rest(cx)) {
                        return self.fail(error);
                    }
                    self.settle(true);
                    return Poll::Ready(self.trailers.take().map(|trailers| Ok(Frame::Trailers(trailers))));
                }
                Ok(Decoded::NeedMore) => {}
                Err(reject) => return self.fail(reject.into()),
            }
            if let Err(error) = self.poll_upload(cx) {
                return self.fail(error);
            }
            let Some(lease) = &mut self.lease else { return Poll::Ready(None) };
            let conn = &mut *lease.conn;
            conn.ahead.reserve(PIECE);
            match poll_read_buf(Pin::new(&mut conn.io), cx, &mut conn.ahead) {
                Poll::Ready(Ok(0)) => return self.ended(),
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(error)) => {
                    return self.fail(BodyError::new(Reason::UpstreamReset, error.to_string()));
                }
                Poll::Pending => {
                    if !conn.timer.is_set() {
                        conn.timer.set(self.shared.clock.now() + self.between);
                    }
                    ready!(conn.timer.poll(cx, &self.shared.clock));
                    let slow = BodyError::new(Reason::UpstreamStalled, "nothing more of the answer came");
                    return self.fail(slow);
                }
            }
        }
    }

    fn remaining(&self) -> Option<u64> {
        match &self.lease {
            Some(_) => self.decoder.remaining(),
            None => Some(0),
        }
    }
}

impl Drop for ResponseBody {
    fn drop(&mut self) {
        self.settle(false);
    }
}
