//! The waterfall of one call: a flat list of spans with what lies on the critical path.
//!
//! What waited for what is known, not guessed from times: stages run one after the other; attempts
//! belong to the stage they were started in, the first of a chain waits for nothing else, a retry
//! waits for the attempt it follows; phases follow each other; and the next stage waits for the head
//! of the answer of the attempt that won, while its body may go on until the end of the call.

use crate::attempt::{Attempt, Phase};
use crate::record::{CallRecord, Label};

mod critical;
mod edges;
#[cfg(test)]
mod tests;

pub use critical::{Node, slacks};

/// What a span shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SpanKind {
    /// The whole call; the first span, and the only one without a parent.
    Call,
    /// A stage of the pipeline.
    Stage,
    /// An attempt at a target.
    Attempt,
    /// A phase of an attempt.
    Phase,
}

/// One bar of a waterfall.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its place in the list.
    pub id: u32,
    /// The span it is a part of; always earlier in the list. A child may outlive its parent, as the
    /// body of an answer outlives the stage that asked for it.
    pub parent: Option<u32>,
    /// The stage's or phase's name; `attempt 2`; the method of the call.
    pub name: Label,
    /// What it shows.
    pub kind: SpanKind,
    /// Start, in microseconds after the start of the call.
    pub start_us: u64,
    /// Duration in microseconds.
    pub duration_us: u64,
    /// The call would have been shorter if this had been.
    pub critical: bool,
    /// By how much this could have taken longer without the call taking longer.
    pub slack_us: u64,
    /// Details by name, for showing.
    pub attrs: Vec<(&'static str, String)>,
}

/// The spans of a call: the call, then each stage followed by its attempts and their phases.
pub fn waterfall(record: &CallRecord) -> Vec<Span> {
    let graph = edges::Graph::of(record);
    let slack = slacks(&graph.nodes, record.duration_us);
    let mut spans = Spans { list: Vec::new() };
    spans.push(call_span(record));
    let root = Some(0);
    for (index, stage) in record.stages.iter().enumerate() {
        let own = graph.stage_slack(index, &slack);
        let id = spans.push(Span {
            start_us: stage.start_us.into(),
            duration_us: stage.duration_us.into(),
            ..bar(root, SpanKind::Stage, stage.name.clone(), own)
        });
        for (at, attempt) in graph.attempts_of(record, Some(index)) {
            spans.attempt(id, attempt, &graph.phase_slacks(at, &slack));
        }
    }
    for (at, attempt) in graph.attempts_of(record, None) {
        spans.attempt(0, attempt, &graph.phase_slacks(at, &slack));
    }
    spans.list
}

/// The list being made.
struct Spans {
    list: Vec<Span>,
}

// === impl Spans ===

impl Spans {
    fn push(&mut self, mut span: Span) -> u32 {
        let id = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        span.id = id;
        self.list.push(span);
        id
    }

    fn attempt(&mut self, parent: u32, attempt: &Attempt, slacks: &[(Phase, u64)]) {
        let least = slacks.iter().map(|(_, slack)| *slack).min().unwrap_or(0);
        let name = Label::Owned(format!("attempt {}", attempt.number));
        let id = self.push(Span {
            start_us: attempt.started_us.into(),
            duration_us: attempt.phases.total(),
            attrs: attempt_attrs(attempt),
            ..bar(Some(parent), SpanKind::Attempt, name, least)
        });
        let mut start_us = u64::from(attempt.started_us);
        for ((phase, micros), (_, slack)) in attempt.phases.iter().zip(slacks) {
            let duration_us = u64::from(micros);
            self.push(Span {
                start_us,
                duration_us,
                ..bar(Some(id), SpanKind::Phase, phase.name().into(), *slack)
            });
            start_us += duration_us;
        }
    }
}

fn bar(parent: Option<u32>, kind: SpanKind, name: Label, slack_us: u64) -> Span {
    Span {
        id: 0,
        parent,
        name,
        kind,
        start_us: 0,
        duration_us: 0,
        critical: slack_us == 0,
        slack_us,
        attrs: Vec::new(),
    }
}

fn call_span(record: &CallRecord) -> Span {
    let mut attrs = vec![
        ("host", record.host.to_string()),
        ("path", record.path.to_string()),
        ("status", record.status.to_string()),
        ("protocol", record.protocol.as_str().to_owned()),
        ("bytes_in", record.bytes_in.to_string()),
        ("bytes_out", record.bytes_out.to_string()),
    ];
    attrs.extend(record.reason.as_ref().map(|reason| ("reason", reason.to_string())));
    attrs.extend(record.first_byte_us.map(|at| ("first_byte_us", at.to_string())));
    let operation = record.graphql.as_ref().map(|graphql| graphql.title()).filter(|title| !title.is_empty());
    attrs.extend(operation.map(|title| ("operation", title)));
    if let Some(ai) = &record.ai {
        attrs.extend(ai.provider.as_ref().map(|name| ("provider", name.to_string())));
        attrs.extend(ai.model.as_ref().map(|name| ("model", name.to_string())));
        attrs.extend(ai.ttft_us.map(|at| ("ttft_us", at.to_string())));
    }
    Span { duration_us: record.duration_us, attrs, ..bar(None, SpanKind::Call, record.method.clone(), 0) }
}

fn attempt_attrs(attempt: &Attempt) -> Vec<(&'static str, String)> {
    let mut attrs = vec![
        ("target", attempt.target.to_string()),
        ("reused", attempt.reused.to_string()),
        ("bytes_up", attempt.bytes_up.to_string()),
        ("bytes_down", attempt.bytes_down.to_string()),
    ];
    if attempt.status != 0 {
        attrs.push(("status", attempt.status.to_string()));
    }
    attrs.extend(attempt.protocol.map(|version| ("protocol", version.as_str().to_owned())));
    attrs.extend(attempt.peer.map(|peer| ("peer", peer.to_string())));
    attrs.extend(attempt.retry_of.map(|number| ("retry_of", number.to_string())));
    attrs.extend(attempt.reason.as_ref().map(|reason| ("reason", reason.to_string())));
    attrs.extend(attempt.error.as_ref().map(|error| ("error", error.to_string())));
    attrs
}
