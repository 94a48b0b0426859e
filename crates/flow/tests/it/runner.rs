//! Runs workflows against services that answer at once, in given time.

use std::sync::Arc;
use std::time::Duration;

use flow::Document;
use flow::engine::{Bounds, Call, Ended, Engine, Order, Reply};
use flow::program::Program;
use flow::request::Request;
use flow::resolve::Sources;
use serde_json::Value;

/// An answer of JSON.
pub(crate) fn answer(status: u16, body: &Value) -> Reply {
    let headers = vec![("content-type".into(), "application/json".to_owned())];
    Reply { status, headers: headers.into(), body: body.to_string().into_bytes() }
}

/// Runs a workflow; what it called, as `METHOD TARGET BODY`, and how it ended.
#[track_caller]
pub(crate) fn run(
    (document, sources): (&Value, &Sources),
    workflow: &str,
    inputs: &Value,
    mut service: impl FnMut(&Request) -> Reply,
) -> (Vec<String>, Ended) {
    let document = Document::read(document).unwrap();
    let program = Arc::new(Program::new(&document, sources).unwrap());
    let at = program.workflow(workflow).unwrap();
    let inputs = inputs.as_object().unwrap().clone();
    let mut now = Duration::ZERO;
    let mut engine = Engine::new(program, at, inputs, Bounds::default(), now);
    let mut calls = Vec::new();
    loop {
        while let Some(order) = engine.poll(now) {
            let Order::Call { id, call: Call { request, .. }, .. } = order else { continue };
            let body = request.body.as_ref().map(|(_, body)| String::from_utf8_lossy(body).into_owned());
            calls.push(format!("{} {} {}", request.method, request.target, body.unwrap_or_default()));
            let reply = service(&request);
            engine.answered(id, reply, now);
        }
        if let Some(ended) = engine.ended() {
            return (calls, ended.clone());
        }
        now = engine.wakes().unwrap();
    }
}
