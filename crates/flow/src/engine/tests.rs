use std::collections::HashMap;

use openapi::Description;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::Document;
use crate::resolve::{Source, Sources};

mod bounds;
mod events;
mod faults;
mod join;
mod order;
mod parts;
mod stream;

pub(super) fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn sources() -> Sources {
    let operation = |id: &str| json!({"operationId": id});
    let with_id =
        |id: &str| json!({"operationId": id, "parameters": [{"name": "id", "in": "path", "required": true}]});
    let shop = json!({
        "openapi": "3.1.0",
        "info": {"title": "Shop", "version": "1"},
        "paths": {
            "/list": {"get": operation("list"), "post": operation("make")},
            "/thing/{id}": {"get": with_id("get"), "delete": with_id("drop")},
        },
    });
    HashMap::from([("shop".into(), Source::OpenApi(Arc::new(Description::read(&shop).unwrap())))])
}

pub(super) fn program(workflows: &Value) -> (Arc<Program>, usize) {
    let document = json!({
        "arazzo": "1.1.0", "info": {"title": "t", "version": "1"},
        "sourceDescriptions": [{"name": "shop", "url": "x", "type": "openapi"}],
        "workflows": workflows,
    });
    let document = Document::read(&document).unwrap();
    let program = Program::new(&document, &sources()).unwrap();
    let main = program.main(&document).unwrap();
    (Arc::new(program), main)
}

pub(super) fn values(value: Value) -> Values {
    let Value::Object(values) = value else { panic!("no object") };
    values
}

/// What a call gets: after how long, and what.
pub(super) type Got = (Duration, Result<Reply, Lost>);

pub(super) fn ok(after: u64, body: &Value) -> Got {
    let headers = [("content-type", "application/json")].into_iter().collect();
    (ms(after), Ok(Reply { status: 200, headers, body: body.to_string().into_bytes() }))
}

pub(super) fn status(after: u64, status: u16) -> Got {
    (ms(after), Ok(Reply { status, ..Reply::default() }))
}

struct Told {
    ended: Ended,
    /// What was called, in the order of the calls' beginnings: when, and method and target.
    calls: Vec<(Duration, String)>,
    cancelled: usize,
    steps: Vec<(String, Came)>,
}

/// Runs in simulated time; the service sees each call with its number.
fn run(
    program: &(Arc<Program>, usize),
    inputs: &Value,
    bounds: Bounds,
    service: impl FnMut(usize, &Request) -> Got,
) -> Told {
    run_watched(program, inputs, bounds, service, |_, _| {})
}

/// The same for one who looks at the run whenever something has happened.
fn run_watched(
    (program, main): &(Arc<Program>, usize),
    inputs: &Value,
    bounds: Bounds,
    mut service: impl FnMut(usize, &Request) -> Got,
    mut watch: impl FnMut(&Engine, Duration),
) -> Told {
    let mut now = Duration::ZERO;
    let mut engine = Engine::new(Arc::clone(program), *main, values(inputs.clone()), bounds, now);
    let mut under_way: Vec<(Duration, CallId, Result<Reply, Lost>)> = Vec::new();
    let (mut calls, mut cancelled) = (Vec::new(), 0);
    for _ in 0..100_000 {
        while let Some(order) = engine.poll(now) {
            match order {
                Order::Call { id, call: Call { request, .. }, .. } => {
                    let (after, got) = service(calls.len(), &request);
                    calls.push((now, format!("{} {}", request.method, request.target)));
                    under_way.push((now + after, id, got));
                }
                Order::Cancel(id) => {
                    assert!(under_way.iter().any(|call| call.1 == id), "what is not under way is given up");
                    under_way.retain(|call| call.1 != id);
                    cancelled += 1;
                }
            }
        }
        watch(&engine, now);
        if let Some(ended) = engine.ended() {
            assert!(under_way.is_empty(), "calls are under way at the end");
            let held = (engine.frames.len(), engine.timers.len(), engine.calls.len());
            assert_eq!(held, (0, 0, 0), "something is held at the end");
            let steps =
                engine.trail().iter().map(|passage| (passage.step.to_string(), passage.came)).collect();
            return Told { ended: ended.clone(), calls, cancelled, steps };
        }
        let next = (0..under_way.len()).min_by_key(|at| (under_way[*at].0, under_way[*at].1));
        match (next, engine.wakes()) {
            (Some(at), wake) if wake.is_none_or(|wake| under_way[at].0 <= wake) => {
                let (when, id, got) = under_way.remove(at);
                now = when;
                match got {
                    Ok(reply) => engine.answered(id, reply, now),
                    Err(lost) => engine.lost(id, &lost, now),
                }
            }
            (_, Some(wake)) => now = wake,
            (_, None) => panic!("nothing is under way, nothing is to come, and it has not ended"),
        }
    }
    panic!("it does not end")
}

pub(super) fn get(id: &str, value: &str, outputs: &Value) -> Value {
    json!({"stepId": id, "operationId": "get", "parameters": [{"name": "id", "in": "path", "value": value}], "outputs": outputs})
}

#[test]
fn what_does_not_wait_runs_at_once_and_values_go_from_step_to_step() {
    let program = program(&json!([{
        "workflowId": "w",
        "steps": [
            get("a", "$inputs.id", &json!({"next": "$response.body#/next"})),
            get("b", "second", &json!({"all": "$response.body"})),
            get("c", "$steps.a.outputs.next", &json!({"all": "$response.body"})),
        ],
        "outputs": {"c": "$steps.c.outputs.all", "b": "$steps.b.outputs.all.path", "none": "$steps.b.outputs.all.none"},
    }]));
    let told = run(&program, &json!({"id": "first/1"}), Bounds::default(), |_, request| {
        ok(10, &json!({"path": request.target, "next": 7}))
    });
    let calls: Vec<(Duration, &str)> = told.calls.iter().map(|(at, call)| (*at, &**call)).collect();
    assert_eq!(
        calls,
        [(ms(0), "GET /thing/first%2F1"), (ms(0), "GET /thing/second"), (ms(10), "GET /thing/7")]
    );
    assert_eq!((told.ended.at, &told.ended.failure), (ms(20), &None));
    let outputs = json!({"b": "/thing/second", "c": {"path": "/thing/7", "next": 7}, "none": null});
    assert_eq!(Value::Object(told.ended.outputs), outputs);
}

#[test]
fn a_step_that_fails_fails_the_workflow_and_says_why() {
    let workflow = |criteria: Value| {
        let mut step = get("a", "1", &json!({}));
        if !criteria.is_null() {
            step["successCriteria"] = criteria;
        }
        program(&json!([{"workflowId": "w", "steps": [step, get("b", "2", &json!({}))]}]))
    };
    let fails = |criteria: Value, got: Got| {
        let told = run(&workflow(criteria), &json!({}), Bounds::default(), |number, _| {
            if number == 0 { got.clone() } else { ok(500, &json!(1)) }
        });
        assert_eq!(told.cancelled, 1, "the other call does not matter any more");
        let failure = told.ended.failure.unwrap();
        assert_eq!((&*failure.step, failure.attempts, told.ended.at), ("a", 1, ms(5)));
        failure.reason.to_string()
    };
    assert_eq!(fails(Value::Null, status(5, 404)), "it was answered 404");
    assert_eq!(
        fails(json!([{"condition": "$statusCode == 201"}]), status(5, 200)),
        "its success criteria do not pass"
    );
    assert_eq!(
        fails(Value::Null, (ms(5), Err(Lost::Unreachable("connection refused".into())))),
        "there is no answer: connection refused"
    );
}

#[test]
fn a_step_that_takes_too_long_is_given_up() {
    let mut slow = get("a", "1", &json!({}));
    slow["timeout"] = json!(30);
    let program = program(&json!([{"workflowId": "w", "steps": [slow]}]));
    let told = run(&program, &json!({}), Bounds::default(), |_, _| ok(1_000, &json!(1)));
    assert_eq!((told.ended.at, told.cancelled), (ms(30), 1));
    assert_eq!(told.ended.failure.unwrap().reason, Reason::Timeout);
}

#[test]
fn a_whole_that_takes_too_long_is_given_up_but_for_what_changes_something() {
    let post = json!({"stepId": "p", "operationId": "make"});
    let program = program(&json!([{"workflowId": "w", "steps": [get("a", "1", &json!({})), post]}]));
    let bounds = Bounds { timeout: Some(ms(20)), ..Bounds::default() };
    let told = run(&program, &json!({}), bounds, |_, _| ok(100, &json!(1)));
    assert_eq!((told.ended.at, told.cancelled), (ms(100), 1));
    assert_eq!(told.ended.failure.unwrap().reason, Reason::Timeout);
    assert_eq!(told.steps, [("a".to_owned(), Came::Cancelled), ("p".to_owned(), Came::Good)]);
}

#[test]
fn retries_wait_as_long_as_they_say_and_the_answer_overrules() {
    let mut step = get("a", "1", &json!({}));
    step["onFailure"] = json!([
        {"name": "again", "type": "retry", "retryAfter": 0.5, "retryLimit": 2, "criteria": [{"condition": "$statusCode == 503"}]},
    ]);
    let program = program(&json!([{"workflowId": "w", "steps": [step]}]));
    let asked = (
        ms(0),
        Ok(Reply { status: 503, headers: [("retry-after", "3")].into_iter().collect(), body: Vec::new() }),
    );
    let told = run(&program, &json!({}), Bounds::default(), |number, _| match number {
        0 => status(0, 503),
        1 => asked.clone(),
        _ => ok(0, &json!(1)),
    });
    let begun: Vec<Duration> = told.calls.iter().map(|call| call.0).collect();
    assert_eq!(begun, [ms(0), ms(500), ms(3_500)]);
    assert_eq!(told.ended.failure, None);
    let told = run(&program, &json!({}), Bounds::default(), |_, _| status(0, 503));
    let failure = told.ended.failure.unwrap();
    assert_eq!((failure.attempts, failure.reason), (3, Reason::Status(503)));
    let told = run(&program, &json!({}), Bounds::default(), |_, _| status(0, 500));
    assert_eq!(told.calls.len(), 1, "its criteria do not pass");
}

#[test]
fn a_retry_may_do_something_first() {
    let mut step = get("b", "$steps.a.outputs.token", &json!({}));
    step["onFailure"] = json!([{"name": "again", "type": "retry", "stepId": "a"}]);
    let steps = json!([get("a", "token", &json!({"token": "$response.body.t"})), step]);
    let program = program(&json!([{"workflowId": "w", "steps": steps}]));
    let told = run(&program, &json!({}), Bounds::default(), |number, request| {
        if request.target == "/thing/1" { status(1, 401) } else { ok(1, &json!({"t": number / 2 + 1})) }
    });
    let calls: Vec<&str> = told.calls.iter().map(|call| &*call.1).collect();
    assert_eq!(calls, ["GET /thing/token", "GET /thing/1", "GET /thing/token", "GET /thing/2"]);
    assert_eq!(told.ended.failure, None);
}

#[test]
fn a_step_that_names_what_a_workflow_gives_waits_for_the_step_that_runs_it() {
    let login = json!({"workflowId": "login", "steps": [get("a", "token", &json!({"t": "$response.body.t"}))], "outputs": {"token": "$steps.a.outputs.t"}});
    let runs = json!({"stepId": "runs", "workflowId": "login", "outputs": {"own": "$workflows.login.outputs.token"}});
    let steps =
        json!([get("first", "0", &json!({})), runs, get("b", "$workflows.login.outputs.token", &json!({}))]);
    let main = json!({"workflowId": "w", "steps": steps, "outputs": {"own": "$steps.runs.outputs.own"}});
    let (program, _) = program(&json!([login, main]));
    let told = run(&(program, 1), &json!({}), Bounds::default(), |_, _| ok(10, &json!({"t": "fresh"})));
    let calls: Vec<(Duration, &str)> = told.calls.iter().map(|call| (call.0, &*call.1)).collect();
    assert_eq!(calls, [(ms(0), "GET /thing/0"), (ms(0), "GET /thing/token"), (ms(10), "GET /thing/fresh")]);
    assert_eq!(told.ended.outputs, values(json!({"own": "fresh"})));
}

#[test]
fn what_a_workflow_gives_that_a_retry_runs_first_is_known_when_the_step_is_made_again() {
    let mut step = get("b", "x", &json!({"v": "$response.body"}));
    step["onFailure"] = json!([{"name": "again", "type": "retry", "workflowId": "login", "parameters": [{"name": "as", "value": "u"}]}]);
    let outputs = json!({"token": "$workflows.login.outputs.token", "as": "$workflows.login.inputs.as"});
    let login = json!({"workflowId": "login", "steps": [get("a", "token", &json!({"t": "$response.body.t"}))], "outputs": {"token": "$steps.a.outputs.t"}});
    let main = json!({"workflowId": "w", "steps": [step], "outputs": outputs});
    let (program, _) = program(&json!([login, main]));
    let told = run(&(program, 1), &json!({}), Bounds::default(), |number, _| match number {
        0 => status(1, 401),
        _ => ok(1, &json!({"t": "fresh"})),
    });
    let calls: Vec<&str> = told.calls.iter().map(|call| &*call.1).collect();
    assert_eq!(calls, ["GET /thing/x", "GET /thing/token", "GET /thing/x"]);
    assert_eq!(told.ended.outputs, values(json!({"token": "fresh", "as": "u"})));
}

#[test]
fn actions_end_the_workflow_and_go_elsewhere() {
    let mut poll = get("poll", "job", &json!({}));
    poll["onSuccess"] = json!([
        {"name": "more", "type": "goto", "stepId": "poll", "criteria": [{"condition": "$response.body.state == 'running'"}]},
        {"name": "enough", "type": "end", "criteria": [{"condition": "$response.body.state == 'done'"}]},
    ]);
    let last = get("last", "last", &json!({}));
    let polls = program(&json!([{"workflowId": "w", "steps": [poll, last.clone()]}]));
    let state = |number: usize, done: &str| {
        if number < 2 { ok(1, &json!({"state": "running"})) } else { ok(1, &json!({"state": done})) }
    };
    let told = run(&polls, &json!({}), Bounds::default(), |number, _| state(number, "done"));
    assert_eq!((told.calls.len(), told.ended.failure), (3, None));
    let told = run(&polls, &json!({}), Bounds::default(), |number, _| state(number, "other"));
    assert_eq!(told.calls.last().unwrap().1, "GET /thing/last");

    let endless = run(&polls, &json!({}), Bounds { steps: 50, ..Bounds::default() }, |_, _| {
        ok(1, &json!({"state": "running"}))
    });
    assert_eq!(endless.ended.failure.unwrap().reason.code(), "bound");

    let mut fails = get("a", "a", &json!({}));
    fails["onFailure"] = json!([{"name": "elsewhere", "type": "goto", "workflowId": "rescue", "parameters": [{"name": "id", "value": "$statusCode"}]}]);
    let rescue = json!({"workflowId": "rescue", "steps": [get("r", "$inputs.id", &json!({"v": "$response.body"}))], "outputs": {"v": "$steps.r.outputs.v"}});
    let elsewhere = program(&json!([{"workflowId": "w", "steps": [fails, last]}, rescue]));
    let told = run(&elsewhere, &json!({}), Bounds::default(), |number, request| {
        if number == 0 { status(1, 404) } else { ok(1, &json!(request.target)) }
    });
    assert_eq!(told.calls.last().unwrap().1, "GET /thing/404");
    assert_eq!(Value::Object(told.ended.outputs), json!({"v": "/thing/404"}));
}

#[test]
fn workflows_run_within_workflows() {
    let program = program(&json!([
        {"workflowId": "main", "dependsOn": ["first"], "steps": [
            {"stepId": "x", "workflowId": "inner", "parameters": [{"name": "id", "value": "$inputs.a"}], "outputs": {"v": "$outputs.v"}},
            {"stepId": "y", "workflowId": "inner", "parameters": [{"name": "id", "value": "$workflows.first.outputs.f"}], "outputs": {"own": "$outputs.v"}},
        ], "outputs": {"x": "$steps.x.outputs.v", "y": "$steps.y.outputs.own"}},
        {"workflowId": "inner", "steps": [get("g", "$inputs.id", &json!({"v": "$response.body"}))], "outputs": {"v": "$steps.g.outputs.v"}},
        {"workflowId": "first", "steps": [get("g", "f", &json!({"v": "$response.body"}))], "outputs": {"f": "$steps.g.outputs.v"}},
    ]));
    let told =
        run(&program, &json!({"a": 1}), Bounds::default(), |_, request| ok(10, &json!(request.target.len())));
    assert_eq!(Value::Object(told.ended.outputs), json!({"x": 8, "y": 8}));
    assert_eq!(told.ended.at, ms(20), "both run at the same time");
    let steps: Vec<&str> = told.steps.iter().map(|step| &*step.0).collect();
    assert_eq!(steps, ["g", "x", "y", "y/g", "x/g"]);
    let told = run(&program, &json!({"a": 1}), Bounds::default(), |number, _| {
        if number == 2 { status(1, 500) } else { ok(10, &json!(5)) }
    });
    let failure = told.ended.failure.unwrap();
    assert_eq!((&*failure.step, failure.status, told.cancelled), ("x/g", Some(500), 1));
    let told = run(&program, &json!({"a": 1}), Bounds::default(), |_, _| status(1, 500));
    assert_eq!(&*told.ended.failure.unwrap().step, "g", "what must be complete before has failed");
}

#[test]
fn a_value_that_is_lacking_fails_its_step_before_a_call() {
    let program = program(&json!([{"workflowId": "w", "steps": [get("a", "$inputs.none", &json!({}))]}]));
    let told = run(&program, &json!({}), Bounds::default(), |_, _| ok(1, &json!(1)));
    assert_eq!(told.calls.len(), 0);
    assert_eq!(
        told.ended.failure.unwrap().reason.to_string(),
        "its request cannot be written: `$inputs.none` has no value"
    );
}

fn one(step: &Value) -> (Arc<Program>, usize) {
    program(&json!([{"workflowId": "w", "steps": [step]}]))
}

/// A step with more members.
fn with(mut step: Value, members: &Value) -> Value {
    step.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    step
}

#[test]
fn equal_calls_are_made_once_between_steps_that_change_something_and_never_again_for_the_same_step() {
    let steps = json!([
        get("a", "1", &json!({"v": "$response.body"})),
        get("b", "1", &json!({"v": "$response.body"})),
        with(get("c", "1", &json!({"v": "$response.body"})), &json!({"dependsOn": ["a"]})),
        {"stepId": "write", "operationId": "make", "dependsOn": ["b", "c"]},
        get("d", "1", &json!({"v": "$response.body"})),
    ]);
    let outputs = json!({"a": "$steps.a.outputs.v", "b": "$steps.b.outputs.v", "c": "$steps.c.outputs.v", "d": "$steps.d.outputs.v"});
    let program = program(&json!([{"workflowId": "w", "steps": steps, "outputs": outputs}]));
    let told = run(&program, &json!({}), Bounds::default(), |number, request| {
        ok(if request.method.as_ref() == "POST" { 50 } else { 10 }, &json!(number))
    });
    assert_eq!(told.calls.len(), 3, "{:?}", told.calls);
    let outputs = told.ended.outputs;
    assert_eq!((&outputs["a"], &outputs["b"], &outputs["c"]), (&outputs["a"], &outputs["a"], &outputs["a"]));
    assert_ne!(outputs["d"], outputs["a"], "one reads what one has written");
}

#[test]
fn a_step_is_skipped_by_its_condition_and_gives_null() {
    let steps = json!([
        with(get("a", "1", &json!({"v": "$response.body"})), &json!({"x-weir-when": "inputs.go"})),
        {"stepId": "t", "x-weir-transform": {"sum": "steps.a.outputs.v == null ? -1 : steps.a.outputs.v + 1"}},
    ]);
    let program =
        program(&json!([{"workflowId": "w", "steps": steps, "outputs": {"sum": "$steps.t.outputs.sum"}}]));
    for (go, calls, sum) in [(true, 1, 8), (false, 0, -1)] {
        let told = run(&program, &json!({"go": go}), Bounds::default(), |_, _| ok(1, &json!(7)));
        assert_eq!(
            (told.calls.len(), &told.ended.outputs["sum"], told.ended.failure),
            (calls, &json!(sum), None)
        );
    }
    let told = run(&program, &json!({"go": 3}), Bounds::default(), |_, _| ok(1, &json!(7)));
    assert_eq!(told.ended.failure.unwrap().reason.code(), "criteria");
}

#[test]
fn a_step_for_each_element_gives_lists_in_the_elements_order() {
    let each = |more: &Value| {
        let mut each = json!({"in": "$inputs.ids", "as": "id", "concurrency": 2});
        each.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let step =
            with(get("a", "$inputs.id", &json!({"v": "$response.body"})), &json!({"x-weir-for-each": each}));
        program(&json!([{"workflowId": "w", "steps": [step], "outputs": {"all": "$steps.a.outputs.v"}}]))
    };
    let lasts = |_: usize, request: &Request| {
        let id: u64 = request.target.trim_start_matches("/thing/").parse().unwrap();
        if id == 13 { status(5, 500) } else { ok(100 - id, &json!(id * 10)) }
    };
    let told = run(&each(&json!({})), &json!({"ids": [1, 50, 3, 4]}), Bounds::default(), lasts);
    assert_eq!(told.ended.outputs["all"], json!([10, 500, 30, 40]));
    let begun: Vec<Duration> = told.calls.iter().map(|call| call.0).collect();
    assert_eq!(begun, [ms(0), ms(0), ms(50), ms(99)], "two at the same time");
    let told = run(&each(&json!({})), &json!({"ids": [1, 13, 3]}), Bounds::default(), lasts);
    let failure = told.ended.failure.unwrap();
    assert_eq!((&*failure.step, told.cancelled, told.calls.len()), ("a[1]", 1, 2));
    for (word, all) in [("skip", json!([10, 30])), ("null", json!([10, null, 30]))] {
        let told =
            run(&each(&json!({"on-error": word})), &json!({"ids": [1, 13, 3]}), Bounds::default(), lasts);
        assert_eq!(told.ended.outputs["all"], all);
    }
    for (ids, all) in [(json!([]), json!([])), (json!(null), json!([]))] {
        let told = run(&each(&json!({})), &json!({"ids": ids}), Bounds::default(), lasts);
        assert_eq!((told.calls.len(), &told.ended.outputs["all"]), (0, &all));
    }
    let long = json!({"ids": (0..20).collect::<Vec<u32>>()});
    let told = run(&each(&json!({"limit": 10})), &long, Bounds::default(), lasts);
    assert_eq!(told.ended.failure.unwrap().reason.code(), "bound");
    let told = run(&each(&json!({})), &json!({"ids": "text"}), Bounds::default(), lasts);
    assert_eq!(told.ended.failure.unwrap().reason.code(), "request");
}

#[test]
fn elements_share_calls_where_the_service_takes_several_keys() {
    let each = json!({"in": "$inputs.users", "as": "ids", "on-error": "null", "batch": {"size": 2, "join": ",", "key": "item.id", "result": {"in": "$response.body#/items", "key": "item.id"}}});
    let step = with(
        get("a", "$inputs.ids", &json!({"name": "$response.body#/name"})),
        &json!({"x-weir-for-each": each}),
    );
    let program = program(
        &json!([{"workflowId": "w", "steps": [step], "outputs": {"names": "$steps.a.outputs.name"}}]),
    );
    let users = json!({"users": [{"id": "u1"}, {"id": "u2"}, {"id": "u3"}]});
    let told = run(&program, &users, Bounds::default(), |_, request| {
        let ids = request.target.trim_start_matches("/thing/").replace("%2C", ",");
        // In another order, and one is missing.
        let items: Vec<Value> = ids
            .split(',')
            .rev()
            .filter(|id| *id != "u1")
            .map(|id| json!({"id": id, "name": id.to_uppercase()}))
            .collect();
        ok(1, &json!({"items": items}))
    });
    let calls: Vec<&str> = told.calls.iter().map(|call| &*call.1).collect();
    assert_eq!(calls, ["GET /thing/u1%2Cu2", "GET /thing/u3"]);
    assert_eq!(told.ended.outputs["names"], json!([null, "U2", "U3"]));
}

#[test]
fn what_is_optional_may_be_missing() {
    let steps = json!([
        with(get("a", "1", &json!({"v": "$response.body"})), &json!({"x-weir-optional": true})),
        with(
            get("b", "2", &json!({"v": "$response.body"})),
            &json!({"x-weir-optional": {"default": {"v": {"n": "$inputs.n"}}}})
        ),
        get("c", "3", &json!({"v": "$response.body"})),
    ]);
    let outputs = json!({"a": "$steps.a.outputs.v", "b": "$steps.b.outputs.v", "c": "$steps.c.outputs.v"});
    let response = json!({"status": {"cel": "steps.a.outputs.v == null ? 206 : 200"}, "headers": {"x-n": "$inputs.n"}, "body": {"all": [{"cel": "steps.c.outputs.v + 1"}, "$steps.b.outputs.v"]}});
    let program = program(
        &json!([{"workflowId": "w", "steps": steps, "outputs": outputs, "x-weir-response": response}]),
    );
    let told = run(&program, &json!({"n": 9}), Bounds::default(), |_, request| {
        if request.target.ends_with('3') { ok(1, &json!(3)) } else { status(1, 500) }
    });
    assert_eq!(Value::Object(told.ended.outputs), json!({"a": null, "b": {"n": 9}, "c": 3}));
    let absent: Vec<&str> = told.ended.absent.iter().map(|failure| &*failure.step).collect();
    assert_eq!(absent, ["a", "b"]);
    let answer = told.ended.answer.unwrap();
    assert_eq!((answer.status, answer.body), (206, json!({"all": [4, {"n": 9}]})));
    assert_eq!(answer.headers, [("x-n".into(), "9".to_owned())]);
}

#[test]
fn a_step_is_tried_again_hedged_raced_and_replaced() {
    let tried = one(&with(
        get("a", "1", &json!({})),
        &json!({"x-weir-retry": {"attempts": 3, "backoff": "10ms", "on": ["5xx", "connect"]}}),
    ));
    let told = run(&tried, &json!({}), Bounds::default(), |number, _| {
        if number < 2 { status(1, 503) } else { ok(1, &json!(1)) }
    });
    let begun: Vec<Duration> = told.calls.iter().map(|call| call.0).collect();
    assert_eq!((begun, told.ended.failure), (vec![ms(0), ms(11), ms(32)], None));
    let told = run(&tried, &json!({}), Bounds::default(), |_, _| status(1, 404));
    assert_eq!((told.calls.len(), told.ended.failure.unwrap().attempts), (1, 1));

    let hedged = one(&with(
        get("a", "1", &json!({"v": "$response.body"})),
        &json!({"x-weir-hedge": {"after": "20ms", "attempts": 3}}),
    ));
    let told = run(&hedged, &json!({}), Bounds::default(), |number, _| {
        ok(if number == 0 { 500 } else { 5 }, &json!(number))
    });
    assert_eq!((told.calls.len(), told.cancelled, told.ended.at), (2, 1, ms(25)));
    let told = run(&hedged, &json!({}), Bounds::default(), |_, _| ok(5, &json!(1)));
    assert_eq!(told.calls.len(), 1);

    let target = |id: &str| json!({"operationId": "get", "parameters": [{"name": "id", "in": "path", "value": id}], "outputs": {"v": "$response.body"}});
    let raced = json!({"stepId": "a", "x-weir-race": [target("slow"), target("bad"), target("good")]});
    let raced =
        program(&json!([{"workflowId": "w", "steps": [raced], "outputs": {"v": "$steps.a.outputs.v"}}]));
    let told = run(&raced, &json!({}), Bounds::default(), |_, request| match &*request.target {
        "/thing/slow" => ok(500, &json!("slow")),
        "/thing/bad" => status(1, 500),
        _ => ok(10, &json!("good")),
    });
    assert_eq!((&told.ended.outputs["v"], told.ended.at, told.cancelled), (&json!("good"), ms(10), 1));
    let told = run(&raced, &json!({}), Bounds::default(), |_, _| status(1, 500));
    assert_eq!(told.ended.failure.unwrap().status, Some(500));

    let replaced =
        with(get("a", "1", &json!({"v": "$response.body"})), &json!({"x-weir-fallback": target("other")}));
    let replaced =
        program(&json!([{"workflowId": "w", "steps": [replaced], "outputs": {"v": "$steps.a.outputs.v"}}]));
    let told = run(&replaced, &json!({}), Bounds::default(), |number, request| {
        if number == 0 { status(1, 500) } else { ok(1, &json!(request.target)) }
    });
    assert_eq!(told.ended.outputs["v"], "/thing/other");
}

#[test]
fn a_step_is_made_again_while_its_condition_holds_and_delayed() {
    let step = with(
        get("a", "1", &json!({"v": "$response.body"})),
        &json!({"x-weir-while": {"condition": "response.body.state == 'running'", "max": 3, "delay": "10ms"}, "x-weir-delay": "5ms"}),
    );
    let told = run(&one(&step), &json!({}), Bounds::default(), |number, _| {
        ok(1, &json!({"state": if number < 2 { "running" } else { "done" }}))
    });
    let begun: Vec<Duration> = told.calls.iter().map(|call| call.0).collect();
    assert_eq!((begun, told.ended.failure), (vec![ms(5), ms(16), ms(27)], None));
    let told = run(&one(&step), &json!({}), Bounds::default(), |_, _| ok(1, &json!({"state": "running"})));
    assert_eq!((told.calls.len(), told.ended.failure.unwrap().reason.code()), (3, "bound"));
}

#[test]
fn one_of_several_targets_is_called() {
    let target =
        |id: &str| json!({"operationId": "get", "parameters": [{"name": "id", "in": "path", "value": id}]});
    let case = |when: &str, id: &str| with(target(id), &json!({"when": when}));
    let step = json!({"stepId": "a", "x-weir-switch": [case("inputs.n > 10", "big"), case("inputs.n > 5", "middle"), {"default": target("small")}]});
    for (n, target) in [(11, "/thing/big"), (6, "/thing/middle"), (1, "/thing/small")] {
        let told = run(&one(&step), &json!({"n": n}), Bounds::default(), |_, _| ok(1, &json!(1)));
        assert_eq!(told.calls, [(ms(0), format!("GET {target}"))]);
    }
}

#[test]
fn a_model_and_a_graphql_query_are_asked_as_their_wires_have_it() {
    let steps = json!([
        {"stepId": "m", "x-weir-model": {"alias": "smart", "prompt": "Say {$inputs.word}", "parameters": {"temperature": 0}}, "outputs": {"v": "$response.body#/choices/0/message/content"}},
        {"stepId": "g", "x-weir-graphql": {"source": "graph", "query": "query($a: ID) { x(a: $a) }", "variables": {"a": "$steps.m.outputs.v"}}, "outputs": {"v": "$response.body#/data/x"}},
    ]);
    let program =
        program(&json!([{"workflowId": "w", "steps": steps, "outputs": {"v": "$steps.g.outputs.v"}}]));
    assert_eq!(*program.0.sources, ["$models".into(), "graph".into()]);
    let mut bodies = Vec::new();
    let told = run(&program, &json!({"word": "hello"}), Bounds::default(), |number, request| {
        bodies.push(serde_json::from_slice::<Value>(&request.body.as_ref().unwrap().1).unwrap());
        ok(
            1,
            &if number == 0 {
                json!({"choices": [{"message": {"content": "hi"}}]})
            } else {
                json!({"data": {"x": 5}})
            },
        )
    });
    assert_eq!(told.calls[0].1, "POST /v1/chat/completions");
    assert_eq!(
        bodies[0],
        json!({"model": "smart", "temperature": 0, "messages": [{"role": "user", "content": "Say hello"}]})
    );
    assert_eq!(bodies[1]["variables"], json!({"a": "hi"}));
    assert_eq!(told.ended.outputs["v"], 5);
}

#[test]
fn what_was_done_is_undone_in_reverse_order_where_a_workflow_fails() {
    let make = |id: &str| {
        json!({
            "stepId": id, "operationId": "make", "requestBody": {"payload": {"of": id}}, "outputs": {"id": "$response.body#/id"},
            "x-weir-compensate": {"operationId": "drop", "parameters": [{"name": "id", "in": "path", "value": format!("$steps.{id}.outputs.id")}]},
        })
    };
    let inner = json!({"workflowId": "inner", "steps": [make("b")]});
    let steps = json!([make("a"), {"stepId": "n", "workflowId": "inner"}, make("c"), make("d")]);
    let program = program(&json!([{"workflowId": "w", "steps": steps}, inner]));
    for fails_at in 0..5_usize {
        let mut made = 0;
        let told = run(&program, &json!({}), Bounds::default(), |number, request| {
            if request.method.as_ref() == "DELETE" {
                return ok(1, &json!(null));
            }
            assert!(number < 4 || fails_at > number);
            made += 1;
            if made == fails_at + 1 { status(1, 500) } else { ok(1, &json!({"id": made})) }
        });
        let undone: Vec<&str> =
            told.calls.iter().map(|call| &*call.1).filter(|call| call.starts_with("DELETE")).collect();
        let all = ["DELETE /thing/4", "DELETE /thing/3", "DELETE /thing/2", "DELETE /thing/1"];
        let expect = if fails_at < 4 { &all[4 - fails_at..] } else { &[] };
        assert_eq!(
            (undone.as_slice(), told.ended.failure.is_some()),
            (expect, fails_at < 4),
            "failure at {fails_at}"
        );
    }
}

#[test]
fn what_undoes_a_step_comes_to_an_end_though_it_is_not_answered() {
    let drop = json!({"operationId": "drop", "parameters": [{"name": "id", "in": "path", "value": "1"}]});
    let make = json!({"stepId": "a", "operationId": "make", "outputs": {"x": "$response.body#/x"}, "x-weir-compensate": drop});
    let steps = json!([make, get("b", "$steps.a.outputs.x", &json!({}))]);
    let program = program(&json!([{"workflowId": "w", "steps": steps}]));
    let bounds = Bounds { undo: ms(50), ..Bounds::default() };
    let told = run(&program, &json!({}), bounds, |number, _| match number {
        0 => ok(1, &json!({"x": 1})),
        1 => status(1, 500),
        _ => ok(10_000, &json!(1)),
    });
    assert_eq!((told.ended.at, told.ended.failure.unwrap().status), (ms(152), Some(500)));
    let stuck = &told.ended.stuck[..];
    assert!(matches!(stuck, [Failure { attempts: 3, reason: Reason::Timeout, .. }]), "{stuck:?}");
    assert_eq!(told.steps.last().unwrap(), &("a/undo".to_owned(), Came::Failed));
}

proptest! {
    /// Of each step, which of those before it it takes a value from.
    #[test]
    fn the_parallel_result_is_the_sequential_one_and_takes_as_long_as_the_critical_path(
        takes in prop::collection::vec((any::<u16>(), 0_u64..50), 1..24),
    ) {
        let steps: Vec<Value> = takes.iter().enumerate().map(|(at, (mask, _))| {
            let from: Vec<String> = (0..at).filter(|on| mask >> (on % 16) & 1 == 1).map(|on| format!("{{$steps.s{on}.outputs.v}}")).collect();
            get(&format!("s{at}"), &format!("s{at}-{}", from.join("-")), &json!({"v": "$response.body.hash"}))
        }).collect();
        let outputs: serde_json::Map<String, Value> =
            (0..takes.len()).map(|at| (format!("o{at}"), json!(format!("$steps.s{at}.outputs.v")))).collect();
        let program = program(&json!([{"workflowId": "w", "steps": steps, "outputs": outputs}]));
        let lasts = |target: &str| {
            let at = target.trim_start_matches("/thing/s").split('-').next().and_then(|at| at.parse::<usize>().ok());
            takes[at.unwrap()].1
        };
        let service = |_: usize, request: &Request| {
            let hash = request.target.bytes().fold(7_u64, |hash, byte| hash.wrapping_mul(31) + u64::from(byte)) % 100_000;
            ok(lasts(&request.target), &json!({"hash": hash}))
        };
        let parallel = run(&program, &json!({}), Bounds::default(), service);
        let sequential = run(&program, &json!({}), Bounds { concurrency: 1, ..Bounds::default() }, service);
        prop_assert_eq!(parallel.ended.outputs, sequential.ended.outputs);
        let durations: Vec<Duration> = takes.iter().map(|(_, lasts)| ms(*lasts)).collect();
        let shape = crate::plan::Shape::new(&program.0.workflows[program.1].plan, &durations);
        prop_assert_eq!(parallel.ended.at, shape.total);
        prop_assert_eq!(sequential.ended.at, durations.iter().sum::<Duration>());
    }

    /// Whatever fails, nothing is left under way (which `run` asserts), and no step begins before what it waits for.
    #[test]
    fn failures_leave_nothing_under_way(
        kinds in prop::collection::vec((0_u8..4, any::<u8>(), 0_u64..40), 1..16),
        timeout in prop::option::of(0_u64..200),
    ) {
        let steps: Vec<Value> = kinds.iter().enumerate().map(|(at, (kind, mask, _))| {
            let mut step = if *kind == 0 {
                json!({"stepId": format!("s{at}"), "operationId": "make"})
            } else {
                get(&format!("s{at}"), &format!("{at}"), &json!({}))
            };
            let on: Vec<String> = (0..at).filter(|on| mask >> (on % 8) & 1 == 1).map(|on| format!("s{on}")).collect();
            if !on.is_empty() {
                step["dependsOn"] = json!(on);
            }
            if *kind == 2 {
                step["onFailure"] = json!([{"name": "r", "type": "retry", "retryAfter": 0.01}]);
            }
            step
        }).collect();
        let program = program(&json!([{"workflowId": "w", "steps": steps}]));
        let bounds = Bounds { timeout: timeout.map(ms), concurrency: 3, ..Bounds::default() };
        let told = run(&program, &json!({}), bounds, |number, _| {
            let (kind, mask, lasts) = kinds[number % kinds.len()];
            if kind == 3 && mask > 128 { status(lasts, 500) } else { ok(lasts, &json!(1)) }
        });
        let all_good = told.steps.iter().filter(|step| step.1 == Came::Good).count() == kinds.len();
        prop_assert!(told.ended.failure.is_some() || all_good);
        // What changes something comes to its end when the time is over, and may be the last.
        prop_assert!(told.ended.failure.is_none() || !all_good || timeout.is_some());
    }
}
