//! `GET /api/v1/providers`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::State;
use base::Micros;
use calllog::ProviderTraffic;
use control::{Control, ControlError, DocumentView, Principal, Query};
use domain::spec::{Provider, ProviderKey};
use domain::{DocId, Kind, Permission, SYSTEM_TEAM, SecretSource};
use http::Method;
use llm::vendor;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use snapshot::Snapshot;

use super::{api_name, api_of, base_of};
use crate::api::documents::health::TargetHealth;
use crate::app::App;
use crate::endpoint::{Access, Endpoint};
use crate::extract::{Caller, Json, Params};
use crate::page::{Page, limit};
use crate::problem::Problem;
use crate::time;

/// The time whose calls are summed up, in microseconds: an hour.
const LATELY: i64 = 3_600_000_000;

/// Which providers are wanted.
#[derive(Debug, Deserialize, JsonSchema)]
struct ProviderParams {
    /// Whose name or title contains this.
    q: Option<String>,
    /// Of this team.
    team: Option<String>,
    /// At most so many: 1 to 200, usually 50.
    limit: Option<usize>,
    /// Where an earlier part ended.
    cursor: Option<String>,
}

/// A provider with all that its page shows.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ProviderView")]
struct ProviderView {
    /// The owning team.
    team: String,
    /// The environment.
    environment: String,
    /// The name.
    name: String,
    /// A title for people.
    title: Option<String>,
    /// The wire format that it speaks.
    api: String,
    /// Its vendor's name for people, where it is one of the list.
    vendor: Option<String>,
    /// Where it is.
    base_url: String,
    /// What it knows us by. Of those that are on, the first by name is used.
    keys: Vec<KeyView>,
    /// The aliases that lead to it, as far as the asker may see them.
    aliases: Vec<String>,
    /// Whether its target gets calls.
    targets: Vec<TargetHealth>,
    /// The calls of the last hour that it answered or was asked last for; null for who may not read metrics.
    traffic: Option<Traffic>,
}

/// A key of a provider. Its secret is never read out.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ProviderKeyView")]
struct KeyView {
    /// The owning team.
    team: String,
    /// The name of its document.
    name: String,
    /// Whether it is left out.
    disabled: bool,
    /// Whether it is the one that is used.
    used: bool,
    /// Where the secret is: `store`, `env` or `file`.
    source: &'static str,
    /// The environment variable or the file.
    place: Option<String>,
    /// When it was last written.
    updated_at: String,
    /// By whom.
    updated_by: String,
}

/// Calls of the last hour.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "ProviderTraffic")]
struct Traffic {
    /// Calls.
    calls: u64,
    /// Answers of 500 and above, and calls without an answer.
    errors: u64,
    /// Half of the calls took at most so many microseconds.
    p50_us: u64,
    /// 95 in 100 did.
    p95_us: u64,
    /// Tokens in and out.
    tokens: u64,
    /// Cost in millionths of a US dollar.
    cost_micros: i64,
}

pub(crate) fn endpoint() -> Endpoint {
    let names = ("listProviders", "AI providers with their keys, aliases, health and recent traffic");
    let access = Access::SomeTeam(Permission::DocumentsRead);
    Endpoint::new((Method::GET, "/api/v1/providers"), access, names, handle)
        .query::<ProviderParams>()
        .answer::<Page<ProviderView>>(200, "The providers.")
}

async fn handle(
    State(app): State<App>,
    Caller(principal): Caller,
    Params(params): Params<ProviderParams>,
) -> Result<Json<Page<ProviderView>>, Problem> {
    let query = Query {
        team: params.team.filter(|team| !team.is_empty()),
        kind: Some(Kind::Provider),
        contains: params.q,
        cursor: params.cursor.filter(|cursor| !cursor.is_empty()),
        limit: limit(params.limit)?,
        ..Query::default()
    };
    let health = app.admin.health.clone();
    let page = app.run(move |control| {
        let found = control.scoped(&principal).list(&query)?;
        let traffic = lately(control, &principal)?;
        let own = teams_own(&control.live().load());
        let view = |document: &DocumentView| {
            let mut view = view(control, &principal, document)?;
            let id = &view.id;
            let snapshot = control.live().load();
            let targets = snapshot.upstream(id).map(|upstream| health(upstream)).unwrap_or_default();
            let now = control.clock().wall();
            view.shown.targets = targets.iter().map(|target| TargetHealth::read(target, now)).collect();
            view.shown.traffic = traffic.as_ref().map(|traffic| traffic_of(traffic, &own, id));
            Some(view.shown)
        };
        let items = found.items.iter().filter_map(view).collect();
        Ok(Page { items, next_cursor: found.next_cursor })
    });
    Ok(Json(page.await?))
}

type ByName = BTreeMap<(String, String), ProviderTraffic>;

/// The last hour's calls, for who may read metrics.
fn lately(control: &Control, principal: &Principal) -> Result<Option<ByName>, ControlError> {
    let teams = principal.teams(Permission::MetricsRead);
    if teams.as_ref().is_some_and(Vec::is_empty) {
        return Ok(None);
    }
    let now = control.clock().wall();
    let from = Micros(now.0.saturating_sub(LATELY));
    Ok(Some(control.log().providers((from, now), teams.as_deref())?))
}

/// The teams and the names of their providers.
fn teams_own(snapshot: &Snapshot) -> BTreeSet<(String, String)> {
    let providers = snapshot.documents().map(|document| &document.id).filter(|id| id.kind == Kind::Provider);
    providers.map(|id| (id.team.as_str().to_owned(), id.name.as_str().to_owned())).collect()
}

/// A provider of the system team serves all teams; another's its own. A record tells the name alone, so that the calls of a
/// team that has a provider of that name count as its own provider's.
fn traffic_of(traffic: &ByName, own: &BTreeSet<(String, String)>, id: &DocId) -> Traffic {
    let is_its = |of: &(String, String)| {
        let (team, name) = of;
        let serves = || id.team.as_str() == SYSTEM_TEAM && !own.contains(of);
        name == id.name.as_str() && (team == id.team.as_str() || serves())
    };
    let mut sum = Traffic { calls: 0, errors: 0, p50_us: 0, p95_us: 0, tokens: 0, cost_micros: 0 };
    for (_, of) in traffic.iter().filter(|(name, _)| is_its(name)) {
        sum.calls += of.calls;
        sum.errors += of.errors;
        // Of several teams the slowest is told.
        sum.p50_us = sum.p50_us.max(of.p50_us);
        sum.p95_us = sum.p95_us.max(of.p95_us);
        sum.tokens += of.tokens;
        sum.cost_micros += of.cost_micros;
    }
    sum
}

/// A view, and whose it is.
struct Viewed {
    id: DocId,
    shown: ProviderView,
}

fn view(control: &Control, principal: &Arc<Principal>, document: &DocumentView) -> Option<Viewed> {
    let text = |field: &str| document.document[field].as_str().map(str::to_owned);
    let (team, environment, name) = (text("team")?, text("environment")?, text("name")?);
    let id = super::super::documents::identity((&team, "providers", &name), Some(&environment)).ok()?;
    let spec: Provider = serde_json::from_value(document.document["spec"].clone()).ok()?;
    let snapshot = control.live().load();
    let scoped = control.scoped(principal);
    let mut keys = Vec::new();
    let mut aliases = Vec::new();
    let mut dependents: Vec<&DocId> = snapshot.dependents(&id).collect();
    dependents.sort();
    for dependent in dependents {
        match dependent.kind {
            Kind::ProviderKey => {
                keys.extend(scoped.get(dependent).ok().and_then(|key| key_view(dependent, key)));
            }
            Kind::ModelAlias if principal.can(dependent.team.as_str(), Permission::DocumentsRead) => {
                aliases.push(dependent.name.to_string());
            }
            _ => {}
        }
    }
    let used = snapshot.provider(&id).and_then(|provider| provider.keys.first());
    for key in &mut keys {
        key.used =
            used.is_some_and(|(used, _)| used.name.as_str() == key.name && used.team.as_str() == key.team);
    }
    let shown = ProviderView {
        title: text("title"),
        api: api_name(api_of(&spec)),
        vendor: spec.vendor.as_deref().and_then(vendor::find).map(|vendor| vendor.title.to_string()),
        base_url: base_of(&spec),
        team,
        environment,
        name,
        keys,
        aliases,
        targets: Vec::new(),
        traffic: None,
    };
    Some(Viewed { id, shown })
}

fn key_view(id: &DocId, view: DocumentView) -> Option<KeyView> {
    let spec: ProviderKey = serde_json::from_value(view.document["spec"].clone()).ok()?;
    let ProviderKey { secret, disabled, .. } = spec;
    let (source, place) = match secret {
        SecretSource::Value(_) | SecretSource::Sealed(_) => ("store", None),
        SecretSource::Env(name) => ("env", Some(name)),
        SecretSource::File(path) => ("file", Some(path)),
    };
    Some(KeyView {
        team: id.team.to_string(),
        name: id.name.to_string(),
        disabled,
        used: false,
        source,
        place,
        updated_at: time::show(view.updated_at),
        updated_by: view.updated_by,
    })
}
