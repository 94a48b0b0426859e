//! What waits to be written on a connection: heads and small pieces joined in one buffer, large
//! pieces by reference between them, all handed to the kernel in as few calls as it takes.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use http1::Framing;
use message::{Fields, Frame};
use tokio::io::AsyncWrite;

use crate::io::Io;

/// Pieces up to this many bytes are copied next to what stands before them; a copy of this size is
/// cheaper than one more entry of a vectored write.
const COPY: usize = 8 * 1024;
/// From here on no more is taken from a body before some of it is written.
pub(crate) const HIGH_WATER: usize = 64 * 1024;
/// Buffers above this size are given back when nothing waits.
const KEEP: usize = 4 * 1024;
const SLICES: usize = 16;

/// The queue of one connection's writing side.
#[derive(Debug, Default)]
pub(crate) struct Out {
    /// Bytes of all [`Part::Joined`] parts, in order.
    joined: Vec<u8>,
    /// How many of `joined` are written.
    written: usize,
    /// What waits, in order; empty if that is joined bytes alone.
    parts: VecDeque<Part>,
    waiting: usize,
}

#[derive(Debug)]
enum Part {
    /// So many of the joined bytes.
    Joined(usize),
    /// Bytes of their own.
    Shared(Bytes),
}

impl Out {
    /// The bytes that wait.
    pub(crate) fn len(&self) -> usize {
        self.waiting
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting == 0
    }

    /// Appends what `write` appends.
    pub(crate) fn write_with(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        if self.joined.capacity() == 0 {
            self.joined.reserve(1024);
        }
        let before = self.joined.len();
        write(&mut self.joined);
        let added = self.joined.len() - before;
        self.waiting += added;
        match self.parts.back_mut() {
            Some(Part::Joined(length)) => *length += added,
            Some(Part::Shared(_)) => self.parts.push_back(Part::Joined(added)),
            None => {}
        }
    }

    /// Appends bytes: small ones by copy, large ones by reference.
    pub(crate) fn push(&mut self, bytes: Bytes) {
        if bytes.len() <= COPY {
            return self.write_with(|out| out.extend_from_slice(&bytes));
        }
        if self.parts.is_empty() && self.waiting > 0 {
            self.parts.push_back(Part::Joined(self.waiting));
        }
        self.waiting += bytes.len();
        self.parts.push_back(Part::Shared(bytes));
    }

    /// Appends a body frame. Trailers end a chunked body and are dropped from any other; says whether
    /// the body is thereby at its end.
    pub(crate) fn push_frame(&mut self, frame: Frame, framing: Framing) -> bool {
        match frame {
            Frame::Data(data) if framing == Framing::Chunked => {
                self.write_with(|out| http1::encode::chunk_header(out, data.len()));
                self.push(data);
                self.write_with(|out| out.extend_from_slice(http1::encode::CHUNK_END));
                false
            }
            Frame::Data(data) => {
                self.push(data);
                false
            }
            Frame::Trailers(trailers) => {
                self.push_end(Some(&trailers), framing);
                true
            }
        }
    }

    /// Appends what ends a body of this framing.
    pub(crate) fn push_end(&mut self, trailers: Option<&Fields>, framing: Framing) {
        if framing == Framing::Chunked {
            self.write_with(|out| http1::encode::last_chunk(out, trailers));
        }
    }

    /// Writes until nothing waits. Pending when the peer takes no more for now. What was written is
    /// added to `total` either way.
    pub(crate) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        io: &mut Io,
        total: &mut u64,
    ) -> Poll<io::Result<()>> {
        while self.waiting > 0 {
            let count = ready!(self.poll_some(cx, io))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            *total += count as u64;
            self.advance(count);
        }
        // TLS may hold back a record; a plain socket holds nothing
        Pin::new(io).poll_flush(cx)
    }

    fn poll_some(&self, cx: &mut Context<'_>, io: &mut Io) -> Poll<io::Result<usize>> {
        let io = Pin::new(io);
        let mut joined = self.joined.get(self.written..).unwrap_or_default();
        if self.parts.is_empty() {
            return io.poll_write(cx, joined);
        }
        let mut slices = [IoSlice::new(&[]); SLICES];
        let mut used = 0;
        for (slice, part) in slices.iter_mut().zip(&self.parts) {
            *slice = IoSlice::new(match part {
                Part::Shared(bytes) => bytes,
                Part::Joined(length) => {
                    let (now, later) = joined.split_at_checked(*length).unwrap_or_default();
                    joined = later;
                    now
                }
            });
            used += 1;
        }
        io.poll_write_vectored(cx, slices.get(..used).unwrap_or_default())
    }

    /// Takes away what was written.
    fn advance(&mut self, mut count: usize) {
        self.waiting -= count.min(self.waiting);
        if self.parts.is_empty() {
            self.written += count;
        }
        while count > 0 {
            let Some(part) = self.parts.front_mut() else { break };
            let left = match part {
                Part::Joined(length) => {
                    let take = count.min(*length);
                    (*length, self.written, count) = (*length - take, self.written + take, count - take);
                    *length
                }
                Part::Shared(bytes) => {
                    let take = count.min(bytes.len());
                    bytes.advance(take);
                    count -= take;
                    bytes.len()
                }
            };
            if left == 0 {
                self.parts.pop_front();
            }
        }
        if self.waiting == 0 {
            self.clear();
        } else if self.written > self.joined.len() / 2 {
            // a peer that reads slowly may never let the queue run empty
            self.joined.drain(..self.written);
            self.written = 0;
        }
    }

    /// Forgets what waits, and gives large buffers back.
    pub(crate) fn clear(&mut self) {
        (self.waiting, self.written) = (0, 0);
        self.parts.clear();
        self.joined.clear();
        if self.joined.capacity() > KEEP {
            self.joined = Vec::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All that waits.
    fn waiting(out: &Out) -> Vec<u8> {
        let mut at = 0;
        let joined = &out.joined[out.written..];
        if out.parts.is_empty() {
            return joined.to_vec();
        }
        let of = |part: &Part| match part {
            Part::Shared(bytes) => bytes.to_vec(),
            Part::Joined(length) => {
                at += length;
                joined[at - length..at].to_vec()
            }
        };
        out.parts.iter().flat_map(of).collect()
    }

    /// What would be written, `step` bytes at a time.
    fn written(out: &mut Out, step: usize) -> Vec<u8> {
        let mut all = Vec::new();
        while !out.is_empty() {
            let mut next = waiting(out);
            assert_eq!(next.len(), out.len());
            next.truncate(step);
            all.extend_from_slice(&next);
            out.advance(next.len());
        }
        all
    }

    #[test]
    fn pieces_keep_their_order_however_they_are_written() {
        let large = Bytes::from(vec![b'L'; COPY + 1]);
        for step in [97, 1000, COPY, usize::MAX] {
            let mut out = Out::default();
            let mut expected = Vec::new();
            for piece in [&b"head"[..], &large, b"small", b"er", &large, &large, b"end"] {
                out.push(Bytes::copy_from_slice(piece));
                expected.extend_from_slice(piece);
            }
            assert!(written(&mut out, step) == expected, "step {step}");
            assert!(out.parts.is_empty() && out.joined.is_empty() && out.written == 0);
        }
    }

    #[test]
    fn what_is_written_is_given_up_though_the_queue_never_runs_empty() {
        let (mut out, mut expected, mut all) = (Out::default(), Vec::new(), Vec::new());
        let mut pieces = (0_u8..=255).cycle();
        for step in (1..60_000).cycle().step_by(7_919).take(300) {
            while out.len() < HIGH_WATER {
                // every third goes by reference
                let byte = pieces.next().unwrap_or_default();
                let piece = Bytes::from(vec![byte; if byte.is_multiple_of(3) { COPY + 1 } else { COPY }]);
                expected.extend_from_slice(&piece);
                out.push(piece);
            }
            let mut next = waiting(&out);
            next.truncate(step);
            all.extend_from_slice(&next);
            out.advance(next.len());
            assert!(out.joined.len() <= 2 * (HIGH_WATER + COPY), "{}", out.joined.len());
        }
        all.extend(written(&mut out, usize::MAX));
        assert!(all == expected);
    }

    #[test]
    fn frames_are_framed() {
        let mut out = Out::default();
        let mut trailers = Fields::new();
        trailers.push_named(b"x-sum", b"1");
        assert!(!out.push_frame(Frame::Data(Bytes::from_static(b"ab")), Framing::Chunked));
        assert!(out.push_frame(Frame::Trailers(trailers.clone()), Framing::Chunked));
        assert_eq!(written(&mut out, 3), b"2\r\nab\r\n0\r\nx-sum: 1\r\n\r\n");
        assert!(!out.push_frame(Frame::Data(Bytes::from_static(b"ab")), Framing::Length(2)));
        assert!(out.push_frame(Frame::Trailers(trailers), Framing::Length(2)));
        assert_eq!(written(&mut out, 3), b"ab");
    }
}
