//! What is done when a time has come.

use std::sync::Arc;
use std::time::Duration;

use super::judge::Heard;
use super::timer::Timer;
use super::{Engine, Reason};
use crate::run::Verdict;

// === impl Engine ===

impl Engine {
    /// A timer's time has come.
    pub(super) fn rings(&mut self, timer: Timer, now: Duration) {
        let program = Arc::clone(&self.program);
        match timer {
            Timer::Wake(frame) => self.restless.push(frame),
            Timer::Frame(frame) => self.stop_frame(frame, &Reason::Timeout),
            Timer::Deadline(spot) => self.step_expires(spot, now),
            Timer::Call(id, spot) => {
                if let Some(ongoing) = self.leave(id, |ongoing| ongoing.spot == spot) {
                    self.lose(spot, ongoing.passage, Reason::Timeout, now);
                }
            }
            Timer::Begin(spot) if self.frames[spot.frame].run.is_over() => {
                if let Some(passage) = self.task(&spot).map(|task| task.passage) {
                    if let Some(passage) = self.trail.get_mut(passage) {
                        passage.cancel(now);
                    }
                    self.settle_step(spot, Verdict::Failed, now);
                }
            }
            Timer::Begin(spot) => {
                let workflow = &program.workflows[self.frames[spot.frame].workflow].workflow;
                if let Some(written) = workflow.steps.get(spot.step)
                    && self.task(&spot).is_some()
                {
                    self.begin(spot, written, now);
                }
            }
            Timer::Again(spot) if self.frames[spot.frame].run.is_over() => {
                self.lane_fails(spot, None, Reason::GivenUp, Heard::default(), now);
            }
            Timer::Again(spot) => self.attempt(spot, now),
            Timer::Hedge(spot) => {
                let workflow = &program.workflows[self.frames[spot.frame].workflow].workflow;
                let hedge = workflow.steps.get(spot.step).and_then(|written| written.weir.hedge);
                let over = self.frames[spot.frame].run.is_over();
                if let (Some(unit), Some(hedge), false) = (self.unit(&spot), hedge, over)
                    && unit.takes_more(hedge.attempts)
                {
                    self.lane(spot, now);
                }
            }
        }
    }
}
