//! The plan of a flow as the API tells it.

use std::collections::HashMap;
use std::time::Duration;

use domain::DocId;
use flow::extension::{Kind, StepExtensions};
use flow::plan::{Shape, Wait, Why};
use flow::program::{Act, Node, Spread};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use snapshot::Flow;

use super::latencies::{Latencies, Latency, durations};

/// How a flow runs.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct FlowPlan {
    /// The workflow that is run.
    workflow: String,
    /// Every workflow, those that others call before them.
    workflows: Vec<WorkflowPlan>,
}

/// How a workflow runs, if each step begins the moment its last wait is over.
#[derive(Debug, Serialize, JsonSchema)]
struct WorkflowPlan {
    /// Its id.
    id: String,
    /// What it does.
    summary: Option<String>,
    /// The JSON Schema of its inputs.
    inputs: Value,
    /// The names of what it gives.
    outputs: Vec<String>,
    /// The workflows that are complete before.
    before: Vec<String>,
    /// Its steps, in their order, and before each those of the workflow that it runs and shares the graph with.
    steps: Vec<StepPlan>,
    /// How many levels there are.
    levels: usize,
    /// The steps on the critical path, in their order.
    critical: Vec<String>,
    /// How long the whole takes, in microseconds.
    total_us: u64,
    /// How long it would take one step after the other.
    sequential_us: u64,
    /// Whether times are known of some step; otherwise each step counts as one millisecond.
    timed: bool,
    /// What is not wrong and still worth a word.
    remarks: Vec<Remark>,
}

/// A word on a place.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "FlowRemark")]
struct Remark {
    /// A JSON Pointer into the document.
    path: String,
    /// What.
    message: String,
}

/// A step.
#[derive(Debug, Serialize, JsonSchema)]
struct StepPlan {
    /// Its id; of one within another behind that one's: `page/name`.
    id: String,
    /// What it does.
    description: Option<String>,
    /// A JSON Pointer to it into the document.
    path: String,
    /// What it does, in a few words, such as `GET /users/{id}` or `workflow pay`.
    does: String,
    /// What extensions make of it, such as `optional` or `for each`.
    marks: Vec<&'static str>,
    /// The call that it makes, if it makes one itself.
    call: Option<StepCall>,
    /// The workflow that it runs.
    workflow: Option<String>,
    /// Whether it changes nothing.
    safe: bool,
    /// Whether later steps wait for it since it may end the workflow or go elsewhere.
    barrier: bool,
    /// How many steps stand before it in a row.
    level: usize,
    /// When it begins at the earliest.
    begins_us: u64,
    /// How long it takes.
    expected_us: u64,
    /// Where that is from: `given`, `recorded`, `assumed`, or `workflow` (the plan of the one that it runs).
    latency: &'static str,
    /// By how much it may take longer without the whole taking longer.
    slack_us: u64,
    /// Whether it is on the critical path.
    critical: bool,
    /// What it waits for.
    waits: Vec<WaitView>,
}

/// The call of a step.
#[derive(Debug, Serialize, JsonSchema)]
struct StepCall {
    /// The method.
    method: String,
    /// The path at the gateway, with the operation's parameters.
    path: String,
    /// The operation's id.
    operation: Option<String>,
    /// The document's source.
    source: String,
    /// The id of the service.
    service: String,
    /// The id of the route that its calls take, where there is one that you may see.
    route: Option<String>,
}

/// A wait for another step.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "StepWait")]
struct WaitView {
    /// The step that is waited for.
    on: String,
    /// `output`, `depends_on`, `order` (both change something), `own_writes` (it reads what that may have written),
    /// `barrier`, `input` (an input of its workflow is from there) or `within` (that is a step within it).
    why: &'static str,
    /// The same in words.
    text: String,
    /// A JSON Pointer to what says so, where something does.
    path: Option<String>,
}

// === impl FlowPlan ===

impl FlowPlan {
    pub(super) fn new(flow: &Flow, latencies: &mut Latencies<'_>) -> Self {
        let mut totals = HashMap::new();
        let mut workflows = Vec::new();
        for at in 0..flow.program.workflows.len() {
            let Some(spread) = flow.program.spread(at) else { continue };
            let times: Vec<Time> =
                spread.nodes.iter().map(|node| time(flow, node, &totals, latencies)).collect();
            let known: Vec<Latency> = times.iter().map(|time| time.latency).collect();
            let lasts = durations(&known);
            let shape = Shape::new(&spread.plan, &lasts);
            totals.insert(at, shape.total);
            workflows.extend(WorkflowPlan::new(flow, at, &spread, &shape, (&lasts, &times)));
        }
        Self { workflow: name_of(flow, flow.workflow), workflows }
    }
}

/// How long a step takes, and the route of its call.
struct Time {
    latency: Latency,
    route: Option<DocId>,
    nested: bool,
}

fn time(flow: &Flow, node: &Node, totals: &HashMap<usize, Duration>, latencies: &mut Latencies<'_>) -> Time {
    let none = Time { latency: Latency::Recorded(Duration::ZERO), route: None, nested: node.shares };
    let Some(compiled) = flow.program.workflows.get(node.workflow).filter(|_| !node.shares) else {
        return none;
    };
    let id = compiled.workflow.steps.get(node.step).map_or("", |step| &*step.id);
    let given = latencies.given(&compiled.workflow.id, id);
    match compiled.acts.get(node.step) {
        Some(Act::Operation(source, operation)) => {
            let route = flow.place(*source).and_then(|place| latencies.route(place, operation));
            let recorded = || route.as_ref().map_or(Latency::Unknown, |route| latencies.recorded(route));
            Time { latency: given.unwrap_or_else(recorded), route, nested: false }
        }
        Some(Act::Workflow(on)) => {
            let own = totals.get(on).map_or(Latency::Unknown, |total| Latency::Recorded(*total));
            Time { nested: given.is_none(), latency: given.unwrap_or(own), route: None }
        }
        Some(Act::Nothing) => Time { latency: given.unwrap_or(none.latency), ..none },
        Some(Act::Kind { .. }) | None => Time { latency: given.unwrap_or(Latency::Unknown), ..none },
    }
}

fn name_of(flow: &Flow, workflow: usize) -> String {
    flow.program.workflows.get(workflow).map(|compiled| compiled.workflow.id.to_string()).unwrap_or_default()
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

// === impl WorkflowPlan ===

impl WorkflowPlan {
    fn new(
        flow: &Flow,
        at: usize,
        spread: &Spread,
        shape: &Shape,
        (lasts, times): (&[Duration], &[Time]),
    ) -> Option<Self> {
        let compiled = flow.program.workflows.get(at)?;
        let workflow = &compiled.workflow;
        let name = |node: usize| spread.nodes.get(node).map(|node| node.name.to_string()).unwrap_or_default();
        let steps = times.iter().enumerate().filter_map(|(at, time)| {
            let node = spread.nodes.get(at)?;
            let lasts = if node.shares { within(spread, shape, at) } else { lasts.get(at).copied()? };
            StepPlan::new(flow, (spread, at), shape, (lasts, time))
        });
        let remark =
            |remark: &flow::Mistake| Remark { path: flow.path(&remark.at), message: remark.message.clone() };
        Some(Self {
            id: workflow.id.to_string(),
            summary: workflow.summary.as_ref().or(workflow.description.as_ref()).map(ToString::to_string),
            inputs: workflow.inputs.clone().unwrap_or_default(),
            outputs: workflow.outputs.iter().map(|output| output.name.to_string()).collect(),
            before: compiled.before.iter().map(|before| name_of(flow, *before)).collect(),
            steps: steps.collect(),
            levels: shape.levels.iter().max().map_or(0, |deepest| deepest + 1),
            critical: shape.critical.iter().map(|step| name(*step)).collect(),
            total_us: micros(shape.total),
            sequential_us: micros(lasts.iter().sum()),
            timed: (times.iter().zip(&spread.nodes))
                .any(|(time, node)| !node.shares && time.latency != Latency::Unknown),
            remarks: compiled.plan.remarks.iter().map(remark).collect(),
        })
    }
}

/// How long the steps within a step take, from the first to the last.
fn within(spread: &Spread, shape: &Shape, at: usize) -> Duration {
    let begins = |at: usize| shape.begins.get(at).copied().unwrap_or_default();
    let Some(own) = spread.nodes.get(at) else { return Duration::ZERO };
    let inner = spread.nodes.iter().take(at).enumerate().rev();
    let is_within = |name: &str| name.strip_prefix(&*own.name).is_some_and(|rest| rest.starts_with('/'));
    let first = inner.take_while(|(_, node)| is_within(&node.name)).map(|(at, _)| begins(at)).min();
    begins(at).saturating_sub(first.unwrap_or_else(|| begins(at)))
}

// === impl StepPlan ===

impl StepPlan {
    fn new(
        flow: &Flow,
        (spread, at): (&Spread, usize),
        shape: &Shape,
        (lasts, time): (Duration, &Time),
    ) -> Option<Self> {
        let node = spread.nodes.get(at)?;
        let compiled = flow.program.workflows.get(node.workflow)?;
        let written = compiled.workflow.steps.get(node.step);
        let (call, workflow) = match compiled.acts.get(node.step) {
            Some(Act::Operation(source, operation)) => {
                let place = flow.place(*source);
                let call = StepCall {
                    method: operation.method.to_string(),
                    path: format!("{}{}", place.map_or("", |place| &*place.base), operation.path),
                    operation: operation.id.as_ref().map(ToString::to_string),
                    source: flow.program.sources.get(*source).map(ToString::to_string).unwrap_or_default(),
                    service: place.map(|place| place.service.to_string()).unwrap_or_default(),
                    route: time.route.as_ref().map(ToString::to_string),
                };
                (Some(call), None)
            }
            Some(Act::Workflow(on)) => (None, Some(name_of(flow, *on))),
            Some(Act::Kind { source, .. }) => {
                let place = flow.place(*source);
                let kind = written.and_then(|step| step.weir.kind.as_ref());
                let call = StepCall {
                    method: "POST".to_owned(),
                    path: place.map(|place| place.base.to_string()).unwrap_or_default(),
                    operation: kind.map(|kind| kind.as_str().to_owned()),
                    source: flow.program.sources.get(*source).map(ToString::to_string).unwrap_or_default(),
                    service: place.map(|place| place.service.to_string()).unwrap_or_default(),
                    route: None,
                };
                (Some(call), None)
            }
            Some(Act::Nothing) | None => (None, None),
        };
        let waits = spread.plan.waits.get(at).into_iter().flatten();
        let name = |node: usize| spread.nodes.get(node).map(|node| node.name.to_string()).unwrap_or_default();
        Some(Self {
            id: node.name.to_string(),
            description: written.and_then(|step| step.description.as_ref()).map(ToString::to_string),
            path: written.map(|step| flow.path(&step.at)).unwrap_or_default(),
            does: does(call.as_ref(), workflow.as_deref(), written.map(|step| &step.weir)),
            marks: written.map(|step| marks(&step.weir)).unwrap_or_default(),
            call,
            workflow,
            safe: compiled.traits.get(node.step).is_some_and(|traits| traits.safe),
            barrier: spread.plan.barriers.get(at).copied().unwrap_or_default(),
            level: shape.levels.get(at).copied().unwrap_or_default(),
            begins_us: shape.begins.get(at).copied().map(micros).unwrap_or_default(),
            expected_us: micros(lasts),
            latency: if time.nested { "workflow" } else { time.latency.source() },
            slack_us: shape.slack.get(at).copied().map(micros).unwrap_or_default(),
            critical: shape.critical.contains(&at),
            waits: waits.map(|wait| WaitView::new(flow, wait, name(wait.on))).collect(),
        })
    }
}

/// What a step does, in a few words.
fn does(call: Option<&StepCall>, workflow: Option<&str>, weir: Option<&StepExtensions>) -> String {
    match (weir.and_then(|weir| weir.kind.as_ref()), call, workflow) {
        (Some(Kind::Model(model)), ..) => format!("model {}", model.alias),
        (Some(Kind::GraphQl(query)), ..) => format!("GraphQL query at {}", query.source),
        (Some(Kind::Event(event)), ..) => format!("event {}", event.kind),
        (None, Some(call), _) => format!("{} {}", call.method, call.path),
        (None, None, Some(workflow)) => format!("workflow {workflow}"),
        (None, None, None) => weir.map(by_itself).unwrap_or_default(),
    }
}

/// What a step does that calls nothing by itself.
fn by_itself(weir: &StepExtensions) -> String {
    match weir {
        weir if !weir.race.is_empty() => format!("the first of {}", weir.race.len()),
        weir if weir.switch.is_some() => "one of several".to_owned(),
        _ => "values".to_owned(),
    }
}

fn marks(weir: &StepExtensions) -> Vec<&'static str> {
    let marks = [
        (weir.optional.is_some(), "optional"),
        (weir.for_each.is_some(), "for each"),
        (weir.when.is_some(), "when"),
        (weir.switch.is_some(), "switch"),
        (!weir.race.is_empty(), "race"),
        (weir.repeat.is_some(), "while"),
        (weir.fallback.is_some(), "fallback"),
        (weir.retry.is_some(), "retry"),
        (weir.hedge.is_some(), "hedge"),
        (weir.cache.is_some(), "cache"),
        (weir.delay.is_some(), "delay"),
        (weir.compensate.is_some(), "compensate"),
    ];
    marks.into_iter().filter(|(is, _)| *is).map(|(_, mark)| mark).collect()
}

// === impl WaitView ===

impl WaitView {
    fn new(flow: &Flow, wait: &Wait, on: String) -> Self {
        let place = |place: &expr::Pointer| Some(flow.path(place));
        let (why, text, path) = match &wait.why {
            Why::Output(at, expression) => ("output", format!("needs {expression}"), place(at)),
            Why::DependsOn(at) => ("depends_on", "dependsOn names it".to_owned(), place(at)),
            Why::Order => ("order", "both change something, and keep their order".to_owned(), None),
            Why::OwnWrites => {
                let text = "reads what it may have written; x-weir-parallel: true lifts this";
                ("own_writes", text.to_owned(), None)
            }
            Why::Barrier => ("barrier", "it may end the workflow or go elsewhere".to_owned(), None),
            Why::Input(name) => ("input", format!("gives its input {name}"), None),
            Why::Within => ("within", "is within it".to_owned(), None),
        };
        Self { on, why, text, path }
    }
}
