//! `POST /api/v1/tokens`.

use axum::extract::State;
use control::NewToken;
use domain::Permission;
use http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ApiToken;
use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Body, Caller, Json};
use crate::problem::Problem;
use crate::time;

/// What a new token is for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewApiToken {
    /// What it is for.
    name: String,
    /// What it may do.
    scopes: Vec<Permission>,
    /// The only team in which it may; absent: all of yours.
    #[serde(default)]
    team: Option<String>,
    /// When it ends, as RFC 3339; absent: never.
    #[serde(default)]
    expires_at: Option<String>,
}

/// A token that has just been made.
#[derive(Serialize, JsonSchema)]
struct MadeApiToken {
    /// The token. It is shown this once.
    token: String,
    /// What is listed of it.
    #[serde(flatten)]
    view: ApiToken,
}

pub(crate) fn endpoint() -> Endpoint {
    let names = ("createToken", "Makes an API token that can do no more than you");
    let access = Access::SomeTeam(Permission::TokensManage);
    Endpoint::new((Method::POST, "/api/v1/tokens"), access, names, handle)
        .body::<NewApiToken>()
        .answer::<MadeApiToken>(201, "Made; the token is shown this once.")
}

async fn handle(
    State(app): State<App>,
    Caller(principal): Caller,
    Body(new): Body<NewApiToken>,
) -> Result<(StatusCode, Json<MadeApiToken>), Problem> {
    let NewApiToken { name, scopes, team, expires_at } = new;
    let expires_at = expires_at.map(|text| time::read("expires_at", &text)).transpose();
    let expires_at =
        expires_at.map_err(|_| Problem::at("/expires_at", "write a time such as 2027-01-31T12:00:00Z"))?;
    let new = NewToken { name, scopes, team, expires_at };
    let made = app.run(move |control| control.make_token(&principal, &new)).await?;
    let made = MadeApiToken { token: made.token, view: made.view.into() };
    Ok((StatusCode::CREATED, Json(made)))
}
