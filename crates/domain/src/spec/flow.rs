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
    /// The Arazzo document; in files of configuration also the path of the file that it stands in.
    pub arazzo: Value,
    /// The workflow that is run, where the document has several; otherwise the only one that no other calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow: Option<String>,
    /// Who serves the operations of the document's sources, by their names; also said there, by `x-weir-service`.
    #[serde(default)]
    pub sources: BTreeMap<String, FlowSource>,
    /// The flows whose workflows the document's sources of the type `arazzo` are, by their names; also found by their `$self`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub flows: BTreeMap<String, Reference>,
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
    /// In files of configuration: the file that it stands in, from this file's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// In files of configuration: the address that `weir fetch` has it from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
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

// === impl Flow ===

impl Flow {
    /// Who serves the operations of a source: as `sources` says, else as the source description itself does.
    pub fn source(&self, name: &str) -> Option<FlowSource> {
        if let Some(said) = self.sources.get(name) {
            return Some(said.clone());
        }
        let (_, _, service) = self.described().find(|(_, described, _)| *described == name)?;
        Some(FlowSource { service, openapi: None, file: None, url: None, base: None })
    }

    /// The source descriptions that name a service themselves, unless `sources` does: the number, the name, the service.
    pub fn described(&self) -> impl Iterator<Item = (usize, &str, Reference)> {
        let all = self.arazzo.get("sourceDescriptions").and_then(Value::as_array);
        all.into_iter().flatten().enumerate().filter_map(|(at, description)| {
            let name = description.get("name")?.as_str()?;
            let service = description.get("x-weir-service")?.as_str()?;
            (!self.sources.contains_key(name)).then(|| (at, name, service.into()))
        })
    }

    /// The policies that steps name as their credentials: where, and which.
    pub fn credentials(&self) -> impl Iterator<Item = (String, Reference)> {
        fn list<'v>(value: &'v Value, name: &str) -> Option<&'v Vec<Value>> {
            value.get(name).and_then(Value::as_array)
        }
        let workflows = list(&self.arazzo, "workflows").into_iter().flatten();
        workflows.enumerate().flat_map(move |(at, workflow)| {
            let steps = list(workflow, "steps").into_iter().flatten().enumerate();
            steps.filter_map(move |(step, value)| {
                let name = value.get("x-weir-credentials")?.as_str()?;
                Some((format!("/workflows/{at}/steps/{step}/x-weir-credentials"), name.into()))
            })
        })
    }
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
