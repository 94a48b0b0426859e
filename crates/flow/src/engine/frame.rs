//! A workflow under way.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use super::join::Shared;
use super::task::{Lane, Spot, Task};
use super::timer::Timer;
use super::undo::Undo;
use super::{Ended, Engine, Failure, Reason, Shaped};
use crate::document::{Workflow, id_of};
use crate::run::{Command, Outcome, Run};
use crate::values::{Memory, Scope, Values};

/// A workflow under way.
#[derive(Debug, Default)]
pub(super) struct Frame {
    /// Its number in the program.
    pub(super) workflow: usize,
    pub(super) parent: Parent,
    /// The frames within it.
    pub(super) inner: BTreeSet<usize>,
    pub(super) run: Run,
    pub(super) memory: Memory,
    /// How far its steps have come.
    pub(super) steps: Vec<Progress>,
    /// What undoes what was done, in the order in which it was done.
    pub(super) undos: Vec<Undo>,
    /// Why it has failed, while what it has done is undone.
    pub(super) undoing: Option<Failure>,
    /// Why optional steps are missing.
    pub(super) absent: Vec<Failure>,
    /// Why what was done could not be undone.
    pub(super) stuck: Vec<Failure>,
    /// What stands before the names of its calls.
    pub(super) name: Box<str>,
    /// The name of what is being undone.
    pub(super) undone: Box<str>,
    /// Why the first step that failed did.
    pub(super) failure: Option<Failure>,
    /// Why it was given up.
    stopped: Option<Reason>,
    /// The workflow that it goes to when its steps have come to their end.
    pub(super) transfer: Option<Transfer>,
    /// How many workflows must be complete before its steps begin.
    awaits: usize,
    depth: usize,
    /// The calls that were made in it and within it; counted where it says how many may be.
    pub(super) calls: u32,
    /// The longest answer that is taken in it and within it, in bytes.
    pub(super) max_body: Option<u64>,
    /// What it was given and has given so far, where it shares its graph with the workflow that runs it.
    pub(super) shared: Option<Box<Shared>>,
    /// Of each fact that a workflow within it has told, the passages of the steps by which it knows.
    pub(super) sources: HashMap<usize, Vec<usize>>,
}

/// How far a step has come.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// What it does now.
    pub(super) task: Option<Box<Task>>,
    /// Its last passage.
    pub(super) passage: Option<usize>,
    /// How often it was begun.
    pub(super) begun: u32,
    /// How often it was tried again.
    pub(super) retries: u32,
    /// When its time is over, with all attempts.
    pub(super) until: Option<Duration>,
    /// The workflow that it runs and shares the graph with, once that has begun.
    pub(super) shared: Option<usize>,
}

/// A way from one workflow to another.
#[derive(Debug)]
pub(super) struct Transfer {
    /// The workflow, as it is written.
    pub(super) to: Box<str>,
    pub(super) inputs: Values,
    gone: bool,
}

/// Who gets what comes out of a workflow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Parent {
    /// The run's caller.
    #[default]
    Caller,
    /// A lane of a step, with its passage.
    Step(Spot, usize),
    /// A frame that waits for it before its steps begin.
    Before(usize),
    /// A frame that has gone to it.
    Transfer(usize),
    /// A step that is tried again after this time.
    Retry(Spot, Duration),
}

// === impl Engine ===

impl Engine {
    /// Whether a workflow may run anew: what its calls were answered before is not what they are answered now.
    fn is_anew(&mut self, parent: Parent) -> bool {
        match parent {
            Parent::Retry(..) | Parent::Transfer(_) => true,
            Parent::Step(spot, _) => self.is_again(&spot),
            Parent::Caller | Parent::Before(_) => false,
        }
    }

    /// Begins a workflow; whoever knows its inputs tells it.
    pub(super) fn open(&mut self, workflow: usize, inputs: Values, parent: Parent, now: Duration) -> usize {
        let program = Arc::clone(&self.program);
        let compiled = &program.workflows[workflow];
        if self.is_anew(parent) {
            self.shares.clear();
        }
        let depth = parent.frame().map_or(0, |frame| self.frames[frame].depth + 1);
        let max_body = parent.frame().and_then(|frame| self.frames[frame].max_body);
        let concurrency = compiled.workflow.weir.concurrency.unwrap_or(self.bounds.concurrency);
        let at = self.frames.open(Frame {
            workflow,
            parent,
            run: Run::new(Arc::clone(&compiled.graph), concurrency),
            memory: Memory {
                began: self.bounds.began,
                inputs,
                ground: Some(Arc::clone(&compiled.ground)),
                ..Memory::default()
            },
            steps: (0..compiled.graph.len()).map(|_| Progress::default()).collect(),
            name: self.frame_name(workflow, parent),
            awaits: compiled.before.len(),
            depth,
            max_body: max_body.into_iter().chain(compiled.workflow.weir.max_body).min(),
            ..Frame::default()
        });
        if let Some(patience) = self.patience(compiled, parent) {
            self.timers.set(now + patience, Timer::Frame(at));
        }
        self.restless.push(at);
        if depth > self.bounds.depth {
            let why = format!("workflows run more than {} deep within each other", self.bounds.depth);
            self.frames[at].awaits = 0;
            self.stop(Reason::Bound(why.into()));
        }
        if let Some(reason) = self.given_up.clone().filter(|_| !self.undoes(at)) {
            self.frames[at].awaits = 0;
            self.stop_frame(at, &reason);
            return at;
        }
        for before in &compiled.before {
            if self.frames[at].run.is_over() {
                self.frames[at].awaits = self.frames[at].awaits.saturating_sub(1);
                continue;
            }
            let inputs = self.frames[at].memory.inputs.clone();
            self.enter(*before, inputs, Parent::Before(at), now);
        }
        at
    }

    /// Gives up a workflow and those within it, for this reason. One that undoes what it has done goes on.
    pub(super) fn stop_frame(&mut self, at: usize, reason: &Reason) {
        let Some(frame) = self.frames.get_mut(at) else { return };
        if frame.undoing.is_some() || frame.stopped.is_some() {
            return;
        }
        frame.stopped = Some(reason.clone());
        frame.run.give_up();
        self.restless.push(at);
        let inner: Vec<usize> = frame.inner.iter().copied().collect();
        for at in inner {
            self.stop_frame(at, reason);
        }
    }

    /// Whether a frame is there to undo something, or within one that is.
    pub(super) fn undoes(&self, at: usize) -> bool {
        let mut at = Some(at);
        while let Some(frame) = at.and_then(|at| self.frames.get(at)) {
            if frame.parent.spot().is_some_and(|spot| spot.lane == Lane::Undo) {
                return true;
            }
            at = frame.parent.frame();
        }
        false
    }

    /// A workflow does not take its inputs, and does not begin.
    pub(super) fn refuse(&mut self, parent: Parent, reason: Reason, now: Duration) {
        match parent {
            Parent::Step(spot, passage) => self.lose(spot, passage, reason, now),
            Parent::Retry(spot, after) => self.again(spot, after, now),
            Parent::Caller => {
                let failure = Some(Failure::whole(reason));
                let (answer, absent, stuck) = (None, Vec::new(), Vec::new());
                self.ended = Some(Ended { outputs: Values::new(), answer, absent, stuck, failure, at: now });
            }
            Parent::Before(frame) => {
                self.frames[frame].awaits = self.frames[frame].awaits.saturating_sub(1);
                self.before_failed(frame, Failure::whole(reason));
            }
            Parent::Transfer(frame) => self.fall(frame, Failure::whole(reason), now),
        }
    }

    fn before_failed(&mut self, frame: usize, failure: Failure) {
        self.frames[frame].failure.get_or_insert(failure);
        // The others that it waits for need not go on, and it waits for their end.
        let others: Vec<usize> = self.frames[frame].inner.iter().copied().collect();
        for at in [frame].into_iter().chain(others) {
            self.frames[at].run.give_up();
            self.restless.push(at);
        }
    }

    /// Does what a frame has to do now.
    pub(super) fn drive(&mut self, at: usize, now: Duration) {
        let Some(frame) = self.frames.get(at) else { return };
        if frame.undoing.is_some() || frame.awaits > 0 {
            return;
        }
        loop {
            let commands = self.frames[at].run.commands(now);
            if commands.is_empty() {
                break;
            }
            for command in commands {
                match command {
                    Command::Start(step, attempt) => self.start(at, step, attempt, now),
                    Command::Cancel(step) => self.cancel(at, step, now),
                    Command::Reached(fact) => self.reached(at, fact, now),
                }
            }
        }
        if self.frames[at].run.is_over() {
            // What would begin later does not.
            for timer in self.timers.begins_of(at) {
                self.rings(timer, now);
            }
        }
        if let Some(outcome) = self.frames[at].run.outcome() {
            self.settle(at, outcome, now);
        }
    }

    /// A frame's steps have come to their end.
    fn settle(&mut self, at: usize, outcome: Outcome, now: Duration) {
        let program = Arc::clone(&self.program);
        let frame = &mut self.frames[at];
        // It waits for where it went to, also where that is given up.
        if frame.transfer.as_ref().is_some_and(|transfer| transfer.gone) {
            return;
        }
        if let Some(transfer) = &mut frame.transfer
            && outcome == Outcome::Complete
        {
            transfer.gone = true;
            let inputs = transfer.inputs.clone();
            if let Some(goal) = program.workflows[frame.workflow].goal(&transfer.to) {
                return self.enter(goal, inputs, Parent::Transfer(at), now);
            }
        }
        let failure = match outcome {
            Outcome::Complete => None,
            Outcome::Failed(_) => frame.failure.take(),
            Outcome::GivenUp => {
                let reason = frame.stopped.clone().unwrap_or(Reason::GivenUp);
                Some(frame.failure.take().unwrap_or_else(|| Failure::whole(reason)))
            }
        };
        match failure {
            None => self.close(at, None, now),
            Some(failure) => self.fall(at, failure, now),
        }
    }

    /// A frame has failed: what it has done is undone, where the steps say how.
    fn fall(&mut self, at: usize, failure: Failure, now: Duration) {
        if self.frames.get(at).is_some_and(|frame| frame.undoing.is_none()) {
            self.undo(at, failure, now);
        }
    }

    /// Ends a frame, and tells who waits for it.
    pub(super) fn close(&mut self, at: usize, failure: Option<Failure>, now: Duration) {
        let (mut outputs, mut answer) = (Values::new(), None);
        if failure.is_none() {
            match self.result(at) {
                Ok(result) => (outputs, answer) = result,
                // What it has done is undone.
                Err(reason) => return self.fall(at, Failure::whole(reason), now),
            }
        }
        let program = Arc::clone(&self.program);
        let Some(frame) = self.frames.close(at) else { return };
        self.timers.drop_frame(at);
        let Frame { workflow, parent, memory, undos, absent, stuck, .. } = *frame;
        if let Some(outer) = parent.frame() {
            // What it has done is undone if the outer one fails.
            self.frames[outer].undos.extend(undos);
            self.frames[outer].absent.extend(absent);
            self.frames[outer].stuck.extend(stuck);
            let id = &program.workflows[workflow].workflow.id;
            return self.tell(parent, (id, memory.inputs), outputs, failure, now);
        }
        self.ended = Some(Ended { outputs, answer, absent, stuck, failure, at: now });
    }

    /// What a frame gives, and what it answers, if the run's caller waits for it.
    fn result(&self, at: usize) -> Result<(Values, Option<Shaped>), Reason> {
        let Some(frame) = self.frames.get(at) else { return Ok((Values::new(), None)) };
        let compiled = &self.program.workflows[frame.workflow];
        let outputs = frame.outputs(&compiled.workflow);
        let called = frame.parent.frame().is_none();
        let answer = called.then(|| self.shape(compiled, &frame.memory, &outputs)).transpose()?;
        Ok((outputs, answer))
    }

    /// Tells what came out of a workflow to whoever waits for it.
    fn tell(
        &mut self,
        parent: Parent,
        (id, inputs): (&str, Values),
        outputs: Values,
        failure: Option<Failure>,
        now: Duration,
    ) {
        match parent {
            Parent::Caller => {}
            Parent::Step(spot, passage) => self.judge_workflow((spot, passage), &outputs, failure, now),
            Parent::Retry(spot, after) => {
                if failure.is_none() {
                    self.frames[spot.frame].memory.workflows.insert(id.into(), (inputs, outputs));
                }
                self.again(spot, after, now);
            }
            Parent::Before(frame) => {
                let waiting = &mut self.frames[frame];
                waiting.awaits = waiting.awaits.saturating_sub(1);
                waiting.memory.workflows.insert(id.into(), (inputs, outputs));
                self.restless.push(frame);
                if let Some(failure) = failure {
                    self.before_failed(frame, failure);
                }
            }
            Parent::Transfer(frame) => {
                let from = &mut self.frames[frame];
                if from.transfer.is_some() {
                    from.memory.workflows.insert(id.into(), (inputs, outputs));
                }
                match failure {
                    None => self.close(frame, None, now),
                    Some(failure) => self.fall(frame, failure, now),
                }
            }
        }
    }

    /// Gives up what a step does.
    fn cancel(&mut self, at: usize, step: usize, now: Duration) {
        if self.frames[at].task(step).is_some() {
            self.stop_task(at, step, now);
            self.frames[at].leave(step);
        }
        if let Some(passage) = self.frames[at].passage(step).and_then(|passage| self.trail.get_mut(passage)) {
            passage.cancel(now);
        }
    }

    /// Gives up frames within one that only read, and those within them.
    pub(super) fn abandon(&mut self, outer: usize, which: &dyn Fn(Parent) -> bool, now: Duration) {
        let inner = self.frames[outer].inner.iter().copied();
        let inner: Vec<usize> = inner.filter(|at| which(self.frames[*at].parent)).collect();
        for at in inner {
            (0..self.frames[at].steps.len()).for_each(|step| self.cancel(at, step, now));
            self.abandon(at, &|_| true, now);
            // It may be undoing what it has done.
            self.leave_all(|spot| spot.frame == at, now);
            self.timers.drop_frame(at);
            // What it has done all the same is undone if the outer one fails.
            let Some(frame) = self.frames.close(at) else { continue };
            let passage = frame.parent.passage().and_then(|passage| self.trail.get_mut(passage));
            if let Some(passage) = passage {
                passage.cancel(now);
            }
            self.frames[outer].undos.extend(frame.undos);
        }
    }
}

// === impl Frame ===

impl Frame {
    /// What it gives; where it has gone to another workflow and says nothing itself, what that one gives.
    fn outputs(&self, workflow: &Workflow) -> Values {
        match &self.transfer {
            Some(Transfer { to, .. }) if workflow.outputs.is_empty() => {
                self.memory.workflows.get(id_of(to)).map(|(_, outputs)| outputs.clone()).unwrap_or_default()
            }
            _ => Scope::of(&self.memory).outputs(&workflow.outputs),
        }
    }

    /// What a step does now.
    pub(super) fn task(&self, step: usize) -> Option<&Task> {
        self.steps.get(step)?.task.as_deref()
    }

    /// A step does nothing any more.
    pub(super) fn leave(&mut self, step: usize) {
        if let Some(progress) = self.steps.get_mut(step) {
            progress.task = None;
        }
    }

    /// A step's last passage.
    pub(super) fn passage(&self, step: usize) -> Option<usize> {
        self.steps.get(step)?.passage
    }

    /// Its steps are under way: it waits for no workflow before them, and nothing is undone.
    pub(super) fn is_under_way(&self) -> bool {
        self.awaits == 0 && self.undoing.is_none()
    }
}

// === impl Transfer ===

impl Transfer {
    pub(super) fn new(to: &str, inputs: Values) -> Self {
        Self { to: to.into(), inputs, gone: false }
    }
}

// === impl Parent ===

impl Parent {
    pub(super) fn frame(self) -> Option<usize> {
        match self {
            Self::Caller => None,
            Self::Before(frame) | Self::Transfer(frame) => Some(frame),
            Self::Step(spot, _) | Self::Retry(spot, _) => Some(spot.frame),
        }
    }

    pub(super) fn spot(self) -> Option<Spot> {
        match self {
            Self::Step(spot, _) | Self::Retry(spot, _) => Some(spot),
            _ => None,
        }
    }

    /// The passage within which it is.
    pub(super) fn passage(self) -> Option<usize> {
        if let Self::Step(_, passage) = self { Some(passage) } else { None }
    }
}
