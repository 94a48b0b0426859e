//! Bounds of the parts of a run: how long a step and a workflow within another may take, how many calls these make, and how
//! long an answer may be.

use std::sync::Arc;
use std::time::Duration;

use super::frame::Parent;
use super::judge::Heard;
use super::task::{Lane, Parts, Spot};
use super::timer::Timer;
use super::{CallId, Engine, Reason};
use crate::document::Step;
use crate::program::{Act, Compiled};

/// How long each attempt of a step may take.
pub(super) fn of_attempt(written: &Step) -> Option<Duration> {
    written.weir.timeout.or(written.timeout)
}

// === impl Engine ===

impl Engine {
    /// How long a workflow may take that something in the run has begun: as it says itself, or as the step that runs it says.
    pub(super) fn patience(&self, compiled: &Compiled, parent: Parent) -> Option<Duration> {
        let outer = &self.program.workflows[self.frames[parent.frame()?].workflow].workflow;
        let step = |step: usize| outer.steps.get(step).and_then(of_attempt);
        let by_step = match parent {
            Parent::Step(spot, _) => match spot.lane {
                Lane::Undo => Some(self.bounds.undo),
                Lane::Before(acting, _) => step(acting),
                Lane::Own | Lane::Branch(_) => step(spot.step),
            },
            _ => None,
        };
        compiled.workflow.weir.timeout.into_iter().chain(by_step).min()
    }

    /// The longest answer that a spot takes, in bytes.
    pub(super) fn longest(&self, spot: &Spot) -> Option<u64> {
        let frame = &self.frames[spot.frame];
        let workflow = &self.program.workflows[frame.workflow].workflow;
        let step = if let Lane::Before(acting, _) = spot.lane { acting } else { spot.step };
        let own = workflow.steps.get(step).and_then(|written| written.weir.max_body);
        let own = own.filter(|_| spot.lane != Lane::Undo);
        frame.max_body.into_iter().chain(own).min()
    }

    /// Counts what a lane begins. Fails where that is too much, for the run or for a workflow within it, which is then given
    /// up.
    pub(super) fn count(&mut self, spot: &Spot) -> Result<(), Reason> {
        let program = Arc::clone(&self.program);
        let compiled = &program.workflows[self.frames[spot.frame].workflow];
        let parts = Parts::of(compiled, spot.step, spot.lane);
        if parts.is_some_and(|parts| matches!(parts.act, Act::Nothing)) {
            return self.count_start();
        }
        self.begun += 1;
        let undoes = self.undoes(spot.frame);
        if self.begun > self.bounds.steps {
            let why = format!(
                "the run has made {} calls, and may make no more (`x-weir-max-calls` of the workflow)",
                self.bounds.steps
            );
            let reason = Reason::Bound(why.into());
            self.stop(reason.clone());
            // What undoes something goes on, but not without end either.
            if !undoes || self.begun > self.bounds.steps.saturating_mul(2) {
                return Err(reason);
            }
        }
        let mut within = Some(spot.frame).filter(|_| !undoes);
        while let Some(at) = within {
            let Some(frame) = self.frames.get_mut(at) else { break };
            within = frame.parent.frame();
            let workflow = &program.workflows[frame.workflow].workflow;
            // The caller's own is the run's.
            let Some(most) = workflow.weir.max_calls.filter(|_| within.is_some()) else { continue };
            frame.calls += 1;
            if frame.calls > most {
                let why = format!("workflow `{}` has made {most} calls, and may make no more", workflow.id);
                let reason = Reason::Bound(why.into());
                self.stop_frame(at, &reason);
                return Err(reason);
            }
        }
        Ok(())
    }

    /// Counts what calls nothing, since that may go in circles.
    pub(super) fn count_start(&mut self) -> Result<(), Reason> {
        self.starts += 1;
        if self.starts <= self.ceiling {
            return Ok(());
        }
        let reason = Reason::Bound(format!("the run has begun {} steps", self.ceiling).into());
        self.stop(reason.clone());
        Err(reason)
    }

    /// Whether so many elements can still be called for.
    pub(super) fn has_room(&self, spot: &Spot, count: usize) -> Result<(), Reason> {
        let compiled = &self.program.workflows[self.frames[spot.frame].workflow];
        let calls = |act: &Act| !matches!(act, Act::Nothing);
        let alternatives = compiled.alternatives.get(spot.step).into_iter().flatten();
        let left = self.bounds.steps.saturating_sub(self.begun);
        if count <= left as usize || !compiled.acts.get(spot.step).into_iter().chain(alternatives).any(calls)
        {
            return Ok(());
        }
        let why = format!(
            "`x-weir-for-each` needs {count} calls, and the run may make no more than {left} (`x-weir-max-calls` of the workflow)"
        );
        Err(Reason::Bound(why.into()))
    }

    /// Whether it would be too late for a step to be tried again then.
    pub(super) fn is_late(&self, spot: &Spot, then: Duration) -> bool {
        let progress = self.frames[spot.frame].steps.get(spot.step);
        progress.and_then(|progress| progress.until).is_some_and(|until| until <= then)
    }

    /// A step has taken too long, with all attempts and pauses: what it does is given up, and nothing is tried any more.
    pub(super) fn step_expires(&mut self, spot: Spot, now: Duration) {
        let passage = self.frames[spot.frame].passage(spot.step);
        let failure = self.failure(&spot, passage, Reason::Timeout, None);
        let Some(task) = self.task(&spot) else { return };
        task.expire(failure);
        self.hungry.push(spot);
        for timer in self.timers.begins_of_step(spot.frame, spot.step) {
            match timer {
                Timer::Begin(_) => return self.step_fails(spot, Reason::Timeout, Heard::default(), now),
                Timer::Again(spot) => self.lane_fails(spot, None, Reason::Timeout, Heard::default(), now),
                _ => {}
            }
        }
        let is = |other: &Spot| (other.frame, other.step) == (spot.frame, spot.step);
        let calls = self.calls.iter().filter(|(_, waiting)| waiting.iter().any(|ongoing| is(&ongoing.spot)));
        let calls: Vec<CallId> = calls.map(|(id, _)| *id).collect();
        for id in calls {
            while let Some(ongoing) = self.leave(id, |ongoing| is(&ongoing.spot)) {
                self.lose(ongoing.spot, ongoing.passage, Reason::Timeout, now);
            }
        }
        let Some(frame) = self.frames.get(spot.frame) else { return };
        let of_step = |at: &usize| self.frames[*at].parent.spot().is_some_and(|inner| is(&inner));
        let inner: Vec<usize> = frame.inner.iter().copied().filter(of_step).collect();
        for at in inner {
            self.stop_frame(at, &Reason::Timeout);
        }
    }
}
