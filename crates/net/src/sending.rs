//! A body on its way into a connection, on either side.

use std::task::{Context, Poll, ready};

use http1::Framing;
use message::{Body, BodyError, Frame, Reason};

use crate::out::{HIGH_WATER, Out};

/// A body being sent under a framing.
#[derive(Debug, Default)]
pub(crate) struct Sending {
    body: Body,
    framing: Framed,
    /// Content bytes still owed under a stated length.
    owed: Option<u64>,
    ended: bool,
    /// Whether anything was pulled from the body.
    pulled: bool,
    bytes: u64,
}

#[derive(Clone, Copy, Debug)]
struct Framed(Framing);

impl Default for Framed {
    fn default() -> Self {
        Self(Framing::None)
    }
}

impl Sending {
    /// A body under a framing. Under none, content is not pulled; a body without any is waited for, since
    /// the rest of a request may hang on its end.
    pub(crate) fn new(mut body: Body, framing: Framing) -> Self {
        if framing == Framing::None && body.remaining() != Some(0) {
            body.discard();
        }
        let owed = framing.length();
        Self { body, framing: Framed(framing), owed, ended: false, pulled: false, bytes: 0 }
    }

    /// How it is framed.
    pub(crate) fn framing(&self) -> Framing {
        self.framing.0
    }

    /// All of it was handed to the connection's queue.
    pub(crate) fn ended(&self) -> bool {
        self.ended
    }

    /// Content bytes handed to the connection's queue.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The body, if nothing was pulled from it.
    pub(crate) fn untouched(&mut self) -> Option<Body> {
        (!self.pulled).then(|| std::mem::take(&mut self.body))
    }

    /// Takes a whole and short body into the queue at once.
    pub(crate) fn take_full(&mut self, out: &mut Out) {
        let short = self.owed.is_some_and(|length| length <= HIGH_WATER as u64);
        if self.ended || !short {
            return;
        }
        if let Some(content) = self.body.take_full() {
            self.bytes = content.len() as u64;
            out.push(content);
            (self.ended, self.pulled) = (true, true);
        }
    }

    /// Fills the queue up to the mark. Pending if the body has nothing for now; an error if it broke or
    /// is not as long as was stated.
    pub(crate) fn poll_fill(&mut self, cx: &mut Context<'_>, out: &mut Out) -> Poll<Result<(), BodyError>> {
        while !self.ended && out.len() < HIGH_WATER {
            let frame = ready!(self.body.poll_frame(cx));
            self.pulled |= self.framing.0 != Framing::None;
            match frame {
                Some(Ok(Frame::Data(_))) if self.framing.0 == Framing::None => {}
                Some(Ok(frame)) => self.push(frame, out)?,
                Some(Err(error)) => return Poll::Ready(Err(error)),
                None => {
                    out.push_end(None, self.framing.0);
                    self.ended = true;
                }
            }
            if self.ended && self.owed.is_some_and(|owed| owed > 0) {
                return Poll::Ready(Err(wrong_length("the body is shorter than was stated")));
            }
        }
        Poll::Ready(Ok(()))
    }

    fn push(&mut self, frame: Frame, out: &mut Out) -> Result<(), BodyError> {
        if let Frame::Data(data) = &frame {
            let length = data.len() as u64;
            self.bytes += length;
            if let Some(owed) = &mut self.owed {
                let left = owed.checked_sub(length);
                *owed = left.ok_or_else(|| wrong_length("the body is longer than was stated"))?;
            }
        }
        self.ended = out.push_frame(frame, self.framing.0);
        Ok(())
    }
}

fn wrong_length(detail: &'static str) -> BodyError {
    BodyError::new(Reason::InternalError, detail)
}
