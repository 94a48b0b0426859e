//! `DELETE /api/v1/tokens/{id}`.

use axum::extract::State;
use domain::Permission;
use http::{Method, StatusCode};

use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Caller, Place};
use crate::problem::Problem;

pub(crate) fn endpoint() -> Endpoint {
    let names = ("deleteToken", "Revokes one of your API tokens");
    let access = Access::SomeTeam(Permission::TokensManage);
    Endpoint::new((Method::DELETE, "/api/v1/tokens/{id}"), access, names, handle).empty(204, "Revoked.")
}

async fn handle(
    State(app): State<App>,
    Caller(principal): Caller,
    Place(id): Place<String>,
) -> Result<StatusCode, Problem> {
    app.run(move |control| control.revoke_token(&principal, &id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
