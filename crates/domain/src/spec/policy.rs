//! Policies: one thing done to traffic each. A policy stands inline where it is used, or as a document of
//! its own that several places refer to by name.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Graphql, StepCredentials, is_default};
use crate::{ByteSize, Reference, Span};

/// A policy inline, or a reference to one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PolicyUse {
    /// The policy document of this name.
    Ref(Reference),
    /// See [`RateLimit`].
    RateLimit(RateLimit),
    /// See [`Concurrency`].
    Concurrency(Concurrency),
    /// See [`BodyLimit`].
    BodyLimit(BodyLimit),
    /// See [`Headers`].
    Headers(Headers),
    /// See [`Cors`].
    Cors(Cors),
    /// See [`Timeout`].
    Timeout(Timeout),
    /// See [`Retry`].
    Retry(Retry),
    /// See [`Record`].
    Record(Record),
    /// See [`Graphql`].
    Graphql(Box<Graphql>),
}

/// One thing done to traffic, under a name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Policy {
    /// See [`RateLimit`].
    RateLimit(RateLimit),
    /// See [`Concurrency`].
    Concurrency(Concurrency),
    /// See [`BodyLimit`].
    BodyLimit(BodyLimit),
    /// See [`Headers`].
    Headers(Headers),
    /// See [`Cors`].
    Cors(Cors),
    /// See [`Timeout`].
    Timeout(Timeout),
    /// See [`Retry`].
    Retry(Retry),
    /// See [`Record`].
    Record(Record),
    /// See [`Graphql`].
    Graphql(Box<Graphql>),
    /// See [`StepCredentials`].
    Credentials(StepCredentials),
}

/// At most so many requests in a time, spread evenly with a burst (GCRA).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RateLimit {
    /// Requests per window.
    #[schemars(range(min = 1))]
    pub requests: u64,
    /// The window.
    pub window: Span,
    /// Requests that may come at once; absent: all of the window's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub burst: Option<u64>,
    /// What is counted apart.
    #[serde(default, skip_serializing_if = "is_default")]
    pub by: CountBy,
}

/// At most so many calls at a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Concurrency {
    /// Calls under way.
    #[schemars(range(min = 1))]
    pub max: u32,
    /// What is counted apart.
    #[serde(default, skip_serializing_if = "is_default")]
    pub by: CountBy,
}

/// What a limit counts apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CountBy {
    /// Each application; callers without one by client address. In a plan: each subscription.
    #[default]
    Application,
    /// Each credential.
    Credential,
    /// Each client address; IPv6 by its /64.
    ClientAddress,
    /// All that the policy is attached to, together.
    All,
}

/// A bound on the request body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BodyLimit {
    /// The longest body.
    pub max: ByteSize,
}

/// Changes to request and response headers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Headers {
    /// Before the request goes to the upstream.
    #[serde(skip_serializing_if = "is_default")]
    pub request: HeaderChanges,
    /// Before the answer goes to the client.
    #[serde(skip_serializing_if = "is_default")]
    pub response: HeaderChanges,
}

/// Changes in this order: remove, set, add.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HeaderChanges {
    /// Names to remove.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remove: Vec<String>,
    /// Replaced or added.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, String>,
    /// Added to what is there.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub add: BTreeMap<String, String>,
}

/// Cross-origin resource sharing (WHATWG Fetch §3.2); preflights are answered by the gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cors {
    /// Origins that may ask: exact, `https://*.example.com`, or `*`.
    #[schemars(length(min = 1))]
    pub origins: Vec<String>,
    /// Methods allowed besides the simple ones; empty: those of the route.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<String>,
    /// Request headers allowed; empty: those asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<String>,
    /// Response headers that scripts may read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expose: Vec<String>,
    /// Whether cookies and credentials may be sent. Not together with the origin `*`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub credentials: bool,
    /// How long a preflight's answer may be kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_age: Option<Span>,
}

/// Time limits that overrule the upstream's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Timeout {
    /// DNS and TCP, per attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect: Option<Span>,
    /// From the request's last byte to the answer's head, per attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_byte: Option<Span>,
    /// The longest pause within the answer's body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle: Option<Span>,
    /// The whole call until the answer's head, all attempts together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<Span>,
}

/// Further attempts after a failure, on another target where there is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Retry {
    /// Attempts in all, the first included.
    #[schemars(range(min = 1, max = 10))]
    pub attempts: u8,
    /// Answers that count as failures.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub statuses: Vec<u16>,
    /// Whether methods that are not idempotent (RFC 9110 §9.2.2) are retried too.
    #[serde(skip_serializing_if = "is_default")]
    pub unsafe_methods: bool,
    /// The first pause; it doubles, with full jitter.
    pub backoff: Span,
    /// The longest pause.
    pub max_backoff: Span,
}

/// What the records of calls keep beyond names, times and sizes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Record {
    /// Of which calls header fields and query are kept. Values of secret fields and parameters are masked.
    pub headers: RecordHeaders,
    /// Of which calls bodies are kept: what the client sent and got, and for models also what the provider was sent and
    /// answered. Secrets are masked. Absent: what an outer policy says, else none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bodies: Option<RecordBodies>,
    /// What of each body is kept at most, up to `1MiB`; absent: what an outer policy says, else `64KiB`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_max: Option<ByteSize>,
}

/// Of which calls a record keeps header fields.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordHeaders {
    /// Of none.
    None,
    /// Of those answered by a status from 400 on, or not at all.
    #[default]
    Failed,
    /// Of all.
    All,
}

/// Of which calls a record keeps bodies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordBodies {
    /// Of none.
    #[default]
    None,
    /// Of those answered by a status from 400 on, or that failed.
    Failed,
    /// Of all.
    All,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            attempts: 2,
            statuses: vec![502, 503, 504],
            unsafe_methods: false,
            backoff: Span::millis(25),
            max_backoff: Span::secs(1),
        }
    }
}
