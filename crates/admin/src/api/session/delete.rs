//! `DELETE /api/v1/session`.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::SET_COOKIE;
use http::{Method, StatusCode};

use crate::app::App;
use crate::cookie;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Caller, From};
use crate::problem::Problem;

pub(crate) fn endpoint() -> Endpoint {
    let names = ("logOut", "Signs out");
    Endpoint::new((Method::DELETE, "/api/v1/session"), Access::SignedIn, names, handle)
        .header("x-csrf-token", "The session's token.")
        .empty(204, "Signed out.")
}

async fn handle(
    State(app): State<App>,
    Caller(principal): Caller,
    From(from): From,
) -> Result<Response, Problem> {
    app.run(move |control| control.log_out(&principal)).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().extend(cookie::set("", from.secure).map(|cookie| (SET_COOKIE, cookie)));
    Ok(response)
}
