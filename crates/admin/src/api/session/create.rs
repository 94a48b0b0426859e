//! `POST /api/v1/session`.

use axum::extract::State;
use axum::response::Response;
use http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{SessionInfo, signed_in};
use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Body, From};
use crate::problem::Problem;

/// Who signs in.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct LogIn {
    /// The address.
    email: String,
    /// The password.
    password: String,
}

pub(crate) fn endpoint() -> Endpoint {
    let names = ("logIn", "Signs in; tries are limited by account and by address");
    Endpoint::new((Method::POST, "/api/v1/session"), Access::Public, names, handle)
        .body::<LogIn>()
        .answer::<SessionInfo>(200, "Signed in; the cookie is set.")
}

async fn handle(
    State(app): State<App>,
    From(from): From,
    Body(LogIn { email, password }): Body<LogIn>,
) -> Result<Response, Problem> {
    let address = from.address.to_string();
    let begun = app.run_hashing(move |control| control.log_in(&email, &password, &address)).await?;
    signed_in(&app, begun, from.secure, StatusCode::OK).await
}
