//! The body of a streamed answer: the provider's events in, the client's out, as they come.

use std::borrow::Cow;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use base::{Clock, Nanos};
use bytes::Bytes;
use llm::catalogue::Prices;
use llm::{StreamEnd, StreamTranslator, Usage};
use message::{Body, BodyError, Frame, Reason, Stream};
use parking_lot::Mutex;
use trace::CallRecord;

use super::answer::{cut, settle};

/// Gaps between pieces that are kept for the median.
const GAPS: usize = 256;

/// See the module's description.
pub(crate) struct ChatStream {
    translator: StreamTranslator,
    body: Body,
    out: Vec<u8>,
    ended: bool,
    told: Told,
    clock: Clock,
    last: Nanos,
}

/// What a stream leaves for the record, whoever of the two ends first.
#[derive(Clone, Default)]
pub(crate) struct Told(Arc<Mutex<Tale>>);

#[derive(Default)]
struct Tale {
    usage: Usage,
    finish: Option<&'static str>,
    failed: Option<Reason>,
    gaps: Vec<u32>,
}

impl ChatStream {
    /// `out` is what was translated while the head was held back; `ended`: the provider's body was read.
    pub(crate) fn new(
        translator: StreamTranslator,
        body: Body,
        out: Vec<u8>,
        ended: bool,
        clock: Clock,
    ) -> (Self, Told) {
        let told = Told::default();
        let last = clock.now();
        let stream = Self { translator, body, out, ended, told: told.clone(), clock, last };
        (stream, told)
    }

    /// Takes one step of the provider's body.
    fn step(&mut self, frame: Option<Result<Frame, BodyError>>) {
        match frame {
            Some(Ok(Frame::Data(data))) => {
                let now = self.clock.now();
                self.told.gap(now.micros_since(self.last));
                self.last = now;
                self.translator.push(&data, &mut self.out);
            }
            Some(Ok(Frame::Trailers(_))) => {}
            Some(Err(error)) => {
                self.ended = true;
                self.translator.fail(&cut(&error), &mut self.out);
                self.told.0.lock().failed = Some(error.reason);
            }
            None => {
                self.ended = true;
                let failed = match self.translator.finish(&mut self.out) {
                    StreamEnd::Complete => None,
                    StreamEnd::Failed => Some(Reason::ProviderError),
                    StreamEnd::Truncated => Some(Reason::UpstreamIncomplete),
                };
                self.told.0.lock().failed = failed;
            }
        }
    }

    fn tell(&mut self) {
        let mut tale = self.told.0.lock();
        tale.usage = self.translator.usage();
        tale.finish = self.translator.finish_reason().map(llm::FinishReason::as_str);
    }
}

impl Stream for ChatStream {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        loop {
            if !self.out.is_empty() {
                return Poll::Ready(Some(Ok(Frame::Data(Bytes::from(std::mem::take(&mut self.out))))));
            }
            if self.ended {
                return Poll::Ready(None);
            }
            let frame = ready!(self.body.poll_frame(cx));
            self.step(frame);
        }
    }
}

impl Drop for ChatStream {
    fn drop(&mut self) {
        self.tell();
    }
}

impl Told {
    fn gap(&self, micros: u32) {
        let mut tale = self.0.lock();
        if tale.gaps.len() < GAPS {
            tale.gaps.push(micros);
        }
    }

    /// Writes it into the record. The stream was dropped before, with the body that held it.
    pub(crate) fn tell(&self, record: &mut CallRecord, prices: Option<&Prices>) {
        let mut tale = self.0.lock();
        if let Some(reason) = tale.failed {
            record.reason = Some(Cow::Borrowed(reason.code()));
        }
        tale.gaps.sort_unstable();
        let median = tale.gaps.get(tale.gaps.len() / 2).copied();
        if let Some(ai) = &mut record.ai {
            settle(ai, &tale.usage, prices);
            ai.finish_reason = tale.finish.map(Cow::Borrowed);
            ai.inter_token_p50_us = median;
        }
    }
}
