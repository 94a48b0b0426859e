//! `POST /api/v1/validate`.

use axum::extract::State;
use control::Intent;
use domain::Permission;
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::DocumentBody;
use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Body, Caller, Json};
use crate::problem::{MistakeView, Problem};

/// Documents that are looked at.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Validate {
    /// The documents, each with its `kind` and `name`.
    #[schemars(with = "Vec<DocumentBody>")]
    documents: Vec<Value>,
    /// What they are meant for; `write` if absent.
    #[serde(default)]
    mode: Mode,
}

/// What validated documents are meant for.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[schemars(rename = "ValidateMode")]
#[serde(rename_all = "snake_case")]
enum Mode {
    /// To be written, each new or in the place of the one that is there.
    #[default]
    Write,
    /// To be new: one that is there already is a mistake.
    Create,
    /// To take the place of one that is there: one that is not is a mistake.
    Replace,
}

/// What is wrong with them.
#[derive(Debug, Serialize, JsonSchema)]
struct Validation {
    /// Whether nothing is.
    valid: bool,
    /// Every mistake.
    errors: Vec<MistakeView>,
}

pub(crate) fn endpoint() -> Endpoint {
    let names =
        ("validateDocuments", "Every mistake that writing these documents would make; writes nothing");
    let access = Access::SomeTeam(Permission::DocumentsRead);
    Endpoint::new((Method::POST, "/api/v1/validate"), access, names, handle)
        .body::<Validate>()
        .answer::<Validation>(200, "What was found.")
}

async fn handle(
    State(app): State<App>,
    Caller(principal): Caller,
    Body(Validate { documents, mode }): Body<Validate>,
) -> Result<Json<Validation>, Problem> {
    let errors =
        app.run(move |control| Ok(control.scoped(&principal).validate(&documents, mode.into()))).await?;
    let errors: Vec<MistakeView> = errors.into_iter().map(MistakeView::from).collect();
    Ok(Json(Validation { valid: errors.is_empty(), errors }))
}

impl From<Mode> for Intent {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Write => Self::Write,
            Mode::Create => Self::Create,
            Mode::Replace => Self::Replace,
        }
    }
}
