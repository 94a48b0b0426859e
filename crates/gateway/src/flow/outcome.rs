//! The answer to a call that a flow has answered.

use flow::Engine;
use flow::engine::{Failure, Reason as Why};
use flow::values::Values;
use message::{Body, Known, Reason, ResponseHead};
use net::Reply;
use serde_json::{Map, Value, json};
use snapshot::Flow;

use crate::Refusal;
use crate::exchange::Exchange;

/// What a run tells.
pub(super) struct Told {
    outputs: Values,
    failure: Option<Failure>,
}

// === impl Told ===

impl Told {
    /// What came out, or why it was given up though something is still under way.
    pub(super) fn of(engine: &Engine) -> Self {
        match (engine.ended(), engine.given_up()) {
            (Some(ended), _) => Self { outputs: ended.outputs.clone(), failure: ended.failure.clone() },
            (None, Some(reason)) => {
                Self { outputs: Values::new(), failure: Some(Failure::whole(reason.clone())) }
            }
            (None, None) => Self::nothing(),
        }
    }

    /// What is told by a run that went down.
    pub(super) fn nothing() -> Self {
        Self { outputs: Values::new(), failure: Some(Failure::whole(Why::Bound("the run went down".into()))) }
    }
}

/// The workflow's outputs as JSON, or a problem document that says which step failed and why.
pub(super) fn reply(x: &Exchange<'_>, flow: &Flow, told: &Told) -> Result<Reply, Refusal> {
    if let Some(failure) = &told.failure {
        return Err(refusal(x, flow, failure));
    }
    let body = serde_json::to_vec(&told.outputs).unwrap_or_default();
    let mut head = ResponseHead::new(200);
    head.fields.push(Known::ContentType, b"application/json");
    Ok(Reply::new(head, Body::full(body)))
}

fn refusal(x: &Exchange<'_>, flow: &Flow, failure: &Failure) -> Refusal {
    let reason = match &failure.reason {
        Why::Timeout => Reason::FlowTimeout,
        Why::Status(status) if (400..500).contains(status) => Reason::FlowDependency,
        Why::Criteria | Why::Unclear(_) | Why::Request(_) => Reason::FlowDependency,
        Why::Status(_) | Why::Unreachable(_) | Why::Bound(_) | Why::GivenUp => Reason::FlowFailed,
    };
    let name = &flow.id.name;
    let detail = if failure.step.is_empty() {
        format!("flow `{name}`: {}", failure.reason)
    } else {
        format!("flow `{name}`, step `{}`: {}", failure.step, failure.reason)
    };
    let mut step = json!({
        "id": failure.step,
        "reason": failure.reason.code(),
        "detail": failure.reason.to_string(),
        "attempts": failure.attempts,
        "duration_ms": failure.lasted.as_secs_f64() * 1e3,
    });
    if let Some(status) = failure.status {
        step["status"] = status.into();
    }
    let mut more = Map::new();
    let steps = if failure.step.is_empty() { Vec::new() } else { vec![step] };
    more.insert("steps".to_owned(), Value::Array(steps));
    let mut refusal = Refusal::new(reason, detail).shaped(x.shape());
    refusal.more = more;
    refusal
}
