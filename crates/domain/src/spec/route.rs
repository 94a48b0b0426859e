//! Routes.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{PolicyUse, RouteFlow, RouteGraphql, Verify};
use crate::Reference;

/// What request matches, and which service serves it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// The service.
    pub service: Reference,
    /// Hosts: exact or `*.example.com`; empty: any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// Paths: exact (`/a/b`), with parameters (`/a/{id}`), or a prefix (`/a/*`, which matches `/a` too).
    #[schemars(length(min = 1))]
    pub paths: Vec<String>,
    /// Methods; empty: any. `GET` includes `HEAD`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub methods: Vec<String>,
    /// Wins over lower ones among the team's routes before anything else is compared.
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub priority: i32,
    /// Taken off the path before the upstream sees it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strip_prefix: Option<String>,
    /// The flow that answers in place of what serves the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<RouteFlow>,
    /// The GraphQL query that answers, asked of what serves the service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub graphql: Option<Box<RouteGraphql>>,
    /// The signature that requests must have: webhooks that come in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify: Option<Verify>,
    /// Policies of this route.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub policies: Vec<PolicyUse>,
}
