//! Runs flows: a call whose route names one is answered by the calls of its steps, made inside.

mod asked;
mod cache;
mod calls;
mod events;
mod inputs;
mod outcome;
mod progress;
mod run;
mod validators;

pub use asked::Ran;
pub(crate) use run::end_of;
pub use run::recorded;

use std::sync::Arc;

use ::flow::values::Values;
use message::Method;
use net::Reply;
use snapshot::{Flow, Route, RouteFlow};
use tokio::sync::oneshot;
use trace::FlowRecord;

use crate::Refusal;
use crate::exchange::Exchange;
use crate::gateway::Core;
use crate::inside::Origin;
pub(crate) use cache::Answers;
pub(crate) use calls::{Calls, Done};
pub(crate) use inputs::{fields as fields_of, is_form, of as inputs_of, request_of, uncoded};
pub(crate) use outcome::{Told, answer, millis};
pub(crate) use progress::nothing_more;
use run::Running;
use validators::Ground;

/// What an answer by a flow depends on: in parts, or at once, or later (RFC 7240 §2); and what inputs are taken from
/// (RFC 9110 §12.5.5).
pub(crate) fn vary(route: &Route, used: &RouteFlow) -> String {
    let mut vary = "Accept".to_owned();
    if route.service.jobs.is_some() {
        vary.push_str(", Prefer");
    }
    for name in inputs::fields(&used.inputs).filter(|name| *name != "accept") {
        vary.push_str(", ");
        vary.push_str(name);
    }
    vary
}

/// Answers a call by a flow.
pub(crate) async fn serve(x: &mut Exchange<'_>, used: &RouteFlow) -> Result<Reply, Refusal> {
    let flow = &used.flow;
    let compiled = flow.program.workflows.get(flow.workflow);
    let form = compiled.and_then(|compiled| progress::form(&x.head.fields, compiled));
    if form.is_some_and(|form| progress::has_all(&x.head.fields, form)) {
        return Ok(nothing_more());
    }
    let inputs = inputs::of(x, used).await?;
    x.mark("inputs");
    let began = u64::from(x.ledger.offset());
    let reads = compiled.is_some_and(|compiled| compiled.is_safe() && compiled.stream.is_none())
        && matches!(x.head.method, Method::Get | Method::Head);
    let given = if reads { expr::canonical_object(&inputs) } else { String::new() };
    let running = Running::new(x.core, Arc::clone(flow), &Origin::of(x), inputs);
    if let Some((compiled, form)) = compiled.zip(form) {
        return progress::serve(x, flow, (running, compiled), form).await;
    }
    let running = running.handing_on();
    let safe = compiled.is_some_and(flow::program::Compiled::is_safe);
    let running = if reads { running.gathering() } else { running };
    let mut told = if safe { running.finish().await } else { apart(x.core, running).await };
    x.mark("flow");
    let steps = FlowRecord::of(std::mem::take(&mut told.steps)).later(began);
    x.ledger.note(|record| record.flow = Some(Box::new(steps)));
    let gathered = told.gathered.take();
    let reply = outcome::reply(x, flow, &mut told)?;
    let partial = !told.absent.is_empty();
    let ground = Ground { flow: flow.digest, inputs: &given, own: x.caller.is_some(), partial };
    match gathered {
        Some(gathered) => gathered.settle(&x.head.fields, reply, &ground),
        None => Ok(reply),
    }
}

/// Runs a flow for a part of an answer; the error says what went wrong.
pub(crate) async fn outputs(
    core: &Core,
    flow: &Arc<Flow>,
    origin: &Origin,
    inputs: Values,
) -> Result<Values, String> {
    Running::new(core, Arc::clone(flow), origin, inputs).finish().await.into_result()
}

/// Runs what changes something in a task of its own: where the caller leaves, or has been told that its time is over, what
/// is under way comes to its end, and what was done is undone.
async fn apart(core: &Core, running: Running) -> Told {
    let (tell, told) = oneshot::channel();
    core.spawn(running.telling(tell));
    told.await.unwrap_or_else(|_| Told::nothing())
}
