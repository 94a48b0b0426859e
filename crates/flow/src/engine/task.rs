//! A step under way, from its beginning to the word that its run is told.

use std::sync::Arc;
use std::time::Duration;

use super::each::{Elements, Keys};
use super::judge::Heard;
use super::timer::Timer;
use super::{Came, Engine, Failure, Reason};
use crate::document::{Body, Output, Parameter, Step};
use crate::extension::{Branch, Callee, Fallback, Kind};
use crate::program::{Act, Compiled};
use crate::run::Verdict;
use crate::values::{Element, Exchange, Scope, Values};

/// Where something is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) frame: usize,
    pub(super) step: usize,
    /// The task's number, since a step may be made again.
    pub(super) task: u32,
    pub(super) unit: usize,
    pub(super) lane: Lane,
}

/// Which target it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    /// The step's own.
    Own,
    /// One of its alternatives.
    Branch(usize),
    /// Another step, made before this one is tried again after a time.
    Before(usize, Duration),
    /// What undoes the step.
    Undo,
}

/// A step under way.
#[derive(Debug)]
pub(super) struct Task {
    number: u32,
    pub(super) attempt: u32,
    pub(super) passage: usize,
    /// The elements, where it is made for each of several.
    elements: Option<Elements>,
    /// Why it fails once what is under way has come to its end, and what the element has heard by which it does.
    failing: Option<(Failure, Option<Exchange>, Option<Values>)>,
    /// Its time is over: nothing is tried any more.
    expired: bool,
    /// The next unit to begin.
    next: usize,
    /// Those under way, by their numbers, which rise.
    units: Vec<(usize, Unit)>,
    /// Of each unit, what it gave, for each of its elements.
    results: Vec<Option<Vec<Values>>>,
}

/// One of its units under way.
#[derive(Debug, Default)]
pub(super) struct Unit {
    /// Lanes under way.
    lanes: u32,
    /// How often it was tried.
    pub(super) tries: u32,
    /// How often it was made again by `while`.
    pub(super) rounds: u32,
    /// Lanes begun in this try.
    begun: u32,
    failure: Option<Failure>,
    /// Why the workflow of a lane failed, until that is told.
    inner: Option<Failure>,
    fell_back: bool,
    /// What it is made for, where the step is made for each of several.
    element: Option<Element>,
    /// The keys of the elements that share its call.
    keys: Keys,
}

/// What is written of a target.
pub(super) struct Parts<'p> {
    pub(super) act: &'p Act,
    pub(super) parameters: &'p [Parameter],
    pub(super) body: Option<&'p Body>,
    /// Outputs beside those of the step.
    pub(super) outputs: &'p [Output],
    pub(super) kind: Option<&'p Kind>,
}

// === impl Task ===

impl Task {
    /// Of a unit: its rounds, its tries, and the lanes begun in this try.
    pub(super) fn counts(&self, unit: usize) -> (u32, u32, u32) {
        self.unit(unit).map(|unit| (unit.rounds, unit.tries, unit.begun)).unwrap_or_default()
    }

    fn unit(&self, number: usize) -> Option<&Unit> {
        let at = self.units.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        self.units.get(at).map(|(_, unit)| unit)
    }

    fn unit_mut(&mut self, number: usize) -> Option<&mut Unit> {
        let at = self.units.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        self.units.get_mut(at).map(|(_, unit)| unit)
    }

    /// A unit has come out.
    fn leave(&mut self, number: usize) -> Option<Unit> {
        let at = self.units.binary_search_by_key(&number, |(number, _)| *number).ok()?;
        Some(self.units.remove(at).1)
    }

    /// Its time is over, and this is why it fails, where it is made for each of several.
    pub(super) fn expire(&mut self, failure: Failure) {
        self.expired = true;
        if self.elements.is_some() {
            self.failing.get_or_insert((failure, None, None));
        }
    }
}

// === impl Unit ===

impl Unit {
    /// The workflow that a lane ran has failed, for this reason.
    pub(super) fn inner_failed(&mut self, failure: Failure) {
        self.inner = Some(failure);
    }

    pub(super) fn inner(&mut self) -> Option<Failure> {
        self.inner.take()
    }

    /// Whether a lane may be added beside those under way, where so many are begun in all.
    pub(super) fn takes_more(&self, most: u32) -> bool {
        self.lanes > 0 && !self.fell_back && self.begun < most
    }

    /// It came out well, and is made again.
    pub(super) fn made_again(&mut self) {
        (self.lanes, self.tries) = (0, 0);
    }
}

// === impl Parts ===

impl<'p> Parts<'p> {
    /// What is written of the target of a lane.
    pub(super) fn of(compiled: &'p Compiled, step: usize, lane: Lane) -> Option<Self> {
        match lane {
            Lane::Own => Self::own(compiled, step),
            Lane::Before(acting, _) => Self::own(compiled, acting),
            Lane::Branch(at) => {
                let branch = compiled.workflow.steps.get(step)?.weir.alternatives().nth(at)?;
                Some(Self::branch(branch, compiled.alternatives.get(step)?.get(at)?))
            }
            Lane::Undo => {
                let branch = compiled.workflow.steps.get(step)?.weir.compensate.as_deref()?;
                Some(Self::branch(branch, compiled.undoes.get(step)?.as_ref()?))
            }
        }
    }

    fn own(compiled: &'p Compiled, step: usize) -> Option<Self> {
        let written = compiled.workflow.steps.get(step)?;
        Some(Self {
            act: compiled.acts.get(step)?,
            parameters: &written.parameters,
            body: written.body.as_ref(),
            outputs: &[],
            kind: written.weir.kind.as_ref(),
        })
    }

    fn branch(branch: &'p Branch, act: &'p Act) -> Self {
        let kind = if let Callee::Kind(kind) = &branch.callee { Some(kind) } else { None };
        let (parameters, body) = (&*branch.parameters, branch.body.as_ref());
        Self { act, parameters, body, outputs: &branch.outputs, kind }
    }
}

// === impl Spot ===

impl Spot {
    pub(super) fn on(self, lane: Lane) -> Self {
        Self { lane, ..self }
    }

    /// The step whose criteria its answer is judged by.
    pub(super) fn judged(&self) -> usize {
        if let Lane::Before(acting, _) = self.lane { acting } else { self.step }
    }

    fn is_of(&self, other: &Self) -> bool {
        (self.frame, self.step, self.task, self.unit) == (other.frame, other.step, other.task, other.unit)
    }
}

// === impl Engine ===

impl Engine {
    /// Begins a step.
    pub(super) fn start(&mut self, at: usize, step: usize, attempt: u32, now: Duration) {
        let program = Arc::clone(&self.program);
        let compiled = &program.workflows[self.frames[at].workflow];
        let number = self.next;
        self.next += 1;
        let passage = self.note((at, step), None, attempt, now);
        let task = Task {
            number,
            attempt,
            passage,
            elements: None,
            failing: None,
            expired: false,
            next: 0,
            units: Vec::new(),
            results: Vec::new(),
        };
        if let Some(progress) = self.frames[at].steps.get_mut(step) {
            progress.passage = Some(passage);
            progress.task = Some(Box::new(task));
            progress.begun += 1;
        }
        let Some(written) = compiled.workflow.steps.get(step) else { return };
        if !compiled.graph.is_safe(step) {
            self.shares.clear();
        }
        let spot = Spot { frame: at, step, task: number, unit: 0, lane: Lane::Own };
        if let Err(reason) = self.count_start() {
            self.frames[at].run.give_up();
            return self.step_fails(spot, reason, Heard::default(), now);
        }
        if let Some(progress) = self.frames[at].steps.get_mut(step)
            && let Some(deadline) = written.weir.deadline
        {
            // It counts from the first attempt on.
            let until = progress.until.filter(|_| attempt > 1).unwrap_or(now + deadline);
            progress.until = Some(until);
            if until <= now {
                return self.step_fails(spot, Reason::Timeout, Heard::default(), now);
            }
            self.timers.set(until, Timer::Deadline(spot));
        }
        let scope = Scope::of(&self.frames[at].memory);
        match written.weir.when.as_ref().map(|rule| scope.holds(rule)) {
            Some(Ok(false)) => return self.skip(spot, written, now),
            Some(Err(lacking)) => {
                return self.step_fails(
                    spot,
                    Reason::Unclear(lacking.to_string().into()),
                    Heard::default(),
                    now,
                );
            }
            Some(Ok(true)) | None => {}
        }
        match written.weir.delay {
            Some(delay) => drop(self.timers.set(now + delay, Timer::Begin(spot))),
            None => self.begin(spot, written, now),
        }
    }

    /// The step is not made, by its own word: its outputs are null.
    fn skip(&mut self, spot: Spot, written: &Step, now: Duration) {
        let frame = &mut self.frames[spot.frame];
        frame.memory.steps.insert(written.id.clone(), nulls(written));
        if let Some(passage) = frame.passage(spot.step).and_then(|passage| self.trail.get_mut(passage)) {
            (passage.came, passage.ended) = (Came::Skipped, Some(now));
        }
        self.settle_step(spot, Verdict::Succeeded, now);
    }

    pub(super) fn begin(&mut self, spot: Spot, written: &Step, now: Duration) {
        let scope = Scope::of(&self.frames[spot.frame].memory);
        let elements = match written.weir.for_each.as_ref().map(|each| Elements::of(each, &scope)) {
            Some(Ok(elements)) => match self.has_room(&spot, elements.len()) {
                Ok(()) => Some(elements),
                Err(reason) => return self.step_fails(spot, reason, Heard::default(), now),
            },
            Some(Err(reason)) => return self.step_fails(spot, reason, Heard::default(), now),
            None => None,
        };
        let Some(task) = self.task(&spot) else { return };
        task.results = vec![None; elements.as_ref().map_or(0, Elements::len)];
        let unasked = elements.as_ref().map_or(0, Elements::unasked);
        if let Some(each) = written.weir.for_each.as_ref().filter(|_| unasked > 0) {
            task.results.push(super::each::failed(each, written, unasked));
            task.next = task.results.len();
        }
        let each = elements.is_some();
        task.elements = elements;
        if each {
            self.hungry.push(spot);
        } else {
            task.units = vec![(0, Unit::default())];
            self.attempt(spot, now);
        }
    }

    /// Begins as many further elements as may be under way, and ends the step when all have come out.
    pub(super) fn feed(&mut self, spot: Spot, now: Duration) {
        let program = Arc::clone(&self.program);
        let frame = &self.frames[spot.frame];
        let Some(written) = program.workflows[frame.workflow].workflow.steps.get(spot.step) else { return };
        let most = written.weir.for_each.as_ref().map_or(1, |each| each.concurrency as usize);
        let over = frame.run.is_over();
        let spot = Spot { unit: 0, lane: Lane::Own, ..spot };
        let Some(task) = self.task(&spot) else { return };
        let over = over || task.failing.is_some();
        let mut begun = Vec::new();
        while !over && task.units.len() < most && task.next < task.results.len() {
            let unit = task.next;
            task.next += 1;
            let taken = task.elements.as_mut().and_then(|elements| elements.take(unit));
            let (element, keys) = taken.unzip();
            task.units.push((unit, Unit { element, keys: keys.unwrap_or_default(), ..Unit::default() }));
            begun.push(Spot { unit, ..spot });
        }
        let none = task.units.is_empty();
        let whole = none && task.next >= task.results.len();
        if let Some((failure, exchange, outputs)) = task.failing.take_if(|_| none) {
            let heard = Heard { exchange: exchange.as_ref(), outputs: outputs.as_ref() };
            return self.failed(spot, failure, heard, now);
        }
        if whole {
            let results = std::mem::take(&mut task.results);
            let outputs = super::each::joined(written, results.into_iter().flatten().flatten());
            return self.complete(spot, written, outputs, Heard::default(), now);
        }
        if none {
            // The other elements are not begun any more.
            let passage = self.frames[spot.frame].passage(spot.step);
            if let Some(passage) = passage.and_then(|passage| self.trail.get_mut(passage)) {
                passage.cancel(now);
            }
            return self.settle_step(spot, Verdict::Failed, now);
        }
        for spot in begun {
            self.attempt(spot, now);
        }
    }

    /// Tries a unit.
    pub(super) fn attempt(&mut self, spot: Spot, now: Duration) {
        let program = Arc::clone(&self.program);
        let compiled = &program.workflows[self.frames[spot.frame].workflow];
        let Some(written) = compiled.workflow.steps.get(spot.step) else { return };
        let Some(unit) = self.unit(&spot) else { return };
        unit.tries += 1;
        (unit.begun, unit.failure, unit.fell_back) = (0, None, false);
        let weir = &written.weir;
        if let Some(switch) = &weir.switch {
            let scope = self.scope(&spot, None);
            let cases = switch.cases.iter().enumerate();
            let mut found = switch.default.is_some().then_some(switch.cases.len());
            for (at, case) in cases {
                match scope.holds(&case.when) {
                    Ok(true) => {
                        found = Some(at);
                        break;
                    }
                    Ok(false) => {}
                    Err(lacking) => {
                        let reason = Reason::Unclear(lacking.to_string().into());
                        return self.lane_fails(spot, None, reason, Heard::default(), now);
                    }
                }
            }
            return match found {
                Some(at) => self.lane(spot.on(Lane::Branch(at)), now),
                None if !matches!(compiled.acts.get(spot.step), Some(Act::Nothing) | None) => {
                    self.lane(spot, now);
                }
                None if self.task(&spot).is_some_and(|task| task.elements.is_none()) => {
                    self.skip(spot, written, now);
                }
                None => self.unit_gives(spot, vec![nulls(written)], Heard::default(), now),
            };
        }
        if weir.race.is_empty() {
            return self.lane(spot, now);
        }
        let first = weir.switch.as_ref().map_or(0, |switch| switch.branches().count());
        for at in 0..weir.race.len() {
            self.lane(spot.on(Lane::Branch(first + at)), now);
        }
    }

    /// Begins a lane.
    pub(super) fn lane(&mut self, spot: Spot, now: Duration) {
        if let Err(reason) = self.count(&spot) {
            self.frames[spot.frame].run.give_up();
            self.restless.push(spot.frame);
            if let Some(unit) = self.unit(&spot) {
                unit.lanes += 1;
            }
            return self.lane_fails(spot, None, reason, Heard::default(), now);
        }
        let program = Arc::clone(&self.program);
        let compiled = &program.workflows[self.frames[spot.frame].workflow];
        let Some(task) = self.task(&spot) else { return };
        let (passage, attempt, each) = (task.passage, task.attempt, task.elements.is_some());
        let Some(unit) = task.unit_mut(spot.unit) else { return };
        unit.lanes += 1;
        unit.begun += 1;
        let first = unit.begun == 1 && unit.tries == 1 && unit.rounds == 0 && !unit.fell_back && !each;
        let tries = attempt.saturating_sub(1) + unit.tries;
        let passage = if first {
            passage
        } else {
            self.note((spot.frame, spot.step), Some((passage, each.then_some(spot.unit))), tries, now)
        };
        let weir = compiled.workflow.steps.get(spot.step).map(|written| &written.weir);
        let beside = spot.lane == Lane::Own && self.is_repeatable(&spot);
        if let Some(hedge) = weir.and_then(|weir| weir.hedge).filter(|_| beside) {
            self.timers.set(now + hedge.after, Timer::Hedge(spot));
        }
        self.perform(spot, passage, now);
    }

    /// A unit has come out well; its other lanes do not matter any more.
    pub(super) fn unit_gives(&mut self, spot: Spot, gives: Vec<Values>, heard: Heard<'_>, now: Duration) {
        self.stop_lanes(spot, now);
        let program = Arc::clone(&self.program);
        let compiled = &program.workflows[self.frames[spot.frame].workflow];
        let Some(written) = compiled.workflow.steps.get(spot.step) else { return };
        let Some(task) = self.task(&spot) else { return };
        task.leave(spot.unit);
        if task.elements.is_none() {
            let outputs = gives.into_iter().next().unwrap_or_default();
            return self.complete(spot, written, outputs, heard, now);
        }
        if let Some(result) = task.results.get_mut(spot.unit) {
            *result = Some(gives);
        }
        self.hungry.push(spot);
    }

    /// A lane has come out badly; the unit has, when no other is under way and nothing else may be tried.
    pub(super) fn lane_fails(
        &mut self,
        spot: Spot,
        passage: Option<usize>,
        reason: Reason,
        heard: Heard<'_>,
        now: Duration,
    ) {
        let program = Arc::clone(&self.program);
        let compiled = &program.workflows[self.frames[spot.frame].workflow];
        let Some(written) = compiled.workflow.steps.get(spot.step) else { return };
        let passage = passage.or_else(|| self.task(&spot).map(|task| task.passage));
        let failure = self.failure(&spot, passage, reason, heard.exchange);
        let Some(unit) = self.unit(&spot) else { return };
        unit.lanes = unit.lanes.saturating_sub(1);
        let failure = unit.failure.get_or_insert(failure).clone();
        if unit.lanes > 0 {
            return;
        }
        let (tries, fell_back) = (unit.tries, unit.fell_back);
        let stopped = self.frames[spot.frame].run.is_over();
        let over = stopped || self.task(&spot).is_some_and(|task| task.expired);
        let again = !over && !fell_back && self.is_repeatable(&spot);
        if let Some(retry) = written.weir.retry.as_ref().filter(|_| again)
            && tries < retry.attempts
            && retry.on.iter().any(|cause| failure.is_by(*cause))
        {
            let most = retry.backoff.saturating_mul(1 << (tries - 1).min(20)).min(retry.max_backoff);
            let pause = super::judge::retry_after(heard.exchange).unwrap_or_else(|| self.timers.drawn(most));
            if !self.is_late(&spot, now + pause) {
                self.timers.drop_unit(&spot);
                self.timers.set(now + pause, Timer::Again(spot.on(Lane::Own)));
                return;
            }
        }
        // What takes no time is not too late.
        let may =
            |fallback: &Fallback| !fell_back && if fallback.branch().is_some() { !over } else { !stopped };
        if let Some(fallback) = written.weir.fallback.as_ref().filter(|fallback| may(fallback)) {
            return self.fall_back(spot, written, fallback, now);
        }
        self.unit_fails(spot, written, failure, heard, now);
    }

    fn fall_back(&mut self, spot: Spot, written: &Step, fallback: &Fallback, now: Duration) {
        if let Some(unit) = self.unit(&spot) {
            unit.fell_back = true;
        }
        match fallback {
            Fallback::Branch(_) => {
                let last = written.weir.alternatives().count().saturating_sub(1);
                self.lane(spot.on(Lane::Branch(last)), now);
            }
            Fallback::Outputs(named) => match self.scope(&spot, None).named_values(named) {
                Ok(values) => {
                    let mut outputs = nulls(written);
                    outputs.extend(values);
                    self.unit_gives(spot, vec![outputs], Heard::default(), now);
                }
                Err(lacking) => {
                    self.lane_fails(
                        spot,
                        None,
                        Reason::Unclear(lacking.to_string().into()),
                        Heard::default(),
                        now,
                    );
                }
            },
        }
    }

    fn unit_fails(&mut self, spot: Spot, written: &Step, failure: Failure, heard: Heard<'_>, now: Duration) {
        self.timers.drop_unit(&spot);
        let Some(task) = self.task(&spot) else { return };
        let element = task.leave(spot.unit).and_then(|unit| unit.element);
        let each = written.weir.for_each.as_ref();
        let count = each.map_or(1, |each| super::each::members(each, element.as_ref()));
        let Some(gives) = each.and_then(|each| super::each::failed(each, written, count)) else {
            // The others do not matter any more, but for those that change something: they come to their end.
            if self.is_safe(&spot) {
                self.stop_task(spot.frame, spot.step, now);
            } else if let Some(task) = self.task(&spot).filter(|task| task.elements.is_some()) {
                task.failing
                    .get_or_insert_with(|| (failure, heard.exchange.cloned(), heard.outputs.cloned()));
                self.hungry.push(spot);
                return;
            }
            return self.failed(spot, failure, heard, now);
        };
        if let Some(result) = self.task(&spot).and_then(|task| task.results.get_mut(spot.unit)) {
            *result = Some(gives);
        }
        self.hungry.push(spot);
    }

    /// Whether a spot is under way still.
    pub(super) fn is_there(&self, spot: &Spot) -> bool {
        let Some(frame) = self.frames.get(spot.frame) else { return false };
        match spot.lane {
            Lane::Undo => frame.undoing.is_some(),
            _ => frame.task(spot.step).is_some_and(|task| task.number == spot.task),
        }
    }

    /// The task of a spot, if it is under way still.
    pub(super) fn task(&mut self, spot: &Spot) -> Option<&mut Task> {
        let task = self.frames.get_mut(spot.frame)?.steps.get_mut(spot.step)?.task.as_deref_mut()?;
        (task.number == spot.task).then_some(task)
    }

    pub(super) fn unit(&mut self, spot: &Spot) -> Option<&mut Unit> {
        self.task(spot)?.unit_mut(spot.unit)
    }

    /// What can be named at a spot.
    pub(super) fn scope<'s>(&'s self, spot: &Spot, exchange: Option<&'s Exchange>) -> Scope<'s> {
        let frame = &self.frames[spot.frame];
        let task = frame.task(spot.step).filter(|task| task.number == spot.task);
        let element = task.and_then(|task| task.unit(spot.unit)?.element.as_ref());
        Scope { exchange, element, ..Scope::of(&frame.memory) }
    }

    /// The keys of the elements that share a spot's call.
    pub(super) fn keys(&self, spot: &Spot) -> Option<&Keys> {
        let task = self.frames[spot.frame].task(spot.step).filter(|task| task.number == spot.task)?;
        task.unit(spot.unit).map(|unit| &unit.keys)
    }

    /// Whether what a spot does changes nothing.
    pub(super) fn is_safe(&self, spot: &Spot) -> bool {
        self.program.workflows[self.frames[spot.frame].workflow].graph.is_safe(spot.step)
    }

    /// Gives up the lanes of a unit.
    pub(super) fn stop_lanes(&mut self, spot: Spot, now: Duration) {
        let Some(unit) = self.unit(&spot) else { return };
        if unit.lanes > 1 {
            self.leave_all(|other| other.is_of(&spot), now);
            self.abandon(spot.frame, &|parent| parent.spot().is_some_and(|other| other.is_of(&spot)), now);
        }
        self.timers.drop_unit(&spot);
    }

    /// Gives up all that a step does.
    pub(super) fn stop_task(&mut self, at: usize, step: usize, now: Duration) {
        self.leave_all(|other| (other.frame, other.step) == (at, step), now);
        self.timers.drop_step(at, step);
        self.abandon(at, &|parent| parent.spot().is_some_and(|spot| spot.step == step), now);
    }
}

/// The outputs of a step that was not made.
pub(super) fn nulls(written: &Step) -> Values {
    let names = written.outputs.iter().map(|output| &*output.name).chain(written.weir.outputs());
    names.map(|name| (name.to_owned(), serde_json::Value::Null)).collect()
}
