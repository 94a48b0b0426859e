//! The answer to a call that a flow has answered.

use std::time::Duration;

use domain::DocId;
use flow::Engine;
use flow::engine::{CallId, Came, Ended, Failure, Passage, Reason as Why, Shaped};
use flow::values::Values;
use message::{Body, Known, Method, Reason, ResponseHead};
use net::Reply;
use serde_json::{Map, Value, json};
use snapshot::Flow;
use trace::FlowStep;

use super::validators::Gathered;
use crate::exchange::Exchange;
use crate::{Refusal, completed};

/// So many steps are told of that were cut short.
const TOLD: usize = 50;

/// What a run tells.
pub(crate) struct Told {
    answer: Option<Shaped>,
    /// Why optional steps are missing.
    pub(super) absent: Vec<Failure>,
    /// What was done and could not be undone, and why.
    stuck: Vec<Failure>,
    pub(super) failure: Option<Failure>,
    /// The steps that were under way when the time of the whole was over.
    cut: Vec<Failure>,
    /// What the workflow gives.
    pub(super) outputs: Values,
    /// The answer's body, where it is that of a step's answer.
    rest: Option<Body>,
    /// What was done.
    pub(super) steps: Vec<FlowStep>,
    /// What its steps' answers say of their keeping; told only where it is asked for.
    pub(super) gathered: Option<Box<Gathered>>,
}

// === impl Told ===

impl Told {
    /// What came out, which is taken, and the steps that were made; or why it was given up though something is still under
    /// way.
    pub(crate) fn of(engine: &mut Engine) -> (Self, Vec<Passage>) {
        if let Some((ended, trail)) = engine.finish() {
            let Ended { outputs, answer, absent, stuck, failure, .. } = ended;
            let (rest, steps, gathered) = (None, Vec::new(), None);
            let cut = cut(failure.as_ref(), &trail, engine.deadline());
            return (Self { answer, absent, stuck, failure, cut, outputs, rest, steps, gathered }, trail);
        }
        let mut told = engine.given_up().map_or_else(Self::nothing, |reason| Self::failed(reason.clone()));
        told.cut = cut(told.failure.as_ref(), engine.trail(), engine.deadline());
        if let Some((failure, stuck)) = engine.undoing() {
            let cut = std::mem::take(&mut told.cut).into_iter();
            let (undone, cut) = cut.partition::<Vec<_>, _>(|one| one.step.ends_with("/undo"));
            told.cut = cut;
            told.stuck = stuck.iter().cloned().chain(undone).collect();
            // What has failed before has not failed since its time is over.
            if !failure.step.is_empty() {
                told.failure = Some(failure.clone());
            }
        }
        (told, engine.trail().to_vec())
    }

    /// What came out, or what went wrong in words.
    pub(super) fn into_result(self) -> Result<Values, String> {
        match self.failure {
            None => Ok(self.outputs),
            Some(failure) if failure.step.is_empty() => Err(failure.reason.to_string()),
            Some(failure) => Err(format!("step `{}`: {}", failure.step, failure.reason)),
        }
    }

    /// The body of a call's answer was not read: it is what is answered, if that is the call's answer.
    pub(super) fn hand_on(&mut self, rest: Option<(CallId, Body)>) {
        let streamed = self.answer.as_ref().and_then(|answer| answer.streamed.as_ref());
        let call = streamed.map(|streamed| streamed.call);
        self.rest = rest.filter(|(id, _)| Some(*id) == call).map(|(_, body)| body);
    }

    /// What is answered, if it went well.
    pub(super) fn answer(&self) -> Option<&Shaped> {
        self.answer.as_ref().filter(|_| self.failure.is_none())
    }

    /// What is answered, if it did not.
    pub(super) fn refusal(&self, flow: &DocId) -> Refusal {
        let nothing = Failure::whole(Why::GivenUp);
        refusal(flow, self.failure.as_ref().unwrap_or(&nothing), (&self.cut, &self.stuck))
    }

    /// Why it came to nothing, in words, if it did.
    pub(crate) fn why(&self) -> Option<String> {
        self.failure.as_ref().map(|failure| failure.reason.to_string())
    }

    /// What is told by a run that went down.
    pub(super) fn nothing() -> Self {
        Self::failed(Why::Bound("the run went down".into()))
    }

    /// What is told of a run that came to nothing, for this reason.
    pub(crate) fn failed(reason: Why) -> Self {
        let failure = Some(Failure::whole(reason));
        let (absent, stuck, cut) = (Vec::new(), Vec::new(), Vec::new());
        let (outputs, rest, steps) = (Values::new(), None, Vec::new());
        Self { answer: None, absent, stuck, failure, cut, outputs, rest, steps, gathered: None }
    }
}

/// What the workflow answers, or a problem document that says which step failed and why.
pub(super) fn reply(x: &Exchange<'_>, flow: &Flow, told: &mut Told) -> Result<Reply, Refusal> {
    answer(&x.head.method, &flow.id, told).map_err(|refusal| refusal.shaped(x.shape()))
}

/// The same for a call that is not there any more.
pub(crate) fn answer(method: &Method, flow: &DocId, told: &mut Told) -> Result<Reply, Refusal> {
    let rest = told.rest.take();
    let answer = told.answer().ok_or_else(|| told.refusal(flow))?;
    let mut head = ResponseHead::new(answer.status);
    for (name, value) in &answer.headers {
        head.fields.push_named(name.as_bytes(), value.as_bytes());
    }
    completed::tell(&mut head, &missing(&told.absent));
    if head.is_bodiless(method) && *method != Method::Head {
        return Ok(Reply::new(head, Body::empty()));
    }
    if let Some(streamed) = &answer.streamed {
        // The step's call has a record of its own.
        let body = rest.map_or_else(|| Body::full(streamed.body.to_vec()), Body::stream);
        return Ok(Reply::new(head, body));
    }
    let body = match (&answer.body, head.fields.get_str(Known::ContentType)) {
        // What is said to be something else is sent as it is.
        (Value::String(text), Some(kind)) if !kind.contains("json") => text.clone().into_bytes(),
        (body, _) => serde_json::to_vec(body).unwrap_or_default(),
    };
    if !head.fields.has(Known::ContentType) {
        head.fields.push(Known::ContentType, b"application/json");
    }
    Ok(Reply::new(head, Body::full(body)))
}

/// Which optional steps are missing, and why.
fn missing(absent: &[Failure]) -> Vec<String> {
    absent.iter().map(|failure| format!("{} ({})", failure.step, failure.reason.code())).collect()
}

/// The steps that were given up, or are under way still, because the time of the whole was over.
fn cut(failure: Option<&Failure>, trail: &[Passage], deadline: Option<Duration>) -> Vec<Failure> {
    if !failure.is_some_and(|failure| failure.step.is_empty() && failure.reason == Why::Timeout) {
        return Vec::new();
    }
    let end = trail.iter().filter_map(|passage| passage.ended).max().unwrap_or_default();
    // What is under way still has no end.
    let over = end.max(deadline.unwrap_or_default());
    let is_cut = |passage: &&Passage| match passage.came {
        Came::UnderWay => true,
        // Later than that something may have been undone.
        Came::Cancelled => passage.ended.zip(deadline).is_some_and(|(ended, deadline)| ended >= deadline),
        _ => false,
    };
    let cut = trail.iter().filter(|passage| passage.within.is_none()).filter(is_cut);
    cut.take(TOLD)
        .map(|passage| Failure {
            step: passage.step.clone(),
            reason: Why::Timeout,
            status: None,
            lasted: passage.ended.unwrap_or(over).saturating_sub(passage.began),
            attempts: passage.attempt,
        })
        .collect()
}

fn refusal(flow: &DocId, failure: &Failure, (cut, stuck): (&[Failure], &[Failure])) -> Refusal {
    let reason = match &failure.reason {
        Why::Timeout => Reason::FlowTimeout,
        Why::Status(status) if (400..500).contains(status) => Reason::FlowDependency,
        Why::Criteria | Why::Unclear(_) | Why::Request(_) => Reason::FlowDependency,
        Why::Status(_) | Why::Unreachable(_) | Why::Bound(_) | Why::GivenUp => Reason::FlowFailed,
    };
    let name = &flow.name;
    let detail = if failure.step.is_empty() {
        format!("flow `{name}`: {}", failure.reason)
    } else {
        format!("flow `{name}`, step `{}`: {}", failure.step, failure.reason)
    };
    let mut more = Map::new();
    let steps = if failure.step.is_empty() { cut } else { std::slice::from_ref(failure) };
    more.insert("steps".to_owned(), steps.iter().map(failed_step).collect());
    if !stuck.is_empty() {
        let one = |failure: &Failure| json!({"id": failure.step, "reason": failure.reason.code(), "attempts": failure.attempts});
        more.insert("not_undone".to_owned(), stuck.iter().map(one).collect());
    }
    Refusal { more: Some(Box::new(more)), ..Refusal::new(reason, detail) }
}

/// Milliseconds, to the microsecond.
#[expect(clippy::cast_precision_loss, reason = "of a whole number of microseconds, however long")]
pub(crate) fn millis(time: Duration) -> f64 {
    time.as_micros() as f64 / 1e3
}

/// Why a step failed.
pub(super) fn failed_step(failure: &Failure) -> Value {
    let mut step = json!({
        "id": failure.step,
        "reason": failure.reason.code(),
        "detail": failure.reason.to_string(),
        "attempts": failure.attempts,
        "duration_ms": millis(failure.lasted),
    });
    if let Some(status) = failure.status {
        step["status"] = status.into();
    }
    step
}

#[cfg(test)]
mod tests;
