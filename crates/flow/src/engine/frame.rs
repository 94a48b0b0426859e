//! A workflow under way.

use std::sync::Arc;
use std::time::Duration;

use super::{Ended, Engine, Failure, Order, Reason};
use crate::run::{Command, Outcome, Run};
use crate::values::{Memory, Scope, Values};

/// A workflow under way.
#[derive(Debug)]
pub(super) struct Frame {
    /// Its number in the program.
    pub(super) workflow: usize,
    pub(super) parent: Parent,
    pub(super) run: Run,
    pub(super) memory: Memory,
    /// Of each step, its last passage.
    pub(super) passages: Vec<Option<usize>>,
    /// Of each step, how often it was tried again.
    pub(super) retries: Vec<u32>,
    /// Why the first step that failed did.
    pub(super) failure: Option<Failure>,
    /// The workflow that it goes to when its steps have come to their end.
    pub(super) transfer: Option<Transfer>,
    /// How many workflows must be complete before its steps begin.
    awaits: usize,
    depth: usize,
    pub(super) open: bool,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parent {
    /// The run's caller.
    Caller,
    /// A step of another frame.
    Step(usize, usize),
    /// A frame that waits for it before its steps begin.
    Before(usize),
    /// A frame that has gone to it.
    Transfer(usize),
    /// A step of another frame, that is tried again after this time.
    Retry(usize, usize, Duration),
}

// === impl Engine ===

impl Engine {
    /// Begins a workflow.
    pub(super) fn open(&mut self, workflow: usize, inputs: Values, parent: Parent) {
        let program = Arc::clone(&self.program);
        let compiled = &program.workflows[workflow];
        let depth = parent.frame().map_or(0, |frame| self.frames[frame].depth + 1);
        let at = self.frames.len();
        let count = compiled.graph.len();
        self.frames.push(Frame {
            workflow,
            parent,
            run: Run::new(Arc::clone(&compiled.graph), self.bounds.concurrency),
            memory: Memory { inputs, own: compiled.own.clone(), ..Memory::default() },
            passages: vec![None; count],
            retries: vec![0; count],
            failure: None,
            transfer: None,
            awaits: compiled.before.len(),
            depth,
            open: true,
        });
        self.restless.push(at);
        if depth > self.bounds.depth {
            let why = format!("workflows run more than {} deep within each other", self.bounds.depth);
            return self.stop(Reason::Bound(why.into()));
        }
        for before in &compiled.before {
            let inputs = self.frames[at].memory.inputs.clone();
            self.open(*before, inputs, Parent::Before(at));
        }
    }

    /// Does what a frame has to do now.
    pub(super) fn drive(&mut self, at: usize, now: Duration) {
        let frame = &self.frames[at];
        if !frame.open || (frame.awaits > 0 && self.given_up.is_none() && frame.failure.is_none()) {
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
                }
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
        if let Some(transfer) = &mut frame.transfer
            && outcome == Outcome::Complete
        {
            // It waits for where it went to.
            if transfer.gone {
                return;
            }
            transfer.gone = true;
            let inputs = transfer.inputs.clone();
            if let Some(goal) = program.workflows[frame.workflow].goal(&transfer.to) {
                return self.open(goal, inputs, Parent::Transfer(at));
            }
        }
        let failure = match outcome {
            Outcome::Complete => None,
            Outcome::Failed(_) => frame.failure.take(),
            Outcome::GivenUp => {
                let reason = self.given_up.clone().unwrap_or(Reason::GivenUp);
                Some(frame.failure.take().unwrap_or_else(|| Failure::whole(reason)))
            }
        };
        self.close(at, failure, now);
    }

    /// Ends a frame, and tells who waits for it.
    fn close(&mut self, at: usize, failure: Option<Failure>, now: Duration) {
        let program = Arc::clone(&self.program);
        let frame = &mut self.frames[at];
        frame.open = false;
        let workflow = &program.workflows[frame.workflow].workflow;
        let (parent, memory, transfer) =
            (frame.parent, std::mem::take(&mut frame.memory), frame.transfer.take());
        let outputs = match transfer {
            _ if failure.is_some() => Values::new(),
            Some(Transfer { to, .. }) if workflow.outputs.is_empty() => {
                memory.workflows.get(&to).map(|(_, outputs)| outputs.clone()).unwrap_or_default()
            }
            _ => Scope { memory: &memory, exchange: None, outputs: None }.outputs(&workflow.outputs),
        };
        match parent {
            Parent::Caller => self.ended = Some(Ended { outputs, failure, at: now }),
            Parent::Step(frame, step) => self.judge_workflow(frame, step, &outputs, failure, now),
            Parent::Retry(frame, step, after) => self.again(frame, step, after, now),
            Parent::Before(frame) => {
                let waiting = &mut self.frames[frame];
                waiting.awaits = waiting.awaits.saturating_sub(1);
                waiting.memory.workflows.insert(workflow.id.clone(), (memory.inputs, outputs));
                if failure.is_some() {
                    waiting.failure = failure;
                    waiting.run.give_up();
                }
                self.restless.push(frame);
            }
            Parent::Transfer(frame) => {
                let from = &mut self.frames[frame];
                if let Some(transfer) = &from.transfer {
                    from.memory.workflows.insert(transfer.to.clone(), (memory.inputs, outputs));
                }
                self.close(frame, failure, now);
            }
        }
    }

    /// Gives up what a step does.
    fn cancel(&mut self, at: usize, step: usize, now: Duration) {
        let of_step = |(_, ongoing): &(&u32, &super::Ongoing)| (ongoing.frame, ongoing.step) == (at, step);
        let calls: Vec<u32> = self.calls.iter().filter(of_step).map(|(id, _)| *id).collect();
        for id in calls {
            if let Some(ongoing) = self.calls.remove(&id) {
                self.trail[ongoing.passage].cancel(now);
            }
            self.orders.push_back(Order::Cancel(id));
        }
        self.abandon(|parent| parent.is_of(at, step), now);
        if let Some(passage) = self.frames[at].passages[step] {
            self.trail[passage].cancel(now);
        }
    }

    /// Gives up frames that only read, and those within them.
    fn abandon(&mut self, which: impl Fn(Parent) -> bool, now: Duration) {
        let is = |at: &usize| self.frames[*at].open && which(self.frames[*at].parent);
        let frames: Vec<usize> = (0..self.frames.len()).filter(is).collect();
        for at in frames {
            self.frames[at].open = false;
            (0..self.frames[at].passages.len()).for_each(|step| self.cancel(at, step, now));
            let others = move |parent: Parent| parent.frame() == Some(at);
            self.abandon(&others as &dyn Fn(Parent) -> bool, now);
        }
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
            Self::Step(frame, _) | Self::Before(frame) | Self::Transfer(frame) | Self::Retry(frame, ..) => {
                Some(frame)
            }
        }
    }

    fn is_of(self, at: usize, of: usize) -> bool {
        matches!(self, Self::Step(frame, step) | Self::Retry(frame, step, _) if (frame, step) == (at, of))
    }
}
