//! `GET /api/v1/teams/{team}/jobs`.

use axum::extract::State;
use domain::{DocId, Permission};
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use stateport::{JobQuery, Scope, Stands};

use super::{below, failed};
use crate::api::documents::identity;
use crate::app::App;
use crate::desk::JobListed;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Json, Params, Place};
use crate::page::{Page, limit};
use crate::problem::{Code, Problem};
use crate::time;

/// Which jobs are wanted.
#[derive(Debug, Deserialize, JsonSchema)]
struct JobParams {
    /// The environment; `default` if absent.
    environment: Option<String>,
    /// Of this service.
    service: Option<String>,
    /// Of this schedule.
    schedule: Option<String>,
    /// `open` (they have not ended), `succeeded`, `failed` or `cancelled`; absent: all.
    state: Option<String>,
    /// At most so many: 1 to 200, usually 50.
    limit: Option<usize>,
    /// Where an earlier part ended.
    cursor: Option<String>,
}

/// A call that is answered later, or the run of a schedule.
#[derive(Debug, Serialize, JsonSchema)]
struct JobItem {
    /// Its id.
    id: String,
    /// The service whose call it is.
    service: Option<String>,
    /// The schedule whose run it is.
    schedule: Option<String>,
    /// What it does: a flow's name, or a call such as `POST /reports`.
    name: String,
    /// `queued`, `running`, `cancelling`, `succeeded`, `failed` or `cancelled`.
    state: String,
    /// When it was taken in.
    created_at: String,
    /// When it ended; null: it has not.
    ended_at: Option<String>,
}

pub(crate) fn endpoint() -> Endpoint {
    let names = ("listJobs", "A team's calls that are answered later, and the runs of its schedules");
    let access = Access::Team(Permission::DocumentsWrite);
    Endpoint::new((Method::GET, "/api/v1/teams/{team}/jobs"), access, names, handle)
        .query::<JobParams>()
        .answer::<Page<JobItem>>(200, "The jobs, newest first.")
}

async fn handle(
    State(app): State<App>,
    Place(team): Place<String>,
    Params(params): Params<JobParams>,
) -> Result<Json<Page<JobItem>>, Problem> {
    let limit = limit(params.limit)?;
    let scope = scope(&team, &params)?;
    let before = params.cursor.filter(|cursor| !cursor.is_empty());
    let which = JobQuery { scope, stands: stands(params.state.as_deref())?, before, limit: limit + 1 };
    let mut found = app.admin.jobs.list(which).await.map_err(failed)?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next_cursor = found.last().filter(|_| more).map(|last| last.line.id.clone());
    Ok(Json(Page { items: found.into_iter().map(JobItem::from).collect(), next_cursor }))
}

fn scope(team: &str, params: &JobParams) -> Result<Scope, Problem> {
    let environment = params.environment.as_deref();
    let one = |plural, name| Ok(Scope::One(identity((team, plural, name), environment)?.to_string()));
    match (params.service.as_deref(), params.schedule.as_deref()) {
        (None, None) => Ok(Scope::Below(below(team, environment))),
        (Some(name), None) => one("services", name),
        (None, Some(name)) => one("schedules", name),
        (Some(_), Some(_)) => {
            Err(Problem::new(Code::InvalidRequest).detail("say `service` or `schedule`, not both"))
        }
    }
}

fn stands(state: Option<&str>) -> Result<Option<Stands>, Problem> {
    match state.filter(|state| !state.is_empty()) {
        None => Ok(None),
        Some("open") => Ok(Some(Stands::Open)),
        Some(word @ ("succeeded" | "failed" | "cancelled")) => Ok(Some(Stands::Ended(word.to_owned()))),
        Some(_) => {
            let detail = "`state` is `open`, `succeeded`, `failed` or `cancelled`";
            Err(Problem::new(Code::InvalidRequest).detail(detail))
        }
    }
}

/// The service's and the schedule's name of what a job is of.
pub(super) fn names(scope: &str) -> (Option<String>, Option<String>) {
    let id = scope.parse::<DocId>().ok();
    let of = |kind| id.as_ref().filter(|id| id.kind == kind).map(|id| id.name.to_string());
    (of(domain::Kind::Service), of(domain::Kind::Schedule))
}

impl From<JobListed> for JobItem {
    fn from(JobListed { line, state }: JobListed) -> Self {
        let (service, schedule) = names(&line.scope);
        Self {
            id: line.id,
            service,
            schedule,
            name: line.name,
            state,
            created_at: time::show(line.created),
            ended_at: line.ended.map(|(at, _)| time::show(at)),
        }
    }
}
