//! `POST /api/v1/teams/{team}/webhooks/{name}/replay`.

use axum::extract::State;
use domain::Permission;
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::Replay;

use crate::api::documents::{EnvironmentParams, identity};
use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Body, Caller, Json, Params, Place};
use crate::problem::{Code, Problem};
use crate::time;

/// What is sent again: one of both.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ReplayRequest {
    /// The event of this id, whatever became of it.
    #[serde(default)]
    event: Option<String>,
    /// All dead letters since this time, as RFC 3339.
    #[serde(default)]
    since: Option<String>,
}

/// What is sent again.
#[derive(Debug, Serialize, JsonSchema)]
struct Replayed {
    /// How many deliveries.
    count: usize,
}

pub(crate) fn endpoint() -> Endpoint {
    let names =
        ("replayWebhook", "Sends events again to a webhook, and switches it on if it was switched off");
    let access = Access::Team(Permission::DocumentsWrite);
    Endpoint::new((Method::POST, "/api/v1/teams/{team}/webhooks/{name}/replay"), access, names, handle)
        .query::<EnvironmentParams>()
        .body::<ReplayRequest>()
        .answer::<Replayed>(200, "So many are due now.")
}

async fn handle(
    State(app): State<App>,
    Caller(principal): Caller,
    Place((team, name)): Place<(String, String)>,
    Params(params): Params<EnvironmentParams>,
    Body(request): Body<ReplayRequest>,
) -> Result<Json<Replayed>, Problem> {
    let id = identity((&team, "webhooks", &name), params.environment.as_deref())?;
    let which = match (request.event, request.since) {
        (Some(event), None) => Replay::One(event),
        (None, Some(since)) => Replay::DeadSince(time::read("since", &since)?),
        _ => {
            let detail = "say which: `event` with an id, or `since` with a time";
            return Err(Problem::new(Code::InvalidRequest).detail(detail));
        }
    };
    let count = app.run(move |control| control.scoped(&principal).replay(&id, &which)).await?;
    Ok(Json(Replayed { count }))
}
