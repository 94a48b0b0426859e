//! What would happen to a request, and why: the route, the policies in order with where each comes from,
//! and the target.

mod target;

use std::collections::BTreeMap;

use domain::spec::ServiceState;
use route::Facts;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Attached, Backend, Route, Scope, Snapshot};
pub use target::ExplainTarget;

/// A request to explain. No body, no secrets.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExplainRequest {
    /// The method; `GET` if empty.
    #[serde(default)]
    pub method: String,
    /// An absolute address, or a path on any host.
    pub url: String,
    /// Headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
}

/// What would happen.
#[derive(Clone, Debug, Serialize, PartialEq)]
pub struct Explain {
    /// Whether a route was found.
    pub matched: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<ExplainRefusal>,
    /// The route.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub route: Option<String>,
    /// The pattern that matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// The service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The owning team.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// Who may call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access: Option<String>,
    /// The path's parameters.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub path_params: BTreeMap<String, String>,
    /// The policies, outermost first. Plan and application add theirs once the caller is known.
    pub chain: Vec<ChainItem>,
    /// What serves it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<ExplainTarget>,
    /// Other routes that would match were this one not there.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shadowed: Vec<String>,
}

/// Why a request would be refused.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct ExplainRefusal {
    /// The reason code.
    pub reason: &'static str,
    /// In words.
    pub detail: String,
}

/// One policy of a chain and where it comes from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChainItem {
    /// Where it is attached.
    pub scope: Scope,
    /// The document that attaches it.
    pub attached_by: String,
    /// The policy document, where it is not written inline.
    pub policy: Option<String>,
    /// The kind and settings of the policy, as the document has them.
    pub settings: Value,
}

struct HeaderFacts<'a>(&'a BTreeMap<String, String>);

impl Facts for HeaderFacts<'_> {
    fn any_header(&self, name: &str, test: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        self.0.iter().any(|(n, value)| n.eq_ignore_ascii_case(name) && test(value.as_bytes()))
    }

    fn any_query(&self, _: &str, _: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        false
    }
}

impl Snapshot {
    /// What would happen to a request.
    pub fn explain(&self, request: &ExplainRequest) -> Explain {
        let rest = request.url.split_once("://").map_or(request.url.as_str(), |(_, rest)| rest);
        let (host, target) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let path = target.split(['?', '#']).next().unwrap_or("/");
        let method = if request.method.is_empty() { "GET" } else { request.method.as_str() };
        let path = match route::normalise(path) {
            Ok(path) => path,
            Err(error) => return Explain::refused("invalid_path", error.to_string()),
        };
        let facts = HeaderFacts(&request.headers);
        let found = match self.find(host, &path, method, &facts) {
            Ok(found) => found,
            Err(route::Miss::NoRoute) => {
                return Explain::refused("no_route", format!("no route matches {method} {host}{path}"));
            }
            Err(route::Miss::MethodNotAllowed(methods)) => {
                let allowed: Vec<_> = methods.names().collect();
                let detail = format!("the path takes {}", allowed.join(", "));
                return Explain::refused("method_not_allowed", detail);
            }
        };
        let names = found.pattern.names().enumerate();
        let params =
            names.filter_map(|(at, name)| Some((name.to_owned(), found.params.get(at, &path)?.to_owned())));
        match found.route.service.state {
            ServiceState::Draft => {
                return Explain::refused(
                    "no_route",
                    format!("service `{}` is a draft", found.route.service.id),
                );
            }
            ServiceState::Retired => {
                let detail = format!("service `{}` is retired", found.route.service.id);
                return Explain::refused("service_unavailable", detail);
            }
            ServiceState::Published | ServiceState::Deprecated => {}
        }
        let others = self.routing().candidates(host, &path, &facts);
        let others = others.iter().filter(|route| route.id != found.route.id);
        Explain {
            matched: true,
            pattern: Some(found.pattern.as_str().to_owned()),
            path_params: params.collect(),
            shadowed: others.map(|route| route.id.to_string()).collect(),
            ..Explain::of(self, found.route, (method, &path))
        }
    }
}

impl Explain {
    fn refused(reason: &'static str, detail: String) -> Self {
        Self { refused: Some(ExplainRefusal { reason, detail }), ..Self::none() }
    }

    fn of(snapshot: &Snapshot, route: &Route, (method, path): (&str, &str)) -> Self {
        let outer = snapshot.outer(route).into_iter().flat_map(|chain| &chain.items);
        Self {
            route: Some(route.id.to_string()),
            service: Some(route.service.id.to_string()),
            team: Some(route.id.team.to_string()),
            access: Some(format!("{:?}", route.service.access).to_ascii_lowercase()),
            chain: outer.chain(&route.chain.items).map(|item| ChainItem::from(&**item)).collect(),
            target: Some(ExplainTarget::of(route, method, path)),
            ..Self::none()
        }
    }

    fn none() -> Self {
        Self {
            matched: false,
            refused: None,
            route: None,
            pattern: None,
            service: None,
            team: None,
            access: None,
            path_params: BTreeMap::new(),
            chain: Vec::new(),
            target: None,
            shadowed: Vec::new(),
        }
    }
}

impl From<&Attached> for ChainItem {
    fn from(attached: &Attached) -> Self {
        Self {
            scope: attached.scope,
            attached_by: attached.by.to_string(),
            policy: attached.source.as_ref().map(ToString::to_string),
            settings: serde_json::to_value(&attached.policy).unwrap_or_default(),
        }
    }
}

impl Route {
    /// The path that the upstream sees: without the prefix that the route takes off, with the one that
    /// the service puts before.
    pub fn upstream_path(&self, path: &str) -> String {
        let (strip, before) = self.path_change(path);
        let rest = path.get(strip..).unwrap_or_default();
        let slash = if rest.starts_with('/') { "" } else { "/" };
        format!("{before}{slash}{rest}")
    }

    /// How many bytes go from the front of a path, and what is put there instead, before its slash.
    pub fn path_change(&self, path: &str) -> (usize, &str) {
        let prefix = self.strip_prefix.as_deref().filter(|prefix| path.starts_with(*prefix));
        let before = match &self.service.backend {
            Backend::Upstream { path_prefix, .. } => path_prefix.as_ref(),
            Backend::Ai { .. } | Backend::Graphql(_) => "",
        };
        (prefix.map_or(0, str::len), before)
    }

    /// Whether the upstream sees the path as it came.
    pub fn keeps_path(&self) -> bool {
        let prefix_free = match &self.service.backend {
            Backend::Upstream { path_prefix, .. } => path_prefix.is_empty(),
            Backend::Ai { .. } | Backend::Graphql(_) => true,
        };
        prefix_free && self.strip_prefix.as_ref().is_none_or(|prefix| prefix.is_empty())
    }
}
