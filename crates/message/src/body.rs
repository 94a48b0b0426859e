//! Bodies as streams: pulled, never pushed, so that a slow reader slows the writer; and the stack of
//! filters and the guard through which everything sees a body without holding it.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;
use std::task::{Context, Poll};

use bytes::Bytes;

use crate::{Fields, Reason};

/// One piece of a body.
#[derive(Clone, Debug, PartialEq)]
pub enum Frame {
    /// Content; never empty.
    Data(Bytes),
    /// The trailer fields, last (RFC 9110 §6.5).
    Trailers(Fields),
}

/// Why a body ended before its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyError {
    /// The public reason; it says whose doing it is.
    pub reason: Reason,
    /// What happened, for the record and the log.
    pub detail: Cow<'static, str>,
}

/// A source of body frames.
pub trait Stream: Send {
    /// The next frame; `None` after the last. After an error or `None` it is not polled again.
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>>;

    /// The exact number of content bytes still to come, where it is known.
    fn remaining(&self) -> Option<u64> {
        None
    }
}

/// What a filter hands on.
#[derive(Debug, Default)]
pub struct Out {
    frames: VecDeque<Frame>,
    abort: Option<BodyError>,
}

/// Sees and may change a body on its way. Filters stand in a stack; each is given what the one before
/// it handed on.
pub trait Filter: Send {
    /// A piece of content. Hand on what should go on now; keep what should wait.
    fn data(&mut self, data: Bytes, out: &mut Out);

    /// The content has ended, perhaps with trailers. Hand on what was kept, then the trailers.
    fn end(&mut self, trailers: Option<Fields>, out: &mut Out) {
        if let Some(trailers) = trailers {
            out.trailers(trailers);
        }
    }

    /// The body failed. Hand on a last word, or keep silent and let the error through.
    fn failed(&mut self, _error: &BodyError, _out: &mut Out) {}

    /// Whether the number of bytes may change, so that a stated length must go.
    fn changes_length(&self) -> bool {
        true
    }
}

/// How a body came to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All of it was read.
    Complete,
    /// It failed.
    Failed(BodyError),
    /// Its reader dropped it before the end.
    Dropped,
}

/// Is told of every piece that leaves a body and, exactly once, of its end: permits, reservations and
/// the record are settled here.
pub trait Guard: Send {
    /// Content that was handed to the reader, in bytes.
    fn sent(&mut self, bytes: usize);

    /// The end; called once.
    fn settle(&mut self, outcome: Outcome);
}

/// A message body. Small, since it is moved often; most have no filters.
#[derive(Default)]
pub struct Body {
    source: Source,
    stack: Option<Box<Stack>>,
    guard: Option<Box<dyn Guard>>,
}

/// The filters of a body, and what has come through all of them.
#[derive(Default)]
struct Stack {
    filters: Vec<Box<dyn Filter>>,
    ready: VecDeque<Frame>,
    failed: Option<BodyError>,
}

#[derive(Default)]
enum Source {
    #[default]
    Ended,
    Full(Bytes),
    Stream(Box<dyn Stream>),
}

// === impl BodyError ===

impl BodyError {
    /// An error with a detail for the log.
    pub fn new(reason: Reason, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { reason, detail: detail.into() }
    }
}

impl fmt::Display for BodyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason.code(), self.detail)
    }
}

impl std::error::Error for BodyError {}

// === impl Out ===

impl Out {
    /// Hands on content.
    pub fn data(&mut self, data: Bytes) {
        if !data.is_empty() {
            self.frames.push_back(Frame::Data(data));
        }
    }

    /// Hands on trailers; nothing may follow.
    pub fn trailers(&mut self, trailers: Fields) {
        self.frames.push_back(Frame::Trailers(trailers));
    }

    /// Ends the body with an error after what was handed on.
    pub fn abort(&mut self, error: BodyError) {
        self.abort.get_or_insert(error);
    }
}

// === impl Body ===

impl Body {
    /// No content.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Content that is all there.
    pub fn full(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self::of(if bytes.is_empty() { Source::Ended } else { Source::Full(bytes) })
    }

    /// Content to come.
    pub fn stream(stream: impl Stream + 'static) -> Self {
        Self::of(Source::Stream(Box::new(stream)))
    }

    fn of(source: Source) -> Self {
        Self { source, stack: None, guard: None }
    }

    /// Puts a filter behind those that are there.
    pub fn filter(&mut self, filter: impl Filter + 'static) {
        self.stack.get_or_insert_default().filters.push(Box::new(filter));
    }

    /// Sets the guard. A body has one; a second would be told nothing, so it takes the first's place
    /// after that was settled as dropped.
    pub fn guard(&mut self, guard: Box<dyn Guard>) {
        self.settle(Outcome::Dropped);
        self.guard = Some(guard);
    }

    /// The exact number of content bytes still to come, where it is known and no filter may change it.
    pub fn remaining(&self) -> Option<u64> {
        let changes = |stack: &Stack| stack.filters.iter().any(|filter| filter.changes_length());
        if self.stack.as_deref().is_some_and(changes) {
            return None;
        }
        match &self.source {
            Source::Ended => Some(0),
            Source::Full(bytes) => Some(bytes.len() as u64),
            Source::Stream(stream) => stream.remaining(),
        }
    }

    /// Whether there is surely no content.
    pub fn is_empty(&self) -> bool {
        self.remaining() == Some(0) && self.stack.as_ref().is_none_or(|stack| stack.ready.is_empty())
    }

    /// Takes the content if all of it is there already and nothing would see it pass.
    pub fn take_full(&mut self) -> Option<Bytes> {
        let idle =
            |stack: &Stack| stack.filters.is_empty() && stack.ready.is_empty() && stack.failed.is_none();
        if !self.stack.as_deref().is_none_or(idle) {
            return None;
        }
        let bytes = match std::mem::take(&mut self.source) {
            Source::Ended => Bytes::new(),
            Source::Full(bytes) => bytes,
            stream @ Source::Stream(_) => {
                self.source = stream;
                return None;
            }
        };
        if let Some(guard) = &mut self.guard {
            guard.sent(bytes.len());
        }
        self.settle(Outcome::Complete);
        Some(bytes)
    }

    /// Lets go of what is left because nobody is to see it, as in the answer to HEAD: to the guard that is
    /// no failure.
    pub fn discard(&mut self) {
        self.source = Source::Ended;
        self.stack = None;
        self.settle(Outcome::Complete);
    }

    /// The next frame; `None` after the last.
    pub fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        loop {
            if let Some(stack) = &mut self.stack {
                if let Some(frame) = stack.ready.pop_front() {
                    return Poll::Ready(Some(Ok(self.seen(frame))));
                }
                if let Some(error) = stack.failed.take() {
                    return Poll::Ready(Some(Err(self.fail(error))));
                }
            }
            let next = match &mut self.source {
                Source::Stream(stream) => std::task::ready!(stream.poll_frame(cx)),
                Source::Full(bytes) => {
                    let bytes = std::mem::take(bytes);
                    (!bytes.is_empty()).then_some(Ok(Frame::Data(bytes)))
                }
                Source::Ended => None,
            };
            let going_on = match (&mut self.stack, next) {
                (Some(stack), next) if !stack.filters.is_empty() => stack.advance(&mut self.source, next),
                (_, Some(Ok(frame))) => {
                    if matches!(frame, Frame::Trailers(_)) {
                        self.source = Source::Ended;
                    }
                    return Poll::Ready(Some(Ok(self.seen(frame))));
                }
                (_, Some(Err(error))) => return Poll::Ready(Some(Err(self.fail(error)))),
                (_, None) => false,
            };
            if !going_on {
                self.source = Source::Ended;
                self.settle(Outcome::Complete);
                return Poll::Ready(None);
            }
        }
    }

    /// Tells the guard of a frame that leaves.
    fn seen(&mut self, frame: Frame) -> Frame {
        if let (Frame::Data(data), Some(guard)) = (&frame, &mut self.guard) {
            guard.sent(data.len());
        }
        frame
    }

    /// Ends with an error: nothing more comes, and the guard is told.
    pub fn fail(&mut self, error: BodyError) -> BodyError {
        self.source = Source::Ended;
        self.stack = None;
        self.settle(Outcome::Failed(error.clone()));
        error
    }

    /// The next frame, to be awaited.
    pub async fn frame(&mut self) -> Option<Result<Frame, BodyError>> {
        std::future::poll_fn(|cx| self.poll_frame(cx)).await
    }

    /// Reads the whole content, at most `limit` bytes; trailers are dropped.
    pub async fn collect(&mut self, limit: usize) -> Result<Bytes, BodyError> {
        if self.remaining().is_some_and(|length| length > limit as u64) {
            return Err(BodyError::new(Reason::BodyTooLarge, "the stated length is over the limit"));
        }
        if let Some(bytes) = self.take_full() {
            return Ok(bytes);
        }
        let mut first = Bytes::new();
        let mut joined = Vec::new();
        while let Some(frame) = self.frame().await {
            let Frame::Data(data) = frame? else { continue };
            if first.len() + joined.len() + data.len() > limit {
                return Err(BodyError::new(Reason::BodyTooLarge, "the content is over the limit"));
            }
            if first.is_empty() && joined.is_empty() {
                first = data;
                continue;
            }
            joined.extend_from_slice(&std::mem::take(&mut first));
            joined.extend_from_slice(&data);
        }
        Ok(if joined.is_empty() { first } else { joined.into() })
    }

    fn settle(&mut self, outcome: Outcome) {
        if let Some(mut guard) = self.guard.take() {
            guard.settle(outcome);
        }
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        let done = |stack: &Stack| stack.ready.is_empty() && stack.failed.is_none();
        let complete = matches!(self.source, Source::Ended) && self.stack.as_deref().is_none_or(done);
        // What the source and the filters leave for the record has to be there when it is settled.
        self.source = Source::Ended;
        self.stack = None;
        self.settle(if complete { Outcome::Complete } else { Outcome::Dropped });
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("remaining", &self.remaining()).finish_non_exhaustive()
    }
}

impl Stack {
    /// Runs what the source gave through the filters. `false`: the body has ended and nothing is ready.
    fn advance(&mut self, source: &mut Source, next: Option<Result<Frame, BodyError>>) -> bool {
        let ended = !matches!(next, Some(Ok(Frame::Data(_))));
        let mut wave = Wave::from(next);
        for filter in &mut self.filters {
            wave = wave.through(filter.as_mut());
        }
        self.ready.extend(wave.frames);
        self.failed = wave.failed;
        if ended || self.failed.is_some() {
            *source = Source::Ended;
            self.filters.clear();
        }
        !(wave.ended && self.ready.is_empty() && self.failed.is_none())
    }
}

/// What passes between two filters at one step: content, then perhaps the end or a failure.
struct Wave {
    frames: VecDeque<Frame>,
    ended: bool,
    failed: Option<BodyError>,
}

impl Wave {
    fn through(self, filter: &mut dyn Filter) -> Self {
        let mut out = Out::default();
        let mut trailers = None;
        for frame in self.frames {
            match frame {
                Frame::Data(data) => filter.data(data, &mut out),
                Frame::Trailers(fields) => trailers = Some(fields),
            }
        }
        if let Some(error) = &self.failed {
            filter.failed(error, &mut out);
        } else if self.ended && out.abort.is_none() {
            filter.end(trailers, &mut out);
        }
        Self { frames: out.frames, ended: self.ended, failed: out.abort.or(self.failed) }
    }
}

impl From<Option<Result<Frame, BodyError>>> for Wave {
    fn from(next: Option<Result<Frame, BodyError>>) -> Self {
        let ended = !matches!(next, Some(Ok(Frame::Data(_))));
        let (frames, failed) = match next {
            Some(Ok(frame)) => (VecDeque::from([frame]), None),
            Some(Err(error)) => (VecDeque::new(), Some(error)),
            None => (VecDeque::new(), None),
        };
        Self { frames, ended, failed }
    }
}

#[cfg(test)]
mod tests;
/// A body within another: each keeps its own guard.
impl Stream for Body {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        Self::poll_frame(self, cx)
    }

    fn remaining(&self) -> Option<u64> {
        Self::remaining(self)
    }
}
