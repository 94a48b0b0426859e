//! Schedules: each of their times is a job, taken in once, whoever else looks at the same jobs.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use base::{Micros, RequestId, Rng};
use domain::DocId;
use domain::spec::Concurrency;
use flow::values::Values;
use futures_util::future::join_all;
use serde_json::Value;
use snapshot::{Schedule, Snapshot, Times};
use stateport::{Accepted, Fired, Job, NewJob, StateError};
use tokio::time::timeout;
use trace::{Sampling, TraceContext};

use super::record::{Task, Work};
use super::run;
use crate::gateway::{Core, Shared};
use crate::inside::Origin;

/// How often it is looked whether a time has come.
const EVERY: Duration = Duration::from_millis(500);

/// Runs of a schedule that may be open, and under way, where they may be beside each other.
const OPEN: usize = 1_000;
const AT_ONCE: usize = 16;

/// How many schedules are asked for at once: who keeps them takes only so many questions before it answers.
const ASKED: usize = 64;

/// Looks after all schedules, from now on.
pub(crate) fn keep(core: &Core) {
    let mut keeper = Keeper { core: core.clone(), snapshot: None, kept: HashMap::new() };
    core.spawn(async move {
        loop {
            // Who keeps jobs has told the process log why it could not be done; it is tried again.
            keeper.look().await.unwrap_or_default();
            let asked = keeper.core.shared.jobs.asked();
            let _a_run_is_asked_for = timeout(EVERY, asked).await;
        }
    });
}

struct Keeper {
    core: Core,
    /// The one whose schedules are kept.
    snapshot: Option<Arc<Snapshot>>,
    kept: HashMap<DocId, Kept>,
}

/// How far a schedule has come.
struct Kept {
    rule: String,
    seen: Micros,
    next: Option<Micros>,
}

// === impl Keeper ===

impl Keeper {
    async fn look(&mut self) -> Result<(), StateError> {
        for job in self.core.shared.jobs.take_asked() {
            run::start(&self.core, &job);
        }
        let snapshot = self.core.shared.config.live.load();
        if !self.snapshot.as_ref().is_some_and(|before| Arc::ptr_eq(before, &snapshot)) {
            self.change(&snapshot).await?;
            self.snapshot = Some(Arc::clone(&snapshot));
        }
        let now = self.core.shared.config.clock.wall();
        let due = self.kept.iter().filter(|(_, kept)| kept.next.is_some_and(|next| next <= now));
        let due: Vec<DocId> = due.map(|(id, _)| id.clone()).collect();
        for id in due {
            if let Some(schedule) = snapshot.schedule(&id) {
                self.come(schedule, now).await?;
            }
        }
        Ok(())
    }

    /// Takes in the schedules of another snapshot.
    async fn change(&mut self, snapshot: &Snapshot) -> Result<(), StateError> {
        let port = &self.core.shared.config.jobs;
        for watched in port.watched().await? {
            let id = watched.schedule.parse::<DocId>().ok();
            if id.is_none_or(|id| snapshot.schedule(&id).is_none()) {
                port.unwatch(&watched.schedule).await?;
            }
        }
        self.kept.retain(|id, _| snapshot.schedule(id).is_some());
        let others = snapshot.schedules().map(|schedule| (schedule, schedule.rule()));
        let others: Vec<(&Arc<Schedule>, String)> = others
            .filter(|(schedule, rule)| self.kept.get(&schedule.id).is_none_or(|kept| kept.rule != *rule))
            .collect();
        let watch = async |(schedule, rule): &(&Arc<Schedule>, String)| {
            let watched = port.watch(&schedule.id.to_string(), rule).await?;
            let next = (!schedule.suspended).then(|| schedule.times.next(watched.at)).flatten();
            Ok((schedule.id.clone(), Kept { rule: rule.clone(), seen: watched.at, next }))
        };
        let mut all = Ok(());
        for some in others.chunks(ASKED) {
            for asked in join_all(some.iter().map(&watch)).await {
                match asked {
                    Ok((id, kept)) => drop(self.kept.insert(id, kept)),
                    Err(error) => all = Err(error),
                }
            }
        }
        all
    }

    /// Sees to the times of a schedule that have come.
    async fn come(&mut self, schedule: &Schedule, now: Micros) -> Result<(), StateError> {
        let Some(kept) = self.kept.get_mut(&schedule.id) else { return Ok(()) };
        for at in schedule.due(kept.seen, now) {
            if fire(&self.core, schedule, at).await? == Fired::NoRoom {
                return Ok(());
            }
            kept.seen = at;
        }
        kept.seen = kept.seen.max(now);
        kept.next = schedule.times.next(kept.seen);
        Ok(())
    }
}

/// Takes in the job of a time and starts it.
async fn fire(core: &Core, schedule: &Schedule, at: Micros) -> Result<Fired, StateError> {
    let most = if schedule.concurrency == Concurrency::Skip { 1 } else { OPEN };
    let name = schedule.id.to_string();
    let mut new = core.with_rng(|rng| job(&core.shared, schedule, at, rng));
    new.key = Some((format!("{name} {}", Times::show(at)), String::new()));
    let taken_in = new.clone();
    let fired = core.shared.config.jobs.fire(&name, at, new, most).await?;
    if fired == Fired::New {
        if schedule.concurrency == Concurrency::Replace {
            core.shared.jobs.cancel_all(&name);
        }
        run::start(core, &taken(&core.shared, taken_in).await);
    }
    Ok(fired)
}

/// Takes in a job of a schedule whose time has not come; gives its id. `None`: there are too many.
pub(super) async fn run_now(shared: &Shared, schedule: &Schedule) -> Result<Option<String>, StateError> {
    let at = shared.config.clock.wall();
    let new = job(shared, schedule, at, &mut Rng::from_system());
    let taken_in = new.clone();
    match shared.config.jobs.accept(new, OPEN).await? {
        Accepted::New => {
            let id = taken_in.id.clone();
            shared.jobs.ask(taken(shared, taken_in).await);
            Ok(Some(id))
        }
        _ => Ok(None),
    }
}

/// The job of a time.
fn job(shared: &Shared, schedule: &Schedule, at: Micros, rng: &mut Rng) -> NewJob {
    let context = TraceContext::start(rng, Sampling::On);
    let parent = String::from_utf8_lossy(&context.parent_of(context.span_id).encode()).into_owned();
    let task = Task {
        work: Work::Flow { flow: schedule.flow.clone(), inputs: inputs(shared, schedule, at) },
        origin: Origin::own(parent),
        method: "POST".to_owned(),
        seed: rng.next_u64(),
        retention: schedule.retention,
        max_journal: schedule.max_journal,
        running: if schedule.concurrency == Concurrency::Allow { AT_ONCE } else { 1 },
    };
    let scope = schedule.id.to_string();
    NewJob {
        id: RequestId::new(shared.config.clock.wall(), rng).to_string(),
        owner: scope.clone(),
        scope,
        name: schedule.flow.name.to_string(),
        key: None,
        task: task.encode(),
    }
}

/// What the flow is given at a time, with what it takes where nothing is given.
fn inputs(shared: &Shared, schedule: &Schedule, at: Micros) -> Values {
    let given = schedule.inputs(at);
    let snapshot = shared.config.live.load();
    let compiled = snapshot.flow(&schedule.flow).and_then(|flow| flow.program.workflows.get(flow.workflow));
    // What it does not take was refused with the document.
    compiled.and_then(|compiled| compiled.inputs.check(Value::Object(given.clone())).ok()).unwrap_or(given)
}

/// A job that was just taken in, as it is kept.
async fn taken(shared: &Shared, new: NewJob) -> Job {
    if let Ok(Some(kept)) = shared.config.jobs.look(&new.id).await {
        return kept;
    }
    let NewJob { id, scope, owner, name, task, .. } = new;
    Job { id, scope, owner, name, task, outcome: None, created: shared.config.clock.wall(), ended: None }
}
