//! A run of a program: which calls are to be made, what becomes of their answers, and what comes out. No clock and no
//! calls: times and answers are given, orders are taken.

mod act;
mod frame;
mod judge;
mod outcome;
mod reply;
mod trail;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

pub use outcome::{Ended, Failure, Reason};
pub use reply::{Lost, Reply};
pub use trail::{Came, Passage};

use crate::program::Program;
use crate::request::Request;
use crate::values::{Exchange, Values};
use frame::{Frame, Parent};

/// What bounds a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Steps under way at the same time, in each workflow.
    pub concurrency: usize,
    /// Steps begun in all, those tried again among them.
    pub steps: u32,
    /// Workflows within workflows.
    pub depth: usize,
    /// How long the whole may take.
    pub timeout: Option<Duration>,
}

/// Names a call of a run.
pub type CallId = u32;

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// A call is to be made.
    Call {
        /// Its name, by which its answer is told.
        id: CallId,
        /// The source whose operation it calls, by its number in the program.
        source: usize,
        /// What is sent.
        request: Request,
        /// The step that makes it, for records: the number of its passage in the trail.
        passage: usize,
    },
    /// A call's answer does not matter any more. Nothing is to be told of it later.
    Cancel(CallId),
}

/// A run.
#[derive(Debug)]
pub struct Engine {
    program: Arc<Program>,
    bounds: Bounds,
    frames: Vec<Frame>,
    calls: HashMap<CallId, Ongoing>,
    next: CallId,
    begun: u32,
    orders: VecDeque<Order>,
    /// Frames that may have more to do.
    restless: Vec<usize>,
    trail: Vec<Passage>,
    deadline: Option<Duration>,
    /// Why it was given up.
    given_up: Option<Reason>,
    ended: Option<Ended>,
}

/// A call under way.
#[derive(Debug)]
struct Ongoing {
    frame: usize,
    /// The step that is to come out.
    step: usize,
    /// Another step whose operation is called before this one is tried again, and after which time that is.
    before: Option<(usize, Duration)>,
    exchange: Exchange,
    deadline: Option<Duration>,
    passage: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { concurrency: 64, steps: 10_000, depth: 32, timeout: None }
    }
}

// === impl Engine ===

impl Engine {
    /// A run of a workflow, by its number, that begins now.
    pub fn new(
        program: Arc<Program>,
        workflow: usize,
        inputs: Values,
        bounds: Bounds,
        now: Duration,
    ) -> Self {
        let mut engine = Self {
            program,
            bounds,
            frames: Vec::new(),
            calls: HashMap::new(),
            next: 0,
            begun: 0,
            orders: VecDeque::new(),
            restless: Vec::new(),
            trail: Vec::new(),
            deadline: bounds.timeout.map(|timeout| now + timeout),
            given_up: None,
            ended: None,
        };
        engine.open(workflow, inputs, Parent::Caller);
        engine
    }

    /// What is to be done next, until there is nothing.
    pub fn poll(&mut self, now: Duration) -> Option<Order> {
        self.expire(now);
        while let Some(frame) = self.restless.pop() {
            self.drive(frame, now);
        }
        self.orders.pop_front()
    }

    /// Takes in the answer to a call.
    pub fn answered(&mut self, call: CallId, reply: Reply, now: Duration) {
        let Some(mut ongoing) = self.calls.remove(&call) else { return };
        let passage = &mut self.trail[ongoing.passage];
        passage.ended = Some(now);
        passage.status = Some(reply.status);
        ongoing.exchange.answer = Some(reply.read());
        self.judge_call(ongoing, now);
    }

    /// Takes in that a call has no answer.
    pub fn lost(&mut self, call: CallId, lost: Lost, now: Duration) {
        let Some(ongoing) = self.calls.remove(&call) else { return };
        self.trail[ongoing.passage].ended = Some(now);
        self.trail[ongoing.passage].came = Came::Failed;
        match ongoing.before {
            Some((_, after)) => self.again(ongoing.frame, ongoing.step, after, now),
            None => self.lose(ongoing.frame, ongoing.step, ongoing.passage, &Reason::of(lost), now),
        }
    }

    /// When there is more to do though no call is answered.
    pub fn wakes(&self) -> Option<Duration> {
        let calls = self.calls.values().filter_map(|ongoing| ongoing.deadline);
        let frames = self.frames.iter().filter(|frame| frame.open).filter_map(|frame| frame.run.wakes());
        calls.chain(frames).chain(self.deadline.filter(|_| self.given_up.is_none())).min()
    }

    /// Gives the run up: its caller has left. Calls that change something and are under way come to their end.
    pub fn give_up(&mut self) {
        self.stop(Reason::GivenUp);
    }

    /// What came out, once nothing is under way.
    pub fn ended(&self) -> Option<&Ended> {
        self.ended.as_ref()
    }

    /// Why the run was given up, though calls may still be under way.
    pub fn given_up(&self) -> Option<&Reason> {
        self.given_up.as_ref()
    }

    /// The steps that were made, in the order in which they began.
    pub fn trail(&self) -> &[Passage] {
        &self.trail
    }

    /// The program that is run.
    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }

    fn stop(&mut self, reason: Reason) {
        if self.given_up.is_some() || self.ended.is_some() {
            return;
        }
        self.given_up = Some(reason);
        for (at, frame) in self.frames.iter_mut().enumerate().filter(|(_, frame)| frame.open) {
            frame.run.give_up();
            self.restless.push(at);
        }
    }

    /// Ends the calls whose time is over, and goes on with what has waited for this time.
    fn expire(&mut self, now: Duration) {
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            self.stop(Reason::Timeout);
        }
        let frames = self.frames.iter().enumerate().filter(|(_, frame)| frame.open);
        let due = frames.filter(|(_, frame)| frame.run.wakes().is_some_and(|wake| wake <= now));
        self.restless.extend(due.map(|(at, _)| at));
        if !self.calls.values().any(|ongoing| ongoing.deadline.is_some_and(|deadline| deadline <= now)) {
            return;
        }
        let over = |(id, ongoing): (&CallId, &Ongoing)| ongoing.deadline.filter(|at| *at <= now).map(|_| *id);
        let mut over: Vec<CallId> = self.calls.iter().filter_map(over).collect();
        over.sort_unstable();
        for id in over {
            self.orders.push_back(Order::Cancel(id));
            self.lost(id, Lost::Timeout, now);
        }
    }
}

#[cfg(test)]
mod tests;
