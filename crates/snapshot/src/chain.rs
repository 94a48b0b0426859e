//! The chain of policies that a call goes through, outermost scope first, resolved to plain settings.

use std::sync::Arc;
use std::time::Duration;

use ::graphql::guard::Guard;
use domain::spec::policy::{self, CountBy};
use domain::spec::{Policy, PolicyUse};
use domain::{DocId, Kind};
use message::Known;
use serde::Serialize;

use crate::mistake::Report;
use crate::{Attachment, StableId, graphql};

/// The most that records keep of a body, in bytes.
const BODY_MOST: u64 = 1 << 20;

/// All that policies say about a call. Limits add up; of everything else the innermost scope's word counts.
#[derive(Debug, Default)]
pub struct Chain {
    /// Rate limits, each of which must allow the call.
    pub rates: Vec<Arc<RateRule>>,
    /// Concurrency limits, each of which must have a place.
    pub concurrency: Vec<Arc<LimitRule>>,
    /// The longest request body, in bytes.
    pub body_limit: Option<u64>,
    /// Changes to the request's headers.
    pub request: HeaderOps,
    /// Changes to the answer's headers.
    pub response: HeaderOps,
    /// Cross-origin rules.
    pub cors: Option<Arc<Cors>>,
    /// Time limits that overrule the upstream's.
    pub timeouts: Timeouts,
    /// Further attempts after a failure.
    pub retry: Option<policy::Retry>,
    /// What records keep of headers.
    pub record_headers: Option<policy::RecordHeaders>,
    /// Of which calls records keep bodies.
    pub record_bodies: Option<policy::RecordBodies>,
    /// What they keep of each, in bytes.
    pub body_max: Option<u64>,
    /// What GraphQL queries may ask for.
    pub graphql: Option<Arc<Guard>>,
    /// Where each part comes from, in order.
    pub items: Vec<Arc<Attached>>,
}

/// Where a policy is attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The whole gateway (the team `system`).
    Gateway,
    /// A team.
    Team,
    /// A service.
    Service,
    /// A route.
    Route,
    /// A plan; counted for each subscription.
    Plan,
    /// An application.
    Application,
}

/// One policy of a chain and where it comes from.
#[derive(Debug)]
pub struct Attached {
    /// Where it is attached.
    pub scope: Scope,
    /// The document that attaches it.
    pub by: DocId,
    /// The policy document, where it is not written inline.
    pub source: Option<DocId>,
    /// The policy.
    pub policy: Policy,
}

/// A rate limit.
#[derive(Debug)]
pub struct RateRule {
    /// Whose counters it uses.
    pub id: StableId,
    /// The name in `RateLimit` headers.
    pub name: Arc<str>,
    /// Requests per window.
    pub requests: u64,
    /// The window.
    pub window: Duration,
    /// Requests that may come at once.
    pub burst: u64,
    /// What is counted apart.
    pub by: CountBy,
    /// Whether each subscription is counted apart.
    pub per_subscription: bool,
    /// What the data plane keeps for it.
    pub attachment: Attachment,
}

/// A concurrency limit.
#[derive(Debug)]
pub struct LimitRule {
    /// Whose counters it uses.
    pub id: StableId,
    /// Calls under way.
    pub max: u32,
    /// What is counted apart.
    pub by: CountBy,
    /// Whether each subscription is counted apart.
    pub per_subscription: bool,
}

/// Changes to a head, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeaderOps(pub Vec<HeaderOp>);

/// One change to a head.
#[derive(Clone, Debug, PartialEq)]
pub enum HeaderOp {
    /// Removes every field of the name.
    Remove(Known, Arc<str>),
    /// Replaces every field of the name by one.
    Set(Known, Arc<str>, Arc<str>),
    /// Adds a field.
    Add(Known, Arc<str>, Arc<str>),
}

/// Time limits that overrule the upstream's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// DNS and TCP, per attempt.
    pub connect: Option<Duration>,
    /// To the answer's head, per attempt.
    pub first_byte: Option<Duration>,
    /// The longest pause within the answer's body.
    pub idle: Option<Duration>,
    /// The whole call until the answer's head.
    pub total: Option<Duration>,
}

/// Cross-origin rules (WHATWG Fetch §3.2).
#[derive(Clone, Debug, PartialEq)]
pub struct Cors {
    /// Origins that may ask.
    pub origins: Vec<OriginRule>,
    /// `Access-Control-Allow-Methods`; `None`: the method asked for.
    pub methods: Option<String>,
    /// `Access-Control-Allow-Headers`; `None`: those asked for.
    pub headers: Option<String>,
    /// `Access-Control-Expose-Headers`.
    pub expose: Option<String>,
    /// Whether credentials may be sent.
    pub credentials: bool,
    /// `Access-Control-Max-Age`, in seconds.
    pub max_age: Option<u64>,
}

/// Origins that a rule allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OriginRule {
    /// Any.
    Any,
    /// This one, in lower case.
    Exact(String),
    /// Any under this: `https://` and `.example.com`.
    Under(String, String),
}

/// Finds policy documents by id.
pub(crate) type FindPolicy<'a> = &'a dyn Fn(&DocId) -> Option<Policy>;

// === impl Chain ===

impl Chain {
    /// What two chains say together. Where one alone says something, it is shared.
    pub(crate) fn join(outer: &Arc<Self>, inner: &Arc<Self>) -> Arc<Self> {
        if inner.items.is_empty() {
            return Arc::clone(outer);
        }
        if outer.items.is_empty() {
            return Arc::clone(inner);
        }
        let mut joined = Self::default();
        joined.extend(outer);
        joined.extend(inner);
        Arc::new(joined)
    }

    fn extend(&mut self, inner: &Self) {
        self.rates.extend(inner.rates.iter().cloned());
        self.concurrency.extend(inner.concurrency.iter().cloned());
        self.body_limit = inner.body_limit.or(self.body_limit);
        self.request.0.extend(inner.request.0.iter().cloned());
        // Answers pass from the inside out, so that the outer one has the last word.
        self.response.0.splice(0..0, inner.response.0.iter().cloned());
        self.cors = inner.cors.clone().or_else(|| self.cors.take());
        self.timeouts = self.timeouts.overruled_by(inner.timeouts);
        self.retry = inner.retry.clone().or_else(|| self.retry.take());
        self.record_headers = inner.record_headers.or(self.record_headers);
        self.record_bodies = inner.record_bodies.or(self.record_bodies);
        self.body_max = inner.body_max.or(self.body_max);
        self.graphql = inner.graphql.clone().or_else(|| self.graphql.take());
        self.items.extend(inner.items.iter().cloned());
    }

    /// Adds the policies that a document attaches. Mistakes are reported at `/spec/policies/N`.
    pub(crate) fn attach(
        &mut self,
        scope: Scope,
        owner: &DocId,
        uses: &[PolicyUse],
        find: FindPolicy<'_>,
        report: &mut Report<'_>,
    ) {
        let mut ordinals = std::collections::HashMap::new();
        for (at, used) in uses.iter().enumerate() {
            let path = format!("/spec/policies/{at}");
            let (policy, source) = match inline(used) {
                Ok(policy) => (policy, None),
                Err(reference) => {
                    let found =
                        owner.resolve(Kind::Policy, reference).ok().and_then(|id| Some((find(&id)?, id)));
                    let Some((policy, id)) = found else { continue };
                    (policy, Some(id))
                }
            };
            // A policy document has one of its kind; its uses share its counters wherever they stand.
            let ordinal = if source.is_some() {
                1
            } else {
                let ordinal = ordinals.entry(std::mem::discriminant(&policy)).or_insert(0_u32);
                *ordinal += 1;
                *ordinal
            };
            let place = Place { scope, owner, source: source.as_ref(), ordinal };
            self.add(&place, &policy, &path, report);
        }
    }

    fn add(&mut self, place: &Place<'_>, policy: &Policy, path: &str, report: &mut Report<'_>) {
        self.items.push(Arc::new(Attached {
            scope: place.scope,
            by: place.owner.clone(),
            source: place.source.cloned(),
            policy: policy.clone(),
        }));
        match policy {
            Policy::RateLimit(limit) => self.rates.extend(place.rate(limit, path, report).map(Arc::new)),
            Policy::Concurrency(limit) => {
                if limit.max == 0 {
                    report.add(format!("{path}/concurrency/max"), "a limit of 0 would refuse every call");
                }
                let id = StableId::of(&[&place.counters(), &"concurrency", &place.ordinal]);
                let per_subscription = place.scope == Scope::Plan;
                self.concurrency.push(Arc::new(LimitRule {
                    id,
                    max: limit.max,
                    by: limit.by,
                    per_subscription,
                }));
            }
            Policy::BodyLimit(limit) => self.body_limit = Some(limit.max.0),
            Policy::Headers(headers) => {
                self.request.extend(&headers.request, &format!("{path}/headers/request"), report);
                self.response.extend(&headers.response, &format!("{path}/headers/response"), report);
            }
            Policy::Cors(_) if matches!(place.scope, Scope::Plan | Scope::Application) => {
                let part = if place.source.is_some() { "ref" } else { "cors" };
                let message = "browsers ask before the caller is known, so that this would have no effect: attach CORS to the service, a route or the team";
                report.add(format!("{path}/{part}"), message);
            }
            Policy::Cors(cors) => self.cors = Some(Arc::new(compile_cors(cors, path, report))),
            Policy::Timeout(timeout) => self.timeouts = self.timeouts.overruled_by(timeout.into()),
            Policy::Retry(retry) => {
                if !(1..=10).contains(&retry.attempts) {
                    report.add(format!("{path}/retry/attempts"), "attempts are 1 to 10, the first included");
                }
                if let Some(status) = retry.statuses.iter().find(|status| !(400..=599).contains(*status)) {
                    report.add(format!("{path}/retry/statuses"), format!("{status} is not an error status"));
                }
                self.retry = Some(retry.clone());
            }
            Policy::Record(record) => self.record(record, path, report),
            Policy::Graphql(_) if !matches!(place.scope, Scope::Service | Scope::Route) => {
                let part = if place.source.is_some() { "ref" } else { "graphql" };
                let message = "not every service there speaks GraphQL: attach it to a service or a route";
                report.add(format!("{path}/{part}"), message);
            }
            Policy::Credentials(_) => {
                let message = "credentials are named by the steps of flows (`x-weir-credentials`); attached, they would do nothing";
                report.add(format!("{path}/ref"), message);
            }
            Policy::Graphql(limits) => self.graphql = Some(Arc::new(graphql::guard(limits, path, report))),
        }
    }
}

impl Chain {
    fn record(&mut self, record: &policy::Record, path: &str, report: &mut Report<'_>) {
        if record.body_max.is_some_and(|max| !(1..=BODY_MOST).contains(&max.0)) {
            report.add(
                format!("{path}/record/body_max"),
                "at most 1MiB of a body can be kept, and at least a byte",
            );
        }
        self.record_headers = Some(record.headers);
        self.record_bodies = record.bodies.or(self.record_bodies);
        self.body_max = record.body_max.map(|max| max.0).or(self.body_max);
    }
}

/// Where a policy stands, for its counters' identity.
struct Place<'a> {
    scope: Scope,
    owner: &'a DocId,
    source: Option<&'a DocId>,
    ordinal: u32,
}

impl Place<'_> {
    /// A policy document's counters are shared by all its uses, an inline policy's belong to its owner.
    fn counters(&self) -> &DocId {
        self.source.unwrap_or(self.owner)
    }

    fn rate(&self, limit: &policy::RateLimit, path: &str, report: &mut Report<'_>) -> Option<RateRule> {
        if limit.requests == 0 || limit.window.0.is_zero() || limit.burst == Some(0) {
            report.add(format!("{path}/rate_limit"), "requests, window and burst must be more than zero");
            return None;
        }
        Some(RateRule {
            id: StableId::of(&[&self.counters(), &"rate", &self.ordinal]),
            name: self.counters().name.shared(),
            requests: limit.requests,
            window: limit.window.0,
            burst: limit.burst.unwrap_or(limit.requests),
            by: limit.by,
            per_subscription: self.scope == Scope::Plan,
            attachment: Attachment::default(),
        })
    }
}

// === impl HeaderOps ===

impl HeaderOps {
    fn extend(&mut self, changes: &policy::HeaderChanges, path: &str, report: &mut Report<'_>) {
        for (at, name) in changes.remove.iter().enumerate() {
            if let Some(known) = check_name(name, &format!("{path}/remove/{at}"), report) {
                self.0.push(HeaderOp::Remove(known, name.as_str().into()));
            }
        }
        self.pairs(&changes.set, &format!("{path}/set"), HeaderOp::Set, report);
        self.pairs(&changes.add, &format!("{path}/add"), HeaderOp::Add, report);
    }

    /// Adds one change a pair.
    pub(crate) fn pairs(
        &mut self,
        pairs: &std::collections::BTreeMap<String, String>,
        path: &str,
        make: fn(Known, Arc<str>, Arc<str>) -> HeaderOp,
        report: &mut Report<'_>,
    ) {
        for (name, value) in pairs {
            let path = format!("{path}/{}", crate::pointer::token(name));
            let known = check_name(name, &path, report);
            if !value.bytes().all(|b| b == b'\t' || (b >= 0x20 && b != 0x7f)) {
                report.add(path, "a header's value has no control characters");
            } else if let Some(known) = known {
                self.0.push(make(known, name.as_str().into(), value.trim().into()));
            }
        }
    }

    /// Whether there is nothing to change.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names of the fields that it changes.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|op| match op {
            HeaderOp::Remove(_, name) | HeaderOp::Set(_, name, _) | HeaderOp::Add(_, name, _) => &**name,
        })
    }
}

/// A name that policies may touch: a token (RFC 9110 §5.6.2), and none that frames or routes a message.
pub(crate) fn check_name(name: &str, path: &str, report: &mut Report<'_>) -> Option<Known> {
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    let known = Known::of(name.as_bytes());
    let message = if name.is_empty() || !name.bytes().all(token) {
        format!("`{name}` is not a header name")
    } else if matches!(known, Known::Host | Known::ContentLength | Known::Trailer) || known.is_hop_by_hop() {
        format!("`{name}` is the gateway's own to write")
    } else {
        return Some(known);
    };
    report.add(path, message);
    None
}

// === impl Timeouts ===

impl Timeouts {
    /// These, but where an inner scope has a word on a limit, that counts.
    pub fn overruled_by(self, inner: Self) -> Self {
        Self {
            connect: inner.connect.or(self.connect),
            first_byte: inner.first_byte.or(self.first_byte),
            idle: inner.idle.or(self.idle),
            total: inner.total.or(self.total),
        }
    }
}

impl From<&policy::Timeout> for Timeouts {
    fn from(timeout: &policy::Timeout) -> Self {
        let duration = |span: Option<domain::Span>| span.map(|span| span.0);
        Self {
            connect: duration(timeout.connect),
            first_byte: duration(timeout.first_byte),
            idle: duration(timeout.idle),
            total: duration(timeout.total),
        }
    }
}

fn compile_cors(cors: &policy::Cors, path: &str, report: &mut Report<'_>) -> Cors {
    if cors.origins.is_empty() {
        report.add(format!("{path}/cors/origins"), "at least one origin, or `*`");
    }
    let mut origins = Vec::new();
    for (at, origin) in cors.origins.iter().enumerate() {
        match OriginRule::parse(origin) {
            Some(OriginRule::Any) if cors.credentials => {
                let message = "`*` and credentials do not go together (Fetch §3.2.5): name the origins";
                report.add(format!("{path}/cors/origins/{at}"), message);
            }
            Some(rule) => origins.push(rule),
            None => {
                let message = format!(
                    "`{origin}` is not an origin: write `https://app.example.com`, with a port if not the usual one, without a path"
                );
                report.add(format!("{path}/cors/origins/{at}"), message);
            }
        }
    }
    let list = |items: &[String]| (!items.is_empty()).then(|| items.join(", "));
    for (name, items) in [("methods", &cors.methods), ("headers", &cors.headers), ("expose", &cors.expose)] {
        for (at, item) in items.iter().enumerate() {
            if item != "*" && message::Method::parse(item.as_bytes()).is_none() {
                report.add(format!("{path}/cors/{name}/{at}"), format!("`{item}` is not a token"));
            }
        }
    }
    Cors {
        origins,
        methods: list(&cors.methods),
        headers: list(&cors.headers),
        expose: list(&cors.expose),
        credentials: cors.credentials,
        max_age: cors.max_age.map(|age| age.0.as_secs()),
    }
}

// === impl OriginRule ===

impl OriginRule {
    fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Any);
        }
        let (scheme, rest) = text.split_once("://")?;
        if scheme.is_empty() || rest.is_empty() || rest.contains(['/', '?', '#', '@', ' ']) {
            return None;
        }
        Some(match rest.strip_prefix('*') {
            Some(under) if under.starts_with('.') && !under.contains('*') => {
                Self::Under(format!("{}://", scheme.to_ascii_lowercase()), under.to_ascii_lowercase())
            }
            Some(_) => return None,
            None if rest.contains('*') => return None,
            None => Self::Exact(text.to_ascii_lowercase()),
        })
    }

    /// Whether the rule allows an `Origin` (RFC 6454 §7).
    pub fn allows(&self, origin: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(exact) => exact.eq_ignore_ascii_case(origin),
            Self::Under(scheme, under) => {
                let origin = origin.to_ascii_lowercase();
                origin.strip_prefix(scheme.as_str()).is_some_and(|host| host.ends_with(under.as_str()))
            }
        }
    }
}

/// The policy itself, or the reference that stands for it.
fn inline(used: &PolicyUse) -> Result<Policy, &domain::Reference> {
    Ok(match used {
        PolicyUse::Ref(reference) => return Err(reference),
        PolicyUse::RateLimit(p) => Policy::RateLimit(p.clone()),
        PolicyUse::Concurrency(p) => Policy::Concurrency(p.clone()),
        PolicyUse::BodyLimit(p) => Policy::BodyLimit(p.clone()),
        PolicyUse::Headers(p) => Policy::Headers(p.clone()),
        PolicyUse::Cors(p) => Policy::Cors(p.clone()),
        PolicyUse::Timeout(p) => Policy::Timeout(p.clone()),
        PolicyUse::Retry(p) => Policy::Retry(p.clone()),
        PolicyUse::Record(p) => Policy::Record(p.clone()),
        PolicyUse::Graphql(p) => Policy::Graphql(p.clone()),
    })
}
