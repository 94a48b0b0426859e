//! Compiled routes, the matcher over them, and which team's a host or a path is.

use std::collections::HashMap;
use std::sync::Arc;

use domain::{DocId, Document, Kind, Spec, spec};
use message::Method;
use route::{Facts, HostPattern, Matcher, Methods, Params, PathPattern};
use trace::RouteLabels;

use crate::mistake::{Mistake, Report};
use crate::{Attachment, Chain, Service, Snapshot};

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

/// Which team a host or a path prefix belongs to.
#[derive(Debug, Default)]
pub(crate) struct Claims {
    /// Counts changes of any team's claims.
    version: u64,
    hosts: HashMap<String, Box<str>>,
    prefixes: HashMap<String, Box<str>>,
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
    /// Whether what was checked against older claims holds for these too.
    pub(crate) fn is_checked(&self, claims: &Claims) -> bool {
        self.claims == claims.version
    }
}

// === impl Claims ===

impl Claims {
    pub(crate) fn of(snapshot: &Snapshot) -> Self {
        let mut claims = Self { version: snapshot.claims().version + 1, ..Self::default() };
        for document in snapshot.documents().filter(|document| document.id.kind == Kind::Team) {
            let Spec::Team(team) = &document.spec else { continue };
            let owner = || document.id.name.as_str().into();
            claims.hosts.extend(team.hosts.iter().map(|host| (host.to_ascii_lowercase(), owner())));
            let prefixes = team.path_prefixes.iter().map(|prefix| prefix.trim_end_matches('/').to_owned());
            claims.prefixes.extend(prefixes.map(|prefix| (prefix, owner())));
        }
        claims
    }

    fn of_host(&self, host: &str) -> Option<&str> {
        let exact = self.hosts.get(host);
        let mut rest = host.trim_start_matches("*.");
        let mut under = None;
        while let (None, Some((_, suffix))) = (under, rest.split_once('.')) {
            under = self.hosts.get(&format!("*.{suffix}"));
            rest = suffix;
        }
        exact.or(under).map(AsRef::as_ref)
    }

    fn of_path(&self, path: &str) -> Option<&str> {
        let mut rest = path.trim_end_matches('*').trim_end_matches('/');
        loop {
            if let Some(owner) = self.prefixes.get(rest) {
                return Some(owner);
            }
            rest = rest.rsplit_once('/').map(|(rest, _)| rest).filter(|rest| !rest.is_empty())?;
        }
    }
}

/// Whether a route may stand where one of the teams' claims reaches.
pub(crate) fn is_reached(route: &spec::Route, teams: &[&spec::Team]) -> bool {
    let by_host = |claim: &String| {
        let claim = claim.to_ascii_lowercase();
        let under = claim.strip_prefix('*').unwrap_or(&claim);
        route.hosts.iter().any(|host| host.to_ascii_lowercase().ends_with(under))
    };
    let by_path = |claim: &String| {
        let claim = claim.trim_end_matches('/');
        route.hosts.is_empty() && route.paths.iter().any(|path| path.starts_with(claim))
    };
    teams.iter().any(|team| team.hosts.iter().any(by_host) || team.path_prefixes.iter().any(by_path))
}

/// Checks what a team claims.
pub(crate) fn check_claims(team: &spec::Team, report: &mut Report<'_>) {
    for (at, host) in team.hosts.iter().enumerate() {
        if let Err(error) = HostPattern::parse(host) {
            report.add(format!("/spec/hosts/{at}"), format!("`{host}`: {error}"));
        }
    }
    for (at, prefix) in team.path_prefixes.iter().enumerate() {
        if let Err(error) = PathPattern::prefix(prefix) {
            report.add(format!("/spec/path_prefixes/{at}"), format!("`{prefix}`: {error}"));
        }
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
    let team = id.team.as_str();
    let mut hosts = Vec::new();
    for (at, host) in spec.hosts.iter().enumerate() {
        let path = format!("/spec/hosts/{at}");
        match HostPattern::parse(host) {
            Ok(pattern) => hosts.push(pattern),
            Err(error) => report.add(&path, format!("`{host}`: {error}")),
        }
        if let Some(owner) = from.claims().of_host(&host.to_ascii_lowercase()).filter(|owner| *owner != team)
        {
            report.add(path, format!("host `{host}` belongs to team `{owner}`"));
        }
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
        match parsed {
            Ok(pattern) => paths.push((format!("{id}#{at}").into(), Arc::new(pattern))),
            Err(error) => report.add(&path, format!("`{text}`: {error}")),
        }
        if let Some(owner) =
            from.claims().of_path(text).filter(|owner| spec.hosts.is_empty() && *owner != team)
        {
            report.add(path, format!("path `{text}` belongs to team `{owner}`"));
        }
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
