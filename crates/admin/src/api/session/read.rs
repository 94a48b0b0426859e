//! `GET /api/v1/session`.

use axum::extract::State;
use http::Method;

use super::SessionInfo;
use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Caller, Json};
use crate::problem::Problem;

pub(crate) fn endpoint() -> Endpoint {
    let names = ("getSession", "Who is signed in, and what they may do");
    Endpoint::new((Method::GET, "/api/v1/session"), Access::SignedIn, names, handle)
        .answer::<SessionInfo>(200, "Who it is.")
}

async fn handle(State(app): State<App>, Caller(principal): Caller) -> Result<Json<SessionInfo>, Problem> {
    let version = app.admin.version;
    app.run(move |control| Ok(SessionInfo::of(control, &principal, version))).await.map(Json)
}
