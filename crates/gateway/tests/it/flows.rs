//! Flows: a call answered by the calls of steps, made inside at the most parallelism that their data allows.

use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Barrier, Mutex};

use message::Reason;
use serde_json::{Value, json};

use crate::client::Raw;
use crate::gate::{Gate, upstream};
use crate::upstream::Upstream;

/// A service at `/api`, a flow of these steps with these outputs, and a route to it.
pub(crate) fn flow(up: &Upstream, steps: &Value, outputs: &Value, extra: &str) -> String {
    let id = json!([{"name": "id", "in": "path", "required": true, "schema": {}}]);
    let openapi = json!({
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "1"},
        "paths": {
            "/things": {"get": {"operationId": "list"}, "post": {"operationId": "make"}},
            "/things/{id}": {"get": {"operationId": "get", "parameters": id}},
            "/run/{id}": {"get": {"operationId": "run", "parameters": id}},
        },
    });
    let inputs = json!({"type": "object", "properties": {"limit": {"type": "integer"}}});
    let arazzo = json!({
        "arazzo": "1.1.0", "info": {"title": "t", "version": "1"},
        "sourceDescriptions": [{"name": "things", "url": "./things.json", "type": "openapi"}],
        "workflows": [{"workflowId": "w", "inputs": inputs, "steps": steps, "outputs": outputs}],
    });
    upstream(&[up.addr], "")
        + &format!(
            "---
kind: Service
name: things
spec: {{backend: {{upstream: {{name: up}}}}, openapi: {openapi}}}
---
kind: Route
name: things
spec: {{service: things, paths: [\"/api/*\"], strip_prefix: /api}}
---
kind: Service
name: flows
spec: {{backend: {{upstream: {{name: up}}}}, access: {{mode: public}}}}
---
kind: Flow
name: f
spec: {{arazzo: {arazzo}, sources: {{things: {{service: things}}}}{extra}}}
---
kind: Route
name: run
spec: {{service: flows, paths: [\"/run/{{id}}\"], flow: {{name: f, inputs: {{agent: $request.header.User-Agent}}}}}}
"
        )
}

/// The same with a flow in the short form, as text of YAML.
pub(crate) fn short(up: &Upstream, flow: &str) -> String {
    let whole = self::flow(up, &json!([]), &json!({}), "");
    let (before, rest) = whole.split_once("name: f\nspec: ").unwrap();
    let (_, behind) = rest.split_once("\n---").unwrap();
    let flow = flow.replace('\n', "\n    ");
    let sources = "{things: {service: things}}";
    format!("{before}name: f\nspec:\n  sources: {sources}\n  flow:\n    {flow}\n---{behind}")
}

pub(crate) fn get(id: &str, value: &str, outputs: &Value) -> Value {
    json!({"stepId": id, "operationId": "get", "parameters": [{"name": "id", "in": "path", "value": value}], "outputs": outputs})
}

pub(crate) fn answer(conn: &mut Raw, status: u16, body: &Value) {
    let body = body.to_string();
    conn.try_send(format!(
        "HTTP/1.1 {status} S\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    ));
}

/// Answers each request by its method and target.
pub(crate) fn by_target(script: impl Fn(&str) -> (u16, Value) + Send + Sync + 'static) -> Upstream {
    Upstream::start(move |_, conn| {
        while let Some(head) = conn.try_request() {
            let line = head.split(" HTTP/").next().unwrap_or_default().to_owned();
            let (status, body) = script(&line);
            answer(conn, status, &body);
        }
    })
}

#[test]
fn steps_that_do_not_wait_are_made_at_once_and_each_has_a_record_within_the_call() {
    // Both are answered when both have come.
    let both = Arc::new(Barrier::new(2));
    let up = by_target(move |line| {
        if line.ends_with("/a") || line.ends_with("/b") {
            both.wait();
        }
        (200, json!({"line": line, "next": "x/y"}))
    });
    let steps = json!([
        get("a", "a", &json!({"next": "$response.body#/next"})),
        get("b", "b", &json!({"line": "$response.body.line"})),
        get("c", "$steps.a.outputs.next", &json!({"line": "$response.body#/line"})),
    ]);
    let outputs = json!({"b": "$steps.b.outputs.line", "c": "$steps.c.outputs.line", "id": "$inputs.id", "limit": "$inputs.limit", "agent": "$inputs.agent", "tags": "$inputs.tag"});
    let gate = Gate::start(&flow(&up, &steps, &outputs, ""));
    let request = "GET /run/7%2F8?limit=3&tag=p&tag=q%20r HTTP/1.1\r\nHost: a\r\nUser-Agent: me/1\r\n\r\n";
    let answered = gate.connect().send(request).answer();
    let expect = json!({
        "b": "GET /things/b", "c": "GET /things/x%2Fy", "id": "7/8", "limit": 3, "agent": "me/1", "tags": ["p", "q r"],
    });
    assert_eq!((answered.status, answered.json()), (200, expect), "{}", answered.text());
    let id = answered.field("x-request-id").map(str::to_owned);
    let mut records: Vec<_> = (0..4).map(|_| gate.record()).collect();
    let outer = records.pop().unwrap();
    assert_eq!((&*outer.path, id), ("/run/7%2F8", Some(outer.id.to_string())));
    let steps = &outer.flow.as_ref().unwrap().steps;
    let seen: Vec<_> = steps.iter().map(|step| (&*step.name, &step.after[..])).collect();
    assert_eq!(seen, [("a", &[][..]), ("b", &[]), ("c", &[0])]);
    for step in steps {
        assert!(records.iter().any(|record| Some(record.id) == step.call && record.flow.is_none()));
        assert!(step.start_us + step.duration_us <= outer.duration_us);
    }
    let mut paths: Vec<&str> = records.iter().map(|record| &*record.path).collect();
    paths.sort_unstable();
    assert_eq!(paths, ["/api/things/a", "/api/things/b", "/api/things/x%2Fy"]);
    for record in &records {
        assert_eq!((record.trace_id, record.parent_span_id), (outer.trace_id, Some(outer.span_id)));
        assert_eq!(
            &*record.place.as_ref().unwrap().service,
            "things",
            "a service that asks for keys lets its flow in"
        );
    }
    gate.end();
}

#[test]
fn a_step_that_fails_is_told_with_its_id_reason_status_and_time() {
    let up = by_target(|line| match line {
        "GET /things/500" => (500, json!({})),
        "GET /things/404" => (404, json!({})),
        _ => (200, json!({})),
    });
    for (id, status, reason) in [("500", 502, Reason::FlowFailed), ("404", 424, Reason::FlowDependency)] {
        let steps = json!([get("first", "ok", &json!({})), get("second", "$inputs.id", &json!({}))]);
        let gate = Gate::start(&flow(&up, &steps, &json!({}), ""));
        let answered = gate.connect().send(format!("GET /run/{id} HTTP/1.1\r\nHost: a\r\n\r\n")).answer();
        let problem = answered.json();
        assert_eq!((answered.status, problem["reason"].as_str()), (status, Some(reason.code())), "{problem}");
        let step = &problem["steps"][0];
        assert_eq!(
            (&step["id"], &step["reason"], &step["attempts"]),
            (&json!("second"), &json!("status"), &json!(1))
        );
        assert_eq!(step["status"].to_string(), id);
        assert!(step["duration_ms"].as_f64().unwrap() > 0.0);
        assert!(problem["detail"].as_str().unwrap().contains("flow `f`, step `second`: it was answered"));
        let left = gate.end_with();
        let outer = left.iter().find(|record| record.path.starts_with("/run/")).unwrap();
        assert_eq!(outer.reason.as_deref(), Some(reason.code()));
    }
}

#[test]
fn a_flow_that_takes_too_long_is_given_up() {
    let up = Upstream::start(|_, conn| {
        conn.try_request();
        conn.rest();
    });
    let gate = Gate::start(&flow(&up, &json!([get("a", "a", &json!({}))]), &json!({}), ", timeout: 50ms"));
    let answered = gate.connect().send("GET /run/1 HTTP/1.1\r\nHost: a\r\n\r\n").answer();
    assert_eq!((answered.status, answered.json()["reason"].as_str()), (504, Some("flow_timeout")));
    let step = &answered.json()["steps"][0];
    assert_eq!((step["id"].as_str(), step["reason"].as_str()), (Some("a"), Some("timeout")), "{step}");
    let records = gate.end_with();
    let inner = records.iter().find(|record| record.path.starts_with("/api/")).unwrap();
    assert_eq!(inner.reason.as_deref(), Some("client_closed"), "the step's call is given up");
}

#[test]
fn what_changes_something_comes_to_its_end_though_the_caller_leaves_and_nothing_else_begins() {
    let (came, comes) = sync_channel::<()>(1);
    let (go, goes) = sync_channel::<()>(1);
    let goes = Mutex::new(goes);
    let up = by_target(move |line| {
        if line.starts_with("POST") {
            came.send(()).unwrap();
            goes.lock().unwrap().recv().unwrap();
        }
        (200, json!({}))
    });
    let steps = json!([{"stepId": "make", "operationId": "make"}, get("after", "a", &json!({}))]);
    let gate = Gate::start(&flow(&up, &steps, &json!({}), ""));
    let mut conn = gate.connect();
    conn.send("GET /run/1 HTTP/1.1\r\nHost: a\r\n\r\n");
    comes.recv().unwrap();
    conn.reset();
    assert_eq!(gate.record().reason.as_deref(), Some("client_closed"));
    go.send(()).unwrap();
    let inner = gate.record();
    assert_eq!((inner.status, inner.reason.as_deref(), &*inner.method), (200, None, "POST"));
    gate.end();
}

/// A flow of these steps whose own route is among the operations that they call.
fn of_itself(up: &Upstream, steps: &Value) -> String {
    flow(up, steps, &json!({}), "")
        .replace("paths: [\"/run/{id}\"]", "paths: [\"/api/run/{id}\"]")
        .replace("service: flows,", "service: things,")
        .replace(
            "backend: {upstream: {name: up}}, openapi",
            "backend: {upstream: {name: up}}, access: {mode: public}, openapi",
        )
}

fn again(id: &str) -> Value {
    json!({"stepId": format!("again{id}"), "operationId": "run", "parameters": [{"name": "id", "in": "path", "value": id}]})
}

#[test]
fn a_flow_that_calls_itself_comes_to_an_end() {
    let up = by_target(|_| (200, json!({})));
    let gate = Gate::start(&of_itself(&up, &json!([again("1")])));
    let answered = gate.connect().send("GET /api/run/1 HTTP/1.1\r\nHost: a\r\n\r\n").answer();
    assert_eq!(answered.status, 502, "{}", answered.text());
    let reasons: Vec<_> =
        gate.end_with().into_iter().map(|record| record.reason.unwrap().into_owned()).collect();
    assert!(reasons.contains(&"loop_detected".to_owned()), "{reasons:?}");
    assert!(reasons.len() < 12, "{reasons:?}");
}

#[test]
fn flows_within_a_flow_make_no_more_calls_than_it_may() {
    let up = by_target(|_| (200, json!({})));
    // Each runs two, whatever becomes of them: without the bound that doubles with each level.
    let optional = |id: &str| {
        let mut step = again(id);
        step["x-weir-optional"] = json!(true);
        step
    };
    let yaml = of_itself(&up, &json!([optional("1"), optional("2")]));
    let own = "\"workflowId\":\"w\"";
    let gate = Gate::start(&yaml.replace(own, &format!("{own},\"x-weir-max-calls\":20")));
    let answered = gate.connect().send("GET /api/run/1 HTTP/1.1\r\nHost: a\r\n\r\n").answer();
    assert_eq!(answered.status, 200, "{}", answered.text());
    let calls = gate.end_with().len();
    assert_eq!(calls, 21, "the call and those that it may make");
}

#[test]
fn an_answer_is_no_longer_than_its_step_says() {
    let up = by_target(|line| (200, json!("x".repeat(if line.ends_with("/long") { 3_000 } else { 500 }))));
    let mut step = get("a", "$inputs.id", &json!({}));
    step["x-weir-max-body"] = json!("1KB");
    step["x-weir-retry"] = json!({});
    let gate = Gate::start(&flow(&up, &json!([step]), &json!({}), ""));
    assert_eq!(gate.connect().send("GET /run/short HTTP/1.1\r\nHost: a\r\n\r\n").answer().status, 200);
    let answered = gate.connect().send("GET /run/long HTTP/1.1\r\nHost: a\r\n\r\n").answer();
    let (status, step) = (answered.status, &answered.json()["steps"][0]);
    assert_eq!((status, &step["reason"], &step["attempts"]), (502, &json!("bound"), &json!(1)));
    assert_eq!(step["detail"], "its answer is longer than 1000 bytes");
    drop(gate.end_with());
}

#[test]
fn a_body_gives_inputs_and_one_that_cannot_be_read_is_refused() {
    let up = by_target(|line| (200, json!({"line": line})));
    let steps = json!([get("a", "$inputs.item.id", &json!({"line": "$response.body.line"}))]);
    let gate = Gate::start(&flow(&up, &steps, &json!({"line": "$steps.a.outputs.line"}), ""));
    let post = |kind: &str, body: &str| {
        let length = body.len();
        let request = format!(
            "POST /run/1 HTTP/1.1\r\nHost: a\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        gate.connect().send(request).answer()
    };
    let answered = post("application/json", "{\"item\": {\"id\": \"a/x?y#z\"}}");
    assert_eq!(answered.json(), json!({"line": "GET /things/a%2Fx%3Fy%23z"}), "{}", answered.text());
    let answered = post("application/json", "{\"item\": {\"id\": \"../../x\"}}");
    assert_eq!(
        answered.json()["steps"][0]["status"],
        400,
        "a value leads out of no place: {}",
        answered.text()
    );
    let answered = post("application/json\r\nContent-Encoding: gzip", "{}");
    assert_eq!((answered.status, answered.json()["reason"].as_str()), (415, Some("invalid_flow_input")));
    let answered = post("application/json", "{\"item\": ");
    assert_eq!((answered.status, answered.json()["reason"].as_str()), (400, Some("invalid_flow_input")));
    let answered = post("application/x-www-form-urlencoded", "limit=many");
    assert_eq!((answered.status, answered.json()["errors"][0]["pointer"].as_str()), (400, Some("#/limit")));
    let answered = post("application/x-www-form-urlencoded", "limit=5");
    assert_eq!(answered.json()["steps"][0]["reason"], "request", "it has no item: {}", answered.text());
    gate.end_with();
}

#[test]
fn a_body_of_json_that_has_no_members_is_refused_unless_the_route_takes_it_whole() {
    let up = by_target(|line| (200, json!({"line": line})));
    let steps = json!([get("a", "1", &json!({"line": "$response.body.line"}))]);
    let yaml = flow(&up, &steps, &json!({"all": "$inputs.all"}), "");
    let post = |gate: &Gate, kind: &str, body: &str| {
        let length = body.len();
        let request =
            format!("POST /run/1 HTTP/1.1\r\nHost: a\r\n{kind}Content-Length: {length}\r\n\r\n{body}");
        gate.connect().send(request).answer()
    };
    let json = "Content-Type: application/vnd.a+json; charset=utf-8\r\n";
    let gate = Gate::start(&yaml);
    for (kind, body) in
        [(json, "[{\"id\": 7}]"), (json, "\"text\""), ("", "7"), (json, "true"), (json, "null")]
    {
        let answered = post(&gate, kind, body);
        let problem = answered.json();
        assert_eq!((answered.status, &problem["reason"]), (400, &json!("invalid_flow_input")), "{body}");
        assert!(problem["detail"].as_str().unwrap().contains("no object"), "{problem}");
    }
    for (kind, body) in [(json, ""), (json, "{}"), ("Content-Type: text/plain\r\n", "[1]")] {
        let answered = post(&gate, kind, body);
        assert_eq!(answered.status, 200, "{body}: {}", answered.text());
    }
    gate.end_with();
    let whole = yaml.replace("inputs: {agent: $request.header.User-Agent}", "inputs: {all: $request.body}");
    let gate = Gate::start(&whole);
    assert_eq!(post(&gate, json, "[1, 2]").json(), json!({"all": [1, 2]}));
    gate.end_with();
}

#[test]
fn an_answer_has_the_shape_that_the_flow_says_and_tells_what_is_missing() {
    let up = by_target(
        |line| if line.ends_with("/bad") { (500, json!({})) } else { (200, json!({"line": line})) },
    );
    let mut optional = get("extra", "bad", &json!({"line": "$response.body.line"}));
    optional["x-weir-optional"] = json!(true);
    let steps = json!([get("main", "$inputs.id", &json!({"line": "$response.body.line"})), optional]);
    let yaml = flow(&up, &steps, &json!({}), "");
    let shape = json!({
        "status": {"cel": "steps.extra.outputs.line == null ? 203 : 200"},
        "headers": {"x-line": "$steps.main.outputs.line"},
        "body": {"main": "$steps.main.outputs.line", "n": {"cel": "1 + 1"}, "extra": "$steps.extra.outputs.line"},
    });
    let yaml =
        yaml.replace("\"workflowId\":\"w\"", &format!("\"workflowId\":\"w\",\"x-weir-response\":{shape}"));
    let gate = Gate::start(&yaml);
    let answered = gate.connect().send("GET /run/7 HTTP/1.1\r\nHost: a\r\n\r\n").answer();
    assert_eq!(answered.status, 203, "{}", answered.text());
    assert_eq!(answered.json(), json!({"main": "GET /things/7", "n": 2, "extra": null}));
    assert_eq!(answered.field("x-line"), Some("get /things/7"));
    assert_eq!(answered.field("weir-completed"), Some("?0;missing=\"extra (status)\""));
    gate.end_with();
}

#[test]
fn inputs_that_break_the_schema_are_refused_with_every_mistake() {
    let up = by_target(|_| (200, json!({})));
    let gate = Gate::start(&flow(&up, &json!([get("a", "1", &json!({}))]), &json!({}), ""));
    let (answer, _) =
        gate.refuses("GET /run/1?limit=many HTTP/1.1\r\nHost: a\r\n\r\n", Reason::InvalidFlowInput);
    assert_eq!(answer.json()["errors"][0]["pointer"], "#/limit", "{}", answer.text());
    gate.end();
}

#[test]
fn text_of_an_address_a_field_and_a_form_becomes_what_the_schema_wants() {
    let up = by_target(|_| (200, json!({})));
    let yaml = flow(&up, &json!([get("a", "1", &json!({}))]), &json!({"taken": "$inputs.taken"}), "");
    let inputs = json!({
        "ns": {"type": "array", "items": {"type": "integer"}}, "o": {"type": "object"}, "n": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "integer"}},
    });
    let body = json!({"ns": "$inputs.ns", "o": "$inputs.o", "n": "$inputs.n", "tags": "$inputs.tags"});
    let yaml = yaml
        .replace("{\"limit\":{\"type\":\"integer\"}}", &inputs.to_string())
        .replace(
            "\"outputs\":{\"taken\":\"$inputs.taken\"}",
            &format!("\"x-weir-response\":{{\"body\":{body}}}"),
        )
        .replace("agent: $request.header.User-Agent", "tags: $request.header.X-Tags");
    let gate = Gate::start(&yaml);
    let get = |target: &str, field: &str| {
        gate.connect().send(format!("GET {target} HTTP/1.1\r\nHost: a\r\n{field}\r\n")).answer()
    };
    let answered = get("/run/1?ns=1&ns=2&o=%7B%22x%22:1%7D&n=3", "X-Tags: 4, 5\r\n");
    assert_eq!(answered.json(), json!({"ns": [1, 2], "o": {"x": 1}, "n": 3, "tags": [4, 5]}));
    let answered = get("/run/1?ns=1", "X-Tags: 4\r\n");
    assert_eq!(answered.json(), json!({"ns": [1], "tags": [4]}));
    let form = "ns=1&ns=2&n=3";
    let request = format!(
        "POST /run/1 HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    let answered = gate.connect().send(request).answer();
    assert_eq!(answered.json(), json!({"ns": [1, 2], "n": 3}));
    for target in ["/run/%ff", "/run/1?n=%ff"] {
        assert_eq!(get(target, "").status, 400, "{target}: two addresses would be the same");
    }
    gate.end_with();
}

#[test]
fn what_was_done_is_undone_where_a_later_step_fails() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let up = by_target(move |line| {
        log.lock().unwrap().push(line.to_owned());
        if line.ends_with("/bad") { (500, json!({})) } else { (201, json!({"id": "n1"})) }
    });
    let make = json!({
        "stepId": "make", "operationId": "make", "outputs": {"id": "$response.body#/id"},
        "x-weir-compensate": {"operationId": "get", "parameters": [{"name": "id", "in": "path", "value": "undo-{$response.body#/id}"}]},
    });
    let mut later = get("later", "bad", &json!({}));
    later["dependsOn"] = json!(["make"]);
    let gate = Gate::start(&flow(&up, &json!([make, later]), &json!({}), ""));
    let answered = gate.connect().send("GET /run/1 HTTP/1.1\r\nHost: a\r\n\r\n").answer();
    assert_eq!((answered.status, answered.json()["steps"][0]["id"].as_str()), (502, Some("later")));
    assert_eq!(*seen.lock().unwrap(), ["POST /things", "GET /things/bad", "GET /things/undo-n1"]);
    gate.end_with();
}

#[test]
fn an_answer_that_may_be_kept_is_asked_for_once() {
    let count = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let counter = Arc::clone(&count);
    let up =
        by_target(move |_| (200, json!({"n": counter.fetch_add(1, std::sync::atomic::Ordering::SeqCst)})));
    let mut step = get("a", "$inputs.id", &json!({"n": "$response.body#/n"}));
    step["x-weir-cache"] = json!({"ttl": "1h"});
    let gate = Gate::start(&flow(&up, &json!([step]), &json!({"n": "$steps.a.outputs.n"}), ""));
    let ask = |id: u32| {
        gate.connect().send(format!("GET /run/{id} HTTP/1.1\r\nHost: a\r\n\r\n")).answer().json()["n"].clone()
    };
    assert_eq!([ask(1), ask(1), ask(2), ask(1)], [0, 0, 1, 0].map(Value::from));
    gate.end_with();
}

#[test]
fn an_administrator_runs_a_flow_and_is_told_what_each_step_did() {
    let up = by_target(|line| (if line.ends_with("/bad") { 503 } else { 200 }, json!({"next": "x"})));
    let steps = json!([
        get("a", "a", &json!({"next": "$response.body#/next"})),
        get("b", "$inputs.b", &json!({})),
        get("c", "$steps.a.outputs.next", &json!({"next": "$response.body#/next"})),
    ]);
    let gate = Gate::start(&flow(&up, &steps, &json!({"c": "$steps.c.outputs.next"}), ""));
    let ran = gate.run_flow("f", json!({"b": "b"}));
    assert_eq!((ran.failure, Value::Object(ran.outputs)), (None, json!({"c": "x"})));
    let steps = &ran.record.steps;
    let seen: Vec<_> =
        steps.iter().map(|step| (&*step.name, step.status, step.end, &step.after[..])).collect();
    let good = trace::StepEnd::Good;
    assert_eq!(seen, [("a", 200, good, &[][..]), ("b", 200, good, &[]), ("c", 200, good, &[0])]);
    let slacks = ran.record.slacks(u64::try_from(ran.duration.as_micros()).unwrap());
    // Which of the two ways took longer is the machine's to say.
    let way: &[usize] = if steps[1].ended_us() > steps[2].ended_us() { &[1] } else { &[0, 2] };
    assert!(way.iter().all(|at| slacks[*at] == 0), "the way that the run took: {way:?} {slacks:?}");
    let records: Vec<_> = (0..3).map(|_| gate.record()).collect();
    for record in &records {
        assert_eq!(record.trace_id, ran.trace_id);
        assert!(steps.iter().any(|step| step.call == Some(record.id)), "{}", record.path);
    }
    let failed = gate.run_flow("f", json!({"b": "bad"})).failure.expect("a failure");
    assert_eq!((&*failed.step, failed.status), ("b", Some(503)));
    assert!(gate.end_with().iter().all(|record| record.trace_id != ran.trace_id));
}

#[test]
fn services_of_another_team_let_a_flow_in_only_as_its_caller() {
    let up = by_target(|line| (200, json!({"line": line})));
    let steps = json!([get("a", "a", &json!({"line": "$response.body.line"}))]);
    let yaml = flow(&up, &steps, &json!({"line": "$steps.a.outputs.line"}), "");
    let yaml = ["Upstream\nname: up\n", "Service\nname: things\n", "Route\nname: things\n"]
        .iter()
        .fold(yaml, |yaml, kind| yaml.replace(kind, &format!("{kind}team: system\n")));
    let yaml = yaml.replace("{things: {service: things}}", "{things: {service: \"system::things\"}}");
    let (things, flows) = yaml.split_once("kind: Service\nname: flows").unwrap();
    let flows = flows.replacen("{name: up}", "{name: \"system::up\"}", 1);
    let yaml = format!("{things}kind: Service\nname: flows{flows}");
    let ask = |yaml: &str| {
        let gate = Gate::start(yaml);
        let answered = gate.connect().send("GET /run/1 HTTP/1.1\r\nHost: a\r\n\r\n").answer();
        gate.end_with();
        answered
    };
    let refused = ask(&yaml);
    assert_eq!(
        (refused.status, &refused.json()["steps"][0]["status"]),
        (424, &json!(401)),
        "{}",
        refused.text()
    );
    let open = yaml.replacen(
        "{backend: {upstream: {name: up}}, openapi",
        "{backend: {upstream: {name: up}}, access: {mode: public}, openapi",
        1,
    );
    assert_eq!(ask(&open).json(), json!({"line": "GET /things/a"}));
}

#[test]
fn a_step_shows_its_service_the_credentials_that_it_names_and_no_record_does() {
    let heads: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&heads);
    let up = Upstream::start(move |_, conn| {
        while let Some(head) = conn.try_request() {
            seen.lock().unwrap().push(head);
            answer(conn, 200, &json!({}));
        }
    });
    let mut with = get("a", "same", &json!({}));
    with["x-weir-credentials"] = json!("crm");
    let steps = json!([with, get("b", "same", &json!({}))]);
    let policies = "---
kind: Policy
name: crm
spec: {headers: {request: {set: {Authorization: Bearer s3cret, X-Crm-Ticket: s3cret-too}}}}
";
    let yaml = flow(&up, &steps, &json!({}), "").replacen(
        "spec: {backend: {upstream: {name: up}}, openapi",
        "spec: {backend: {upstream: {name: up}}, policies: [{record: {headers: all}}], openapi",
        1,
    );
    let gate = Gate::start(&format!("{yaml}{policies}"));
    let request = "GET /run/7 HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer caller\r\n\r\n";
    assert_eq!(gate.connect().send(request).answer().status, 200);
    let heads = heads.lock().unwrap().clone();
    let shown = |secret: &str| heads.iter().filter(|head| head.contains(secret)).count();
    assert_eq!((heads.len(), shown("Bearer s3cret\r\n"), shown("s3cret-too")), (2, 1, 1), "{heads:?}");
    assert_eq!(shown("caller"), 0, "{heads:?}");
    let records: Vec<String> = (0..3).map(|_| format!("{:?}", gate.record())).collect();
    assert!(records.iter().all(|record| !record.contains("s3cret")), "{records:?}");
    let masked = records.iter().filter(|record| record.to_ascii_lowercase().contains("x-crm-ticket"));
    assert_eq!(masked.count(), 1, "the field is told of, not its value");
    gate.end();
}

#[test]
fn credentials_are_shown_as_their_kind_has_it_and_told_by_no_record() {
    for (credentials, sent) in [
        ("bearer: {value: s3cret}", "authorization: Bearer s3cret\r\n"),
        ("basic: {user: weir, password: {value: s3cret}}", "authorization: Basic d2VpcjpzM2NyZXQ=\r\n"),
        ("header: {name: X-Key, value: {value: s3cret}}", "X-Key: s3cret\r\n"),
        (
            "query: {name: a key, value: {value: s3cret&x=1}}",
            "GET /things/same?a%20key=s3cret%26x%3D1 HTTP/1.1\r\n",
        ),
    ] {
        let heads: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = Arc::clone(&heads);
        let up = Upstream::start(move |_, conn| {
            while let Some(head) = conn.try_request() {
                seen.lock().unwrap().push(head);
                answer(conn, 500, &json!({}));
            }
        });
        let mut with = get("a", "same", &json!({}));
        with["x-weir-credentials"] = json!("crm");
        with["successCriteria"] = json!([{"condition": "$statusCode == 500"}]);
        let yaml = flow(&up, &json!([with]), &json!({}), "");
        let policy = format!("---\nkind: Policy\nname: crm\nspec: {{credentials: {{{credentials}}}}}\n");
        let gate = Gate::start(&format!("{yaml}{policy}"));
        let answer = gate.connect().send("GET /run/7 HTTP/1.1\r\nHost: a\r\n\r\n").answer();
        assert_eq!(answer.status, 200, "{}", answer.text());
        let heads = heads.lock().unwrap().clone();
        assert!(heads[0].to_ascii_lowercase().contains(&sent.to_ascii_lowercase()), "{heads:?}");
        let records: Vec<String> = (0..2).map(|_| format!("{:?}", gate.record())).collect();
        assert!(
            records.iter().all(|record| !record.contains("s3cret") && !record.contains("d2Vpcj")),
            "{records:?}"
        );
        gate.end();
    }
}

#[test]
fn a_workflow_of_another_flow_is_run_by_its_name() {
    let up = by_target(|line| (200, json!({"line": line})));
    let steps = json!([get("a", "$inputs.id", &json!({"line": "$response.body.line"}))]);
    let yaml = flow(&up, &steps, &json!({"line": "$steps.a.outputs.line"}), "");
    let outer = json!({
        "arazzo": "1.1.0", "info": {"title": "t", "version": "1"},
        "sourceDescriptions": [{"name": "other", "url": "f", "type": "arazzo"}],
        "workflows": [{"workflowId": "outer", "steps": [{
            "stepId": "far", "workflowId": "$sourceDescriptions.other.w",
            "parameters": [{"name": "id", "value": "$inputs.id"}], "outputs": {"line": "$outputs.line"},
        }], "outputs": {"line": "$steps.far.outputs.line"}}],
    });
    let more = format!(
        "---\nkind: Flow\nname: outer\nspec: {{arazzo: {outer}, flows: {{other: f}}}}\n---\nkind: Route\nname: outer\nspec: {{service: flows, paths: [\"/outer/{{id}}\"], flow: {{name: outer}}}}\n"
    );
    let gate = Gate::start(&format!("{yaml}{more}"));
    let answered = gate.connect().send("GET /outer/9 HTTP/1.1\r\nHost: a\r\n\r\n").answer();
    assert_eq!(
        (answered.status, answered.json()),
        (200, json!({"line": "GET /things/9"})),
        "{}",
        answered.text()
    );
    gate.end_with();
}

#[test]
fn an_answer_has_its_members_as_they_are_written_and_so_has_what_is_sent() {
    let item = r#"{"z":1,"a":{"y":2,"b":3},"m":null}"#;
    let (tell, sent) = sync_channel(4);
    let up = Upstream::start(move |_, conn| {
        while let Some((_, body)) = conn.try_request_and_body() {
            tell.send(String::from_utf8(body).unwrap()).unwrap();
            answer(conn, 200, &serde_json::from_str(item).unwrap());
        }
    });
    let body = json!({"payload": {"zeta": "$inputs.given", "alpha": {"n": 1, "b": 2}}});
    let make = json!({"stepId": "make", "operationId": "make", "requestBody": body, "outputs": {"all": "$response.body"}});
    let shape = json!({"body": {"z": "$steps.make.outputs.all", "a": 1, "m": "$inputs.given"}});
    let yaml = flow(&up, &json!([make]), &json!({}), "");
    let yaml =
        yaml.replace("\"workflowId\":\"w\"", &format!("\"workflowId\":\"w\",\"x-weir-response\":{shape}"));
    let gate = Gate::start(&yaml);
    let given = r#"{"two":2,"one":1}"#;
    let body = format!(r#"{{"given":{given}}}"#);
    let answered = gate
        .connect()
        .send(format!(
            "POST /run/7 HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ))
        .answer();
    assert_eq!(answered.text(), format!(r#"{{"z":{item},"a":1,"m":{given}}}"#));
    assert_eq!(sent.recv().unwrap(), format!(r#"{{"zeta":{given},"alpha":{{"n":1,"b":2}}}}"#));
    gate.end_with();
}

#[test]
fn an_answer_is_kept_whatever_the_order_of_what_was_asked() {
    let count = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let counter = Arc::clone(&count);
    let up = Upstream::start(move |_, conn| {
        while conn.try_request_and_body().is_some() {
            answer(conn, 200, &json!({"n": counter.fetch_add(1, std::sync::atomic::Ordering::SeqCst)}));
        }
    });
    for key in [None, Some("inputs.given")] {
        let mut step = json!({
            "stepId": "make", "operationId": "make", "x-weir-safe": true, "x-weir-cache": {"ttl": "1h"},
            "requestBody": {"payload": "$inputs.given"}, "outputs": {"n": "$response.body#/n"},
        });
        if let Some(key) = key {
            step["x-weir-cache"]["key"] = json!(key);
        }
        let gate = Gate::start(&flow(&up, &json!([step]), &json!({"n": "$steps.make.outputs.n"}), ""));
        let ask = |given: &str| {
            let body = format!(r#"{{"given":{given}}}"#);
            let head = "POST /run/7 HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length:";
            let answered = gate.connect().send(format!("{head} {}\r\n\r\n{body}", body.len())).answer();
            answered.json()["n"].clone()
        };
        let first = ask(r#"{"z":1,"a":[1,2]}"#);
        assert_eq!(ask(r#"{"a":[1,2],"z":1}"#), first, "{key:?}");
        assert_ne!(ask(r#"{"a":[2,1],"z":1}"#), first, "{key:?}");
        gate.end_with();
    }
}

#[test]
fn a_flow_in_the_short_form_answers_its_steps_in_the_order_of_the_text() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&seen);
    let up = by_target(move |target| {
        told.lock().unwrap().push(target.to_owned());
        (200, json!({"v": target.len()}))
    });
    // By their names the second would come first.
    let steps = "steps:\n  zero: POST /things?of={inputs.id}\n  first: POST /things?of=first\n  read: GET /things/{zero.v}";
    let flow = format!("inputs: {{id: string}}\n{steps}\nresponse: {{id: inputs.id, v: read.v}}");
    let gate = Gate::start(&short(&up, &flow));
    let answer = gate.connect().send("GET /run/7 HTTP/1.1\r\nHost: a\r\n\r\n").answer();
    assert_eq!((answer.status, answer.json()), (200, json!({"id": "7", "v": 14})), "{}", answer.text());
    let seen = seen.lock().unwrap().clone();
    assert_eq!(seen.len(), 3, "{seen:?}");
    let writes: Vec<&String> = seen.iter().filter(|line| line.starts_with("POST")).collect();
    assert_eq!(writes, ["POST /things?of=7", "POST /things?of=first"]);
    assert_eq!(gate.end_with().len(), 4);
}
