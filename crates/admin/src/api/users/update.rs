//! `PUT /api/v1/users/{id}`.

use axum::extract::State;
use control::UserChange;
use domain::Permission;
use http::Method;

use super::{User, UserBody};
use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Body, Caller, Json, Place};
use crate::problem::Problem;

pub(crate) fn endpoint() -> Endpoint {
    let names = (
        "updateUser",
        "Changes a user; an administrator is always left, and a new password ends the user's other sessions",
    );
    let access = Access::Installation(Permission::UsersManage);
    Endpoint::new((Method::PUT, "/api/v1/users/{id}"), access, names, handle)
        .body::<UserBody>()
        .answer::<User>(200, "Changed.")
}

async fn handle(
    State(app): State<App>,
    Caller(principal): Caller,
    Place(id): Place<String>,
    Body(change): Body<UserBody>,
) -> Result<Json<User>, Problem> {
    let change = UserChange::from(change);
    let user = app.run_hashing(move |control| control.change_user(&principal, &id, &change)).await?;
    Ok(Json(user.into()))
}
