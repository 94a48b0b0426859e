//! `POST /api/v1/users`.

use axum::extract::State;
use control::UserChange;
use domain::Permission;
use http::{Method, StatusCode};

use super::{User, UserBody};
use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Body, Json};
use crate::problem::Problem;

pub(crate) fn endpoint() -> Endpoint {
    let names = ("createUser", "Makes a user");
    let access = Access::Installation(Permission::UsersManage);
    Endpoint::new((Method::POST, "/api/v1/users"), access, names, handle)
        .body::<UserBody>()
        .answer::<User>(201, "Made.")
}

async fn handle(
    State(app): State<App>,
    Body(new): Body<UserBody>,
) -> Result<(StatusCode, Json<User>), Problem> {
    let new = UserChange::from(new);
    let user = app.run_hashing(move |control| control.make_user(&new)).await?;
    Ok((StatusCode::CREATED, Json(user.into())))
}
