//! `GET /api/v1/teams/{team}/jobs/{id}`.

use axum::extract::State;
use base::Micros;
use domain::Permission;
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{find, list};
use crate::app::App;
use crate::desk::JobRead;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Json, Place};
use crate::problem::{Code, Problem};
use crate::time;

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
    /// The attempts of steps that are under way.
    current: Vec<JobStep>,
    /// Those that have ended, in this order.
    trail: Vec<JobStep>,
    /// The status of what came of it.
    status: Option<u16>,
    /// Its body, where that is JSON of at most 64 KiB.
    body: Option<Value>,
}

/// An attempt of a step.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct JobStep {
    /// The step, behind those that called its workflow: `pay/charge`.
    step: String,
    /// 1 for the first.
    attempt: u32,
    /// `under_way`, `good`, `failed`, `cancelled` or `skipped`.
    came: String,
    /// When it began, in milliseconds after the job's own beginning.
    began_ms: f64,
    /// When it ended.
    #[serde(default)]
    ended_ms: Option<f64>,
    /// The status of its answer.
    #[serde(default)]
    status: Option<u16>,
}

/// What a caller is told of a job.
#[derive(Deserialize)]
struct Told {
    id: String,
    flow: Option<String>,
    call: Option<String>,
    state: String,
    created_at: i64,
    ended_at: Option<i64>,
    expires_at: Option<i64>,
    steps: Steps,
    trail: Vec<JobStep>,
    result: Option<Came>,
}

#[derive(Deserialize)]
struct Steps {
    total: usize,
    done: usize,
    current: Vec<JobStep>,
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
    let seconds = |at: i64| time::show(Micros(at.saturating_mul(1_000_000)));
    let (status, body) = told.result.map_or((None, None), |came| (Some(came.status), came.body));
    Ok(Json(JobDetail {
        id: told.id,
        service,
        schedule,
        owner,
        name: told.flow.or(told.call).unwrap_or_default(),
        state: told.state,
        created_at: seconds(told.created_at),
        ended_at: told.ended_at.map(seconds),
        expires_at: told.expires_at.map(seconds),
        total: told.steps.total,
        done: told.steps.done,
        current: told.steps.current,
        trail: told.trail,
        status,
        body,
    }))
}
