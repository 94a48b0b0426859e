//! `GET /api/v1/calls`.

use axum::extract::State;
use domain::Permission;
use http::Method;

use super::filter::CallParams;
use super::view::CallSummary;
use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Caller, Json, Params};
use crate::page::{Page, limit};
use crate::problem::Problem;

pub(crate) fn endpoint() -> Endpoint {
    let names = ("listCalls", "Calls, newest first; a page may be short and still have a cursor");
    let access = Access::SomeTeam(Permission::CallsRead);
    Endpoint::new((Method::GET, "/api/v1/calls"), access, names, handle).query::<CallParams>().answer::<Page<
        CallSummary,
    >>(
        200,
        "The calls.",
    )
}

async fn handle(
    State(app): State<App>,
    Caller(principal): Caller,
    Params(params): Params<CallParams>,
) -> Result<Json<Page<CallSummary>>, Problem> {
    let limit = limit(params.limit)?;
    let cursor = params.cursor.clone().filter(|cursor| !cursor.is_empty());
    let filter = params.filter(&principal)?;
    let found = app.run(move |control| Ok(control.log().search(&filter, cursor.as_deref(), limit)?));
    let page = found.await?;
    let items = page.items.iter().map(CallSummary::from).collect();
    Ok(Json(Page { items, next_cursor: page.next }))
}
