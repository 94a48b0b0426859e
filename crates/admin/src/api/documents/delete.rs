//! `DELETE /api/v1/teams/{team}/{plural}/{name}`.

use axum::extract::State;
use domain::Permission;
use http::{HeaderMap, Method, StatusCode};

use super::{EnvironmentParams, identity};
use crate::app::App;
use crate::conditions;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Caller, Params, Place};
use crate::problem::{Code, Problem};

pub(crate) fn endpoint() -> Endpoint {
    let names = ("deleteDocument", "Deletes a document to which no other refers");
    let access = Access::Team(Permission::DocumentsWrite);
    Endpoint::new((Method::DELETE, "/api/v1/teams/{team}/{plural}/{name}"), access, names, handle)
        .query::<EnvironmentParams>()
        .header("if-match", "The ETag that you read.")
        .empty(204, "Deleted; its history stays.")
}

async fn handle(
    State(app): State<App>,
    Caller(principal): Caller,
    Place((team, plural, name)): Place<(String, String, String)>,
    Params(params): Params<EnvironmentParams>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let id = identity((&team, &plural, &name), params.environment.as_deref())?;
    let (looker, wanted) = (principal.clone(), id.clone());
    // What is not there is not found whatever the condition says (RFC 9110 §13.2.1).
    let found = app.run(move |control| Ok(control.scoped(&looker).get(&wanted)?.revision)).await?;
    let seen = conditions::required(&headers)?.check(Some(found))?;
    let seen = seen.ok_or_else(|| Problem::new(Code::PreconditionRequired))?;
    app.run(move |control| control.scoped(&principal).delete(&id, seen)).await?;
    Ok(StatusCode::NO_CONTENT)
}
