//! A call as lists show it.

use calllog::Call;
use schemars::JsonSchema;
use serde::Serialize;
use trace::{Attempt, Phase, Phases};

use crate::time;

/// Bars of a small waterfall at most.
const BARS: usize = 12;

/// A call in a list.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CallSummary {
    /// What lists and details share.
    #[serde(flatten)]
    facts: CallFacts,
    /// How many attempts were made.
    attempts: usize,
}

/// What is known of a call.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct CallFacts {
    /// The call's id.
    id: String,
    /// The trace it belongs to.
    trace_id: String,
    /// When it began.
    at: String,
    /// How long it took.
    duration_us: u64,
    /// The method.
    method: String,
    /// The host asked for.
    host: String,
    /// The path.
    path: String,
    /// The status sent; null: none was.
    status: Option<u16>,
    /// The reason code of a failure.
    reason: Option<String>,
    /// The client's protocol.
    protocol: String,
    /// Whether it came over TLS.
    tls: bool,
    /// The owning team.
    team: Option<String>,
    /// The service.
    service: Option<String>,
    /// The route.
    route: Option<String>,
    /// Who called.
    application: Option<String>,
    /// The upstream.
    upstream: Option<String>,
    /// The target of the last attempt.
    target: Option<String>,
    /// The client's address.
    client: String,
    /// Bytes of request body.
    bytes_in: u64,
    /// Bytes of response body.
    bytes_out: u64,
    /// The model alias.
    model: Option<String>,
    /// The AI provider.
    provider: Option<String>,
    /// What its operation of GraphQL does: `query`, `mutation` or `subscription`.
    operation_kind: Option<String>,
    /// The name of its operation of GraphQL.
    operation: Option<String>,
    /// Whether the answer was streamed.
    streamed: Option<bool>,
    /// Tokens of the prompt.
    input_tokens: Option<u64>,
    /// Tokens generated.
    output_tokens: Option<u64>,
    /// Cost in millionths of a US dollar.
    cost_micros: Option<i64>,
    /// Where the last attempt's time went.
    phases: PhasesView,
    /// The gateway's own time: what no attempt took.
    stages_us: u64,
    /// A small waterfall.
    bars: Vec<Bar>,
}

/// Durations of an attempt's phases in microseconds; null: it did not happen.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[schemars(rename = "Phases")]
pub(crate) struct PhasesView {
    /// Waiting for our own limits.
    queued: Option<u32>,
    /// Resolving the name.
    dns: Option<u32>,
    /// Opening the TCP connection.
    connect: Option<u32>,
    /// The TLS handshake.
    tls: Option<u32>,
    /// Sending the request.
    send: Option<u32>,
    /// Waiting for the first byte of the answer.
    wait: Option<u32>,
    /// Receiving the answer.
    receive: Option<u32>,
}

/// A bar of a small waterfall.
#[derive(Debug, Serialize, JsonSchema)]
struct Bar {
    /// The phase, or the stage of a call that reached no upstream.
    name: String,
    /// Start, in microseconds after the start of the call.
    start_us: u64,
    /// Duration in microseconds.
    duration_us: u64,
}

/// Empty names stand for "not known" in records.
pub(crate) fn known(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

impl From<&Call> for CallSummary {
    fn from(call: &Call) -> Self {
        Self { facts: CallFacts::from(call), attempts: call.attempts.len() }
    }
}

impl From<&Call> for CallFacts {
    fn from(call: &Call) -> Self {
        let ai = call.ai.as_ref();
        let graphql = call.graphql.as_ref();
        let last = call.attempts.last();
        Self {
            id: call.id.clone(),
            trace_id: call.trace_id.clone(),
            at: time::show(call.started),
            duration_us: call.duration_us,
            method: call.method.clone(),
            host: call.host.clone(),
            path: call.path.clone(),
            status: (call.status != 0).then_some(call.status),
            reason: call.reason.clone(),
            protocol: call.protocol.as_str().to_owned(),
            tls: call.tls,
            team: known(&call.team),
            service: known(&call.service),
            route: known(&call.route),
            application: known(&call.application),
            upstream: known(&call.upstream),
            target: last.map(|attempt| attempt.target.to_string()),
            client: call.client.to_string(),
            bytes_in: call.bytes_in,
            bytes_out: call.bytes_out,
            model: ai.and_then(|ai| Some(ai.alias.as_ref().or(ai.model.as_ref())?.to_string())),
            provider: ai.and_then(|ai| Some(ai.provider.as_ref()?.to_string())),
            operation_kind: graphql.and_then(|graphql| known(&graphql.kind)),
            operation: graphql.and_then(|graphql| Some(graphql.operation.as_ref()?.to_string())),
            streamed: ai.map(|ai| ai.streamed),
            input_tokens: ai.map(|ai| ai.usage.input),
            output_tokens: ai.map(|ai| ai.usage.output),
            cost_micros: ai.and_then(|ai| ai.cost_micros),
            phases: last.map(|attempt| PhasesView::from(&attempt.phases)).unwrap_or_default(),
            stages_us: own_time(call),
            bars: bars(call),
        }
    }
}

impl From<&Phases> for PhasesView {
    fn from(phases: &Phases) -> Self {
        let of = |us: u32| (us != Phases::NA).then_some(us);
        Self {
            queued: of(phases.queued),
            dns: of(phases.dns),
            connect: of(phases.connect),
            tls: of(phases.tls),
            send: of(phases.send),
            wait: of(phases.wait),
            receive: of(phases.receive),
        }
    }
}

/// The stage of a GraphQL schema in which nothing is done but calls.
const CALLS: &str = "calls";

/// What no attempt, no step of a flow and no calls of a GraphQL schema cover of the call's time. Each start in the order of their lists.
fn own_time(call: &Call) -> u64 {
    let mut covered = 0;
    let mut reached = 0;
    let attempts = call.attempts.iter().map(|attempt| (u64::from(attempt.started_us), attempt.ended_us()));
    let steps = call.flow.iter().flat_map(|flow| &flow.steps).map(|step| (step.start_us, step.ended_us()));
    let within = call.stages.iter().filter(|stage| stage.name == CALLS);
    let within = within
        .map(|stage| (u64::from(stage.start_us), u64::from(stage.start_us) + u64::from(stage.duration_us)));
    for (start, end) in attempts.chain(steps).chain(within) {
        let start = start.max(reached);
        let end = end.min(call.duration_us);
        covered += end.saturating_sub(start);
        reached = reached.max(end);
    }
    call.duration_us.saturating_sub(covered)
}

fn bars(call: &Call) -> Vec<Bar> {
    let phases = call.attempts.iter().flat_map(phase_bars);
    let stages = call.stages.iter().map(|stage| Bar {
        name: stage.name.to_string(),
        start_us: stage.start_us.into(),
        duration_us: stage.duration_us.into(),
    });
    if call.attempts.is_empty() { stages.take(BARS).collect() } else { phases.take(BARS).collect() }
}

/// An attempt's phases follow one another.
fn phase_bars(attempt: &Attempt) -> impl Iterator<Item = Bar> + '_ {
    let mut start_us = u64::from(attempt.started_us);
    Phase::ALL.iter().filter_map(move |phase| {
        let duration = attempt.phases.get(*phase).filter(|us| *us > 0)?;
        let bar = Bar { name: phase.name().to_owned(), start_us, duration_us: duration.into() };
        start_us += u64::from(duration);
        Some(bar)
    })
}
