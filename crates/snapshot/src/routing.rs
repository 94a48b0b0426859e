//! Compiled routes, and the matcher over them.

use std::sync::Arc;

use domain::{DocId, Document, spec};
use message::Method;
use route::{Facts, HostPattern, Matcher, Methods, Params, PathPattern};
use trace::RouteLabels;

use crate::claims::Claims;
use crate::mistake::{Mistake, Report};
use crate::{Attachment, Chain, RouteFlow, RouteGraphql, Service, Snapshot, Verify};

/// What request matches, and which service serves it.
#[derive(Debug)]
pub struct Route {
    /// Its document.
    pub id: DocId,
    /// The service.
    pub service: Arc<Service>,
    /// The number of the policies of gateway and team.
    pub(crate) outer: u32,
    /// The policies of service and route.
    pub chain: Arc<Chain>,
    /// The flow that answers in place of what serves the service.
    pub flow: Option<RouteFlow>,
    /// The query that answers, asked of what serves the service.
    pub graphql: Option<RouteGraphql>,
    /// The signature that requests must have.
    pub verify: Option<Arc<Verify>>,
    /// Taken off the path before the upstream sees it.
    pub strip_prefix: Option<Box<str>>,
    /// Team, service and route, for records.
    pub labels: Arc<RouteLabels>,
    /// What the data plane keeps for it.
    pub attachment: Attachment,
    pub(crate) matches: Arc<Matches>,
    /// What it was compiled from.
    pub(crate) document: Arc<Document>,
}

/// What of a request a route looks at.
#[derive(Debug)]
pub(crate) struct Matches {
    hosts: Arc<[HostPattern]>,
    /// Each path with the name under which the matcher knows it.
    paths: Vec<(Arc<str>, Arc<PathPattern>)>,
    methods: Methods,
    priority: i32,
    /// The claims that it was checked against.
    claims: u64,
}

/// The route of a request.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// The route.
    pub route: &'a Arc<Route>,
    /// The pattern that matched.
    pub pattern: &'a PathPattern,
    /// Where its parameters lie in the path.
    pub params: Params,
}

/// Why no route was found.
pub use route::Miss;

/// The routing table.
#[derive(Clone, Default)]
pub struct Routing {
    matcher: Matcher<Arc<Route>>,
}

impl std::fmt::Debug for Routing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Routing").field("paths", &self.len()).finish()
    }
}

// === impl Routing ===

impl Routing {
    /// The route for a request; `path` in normal form (see [`route::normalise`]).
    pub fn find(&self, host: &str, path: &str, method: &str, facts: &dyn Facts) -> Result<Found<'_>, Miss> {
        let found = self.matcher.find(host, path, method, facts)?;
        Ok(Found { route: &found.route.id, pattern: &found.route.path, params: found.params })
    }

    /// All routes that match but for the method, the most specific first; for explaining.
    pub fn candidates(&self, host: &str, path: &str, facts: &dyn Facts) -> Vec<&Arc<Route>> {
        self.matcher.candidates(host, path, facts).into_iter().map(|route| &route.id).collect()
    }

    /// The number of paths that are matched.
    pub fn len(&self) -> usize {
        self.matcher.len()
    }

    /// Whether nothing is matched.
    pub fn is_empty(&self) -> bool {
        self.matcher.is_empty()
    }

    /// Brings routes up to date; conflicts are mistakes of the new ones.
    pub(crate) fn update(&mut self, routes: &[Rerouted<'_>], mistakes: &mut Vec<Mistake>) {
        let alike = |old: &Arc<Route>, new: &Arc<Route>| Arc::ptr_eq(&old.matches, &new.matches);
        // All old ones go first: a path may move from one route to another in one change.
        for (old, new) in routes {
            let old = old.filter(|old| new.is_none_or(|new| !alike(old, new)));
            old.into_iter().flat_map(entries).for_each(|entry| {
                self.matcher.remove(&entry);
            });
        }
        for (old, new) in routes {
            let Some(new) = new else { continue };
            for entry in entries(new) {
                if old.is_none_or(|old| !alike(old, new)) {
                    self.insert(entry, mistakes);
                } else {
                    self.matcher.exchange(entry);
                }
            }
        }
    }

    fn insert(&mut self, entry: route::Route<Arc<Route>>, mistakes: &mut Vec<Mistake>) {
        let id = entry.id.id.clone();
        for conflict in self.matcher.insert(entry) {
            let other = if conflict.first.id.id == id { &conflict.second } else { &conflict.first };
            let message = format!(
                "route `{}` matches the same requests ({}{}); change a path, a host, the methods or a priority",
                other.id.id,
                conflict.host,
                other.path.as_str()
            );
            let other = Some(other.id.id.clone());
            mistakes.push(Mistake { document: id.clone(), path: "/spec/paths".into(), message, other });
        }
    }
}

/// A route as it was and as it is.
pub(crate) type Rerouted<'a> = (Option<&'a Arc<Route>>, Option<&'a Arc<Route>>);

/// One entry of the matcher for each path of a route.
fn entries(route: &Arc<Route>) -> impl Iterator<Item = route::Route<Arc<Route>>> {
    route.matches.paths.iter().map(|(name, path)| route::Route {
        id: Arc::clone(route),
        name: Arc::clone(name),
        team: route.id.team.shared(),
        hosts: Arc::clone(&route.matches.hosts),
        path: Arc::clone(path),
        methods: route.matches.methods.clone(),
        priority: route.matches.priority,
        conditions: Vec::new(),
    })
}

// === impl Matches ===

impl Matches {
    pub(crate) fn hosts(&self) -> impl Iterator<Item = &HostPattern> {
        self.hosts.iter()
    }

    pub(crate) fn paths(&self) -> impl Iterator<Item = &PathPattern> {
        self.paths.iter().map(|(_, path)| &**path)
    }

    /// Whether what was checked against older claims holds for these too.
    pub(crate) fn is_checked(&self, claims: &Claims) -> bool {
        self.claims == claims.version
    }
}

/// Reads what of a request a route looks at.
pub(crate) fn compile_matches(
    from: &Snapshot,
    id: &DocId,
    spec: &spec::Route,
    report: &mut Report<'_>,
) -> Option<Matches> {
    let before = report.mistakes.len();
    let mut hosts = Vec::new();
    let mut owned = !spec.hosts.is_empty();
    for (at, host) in spec.hosts.iter().enumerate() {
        let path = format!("/spec/hosts/{at}");
        let pattern = match HostPattern::parse(host) {
            Ok(pattern) => pattern,
            Err(error) => {
                report.add(&path, format!("`{host}`: {error}"));
                continue;
            }
        };
        match from.claims().of_pattern(&pattern) {
            Some(owner) if *owner != id.team => {
                report.add(path, format!("host `{host}` belongs to team `{owner}`"));
            }
            Some(_) => {}
            None => owned = false,
        }
        hosts.push(pattern);
    }
    if spec.paths.is_empty() {
        report.add("/spec/paths", "a route needs at least one path, such as `/orders/*`");
    }
    let mut paths = Vec::new();
    for (at, text) in spec.paths.iter().enumerate() {
        let path = format!("/spec/paths/{at}");
        // `/a/*` means `/a` and everything below.
        let parsed = match text.strip_suffix("/*") {
            Some(prefix) => PathPattern::prefix(if prefix.is_empty() { "/" } else { prefix }),
            None => PathPattern::parse(text),
        };
        let pattern = match parsed {
            Ok(pattern) => pattern,
            Err(error) => {
                report.add(&path, format!("`{text}`: {error}"));
                continue;
            }
        };
        // A team's hosts are its own to divide; elsewhere the claims to paths hold.
        let owner = from.claims().of_path(&pattern.literal()).filter(|owner| !owned && **owner != id.team);
        if let Some(owner) = owner {
            report.add(path, format!("path `{text}` belongs to team `{owner}`"));
        }
        paths.push((format!("{id}#{at}").into(), Arc::new(pattern)));
    }
    for (at, method) in spec.methods.iter().enumerate() {
        if Method::parse(method.as_bytes()).is_none() || method.bytes().any(|b| b.is_ascii_lowercase()) {
            report.add(
                format!("/spec/methods/{at}"),
                format!("`{method}` is not a method; methods are upper case"),
            );
        }
    }
    check_strip(spec, report);
    let methods = if spec.methods.is_empty() {
        Methods::any()
    } else {
        let get = spec.methods.iter().any(|method| method == "GET");
        Methods::of(spec.methods.iter().map(String::as_str).chain(get.then_some("HEAD")))
    };
    let claims = from.claims().version;
    let matches = Matches { hosts: hosts.into(), paths, methods, priority: spec.priority, claims };
    (report.mistakes.len() == before).then_some(matches)
}

fn check_strip(spec: &spec::Route, report: &mut Report<'_>) {
    let Some(prefix) = &spec.strip_prefix else { return };
    let bare = prefix.trim_end_matches('/');
    if !bare.starts_with('/') {
        report.add("/spec/strip_prefix", format!("`{prefix}` does not start with `/`"));
    } else if bare.contains(['{', '*']) {
        report.add("/spec/strip_prefix", "a prefix to take off is literal: no `{}` and no `*`");
    } else if let Some(path) = spec.paths.iter().find(|path| !under(path, bare)) {
        report.add("/spec/strip_prefix", format!("path `{path}` does not begin with `{prefix}`"));
    }
}

fn under(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
