//! A job as its caller is told of it.

use base::{Micros, RequestId};
use flow::engine::Passage;
use jiff::Timestamp;
use serde_json::{Value, json};
use stateport::Job;

use super::live::Standing;
use crate::flow::{end_of, millis};

/// The longest body that is told within a job; the result has it whole.
const TOLD: usize = 64 << 10;

/// What is told of a job beside how it stands.
pub(super) struct About {
    pub(super) id: String,
    /// Where it is found, if a route leads there.
    pub(super) place: Option<String>,
    /// The flow's name, or the call.
    pub(super) name: String,
    pub(super) created: Micros,
    /// When it ended, and until when it is found.
    pub(super) ended: Option<(Micros, Micros)>,
}

// === impl About ===

impl About {
    pub(super) fn of(job: &Job, place: Option<String>) -> Self {
        let (id, name) = (job.id.clone(), job.name.clone());
        Self { id, place, name, created: job.created, ended: job.ended }
    }

    /// Where what came of it is found.
    pub(super) fn result(&self) -> Option<String> {
        self.place.as_ref().map(|place| format!("{place}/result"))
    }

    /// The job as JSON.
    pub(super) fn tell(&self, standing: &Standing) -> Value {
        let mut told = json!({
            "id": self.id,
            "state": standing.state,
            "created_at": show(self.created),
            "steps": {"total": standing.total, "done": standing.done, "current": standing.current},
            "trail": standing.trail,
        });
        if let Some(now) = standing.now {
            told["steps"]["now_ms"] = millis(now).into();
        }
        if let Some(place) = &self.place {
            told["href"] = place.as_str().into();
        }
        // A flow's name has no space in it.
        let does = if self.name.contains(' ') { "call" } else { "flow" };
        told[does] = self.name.as_str().into();
        if let Some((ended, until)) = self.ended.or(standing.ended) {
            told["ended_at"] = show(ended).into();
            told["expires_at"] = show(until).into();
        }
        if let Some(outcome) = &standing.outcome {
            let is_json = outcome.header("content-type").is_some_and(|kind| kind.contains("json"));
            let body = Some(&outcome.body).filter(|body| is_json && body.len() <= TOLD);
            told["result"] = json!({"status": outcome.status});
            if let Some(result) = self.result() {
                told["result"]["href"] = result.into();
            }
            if let Some(body) = body.and_then(|body| serde_json::from_slice::<Value>(body).ok()) {
                told["result"]["body"] = body;
            }
        }
        told
    }
}

/// A time as it is told: RFC 3339 in UTC, with microseconds.
fn show(at: Micros) -> String {
    Timestamp::from_microsecond(at.0).map(|at| format!("{at:.6}")).unwrap_or_default()
}

/// An attempt of a step, by its number, and the call that it made.
pub(super) fn step(number: usize, passage: &Passage, call: Option<RequestId>) -> Value {
    let mut told = json!({
        "number": number,
        "step": passage.step,
        "attempt": passage.attempt,
        "came": end_of(passage.came).as_str(),
        "began_ms": millis(passage.began),
        "after": passage.after,
    });
    if let Some(ended) = passage.ended {
        told["ended_ms"] = millis(ended).into();
    }
    if let Some(status) = passage.status {
        told["status"] = status.into();
    }
    if let Some(outer) = passage.within {
        told["within"] = outer.into();
    }
    if let Some(call) = call {
        told["request_id"] = call.to_string().into();
    }
    told
}
