//! Compiled services.

use std::sync::Arc;

use domain::DocId;
use domain::spec::{self, AccessMode, KeyPlace, ServiceState};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;
use message::Known;

use crate::mistake::Report;
use crate::{Batching, Chain, Graphql, HeaderOp, HeaderOps, Jobs, StableId, Upstream};

/// An API that Weir publishes.
#[derive(Debug)]
pub struct Service {
    /// Its document.
    pub id: DocId,
    /// By which subscriptions find it.
    pub stable: StableId,
    /// Where it stands in its life.
    pub state: ServiceState,
    /// Who may call.
    pub access: AccessMode,
    /// Where a key may stand.
    pub keys: Vec<KeyAt>,
    /// Whether the key is passed on.
    pub forward_key: bool,
    /// What its answers say of its end.
    pub announce: HeaderOps,
    /// What serves it.
    pub backend: Backend,
    /// Whether and how it takes many requests in one.
    pub batch: Option<Batching>,
    /// Whether and how it answers calls later.
    pub jobs: Option<Jobs>,
    /// Its policies.
    pub(crate) chain: Arc<Chain>,
}

/// A place in a request where a key may stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyAt {
    /// `Authorization: Bearer KEY`.
    Bearer,
    /// A header.
    Header(Known, Box<str>),
    /// A query parameter.
    Query(Box<str>),
    /// In the opening of a `WebSocket`, for clients that can set no header: the subprotocol `openai-insecure-api-key.KEY`, or
    /// the query parameter `key`.
    Handshake,
}

/// What serves a service.
#[derive(Debug)]
pub enum Backend {
    /// An upstream.
    Upstream {
        /// Where requests go.
        upstream: Arc<Upstream>,
        /// Put before the path that the upstream sees.
        path_prefix: Box<str>,
    },
    /// Models; `None`: all that the team has.
    Ai {
        /// The aliases' documents that may be called.
        models: Option<Vec<DocId>>,
        /// How requests are carried.
        ways: AiWays,
    },
    /// A GraphQL schema.
    Graphql(Arc<Graphql>),
}

/// How requests of an AI service are carried.
#[derive(Clone, Copy, Debug, Default)]
pub struct AiWays {
    /// What becomes of a parameter that a target cannot honour.
    pub unsupported: spec::UnsupportedParams,
    /// What may be fetched for them.
    pub fetch: spec::Fetch,
}

/// What a service's answers say of its end.
pub(crate) fn compile_announcement(spec: &spec::Service, report: &mut Report<'_>) -> HeaderOps {
    let Some(deprecation) = &spec.deprecation else {
        if spec.state == ServiceState::Deprecated {
            let message =
                "say since when it is deprecated, which callers are told: `since: 2026-01-31T00:00:00Z`";
            report.add("/spec/deprecation", message);
        }
        return HeaderOps::default();
    };
    let mut time = |name: &str, text: &str| {
        let time = text.parse::<Timestamp>().ok();
        if time.is_none() {
            let message = "this is not a time of RFC 3339, such as `2027-01-31T00:00:00Z`";
            report.add(format!("/spec/deprecation/{name}"), message);
        }
        time
    };
    let since = time("since", &deprecation.since);
    let sunset = deprecation.sunset.as_deref().and_then(|text| time("sunset", text));
    if let (Some(since), Some(sunset)) = (since, sunset)
        && sunset < since
    {
        report
            .add("/spec/deprecation/sunset", "a service does not end before it is deprecated (RFC 9745 §4)");
    }
    let mut ops = Vec::new();
    let mut set = |name: &str, value: String| {
        ops.push(HeaderOp::Set(Known::of(name.as_bytes()), name.into(), value.into()));
    };
    if let Some(since) = since {
        set("deprecation", format!("@{}", since.as_second()));
    }
    if let Some(date) =
        sunset.and_then(|sunset| DateTimePrinter::new().timestamp_to_rfc9110_string(&sunset).ok())
    {
        set("sunset", date);
    }
    if let Some(link) = &deprecation.link {
        let web = link.starts_with("https://") || link.starts_with("http://");
        if web && link.bytes().all(|b| b.is_ascii_graphic() && !b"<>\"".contains(&b)) {
            let value = format!("<{link}>; rel=\"deprecation\"; type=\"text/html\"");
            ops.push(HeaderOp::Add(Known::of(b"link"), "link".into(), value.into()));
        } else {
            report.add(
                "/spec/deprecation/link",
                format!("`{link}` is not an address such as `https://example.com/news`"),
            );
        }
    }
    HeaderOps(ops)
}

impl From<&KeyPlace> for KeyAt {
    fn from(place: &KeyPlace) -> Self {
        match place {
            KeyPlace::Bearer => Self::Bearer,
            KeyPlace::Header(name) => Self::Header(Known::of(name.as_bytes()), name.as_str().into()),
            KeyPlace::Query(name) => Self::Query(name.as_str().into()),
        }
    }
}
