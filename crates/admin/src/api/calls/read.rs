//! `GET /api/v1/calls/{id}`.

use axum::extract::State;
use domain::Permission;
use http::Method;

use super::detail::CallDetail;
use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Caller, Json, Place};
use crate::problem::{Code, Problem};

pub(crate) fn endpoint() -> Endpoint {
    let names = ("getCall", "One call with its waterfall");
    let access = Access::SomeTeam(Permission::CallsRead);
    Endpoint::new((Method::GET, "/api/v1/calls/{id}"), access, names, handle)
        .answer::<CallDetail>(200, "The call.")
}

async fn handle(
    State(app): State<App>,
    Caller(principal): Caller,
    Place(id): Place<String>,
) -> Result<Json<CallDetail>, Problem> {
    let found = app.run(move |control| Ok(control.log().get(&id)?)).await?;
    // A call that found no route is no team's: it is the installation's.
    let seen = |call: &calllog::Call| match call.team.as_str() {
        "" => principal.can_system(Permission::CallsRead),
        team => principal.can(team, Permission::CallsRead),
    };
    let call = found.filter(seen).ok_or_else(unknown)?;
    Ok(Json(CallDetail::from(&call)))
}

pub(crate) fn unknown() -> Problem {
    Problem::new(Code::NotFound).detail("there is no such call, or it is not kept any more")
}
