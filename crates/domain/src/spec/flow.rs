//! Flows.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::is_default;
use crate::{ByteSize, Reference, Span};

const SHORT: &str = "/spec/flow";
const ARAZZO: &str = "/spec/arazzo";

/// Calls that need each other's answers, made as one: an Arazzo document (1.0 or 1.1), or the short form of one, that the gateway
/// runs. Routes name it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// What it does, in the short form; in files of configuration also the path of the file that it stands in. Its name is the
    /// document's and its sources are those below if it does not say others. `steps` is a list of objects with one member each; in
    /// YAML also one object. Either this or `arazzo` is there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<Value>,
    /// The Arazzo document; in files of configuration also the path of the file that it stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arazzo: Option<Value>,
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
    /// The longest answer of a step; it is held in memory unless it is handed on as it comes.
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
    /// What it does as it is written, the short form or an Arazzo document, and where that stands.
    pub fn written(&self) -> Option<(&'static str, &Value)> {
        let short = self.flow.as_ref().map(|short| (SHORT, short));
        short.or_else(|| self.arazzo.as_ref().map(|arazzo| (ARAZZO, arazzo)))
    }

    fn list(&self, name: &'static str) -> impl Iterator<Item = &Value> {
        self.written().into_iter().flat_map(move |(_, written)| items(written, name))
    }

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
        self.list("sourceDescriptions").enumerate().filter_map(|(at, description)| {
            let name = description.get("name")?.as_str()?;
            let service = description.get("x-weir-service")?.as_str()?;
            (!self.sources.contains_key(name)).then(|| (at, name, service.into()))
        })
    }

    /// The policies that steps name as their credentials: where, and which.
    pub fn credentials(&self) -> Vec<(String, Reference)> {
        let mut found = Vec::new();
        for (at, workflow) in self.list("workflows").enumerate() {
            for (step, value) in items(workflow, "steps").enumerate() {
                credentials(&format!("{ARAZZO}/workflows/{at}/steps/{step}"), value, &mut found);
            }
        }
        if let Some(short) = &self.flow {
            short_steps(SHORT, short, &mut found);
            for (at, flow) in items(short, "flows").enumerate() {
                short_steps(&format!("{SHORT}/flows/{at}"), flow, &mut found);
            }
        }
        found
    }
}

/// The steps of a short form, each under its name.
fn short_steps(at: &str, flow: &Value, found: &mut Vec<(String, Reference)>) {
    let mut take = |at: &str, steps: &Value| {
        for (id, step) in steps.as_object().into_iter().flatten() {
            credentials(&format!("{at}/{}", token(id)), step, found);
        }
    };
    match flow.get("steps") {
        Some(Value::Array(steps)) => {
            steps.iter().enumerate().for_each(|(step, one)| take(&format!("{at}/steps/{step}"), one));
        }
        Some(steps) => take(&format!("{at}/steps"), steps),
        None => {}
    }
}

fn credentials(at: &str, step: &Value, found: &mut Vec<(String, Reference)>) {
    let names = ["x-weir-credentials", "credentials"];
    let said = names.iter().find_map(|name| Some((name, step.get(name)?.as_str()?)));
    found.extend(said.map(|(name, policy)| (format!("{at}/{name}"), policy.into())));
}

fn items<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

/// A name as a part of a JSON Pointer.
fn token(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
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
