//! Runs in which things go wrong while others are under way: each ends once, with nothing left behind.

use super::*;

fn make(id: &str) -> Value {
    let value = format!("$steps.{id}.outputs.id");
    json!({
        "stepId": id, "operationId": "make", "outputs": {"id": "$response.body#/id"},
        "x-weir-compensate": {"operationId": "drop", "parameters": [{"name": "id", "in": "path", "value": value}]},
    })
}

#[test]
fn calls_show_what_their_own_steps_show_also_before_another_try_and_where_they_undo() {
    let fresh = get("fresh", "0", &json!({}));
    let made = with(make("a"), &json!({"x-weir-credentials": "key-a"}));
    let mut read = with(get("b", "1", &json!({})), &json!({"x-weir-credentials": "key-b"}));
    read["onFailure"] =
        json!([{"name": "again", "type": "retry", "stepId": "fresh", "retryAfter": 0, "retryLimit": 1}]);
    let (program, main) = program(&json!([{"workflowId": "w", "steps": [fresh, made, read]}]));
    let mut engine = Engine::new(program, main, Values::new(), Bounds::default(), ms(0));
    let mut seen = Vec::new();
    while let Some(order) = engine.poll(ms(0)) {
        let Order::Call { id, call, .. } = order else { continue };
        let line = format!("{} {}", call.request.method, call.request.target);
        let got = if line == "GET /thing/1" { status(0, 503) } else { ok(0, &json!({"id": 9})) };
        seen.push((line, call.credentials));
        engine.answered(id, got.1.unwrap(), ms(0));
    }
    let seen: Vec<_> = seen.iter().map(|(line, shown)| (&**line, shown.as_deref())).collect();
    assert_eq!(
        seen,
        [
            ("POST /list", Some("key-a")),
            ("GET /thing/0", None),
            ("GET /thing/1", Some("key-b")),
            ("GET /thing/0", None),
            ("GET /thing/1", Some("key-b")),
            ("DELETE /thing/9", Some("key-a")),
        ]
    );
}

#[test]
fn what_is_not_safe_is_tried_again_and_hedged_only_if_it_says_that_it_may_be() {
    let tried = json!({"x-weir-retry": {"attempts": 3, "backoff": "10ms"}, "x-weir-hedge": {"after": "20ms", "attempts": 3}});
    let made = json!({"stepId": "a", "operationId": "make"});
    for (more, failing, slow) in
        [(json!({}), 1, 1), (json!({"x-weir-repeatable": true}), 3, 3), (json!({"x-weir-safe": true}), 3, 3)]
    {
        let step = with(with(made.clone(), &tried), &more);
        let program = program(&json!([{"workflowId": "w", "steps": [step]}]));
        let told = run(&program, &json!({}), Bounds::default(), |_, _| status(1, 503));
        assert_eq!((told.calls.len(), told.ended.failure.unwrap().status), (failing, Some(503)), "{more}");
        let told = run(&program, &json!({}), Bounds::default(), |_, _| ok(100, &json!(1)));
        assert_eq!((told.calls.len(), told.ended.failure), (slow, None), "{more}");
    }
}

/// Header fields and a body, and what is made of it.
type Case<'c> = (&'c [(&'c str, &'c str)], &'c [u8], Result<Value, &'c str>);

#[test]
fn a_body_that_is_not_what_it_says_fails_the_step_that_asks_for_it() {
    let json = ("content-type", "application/json; charset=utf-8");
    let html = b"<html>".as_slice();
    let cases: [Case<'_>; 9] = [
        (&[json], b"{\"v\": 1}", Ok(json!(1))),
        (&[json], b"\xef\xbb\xbf{\"v\": 1}", Ok(json!(1))),
        (&[json], b"", Ok(Value::Null)),
        (&[("content-type", "text/html")], html, Ok(Value::Null)),
        (&[], html, Ok(Value::Null)),
        (&[json], html, Err("its body is no JSON, as it says: expected a value at byte 0")),
        (&[json], b"{\"v\": \"\xff\"}", Err("its body is no JSON, as it says: a text in it is no UTF-8")),
        (
            &[("content-type", "application/problem+json")],
            b"{",
            Err("its body is no JSON, as it says: expected `,` or `}` at byte 1"),
        ),
        (
            &[json, ("content-encoding", "gzip")],
            b"\x1f\x8b",
            Err("its body has the content coding `gzip`, which is not read"),
        ),
    ];
    let asks = program(
        &json!([{"workflowId": "w", "steps": [get("a", "1", &json!({"v": "$response.body#/v"}))], "outputs": {"v": "$steps.a.outputs.v"}}]),
    );
    let passes_by =
        program(&json!([{"workflowId": "w", "steps": [get("a", "1", &json!({"s": "$statusCode"}))]}]));
    for (headers, body, expect) in cases {
        let headers = || headers.iter().copied().collect();
        let reply = || (ms(1), Ok(Reply { status: 200, headers: headers(), body: body.to_vec() }));
        let told = run(&asks, &json!({}), Bounds::default(), |_, _| reply());
        match (expect, told.ended.failure) {
            (Ok(value), None) => assert_eq!(told.ended.outputs["v"], value),
            (Err(why), Some(failure)) => assert!(failure.reason.to_string().starts_with(why), "{failure:?}"),
            other => panic!("{other:?}"),
        }
        let told = run(&passes_by, &json!({}), Bounds::default(), |_, _| reply());
        assert_eq!(told.ended.failure, None);
    }
}

#[test]
fn where_a_proxy_had_no_answer_from_the_service_the_step_had_none() {
    let step = with(
        get("a", "1", &json!({})),
        &json!({"x-weir-retry": {"attempts": 2, "backoff": "1ms", "on": ["connect"]}}),
    );
    let program = program(&json!([{"workflowId": "w", "steps": [step]}]));
    for (told, code, calls) in [
        ("weir; error=connection_refused; details=\"connect_failed\"", "unreachable", 2),
        ("cdn, weir; error=dns_error", "unreachable", 2),
        ("edge; error=connection_refused; details=\"no route, retry\"", "unreachable", 2),
        ("edge; details=\"a; error=dns_error, \\\"b\"; error=connection_timeout", "timeout", 1),
        ("weir; error=http_response_timeout", "timeout", 1),
        ("weir; error=http_request_denied", "status", 1),
        ("weir; error=connection_refused, cdn", "status", 1),
    ] {
        let headers = || [("proxy-status", told)].into_iter().collect();
        let ran = run(&program, &json!({}), Bounds::default(), |_, _| {
            (ms(1), Ok(Reply { status: 502, headers: headers(), body: Vec::new() }))
        });
        let failure = ran.ended.failure.unwrap();
        assert_eq!(
            (failure.reason.code(), failure.status, ran.calls.len()),
            (code, Some(502), calls),
            "{told}"
        );
    }
}

#[test]
fn elements_that_change_something_come_to_their_end_where_one_fails_and_are_undone() {
    let step = with(make("a"), &json!({"x-weir-for-each": {"in": "inputs.all", "concurrency": 3}}));
    let program = program(&json!([{"workflowId": "w", "steps": [step]}]));
    let told = run(&program, &json!({"all": [1, 2, 3, 4, 5]}), Bounds::default(), |number, _| match number {
        0 => ok(30, &json!({"id": 7})),
        1 => status(10, 500),
        _ => ok(20, &json!({"id": number})),
    });
    let calls: Vec<&str> = told.calls.iter().map(|call| &*call.1).collect();
    assert_eq!(calls, ["POST /list", "POST /list", "POST /list", "DELETE /thing/7", "DELETE /thing/2"]);
    assert_eq!(told.ended.failure.unwrap().status, Some(500));
}

#[test]
fn what_waits_for_its_time_does_not_begin_where_the_workflow_has_failed() {
    let late = json!({"stepId": "late", "operationId": "make", "x-weir-delay": "1h"});
    let program = program(&json!([{"workflowId": "w", "steps": [get("a", "x", &json!({})), late]}]));
    let told = run(&program, &json!({}), Bounds::default(), |_, _| status(5, 500));
    assert_eq!((told.ended.at, told.calls.len()), (ms(5), 1));
}

#[test]
fn a_workflow_that_waits_for_several_ends_once_where_one_of_them_fails() {
    let slow = json!({"workflowId": "slow", "steps": [{"stepId": "m", "operationId": "make"}, get("never", "1", &json!({}))]});
    let bad = json!({"workflowId": "bad", "steps": [get("b", "1", &json!({}))]});
    let main = json!({"workflowId": "w", "dependsOn": ["slow", "bad"], "steps": [get("a", "1", &json!({}))]});
    let told = run(&program(&json!([main, slow, bad])), &json!({}), Bounds::default(), |_, request| {
        if *request.method == *"POST" { ok(50, &json!(1)) } else { status(5, 500) }
    });
    assert_eq!((told.ended.at, told.ended.failure.unwrap().status), (ms(50), Some(500)));
}

#[test]
fn a_workflow_that_has_gone_to_another_waits_for_it_where_the_time_is_over() {
    let goes = json!([{"name": "g", "type": "goto", "workflowId": "other"}]);
    let main =
        json!({"workflowId": "w", "steps": [with(get("a", "1", &json!({})), &json!({"onSuccess": goes}))]});
    let other = json!({"workflowId": "other", "steps": [make("m")]});
    let bounds = Bounds { timeout: Some(ms(20)), ..Bounds::default() };
    let told = run(&program(&json!([main, other])), &json!({}), bounds, |number, _| match number {
        1 => ok(50, &json!({"id": 1})),
        _ => ok(1, &json!(1)),
    });
    assert_eq!(told.calls.last().unwrap(), &(ms(51), "DELETE /thing/1".to_owned()));
    assert_eq!((told.ended.at, told.ended.failure.unwrap().reason), (ms(52), Reason::Timeout));
}

#[test]
fn an_answer_cannot_let_a_step_wait_for_ever() {
    let step = with(get("a", "1", &json!({})), &json!({"x-weir-retry": {}}));
    let told = run(&one(&step), &json!({}), Bounds::default(), |number, _| {
        let headers = [("retry-after", u64::MAX.to_string())].into_iter().collect();
        if number > 0 {
            ok(1, &json!(1))
        } else {
            (ms(1), Ok(Reply { status: 503, headers, body: Vec::new() }))
        }
    });
    assert_eq!(told.ended.at, Duration::from_hours(24) + ms(2));
}

#[test]
fn no_call_is_made_beyond_the_bound() {
    let all: Vec<Value> =
        (0..5).map(|at| json!({"stepId": format!("s{at}"), "operationId": "make"})).collect();
    let workflow = json!([{"workflowId": "w", "x-weir-max-calls": 3, "steps": all}]);
    let told = run(&program(&workflow), &json!({}), Bounds::default(), |_, _| ok(1, &json!(1)));
    assert_eq!(told.calls.len(), 3);
    assert!(matches!(told.ended.failure.unwrap().reason, Reason::Bound(_)));
}

#[test]
fn steps_that_call_nothing_do_not_go_in_circles_for_ever() {
    let again = json!([{"name": "g", "type": "goto", "stepId": "a"}]);
    let step = json!({"stepId": "a", "x-weir-transform": {"v": "1"}, "onSuccess": again, "x-weir-for-each": {"in": "[]"}, "operationId": "list"});
    let told =
        run(&one(&step), &json!({}), Bounds { steps: 500, ..Bounds::default() }, |_, _| ok(1, &json!(1)));
    assert!(matches!(told.ended.failure.unwrap().reason, Reason::Bound(_)));
}

#[test]
fn many_elements_that_cannot_be_undone_are_all_told() {
    let step = with(make("a"), &json!({"x-weir-for-each": {"in": "inputs.all", "concurrency": 256}}));
    let fails = get("b", "1", &json!({}));
    let steps = json!([step, with(fails, &json!({"dependsOn": ["a"]}))]);
    let program = program(&json!([{"workflowId": "w", "steps": steps}]));
    let all: Vec<usize> = (0..10_000).collect();
    // An empty text is no part of a path.
    let told = run(&program, &json!({"all": all}), Bounds::default(), |_, request| {
        if *request.method == *"POST" { ok(1, &json!({"id": ""})) } else { status(1, 500) }
    });
    assert_eq!((told.ended.stuck.len(), told.ended.failure.is_some()), (10_000, true));
}

#[test]
fn what_is_made_as_the_caller_is_not_shared() {
    let own = get("a", "1", &json!({}));
    let caller = with(get("b", "1", &json!({})), &json!({"x-weir-identity": "caller"}));
    let program = program(&json!([{"workflowId": "w", "steps": [own, caller]}]));
    let told = run(&program, &json!({}), Bounds::default(), |_, _| ok(1, &json!(1)));
    assert_eq!(told.calls.len(), 2);
}

#[test]
fn a_step_s_own_target_is_called_where_no_case_holds() {
    let case = json!([{"when": "inputs.n > 5", "operationId": "get", "parameters": [{"name": "id", "in": "path", "value": "big"}]}]);
    let step = with(get("a", "own", &json!({})), &json!({"x-weir-switch": case}));
    let told = run(&one(&step), &json!({"n": 1}), Bounds::default(), |_, _| ok(1, &json!(1)));
    assert_eq!(told.calls, [(ms(0), "GET /thing/own".to_owned())]);
}

#[test]
fn equal_keys_are_sent_once_and_an_element_without_a_part_has_failed() {
    let each =
        json!({"in": "inputs.all", "as": "ids", "on-error": "null", "batch": {"size": 10, "join": ","}});
    let step =
        with(get("a", "$inputs.ids", &json!({"v": "$response.body"})), &json!({"x-weir-for-each": each}));
    let outputs = json!({"v": "$steps.a.outputs.v"});
    let program = program(&json!([{"workflowId": "w", "steps": [step], "outputs": outputs}]));
    let told =
        run(&program, &json!({"all": [1, 2, 1, 3]}), Bounds::default(), |_, _| ok(1, &json!(["a", "b"])));
    assert_eq!(told.calls[0].1, "GET /thing/1%2C2%2C3");
    assert_eq!(told.ended.outputs["v"], json!(["a", "b", "a", null]));
}

#[test]
fn elements_without_a_key_are_not_asked_for_and_have_failed() {
    let check = |on_error: &str, all: &Value, expect: &Value, asked: &[&str]| {
        let each = json!({"in": "inputs.all", "as": "ids", "on-error": on_error, "batch": {"size": 2, "join": ",", "key": "item.id", "result": {"in": "$response.body", "key": "item.id"}}});
        let step = with(
            get("a", "$inputs.ids", &json!({"v": "$response.body#/v"})),
            &json!({"x-weir-for-each": each}),
        );
        let workflow = json!({"workflowId": "w", "steps": [step], "outputs": {"v": "$steps.a.outputs.v"}});
        let told =
            run(&program(&json!([workflow])), &json!({"all": all}), Bounds::default(), |_, request| {
                let ids = request.target.trim_start_matches("/thing/").split("%2C");
                let parts: Vec<Value> = ids.map(|id| json!({"id": id, "v": format!("v{id}")})).collect();
                ok(1, &parts.into())
            });
        let calls: Vec<&str> = told.calls.iter().map(|call| &*call.1).collect();
        assert_eq!(calls, asked);
        match told.ended.failure {
            Some(failure) => assert_eq!(json!(failure.reason.to_string()), *expect),
            None => assert_eq!(told.ended.outputs["v"], *expect),
        }
    };
    let all = json!([{}, {"id": "1"}, {"id": "a,b"}, {"id": "2"}, {"id": "3"}, {"no": 1}]);
    let asked = ["GET /thing/1%2C2", "GET /thing/3"];
    check("null", &all, &json!([null, "v1", null, "v2", "v3", null]), &asked);
    check("skip", &all, &json!(["v1", "v2", "v3"]), &asked);
    let why = "its request cannot be written: element 0, counted from 0: `item#/id` has no value";
    check("fail", &all, &json!(why), &[]);
    for (on_error, all, expect) in [
        ("null", json!([{}, {"id": "a,b"}]), json!([null, null])),
        ("skip", json!([{}, {"id": "a,b"}]), json!([])),
        ("skip", json!([]), json!([])),
        ("fail", json!([{}]), json!(why)),
    ] {
        check(on_error, &all, &expect, &[]);
    }
    let last = json!([{"id": "1"}, {"id": "2"}, {}]);
    check("null", &last, &json!(["v1", "v2", null]), &asked[..1]);
}

#[test]
fn a_key_knows_the_place_of_its_element_among_all() {
    let each = json!({"in": "inputs.all", "as": "ids", "on-error": "null", "batch": {"size": 2, "join": ",", "key": "inputs.ids[index]"}});
    let step =
        with(get("a", "$inputs.ids", &json!({"v": "$response.body"})), &json!({"x-weir-for-each": each}));
    let workflow = json!({"workflowId": "w", "steps": [step], "outputs": {"v": "$steps.a.outputs.v"}});
    let inputs = json!({"all": ["a", "b", "c", "d", "e", "f"], "ids": ["k0", "k1", "k2", "k3", "k2"]});
    let told = run(&program(&json!([workflow])), &inputs, Bounds::default(), |_, request| {
        let keys = request.target.trim_start_matches("/thing/").split("%2C");
        let parts: serde_json::Map<_, _> =
            keys.map(|key| (key.to_owned(), json!(format!("of {key}")))).collect();
        ok(1, &parts.into())
    });
    let calls: Vec<&str> = told.calls.iter().map(|call| &*call.1).collect();
    assert_eq!(calls, ["GET /thing/k0%2Ck1", "GET /thing/k2%2Ck3", "GET /thing/k2"]);
    assert_eq!(told.ended.outputs["v"], json!(["of k0", "of k1", "of k2", "of k3", "of k2", null]));
}

#[test]
fn what_was_done_is_undone_where_the_answer_cannot_be_shaped() {
    let undo = json!({"operationId": "drop", "parameters": [{"name": "id", "in": "path", "value": "$steps.a.outputs.v"}]});
    let made = json!({"stepId": "a", "operationId": "make", "outputs": {"v": "$response.body"}});
    let check = |response: Value, undo: &Value, fails: bool, expect: &[&str]| {
        let made = with(made.clone(), undo);
        let outputs = json!({"v": "$steps.a.outputs.v"});
        let workflow =
            json!({"workflowId": "w", "steps": [made], "outputs": outputs, "x-weir-response": response});
        let told = run(&program(&json!([workflow])), &json!({}), Bounds::default(), |_, _| ok(1, &json!(7)));
        let calls: Vec<&str> = told.calls.iter().map(|call| &*call.1).collect();
        assert_eq!(calls, expect);
        let given = if fails { json!({}) } else { json!({"v": 7}) };
        assert_eq!(Value::Object(told.ended.outputs), given);
        assert_eq!((told.ended.failure.is_some(), told.ended.answer.is_none()), (fails, fails));
    };
    let (none, undo) = (json!({}), json!({"x-weir-compensate": undo}));
    for (undo, calls) in [(&undo, 2), (&none, 1)] {
        let expect = &["POST /list", "DELETE /thing/7"][..calls];
        check(json!({"status": {"cel": "steps.a.outputs.v"}}), undo, true, expect);
        check(json!({"status": {"cel": "steps.a.outputs.v + 200"}}), undo, false, &expect[..1]);
    }
}
