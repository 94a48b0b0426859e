//! `GET /api/v1/tokens`.

use axum::extract::State;
use domain::Permission;
use http::Method;

use super::ApiToken;
use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Caller, Json, Params};
use crate::page::{Page, PageParams};
use crate::problem::Problem;

pub(crate) fn endpoint() -> Endpoint {
    let names = ("listTokens", "Your API tokens, oldest first");
    Endpoint::new((Method::GET, "/api/v1/tokens"), Access::SomeTeam(Permission::TokensManage), names, handle)
        .query::<PageParams>()
        .answer::<Page<ApiToken>>(200, "The tokens, without the secrets.")
}

async fn handle(
    State(app): State<App>,
    Caller(principal): Caller,
    Params(params): Params<PageParams>,
) -> Result<Json<Page<ApiToken>>, Problem> {
    let tokens = app.run(move |control| control.tokens(&principal)).await?;
    Page::of(tokens.into_iter().map(ApiToken::from), &params).map(Json)
}
