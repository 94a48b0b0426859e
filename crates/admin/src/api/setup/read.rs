//! `GET /api/v1/setup`.

use axum::extract::State;
use http::Method;
use schemars::JsonSchema;
use serde::Serialize;

use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::Json;
use crate::problem::Problem;

/// Whether the installation waits for its first administrator.
#[derive(Debug, Serialize, JsonSchema)]
struct SetupState {
    /// Whether it does.
    needed: bool,
}

pub(crate) fn endpoint() -> Endpoint {
    let names = ("getSetup", "Whether the installation waits for its first administrator");
    Endpoint::new((Method::GET, "/api/v1/setup"), Access::Public, names, handle)
        .answer::<SetupState>(200, "Whether it does.")
}

async fn handle(State(app): State<App>) -> Result<Json<SetupState>, Problem> {
    let needed = app.run(control::Control::needs_setup).await?;
    Ok(Json(SetupState { needed }))
}
