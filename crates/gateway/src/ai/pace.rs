//! The timers of a streamed answer: each has its own time, whatever is or is not read.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use llm::StreamTranslator;
use message::Reason;
use snapshot::Pace;
use tokio::task::unconstrained;
use tokio::time::{Instant, Sleep, sleep_until};

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// The client should hear something.
    Ping,
    /// A time limit is over.
    Over(Reason, &'static str),
}

const LATE: Due = Due::Over(Reason::CallTimeout, "the answer took longer than its whole time");

/// The timers of one stream, with one alarm for the next of them. The alarm is set when there is nothing to read, and
/// is not set anew for each piece: what has become of its time is looked at when it rings.
#[derive(Debug)]
pub(crate) struct Timers {
    pace: Pace,
    /// When the answer must have ended.
    end: Instant,
    /// When the model must have begun, as long as it has not.
    first: Option<Instant>,
    /// When the model last said something, and how much it had said by then.
    spoke: (Instant, usize),
    /// When the client last heard something.
    heard: Instant,
    alarm: Option<Pin<Box<Sleep>>>,
}

// === impl Timers ===

impl Timers {
    /// The timers of an answer whose attempt began at `began`.
    pub(crate) fn new(pace: Pace, began: Instant, translator: &StreamTranslator) -> Self {
        let now = Instant::now();
        let first = (!translator.first_content_seen()).then_some(began + pace.first_token);
        let end = began + pace.whole;
        Self { pace, end, first, spoke: (now, translator.said()), heard: now, alarm: None }
    }

    /// Whether something is due, there being nothing to read; wakes the task when it will be.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, translator: &StreamTranslator) -> Poll<Due> {
        loop {
            let next = self.next();
            let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(next)));
            // It rings also where reading has used up the task's turn.
            if pin!(unconstrained(alarm.as_mut())).poll(cx).is_pending() {
                return Poll::Pending;
            }
            let now = alarm.deadline().max(Instant::now());
            self.note(now, translator);
            if let Some(due) = self.due(now) {
                return Poll::Ready(due);
            }
            let next = self.next();
            if let Some(alarm) = &mut self.alarm {
                alarm.as_mut().reset(next);
            }
        }
    }

    /// The client hears something now. Gives what is due although there was something to read: the end.
    pub(crate) fn heard(&mut self, translator: &StreamTranslator) -> Option<Due> {
        let now = Instant::now();
        self.heard = now;
        self.note(now, translator);
        (now >= self.end).then_some(LATE)
    }

    fn note(&mut self, now: Instant, translator: &StreamTranslator) {
        if self.first.is_some() && translator.first_content_seen() {
            self.first = None;
            // What is due next may be due sooner than what the alarm was set for.
            self.alarm = None;
        }
        if translator.said() != self.spoke.1 {
            self.spoke = (now, translator.said());
        }
    }

    fn next(&self) -> Instant {
        let content = self.first.unwrap_or(self.spoke.0 + self.pace.between_tokens);
        self.end.min(content).min(self.heard + self.pace.ping)
    }

    fn due(&mut self, now: Instant) -> Option<Due> {
        if now >= self.end {
            return Some(LATE);
        }
        if self.first.is_some_and(|first| now >= first) {
            return Some(Due::Over(Reason::FirstTokenTimeout, "the model said nothing"));
        }
        if self.first.is_none() && now >= self.spoke.0 + self.pace.between_tokens {
            return Some(Due::Over(Reason::UpstreamStalled, "the model stopped speaking"));
        }
        if now >= self.heard + self.pace.ping {
            self.heard = now;
            return Some(Due::Ping);
        }
        None
    }
}
