//! `GET /api/v1/teams/{team}/jobs/{id}`.

use std::collections::HashMap;
use std::time::Duration;

use axum::extract::State;
use base::RequestId;
use domain::Permission;
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trace::{FlowRecord, FlowStep, StepEnd};

use super::{find, list};
use crate::api::flows::run::{RunStep, steps};
use crate::app::App;
use crate::desk::JobRead;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Json, Place};
use crate::problem::{Code, Problem};

/// A job, its steps and what came of it.
#[derive(Debug, Serialize, JsonSchema)]
struct JobDetail {
    /// Its id.
    id: String,
    /// The service whose call it is.
    service: Option<String>,
    /// The schedule whose run it is.
    schedule: Option<String>,
    /// Whose it is: an application, all who call the service without a name, or the schedule.
    owner: String,
    /// What it does: a flow's name, or a call such as `POST /reports`.
    name: String,
    /// `queued`, `running`, `cancelling`, `succeeded`, `failed` or `cancelled`.
    state: String,
    /// When it was taken in.
    created_at: String,
    /// When it ended; null: it has not.
    ended_at: Option<String>,
    /// Until when it is found.
    expires_at: Option<String>,
    /// How many steps its flow has.
    total: usize,
    /// How many of them have come out.
    done: usize,
    /// How long its steps have taken, in microseconds; the time in which the gateway did not run does not count.
    duration_us: u64,
    /// The attempts of its steps, in the order in which they began.
    steps: Vec<RunStep>,
    /// The status of what came of it.
    status: Option<u16>,
    /// Its body, where that is JSON of at most 64 KiB.
    body: Option<Value>,
}

/// What is told of an attempt of a step.
#[derive(Deserialize)]
struct Attempted {
    /// Absent of jobs that ended under an earlier version.
    number: Option<usize>,
    step: Box<str>,
    attempt: u32,
    came: String,
    began_ms: f64,
    ended_ms: Option<f64>,
    status: Option<u16>,
    #[serde(default)]
    after: Vec<usize>,
    within: Option<usize>,
    request_id: Option<String>,
}

/// What a caller is told of a job.
#[derive(Deserialize)]
struct Told {
    id: String,
    flow: Option<String>,
    call: Option<String>,
    state: String,
    created_at: String,
    ended_at: Option<String>,
    expires_at: Option<String>,
    steps: Steps,
    trail: Vec<Attempted>,
    result: Option<Came>,
}

#[derive(Deserialize)]
struct Steps {
    total: usize,
    done: usize,
    current: Vec<Attempted>,
    now_ms: Option<f64>,
}

#[derive(Deserialize)]
struct Came {
    status: u16,
    body: Option<Value>,
}

pub(crate) fn endpoint() -> Endpoint {
    let names = ("getJob", "A job, its steps and what came of it");
    let access = Access::Team(Permission::DocumentsWrite);
    Endpoint::new((Method::GET, "/api/v1/teams/{team}/jobs/{id}"), access, names, handle)
        .answer::<JobDetail>(200, "The job.")
}

async fn handle(
    State(app): State<App>,
    Place((team, id)): Place<(String, String)>,
) -> Result<Json<JobDetail>, Problem> {
    let JobRead { scope, owner, told } = find(&app, &team, id).await?;
    let told: Told = serde_json::from_value(told).map_err(|_| Problem::new(Code::Internal))?;
    let (service, schedule) = list::names(&scope);
    let (record, duration_us) = record(told.trail, told.steps.current, told.steps.now_ms);
    let (status, body) = told.result.map_or((None, None), |came| (Some(came.status), came.body));
    Ok(Json(JobDetail {
        id: told.id,
        service,
        schedule,
        owner,
        name: told.flow.or(told.call).unwrap_or_default(),
        state: told.state,
        created_at: told.created_at,
        ended_at: told.ended_at,
        expires_at: told.expires_at,
        total: told.steps.total,
        done: told.steps.done,
        duration_us,
        steps: steps(&record, duration_us),
        status,
        body,
    }))
}

/// The steps on one time axis, and how long that is.
fn record(trail: Vec<Attempted>, current: Vec<Attempted>, now_ms: Option<f64>) -> (FlowRecord, u64) {
    let mut all: Vec<(usize, Attempted)> = trail.into_iter().chain(current).enumerate().collect();
    for (number, step) in &mut all {
        *number = step.number.unwrap_or(*number);
    }
    all.sort_by_key(|(number, _)| *number);
    let places: HashMap<usize, u32> = all.iter().map(|(number, _)| *number).zip(0..).collect();
    let ends = all.iter().map(|(_, step)| step.ended_ms.unwrap_or(step.began_ms));
    let end_us = ends.chain(now_ms).map(micros).max().unwrap_or_default();
    let one = |(_, step): (usize, Attempted)| FlowStep {
        name: step.step,
        attempt: step.attempt,
        start_us: micros(step.began_ms),
        duration_us: step.ended_ms.map_or(end_us, micros).saturating_sub(micros(step.began_ms)),
        status: step.status.unwrap_or_default(),
        end: StepEnd::ALL.into_iter().find(|end| end.as_str() == step.came).unwrap_or_default(),
        after: step.after.iter().filter_map(|on| places.get(on).copied()).collect(),
        within: step.within.and_then(|outer| places.get(&outer).copied()),
        call: step.request_id.as_deref().and_then(RequestId::parse),
    };
    (FlowRecord { steps: all.into_iter().map(one).collect() }, end_us)
}

/// Milliseconds as whole microseconds.
fn micros(ms: f64) -> u64 {
    u64::try_from(Duration::try_from_secs_f64(ms / 1e3).unwrap_or_default().as_micros()).unwrap_or(u64::MAX)
}
