//! The matcher: hosts to trees, and the search for the best route.
//!
//! Order: the most specific host, the most specific path, the most conditions, the name. Priorities
//! stand before all of these, but only among routes of one team: first the most specific route tells
//! whose the request is, then the highest priority among that team's routes that match wins.

use std::fmt;
use std::sync::Arc;

use crate::condition::{Condition, Facts};
use crate::hash::Map;
use crate::host::{Host, HostPattern};
use crate::method::Methods;
use crate::params::Params;
use crate::pattern::{MAX_PARAMS, PathPattern};
use crate::trie::{Leaf, Node};

mod search;
#[cfg(test)]
mod tests;

use search::{Found, Search, Want};

/// One route as the matcher knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route<T> {
    /// What the caller wants back.
    pub id: T,
    /// Unique among all routes; decides last, so that the order is the same everywhere.
    pub name: Arc<str>,
    /// The owner, within whose routes priorities count.
    pub team: Arc<str>,
    /// The hosts it is for; none means any.
    pub hosts: Arc<[HostPattern]>,
    /// The paths it is for.
    pub path: Arc<PathPattern>,
    /// The methods it takes.
    pub methods: Methods,
    /// Higher goes first.
    pub priority: i32,
    /// What else must hold.
    pub conditions: Vec<Condition>,
}

/// Finds routes. Cloning is cheap, and changing a clone leaves what both have in common shared.
pub struct Matcher<T> {
    exact: Map<Arc<Node<T>>>,
    suffixes: Map<Arc<Node<T>>>,
    any: Arc<Node<T>>,
    /// The most labels of a suffix; longer ends of a host need no look.
    suffix_labels: usize,
    /// How many routes have a priority other than 0.
    prioritised: usize,
    len: usize,
}

/// Collects routes for a matcher.
#[derive(Debug)]
pub struct Builder<T> {
    routes: Vec<Route<T>>,
}

/// Two routes between which nothing but their names decides.
#[derive(Debug)]
pub struct Conflict<T> {
    /// The host for which they clash.
    pub host: HostPattern,
    /// The one that was there.
    pub first: Arc<Route<T>>,
    /// The one that was added.
    pub second: Arc<Route<T>>,
}

/// The route of a request.
#[derive(Clone, Copy)]
pub struct Match<'a, T> {
    /// The route.
    pub route: &'a Arc<Route<T>>,
    /// Where its parameters lie in the path.
    pub params: Params,
}

/// Why no route was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Miss {
    /// No route matches host, path and conditions.
    NoRoute,
    /// Some do, none takes the method; these are taken.
    MethodNotAllowed(Methods),
}

// === impl Route ===

impl<T> Route<T> {
    fn leaf(self: &Arc<Self>, host: &HostPattern) -> Leaf<T> {
        let conditions = u8::MAX - u8::try_from(self.conditions.len()).unwrap_or(u8::MAX);
        Leaf {
            route: Arc::clone(self),
            rank: u64::from(host.rank()) << 48 | u64::from(self.path.rank()) << 16 | u64::from(conditions),
        }
    }

    /// The hosts, each once; [`HostPattern::Any`] if none is named.
    fn each_host(&self) -> impl Iterator<Item = &HostPattern> {
        let any = self.hosts.is_empty().then_some(&HostPattern::Any);
        let first = |(at, host): &(usize, &HostPattern)| !self.hosts.iter().take(*at).any(|h| h == *host);
        let named = self.hosts.iter().enumerate().filter(first).map(|(_, host)| host);
        any.into_iter().chain(named)
    }
}

// === impl Builder ===

impl<T> Builder<T> {
    /// No routes.
    pub const fn new() -> Self {
        Self { routes: Vec::new() }
    }

    /// Adds a route.
    pub fn add(&mut self, route: Route<T>) -> &mut Self {
        self.routes.push(route);
        self
    }

    /// Compiles the matcher. Routes that conflict are kept, the one whose name comes first wins, and
    /// every such pair is reported.
    pub fn build(self) -> (Matcher<T>, Vec<Conflict<T>>) {
        let mut routes = self.routes;
        routes.sort_by(|a, b| a.name.cmp(&b.name));
        let mut matcher = Matcher::default();
        let mut conflicts = Vec::new();
        for route in routes {
            conflicts.extend(matcher.insert(route));
        }
        (matcher, conflicts)
    }
}

impl<T> Default for Builder<T> {
    fn default() -> Self {
        Self::new()
    }
}

// === impl Matcher ===

impl<T> Matcher<T> {
    /// The route for a request. `host` is the value of `Host` or `:authority`, `path` the path in normal
    /// form (see [`crate::normalise`]). Nothing is allocated, except to list the methods of a refusal.
    pub fn find(
        &self,
        host: &str,
        path: &str,
        method: &str,
        facts: &dyn Facts,
    ) -> Result<Match<'_, T>, Miss> {
        let host = Host::new(host);
        let mut search = Search::new(path, facts, Want::MostSpecific { method });
        self.run(&host, &mut search);
        match search.into_found() {
            Some(found) if self.prioritised == 0 => Ok(found.into_match()),
            Some(found) => {
                let preferred = self.prefer(&host, path, method, facts, &found.leaf.route.team);
                Ok(preferred.unwrap_or(found).into_match())
            }
            None => Err(self.explain(&host, path, facts)),
        }
    }

    /// Every route that matches host, path and conditions, whatever its method, the most specific first.
    /// For explaining; it allocates.
    pub fn candidates(&self, host: &str, path: &str, facts: &dyn Facts) -> Vec<&Arc<Route<T>>> {
        let mut search = Search::new(path, facts, Want::All);
        self.run(&Host::new(host), &mut search);
        let mut all = search.into_all();
        all.sort_by_key(|leaf| (leaf.rank, &leaf.route.name));
        all.dedup_by(|a, b| a.route.name == b.route.name);
        all.into_iter().map(|leaf| &leaf.route).collect()
    }

    /// Adds a route; gives those it conflicts with. A route of the same name must be removed before.
    pub fn insert(&mut self, route: impl Into<Arc<Route<T>>>) -> Vec<Conflict<T>> {
        let route = route.into();
        let mut conflicts = Vec::new();
        self.len += 1;
        self.prioritised += usize::from(route.priority != 0);
        for host in route.each_host() {
            let tree = match host {
                HostPattern::Exact(name) => self.exact.entry(name.as_bytes().into()).or_default(),
                HostPattern::Suffix(name) => {
                    self.suffix_labels = self.suffix_labels.max(labels(name.as_bytes()));
                    self.suffixes.entry(name.as_bytes().into()).or_default()
                }
                HostPattern::Any => &mut self.any,
            };
            let same = Arc::make_mut(tree).insert(&route.leaf(host));
            conflicts.extend(same.into_iter().map(|first| Conflict {
                host: host.clone(),
                first,
                second: Arc::clone(&route),
            }));
        }
        conflicts
    }

    /// Puts a route in the place of one that matches the same requests in the same order, and differs in its
    /// `id` alone; `false`, and nothing is changed, if there is none of its name, hosts and path.
    pub fn exchange(&mut self, route: impl Into<Arc<Route<T>>>) -> bool {
        let route = route.into();
        let mut exchanged = false;
        for host in route.each_host() {
            let tree = match host {
                HostPattern::Exact(name) => self.exact.get_mut(name.as_bytes()),
                HostPattern::Suffix(name) => self.suffixes.get_mut(name.as_bytes()),
                HostPattern::Any => Some(&mut self.any),
            };
            exchanged |= tree.is_some_and(|tree| Arc::make_mut(tree).exchange(&route));
        }
        exchanged
    }

    /// Takes away the route that was added as `route`; `false` if there is none of its name, hosts and path.
    pub fn remove(&mut self, route: &Route<T>) -> bool {
        let mut removed = false;
        for host in route.each_host() {
            removed |= match host {
                HostPattern::Exact(name) => remove_from(&mut self.exact, name, route),
                HostPattern::Suffix(name) => remove_from(&mut self.suffixes, name, route),
                HostPattern::Any => Arc::make_mut(&mut self.any).remove(&route.name, &route.path),
            };
        }
        if removed {
            self.len -= 1;
            self.prioritised -= usize::from(route.priority != 0);
        }
        removed
    }

    /// How many routes there are.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// There is no route.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    fn run<'a>(&'a self, host: &Host, search: &mut Search<'a, '_, T>) {
        let host = host.as_bytes();
        if let Some(tree) = self.exact.get(host) {
            search.start(tree);
        }
        if !self.suffixes.is_empty() {
            for suffix in suffixes(host, self.suffix_labels) {
                if let Some(tree) = self.suffixes.get(suffix) {
                    search.start(tree);
                }
            }
        }
        search.start(&self.any);
    }

    /// Looks for the route of highest priority among those of one team.
    fn prefer(
        &self,
        host: &Host,
        path: &str,
        method: &str,
        facts: &dyn Facts,
        team: &str,
    ) -> Option<Found<'_, T>> {
        let mut search = Search::new(path, facts, Want::HighestPriority { method, team });
        self.run(host, &mut search);
        search.into_found()
    }

    fn explain(&self, host: &Host, path: &str, facts: &dyn Facts) -> Miss {
        let mut search = Search::new(path, facts, Want::All);
        self.run(host, &mut search);
        let mut allowed = Methods::default();
        search.into_all().iter().for_each(|leaf| allowed.join(&leaf.route.methods));
        if allowed.is_empty() { Miss::NoRoute } else { Miss::MethodNotAllowed(allowed) }
    }
}

impl<T> Default for Matcher<T> {
    fn default() -> Self {
        Self {
            exact: Map::default(),
            suffixes: Map::default(),
            any: Arc::default(),
            suffix_labels: 0,
            prioritised: 0,
            len: 0,
        }
    }
}

impl<T> Clone for Matcher<T> {
    fn clone(&self) -> Self {
        Self {
            exact: self.exact.clone(),
            suffixes: self.suffixes.clone(),
            any: Arc::clone(&self.any),
            ..*self
        }
    }
}

impl<T> fmt::Debug for Matcher<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Matcher").field("len", &self.len).finish_non_exhaustive()
    }
}

// === impl Conflict ===

impl<T> fmt::Display for Conflict<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, first, second } = self;
        write!(
            f,
            "routes {} and {} match the same requests ({} {}{})",
            first.name, second.name, second.methods, host, second.path
        )
    }
}

// === impl Match ===

impl<'a, T> Match<'a, T> {
    /// What the caller named the route by.
    pub fn id(&self) -> &'a T {
        &self.route.id
    }

    /// The value of a parameter, escapes and all; `path` is the one that was searched with.
    pub fn param<'p>(&self, name: &str, path: &'p str) -> Option<&'p str> {
        let at = self.route.path.names().position(|known| known == name)?;
        self.params.get(at, path)
    }

    /// All parameters by name, in order.
    pub fn params<'p>(&self, path: &'p str) -> impl Iterator<Item = (&'a str, &'p str)> {
        let (route, params) = (self.route, self.params);
        let values = (0..MAX_PARAMS).map_while(move |at| params.get(at, path));
        route.path.names().zip(values)
    }
}

impl<T: fmt::Debug> fmt::Debug for Match<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Match").field("id", self.id()).field("params", &self.params).finish()
    }
}

fn remove_from<T>(trees: &mut Map<Arc<Node<T>>>, host: &str, route: &Route<T>) -> bool {
    let Some(tree) = trees.get_mut(host.as_bytes()) else { return false };
    let removed = Arc::make_mut(tree).remove(&route.name, &route.path);
    if tree.is_empty() {
        trees.remove(host.as_bytes());
    }
    removed
}

fn labels(name: &[u8]) -> usize {
    name.split(|byte| *byte == b'.').count()
}

/// The ends of `host` that begin after a dot and have `most` labels at most, the longest first.
fn suffixes(host: &[u8], most: usize) -> impl Iterator<Item = &[u8]> {
    let skip = labels(host).saturating_sub(most).max(1);
    let dots = host.iter().enumerate().filter(|(_, byte)| **byte == b'.');
    // An end is no end if nothing stands before it.
    let dots = dots.skip(skip - 1).filter(|(at, _)| *at > 0);
    dots.filter_map(|(at, _)| host.get(at + 1..))
}
