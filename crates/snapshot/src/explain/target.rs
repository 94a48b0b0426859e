//! What serves a request: in the order in which the gateway asks.

use base::RequestId;
use flow::program::Act;
use serde::Serialize;

use crate::{Backend, Flow, Route};

/// What serves a request.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct ExplainTarget {
    /// `upstream`, `ai`, `graphql`, `flow`, `batch` or `jobs`.
    pub kind: &'static str,
    /// The upstream, the model aliases, the services of a GraphQL schema, the flow, or the service whose batches or jobs are meant.
    pub names: Vec<String>,
    /// The path that the upstream would see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The addresses, with weights; the calls of a flow; else what holds of it, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<String>,
}

// === impl ExplainTarget ===

impl ExplainTarget {
    pub(super) fn of(route: &Route, method: &str, path: &str) -> Self {
        let service = || vec![route.service.id.to_string()];
        let job = route.below_jobs(path).map(|rest| rest.strip_suffix("/result").unwrap_or(rest));
        if job.is_some_and(|id| RequestId::parse(id).is_some()) {
            let what = "the job of this id: its state or its result, which its caller alone is told";
            return Self { kind: "jobs", names: service(), path: None, targets: vec![what.to_owned()] };
        }
        if let Some(used) = &route.flow {
            return Self::of_flow(route, &used.flow);
        }
        if let Some(batching) = route.batching(path).filter(|_| method == "POST") {
            let most = format!(
                "at most {} requests, {} of them at once; each is a call of its own",
                batching.max_items, batching.concurrency
            );
            return Self { kind: "batch", names: service(), path: None, targets: vec![most] };
        }
        match &route.service.backend {
            Backend::Upstream { upstream, .. } => {
                let address = |target: &crate::Target| format!("{} (weight {})", target.label, target.weight);
                Self {
                    kind: "upstream",
                    names: vec![upstream.id.to_string()],
                    path: Some(route.upstream_path(path)),
                    targets: upstream.targets.iter().map(address).collect(),
                }
            }
            Backend::Graphql(schema) => {
                Self { kind: "graphql", names: schema.services(), path: None, targets: Vec::new() }
            }
            Backend::Ai { models, .. } => {
                let names = models.iter().flatten().map(ToString::to_string).collect();
                Self { kind: "ai", names, path: None, targets: Vec::new() }
            }
        }
    }

    fn of_flow(route: &Route, flow: &Flow) -> Self {
        let mut targets = Vec::new();
        if let Some(compiled) = flow.program.workflows.get(flow.workflow) {
            for (step, act) in compiled.workflow.steps.iter().zip(&compiled.acts) {
                if let Act::Operation(source, operation) = act {
                    let base = flow.place(*source).map_or("", |place| &*place.base);
                    targets.push(format!("{}: {} {base}{}", step.id, operation.method, operation.path));
                } else {
                    targets.push(step.id.to_string());
                }
            }
        }
        if let Some(jobs) = &route.service.jobs {
            targets.push(format!("with `Prefer: respond-async` as a job, at {}/ID", jobs.path));
        }
        Self { kind: "flow", names: vec![flow.id.to_string()], path: None, targets }
    }
}
