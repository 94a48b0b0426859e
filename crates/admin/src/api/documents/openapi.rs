//! `GET /api/v1/teams/{team}/services/{name}/openapi`.

use axum::extract::State;
use control::ControlError;
use domain::Permission;
use http::Method;
use serde_json::Value;

use super::{EnvironmentParams, identity};
use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Caller, Json, Params, Place};
use crate::problem::Problem;

pub(crate) fn endpoint() -> Endpoint {
    let names =
        ("getServiceOpenapi", "What a service's routes that flows answer take and answer, as OpenAPI 3.1");
    let access = Access::Team(Permission::DocumentsRead);
    Endpoint::new((Method::GET, "/api/v1/teams/{team}/services/{name}/openapi"), access, names, handle)
        .query::<EnvironmentParams>()
        .answer::<Value>(200, "The OpenAPI document.")
}

async fn handle(
    State(app): State<App>,
    Caller(principal): Caller,
    Place((team, name)): Place<(String, String)>,
    Params(params): Params<EnvironmentParams>,
) -> Result<Json<Value>, Problem> {
    let id = identity((&team, "services", &name), params.environment.as_deref())?;
    let wanted = id.clone();
    app.run(move |control| control.scoped(&principal).get(&wanted)).await?;
    let document = app.admin.control.live().load().openapi(&id);
    document.map(Json).ok_or_else(|| ControlError::NotFound("service").into())
}
