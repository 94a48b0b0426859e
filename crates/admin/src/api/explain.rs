//! `POST /api/v1/explain`.

use std::collections::BTreeMap;

use axum::extract::State;
use domain::Permission;
use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use snapshot::{Explain, ExplainRequest};

use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Body, Caller, Json};
use crate::problem::Problem;

/// A request to explain.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ExplainRequest")]
struct Request {
    /// The method; `GET` if absent.
    #[serde(default)]
    method: String,
    /// An absolute address, or a path on any host.
    url: String,
    /// Headers that routes may look at.
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

/// What would happen to it.
#[derive(Debug, Serialize, JsonSchema)]
struct Explanation {
    /// Whether a route was found.
    matched: bool,
    /// Why not.
    refused: Option<Refused>,
    /// The route.
    route: Option<String>,
    /// The pattern that matched.
    pattern: Option<String>,
    /// The service.
    service: Option<String>,
    /// The owning team.
    team: Option<String>,
    /// Who may call, and where the key may stand.
    access: Option<String>,
    /// The path's parameters.
    path_params: BTreeMap<String, String>,
    /// The policies, outermost first; plan and application add theirs once the caller is known.
    chain: Vec<Link>,
    /// What serves it.
    target: Option<TargetView>,
    /// Routes that would match were this one not there.
    shadowed: Vec<String>,
}

/// Why it would be refused.
#[derive(Debug, Serialize, JsonSchema)]
struct Refused {
    /// The reason code.
    reason: String,
    /// In words.
    detail: String,
}

/// One policy.
#[derive(Debug, Serialize, JsonSchema)]
struct Link {
    /// The policy's kind, such as `rate_limit`.
    stage: String,
    /// Where it is attached, such as `route`.
    scope: String,
    /// The document that declares it.
    source: Option<String>,
    /// Its settings.
    settings: Value,
}

/// What serves a request.
#[derive(Debug, Serialize, JsonSchema)]
struct TargetView {
    /// `upstream`, `ai`, `graphql`, `flow`, `batch` or `jobs`.
    kind: String,
    /// What it is: the upstream, the model aliases, the services of a GraphQL schema, the flow, or the service whose batches or
    /// jobs are meant.
    names: Vec<String>,
    /// The upstream.
    upstream: Option<String>,
    /// The model aliases.
    aliases: Vec<String>,
    /// The path that the upstream would see.
    path: Option<String>,
    /// The addresses, with weights; the calls of a flow; else what holds of it, in words.
    targets: Vec<String>,
}

pub(crate) fn endpoint() -> Endpoint {
    let names = ("explain", "What would happen to a request, and why");
    let access = Access::SomeTeam(Permission::DocumentsRead);
    Endpoint::new((Method::POST, "/api/v1/explain"), access, names, handle)
        .body::<Request>()
        .answer::<Explanation>(200, "Route, policies and target.")
}

async fn handle(
    State(app): State<App>,
    Caller(principal): Caller,
    Body(Request { method, url, headers }): Body<Request>,
) -> Result<Json<Explanation>, Problem> {
    let request = ExplainRequest { method, url, headers };
    let explain = app.run(move |control| {
        let knows = |id: &String| {
            let team = id.split('/').next().unwrap_or_default();
            principal.can(team, Permission::DocumentsRead)
        };
        let mut explain = control.scoped(&principal).explain(&request)?;
        explain.shadowed.retain(knows);
        Ok(explain)
    });
    Ok(Json(explain.await?.into()))
}

impl From<Explain> for Explanation {
    fn from(explain: Explain) -> Self {
        let link = |item: snapshot::ChainItem| Link {
            stage: item
                .settings
                .as_object()
                .and_then(|object| object.keys().next().cloned())
                .unwrap_or_default(),
            scope: serde_json::to_value(item.scope)
                .ok()
                .and_then(|scope| Some(scope.as_str()?.to_owned()))
                .unwrap_or_default(),
            source: Some(item.policy.unwrap_or(item.attached_by)),
            settings: item.settings,
        };
        let target = |target: snapshot::ExplainTarget| {
            let is = |kind: &str| target.kind == kind;
            TargetView {
                kind: target.kind.to_owned(),
                upstream: target.names.first().filter(|_| is("upstream")).cloned(),
                aliases: if is("ai") { target.names.clone() } else { Vec::new() },
                names: target.names,
                path: target.path,
                targets: target.targets,
            }
        };
        let refused = |refused: snapshot::ExplainRefusal| Refused {
            reason: refused.reason.to_owned(),
            detail: refused.detail,
        };
        Self {
            matched: explain.matched,
            refused: explain.refused.map(refused),
            route: explain.route,
            pattern: explain.pattern,
            service: explain.service,
            team: explain.team,
            access: explain.access,
            path_params: explain.path_params,
            chain: explain.chain.into_iter().map(link).collect(),
            target: explain.target.map(target),
            shadowed: explain.shadowed,
        }
    }
}
