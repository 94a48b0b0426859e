use std::collections::HashMap;

use openapi::Description;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::Document;
use crate::resolve::{Source, Sources};

fn ms(ms: u64) -> Duration {
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

fn program(workflows: &Value) -> (Arc<Program>, usize) {
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

fn values(value: Value) -> Values {
    let Value::Object(values) = value else { panic!("no object") };
    values
}

/// What a call gets: after how long, and what.
type Got = (Duration, Result<Reply, Lost>);

fn ok(after: u64, body: &Value) -> Got {
    let headers = vec![("content-type".into(), "application/json".to_owned())];
    (ms(after), Ok(Reply { status: 200, headers, body: body.to_string().into_bytes() }))
}

fn status(after: u64, status: u16) -> Got {
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
    (program, main): &(Arc<Program>, usize),
    inputs: &Value,
    bounds: Bounds,
    mut service: impl FnMut(usize, &Request) -> Got,
) -> Told {
    let mut now = Duration::ZERO;
    let mut engine = Engine::new(Arc::clone(program), *main, values(inputs.clone()), bounds, now);
    let mut under_way: Vec<(Duration, CallId, Result<Reply, Lost>)> = Vec::new();
    let (mut calls, mut cancelled) = (Vec::new(), 0);
    for _ in 0..100_000 {
        while let Some(order) = engine.poll(now) {
            match order {
                Order::Call { id, request, .. } => {
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
        if let Some(ended) = engine.ended() {
            assert!(under_way.is_empty(), "calls are under way at the end");
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
                    Err(lost) => engine.lost(id, lost, now),
                }
            }
            (_, Some(wake)) => now = wake,
            (_, None) => panic!("nothing is under way, nothing is to come, and it has not ended"),
        }
    }
    panic!("it does not end")
}

fn get(id: &str, value: &str, outputs: &Value) -> Value {
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
        "it could not be called: connection refused"
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
        Ok(Reply { status: 503, headers: vec![("retry-after".into(), "3".to_owned())], body: Vec::new() }),
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
        if number == 2 { status(1, 500) } else { ok(10, &json!(1)) }
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
