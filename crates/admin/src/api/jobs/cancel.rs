//! `POST /api/v1/teams/{team}/jobs/{id}/cancel`.

use axum::extract::State;
use domain::Permission;
use http::Method;
use schemars::JsonSchema;
use serde::Serialize;

use super::find;
use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Caller, Json, Place};
use crate::problem::Problem;

/// What became of a wish to cancel.
#[derive(Debug, Serialize, JsonSchema)]
struct JobCancelled {
    /// It is given up; false: it had ended.
    cancelled: bool,
}

pub(crate) fn endpoint() -> Endpoint {
    let names = ("cancelJob", "Gives a job up: what it did is undone where its flow says how");
    let access = Access::Team(Permission::DocumentsWrite);
    Endpoint::new((Method::POST, "/api/v1/teams/{team}/jobs/{id}/cancel"), access, names, handle)
        .answer::<JobCancelled>(200, "Whether it is given up.")
}

async fn handle(
    State(app): State<App>,
    Caller(principal): Caller,
    Place((team, id)): Place<(String, String)>,
) -> Result<Json<JobCancelled>, Problem> {
    find(&app, &team, id.clone()).await?;
    let cancelled = app.admin.jobs.cancel(&id);
    tracing::info!(job = id, by = %principal.label(), cancelled, "a job is cancelled by an administrator");
    Ok(Json(JobCancelled { cancelled }))
}
