//! The record of one call: filled on the data plane, handed to a queue, read by everything else.
//!
//! Labels that a snapshot knows beforehand come as one shared pointer for all of a route and one for
//! all of a caller, so that filling a record touches two reference counts and not eight.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use base::{Micros, RequestId};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::attempt::Attempt;
use crate::bodies::KeptBody;
use crate::context::{SpanId, TraceId};
use crate::flow::FlowRecord;

/// The longest name of an operation that a record keeps, in bytes.
const OPERATION_CAP: usize = 128;

/// A word from a closed set; owned only when it was read back from a store.
pub type Label = Cow<'static, str>;

/// A protocol version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Protocol {
    /// HTTP/1.0.
    #[serde(rename = "http/1.0")]
    Http10,
    /// HTTP/1.1.
    #[default]
    #[serde(rename = "http/1.1")]
    Http11,
    /// HTTP/2.
    #[serde(rename = "h2")]
    Http2,
}

/// What the configuration says about where a call went. Empty strings stand for "not known".
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RouteLabels {
    /// The team that owns the route.
    pub team: Box<str>,
    /// The service.
    pub service: Box<str>,
    /// The route.
    pub route: Box<str>,
}

/// What authentication found out about who called. Empty strings stand for "not known".
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CallerLabels {
    /// The application, `team/name` if it belongs to another team than the route.
    pub application: Box<str>,
    /// The plan of its subscription.
    pub plan: Box<str>,
    /// The credential's public id, never the credential.
    pub credential: Box<str>,
}

/// One stage of the pipeline, timed by its runner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageTime {
    /// The stage's name.
    pub name: Label,
    /// Start, in microseconds after the start of the call.
    pub start_us: u32,
    /// Duration in microseconds.
    pub duration_us: u32,
}

/// Tokens used, as the provider counted them. `input` holds those read from and written to the
/// provider's cache; `output` holds the reasoning ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenUsage {
    /// All tokens of the prompt.
    pub input: u64,
    /// All tokens generated.
    pub output: u64,
    /// Of `input`: read from the cache.
    pub cache_read: u64,
    /// Of `input`: written to the cache.
    pub cache_write: u64,
    /// Of `output`: spent on reasoning.
    pub reasoning: u64,
}

/// What a call used that is counted by the piece.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pieces {
    /// Images that were made.
    pub images: u64,
    /// Milliseconds of speech that were heard or spoken.
    pub millis: u64,
    /// Characters that were spoken.
    pub characters: u64,
    /// Queries of a reranking, and searches that the provider made to answer.
    pub queries: u64,
}

/// What an AI call has beyond any other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AiRecord {
    /// The dialect the client spoke (`openai_chat`, `anthropic_messages`).
    pub dialect: Label,
    /// The model alias asked for.
    pub alias: Option<Arc<str>>,
    /// The provider asked last.
    pub provider: Option<Arc<str>>,
    /// The provider's name of the model.
    pub model: Option<Arc<str>>,
    /// The answer was a stream.
    pub streamed: bool,
    /// Tokens used.
    pub usage: TokenUsage,
    /// The usage was estimated, since the provider gave none.
    pub estimated: bool,
    /// What it used that is not told in tokens.
    #[serde(default)]
    pub pieces: Pieces,
    /// Cost in millionths of a US dollar; `None` if it is not known, since a price is not.
    pub cost_micros: Option<i64>,
    /// The provider itself told the cost; otherwise it is computed from prices.
    #[serde(default)]
    pub cost_reported: bool,
    /// Why generation ended, in the words of the client's dialect.
    pub finish_reason: Option<Label>,
    /// From the start of the call to the first generated piece, in microseconds.
    pub ttft_us: Option<u32>,
    /// The median time between pieces of a stream, in microseconds.
    pub inter_token_p50_us: Option<u32>,
    /// Parameters of the request that the provider's dialect has no place for.
    pub dropped_params: Vec<Label>,
}

/// What a call of GraphQL has beyond any other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GraphqlRecord {
    /// What its operation does (`query`, `mutation`, `subscription`); empty where it was refused before that was known.
    pub kind: Label,
    /// The name of its operation, if it has one.
    pub operation: Option<Box<str>>,
}

/// The record of one call. Made once and boxed, then filled where it lies; what nearly every call has is
/// inline, so that a record is few allocations.
#[derive(Clone, Debug, PartialEq)]
pub struct CallRecord {
    /// The call's id; sorts by time.
    pub id: RequestId,
    /// The trace it belongs to.
    pub trace_id: TraceId,
    /// This call's span in the trace.
    pub span_id: SpanId,
    /// The caller's span, if it sent a `traceparent`.
    pub parent_span_id: Option<SpanId>,
    /// The trace is sampled, as `traceparent` says or as we decided.
    pub sampled: bool,
    /// When the call began.
    pub started: Micros,
    /// From the first byte of the request to the last of the answer, in microseconds.
    pub duration_us: u64,
    /// To the first byte of the answer sent to the client, in microseconds after the start.
    pub first_byte_us: Option<u32>,
    /// The method as sent.
    pub method: Label,
    /// The host asked for, without port, in lower case.
    pub host: Box<str>,
    /// The path, without query, capped (see [`crate::path`]).
    pub path: Box<str>,
    /// The query with secret values masked, capped (see [`crate::query`]); kept where a policy asks.
    pub query: Option<Box<str>>,
    /// The status sent to the client; 0 if the client left before there was one.
    pub status: u16,
    /// The reason code, if the call was refused or failed.
    pub reason: Option<Label>,
    /// The protocol the client spoke.
    pub protocol: Protocol,
    /// The request came over TLS.
    pub tls: bool,
    /// The client's address, seen through trusted proxies.
    pub client: IpAddr,
    /// Team, service and route.
    pub place: Option<Arc<RouteLabels>>,
    /// Application, plan and credential.
    pub caller: Option<Arc<CallerLabels>>,
    /// The upstream chosen.
    pub upstream: Option<Arc<str>>,
    /// Bytes of request body received.
    pub bytes_in: u64,
    /// Bytes of response body sent.
    pub bytes_out: u64,
    /// The attempts, in the order of their starts.
    pub attempts: SmallVec<[Attempt; 1]>,
    /// Set on AI calls.
    pub ai: Option<Box<AiRecord>>,
    /// Set on calls that a flow answered.
    pub flow: Option<Box<FlowRecord>>,
    /// Set on calls of GraphQL.
    pub graphql: Option<Box<GraphqlRecord>>,
    /// The stages in the order in which they ran; none overlaps the next.
    pub stages: SmallVec<[StageTime; 6]>,
    /// Fields of the request, where a policy asked to keep them, secret values masked (see [`crate::header`]).
    pub request_headers: Vec<(Box<str>, Box<str>)>,
    /// Fields of the answer, likewise.
    pub response_headers: Vec<(Box<str>, Box<str>)>,
    /// The bodies, where a policy asked to keep them, in the order of their beginnings.
    pub bodies: Vec<KeptBody>,
    /// `User-Agent`, capped.
    pub user_agent: Option<Box<str>>,
}

// === impl Protocol ===

impl Protocol {
    /// Its name as ALPN spells it (RFC 7301 registry).
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http10 => "http/1.0",
            Self::Http11 => "http/1.1",
            Self::Http2 => "h2",
        }
    }

    /// The inverse of [`Protocol::as_str`].
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "http/1.0" => Some(Self::Http10),
            "http/1.1" => Some(Self::Http11),
            "h2" => Some(Self::Http2),
            _ => None,
        }
    }
}

// === impl TokenUsage ===

impl TokenUsage {
    /// Prompt and answer together.
    pub const fn total(&self) -> u64 {
        self.input.saturating_add(self.output)
    }
}

// === impl Pieces ===

impl Pieces {
    /// The counts, in the order of their declaration.
    pub const fn counts(&self) -> [u64; 4] {
        [self.images, self.millis, self.characters, self.queries]
    }

    /// Whether there are none.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }
}

// === impl AiRecord ===

impl AiRecord {
    /// Where its cost is from: `reported` by the provider, `computed` from prices, or `unknown`.
    pub const fn cost_source(&self) -> &'static str {
        match (self.cost_micros, self.cost_reported) {
            (None, _) => "unknown",
            (Some(_), true) => "reported",
            (Some(_), false) => "computed",
        }
    }
}

// === impl GraphqlRecord ===

impl GraphqlRecord {
    /// A record of an operation. A name that GraphQL does not have (October 2021, §2.1.9) is none, and a long one is cut:
    /// whoever calls may write what it likes there.
    pub fn new(kind: &'static str, operation: Option<&str>) -> Self {
        let good = |name: &&str| {
            name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
                && name.bytes().next().is_some_and(|first| !first.is_ascii_digit())
        };
        let operation = operation.filter(good).map(|name| crate::redact::capped(name, OPERATION_CAP));
        Self { kind: Label::Borrowed(kind), operation }
    }

    /// Kind and name as one text.
    pub fn title(&self) -> String {
        let parts = [Some(&*self.kind), self.operation.as_deref()];
        parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

// === impl CallRecord ===

impl CallRecord {
    /// The record of a call of which nothing but its beginning is known.
    pub fn new(id: RequestId, trace_id: TraceId, span_id: SpanId, started: Micros, client: IpAddr) -> Self {
        Self {
            id,
            trace_id,
            span_id,
            parent_span_id: None,
            sampled: false,
            started,
            duration_us: 0,
            first_byte_us: None,
            method: Label::Borrowed(""),
            host: Box::default(),
            path: Box::default(),
            query: None,
            status: 0,
            reason: None,
            protocol: Protocol::Http11,
            tls: false,
            client,
            place: None,
            caller: None,
            upstream: None,
            bytes_in: 0,
            bytes_out: 0,
            attempts: SmallVec::new(),
            ai: None,
            flow: None,
            graphql: None,
            stages: SmallVec::new(),
            request_headers: Vec::new(),
            response_headers: Vec::new(),
            bodies: Vec::new(),
            user_agent: None,
        }
    }

    /// The team that owns the route, `None` if no route matched.
    pub fn team(&self) -> Option<&str> {
        known(self.place.as_ref().map(|place| &*place.team))
    }

    /// The service.
    pub fn service(&self) -> Option<&str> {
        known(self.place.as_ref().map(|place| &*place.service))
    }

    /// The route.
    pub fn route(&self) -> Option<&str> {
        known(self.place.as_ref().map(|place| &*place.route))
    }

    /// The application that called.
    pub fn application(&self) -> Option<&str> {
        known(self.caller.as_ref().map(|caller| &*caller.application))
    }

    /// The plan of its subscription.
    pub fn plan(&self) -> Option<&str> {
        known(self.caller.as_ref().map(|caller| &*caller.plan))
    }

    /// The credential's public id.
    pub fn credential(&self) -> Option<&str> {
        known(self.caller.as_ref().map(|caller| &*caller.credential))
    }

    /// The target of the last attempt.
    pub fn target(&self) -> Option<&Arc<str>> {
        self.attempts.last().map(|attempt| &attempt.target)
    }

    /// The wall-clock time at which the call was over.
    pub fn ended(&self) -> Micros {
        let duration = i64::try_from(self.duration_us).unwrap_or(i64::MAX);
        Micros(self.started.0.saturating_add(duration))
    }

    /// The call did not do what it was for, whoever is to blame: a 5xx, or no status at all.
    pub fn failed(&self) -> bool {
        self.status == 0 || self.status >= 500
    }
}

fn known(value: Option<&str>) -> Option<&str> {
    value.filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::GraphqlRecord;

    #[test]
    fn an_operation_has_the_name_that_graphql_lets_it_have() {
        let long = "x".repeat(4_000);
        for (name, expect) in [
            (Some("ProductPage"), "query ProductPage"),
            (Some("_1"), "query _1"),
            (Some("1st"), "query"),
            (Some(""), "query"),
            (Some("a\nb"), "query"),
            (Some("a\u{1b}[2J"), "query"),
            (Some("é"), "query"),
            (None, "query"),
            (Some(&*long), &*format!("query {}…", "x".repeat(128))),
        ] {
            assert_eq!(GraphqlRecord::new("query", name).title(), expect, "{name:?}");
        }
        assert_eq!(GraphqlRecord::new("", Some("A")).title(), "A");
        assert_eq!(GraphqlRecord::new("", None).title(), "");
    }
}
