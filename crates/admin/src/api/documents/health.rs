//! `GET /api/v1/teams/{team}/upstreams/{name}/health`.

use axum::extract::State;
use base::Micros;
use domain::Permission;
use http::Method;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::{EnvironmentParams, identity};
use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Caller, Json, Params, Place};
use crate::problem::Problem;
use crate::time;

/// How the targets of an upstream fare.
#[derive(Debug, Serialize, JsonSchema)]
struct UpstreamHealth {
    /// The targets, in the order of the document.
    targets: Vec<TargetHealth>,
}

/// How a target fares.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct TargetHealth {
    /// `host:port`.
    target: String,
    /// `healthy`, `ejected` or `probing`.
    state: String,
    /// Its share of the requests.
    weight: u64,
    /// Failures in a row.
    consecutive_failures: u64,
    /// Until when it gets no requests.
    ejected_until: Option<String>,
}

pub(crate) fn endpoint() -> Endpoint {
    let names = ("getUpstreamHealth", "How the targets of an upstream fare");
    let access = Access::Team(Permission::DocumentsRead);
    Endpoint::new((Method::GET, "/api/v1/teams/{team}/upstreams/{name}/health"), access, names, handle)
        .query::<EnvironmentParams>()
        .answer::<UpstreamHealth>(200, "The targets.")
}

async fn handle(
    State(app): State<App>,
    Caller(principal): Caller,
    Place((team, name)): Place<(String, String)>,
    Params(params): Params<EnvironmentParams>,
) -> Result<Json<UpstreamHealth>, Problem> {
    let id = identity((&team, "upstreams", &name), params.environment.as_deref())?;
    let wanted = id.clone();
    app.run(move |control| control.scoped(&principal).get(&wanted)).await?;
    let now = app.admin.control.clock().wall();
    let snapshot = app.admin.control.live().load();
    let found = snapshot.upstream(&id).map(|upstream| (app.admin.health)(upstream)).unwrap_or_default();
    let targets = found.iter().map(|target| TargetHealth::read(target, now)).collect();
    Ok(Json(UpstreamHealth { targets }))
}

impl TargetHealth {
    pub(crate) fn read(value: &Value, now: Micros) -> Self {
        let text = |field: &str| value[field].as_str().unwrap_or_default().to_owned();
        let number = |field: &str| value[field].as_u64();
        let left = number("ejected_for_ms").and_then(|left| i64::try_from(left).ok());
        Self {
            target: text("target"),
            state: text("state"),
            weight: number("weight").unwrap_or(1),
            consecutive_failures: number("consecutive_failures").unwrap_or(0),
            ejected_until: left
                .map(|left| time::show(Micros(now.0.saturating_add(left.saturating_mul(1_000))))),
        }
    }
}
