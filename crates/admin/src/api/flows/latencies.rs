//! How long a flow's steps take: as was said, else half of the calls of their routes in the last day.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use base::Micros;
use calllog::OverviewQuery;
use control::{Control, Principal};
use domain::{DocId, Permission};
use openapi::Operation;
use snapshot::{ExplainRequest, Place, Snapshot};

const DAY_US: i64 = 86_400_000_000;
/// How long a step takes of which nothing is known, where nothing is known of any.
const UNIT: Duration = Duration::from_millis(1);

/// See the module's description.
pub(super) struct Latencies<'a> {
    control: &'a Control,
    principal: &'a Principal,
    live: Arc<Snapshot>,
    given: BTreeMap<String, u64>,
    recorded: HashMap<DocId, Option<Duration>>,
}

/// How long something takes, and where that is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Latency {
    Given(Duration),
    Recorded(Duration),
    Unknown,
}

// === impl Latencies ===

impl<'a> Latencies<'a> {
    pub(super) fn new(control: &'a Control, principal: &'a Principal, given: BTreeMap<String, u64>) -> Self {
        Self { control, principal, live: control.live().load(), given, recorded: HashMap::new() }
    }

    /// What was said of a step.
    pub(super) fn given(&self, workflow: &str, step: &str) -> Option<Latency> {
        let given = self.given.get(&format!("{workflow}/{step}")).or_else(|| self.given.get(step));
        given.map(|micros| Latency::Given(Duration::from_micros(*micros)))
    }

    /// The route that an operation's calls take, where the caller may know of it.
    pub(super) fn route(&self, place: &Place, operation: &Operation) -> Option<DocId> {
        let host = if place.host.is_empty() { "localhost" } else { &place.host };
        let path = operation.path.replace(['{', '}'], "");
        let request = ExplainRequest {
            method: operation.method.to_string(),
            url: format!("http://{host}{}{path}", place.base),
            ..ExplainRequest::default()
        };
        let route: DocId = self.live.explain(&request).route?.parse().ok()?;
        self.principal.can(route.team.as_str(), Permission::DocumentsRead).then_some(route)
    }

    /// What half of a route's calls took at most.
    pub(super) fn recorded(&mut self, route: &DocId) -> Latency {
        if !self.recorded.contains_key(route) {
            let found = self.read(route);
            self.recorded.insert(route.clone(), found);
        }
        self.recorded.get(route).copied().flatten().map_or(Latency::Unknown, Latency::Recorded)
    }

    fn read(&self, route: &DocId) -> Option<Duration> {
        let team = route.team.as_str();
        if !self.principal.can(team, Permission::MetricsRead) {
            return None;
        }
        let to = self.control.clock().wall();
        let query = OverviewQuery {
            from: Micros(to.0.saturating_sub(DAY_US)),
            to,
            teams: Some(vec![team.to_owned()]),
            route: route.name.to_string(),
            ..OverviewQuery::default()
        };
        // What cannot be read is not known; the plan stands without.
        let totals = self.control.log().overview(&query).ok()?.totals;
        (totals.calls > 0).then(|| Duration::from_micros(totals.p50_us))
    }
}

/// The durations of steps; where nothing is known, the median of what is. What takes no time says nothing of others.
pub(super) fn durations(latencies: &[Latency]) -> Vec<Duration> {
    let known = latencies.iter().filter_map(|latency| latency.known());
    let mut known: Vec<Duration> = known.filter(|time| !time.is_zero()).collect();
    known.sort_unstable();
    let usual = known.get(known.len() / 2).copied().unwrap_or(UNIT);
    latencies.iter().map(|latency| latency.known().unwrap_or(usual)).collect()
}

// === impl Latency ===

impl Latency {
    fn known(self) -> Option<Duration> {
        match self {
            Self::Given(time) | Self::Recorded(time) => Some(time),
            Self::Unknown => None,
        }
    }

    pub(super) fn source(self) -> &'static str {
        match self {
            Self::Given(_) => "given",
            Self::Recorded(_) => "recorded",
            Self::Unknown => "assumed",
        }
    }
}
