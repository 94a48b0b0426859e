//! Names of calls that are the same in every run of the same workflow with the same answers: by them a run that is made
//! again from its beginning is given the answers that it had before. Written only where they are asked for.

use super::frame::Parent;
use super::task::{Lane, Parts, Spot};
use super::{Call, Engine};
use crate::extension::Kind;

// === impl Engine ===

impl Engine {
    /// Names a call, where that is asked for, and says whether it may be made again.
    pub(super) fn name(&self, call: Call, spot: &Spot) -> Call {
        if !self.bounds.named {
            return call;
        }
        let once = self.is_taken_once(spot).then(|| self.once_name(spot));
        Call { name: self.lane_name(spot), again: self.is_repeatable(spot), once, ..call }
    }

    /// Whether what a lane does may be done twice: it changes nothing, says so itself, or is taken in once alone.
    pub(super) fn is_repeatable(&self, spot: &Spot) -> bool {
        let compiled = &self.program.workflows[self.frames[spot.frame].workflow];
        let step = if let Lane::Before(acting, _) = spot.lane { acting } else { spot.step };
        let said = compiled.workflow.steps.get(step).is_some_and(|written| written.weir.repeatable);
        said || compiled.graph.is_safe(step) || self.is_taken_once(spot)
    }

    /// Whether a lane's call has an id by which it is taken in once.
    fn is_taken_once(&self, spot: &Spot) -> bool {
        let compiled = &self.program.workflows[self.frames[spot.frame].workflow];
        let kind = Parts::of(compiled, spot.step, spot.lane).and_then(|parts| parts.kind);
        kind.is_some_and(Kind::is_repeatable)
    }

    /// The same for all tries of a lane's call.
    pub(super) fn once_name(&self, spot: &Spot) -> Box<str> {
        let frame = &self.frames[spot.frame];
        let lane = match spot.lane {
            Lane::Own => String::new(),
            Lane::Branch(at) => format!(".b{at}"),
            Lane::Before(..) | Lane::Undo => return self.lane_name(spot),
        };
        let compiled = &self.program.workflows[frame.workflow];
        let own = compiled.workflow.steps.get(spot.step).map_or("", |step| &*step.id);
        let task = frame.task(spot.step);
        let rounds = task.map_or(0, |task| task.counts(spot.unit).0);
        // A step that is tried again is begun again.
        let tries = task.map_or(0, |task| task.attempt.saturating_sub(1));
        let begun = frame.steps.get(spot.step).map_or(0, |progress| progress.begun).saturating_sub(tries);
        format!("{}{own}:{begun}.{}.{rounds}{lane}", frame.name, spot.unit).into()
    }

    /// The name of the next call of a lane: the step, how often it was begun in its frame, the element, the round, the
    /// try, and which lane of the try it is.
    pub(super) fn lane_name(&self, spot: &Spot) -> Box<str> {
        if !self.bounds.named {
            return Box::default();
        }
        let frame = &self.frames[spot.frame];
        if spot.lane == Lane::Undo {
            return frame.undone.clone();
        }
        let compiled = &self.program.workflows[frame.workflow];
        let id = |step: usize| compiled.workflow.steps.get(step).map_or("", |step| &*step.id);
        let begun = frame.steps.get(spot.step).map_or(0, |progress| progress.begun);
        let task = frame.task(spot.step);
        let (rounds, tries, lanes) = task.map(|task| task.counts(spot.unit)).unwrap_or_default();
        let (own, unit) = (id(spot.step), spot.unit);
        let lane = match spot.lane {
            Lane::Own | Lane::Undo => String::new(),
            Lane::Branch(at) => format!(".b{at}"),
            Lane::Before(acting, _) => format!("<{}", id(acting)),
        };
        format!("{}{own}:{begun}.{unit}.{rounds}.{tries}.{lanes}{lane}", frame.name).into()
    }

    /// What stands before the names of a frame's calls.
    pub(super) fn frame_name(&self, workflow: usize, parent: Parent) -> Box<str> {
        if !self.bounds.named {
            return Box::default();
        }
        let id = &self.program.workflows[workflow].workflow.id;
        let before = |frame: usize| &self.frames[frame].name;
        match parent {
            Parent::Caller => Box::default(),
            Parent::Step(spot, _) => format!("{}/", self.lane_name(&spot)).into(),
            Parent::Retry(spot, _) => format!("{}<{id}/", self.lane_name(&spot)).into(),
            Parent::Before(frame) => format!("{}<{id}/", before(frame)).into(),
            Parent::Transfer(frame) => format!("{}>{id}/", before(frame)).into(),
        }
    }
}
