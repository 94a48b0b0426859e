//! `GET /api/v1/users`.

use axum::extract::State;
use domain::Permission;
use http::Method;

use super::User;
use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Json, Params};
use crate::page::{Page, PageParams};
use crate::problem::Problem;

pub(crate) fn endpoint() -> Endpoint {
    let names = ("listUsers", "Everyone who may sign in, by address");
    let access = Access::Installation(Permission::UsersManage);
    Endpoint::new((Method::GET, "/api/v1/users"), access, names, handle)
        .query::<PageParams>()
        .answer::<Page<User>>(200, "The users.")
}

async fn handle(
    State(app): State<App>,
    Params(params): Params<PageParams>,
) -> Result<Json<Page<User>>, Problem> {
    let users = app.run(control::Control::users).await?;
    Page::of(users.into_iter().map(User::from), &params).map(Json)
}
