//! What a run would send at once, without anything being sent.

use std::sync::Arc;
use std::time::Duration;

use flow::Engine;
use flow::engine::{Bounds, Call, Failure, Order};
use flow::values::Values;
use schemars::JsonSchema;
use serde::Serialize;
use snapshot::Flow;

/// The longest body that is shown, in bytes.
const BODY: usize = 16 << 10;

/// A request that can be written already.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct FirstRequest {
    /// The step.
    step: String,
    /// The method.
    method: String,
    /// The path at the gateway, with the query.
    target: String,
    /// Header fields, secret values masked.
    headers: Vec<(String, String)>,
    /// The body as text, its beginning at least.
    body: Option<String>,
}

/// The requests of steps that wait for nothing, and why the run would end with them. `began` is since 1970-01-01T00:00:00Z.
pub(super) fn first(flow: &Flow, inputs: Values, began: Duration) -> (Vec<FirstRequest>, Option<Failure>) {
    let now = Duration::ZERO;
    let bounds = Bounds { began, ..flow.bounds };
    let mut engine = Engine::new(Arc::clone(&flow.program), flow.workflow, inputs, bounds, now);
    let mut orders = Vec::new();
    while let Some(order) = engine.poll(now) {
        orders.push(order);
    }
    let requests = orders.into_iter().filter_map(|order| match order {
        Order::Call { call: Call { source, request, .. }, passage, .. } => {
            let step = engine.trail().get(passage).map(|passage| passage.step.to_string());
            let base = flow.place(source).map_or("", |place| &*place.base);
            let header = |(name, value): &(Box<str>, String)| {
                let (name, value) = trace::header(name, value);
                (name.to_string(), value.to_string())
            };
            Some(FirstRequest {
                step: step.unwrap_or_default(),
                method: request.method.to_string(),
                target: format!("{base}{}", request.target),
                headers: request.headers.iter().map(header).collect(),
                body: request.body.as_ref().map(|(_, bytes)| {
                    String::from_utf8_lossy(bytes.get(..BODY).unwrap_or(bytes)).into_owned()
                }),
            })
        }
        Order::Cancel(_) => None,
    });
    let requests = requests.collect();
    (requests, engine.ended().and_then(|ended| ended.failure.clone()))
}
