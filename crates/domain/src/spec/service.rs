//! Services.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Access, Batch, GraphqlBackend, Jobs, PolicyUse, is_default};
use crate::{ByteSize, Reference, Span};

/// An API that Weir publishes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// What serves it.
    pub backend: Backend,
    /// Where it stands in its life.
    #[serde(default, skip_serializing_if = "is_default")]
    pub state: ServiceState,
    /// What its answers say of its end; needed where the state is `deprecated`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecation: Option<Deprecation>,
    /// Who may call it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub access: Access,
    /// Its OpenAPI description (3.0, 3.1 or 3.2), which flows find its operations in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub openapi: Option<Value>,
    /// Policies of all its routes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<PolicyUse>,
    /// Many requests in one; absent: not taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<Batch>,
    /// Calls of flows that are answered later, where that is asked for; absent: all are answered at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jobs: Option<Jobs>,
}

/// The end of a service, as its answers announce it: `Deprecation` (RFC 9745), `Sunset` (RFC 8594), `Link`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deprecation {
    /// Since when it should no longer be used, as RFC 3339; may lie ahead.
    pub since: String,
    /// When it stops answering, as RFC 3339; not before `since`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sunset: Option<String>,
    /// A page that tells callers what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// What serves a service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Backend {
    /// A REST upstream.
    Upstream(UpstreamBackend),
    /// Models, in the dialects of the vendors' SDKs.
    Ai(AiBackend),
    /// A GraphQL schema, served from calls.
    Graphql(Box<GraphqlBackend>),
}

/// A service served by an upstream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpstreamBackend {
    /// The upstream.
    pub name: Reference,
    /// Put before the path that the upstream sees.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path_prefix: String,
}

/// A service served by models.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AiBackend {
    /// The model aliases that may be called; empty: all of the team's.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<Reference>,
    /// What becomes of a parameter that the chosen model's provider cannot honour.
    #[serde(skip_serializing_if = "is_default")]
    pub unsupported_params: UnsupportedParams,
    /// Pictures and files that requests have by their address, for providers that take the bytes alone.
    #[serde(skip_serializing_if = "is_default")]
    pub fetch: Fetch,
}

/// What becomes of a parameter that a target cannot honour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnsupportedParams {
    /// It is left out and named in `weir-dropped-params`.
    #[default]
    Drop,
    /// The request is refused, unless another target of the alias can honour it.
    Refuse,
}

/// What may be fetched for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Fetch {
    /// From where.
    pub from: FetchFrom,
    /// The longest file.
    pub max_size: ByteSize,
    /// How long one file may take, redirects included.
    pub timeout: Span,
}

/// From where files are fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FetchFrom {
    /// From addresses of the public internet alone.
    #[default]
    Public,
    /// From any address, private networks, this host and a cloud's metadata included. Callers can then reach what Weir
    /// can reach.
    Anywhere,
    /// Not at all: such a request is refused, unless another target of the alias takes it.
    Nowhere,
}

impl Default for Fetch {
    fn default() -> Self {
        Self { from: FetchFrom::default(), max_size: ByteSize(20 << 20), timeout: Span::secs(10) }
    }
}

/// Where a service stands in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServiceState {
    /// Not served yet.
    Draft,
    /// Served.
    #[default]
    Published,
    /// Served, and announced to end.
    Deprecated,
    /// No longer served: 410.
    Retired,
}
