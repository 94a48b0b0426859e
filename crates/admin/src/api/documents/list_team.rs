//! `GET /api/v1/teams/{team}/{plural}`.

use axum::extract::State;
use control::Query;
use domain::Permission;
use http::Method;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{DocumentView, kind, page};
use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Caller, Json, Params, Place};
use crate::page::{Page, limit};
use crate::problem::Problem;

/// Which of them are wanted.
#[derive(Debug, Deserialize, JsonSchema)]
struct TeamDocumentParams {
    /// Of this environment.
    environment: Option<String>,
    /// Whose name or title contains this.
    q: Option<String>,
    /// At most so many: 1 to 200, usually 50.
    limit: Option<usize>,
    /// Where an earlier part ended.
    cursor: Option<String>,
}

pub(crate) fn endpoint() -> Endpoint {
    let names = ("listTeamDocuments", "A team's documents of one kind, by environment and name");
    let access = Access::Team(Permission::DocumentsRead);
    Endpoint::new((Method::GET, "/api/v1/teams/{team}/{plural}"), access, names, handle)
        .query::<TeamDocumentParams>()
        .answer::<Page<DocumentView>>(200, "The documents, secrets masked.")
}

async fn handle(
    State(app): State<App>,
    Caller(principal): Caller,
    Place((team, plural)): Place<(String, String)>,
    Params(params): Params<TeamDocumentParams>,
) -> Result<Json<Page<DocumentView>>, Problem> {
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let query = Query {
        team: Some(team),
        kind: Some(kind(&plural)?),
        environment: given(params.environment),
        contains: given(params.q),
        cursor: given(params.cursor),
        limit: limit(params.limit)?,
    };
    let listing = app.run(move |control| control.scoped(&principal).list(&query)).await?;
    Ok(Json(page(listing)))
}
