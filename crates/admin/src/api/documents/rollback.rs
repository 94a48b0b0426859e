//! `POST /api/v1/teams/{team}/{plural}/{name}/rollback`.

use axum::extract::State;
use axum::response::Response;
use domain::Permission;
use http::{HeaderMap, Method, StatusCode};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{DocumentView, EnvironmentParams, answer, current, identity};
use crate::app::App;
use crate::conditions;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Body, Caller, Params, Place};
use crate::problem::Problem;

/// To which state.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Rollback {
    /// The revision that is written again.
    revision: u64,
}

pub(crate) fn endpoint() -> Endpoint {
    let names = ("rollBackDocument", "Writes a document again as it was; a deleted one comes back");
    let access = Access::Team(Permission::DocumentsWrite);
    Endpoint::new((Method::POST, "/api/v1/teams/{team}/{plural}/{name}/rollback"), access, names, handle)
        .query::<EnvironmentParams>()
        .header("if-match", "The ETag that you read.")
        .header("if-none-match", "`*`: it is deleted now.")
        .body::<Rollback>()
        .answer::<DocumentView>(200, "Written again, as a new revision.")
}

async fn handle(
    State(app): State<App>,
    Caller(principal): Caller,
    Place((team, plural, name)): Place<(String, String, String)>,
    Params(params): Params<EnvironmentParams>,
    headers: HeaderMap,
    Body(Rollback { revision }): Body<Rollback>,
) -> Result<Response, Problem> {
    let id = identity((&team, &plural, &name), params.environment.as_deref())?;
    let condition = conditions::required(&headers)?;
    let (looker, wanted) = (principal.clone(), id.clone());
    let found = app.run(move |control| current(&control.scoped(&looker), &wanted)).await?;
    let seen = condition.check(found)?;
    let view = app.run(move |control| control.scoped(&principal).roll_back(&id, revision, seen)).await?;
    Ok(answer(StatusCode::OK, view))
}
