//! `GET /api/v1/documents`.

use axum::extract::State;
use control::Query;
use domain::{Kind, Permission};
use http::Method;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{DocumentView, page};
use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Caller, Json, Params};
use crate::page::{Page, limit};
use crate::problem::{Code, Problem};

/// Which documents are wanted.
#[derive(Debug, Deserialize, JsonSchema)]
struct DocumentParams {
    /// Of this kind, such as `Service`.
    kind: Option<String>,
    /// Of this team.
    team: Option<String>,
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
    let names = ("listDocuments", "Documents of all your teams, by team, environment, kind and name");
    let access = Access::SomeTeam(Permission::DocumentsRead);
    Endpoint::new((Method::GET, "/api/v1/documents"), access, names, handle)
        .query::<DocumentParams>()
        .answer::<Page<DocumentView>>(200, "The documents, secrets masked.")
}

async fn handle(
    State(app): State<App>,
    Caller(principal): Caller,
    Params(params): Params<DocumentParams>,
) -> Result<Json<Page<DocumentView>>, Problem> {
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let unknown =
        |kind: &str| Problem::new(Code::InvalidRequest).detail(format!("there is no kind `{kind}`"));
    let kind = given(params.kind);
    let kind = kind.map(|kind| Kind::parse(&kind).ok_or_else(|| unknown(&kind))).transpose()?;
    let query = Query {
        team: given(params.team),
        kind,
        environment: given(params.environment),
        contains: given(params.q),
        cursor: given(params.cursor),
        limit: limit(params.limit)?,
    };
    let listing = app.run(move |control| control.scoped(&principal).list(&query)).await?;
    Ok(Json(page(listing)))
}
