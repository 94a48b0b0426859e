use std::collections::HashMap;
use std::sync::Arc;

use flow::engine::{Bounds, Order, Reply};
use flow::resolve::Source;
use flow::{Document, Program};
use openapi::Description;

use super::*;

fn program(steps: &Value) -> Arc<Program> {
    let shop = json!({
        "openapi": "3.1.0", "info": {"title": "Shop", "version": "1"},
        "paths": {"/list": {"get": {"operationId": "list"}, "post": {"operationId": "make"}, "delete": {"operationId": "drop"}}},
    });
    let document = json!({
        "arazzo": "1.1.0", "info": {"title": "t", "version": "1"},
        "sourceDescriptions": [{"name": "shop", "url": "x", "type": "openapi"}],
        "workflows": [{"workflowId": "w", "steps": steps}],
    });
    let shop = Source::OpenApi(Arc::new(Description::read(&shop).unwrap()));
    let sources = HashMap::from([("shop".into(), shop)]);
    Arc::new(Program::new(&Document::read(&document).unwrap(), &sources).unwrap())
}

#[test]
fn a_flow_that_is_still_undone_when_its_time_is_over_tells_why_it_failed() {
    let steps = json!([
        {"stepId": "made", "operationId": "make", "x-weir-compensate": {"operationId": "drop"}},
        {"stepId": "bad", "operationId": "list"},
    ]);
    let second = Duration::from_secs(1);
    let bounds = Bounds { timeout: Some(second), ..Bounds::default() };
    let mut engine = Engine::new(program(&steps), 0, Values::new(), bounds, Duration::ZERO);
    let mut seen = Vec::new();
    while let Some(Order::Call { id, call, .. }) = engine.poll(Duration::ZERO) {
        seen.push(call.request.method.clone());
        let status = match &*call.request.method {
            "POST" => 201,
            "GET" => 409,
            _ => break,
        };
        engine.answered(id, Reply { status, ..Reply::default() }, Duration::ZERO);
    }
    assert_eq!(seen, ["POST".into(), "GET".into(), "DELETE".into()]);
    assert!(engine.poll(second).is_none());
    let (told, _) = Told::of(&mut engine);
    let failure = told.failure.unwrap();
    assert_eq!((&*failure.step, failure.status), ("bad", Some(409)));
    let stuck: Vec<(&str, &str)> = told.stuck.iter().map(|one| (&*one.step, one.reason.code())).collect();
    assert_eq!(stuck, [("made/undo", "timeout")]);
    assert!(told.cut.is_empty());
}
