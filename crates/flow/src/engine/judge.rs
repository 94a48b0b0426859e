//! How a lane came out, and what a step does when it has come to its end.

use std::sync::Arc;
use std::time::Duration;

use super::act::inputs;
use super::frame::{Parent, Transfer};
use super::task::{Lane, Parts, Spot, nulls};
use super::timer::Timer;
use super::{Came, Engine, Failure, Ongoing, Passage, Reason};
use crate::document::{Action, Deed, Goal, LONGEST_WAIT, Step, Target, id_of};
use crate::extension::Cause;
use crate::run::Verdict;
use crate::values::{Exchange, Scope, Values, passes};

/// What a lane, or the step by it, has heard: criteria see it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Heard<'h> {
    /// Its exchange, where it has made a call.
    pub(super) exchange: Option<&'h Exchange>,
    /// What the workflow gave that it has run.
    pub(super) outputs: Option<&'h Values>,
}

// === impl Engine ===

impl Engine {
    /// A call was answered.
    pub(super) fn judge_call(&mut self, ongoing: Ongoing, now: Duration) {
        let Ongoing { spot, exchange, passage, .. } = ongoing;
        if !self.is_there(&spot) {
            return self.too_late(passage, now);
        }
        let program = Arc::clone(&self.program);
        let workflow = &program.workflows[self.frames[spot.frame].workflow].workflow;
        let Some(written) = workflow.steps.get(spot.judged()) else { return };
        let status = exchange.answer.as_ref().map_or(0, |answer| answer.status);
        let good = (200..300).contains(&status);
        // Where a proxy could not have an answer from the service, that is why.
        let lost = || exchange.answer.as_deref().and_then(super::reply::lost).map(|lost| Reason::of(&lost));
        let flaw = exchange.answer.as_ref().and_then(|answer| answer.flaw.clone());
        let scope = self.scope(&spot, Some(&exchange));
        let fails = match passes(&written.success, &scope) {
            _ if spot.lane == Lane::Undo => (!good).then(|| lost().unwrap_or(Reason::Status(status))),
            _ if written.success.is_empty() && !good => Some(lost().unwrap_or(Reason::Status(status))),
            Ok(true) => flaw.map(Reason::Unclear),
            Ok(false) => Some(lost().unwrap_or(Reason::Criteria)),
            Err(lacking) => Some(Reason::Unclear(lacking.to_string().into())),
        };
        if let Lane::Before(..) = spot.lane
            && fails.is_none()
        {
            // What was made before another step is tried again gives what it gives, if it went well.
            let outputs = scope.outputs(&written.outputs);
            self.frames[spot.frame].memory.steps.insert(written.id.clone(), outputs);
        }
        match fails {
            None => self.lane_gives(spot, passage, Heard::of(&exchange), now),
            Some(reason) => {
                if self.streams(&spot) {
                    self.streamed = None;
                }
                self.lane_lost(spot, passage, reason, Heard::of(&exchange), now);
            }
        }
    }

    /// The workflow of a lane has come to its end.
    pub(super) fn judge_workflow(
        &mut self,
        (spot, passage): (Spot, usize),
        outputs: &Values,
        failure: Option<Failure>,
        now: Duration,
    ) {
        if !self.is_there(&spot) {
            return self.too_late(passage, now);
        }
        let program = Arc::clone(&self.program);
        let workflow = &program.workflows[self.frames[spot.frame].workflow].workflow;
        let Some(written) = workflow.steps.get(spot.judged()) else { return };
        let scope = Scope { outputs: Some(outputs), ..self.scope(&spot, None) };
        let fails = match (&failure, passes(&written.success, &scope)) {
            (None, _) if spot.lane == Lane::Undo => None,
            (Some(failure), _) => Some(failure.reason.clone()),
            (None, Ok(true)) => None,
            (None, Ok(false)) => Some(Reason::Criteria),
            (None, Err(lacking)) => Some(Reason::Unclear(lacking.to_string().into())),
        };
        if let Some(passage) = self.trail.get_mut(passage) {
            passage.ended = Some(now);
        }
        // What is of no step is of the one that has called the workflow.
        let failure = failure.filter(|failure| !failure.step.is_empty());
        if let (Some(failure), Some(unit)) = (failure, self.unit(&spot)) {
            unit.inner_failed(failure);
        }
        let heard = Heard { exchange: None, outputs: Some(outputs) };
        match fails {
            None => self.lane_gives(spot, passage, heard, now),
            Some(reason) => self.lane_lost(spot, passage, reason, heard, now),
        }
    }

    /// What has come out was given up in the meantime, such as by another that waited for the same answer.
    fn too_late(&mut self, passage: usize, now: Duration) {
        if let Some(passage) = self.trail.get_mut(passage) {
            passage.cancel(now);
        }
    }

    /// A lane has no answer.
    pub(super) fn lose(&mut self, spot: Spot, passage: usize, reason: Reason, now: Duration) {
        if !self.is_there(&spot) {
            return self.too_late(passage, now);
        }
        if let Some(passage) = self.trail.get_mut(passage) {
            passage.ended = Some(now);
        }
        self.lane_lost(spot, passage, reason, Heard::default(), now);
    }

    fn lane_lost(&mut self, spot: Spot, passage: usize, reason: Reason, heard: Heard<'_>, now: Duration) {
        if let Some(noted) = self.trail.get_mut(passage) {
            noted.came = Came::Failed;
        }
        match spot.lane {
            Lane::Before(_, after) => self.again(spot, after, now),
            Lane::Undo => self.not_undone(spot.frame, passage, reason),
            Lane::Own | Lane::Branch(_) => self.lane_fails(spot, Some(passage), reason, heard, now),
        }
    }

    /// A lane has come out well.
    pub(super) fn lane_gives(&mut self, spot: Spot, passage: usize, heard: Heard<'_>, now: Duration) {
        let Heard { exchange, outputs: given } = heard;
        if let Some(passage) = self.trail.get_mut(passage) {
            passage.came = Came::Good;
            passage.ended.get_or_insert(now);
        }
        match spot.lane {
            Lane::Before(_, after) => return self.again(spot, after, now),
            Lane::Undo => return self.undone(spot.frame),
            Lane::Own | Lane::Branch(_) => {}
        }
        let program = Arc::clone(&self.program);
        let compiled = &program.workflows[self.frames[spot.frame].workflow];
        let Some(written) = compiled.workflow.steps.get(spot.step) else { return };
        let known = self.called(&spot, written, given);
        self.frames[spot.frame].memory.workflows.extend(known);
        let scope = Scope { outputs: given, ..self.scope(&spot, exchange) };
        match written.weir.repeat.as_ref().map(|repeat| (repeat, scope.holds(&repeat.condition))) {
            Some((repeat, Ok(true))) => {
                let heard = Heard { exchange: None, ..heard };
                return self.repeat(spot, passage, (repeat.max, repeat.delay), heard, now);
            }
            Some((_, Err(lacking))) => {
                return self.lane_fails(
                    spot,
                    Some(passage),
                    Reason::Unclear(lacking.to_string().into()),
                    heard,
                    now,
                );
            }
            Some((_, Ok(false))) | None => {}
        }
        let more = Parts::of(compiled, spot.step, spot.lane).map_or(&[][..], |parts| parts.outputs);
        let outputs = |scope: &Scope<'_>| {
            let mut outputs = scope.outputs(&written.outputs);
            outputs.extend(scope.outputs(more));
            for name in written.weir.outputs().filter(|name| !outputs.contains_key(*name)).collect::<Vec<_>>()
            {
                outputs.insert(name.to_owned(), serde_json::Value::Null);
            }
            outputs
        };
        let parted = match written.weir.for_each.as_ref().zip(self.keys(&spot)) {
            Some(keyed) => super::each::parted(keyed, &scope, &nulls(written), outputs),
            None => Ok(None),
        };
        let gives = match parted {
            Ok(parted) => parted.unwrap_or_else(|| vec![outputs(&scope)]),
            Err(reason) => return self.lane_fails(spot, Some(passage), reason, heard, now),
        };
        let undo = self.undo_of(&spot, written, exchange, given);
        self.frames[spot.frame].undos.extend(undo);
        self.unit_gives(spot, gives, heard, now);
    }

    /// What is known of a workflow that a step has called.
    fn called(
        &self,
        spot: &Spot,
        written: &Step,
        given: Option<&Values>,
    ) -> Option<(Box<str>, (Values, Values))> {
        let (Target::Workflow(name), Some(given)) = (&written.target, given) else { return None };
        let inputs = inputs(&written.parameters, &self.scope(spot, None)).unwrap_or_default();
        Some((id_of(name).into(), (inputs, given.clone())))
    }

    /// A step's condition to be made again holds.
    fn repeat(
        &mut self,
        spot: Spot,
        passage: usize,
        (max, delay): (u32, Duration),
        heard: Heard<'_>,
        now: Duration,
    ) {
        let Some(unit) = self.unit(&spot) else { return };
        unit.rounds += 1;
        if unit.rounds >= max {
            let why = format!("it was made {max} times, and the condition to make it again holds still");
            return self.lane_fails(spot, Some(passage), Reason::Bound(why.into()), heard, now);
        }
        // What raced it does not matter any more.
        self.stop_lanes(spot, now);
        if let Some(unit) = self.unit(&spot) {
            unit.made_again();
        }
        self.timers.set(now + delay, Timer::Again(spot.on(Lane::Own)));
    }

    /// A step has come out well, and gives this.
    pub(super) fn complete(
        &mut self,
        spot: Spot,
        written: &Step,
        outputs: Values,
        heard: Heard<'_>,
        now: Duration,
    ) {
        let passage = self.frames[spot.frame].passage(spot.step);
        if let Some(passage) = passage.and_then(|passage| self.trail.get_mut(passage)) {
            passage.came = Came::Good;
            passage.ended.get_or_insert(now);
        }
        self.frames[spot.frame].memory.steps.insert(written.id.clone(), outputs);
        for one in &written.weir.transform {
            let scope = Scope { element: None, ..self.scope(&spot, heard.exchange) };
            match scope.formula(&one.value) {
                Ok(value) => {
                    let own = self.frames[spot.frame].memory.steps.entry(written.id.clone()).or_default();
                    own.insert(one.name.to_string(), value);
                }
                Err(lacking) => {
                    let reason = Reason::Unclear(lacking.to_string().into());
                    return self.step_fails(spot, reason, heard, now);
                }
            }
        }
        let verdict = match self.action(&spot, heard, &written.on_success).map(|action| &action.deed) {
            None | Some(Deed::Retry { .. }) => Verdict::Succeeded,
            Some(Deed::End) => Verdict::End,
            Some(Deed::Goto(goal)) => self.goes(&spot, heard.exchange, goal),
        };
        self.settle_step(spot, verdict, now);
    }

    /// A step has failed before anything was called.
    pub(super) fn step_fails(&mut self, spot: Spot, reason: Reason, heard: Heard<'_>, now: Duration) {
        let passage = self.frames[spot.frame].passage(spot.step);
        let failure = self.failure(&spot, passage, reason, heard.exchange);
        self.failed(spot, failure, heard, now);
    }

    /// A step has failed.
    pub(super) fn failed(&mut self, spot: Spot, failure: Failure, heard: Heard<'_>, now: Duration) {
        let program = Arc::clone(&self.program);
        let workflow = &program.workflows[self.frames[spot.frame].workflow].workflow;
        let Some(written) = workflow.steps.get(spot.step) else { return };
        let passage = self.frames[spot.frame].passage(spot.step);
        if let Some(passage) = passage.and_then(|passage| self.trail.get_mut(passage)) {
            passage.came = Came::Failed;
            passage.ended.get_or_insert(now);
        }
        let retries = self.frames[spot.frame].steps.get(spot.step).map_or(0, |progress| progress.retries);
        // A retry that has been made as often as it may be leaves the word to the actions behind it.
        let is_late = |deed: &Deed| match deed {
            Deed::Retry { after, .. } => {
                self.is_late(&spot, now + retry_after(heard.exchange).unwrap_or(*after))
            }
            _ => false,
        };
        let exhausted = |deed: &Deed| is_exhausted(deed, retries) || is_late(deed);
        let left = written.on_failure.iter().filter(|action| !exhausted(&action.deed));
        let verdict = match self.action(&spot, heard, left).map(|action| &action.deed) {
            Some(Deed::End) => Verdict::End,
            Some(Deed::Goto(goal)) => self.goes(&spot, heard.exchange, goal),
            Some(Deed::Retry { after, first, .. }) => {
                if let Some(progress) = self.frames[spot.frame].steps.get_mut(spot.step) {
                    progress.retries += 1;
                }
                let after = retry_after(heard.exchange).unwrap_or(*after);
                if let Some(goal) = first {
                    return self.before_retry(spot, heard.exchange, goal, after, now);
                }
                Verdict::Again(after)
            }
            None => self.without(&spot, written, failure),
        };
        self.settle_step(spot, verdict, now);
    }

    /// Goes on without a step, if it may be missing.
    fn without(&mut self, spot: &Spot, written: &Step, failure: Failure) -> Verdict {
        let default = written.weir.optional.as_ref().map(|optional| &optional.default);
        let given = default.map(|default| Scope::of(&self.frames[spot.frame].memory).named_values(default));
        let frame = &mut self.frames[spot.frame];
        let Some(Ok(given)) = given else {
            frame.failure.get_or_insert(failure);
            return Verdict::Failed;
        };
        let mut outputs = nulls(written);
        outputs.extend(given);
        frame.memory.steps.insert(written.id.clone(), outputs);
        frame.absent.push(failure);
        Verdict::Succeeded
    }

    /// Lets a step be tried again after a time.
    pub(super) fn again(&mut self, spot: Spot, after: Duration, now: Duration) {
        // Where it is too late there is nothing to wait for.
        let after = if self.is_late(&spot, now) { Duration::ZERO } else { after };
        self.settle_step(spot, Verdict::Again(after), now);
    }

    pub(super) fn settle_step(&mut self, spot: Spot, verdict: Verdict, now: Duration) {
        self.frames[spot.frame].leave(spot.step);
        self.timers.drop_step(spot.frame, spot.step);
        if let Verdict::Again(after) = verdict {
            self.timers.set(now + after, Timer::Wake(spot.frame));
        }
        self.frames[spot.frame].run.settle(spot.step, verdict, now);
        self.restless.push(spot.frame);
        if !self.is_safe(&spot) {
            self.shares.clear();
        }
    }

    /// The first action whose criteria pass.
    fn action<'a>(
        &self,
        spot: &Spot,
        heard: Heard<'_>,
        actions: impl IntoIterator<Item = &'a Action>,
    ) -> Option<&'a Action> {
        let Heard { exchange, outputs } = heard;
        let scope = Scope { exchange, outputs, ..Scope::of(&self.frames[spot.frame].memory) };
        actions.into_iter().find(|action| passes(&action.criteria, &scope).unwrap_or(false))
    }

    /// The way to where an action goes.
    fn goes(&mut self, spot: &Spot, exchange: Option<&Exchange>, goal: &Goal) -> Verdict {
        let program = Arc::clone(&self.program);
        let compiled = &program.workflows[self.frames[spot.frame].workflow];
        let frame = &mut self.frames[spot.frame];
        match goal {
            Goal::Step(id) => match compiled.step(id) {
                Some(to) => {
                    // What is made again may be tried as often again.
                    frame.steps.iter_mut().skip(to).for_each(|progress| progress.retries = 0);
                    Verdict::Goto(to)
                }
                None => Verdict::End,
            },
            Goal::Workflow(name, parameters) => {
                let scope = Scope { exchange, ..Scope::of(&frame.memory) };
                let inputs = inputs(parameters, &scope).unwrap_or_default();
                frame.transfer = Some(Transfer::new(name, inputs));
                Verdict::End
            }
        }
    }

    /// Does what is to be done before a step is tried again.
    fn before_retry(
        &mut self,
        spot: Spot,
        exchange: Option<&Exchange>,
        goal: &Goal,
        after: Duration,
        now: Duration,
    ) {
        let program = Arc::clone(&self.program);
        let compiled = &program.workflows[self.frames[spot.frame].workflow];
        match goal {
            Goal::Step(id) => match compiled.step(id) {
                Some(acting) if acting != spot.step => {
                    let passage = self.note((spot.frame, acting), None, 1, now);
                    self.perform(spot.on(Lane::Before(acting, after)), passage, now);
                }
                _ => self.again(spot, after, now),
            },
            Goal::Workflow(name, parameters) => {
                let scope = Scope { exchange, ..Scope::of(&self.frames[spot.frame].memory) };
                let inputs = inputs(parameters, &scope).unwrap_or_default();
                match compiled.goal(name) {
                    Some(goal) => self.enter(goal, inputs, Parent::Retry(spot, after), now),
                    None => self.again(spot, after, now),
                }
            }
        }
    }

    /// Why a step has failed, with its passage's times.
    pub(super) fn failure(
        &mut self,
        spot: &Spot,
        passage: Option<usize>,
        reason: Reason,
        exchange: Option<&Exchange>,
    ) -> Failure {
        if let Some(inner) = self.unit(spot).and_then(super::task::Unit::inner) {
            return inner;
        }
        let attempts = self.frames[spot.frame].passage(spot.step);
        let attempts =
            attempts.and_then(|passage| self.trail.get(passage)).map_or(1, |passage| passage.attempt);
        let tries = self.unit(spot).map_or(1, |unit| unit.tries.max(1));
        let passage = passage.and_then(|passage| self.trail.get(passage));
        let answer = exchange.and_then(|exchange| exchange.answer.as_ref());
        Failure {
            step: passage.map(|passage| passage.step.clone()).unwrap_or_default(),
            reason,
            status: answer.map(|answer| answer.status),
            lasted: passage.map(Passage::lasted).unwrap_or_default(),
            attempts: attempts + tries - 1,
        }
    }
}

// === impl Heard ===

impl<'h> Heard<'h> {
    pub(super) fn of(exchange: &'h Exchange) -> Self {
        Self { exchange: Some(exchange), outputs: None }
    }
}

// === impl Failure ===

impl Failure {
    /// Whether this is what it failed by.
    pub(super) fn is_by(&self, cause: Cause) -> bool {
        match cause {
            Cause::Status(status) => self.status == Some(status),
            Cause::Class(class) => self.status.is_some_and(|status| status / 100 == u16::from(class)),
            Cause::Timeout => self.reason == Reason::Timeout,
            Cause::Connect => matches!(self.reason, Reason::Unreachable(_)),
        }
    }
}

fn is_exhausted(deed: &Deed, retries: u32) -> bool {
    matches!(deed, Deed::Retry { limit, .. } if retries >= *limit)
}

/// After how long the answer wants the step to be tried again (RFC 9110 §10.2.3). A date is not looked at: there is no
/// clock here.
pub(super) fn retry_after(exchange: Option<&Exchange>) -> Option<Duration> {
    let value = exchange?.answer.as_ref()?.headers.get("retry-after")?;
    value.trim().parse().ok().map(Duration::from_secs).map(|after| after.min(LONGEST_WAIT))
}
