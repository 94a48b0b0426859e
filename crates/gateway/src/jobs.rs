//! Jobs: calls that are answered later, where the call asks for it (`Prefer: respond-async`) and the service has
//! jobs. A job outlives the process; its caller alone finds it, below the path that the service's document names.

mod about;
mod call;
mod desk;
mod events;
mod journal;
mod live;
mod record;
mod run;
mod schedules;

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};
use base::RequestId;
use domain::{Kind, Spec};
use message::{Body, Fields, Known, Method, Prefers, Reason, ResponseHead, idempotency_key};
use net::Reply;
use snapshot::{Jobs as Settings, Route, RouteFlow};
use stateport::{Accepted, Job, NewJob, StateError};
use tokio::sync::oneshot;

use crate::accept::Accepts;
use crate::ai::Owner;
use crate::exchange::Exchange;
use crate::gateway::Core;
use crate::inside::Origin;
use crate::stage::authenticate::hide_all;
use crate::stage::route::Conditions;
use crate::{Refusal, flow};
use about::About;
pub(crate) use call::{varies, wants};
pub use desk::{JobDetail, JobView, ScheduleView};
pub(crate) use live::Jobs;
use live::{Live, Standing};
pub(crate) use record::hex;
use record::{Outcome, Task, Work};
pub(crate) use run::resume;
pub(crate) use schedules::keep;

/// After so many seconds a client may ask again.
const ASK_AGAIN: &str = "1";

/// The same where there are too many jobs.
const FULL: u64 = 10;

/// So long who cancels waits at most until that is kept.
const CANCELLED: Duration = Duration::from_secs(2);

/// What is asked for below the path of the jobs.
pub(crate) struct Asked {
    id: String,
    result: bool,
    /// Where the job is, as the caller writes it.
    place: String,
}

/// The job that a call asks for, if it asks for one.
pub(crate) fn asked(x: &Exchange<'_>, route: &Route) -> Option<Asked> {
    let path = x.head.path();
    let rest = route.below_jobs(path)?;
    let (id, result) = rest.strip_suffix("/result").map_or((rest, false), |id| (id, true));
    let place = path.strip_suffix("/result").filter(|_| result).unwrap_or(path).to_owned();
    (RequestId::parse(id).is_some()).then(|| Asked { id: id.to_owned(), result, place })
}

/// Answers a call that asks for a job.
pub(crate) async fn serve(x: &mut Exchange<'_>, asked: Asked) -> Result<Reply, Refusal> {
    let owner = Owner::of(x).to_string();
    let cancels = x.head.method == Method::Delete && !asked.result;
    if !cancels && !matches!(x.head.method, Method::Get | Method::Head) {
        let allow = if asked.result { "GET, HEAD" } else { "GET, HEAD, DELETE" };
        let refusal = Refusal::new(Reason::MethodNotAllowed, "a job is asked for, or cancelled");
        return Err(Refusal { allow: Some(allow.into()), ..refusal });
    }
    let follows =
        Accepts::of(&x.head.fields).rather("application/json", &[("text/event-stream", ())]).is_some();
    let seen =
        x.head.fields.get_named("last-event-id").and_then(|id| std::str::from_utf8(id).ok()?.parse().ok());
    let seen = seen.unwrap_or(0);
    let port = Arc::clone(&x.shared().config.jobs);
    for _ in 0..2 {
        if let Some(live) = x.shared().jobs.find(&owner, &asked.id) {
            let Asked { id, place, result } = asked;
            let place = Some(place);
            let about = About { id, place, name: live.name.clone(), created: live.created, ended: None };
            if cancels {
                live.cancel.cancel();
                let standing =
                    live.until(|standing| standing.outcome.is_some() || standing.state == "cancelling");
                let Ok(standing) = tokio::time::timeout(CANCELLED, standing).await else {
                    return Err(full("it is not kept yet that the job is given up"));
                };
                let status = if standing.outcome.is_some() { 200 } else { 202 };
                return Ok(accepted(status, &about, &standing));
            }
            if follows && !result {
                if seen > 0 && live.standing(0).has_told(seen) {
                    return Ok(flow::nothing_more());
                }
                return Ok(events::follow(live, seen, Box::new(move |standing| about.tell(standing))));
            }
            return Ok(told(&about, &live.standing(0), result));
        }
        let job = port.find(&owner, &asked.id).await.map_err(unavailable)?;
        let job = job.ok_or_else(|| Refusal::new(Reason::UnknownObject, "there is no such job"))?;
        if let Some(outcome) = job.outcome.clone().and_then(Outcome::decode) {
            let standing = Standing::of(outcome);
            let about = About::of(&job, Some(asked.place));
            if follows && !asked.result {
                if standing.has_told(seen) {
                    return Ok(flow::nothing_more());
                }
                return Ok(events::replay(&standing, seen, &about.tell(&standing)));
            }
            return Ok(told(&about, &standing, asked.result));
        }
        // One that does not run though it has not ended was left by a call that ended before it could be started.
        run::start(x.core, &job);
    }
    Err(unavailable(StateError::Unavailable))
}

/// Takes a call of a flow in as a job, if it asks for that and the service has jobs that its caller can find.
pub(crate) async fn begin(
    x: &mut Exchange<'_>,
    route: &Arc<Route>,
    used: &RouteFlow,
) -> Option<Result<Reply, Refusal>> {
    let settings = route.service.jobs.as_ref()?;
    let delivery = x.delivery.take();
    // Who sends webhooks prefers nothing: the route does.
    let prefers = if delivery.is_some() { Prefers::default() } else { Prefers::of(&x.head.fields) };
    let later = delivery.is_some() || (prefers.later && x.vouched.is_none());
    if !later {
        return None;
    }
    let base = base(x, route, settings);
    // A webhook is taken in though nobody can ask what came of it.
    if delivery.is_none() && base.is_none() {
        return None;
    }
    Some(accept(x, (route, settings), (used, delivery), (base, prefers)).await)
}

/// Takes a call of a route that runs no flow in as a job, if its caller can find it.
pub(crate) async fn begin_call(x: &mut Exchange<'_>, route: &Arc<Route>) -> Option<Result<Reply, Refusal>> {
    let settings = route.service.jobs.as_ref()?;
    let base = base(x, route, settings)?;
    Some(accept_call(x, (route, settings), Some(base)).await)
}

async fn accept_call(
    x: &mut Exchange<'_>,
    (route, settings): (&Arc<Route>, &Settings),
    base: Option<String>,
) -> Result<Reply, Refusal> {
    let prefers = Prefers::of(&x.head.fields);
    let wanted = call::take(x, route, settings.repeatable).await?;
    let name = format!("{} {}", x.head.method.as_str(), x.head.path());
    let key = key(x, route, &wanted.body)?;
    let origin = Origin::of_rest(x);
    take_task(x, (route, settings), (name, Work::Call(wanted), origin, key), (base, prefers)).await
}

async fn accept(
    x: &mut Exchange<'_>,
    (route, settings): (&Arc<Route>, &Settings),
    (used, delivery): (&RouteFlow, Option<String>),
    (base, prefers): (Option<String>, Prefers),
) -> Result<Reply, Refusal> {
    // Who the caller is was found out; what proved it is not kept.
    hide_all(&mut x.head, &route.service);
    let inputs = flow::inputs_of(x, used).await?;
    let key = match delivery {
        // The same one is the same whatever else the request has.
        Some(id) => Some((format!("{} webhook {id}", route.id), String::new())),
        None => key(x, route, expr::canonical_object(&inputs).as_bytes())?,
    };
    let work = Work::Flow { flow: used.flow.id.clone(), inputs };
    let (name, origin) = (used.flow.id.name.to_string(), Origin::of(x));
    take_task(x, (route, settings), (name, work, origin, key), (base, prefers)).await
}

/// By what a job is known that is asked for again, and what tells it from another that is asked for by the same.
type Key = (String, String);

/// The key that the caller gives, if it does.
fn key(x: &Exchange<'_>, route: &Route, asked: &[u8]) -> Result<Option<Key>, Refusal> {
    let key = idempotency_key(&x.head.fields).map_err(|why| Refusal::new(Reason::InvalidFlowInput, why))?;
    let Some(key) = key else { return Ok(None) };
    let mut digest = Context::new(&SHA256);
    for part in [x.head.method.as_str(), x.head.path(), x.head.query().unwrap_or_default()] {
        digest.update(part.as_bytes());
        digest.update(b"\n");
    }
    digest.update(asked);
    Ok(Some((format!("{} {key}", route.service.id), hex(digest.finish().as_ref()))))
}

async fn take_task(
    x: &mut Exchange<'_>,
    (route, settings): (&Arc<Route>, &Settings),
    (name, work, origin, key): (String, Work, Origin, Option<Key>),
    (base, prefers): (Option<String>, Prefers),
) -> Result<Reply, Refusal> {
    let task = Task {
        work,
        origin,
        method: x.head.method.as_str().to_owned(),
        seed: x.core.with_rng(base::Rng::next_u64),
        retention: settings.retention,
        max_journal: settings.max_journal,
        running: settings.running,
    };
    let wall = x.shared().config.clock.wall();
    let new = NewJob {
        id: x.core.with_rng(|rng| RequestId::new(wall, rng)).to_string(),
        scope: route.service.id.to_string(),
        owner: Owner::of(x).to_string(),
        name,
        key,
        task: task.encode(),
    };
    let (job, live) = take_in(x.core, new, settings.open).await?;
    // From here on its steps are the calls that are under way.
    drop(x.ledger.release());
    x.mark("accept");
    let place = base.map(|base| format!("{base}{}/{}", settings.path, job.id));
    Ok(first(&job, live, place, prefers).await)
}

/// Takes a job in and starts it, also where the caller leaves meanwhile.
async fn take_in(core: &Core, new: NewJob, most: usize) -> Result<(Job, Option<Arc<Live>>), Refusal> {
    let (tell, told) = oneshot::channel();
    let of_task = core.clone();
    core.spawn(async move {
        let port = &of_task.shared.config.jobs;
        let owner = new.owner.clone();
        let mut id = new.id.clone();
        let taken = match port.accept(new, most).await {
            Ok(Accepted::Known(known)) => {
                id = known;
                Ok(())
            }
            Ok(Accepted::New) => Ok(()),
            Ok(Accepted::Differs) => Err(Refusal::new(
                Reason::IdempotencyKeyReused,
                "this `Idempotency-Key` was sent with another request",
            )),
            Ok(Accepted::Full) => Err(full("as many jobs as may are under way or wait")),
            Ok(Accepted::NoRoom) => Err(full("there is no room for more jobs")),
            Err(error) => Err(unavailable(error)),
        };
        let job = match taken {
            Ok(()) => port.find(&owner, &id).await.map_err(unavailable),
            Err(refusal) => Err(refusal),
        };
        let job = job.and_then(|job| job.ok_or_else(|| unavailable(StateError::Unavailable)));
        let job = job.map(|mut job| {
            let live = job.outcome.is_none().then(|| run::start(&of_task, &job));
            // Who waits for its end needs it no more.
            job.task.clear();
            (job, live)
        });
        // The caller may have left.
        drop(tell.send(job));
    });
    told.await.unwrap_or_else(|_| Err(unavailable(StateError::Unavailable)))
}

/// The first answer to who has asked for a job: what came of it, if that comes while it waits, else where it is.
async fn first(job: &Job, live: Option<Arc<Live>>, place: Option<String>, prefers: Prefers) -> Reply {
    if let (Some(live), Some(wait)) = (&live, prefers.wait) {
        let end = live.until(|standing| standing.outcome.is_some());
        tokio::time::timeout(wait, end).await.map(drop).unwrap_or_default();
    }
    let before = job.outcome.clone().and_then(Outcome::decode).map(Standing::of);
    let standing = live.map(|live| live.standing(0)).or(before).unwrap_or_default();
    let about = About::of(job, place);
    if let Some(outcome) = standing.outcome.as_ref().filter(|_| prefers.wait.is_some()) {
        let mut reply = outcome.reply();
        reply.head.fields.push_named(b"preference-applied", b"wait");
        if let Some(result) = about.result() {
            reply.head.fields.push_named(b"content-location", result.as_bytes());
        }
        return reply;
    }
    let mut reply = accepted(if job.outcome.is_some() { 200 } else { 202 }, &about, &standing);
    if prefers.later {
        reply.head.fields.push_named(b"preference-applied", b"respond-async");
    }
    reply
}

/// What stands before the service's own paths where its jobs are found: as before this call's, or as one of the service's
/// routes has it. `None`: no route leads there.
fn base(x: &Exchange<'_>, route: &Route, settings: &Settings) -> Option<String> {
    let (host, fields) = (x.head.authority(), Fields::new());
    let leads = |base: &str| {
        let path = format!("{base}{}/x", settings.path);
        let found = x.snapshot.find(host, &path, "GET", &Conditions(&fields, None)).ok()?;
        let (strip, _) = found.route.path_change(&path);
        let same = found.route.service.id == route.service.id && strip == base.len();
        same.then(|| base.to_owned())
    };
    let mut others: Vec<String> = x
        .snapshot
        .dependents(&route.service.id)
        .filter(|id| id.kind == Kind::Route)
        .filter_map(|id| match &x.snapshot.document(id)?.spec {
            Spec::Route(route) => Some(route.strip_prefix.clone().unwrap_or_default()),
            _ => None,
        })
        .map(|strip| strip.trim_end_matches('/').to_owned())
        .collect();
    others.sort_unstable();
    leads(&Origin::of(x).path("")).or_else(|| others.iter().find_map(|base| leads(base)))
}

fn full(why: &'static str) -> Refusal {
    Refusal { retry_after: Some(FULL), ..Refusal::new(Reason::Overloaded, why) }
}

fn unavailable(error: StateError) -> Refusal {
    Refusal { retry_after: Some(FULL), ..Refusal::new(Reason::Overloaded, format!("jobs: {error}")) }
}

// === impl Standing ===

impl Standing {
    /// Of a job that has ended.
    fn of(outcome: Outcome) -> Self {
        Self {
            state: outcome.end.word(),
            total: outcome.steps.0,
            done: outcome.steps.1,
            current: Vec::new(),
            trail: outcome.trail.clone(),
            outcome: Some(Arc::new(outcome)),
            ended: None,
            now: None,
        }
    }

    /// Whether somebody who has seen so many events has seen the end.
    fn has_told(&self, seen: usize) -> bool {
        self.outcome.is_some() && seen > self.trail.len()
    }
}

/// The answer to who asks how a job stands, or what came of it.
fn told(about: &About, standing: &Standing, result: bool) -> Reply {
    match &standing.outcome {
        Some(outcome) if result => outcome.reply(),
        Some(_) => job(200, about, standing),
        None => {
            let mut reply = job(if result { 202 } else { 200 }, about, standing);
            reply.head.fields.push(Known::RetryAfter, ASK_AGAIN.as_bytes());
            reply
        }
    }
}

/// The answer to who has asked for a job, or for its end.
fn accepted(status: u16, about: &About, standing: &Standing) -> Reply {
    let mut reply = job(status, about, standing);
    if let Some(place) = &about.place {
        reply.head.fields.push_named(b"location", place.as_bytes());
    }
    reply
}

fn job(status: u16, about: &About, standing: &Standing) -> Reply {
    let mut head = ResponseHead::new(status);
    head.fields.push(Known::ContentType, b"application/json");
    head.fields.push(Known::CacheControl, b"no-store");
    Reply::new(head, Body::full(about.tell(standing).to_string()))
}
