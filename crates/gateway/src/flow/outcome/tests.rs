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

/// What is told where the time of the whole is over while what was done is undone; calls are answered so.
fn told_in_time(steps: &Value, answered: impl Fn(&str) -> Option<u16>) -> Told {
    let second = Duration::from_secs(1);
    let bounds = Bounds { timeout: Some(second), ..Bounds::default() };
    let mut engine = Engine::new(program(steps), 0, Values::new(), bounds, Duration::ZERO);
    for now in [Duration::ZERO, second] {
        while let Some(order) = engine.poll(now) {
            let Order::Call { id, call, .. } = order else { continue };
            if let Some(status) = answered(&call.request.method) {
                engine.answered(id, Reply { status, ..Reply::default() }, now);
            }
        }
    }
    Told::of(&mut engine).0
}

fn ids(failures: &[Failure]) -> Vec<(&str, &str)> {
    failures.iter().map(|one| (&*one.step, one.reason.code())).collect()
}

fn steps() -> Value {
    json!([
        {"stepId": "made", "operationId": "make", "x-weir-compensate": {"operationId": "drop"}},
        {"stepId": "bad", "operationId": "list", "dependsOn": ["made"]},
    ])
}

#[test]
fn a_flow_that_is_still_undone_when_its_time_is_over_tells_why_it_failed() {
    let told = told_in_time(&steps(), |method| match method {
        "POST" => Some(201),
        "GET" => Some(409),
        _ => None,
    });
    let failure = told.failure.as_ref().unwrap();
    assert_eq!((&*failure.step, failure.status), ("bad", Some(409)));
    assert_eq!((ids(&told.cut), ids(&told.stuck)), (vec![], vec![("made/undo", "timeout")]));
}

#[test]
fn a_flow_whose_time_is_over_tells_what_was_under_way_and_what_is_not_undone_yet() {
    let told = told_in_time(&steps(), |method| (method == "POST").then_some(201));
    assert_eq!(
        told.failure.as_ref().map(|failure| (&*failure.step, failure.reason.code())),
        Some(("", "timeout"))
    );
    assert_eq!(
        (ids(&told.cut), ids(&told.stuck)),
        (vec![("bad", "timeout")], vec![("made/undo", "timeout")])
    );
    let told = told_in_time(&steps(), |_| None);
    let lasted: Vec<Duration> = told.cut.iter().map(|one| one.lasted).collect();
    assert_eq!((ids(&told.cut), lasted), (vec![("made", "timeout")], vec![Duration::from_secs(1)]));
}

#[test]
fn what_was_cut_is_told_also_where_something_was_undone_behind_it() {
    let ms = Duration::from_millis;
    let bounds = Bounds { timeout: Some(ms(1000)), ..Bounds::default() };
    let mut engine = Engine::new(program(&steps()), 0, Values::new(), bounds, ms(0));
    let mut undoing = None;
    for now in [ms(0), ms(1000), ms(1200)] {
        if let Some(id) = undoing.take() {
            engine.answered(id, Reply { status: 204, ..Reply::default() }, now);
        }
        while let Some(order) = engine.poll(now) {
            let Order::Call { id, call, .. } = order else { continue };
            match &*call.request.method {
                "POST" => engine.answered(id, Reply { status: 201, ..Reply::default() }, now),
                "DELETE" => undoing = Some(id),
                _ => {}
            }
        }
    }
    let (told, trail) = Told::of(&mut engine);
    assert_eq!(trail.iter().filter_map(|passage| passage.ended).max(), Some(ms(1200)));
    let cut: Vec<_> = told.cut.iter().map(|one| (&*one.step, one.lasted)).collect();
    assert_eq!((cut, ids(&told.stuck)), (vec![("bad", ms(1000))], vec![]));
}
