//! `GET /api/v1/teams/{team}/{plural}/{name}/history`.

use axum::extract::State;
use control::HistoryEntry;
use domain::Permission;
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::identity;
use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Caller, Json, Params, Place};
use crate::page::{Page, limit};
use crate::problem::{Code, Problem};
use crate::time;

/// Which part of the history is wanted.
#[derive(Debug, Deserialize, JsonSchema)]
struct HistoryParams {
    /// The environment; `default` if absent.
    environment: Option<String>,
    /// At most so many: 1 to 200, usually 50.
    limit: Option<usize>,
    /// Where an earlier part ended.
    cursor: Option<String>,
}

/// One past state of a document.
#[derive(Debug, Serialize, JsonSchema)]
struct PastState {
    /// The revision.
    revision: u64,
    /// When.
    at: String,
    /// Who.
    by: String,
    /// What was done.
    #[schemars(with = "ActionName")]
    action: store::Action,
    /// The document from then on, secrets masked; null: deleted.
    #[schemars(with = "Option<Map<String, Value>>")]
    document: Option<Value>,
}

/// What was done to a document.
#[derive(JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(dead_code, reason = "only its schema is of use")]
enum ActionName {
    Created,
    Updated,
    Deleted,
    RolledBack,
}

pub(crate) fn endpoint() -> Endpoint {
    let names = ("getDocumentHistory", "A document's past, newest first");
    let access = Access::Team(Permission::DocumentsRead);
    Endpoint::new((Method::GET, "/api/v1/teams/{team}/{plural}/{name}/history"), access, names, handle)
        .query::<HistoryParams>()
        .answer::<Page<PastState>>(200, "The states.")
}

async fn handle(
    State(app): State<App>,
    Caller(principal): Caller,
    Place((team, plural, name)): Place<(String, String, String)>,
    Params(params): Params<HistoryParams>,
) -> Result<Json<Page<PastState>>, Problem> {
    let id = identity((&team, &plural, &name), params.environment.as_deref())?;
    let limit = limit(params.limit)?;
    let cursor = params.cursor.filter(|cursor| !cursor.is_empty()).map(|cursor| cursor.parse()).transpose();
    let cursor =
        cursor.map_err(|_| Problem::new(Code::InvalidRequest).detail("`cursor` is not one of this list"))?;
    let page = app.run(move |control| control.scoped(&principal).history(&id, cursor, limit)).await?;
    let items = page.items.into_iter().map(PastState::from).collect();
    Ok(Json(Page { items, next_cursor: page.next_cursor }))
}

impl From<HistoryEntry> for PastState {
    fn from(entry: HistoryEntry) -> Self {
        let HistoryEntry { revision, at, by, action, document } = entry;
        Self { revision, at: time::show(at), by, action, document }
    }
}
