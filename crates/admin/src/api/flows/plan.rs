//! `POST /api/v1/flows/plan`.

use std::collections::BTreeMap;

use axum::extract::State;
use domain::Permission;
use http::Method;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::draft;
use super::latencies::Latencies;
use super::shape::FlowPlan;
use crate::api::documents::DocumentBody;
use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Body, Caller, Json};
use crate::problem::Problem;

/// A flow to plan: either a document or an id.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PlanRequest {
    /// The flow's document, which need not be stored.
    #[serde(default)]
    #[schemars(with = "Option<DocumentBody>")]
    document: Option<Value>,
    /// The id of a flow that is live: `TEAM/ENVIRONMENT/Flow/NAME`.
    #[serde(default)]
    id: Option<String>,
    /// How long steps take, in microseconds, by `STEP` or `WORKFLOW/STEP`; of others the recorded time counts.
    #[serde(default)]
    latencies: BTreeMap<String, u64>,
}

pub(crate) fn endpoint() -> Endpoint {
    let names = ("planFlow", "Which steps of a flow wait for which and why, and how long it will take");
    let access = Access::SomeTeam(Permission::DocumentsRead);
    Endpoint::new((Method::POST, "/api/v1/flows/plan"), access, names, handle)
        .body::<PlanRequest>()
        .answer::<FlowPlan>(200, "The plan.")
}

async fn handle(
    State(app): State<App>,
    Caller(principal): Caller,
    Body(PlanRequest { document, id, latencies }): Body<PlanRequest>,
) -> Result<Json<FlowPlan>, Problem> {
    let draft = draft(document, id)?;
    let plan = app.run(move |control| {
        let flow = control.scoped(&principal).flow(&draft, Permission::DocumentsRead)?;
        let mut latencies = Latencies::new(control, &principal, latencies);
        Ok(FlowPlan::new(&flow, &mut latencies))
    });
    Ok(Json(plan.await?))
}
