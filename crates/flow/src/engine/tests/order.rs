//! Members keep the order in which they were written, and calls that differ in nothing else are equal.

use super::*;

/// JSON as it is written.
fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn what_comes_out_has_the_order_in_which_it_was_written() {
    let item = r#"{"z":1,"a":{"y":2,"b":3},"m":[{"q":4,"c":5}]}"#;
    let steps = json!([
        get("x", "1", &json!({"whole": "$response.body", "b": "$response.body#/a/b"})),
        {"stepId": "t", "x-weir-transform": {
            "made": "{'z': steps.x.outputs.b, 'a': steps.x.outputs.whole}", "all": "[steps.x.outputs.whole].filter(i, i.z == 1)",
        }},
    ]);
    let outputs =
        json!({"zero": "$steps.x.outputs.b", "all": "$steps.t.outputs.all", "made": "$steps.t.outputs.made"});
    let shape = json!({
        "z": "$steps.x.outputs.whole", "a": {"cel": "steps.t.outputs.made"}, "m": {"y": "$inputs.given", "b": ["$inputs.given"]},
    });
    let workflow =
        json!({"workflowId": "w", "steps": steps, "outputs": outputs, "x-weir-response": {"body": shape}});
    let inputs = read(r#"{"given":{"two":2,"one":1}}"#);
    let told = run(&program(&json!([workflow])), &inputs, Bounds::default(), |_, _| ok(1, &read(item)));
    let made = format!(r#"{{"z":3,"a":{item}}}"#);
    let given = r#"{"two":2,"one":1}"#;
    assert_eq!(
        Value::Object(told.ended.outputs).to_string(),
        format!(r#"{{"zero":3,"all":[{item}],"made":{made}}}"#)
    );
    assert_eq!(
        told.ended.answer.unwrap().body.to_string(),
        format!(r#"{{"z":{item},"a":{made},"m":{{"y":{given},"b":[{given}]}}}}"#)
    );
}

#[test]
fn calls_whose_bodies_differ_in_order_alone_are_equal_and_are_sent_as_written() {
    let post = |id: &str, payload: Value| {
        let body = json!({"payload": payload});
        json!({"stepId": id, "operationId": "make", "x-weir-safe": true, "requestBody": body, "outputs": {"v": "$response.body"}})
    };
    let steps = json!([
        post("first", json!({"z": 1, "a": {"y": "$inputs.n", "b": 3}})),
        post("same", json!({"a": {"b": 3, "y": "$inputs.n"}, "z": 1})),
        post("other", json!([1, 2])),
        post("another", json!([2, 1])),
    ]);
    let outputs = json!({"first": "$steps.first.outputs.v", "same": "$steps.same.outputs.v"});
    let program = program(&json!([{"workflowId": "w", "steps": steps, "outputs": outputs}]));
    let mut sent = Vec::new();
    let told = run(&program, &json!({"n": 2}), Bounds::default(), |number, request| {
        sent.push(String::from_utf8(request.body.clone().unwrap().1).unwrap());
        ok(1, &json!(number))
    });
    assert_eq!(sent, [r#"{"z":1,"a":{"y":2,"b":3}}"#, "[1,2]", "[2,1]"]);
    assert_eq!(told.ended.outputs["first"], told.ended.outputs["same"]);
}

#[test]
fn keys_of_elements_that_differ_in_order_alone_are_equal() {
    let each = json!({"in": "inputs.all", "as": "ids", "batch": {"size": 10, "result": {"in": "$response.body", "key": "item.of"}}});
    let body = json!({"payload": "$inputs.ids"});
    let step = json!({
        "stepId": "a", "operationId": "make", "x-weir-for-each": each, "requestBody": body, "outputs": {"v": "$response.body#/v"},
    });
    let outputs = json!({"v": "$steps.a.outputs.v"});
    let program = program(&json!([{"workflowId": "w", "steps": [step], "outputs": outputs}]));
    let inputs = read(r#"{"all":[{"z":1,"a":2},{"b":1},{"a":2,"z":1}]}"#);
    let mut sent = String::new();
    let told = run(&program, &inputs, Bounds::default(), |_, request| {
        sent = String::from_utf8(request.body.clone().unwrap().1).unwrap();
        ok(1, &read(r#"[{"of":{"b":1},"v":"b"},{"of":{"a":2,"z":1},"v":"az"}]"#))
    });
    assert_eq!(sent, r#"[{"z":1,"a":2},{"b":1}]"#);
    assert_eq!(told.ended.outputs["v"], json!(["az", "b", "az"]));
}

/// What is called where a step of these members runs a workflow that asks for the same each time.
fn calls_of(members: &Value, mut service: impl FnMut(usize) -> Got) -> Vec<String> {
    let poll = get("poll", "job", &json!({"s": "$response.body#/s"}));
    let inner = json!({"workflowId": "inner", "steps": [poll], "outputs": {"s": "$steps.poll.outputs.s"}});
    let mut step = json!({"stepId": "n", "workflowId": "inner", "outputs": {"s": "$outputs.s"}});
    step.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    let main = json!({"workflowId": "w", "steps": [step, get("other", "o", &json!({}))], "outputs": {"s": "$steps.n.outputs.s"}});
    let told = run(&program(&json!([inner, main])), &json!({}), Bounds::default(), |number, request| {
        if request.target.ends_with("/o") { ok(0, &json!({})) } else { service(number) }
    });
    let jobs = told.calls.into_iter().filter(|call| call.1.ends_with("/job"));
    jobs.map(|call| format!("{:?} {}", call.0, told.ended.outputs.get("s").unwrap_or(&Value::Null))).collect()
}

#[test]
fn what_a_workflow_asks_that_is_run_again_is_asked_again() {
    let busy = |number: usize| ok(10, &json!({"s": if number < 3 { "busy" } else { "done" }}));
    let repeat = json!({"x-weir-while": {"condition": "outputs.s == 'busy'", "max": 9, "delay": "1s"}});
    assert_eq!(calls_of(&repeat, busy), ["0ns \"done\"", "1.01s \"done\"", "2.02s \"done\""]);
    let again = json!({"onSuccess": [{"name": "again", "type": "goto", "stepId": "n", "criteria": [{"condition": "$outputs.s == 'busy'"}]}]});
    assert_eq!(calls_of(&again, busy).len(), 4, "the step behind it waits");
    let slow = |number: usize| ok(if number < 2 { 500 } else { 20 }, &json!({"s": number}));
    let hedge = json!({"x-weir-hedge": {"after": "100ms"}});
    assert_eq!(calls_of(&hedge, slow), ["0ns 2", "100ms 2"]);
}

#[test]
fn what_a_retry_runs_first_and_where_an_action_goes_is_asked_anew() {
    let login = json!({"workflowId": "login", "steps": [get("t", "token", &json!({"t": "$response.body"}))], "outputs": {"t": "$steps.t.outputs.t"}});
    let mut step = get("a", "{$workflows.login.outputs.t}", &json!({}));
    step["onFailure"] = json!([{"name": "again", "type": "retry", "retryLimit": 5, "workflowId": "login"}]);
    let main = json!({"workflowId": "w", "dependsOn": ["login"], "steps": [step]});
    let told = run(&program(&json!([login, main])), &json!({}), Bounds::default(), |number, request| {
        if request.target.ends_with("token") {
            ok(1, &json!(number))
        } else {
            status(1, if number < 5 { 401 } else { 200 })
        }
    });
    let calls: Vec<&str> = told.calls.iter().map(|call| &*call.1).collect();
    let expect = ["token", "0", "token", "2", "token", "4"].map(|id| format!("GET /thing/{id}"));
    assert_eq!(calls, expect);
    let circle = |id: &str, to: &str| {
        let mut step = get("a", "job", &json!({"s": "$response.body#/s"}));
        step["onSuccess"] = json!([{"name": "on", "type": "goto", "workflowId": to, "criteria": [{"condition": "$response.body#/s < 3"}]}]);
        json!({"workflowId": id, "steps": [step], "outputs": {"s": "$steps.a.outputs.s"}})
    };
    let (program, _) = program(&json!([circle("one", "other"), circle("other", "one")]));
    let told = run(&(program, 0), &json!({}), Bounds::default(), |number, _| ok(1, &json!({"s": number})));
    assert_eq!((told.calls.len(), told.ended.failure), (4, None));
}

#[test]
fn failure_actions_see_what_the_workflow_of_their_own_attempt_gave_and_no_other() {
    let busy = |number: usize| ok(10, &json!({"s": if number < 3 { "busy" } else { "done" }}));
    let when = |state: &str| json!([{"condition": format!("$outputs.s == '{state}'")}]);
    let retry = json!([{"name": "again", "type": "retry", "retryLimit": 9, "retryAfter": 1, "criteria": when("busy")}]);
    let members = json!({"successCriteria": when("done"), "onFailure": retry});
    assert_eq!(calls_of(&members, busy), ["0ns \"done\"", "1.01s \"done\"", "2.02s \"done\""]);
    let repeat = json!({"condition": "outputs.s == 'busy'", "max": 2, "delay": "1s"});
    let ends = json!([{"name": "fine", "type": "end", "criteria": when("busy")}]);
    let members = json!({"x-weir-while": repeat, "onFailure": ends});
    assert_eq!(calls_of(&members, busy), ["0ns null", "1.01s null"]);
    let answer = get("r", "{$inputs.id}", &json!({"s": "$response.body"}));
    let inner = json!({"workflowId": "inner", "steps": [answer], "outputs": {"s": "$steps.r.outputs.s"}});
    let step = |id: &str, asks: &str, more: &Value| {
        let step = json!({
            "stepId": id, "workflowId": "inner", "parameters": [{"name": "id", "value": asks}],
            "successCriteria": when("done"),
        });
        with(step, more)
    };
    // What `a` gave is nothing to `b`.
    for (state, is_ended) in [("done", false), ("lost", true)] {
        let ends = json!([{"name": "fine", "type": "end", "criteria": when(state)}]);
        let second = step("b", "b", &json!({"dependsOn": ["a"], "onFailure": ends}));
        let main = json!({"workflowId": "w", "steps": [step("a", "a", &json!({})), second]});
        let told = run(&program(&json!([inner, main])), &json!({}), Bounds::default(), |_, request| {
            ok(1, &json!(if request.target.ends_with("/a") { "done" } else { "lost" }))
        });
        assert_eq!((told.calls.len(), told.ended.failure.is_none()), (2, is_ended), "{state}");
    }
}

#[test]
fn attempts_that_run_workflows_share_nothing_however_deep_it_is() {
    let second = with(get("b", "b", &json!({})), &json!({"dependsOn": ["a"]}));
    let inner = json!({"workflowId": "inner", "steps": [get("a", "a", &json!({})), second]});
    let middle = json!({"workflowId": "middle", "steps": [{"stepId": "m", "workflowId": "inner"}]});
    for (runs, within) in [("inner", vec![inner.clone()]), ("middle", vec![inner.clone(), middle])] {
        let step = json!({"stepId": "n", "workflowId": runs, "x-weir-hedge": {"after": "100ms"}});
        let mut workflows = within;
        workflows.push(json!({"workflowId": "w", "steps": [step]}));
        let told = run(&program(&json!(workflows)), &json!({}), Bounds::default(), |number, request| {
            let first = number < 3;
            ok(
                if request.target.ends_with("/a") {
                    150
                } else if first {
                    9999
                } else {
                    20
                },
                &json!({}),
            )
        });
        let calls: Vec<_> =
            told.calls.iter().map(|call| (call.0, call.1.trim_start_matches("GET /thing/"))).collect();
        assert_eq!(calls, [(ms(0), "a"), (ms(100), "a"), (ms(150), "b"), (ms(250), "b")], "{runs}");
        assert_eq!((told.ended.at, told.cancelled), (ms(270), 1), "{runs}");
    }
}
