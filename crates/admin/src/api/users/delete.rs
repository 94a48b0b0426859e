//! `DELETE /api/v1/users/{id}`.

use axum::extract::State;
use domain::Permission;
use http::{Method, StatusCode};

use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Caller, Place};
use crate::problem::Problem;

pub(crate) fn endpoint() -> Endpoint {
    let names = ("deleteUser", "Deletes a user with their sessions and tokens");
    let access = Access::Installation(Permission::UsersManage);
    Endpoint::new((Method::DELETE, "/api/v1/users/{id}"), access, names, handle).empty(204, "Deleted.")
}

async fn handle(
    State(app): State<App>,
    Caller(principal): Caller,
    Place(id): Place<String>,
) -> Result<StatusCode, Problem> {
    app.run(move |control| control.delete_user(&principal, &id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
