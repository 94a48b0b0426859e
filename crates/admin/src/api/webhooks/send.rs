//! `POST /api/v1/teams/{team}/events`.

use axum::extract::State;
use domain::{DEFAULT_ENVIRONMENT, Permission};
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::api::documents::EnvironmentParams;
use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Body, Caller, Json, Params, Place};
use crate::problem::Problem;

/// An event.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct EventRequest {
    /// Its type, such as `order.created`.
    r#type: String,
    /// What happened; any JSON.
    #[serde(default)]
    data: Value,
}

/// An event that was taken in.
#[derive(Debug, Serialize, JsonSchema)]
struct EventAccepted {
    /// Its id: `webhook-id` of its deliveries.
    id: String,
    /// The webhooks that it goes to, by their names.
    webhooks: Vec<String>,
}

pub(crate) fn endpoint() -> Endpoint {
    let names = ("sendEvent", "Sends an event to the team's webhooks that want its type");
    let access = Access::Team(Permission::DocumentsWrite);
    Endpoint::new((Method::POST, "/api/v1/teams/{team}/events"), access, names, handle)
        .query::<EnvironmentParams>()
        .body::<EventRequest>()
        .answer::<EventAccepted>(200, "It was taken in, and is delivered at least once.")
}

async fn handle(
    State(app): State<App>,
    Caller(principal): Caller,
    Place(team): Place<String>,
    Params(params): Params<EnvironmentParams>,
    Body(EventRequest { r#type, data }): Body<EventRequest>,
) -> Result<Json<EventAccepted>, Problem> {
    let environment = params.environment.unwrap_or_else(|| DEFAULT_ENVIRONMENT.to_owned());
    let taken = app
        .run(move |control| control.scoped(&principal).send_event((&team, &environment), &r#type, &data))
        .await?;
    Ok(Json(EventAccepted { id: taken.id, webhooks: taken.webhooks }))
}
