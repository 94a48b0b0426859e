//! `POST /api/v1/setup`.

use axum::extract::State;
use axum::response::Response;
use control::NewAdmin;
use http::Method;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::api::session::{SessionInfo, signed_in};
use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Body, From};
use crate::problem::Problem;

/// The first administrator.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Setup {
    /// The token of the link that `weir serve` printed.
    token: String,
    /// The address to sign in with.
    email: String,
    /// The name for people.
    name: String,
    /// The password: at least 12 characters.
    password: String,
}

pub(crate) fn endpoint() -> Endpoint {
    let names = ("setUp", "Makes the first administrator, once, and signs them in");
    Endpoint::new((Method::POST, "/api/v1/setup"), Access::Public, names, handle)
        .body::<Setup>()
        .answer::<SessionInfo>(201, "Made and signed in; the cookie is set.")
}

async fn handle(
    State(app): State<App>,
    From(from): From,
    Body(setup): Body<Setup>,
) -> Result<Response, Problem> {
    let Setup { token, email, name, password } = setup;
    let new = NewAdmin { token, email, name, password };
    let address = from.address.to_string();
    let begun = app.run_hashing(move |control| control.set_up(&new, &address)).await?;
    signed_in(&app, begun, from.secure, http::StatusCode::CREATED).await
}
