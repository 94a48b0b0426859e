//! Documents, their history, and what hangs on them.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod health;
pub(crate) mod history;
pub(crate) mod list;
pub(crate) mod list_team;
pub(crate) mod make_key;
pub(crate) mod openapi;
pub(crate) mod read;
pub(crate) mod rollback;
pub(crate) mod update;
pub(crate) mod validate;

use std::collections::BTreeMap;

use axum::response::{IntoResponse, Response};
use control::{ControlError, Listing, Scoped};
use domain::{DEFAULT_ENVIRONMENT, DocId, Kind, Name};
use http::StatusCode;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::extract::Json;
use crate::page::Page;
use crate::problem::{Code, Problem};
use crate::{conditions, time};

/// Fields of a document that the server alone sets; a client may send back what it read.
const SERVERS: [&str; 4] = ["revision", "created_at", "updated_at", "updated_by"];

/// A document. Its spec's schema is that of its kind: `/api/v1/schemas/{kind}`.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(rename = "Document")]
#[expect(dead_code, reason = "only its schema is of use: bodies are read by their kind")]
pub(crate) struct DocumentBody {
    /// The kind; the path says it too.
    kind: Option<Kind>,
    /// The owning team; the path says it too.
    team: Option<String>,
    /// The environment; `default` if absent.
    environment: Option<String>,
    /// The name.
    name: String,
    /// A title for lists and headings.
    title: Option<String>,
    /// What it is for, in Markdown.
    description: Option<String>,
    /// Free labels.
    labels: Option<BTreeMap<String, String>>,
    /// What is declared. Where a secret is `{"sealed": "***"}`, the stored one is kept.
    spec: Map<String, Value>,
}

/// A document as it is read out. Its spec's schema is that of its kind.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DocumentView {
    /// `kind`, `team`, `environment`, `name`, `title`, `description`, `labels`, `spec`.
    #[serde(flatten)]
    #[schemars(with = "DocumentParts")]
    document: Value,
    /// The revision that wrote it; its ETag.
    revision: u64,
    /// When it was first written.
    created_at: String,
    /// When it was last written.
    updated_at: String,
    /// Who last wrote it.
    updated_by: String,
}

/// The part of a view that is the document itself.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is of use")]
struct DocumentParts {
    /// The kind.
    kind: Kind,
    /// The owning team.
    team: String,
    /// The environment.
    environment: String,
    /// The name.
    name: String,
    /// A title for lists and headings.
    #[schemars(default)]
    title: Option<String>,
    /// What it is for, in Markdown.
    #[schemars(default)]
    description: Option<String>,
    /// Free labels.
    #[schemars(default)]
    labels: BTreeMap<String, String>,
    /// What is declared; secrets are `{"sealed": "***"}`.
    spec: Map<String, Value>,
}

/// The environment of the document that the path names.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct EnvironmentParams {
    /// The environment; `default` if absent.
    pub(crate) environment: Option<String>,
}

impl From<control::DocumentView> for DocumentView {
    fn from(view: control::DocumentView) -> Self {
        let control::DocumentView { document, revision, created_at, updated_at, updated_by } = view;
        let (created_at, updated_at) = (time::show(created_at), time::show(updated_at));
        Self { document, revision, created_at, updated_at, updated_by }
    }
}

/// The identity that a path names. What is no name, or no kind, names nothing.
pub(crate) fn identity(
    (team, plural, name): (&str, &str, &str),
    environment: Option<&str>,
) -> Result<DocId, Problem> {
    let name_of = |text: &str| {
        Name::new(text)
            .map_err(|_| Problem::new(Code::NotFound).detail(format!("nothing is called `{text}`")))
    };
    let team = name_of(team)?;
    let environment = name_of(environment.unwrap_or(DEFAULT_ENVIRONMENT))?;
    Ok(DocId { team, environment, kind: kind(plural)?, name: name_of(name)? })
}

/// The kind of a path's plural.
pub(crate) fn kind(plural: &str) -> Result<Kind, Problem> {
    let known = Kind::ALL.iter().copied().find(|kind| kind.plural() == plural);
    known.ok_or_else(|| Problem::new(Code::NotFound).detail(format!("there is no kind `{plural}`")))
}

/// A body with what the path says filled in; where both say it, they agree.
pub(crate) fn completed(body: Value, known: &[(&str, &str)]) -> Result<Value, Problem> {
    let Value::Object(mut object) = body else {
        return Err(Problem::at("", "a document is an object with `name` and `spec`"));
    };
    for field in SERVERS {
        object.shift_remove(field);
    }
    object.retain(|_, value| !value.is_null());
    for (field, wanted) in known {
        match object.get(*field) {
            None => {
                object.insert((*field).to_owned(), Value::String((*wanted).to_owned()));
            }
            Some(Value::String(text)) if text == wanted => {}
            Some(_) => {
                let message = format!("the request's path says `{wanted}`; what identifies a document stays");
                return Err(Problem::at(&format!("/{field}"), message));
            }
        }
    }
    Ok(Value::Object(object))
}

/// The revision of a document now; `None`: it does not exist.
pub(crate) fn current(scoped: &Scoped<'_>, id: &DocId) -> Result<Option<u64>, ControlError> {
    match scoped.get(id) {
        Ok(view) => Ok(Some(view.revision)),
        Err(ControlError::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A document with its tag.
pub(crate) fn answer(status: StatusCode, view: control::DocumentView) -> Response {
    let tag = conditions::tag(view.revision);
    let mut response = (status, Json(DocumentView::from(view))).into_response();
    response.headers_mut().extend([tag]);
    response
}

/// A part of a list. Cursors are opaque to clients.
pub(crate) fn page(listing: Listing) -> Page<DocumentView> {
    let items = listing.items.into_iter().map(DocumentView::from).collect();
    Page { items, next_cursor: listing.next_cursor }
}

/// Where a document is.
pub(crate) fn location(id: &DocId) -> String {
    let escape = |text: &str| text.replace('/', "%2F");
    let path = format!(
        "/api/v1/teams/{}/{}/{}",
        escape(id.team.as_str()),
        id.kind.plural(),
        escape(id.name.as_str())
    );
    if id.environment.as_str() == DEFAULT_ENVIRONMENT {
        path
    } else {
        format!("{path}?environment={}", escape(id.environment.as_str()))
    }
}
