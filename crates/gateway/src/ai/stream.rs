//! The body of a streamed answer: the provider's events in, the client's out, as they come.

use std::borrow::Cow;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use base::{Clock, Nanos};
use bytes::Bytes;
use llm::passing::Picture;
use llm::{StreamEnd, StreamTranslator, Usage};
use message::{Body, BodyError, Frame, Reason, Stream};
use parking_lot::Mutex;
use tokio::task::unconstrained;
use tokio::time::Sleep;
use trace::CallRecord;

use super::answer::cut;
use super::debt::Debt;
use super::keeper::Keeper;
use super::pace::{Due, Timers};
use super::target::api_error;
use super::tariff::Tariff;

/// Gaps between pieces that are kept for the median.
const GAPS: usize = 256;

/// What has come together goes to the client together, up to about this many bytes at a time.
const TOGETHER: usize = 16 * 1024;

/// So long the provider's body may take to end once the answer is whole; in that time the connection can be
/// saved for another call.
const GRACE: Duration = Duration::from_millis(200);

/// So many pieces of it are read at a time, and no connection is worth more.
const AFTER: usize = 64;

/// See the module's description.
pub(crate) struct ChatStream {
    translator: StreamTranslator,
    body: Body,
    out: Vec<u8>,
    state: State,
    told: Told,
    clock: Clock,
    /// When the call began.
    started: Nanos,
    last: Nanos,
    timers: Timers,
    /// Where the vendor's state goes when the answer is whole.
    keeper: Option<Keeper>,
    /// What is owed of it until its end was read.
    debt: Option<Debt>,
}

/// How far a stream is.
enum State {
    /// There is more to come for the client.
    Going,
    /// There is not, and the end of the provider's body is waited for, if it is not there at once.
    Over(Option<Pin<Box<Sleep>>>),
    /// Nothing is waited for.
    Ended,
}

/// What a stream leaves for the record, whoever of the two ends first.
#[derive(Clone, Default)]
pub(crate) struct Told(Arc<Mutex<Tale>>);

#[derive(Default)]
struct Tale {
    usage: Usage,
    picture: Option<Picture>,
    finish: Option<&'static str>,
    failed: Option<Reason>,
    /// The client was handed all of it.
    whole: bool,
    /// Its usage is told by a later call.
    owed: bool,
    gaps: Vec<u32>,
    /// When the first piece came, where the head went out before it, in microseconds from the call's start.
    first: Option<u32>,
}

impl ChatStream {
    /// `out` is what was translated while the head was held back; `ended`: the provider's body was read.
    pub(crate) fn new(
        (translator, debt): (StreamTranslator, Option<Debt>),
        body: Body,
        out: Vec<u8>,
        ended: bool,
        (clock, started, timers, keeper): (Clock, Nanos, Timers, Keeper),
    ) -> (Self, Told) {
        let told = Told::default();
        let last = clock.now();
        let state = match (ended, translator.is_done()) {
            (true, _) => State::Ended,
            (false, true) => State::Over(None),
            (false, false) => State::Going,
        };
        let mut stream = Self {
            translator,
            body,
            out,
            state,
            told: told.clone(),
            clock,
            started,
            last,
            timers,
            keeper: Some(keeper),
            debt,
        };
        if !matches!(stream.state, State::Going) {
            if stream.translator.error().is_none() {
                stream.pay();
            }
            stream.keep();
        }
        (stream, told)
    }

    /// Takes one step of the provider's body.
    fn step(&mut self, frame: Option<Result<Frame, BodyError>>) {
        match frame {
            Some(Ok(Frame::Data(data))) => {
                let now = self.clock.now();
                self.told.gap(now.micros_since(self.last));
                self.last = now;
                let silent = !self.translator.first_content_seen();
                if self.out.is_empty() {
                    self.out.reserve(data.len());
                }
                self.translator.push(&data, &mut self.out);
                if silent && self.translator.first_content_seen() {
                    self.told.0.lock().first = Some(now.micros_since(self.started));
                }
                if self.translator.is_done() {
                    self.finish(State::Over(None));
                }
            }
            Some(Ok(Frame::Trailers(_))) => {}
            Some(Err(error)) => {
                self.state = State::Ended;
                self.translator.fail(&cut(&error), &mut self.out);
                self.told.0.lock().failed = Some(error.reason);
            }
            None => self.finish(State::Ended),
        }
    }

    /// Does what is due while there is nothing to read.
    fn on_time(&mut self, due: Due) {
        match due {
            Due::Ping => self.translator.keep_alive(&mut self.out),
            Due::Over(reason, detail) => {
                self.state = State::Ended;
                self.body = Body::empty();
                self.translator.fail(&api_error(reason, detail), &mut self.out);
                self.told.0.lock().failed = Some(reason);
            }
        }
    }

    /// The client's stream ends here. What the provider's body does after changes nothing.
    fn finish(&mut self, state: State) {
        self.state = state;
        let failed = match self.translator.finish(&mut self.out) {
            StreamEnd::Complete => None,
            StreamEnd::Failed => Some(Reason::ProviderError),
            StreamEnd::Truncated => Some(Reason::UpstreamIncomplete),
        };
        self.told.0.lock().failed = failed;
        if failed != Some(Reason::UpstreamIncomplete) {
            self.pay();
        }
        self.keep();
    }

    /// The provider has told the end of its answer.
    fn pay(&mut self) {
        if let Some(debt) = self.debt.take() {
            debt.pay();
        }
    }

    /// Keeps what the answer leaves, before the client has the last of it and so before its next turn.
    fn keep(&mut self) {
        let Some(keeper) = self.keeper.take() else { return };
        keeper.keep(self.translator.kept());
        if let Some(object) = self.translator.object() {
            keeper.keep_answer(object);
        }
    }

    /// Reads on to the end of the provider's body, if that comes soon.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let State::Over(timer) = &mut self.state else { return Poll::Ready(()) };
        for _ in 0..AFTER {
            match self.body.poll_frame(cx) {
                Poll::Ready(Some(Ok(_))) => {}
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => {
                    let timer = timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(GRACE)));
                    return pin!(unconstrained(timer.as_mut())).poll(cx);
                }
            }
        }
        Poll::Ready(())
    }

    fn tell(&mut self) {
        let mut tale = self.told.0.lock();
        tale.owed = self.debt.is_some();
        tale.usage = self.translator.usage();
        tale.picture = self.translator.picture();
        tale.finish = self.translator.finish_reason().map(llm::FinishReason::as_str);
        tale.whole = !matches!(self.state, State::Going) && self.out.is_empty();
    }
}

impl Stream for ChatStream {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        loop {
            if matches!(self.state, State::Going)
                && self.out.len() < TOGETHER
                && let Poll::Ready(frame) = self.body.poll_frame(cx)
            {
                self.step(frame);
                continue;
            }
            if !self.out.is_empty() {
                let due = self.timers.heard(&self.translator);
                if let (State::Going, Some(due)) = (&self.state, due) {
                    self.on_time(due);
                }
                return Poll::Ready(Some(Ok(Frame::Data(Bytes::from(std::mem::take(&mut self.out))))));
            }
            match self.state {
                State::Going => {
                    let due = ready!(self.timers.poll(cx, &self.translator));
                    self.on_time(due);
                }
                State::Over(_) => {
                    ready!(self.poll_end(cx));
                    self.body = Body::empty();
                    self.state = State::Ended;
                }
                State::Ended => return Poll::Ready(None),
            }
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

    /// Writes it into the record; gives whether the client was handed all. The stream was dropped before, with
    /// the body that held it.
    pub(crate) fn tell(&self, record: &mut CallRecord, tariff: &Tariff) -> bool {
        let mut tale = self.0.lock();
        if let Some(reason) = tale.failed {
            record.reason = Some(Cow::Borrowed(reason.code()));
        }
        tale.gaps.sort_unstable();
        let median = tale.gaps.get(tale.gaps.len() / 2).copied();
        if let Some(ai) = &mut record.ai {
            match &tale.picture {
                _ if tale.owed => {}
                Some(picture) => tariff.settle_images(ai, &tale.usage, picture),
                None => tariff.settle(ai, &tale.usage),
            }
            ai.finish_reason = tale.finish.map(Cow::Borrowed);
            ai.inter_token_p50_us = median;
            ai.ttft_us = ai.ttft_us.or(tale.first);
        }
        tale.whole
    }
}
