//! Jobs of this process that have not ended: how each stands, and how to give it up.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use base::{Clock, Micros, Nanos, RequestId};
use flow::engine::{Came, Engine};
use parking_lot::Mutex;
use serde_json::Value;
use stateport::Job;
use tokio::sync::{Notify, Semaphore, watch};
use tokio_util::sync::CancellationToken;

use super::about;
use super::record::Outcome;

/// The most steps of a job that are told.
const TOLD: usize = 10_000;

/// All of them.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    live: Mutex<HashMap<String, Arc<Live>>>,
    /// Of each service, its places, and how many they are.
    places: Mutex<HashMap<String, (usize, Arc<Semaphore>)>>,
    /// Jobs that were taken in elsewhere and are to be started.
    asked: Mutex<Vec<Job>>,
    told: Notify,
}

/// One of them.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) id: String,
    pub(super) scope: String,
    pub(super) owner: String,
    pub(super) name: String,
    pub(super) created: Micros,
    pub(super) cancel: CancellationToken,
    clock: Clock,
    state: Mutex<State>,
    /// Tells of each change.
    changed: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    running: bool,
    /// When its own time was zero.
    started: Option<Nanos>,
    /// That it is given up is noted.
    given_up: bool,
    total: usize,
    /// The steps of its own workflow that have come out.
    done: HashSet<Box<str>>,
    /// What has ended, in this order.
    trail: Vec<Value>,
    /// Passages that have not ended, and the first that was not looked at.
    open: Vec<usize>,
    next: usize,
    current: Vec<Value>,
    /// Once it is kept.
    outcome: Option<Arc<Outcome>>,
    /// When that was, and until when it is found.
    ended: Option<(Micros, Micros)>,
}

/// How one stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Standing {
    pub(super) state: &'static str,
    pub(super) total: usize,
    pub(super) done: usize,
    pub(super) current: Vec<Value>,
    /// What has ended behind a number.
    pub(super) trail: Vec<Value>,
    pub(super) outcome: Option<Arc<Outcome>>,
    /// When it ended, and until when it is found.
    pub(super) ended: Option<(Micros, Micros)>,
    /// How far its own time has come, while it runs.
    pub(super) now: Option<Duration>,
}

// === impl Jobs ===

impl Jobs {
    /// Takes one in; `Err`: it is there.
    pub(super) fn begin(&self, live: Live) -> Result<Arc<Live>, Arc<Live>> {
        let mut all = self.live.lock();
        if let Some(live) = all.get(&live.id) {
            return Err(Arc::clone(live));
        }
        let live = Arc::new(live);
        all.insert(live.id.clone(), Arc::clone(&live));
        Ok(live)
    }

    /// One of this owner's.
    pub(super) fn find(&self, owner: &str, id: &str) -> Option<Arc<Live>> {
        self.look(id).filter(|live| live.owner == owner)
    }

    /// One, whosever it is.
    pub(super) fn look(&self, id: &str) -> Option<Arc<Live>> {
        self.live.lock().get(id).cloned()
    }

    /// Gives all of a scope up.
    pub(super) fn cancel_all(&self, scope: &str) {
        self.live.lock().values().filter(|live| live.scope == scope).for_each(|live| live.cancel.cancel());
    }

    /// Asks for a job to be started by whoever looks after them.
    pub(super) fn ask(&self, job: Job) {
        self.asked.lock().push(job);
        self.told.notify_one();
    }

    /// The jobs that are to be started.
    pub(super) fn take_asked(&self) -> Vec<Job> {
        std::mem::take(&mut *self.asked.lock())
    }

    /// Waits until somebody asks for a job to be started.
    pub(super) async fn asked(&self) {
        self.told.notified().await;
    }

    pub(super) fn end(&self, id: &str) {
        self.live.lock().remove(id);
    }

    /// The places of a service's jobs that run at once.
    pub(super) fn places(&self, scope: &str, count: usize) -> Arc<Semaphore> {
        let mut places = self.places.lock();
        match places.get(scope) {
            Some((before, semaphore)) if *before == count => Arc::clone(semaphore),
            _ => {
                let semaphore = Arc::new(Semaphore::new(count));
                places.insert(scope.to_owned(), (count, Arc::clone(&semaphore)));
                semaphore
            }
        }
    }
}

// === impl Live ===

impl Live {
    pub(super) fn new(job: &Job, clock: Clock) -> Self {
        Self {
            id: job.id.clone(),
            scope: job.scope.clone(),
            owner: job.owner.clone(),
            name: job.name.clone(),
            created: job.created,
            cancel: CancellationToken::new(),
            clock,
            state: Mutex::default(),
            changed: watch::Sender::new(0),
        }
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock());
        self.changed.send_modify(|count| *count += 1);
    }

    /// It runs.
    pub(super) fn runs(&self) {
        self.change(|state| state.running = true);
    }

    /// Its own time was zero then.
    pub(super) fn began(&self, started: Nanos) {
        self.change(|state| state.started = Some(started));
    }

    /// It is noted that it is given up.
    pub(super) fn given_up(&self) {
        self.change(|state| state.given_up = true);
    }

    /// Takes in how its run stands, with the calls of its steps.
    pub(super) fn look(&self, engine: &Engine, calls: &HashMap<usize, RequestId>) {
        self.change(|state| {
            let trail = engine.trail();
            state.total = engine.steps();
            let looked = std::mem::take(&mut state.open);
            let all = looked.into_iter().chain(state.next..trail.len());
            let (mut ended, mut open): (Vec<usize>, Vec<usize>) =
                all.partition(|at| trail.get(*at).is_some_and(|passage| passage.came != Came::UnderWay));
            ended.sort_by_key(|at| trail.get(*at).map(|passage| (passage.ended, *at)));
            let told = |at: usize| Some(about::step(at, trail.get(at)?, calls.get(&at).copied()));
            for at in ended {
                let Some(passage) = trail.get(at) else { continue };
                let own = passage.within.is_none() && !passage.step.contains(['/', '[']);
                if own && matches!(passage.came, Came::Good | Came::Skipped) {
                    state.done.insert(passage.step.clone());
                }
                if state.trail.len() < TOLD {
                    state.trail.extend(told(at));
                }
            }
            open.sort_unstable();
            state.current = open.iter().take(TOLD).filter_map(|at| told(*at)).collect();
            (state.open, state.next) = (open, trail.len());
        });
    }

    /// Its outcome is kept.
    pub(super) fn ended(&self, outcome: Outcome, when: Option<(Micros, Micros)>) {
        self.change(|state| {
            state.ended = when;
            state.current.clear();
            state.outcome = Some(Arc::new(outcome));
        });
    }

    /// Tells of changes from now on.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// How it stands, with what has ended behind the first `seen`.
    pub(super) fn standing(&self, seen: usize) -> Standing {
        let state = self.state.lock();
        let word = match &state.outcome {
            Some(outcome) => outcome.end.word(),
            None if state.given_up => "cancelling",
            None if state.running => "running",
            None => "queued",
        };
        Standing {
            state: word,
            total: state.total,
            done: state.done.len(),
            current: state.current.clone(),
            trail: state.trail.get(seen..).unwrap_or_default().to_vec(),
            outcome: state.outcome.clone(),
            ended: state.ended,
            now: self.now(&state),
        }
    }

    fn now(&self, state: &State) -> Option<Duration> {
        let started = state.started.filter(|_| state.outcome.is_none())?;
        // Its time may have begun before the clock did.
        Some(Duration::from_nanos(self.clock.now().0.wrapping_sub(started.0)))
    }

    /// Waits until it has ended, or has been given up for good.
    pub(super) async fn until(&self, is: impl Fn(&Standing) -> bool) -> Standing {
        let mut changes = self.changes();
        loop {
            let standing = self.standing(usize::MAX);
            if is(&standing) || changes.changed().await.is_err() {
                return standing;
            }
        }
    }
}
