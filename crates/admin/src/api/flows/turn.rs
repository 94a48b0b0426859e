//! `POST /api/v1/flows/turn`.

use axum::extract::State;
use domain::Permission;
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::draft;
use crate::api::documents::DocumentBody;
use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Body, Caller, Json};
use crate::problem::Problem;

/// A flow to write in the other form: either a document or an id.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TurnRequest {
    /// The flow's document, which need not be stored.
    #[serde(default)]
    #[schemars(with = "Option<DocumentBody>")]
    document: Option<Value>,
    /// The id of a flow that is live: `TEAM/ENVIRONMENT/Flow/NAME`.
    #[serde(default)]
    id: Option<String>,
}

/// The same in the other form.
#[derive(Debug, Serialize, JsonSchema)]
struct FlowTurned {
    /// The flow's `spec`, with `arazzo` in place of `flow`, or the other way round.
    spec: Map<String, Value>,
}

pub(crate) fn endpoint() -> Endpoint {
    let names = ("turnFlow", "A flow in the short form as an Arazzo document, or the other way round");
    let access = Access::SomeTeam(Permission::DocumentsRead);
    Endpoint::new((Method::POST, "/api/v1/flows/turn"), access, names, handle)
        .body::<TurnRequest>()
        .answer::<FlowTurned>(200, "The flow's `spec`; nothing is stored.")
}

async fn handle(
    State(app): State<App>,
    Caller(principal): Caller,
    Body(TurnRequest { document, id }): Body<TurnRequest>,
) -> Result<Json<FlowTurned>, Problem> {
    let draft = draft(document, id)?;
    let spec = app.run(move |control| control.scoped(&principal).flow_turned(&draft)).await?;
    let Value::Object(spec) = spec.to_json() else { return Ok(Json(FlowTurned { spec: Map::new() })) };
    Ok(Json(FlowTurned { spec }))
}
