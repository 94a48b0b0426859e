//! `PUT /api/v1/teams/{team}/{plural}/{name}`.

use axum::extract::State;
use axum::response::Response;
use domain::Permission;
use http::{HeaderMap, Method, StatusCode};
use serde_json::Value;

use super::{DocumentBody, DocumentView, EnvironmentParams, answer, completed, current, identity};
use crate::app::App;
use crate::conditions;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Body, Caller, Params, Place};
use crate::problem::Problem;

pub(crate) fn endpoint() -> Endpoint {
    let names = ("putDocument", "Writes a document again, or a new one with `If-None-Match: *`");
    let access = Access::Team(Permission::DocumentsWrite);
    Endpoint::new((Method::PUT, "/api/v1/teams/{team}/{plural}/{name}"), access, names, handle)
        .query::<EnvironmentParams>()
        .header("if-match", "The ETag that you read.")
        .header("if-none-match", "`*`: it must be new.")
        .body::<DocumentBody>()
        .answer::<DocumentView>(200, "Written again.")
        .answer::<DocumentView>(201, "Written for the first time.")
}

async fn handle(
    State(app): State<App>,
    Caller(principal): Caller,
    Place((team, plural, name)): Place<(String, String, String)>,
    Params(params): Params<EnvironmentParams>,
    headers: HeaderMap,
    Body(body): Body<Value>,
) -> Result<Response, Problem> {
    let id = identity((&team, &plural, &name), params.environment.as_deref())?;
    let condition = conditions::required(&headers)?;
    let (looker, wanted) = (principal.clone(), id.clone());
    let found = app.run(move |control| current(&control.scoped(&looker), &wanted)).await?;
    let seen = condition.check(found)?;
    let known = [
        ("kind", id.kind.as_str()),
        ("team", id.team.as_str()),
        ("environment", id.environment.as_str()),
        ("name", id.name.as_str()),
    ];
    let body = completed(body, &known)?;
    let status = if seen.is_some() { StatusCode::OK } else { StatusCode::CREATED };
    let written = app.run(move |control| {
        let scoped = control.scoped(&principal);
        match seen {
            Some(revision) => scoped.update(&id, &body, revision),
            None => scoped.create(&body),
        }
    });
    Ok(answer(status, written.await?))
}
