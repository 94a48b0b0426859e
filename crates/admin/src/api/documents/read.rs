//! `GET /api/v1/teams/{team}/{plural}/{name}`.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::Permission;
use http::{HeaderMap, Method, StatusCode};

use super::{DocumentView, EnvironmentParams, answer, identity};
use crate::app::App;
use crate::conditions;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Caller, Params, Place};
use crate::problem::Problem;

pub(crate) fn endpoint() -> Endpoint {
    let names = ("getDocument", "One document, secrets masked");
    let access = Access::Team(Permission::DocumentsRead);
    Endpoint::new((Method::GET, "/api/v1/teams/{team}/{plural}/{name}"), access, names, handle)
        .query::<EnvironmentParams>()
        .header("if-none-match", "The ETag that you have already.")
        .answer::<DocumentView>(200, "The document; `ETag` is its revision.")
        .empty(304, "You have it already.")
}

async fn handle(
    State(app): State<App>,
    Caller(principal): Caller,
    Place((team, plural, name)): Place<(String, String, String)>,
    Params(params): Params<EnvironmentParams>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = identity((&team, &plural, &name), params.environment.as_deref())?;
    let view = app.run(move |control| control.scoped(&principal).get(&id)).await?;
    if conditions::is_known(&headers, view.revision) {
        let mut response = StatusCode::NOT_MODIFIED.into_response();
        response.headers_mut().extend([conditions::tag(view.revision)]);
        return Ok(response);
    }
    Ok(answer(StatusCode::OK, view))
}
