//! `POST /api/v1/teams/{team}/schedules/{name}/run`.

use axum::extract::State;
use domain::Permission;
use http::Method;
use schemars::JsonSchema;
use serde::Serialize;

use crate::api::documents::{EnvironmentParams, identity};
use crate::api::jobs::failed;
use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Caller, Json, Params, Place};
use crate::problem::{Code, Problem};

/// A run that was taken in.
#[derive(Debug, Serialize, JsonSchema)]
struct ScheduleRun {
    /// Its job's id.
    job: String,
}

pub(crate) fn endpoint() -> Endpoint {
    let names = ("runSchedule", "Runs a schedule's flow now, beside its times");
    let access = Access::Team(Permission::DocumentsWrite);
    Endpoint::new((Method::POST, "/api/v1/teams/{team}/schedules/{name}/run"), access, names, handle)
        .query::<EnvironmentParams>()
        .answer::<ScheduleRun>(200, "It was taken in.")
}

async fn handle(
    State(app): State<App>,
    Caller(principal): Caller,
    Place((team, name)): Place<(String, String)>,
    Params(params): Params<EnvironmentParams>,
) -> Result<Json<ScheduleRun>, Problem> {
    let id = identity((&team, "schedules", &name), params.environment.as_deref())?;
    let (wanted, by) = (id.clone(), principal.label());
    app.run(move |control| control.scoped(&principal).get(&wanted)).await?;
    tracing::info!(schedule = %id, %by, "a schedule is run by an administrator");
    let job = app.admin.jobs.run(id).await.map_err(failed)?;
    let full = || Problem::new(Code::Throttled).detail("too many of its runs have not ended");
    Ok(Json(ScheduleRun { job: job.ok_or_else(full)? }))
}
