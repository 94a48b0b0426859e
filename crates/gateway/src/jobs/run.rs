//! Runs a job: its flow's run, with everything that happens in it noted, so that another process takes it up where this one
//! ends.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use base::{Clock, Micros, Nanos, RequestId};
use bytes::Bytes;
use flow::engine::{
    Bounds, Call, CallId, Engine, Happened, Lost, Order, Past, Reason, Reply as Answer, Resumed,
};
use flow::request::Request;
use flow::values::Values;
use message::{Method, Reason as Refused, ResponseHead};
use net::Reply;
use serde_json::Value;
use snapshot::Flow;
use stateport::{Ending, Job};

use super::call;
use super::journal::{Journal, Kept, persist};
use super::live::Live;
use super::record::{self, End, Outcome, Task, Work};
use crate::Refusal;
use crate::alarm::Alarm;
use crate::flow::{Calls, Done, Told, answer};
use crate::gateway::Core;

/// The longest answer that is kept, in bytes, unless more may be noted of the job.
const LONGEST: usize = 64 << 20;

/// What is told of a job that was given up.
const CANCELLED: &str = "the job was cancelled";

/// A job under way.
struct Running {
    journal: Journal,
    live: Arc<Live>,
    engine: Engine,
    calls: Calls,
    past: Past,
    clock: Clock,
    alarm: Alarm,
    /// When its time was zero.
    started: Nanos,
    /// Of calls under way, by their numbers: their names, and the passages of the steps that make them.
    names: HashMap<CallId, (Box<str>, usize)>,
    /// Of passages, the ids of their calls.
    made: HashMap<usize, RequestId>,
    /// So many bytes of answers may still be noted.
    room: usize,
    /// Of a job that is one call: what is sent, and what was answered.
    request: Option<Request>,
    answer: Option<Answer>,
}

/// A job that has come to its end.
struct Finished {
    told: Told,
    /// Of one that is one call: what was answered.
    answer: Option<Answer>,
    /// It was given up.
    cancelled: bool,
    /// How many steps it has and has made, and each as it was told.
    trail: ((usize, usize), Vec<Value>),
}

/// What a run waited for.
enum Event {
    Call(Done),
    Time,
    GivenUp,
}

/// Starts a job that has not ended, unless it runs. It has what is to be done, which says how many run at once.
pub(super) fn start(core: &Core, job: &Job) -> Arc<Live> {
    let places = Task::running(job.task.clone());
    let live = match core.shared.jobs.begin(Live::new(job, core.shared.config.clock.clone())) {
        Ok(live) => live,
        Err(live) => return live,
    };
    let (of_task, own, scope) = (core.clone(), Arc::clone(&live), job.scope.clone());
    core.spawn(async move {
        let (outcome, when) = to_end(&of_task, &own, places, &scope).await;
        own.ended(outcome, when);
        of_task.shared.jobs.end(&own.id);
    });
    live
}

/// Runs a job and keeps what came of it; gives when it ended, and until when it is found.
async fn to_end(
    core: &Core,
    live: &Arc<Live>,
    places: Option<usize>,
    scope: &str,
) -> (Outcome, Option<(Micros, Micros)>) {
    let port = &core.shared.config.jobs;
    // It may have ended after it was found and before it was taken in here; from here on nobody else runs it.
    let Some(Job { outcome: before, ended, .. }) = persist(|| port.find(&live.owner, &live.id)).await else {
        return (nothing(core, "it is not there any more").await, None);
    };
    if let Some(outcome) = before.and_then(Outcome::decode) {
        return (outcome, ended);
    }
    let places = places.map(|count| core.shared.jobs.places(scope, count));
    let place = match &places {
        // One that is given up has nothing to wait for.
        Some(places) => live.cancel.run_until_cancelled(places.acquire()).await,
        None => None,
    };
    // What is to be done is read when it is its turn: of very many that wait there may be more than memory holds.
    let known = persist(|| port.find(&live.owner, &live.id)).await;
    let task = known.and_then(|known| Task::decode(known.task));
    let keep = task.as_ref().map_or(Duration::from_hours(24), |task| task.retention);
    let outcome = match task {
        Some(task) => outcome(core, live, &task).await,
        None => nothing(core, "what is to be done cannot be read").await,
    };
    drop(place);
    let end = Ending { came: outcome.end.word().to_owned(), outcome: outcome.clone().encode(), keep };
    persist(|| port.end(&live.id, end.clone())).await;
    let kept = persist(|| port.find(&live.owner, &live.id)).await;
    (outcome, kept.and_then(|job| job.ended))
}

/// Starts all that other processes have left.
pub(crate) fn resume(core: &Core) {
    let of_task = core.clone();
    core.spawn(async move {
        let port = &of_task.shared.config.jobs;
        for job in persist(|| port.open()).await {
            if let Some(job) = persist(|| port.look(&job.id)).await {
                start(&of_task, &job);
            }
        }
    });
}

/// Runs a job to its end.
async fn outcome(core: &Core, live: &Arc<Live>, task: &Task) -> Outcome {
    let port = Arc::clone(&core.shared.config.jobs);
    let notes = persist(|| port.notes(&live.id)).await;
    // One that never began changes nothing any more.
    if live.cancel.is_cancelled() && notes.is_empty() {
        let refusal = Refusal::new(Refused::FlowFailed, CANCELLED);
        return of_refusal(core, End::Cancelled, &refusal).await;
    }
    let flow = match &task.work {
        Work::Flow { flow, .. } => core.shared.config.live.load().flow(flow).cloned(),
        Work::Call(wanted) => call::program(task, wanted),
    };
    let Some(flow) = flow else {
        return nothing(core, "its flow is not there any more").await;
    };
    live.runs();
    let running = Running::new(core, live, (flow, task), notes).await;
    let Finished { mut told, answer, cancelled, trail } = running.finish().await;
    let answered = what_came(task, &mut told, answer)
        .map_err(|refusal| if cancelled { Refusal { detail: CANCELLED.into(), ..refusal } } else { refusal });
    let end = match &answered {
        Err(_) if cancelled => End::Cancelled,
        Err(_) => End::Failed,
        Ok(_) => End::Succeeded,
    };
    let reply = answered.unwrap_or_else(|refusal| refusal.reply(&core.shared.config, &new_id(core)));
    let most = LONGEST.max(task.max_journal);
    let mut outcome = if let Some(outcome) = of_reply(end, reply, most).await {
        outcome
    } else {
        let detail = format!("the answer is longer than {most} bytes, the most that is kept of a job");
        of_refusal(core, End::Failed, &Refusal::new(Refused::FlowFailed, detail)).await
    };
    (outcome.steps, outcome.trail) = trail;
    outcome
}

/// What a job has come to.
fn what_came(task: &Task, told: &mut Told, made: Option<Answer>) -> Result<Reply, Refusal> {
    let method = Method::parse(task.method.as_bytes()).unwrap_or(Method::Get);
    match (&task.work, told.why(), made) {
        (Work::Flow { flow, .. }, ..) => answer(&method, flow, told),
        // Also where it came to its end after the job was given up.
        (Work::Call(_), _, Some(made)) => Ok(call::reply(made, &method)),
        (Work::Call(_), why, None) => {
            let why = why.unwrap_or_else(|| "it was given up".to_owned());
            Err(Refusal::new(Refused::FlowFailed, format!("the call: {why}")))
        }
    }
}

/// The outcome of a job that cannot be run.
async fn nothing(core: &Core, why: &'static str) -> Outcome {
    of_refusal(core, End::Failed, &Refusal::new(Refused::FlowFailed, why)).await
}

async fn of_refusal(core: &Core, end: End, refusal: &Refusal) -> Outcome {
    let mut reply = refusal.reply(&core.shared.config, &new_id(core));
    let body = reply.body.collect(LONGEST).await.unwrap_or_default();
    came(end, &reply.head, body)
}

fn new_id(core: &Core) -> RequestId {
    let wall = core.shared.config.clock.wall();
    core.with_rng(|rng| RequestId::new(wall, rng))
}

/// `None`: it is too long.
async fn of_reply(end: End, mut reply: Reply, most: usize) -> Option<Outcome> {
    let body = reply.body.collect(most).await.ok()?;
    Some(came(end, &reply.head, body))
}

fn came(end: End, head: &ResponseHead, body: Bytes) -> Outcome {
    let (status, headers) = (head.status, record::headers(&head.fields));
    Outcome { end, status, headers, steps: (0, 0), trail: Vec::new(), body }
}

// === impl Running ===

impl Running {
    async fn new(core: &Core, live: &Arc<Live>, (flow, task): (Arc<Flow>, &Task), notes: Vec<Bytes>) -> Self {
        let clock = core.shared.config.clock.clone();
        let began = live.created.since_epoch();
        let bounds = Bounds { seed: task.seed, began, named: true, ..flow.bounds };
        let noted: usize = notes.iter().map(Bytes::len).sum();
        let (inputs, request) = match &task.work {
            Work::Flow { inputs, .. } => (inputs.clone(), None),
            Work::Call(wanted) => (Values::new(), Some(call::request(task, wanted))),
        };
        let answer = request.is_some().then(|| call::answered(&notes)).flatten();
        let mut past = Past::new(notes.into_iter().filter_map(record::noted).collect());
        let mut engine =
            Engine::new(Arc::clone(&flow.program), flow.workflow, inputs, bounds, Duration::ZERO);
        let Resumed { now, calls } = past.resume(&mut engine);
        let nanos = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        let mut running = Self {
            journal: Journal::begin(core, &live.id),
            live: Arc::clone(live),
            engine,
            calls: Calls::new(core, flow, &task.origin, live.id.clone()),
            past,
            started: Nanos(clock.now().0.wrapping_sub(nanos)),
            clock,
            alarm: Alarm::default(),
            names: HashMap::new(),
            made: HashMap::new(),
            room: task.max_journal.saturating_sub(noted),
            request,
            answer,
        };
        running.live.began(running.started);
        if running.engine.given_up().is_some() {
            running.live.cancel.cancel();
            running.live.given_up();
        }
        for order in calls {
            running.obey(order).await;
        }
        running
    }

    /// Runs to the end.
    async fn finish(mut self) -> Finished {
        loop {
            if self.live.cancel.is_cancelled() && self.engine.given_up().is_none() {
                self.give_up().await;
            }
            while let Some(order) = self.engine.poll(self.now()) {
                self.obey(order).await;
            }
            self.live.look(&self.engine, &self.made);
            if self.engine.ended().is_some() {
                break;
            }
            match self.wait().await {
                Event::Call(done) => self.take(done).await,
                Event::GivenUp | Event::Time => {}
            }
        }
        let standing = self.live.standing(0);
        let cancelled = self.engine.given_up() == Some(&Reason::GivenUp);
        Finished {
            told: Told::of(&mut self.engine).0,
            answer: self.answer,
            cancelled,
            trail: ((standing.total, standing.done), standing.trail),
        }
    }

    async fn give_up(&mut self) {
        // Nobody is told before it is kept.
        self.note(&Happened::GivenUp).await.await.unwrap_or_default();
        self.engine.give_up();
        self.live.given_up();
    }

    async fn obey(&mut self, order: Order) {
        match order {
            Order::Cancel(id) => {
                self.names.remove(&id);
                self.calls.cancel(id);
            }
            Order::Call { id, call, passage } => match self.past.known(&call) {
                Some(Ok(reply)) => self.engine.answered(id, reply, self.now()),
                Some(Err(lost)) => self.engine.lost(id, &lost, self.now()),
                None => self.make((id, passage), call).await,
            },
        }
    }

    /// Makes a call; one that may not be made again when it is noted that it is made.
    async fn make(&mut self, (id, passage): (CallId, usize), mut call: Call) {
        self.names.insert(id, (call.name.clone(), passage));
        if let Some(request) = &self.request {
            call.request = Arc::new(request.clone());
        }
        if !is_safe(&call) && !call.request.headers.iter().any(|(name, _)| &**name == "idempotency-key") {
            let key = idempotency_key(&self.live.id, &call.name);
            Arc::make_mut(&mut call.request).headers.push(("idempotency-key".into(), key));
        }
        if call.again {
            return self.calls.make(id, call);
        }
        let noted = self.note(&Happened::Begun(call.name.clone())).await;
        let noted = async move { noted.await.map_err(|_| Lost::Unreachable("it cannot be noted".into())) };
        self.calls.make_after(id, call, noted);
    }

    async fn note(&mut self, what: &Happened) -> Kept {
        self.journal.note(record::note(self.now(), what)).await
    }

    async fn take(&mut self, Done { id, result, record, .. }: Done) {
        let Some((name, passage)) = self.names.remove(&id) else { return };
        self.made.extend(record.map(|record| (passage, record)));
        let size = result.as_ref().map_or(0, |reply| reply.body.len());
        let result = match result {
            Ok(_) if size > self.room => {
                Err(Lost::Bound("its answer does not fit into what is noted of the job".into()))
            }
            result => result,
        };
        self.room = self.room.saturating_sub(size);
        // What is noted later waits for this; nothing else needs to.
        match result {
            Ok(reply) => {
                self.answer = self.request.is_some().then(|| reply.clone());
                drop(self.note(&Happened::Answered(name, reply.clone())).await);
                self.engine.answered(id, reply, self.now());
            }
            Err(lost) => {
                drop(self.note(&Happened::Lost(name, lost.clone())).await);
                self.engine.lost(id, &lost, self.now());
            }
        }
    }

    async fn wait(&mut self) -> Event {
        let until = self.engine.wakes().map(|wake| wake.saturating_sub(self.now()));
        let cancel = self.live.cancel.clone();
        let noticed = self.engine.given_up().is_some();
        let given_up =
            async move { if noticed { std::future::pending().await } else { cancel.cancelled().await } };
        let (time, given_up) = (pin!(self.alarm.after(until)), pin!(given_up));
        tokio::select! {
            biased;
            done = self.calls.next() => Event::Call(done),
            () = given_up => Event::GivenUp,
            () = time => Event::Time,
        }
    }

    fn now(&self) -> Duration {
        // Its time may have begun before the clock did.
        Duration::from_nanos(self.clock.now().0.wrapping_sub(self.started.0))
    }
}

/// Whether a call changes nothing, as HTTP has it.
fn is_safe(call: &Call) -> bool {
    Method::parse(call.request.method.as_bytes()).is_some_and(|method| method.is_safe())
}

/// What a service knows a call by, however often it is made.
fn idempotency_key(job: &str, name: &str) -> String {
    let hash = digest(&SHA256, format!("{job} {name}").as_bytes());
    let hex: String = record::hex(hash.as_ref()).chars().take(32).collect();
    format!("\"{hex}\"")
}

#[cfg(test)]
mod tests {
    use message::Body;

    use super::*;

    #[tokio::test]
    async fn an_answer_is_kept_whole_or_it_is_too_long() {
        let reply = || Reply::new(ResponseHead::new(200), Body::full("abc"));
        assert_eq!(of_reply(End::Succeeded, reply(), 3).await.map(|kept| kept.body), Some("abc".into()));
        assert!(of_reply(End::Succeeded, reply(), 2).await.is_none());
    }
}
