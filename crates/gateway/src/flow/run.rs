//! One run of a flow: its engine given the time and the answers to its calls.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use base::{Clock, Nanos, RequestId};
use flow::Engine;
use flow::engine::{Bounds, Call as Wanted, CallId, Came, Order, Passage};
use flow::values::Values;
use message::Body;
use snapshot::Flow;
use tokio::sync::oneshot;
use trace::{FlowStep, StepEnd};

use super::calls::{Calls, Done};
use super::outcome::Told;
use super::progress::Feeding;
use super::validators::Gathered;
use crate::alarm::Alarm;
use crate::gateway::Core;
use crate::inside::Origin;

/// A run.
pub(super) struct Running {
    engine: Engine,
    calls: Calls,
    /// The calls that were made, with the numbers of their passages in the trail.
    made: Vec<Made>,
    /// The body of the last answer that may be handed on.
    rest: Option<(CallId, Body)>,
    /// Who is told of parts of the answer as soon as they are known.
    feeding: Option<Feeding>,
    /// What answers say of their keeping.
    gathered: Option<Box<Gathered>>,
    alarm: Alarm,
    clock: Clock,
    started: Nanos,
}

/// A call that was made.
struct Made {
    id: CallId,
    passage: usize,
    record: Option<RequestId>,
    /// What was asked for, where that is to be known.
    asked: Option<Box<str>>,
}

/// What a run waited for.
enum Event {
    Call(Done),
    /// A time has come.
    Time,
    /// Whoever was to be told has left.
    Left,
}

// === impl Running ===

impl Running {
    pub(super) fn new(core: &Core, flow: Arc<Flow>, origin: &Origin, inputs: Values) -> Self {
        let clock = core.shared.config.clock.clone();
        let program = Arc::clone(&flow.program);
        let began = clock.wall().since_epoch();
        let bounds = Bounds { seed: core.with_rng(base::Rng::next_u64), began, ..flow.bounds };
        let engine = Engine::new(program, flow.workflow, inputs, bounds, Duration::ZERO);
        // It is the run's own: one call may have several.
        let run = core.with_rng(|rng| RequestId::new(clock.wall(), rng)).to_string();
        let (calls, started) = (Calls::new(core, flow, origin, run), clock.now());
        let (made, alarm) = (Vec::new(), Alarm::default());
        Self { engine, calls, made, rest: None, feeding: None, gathered: None, alarm, clock, started }
    }

    /// A body that is handed on is told unread.
    pub(super) fn handing_on(self) -> Self {
        Self { calls: self.calls.handing_on(), ..self }
    }

    /// What the steps' answers say of their keeping is told too.
    pub(super) fn gathering(self) -> Self {
        Self { gathered: Some(Box::new(Gathered::new())), ..self }
    }

    /// Parts of the answer are told as soon as they are known.
    pub(super) fn feeding(self, feeding: Feeding) -> Self {
        Self { feeding: Some(feeding), ..self }
    }

    /// Runs to the end; dropping it gives up all that is under way.
    pub(super) async fn finish(mut self) -> Told {
        while !self.step() {
            let event = self.wait(None).await;
            self.take(event);
        }
        self.told()
    }

    /// What it tells now: what came out, and its steps.
    fn told(&mut self) -> Told {
        let (mut told, trail) = Told::of(&mut self.engine);
        told.hand_on(self.rest.take());
        told.gathered = self.gathered.take();
        told.steps = recorded(trail, self.now());
        for made in &self.made {
            if let Some(step) = told.steps.get_mut(made.passage) {
                step.call = made.record;
            }
        }
        told
    }

    /// Runs to the end, whether the one that is to be told waits or not. Told is at the end, or when it is given up.
    pub(super) async fn telling(mut self, tell: oneshot::Sender<Told>) {
        let mut tell = Some(tell);
        while !self.step() {
            if self.engine.given_up().is_some()
                && let Some(tell) = tell.take()
            {
                self.tell(tell);
            }
            let event = self.wait(tell.as_mut()).await;
            if matches!(event, Event::Left) {
                tell = None;
            }
            self.take(event);
        }
        if let Some(tell) = tell {
            self.tell(tell);
        }
    }

    fn tell(&mut self, tell: oneshot::Sender<Told>) {
        // Nobody waits where the caller left.
        drop(tell.send(self.told()));
        if let Some(feeding) = &self.feeding {
            feeding.over();
        }
    }

    /// Does what is to be done now; whether the run has ended.
    fn step(&mut self) -> bool {
        let now = self.now();
        while let Some(order) = self.engine.poll(now) {
            match order {
                Order::Call { id, call, passage } => {
                    let asked = self.gathered.as_ref().and_then(|_| asked(&call));
                    self.made.push(Made { id, passage, record: None, asked });
                    self.calls.make(id, call);
                }
                Order::Cancel(id) => {
                    self.calls.cancel(id);
                    self.gathered.iter_mut().for_each(|gathered| gathered.miss());
                }
            }
        }
        if let Some(feeding) = &mut self.feeding {
            feeding.look(&self.engine);
        }
        self.engine.ended().is_some()
    }

    async fn wait(&mut self, tell: Option<&mut oneshot::Sender<Told>>) -> Event {
        let until = self.engine.wakes().map(|wake| wake.saturating_sub(self.now()));
        let left = async {
            match tell {
                Some(tell) => tell.closed().await,
                None => std::future::pending().await,
            }
        };
        let (time, left) = (pin!(self.alarm.after(until)), pin!(left));
        tokio::select! {
            biased;
            done = self.calls.next() => Event::Call(done),
            () = left => Event::Left,
            () = time => Event::Time,
        }
    }

    fn take(&mut self, event: Event) {
        let now = self.now();
        match event {
            Event::Call(Done { id, result, record, rest }) => {
                self.rest = rest.map(|rest| (id, rest)).or(self.rest.take());
                // Calls are numbered in the order in which they are made.
                let at = self.made.binary_search_by_key(&id, |made| made.id);
                let made = at.ok().and_then(|at| self.made.get_mut(at));
                let asked = made.and_then(|made| {
                    made.record = record;
                    made.asked.take()
                });
                let wall = self.clock.wall().0.div_euclid(1_000_000);
                match (&mut self.gathered, &result) {
                    (Some(gathered), Ok(reply)) => gathered.add(asked.as_deref(), reply, wall),
                    (Some(gathered), Err(_)) => gathered.miss(),
                    (None, _) => {}
                }
                match result {
                    Ok(reply) => self.engine.answered(id, reply, now),
                    Err(lost) => self.engine.lost(id, &lost, now),
                }
                // What is not handed on holds nothing any more.
                let handed_on = self.engine.handed_on();
                self.rest.take_if(|(id, _)| Some(*id) != handed_on);
            }
            Event::Left => self.engine.give_up(),
            Event::Time => {}
        }
    }

    fn now(&self) -> Duration {
        self.clock.now().since(self.started)
    }
}

/// What a call asks for, where its target says all of it.
fn asked(call: &Wanted) -> Option<Box<str>> {
    let request = &call.request;
    let line = || [&*call.source.to_string(), &*request.method, &*request.target].join(" ").into();
    request.body.is_none().then(line)
}

/// A trail as records have it; what is under way has lasted until `now`, by the run's own time.
#[must_use]
pub fn recorded(trail: Vec<Passage>, now: Duration) -> Vec<FlowStep> {
    let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let one = |passage: Passage| FlowStep {
        name: passage.step,
        attempt: passage.attempt,
        start_us: micros(passage.began),
        duration_us: micros(passage.ended.unwrap_or(now).saturating_sub(passage.began)),
        status: passage.status.unwrap_or_default(),
        end: end_of(passage.came),
        after: passage.after.iter().map(|at| place(*at)).collect(),
        within: passage.within.map(place),
        call: None,
    };
    trail.into_iter().map(one).collect()
}

/// How an attempt came out, as records have it.
pub(crate) fn end_of(came: Came) -> StepEnd {
    match came {
        Came::UnderWay => StepEnd::UnderWay,
        Came::Good => StepEnd::Good,
        Came::Failed => StepEnd::Failed,
        Came::Cancelled => StepEnd::Cancelled,
        Came::Skipped => StepEnd::Skipped,
    }
}
