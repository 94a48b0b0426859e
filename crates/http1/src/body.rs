//! Message bodies off the wire (RFC 9112 §6, §7.1), without copying.

mod chunk;

use bytes::{Bytes, BytesMut};
use message::{Fields, Reason};

use crate::head::{Cursor, Host, Rules, SpacedColon};
use crate::hop::trailer_allowed;
use crate::{Framing, Limits, Reject, Scan};

/// Whose bytes are read; it decides about the reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// A request's body.
    Client,
    /// A response's body.
    Upstream,
}

/// One step of decoding.
#[derive(Clone, Debug, PartialEq)]
pub enum Decoded {
    /// The buffer holds nothing more of the body: read on.
    NeedMore,
    /// Content; never empty.
    Data(Bytes),
    /// The body is complete, with its trailers if it had any. What is left in the buffer is not of it.
    End(Option<Fields>),
}

/// Decodes one body.
#[derive(Clone, Debug)]
pub struct Decoder {
    state: State,
    peer: Peer,
    limits: Limits,
    /// Bytes of chunk extensions so far; bounded over the whole body.
    extensions: usize,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Length(u64),
    UntilClose,
    ChunkSize,
    ChunkData(u64),
    /// The line end behind a chunk's data.
    ChunkEnd,
    Trailers(Scan),
    Done,
}

/// What one state makes of the buffer.
enum Step {
    Go(State),
    Yield(Decoded),
}

static CLIENT: Rules = Rules {
    malformed: Reason::MalformedBody,
    ambiguous: Reason::MalformedBody,
    coding: Reason::MalformedBody,
    line_too_long: Reason::HeadTooLarge,
    too_large: Reason::HeadTooLarge,
    spaced_colon: SpacedColon::Refuse,
    host: Host::Keep,
};

static UPSTREAM: Rules = Rules {
    malformed: Reason::UpstreamMalformed,
    ambiguous: Reason::UpstreamMalformed,
    coding: Reason::UpstreamMalformed,
    line_too_long: Reason::UpstreamHeadTooLarge,
    too_large: Reason::UpstreamHeadTooLarge,
    spaced_colon: SpacedColon::Remove,
    host: Host::Keep,
};

// === impl Decoder ===

impl Decoder {
    /// A decoder for one body. `limits` bounds the trailer section as it does a head.
    pub fn new(framing: Framing, peer: Peer, limits: &Limits) -> Self {
        let state = match framing {
            Framing::None | Framing::Length(0) => State::Done,
            Framing::Length(length) => State::Length(length),
            Framing::Chunked => State::ChunkSize,
            Framing::UntilClose => State::UntilClose,
        };
        Self { state, peer, limits: *limits, extensions: 0 }
    }

    /// Takes the next piece off `buf`. After [`Decoded::End`] it says so again; after an error, and after
    /// the end of a body that lasts until close, there is nothing more to read.
    pub fn decode(&mut self, buf: &mut BytesMut) -> Result<Decoded, Reject> {
        loop {
            let step = match self.state {
                State::Length(left) => take(buf, left).map_or(Step::Yield(Decoded::NeedMore), |data| {
                    let left = left - data.len() as u64;
                    self.state = if left == 0 { State::Done } else { State::Length(left) };
                    Step::Yield(Decoded::Data(data))
                }),
                State::ChunkData(left) => take(buf, left).map_or(Step::Yield(Decoded::NeedMore), |data| {
                    let left = left - data.len() as u64;
                    self.state = if left == 0 { State::ChunkEnd } else { State::ChunkData(left) };
                    Step::Yield(Decoded::Data(data))
                }),
                State::UntilClose => Step::Yield(match take(buf, u64::MAX) {
                    Some(data) => Decoded::Data(data),
                    None => Decoded::NeedMore,
                }),
                State::ChunkSize => self.chunk_size(buf)?,
                State::ChunkEnd => self.chunk_end(buf)?,
                State::Trailers(scan) => self.trailers(buf, scan)?,
                State::Done => Step::Yield(Decoded::End(None)),
            };
            match step {
                Step::Go(state) => self.state = state,
                Step::Yield(decoded) => return Ok(decoded),
            }
        }
    }

    /// The peer has closed its side and `decode` has taken all there was. `Ok` if the body is complete by
    /// that; otherwise it was cut off (RFC 9112 §8).
    pub fn on_eof(&mut self) -> Result<(), Reject> {
        if matches!(self.state, State::UntilClose | State::Done) {
            self.state = State::Done;
            return Ok(());
        }
        let reason = match self.peer {
            Peer::Client => Reason::MalformedBody,
            Peer::Upstream => Reason::UpstreamIncomplete,
        };
        Err(Reject::new(reason, "the connection closed before the end of the body (RFC 9112 §8)"))
    }

    /// The number of content bytes still to come, where it is known.
    pub fn remaining(&self) -> Option<u64> {
        match self.state {
            State::Length(left) => Some(left),
            State::Done | State::Trailers(_) => Some(0),
            _ => None,
        }
    }

    /// Whether the body was read to its end.
    pub fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    fn rules(&self) -> &'static Rules {
        match self.peer {
            Peer::Client => &CLIENT,
            Peer::Upstream => &UPSTREAM,
        }
    }

    fn malformed(&self, detail: &'static str) -> Reject {
        Reject::new(self.rules().malformed, detail)
    }

    fn chunk_size(&mut self, buf: &mut BytesMut) -> Result<Step, Reject> {
        let line = chunk::line(buf, self.extensions).map_err(|detail| self.malformed(detail))?;
        let Some(line) = line else { return Ok(Step::Yield(Decoded::NeedMore)) };
        self.extensions += line.extensions;
        advance(buf, line.len);
        Ok(Step::Go(match line.size {
            0 => State::Trailers(Scan::default()),
            size => State::ChunkData(size),
        }))
    }

    fn chunk_end(&self, buf: &mut BytesMut) -> Result<Step, Reject> {
        match &buf[..] {
            [b'\r', b'\n', ..] => {
                advance(buf, 2);
                Ok(Step::Go(State::ChunkSize))
            }
            [] | [b'\r'] => Ok(Step::Yield(Decoded::NeedMore)),
            _ => Err(self.malformed("a chunk's data does not end in CRLF (RFC 9112 §7.1)")),
        }
    }

    fn trailers(&mut self, buf: &mut BytesMut, mut scan: Scan) -> Result<Step, Reject> {
        if buf.starts_with(b"\r\n") {
            advance(buf, 2);
            return Ok(self.end(None));
        }
        if buf.is_empty() || !scan.is_worth_parsing(buf, &self.limits) {
            self.state = State::Trailers(scan);
            return Ok(Step::Yield(Decoded::NeedMore));
        }
        let Some(mut section) = Cursor::new(buf).fields(self.rules(), &self.limits)? else {
            scan.incomplete(buf);
            self.state = State::Trailers(scan);
            return Ok(Step::Yield(Decoded::NeedMore));
        };
        advance(buf, section.len);
        section.fields.retain(|known, name, _| trailer_allowed(known, name));
        Ok(self.end((!section.fields.is_empty()).then_some(section.fields)))
    }

    fn end(&mut self, trailers: Option<Fields>) -> Step {
        self.state = State::Done;
        Step::Yield(Decoded::End(trailers))
    }
}

/// At most `left` bytes off the front; `None` if there are none.
fn take(buf: &mut BytesMut, left: u64) -> Option<Bytes> {
    if buf.is_empty() {
        return None;
    }
    let len = usize::try_from(left).unwrap_or(usize::MAX).min(buf.len());
    Some(buf.split_to(len).freeze())
}

/// Drops `len` bytes, which are there.
fn advance(buf: &mut BytesMut, len: usize) {
    bytes::Buf::advance(buf, len.min(buf.len()));
}

#[cfg(test)]
mod tests;
