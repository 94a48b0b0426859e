//! Flows.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::is_default;
use crate::{ByteSize, Reference, Span};

/// Calls that need each other's answers, made as one: an Arazzo document (1.0 or 1.1) that the gateway runs. Routes name it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// The Arazzo document.
    pub arazzo: Value,
    /// The workflow that is run, where the document has several; otherwise the only one that no other calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
    /// Who serves the operations of the document's sources, by their names.
    pub sources: BTreeMap<String, FlowSource>,
    /// The service that answers steps that ask a model (`x-weir-model`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub models: Option<Reference>,
    /// How long the whole may take.
    #[serde(default = "timeout")]
    pub timeout: Span,
    /// How many steps may be under way at the same time.
    #[serde(default = "concurrency")]
    #[schemars(range(min = 1, max = 1000))]
    pub concurrency: u32,
    /// The longest answer of a step; it is held in memory.
    #[serde(default = "max_answer")]
    pub max_answer: ByteSize,
}

/// Who serves the operations of a source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowSource {
    /// The service.
    pub service: Reference,
    /// The OpenAPI description, where it is not the service's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub openapi: Option<Value>,
    /// What stands before the paths of operations; by default what the service's first route takes off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
}

/// The flow that a route runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RouteFlow {
    /// The flow.
    pub name: Reference,
    /// Inputs by their names, each an Arazzo value over the request: `$request.path.id`, `$request.query.page`,
    /// `$request.header.x-user`, `$request.body#/items`. Others come by their names from path, query and body.
    #[serde(default, skip_serializing_if = "is_default")]
    pub inputs: BTreeMap<String, Value>,
}

fn timeout() -> Span {
    Span::secs(30)
}

fn concurrency() -> u32 {
    64
}

fn max_answer() -> ByteSize {
    ByteSize(10 << 20)
}
