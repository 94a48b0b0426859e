//! A run of a program: which calls are to be made, what becomes of their answers, and what comes out. No clock and no
//! calls: times and answers are given, orders are taken.
//!
//! A *frame* is a workflow under way. A *task* is a step of it under way; where the step is made for each of several
//! elements, it has a *unit* for each, else one. A unit has *lanes*: one call, or several that race each other.

mod act;
mod each;
mod encoding;
mod frame;
mod frames;
mod join;
mod judge;
mod kind;
mod limit;
mod name;
mod outcome;
mod part;
mod past;
mod reply;
mod ring;
mod shape;
mod share;
mod task;
mod timer;
mod trail;
mod undo;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

pub use outcome::{Ended, Failure, Reason};
pub use part::{Part, Parts};
pub use past::{Happened, Noted, Past, Resumed};
pub use reply::{Lost, Reply};
pub use shape::{Shaped, Streamed};
pub use trail::{Came, Passage};

use crate::extension::Cache;
use crate::program::Program;
use crate::request::Request;
use crate::values::{Exchange, Values};
use frame::Parent;
use frames::Frames;
use reply::Raw;
use share::Shares;
use task::Spot;
use timer::{TimerId, Timers};

/// What bounds a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Steps under way at the same time, in each workflow.
    pub concurrency: usize,
    /// Steps begun in all, with elements and attempts.
    pub steps: u32,
    /// Workflows within workflows.
    pub depth: usize,
    /// How long the whole may take.
    pub timeout: Option<Duration>,
    /// How long one step that undoes another may take.
    pub undo: Duration,
    /// What pauses between attempts are drawn by; zero: they are as long as they may be.
    pub seed: u64,
    /// When the run began, since 1970-01-01T00:00:00Z: what `XPath` takes for now.
    pub began: Duration,
    /// Whether calls are named, for a run that may be made again with the answers that it had.
    pub named: bool,
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
        /// What is to be called.
        call: Call,
        /// The step that makes it, for records: the number of its passage in the trail.
        passage: usize,
    },
    /// A call's answer does not matter any more. Nothing is to be told of it later.
    Cancel(CallId),
}

/// What is to be called.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The source whose operation it is, by its number in the program.
    pub source: usize,
    /// What is sent.
    pub request: Arc<Request>,
    /// Its answer may be one that was kept, and may be kept: for so long, under this key if it is not what is sent.
    pub cache: Option<(Duration, Option<Box<str>>)>,
    /// It is made as whoever called the flow, who must then be let in.
    pub as_caller: bool,
    /// Its answer has at most so many bytes.
    pub max_body: Option<u64>,
    /// What it is for.
    pub role: Role,
    /// The credentials that it is made with, by their name.
    pub credentials: Option<Box<str>>,
    /// What it is called in every run that is given the same answers, if that is asked for; empty otherwise.
    pub name: Box<str>,
    /// Of one that has a name: it may be made again where nobody knows whether it was made. It changes nothing, it is known
    /// by `once`, or its step says so.
    pub again: bool,
    /// Of an event that has a name: what stays the same however often its step is tried.
    pub once: Option<Box<str>>,
}

/// What a call is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// It is a step's.
    #[default]
    Step,
    /// It is a step's whose answer is the run's: nothing is asked of its body, and whoever hands that on as it comes tells the
    /// answer without it.
    HandedOn,
    /// It undoes something, or is made within what does.
    Undo,
}

/// A run.
#[derive(Debug)]
pub struct Engine {
    program: Arc<Program>,
    bounds: Bounds,
    /// The number of the workflow that is run.
    workflow: usize,
    frames: Frames,
    /// Calls under way, each with those that wait for its answer.
    calls: BTreeMap<CallId, Vec<Ongoing>>,
    shares: Shares,
    next: u32,
    begun: u32,
    /// Steps begun, and what they do without a call; and how many may be.
    starts: u32,
    ceiling: u32,
    orders: VecDeque<Order>,
    /// Frames that may have more to do.
    restless: Vec<usize>,
    /// Frames that have more to undo.
    rewinding: Vec<usize>,
    /// Steps that may have more elements to begin.
    hungry: Vec<Spot>,
    timers: Timers,
    trail: Vec<Passage>,
    deadline: Option<Duration>,
    /// Why it was given up.
    given_up: Option<Reason>,
    ended: Option<Ended>,
    /// The last answer of the step that is handed on.
    streamed: Option<(CallId, Arc<Raw>)>,
}

/// What waits for the answer to a call.
#[derive(Debug)]
struct Ongoing {
    spot: Spot,
    exchange: Exchange,
    /// What rings when its time is over.
    deadline: Option<TimerId>,
    passage: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            concurrency: 64,
            steps: 100_000,
            depth: 32,
            timeout: None,
            undo: Duration::from_secs(30),
            seed: 0,
            began: Duration::ZERO,
            named: false,
        }
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
        let own = program.workflows.get(workflow).map(|compiled| &compiled.workflow.weir);
        let timeout = own.and_then(|own| own.timeout).or(bounds.timeout);
        let steps = own.and_then(|own| own.max_calls).unwrap_or(bounds.steps);
        let mut engine = Self {
            bounds: Bounds { steps, ..bounds },
            shares: Shares::default(),
            program,
            workflow,
            frames: Frames::new(),
            calls: BTreeMap::new(),
            next: 0,
            begun: 0,
            starts: 0,
            ceiling: bounds.steps,
            orders: VecDeque::new(),
            restless: Vec::new(),
            rewinding: Vec::new(),
            hungry: Vec::new(),
            timers: Timers::new(bounds.seed),
            trail: Vec::new(),
            deadline: timeout.map(|timeout| now + timeout),
            given_up: None,
            ended: None,
            streamed: None,
        };
        let frame = engine.open(workflow, inputs, Parent::Caller, now);
        engine.tell_inputs(frame, |_| true);
        engine
    }

    /// What is to be done next, until there is nothing.
    pub fn poll(&mut self, now: Duration) -> Option<Order> {
        self.expire(now);
        loop {
            if let Some(spot) = self.hungry.pop() {
                self.feed(spot, now);
            } else if let Some(frame) = self.rewinding.pop() {
                self.undo_next(frame, now);
            } else if let Some(frame) = self.restless.pop() {
                self.drive(frame, now);
            } else {
                return self.orders.pop_front();
            }
        }
    }

    /// Takes in the answer to a call.
    pub fn answered(&mut self, call: CallId, reply: Reply, now: Duration) {
        let Some(waiting) = self.calls.remove(&call) else { return };
        let size = reply.body.len();
        if let Some(longest) = waiting.first().and_then(|ongoing| self.longest(&ongoing.spot))
            && size as u64 > longest
        {
            // Those that wait for the same call have the same bound.
            self.calls.insert(call, waiting);
            return self.lost(call, &Lost::too_long(longest), now);
        }
        let raw = Arc::new(Raw::new(reply));
        self.shares.answered(call, &raw);
        for ongoing in waiting {
            self.stop_clock(&ongoing);
            if self.streams(&ongoing.spot) {
                self.streamed = Some((call, Arc::clone(&raw)));
            }
            self.take(ongoing, &raw, now);
        }
    }

    /// An answer comes to what has waited for it.
    fn take(&mut self, mut ongoing: Ongoing, raw: &Raw, now: Duration) {
        if let Some(passage) = self.trail.get_mut(ongoing.passage) {
            (passage.ended, passage.status) = (Some(now), Some(raw.status));
        }
        let compiled = &self.program.workflows[self.frames[ongoing.spot.frame].workflow];
        let asked = compiled.reads.get(ongoing.spot.judged());
        ongoing.exchange.answer = asked.map(|asked| Arc::new(raw.read(asked)));
        self.judge_call(ongoing, now);
    }

    /// Takes in that a call has no answer.
    pub fn lost(&mut self, call: CallId, lost: &Lost, now: Duration) {
        let Some(waiting) = self.calls.remove(&call) else { return };
        self.shares.forget(call);
        for ongoing in waiting {
            self.stop_clock(&ongoing);
            self.lose(ongoing.spot, ongoing.passage, Reason::of(lost), now);
        }
    }

    /// When there is more to do though no call is answered.
    pub fn wakes(&self) -> Option<Duration> {
        let whole = self.deadline.filter(|_| self.given_up.is_none());
        whole.into_iter().chain(self.timers.next()).min()
    }

    /// Gives the run up: its caller has left. Calls that change something and are under way come to their end, and what
    /// was done is undone where the steps say how.
    pub fn give_up(&mut self) {
        self.stop(Reason::GivenUp);
    }

    /// The call whose answer is handed on, as far as that is known.
    pub fn handed_on(&self) -> Option<CallId> {
        self.streamed.as_ref().map(|(call, _)| *call)
    }

    /// How many steps its own workflow has.
    pub fn steps(&self) -> usize {
        self.program.workflows.get(self.workflow).map_or(0, |compiled| compiled.graph.len())
    }

    /// What came out, once nothing is under way.
    pub fn ended(&self) -> Option<&Ended> {
        self.ended.as_ref()
    }

    /// What came out, and the steps that were made, taken once nothing is under way.
    pub fn finish(&mut self) -> Option<(Ended, Vec<Passage>)> {
        let ended = self.ended.take()?;
        Some((ended, std::mem::take(&mut self.trail)))
    }

    /// Why the run was given up, though calls may still be under way.
    pub fn given_up(&self) -> Option<&Reason> {
        self.given_up.as_ref()
    }

    /// When the time of the whole is over.
    pub fn deadline(&self) -> Option<Duration> {
        self.deadline
    }

    /// Why the run has failed, while what it has done is undone, and what could not be undone.
    pub fn undoing(&self) -> Option<(&Failure, &[Failure])> {
        let frame = self.frames.get(0)?;
        Some((frame.undoing.as_ref()?, &frame.stuck))
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
        self.stop_frame(0, &reason);
        self.given_up = Some(reason);
    }

    /// Ends the calls whose time is over, and goes on with what has waited for this time.
    fn expire(&mut self, now: Duration) {
        if self.deadline.is_some_and(|deadline| deadline <= now) {
            self.stop(Reason::Timeout);
        }
        while let Some(timer) = self.timers.due(now) {
            self.rings(timer, now);
        }
    }

    /// Takes one that waits for a call away from it; a call for which nobody waits is given up.
    fn leave(&mut self, id: CallId, which: impl Fn(&Ongoing) -> bool) -> Option<Ongoing> {
        let waiting = self.calls.get_mut(&id)?;
        let at = waiting.iter().position(which)?;
        let ongoing = waiting.swap_remove(at);
        if let Some(deadline) = ongoing.deadline {
            self.timers.take(deadline);
        }
        if waiting.is_empty() {
            self.calls.remove(&id);
            self.shares.forget(id);
            self.orders.push_back(Order::Cancel(id));
        }
        Some(ongoing)
    }

    /// What waited for an answer has it.
    fn stop_clock(&mut self, ongoing: &Ongoing) {
        if let Some(deadline) = ongoing.deadline {
            self.timers.take(deadline);
        }
    }

    /// Takes all of some kind away from the calls that they wait for.
    fn leave_all(&mut self, which: impl Fn(&Spot) -> bool, now: Duration) {
        let is = |ongoing: &Ongoing| which(&ongoing.spot);
        let calls = self.calls.iter().filter(|(_, waiting)| waiting.iter().any(is));
        let ids: Vec<CallId> = calls.map(|(id, _)| *id).collect();
        for id in ids {
            while let Some(ongoing) = self.leave(id, is) {
                if let Some(passage) = self.trail.get_mut(ongoing.passage) {
                    passage.cancel(now);
                }
            }
        }
    }
}

impl Call {
    fn new(source: usize, request: Arc<Request>) -> Self {
        Self {
            source,
            request,
            cache: None,
            as_caller: false,
            max_body: None,
            role: Role::default(),
            credentials: None,
            name: Box::default(),
            again: false,
            once: None,
        }
    }

    fn cached(mut self, cache: Option<&Cache>, key: Option<Box<str>>) -> Self {
        self.cache = cache.map(|cache| (cache.ttl, key));
        self
    }
}

#[cfg(test)]
mod tests;
