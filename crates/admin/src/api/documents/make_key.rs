//! `POST /api/v1/teams/{team}/applications/{name}/keys`.

use axum::extract::State;
use control::NewKeyRequest;
use domain::Permission;
use http::{Method, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DocumentView, EnvironmentParams, identity};
use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Body, Caller, Json, Params, Place};
use crate::problem::Problem;

/// What a new key is called and when it ends.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewKey {
    /// The credential's name; made up if it is left out.
    #[serde(default)]
    name: Option<String>,
    /// When it ends, as RFC 3339; absent: never.
    #[serde(default)]
    expires: Option<String>,
}

/// A key that has just been made.
#[derive(Serialize, JsonSchema)]
struct IssuedKey {
    /// The key. It is shown this once and kept nowhere.
    key: String,
    /// The document that knows it by its hash.
    credential: DocumentView,
}

pub(crate) fn endpoint() -> Endpoint {
    let names = ("createKey", "Makes a key for an application");
    let access = Access::Team(Permission::DocumentsWrite);
    Endpoint::new((Method::POST, "/api/v1/teams/{team}/applications/{name}/keys"), access, names, handle)
        .query::<EnvironmentParams>()
        .body::<NewKey>()
        .answer::<IssuedKey>(201, "Made; the key is shown this once.")
}

async fn handle(
    State(app): State<App>,
    Caller(principal): Caller,
    Place((team, name)): Place<(String, String)>,
    Params(params): Params<EnvironmentParams>,
    Body(NewKey { name: wanted, expires }): Body<NewKey>,
) -> Result<(StatusCode, Json<IssuedKey>), Problem> {
    let id = identity((&team, "applications", &name), params.environment.as_deref())?;
    let request = NewKeyRequest { name: wanted, expires };
    let made = app.run(move |control| control.scoped(&principal).make_key(&id, &request)).await?;
    Ok((StatusCode::CREATED, Json(IssuedKey { key: made.key, credential: made.credential.into() })))
}
