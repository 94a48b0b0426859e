//! Answers of flows in parts: each is sent as soon as it is known, and all together are the answer.

use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};

use serde_json::{Value, json};

use crate::client::{Answer, Raw};
use crate::flows::{answer, by_target, flow, get};
use crate::gate::Gate;
use crate::upstream::Upstream;

fn step(id: &str) -> Value {
    get(id, id, &json!({"v": "$response.body#/v"}))
}

/// An upstream that answers requests for `/things/held` when it is let; `status` is what it answers them.
fn held(status: u16) -> (Upstream, Sender<()>) {
    let (let_go, wait) = channel();
    let wait = Mutex::new(wait);
    let up = Upstream::start(move |_, conn: &mut Raw| {
        while let Some(head) = conn.try_request() {
            let line = head.split(" HTTP/").next().unwrap_or_default().to_owned();
            let is_held = line.ends_with("/held");
            if is_held && wait.lock().unwrap().recv().is_err() {
                return;
            }
            answer(conn, if is_held { status } else { 200 }, &json!({"v": line}));
        }
    });
    (up, let_go)
}

fn ask(gate: &Gate, fields: &str) -> Answer {
    gate.connect().send(format!("GET /run/7 HTTP/1.1\r\nHost: a\r\n{fields}\r\n")).answer()
}

/// The next chunk of a body.
fn chunk(conn: &mut Raw) -> String {
    let mut size = String::new();
    while !size.ends_with("\r\n") {
        size += &conn.text(1);
    }
    let text = conn.text(usize::from_str_radix(size.trim_end(), 16).unwrap());
    conn.text(2);
    text
}

fn event(text: &str) -> (String, String, Value) {
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
    (field("event: "), field("id: "), serde_json::from_str(&field("data: ")).unwrap())
}

fn events(answer: &Answer) -> Vec<(String, String, Value)> {
    answer.text().split_terminator("\n\n").map(event).collect()
}

fn joined<'a>(parts: impl IntoIterator<Item = &'a Value>) -> Value {
    parts.into_iter().fold(json!({}), |mut joined, part| {
        match part["path"].as_str().unwrap().strip_prefix('/') {
            Some(name) => joined[name] = part["data"].clone(),
            None => joined = part["data"].clone(),
        }
        joined
    })
}

#[test]
fn a_part_is_sent_while_others_are_not_known_yet() {
    let (up, let_go) = held(200);
    let outputs =
        json!({"id": "$inputs.id", "quick": "$steps.quick.outputs.v", "slow": "$steps.held.outputs.v"});
    let gate = Gate::start(&flow(&up, &json!([step("held"), step("quick")]), &outputs, ""));
    let mut conn = gate.connect();
    conn.send("GET /run/7 HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n");
    let head = conn.head();
    for field in [
        "http/1.1 200",
        "content-type: text/event-stream; charset=utf-8",
        "cache-control: no-cache",
        "vary: accept, user-agent\r",
        "x-request-id: ",
    ] {
        assert!(head.contains(field), "{field}: {head}");
    }
    let early = [event(&chunk(&mut conn)), event(&chunk(&mut conn))];
    assert_eq!(early[0], ("part".into(), "1".into(), json!({"path": "/id", "data": "7"})));
    assert_eq!(early[1], ("part".into(), "2".into(), json!({"path": "/quick", "data": "GET /things/quick"})));
    let_go.send(()).unwrap();
    let late = event(&chunk(&mut conn));
    assert_eq!(late, ("part".into(), "3".into(), json!({"path": "/slow", "data": "GET /things/held"})));
    let (name, id, done) = event(&chunk(&mut conn));
    assert_eq!((&*name, &*id), ("done", "done"));
    assert_eq!((&done["status"], &done["completed"]), (&json!(200), &json!(true)), "{done}");
    assert!(done["duration_ms"].as_f64().unwrap() > 0.0);
    assert_eq!(conn.text(5), "0\r\n\r\n");
    let records = gate.end_with();
    let outer = records.iter().find(|record| record.path.starts_with("/run/")).unwrap();
    assert_eq!((outer.status, outer.reason.as_deref()), (200, None));
    assert_eq!(outer.flow.as_ref().map(|flow| flow.steps.len()), Some(2));
}

#[test]
fn in_every_form_all_parts_are_the_answer() {
    let up = by_target(|line| (200, json!({"v": {"line": line, "text": "a\nb\u{2028}"}})));
    let steps = json!([step("a"), get("b", "$steps.a.outputs.v.line", &json!({"v": "$response.body#/v"}))]);
    let bodies = [
        json!({"a/b~": "$steps.a.outputs.v", "b": [{"cel": "steps.b.outputs.v"}], "n": null, "limit": "$inputs.limit"}),
        json!({"cel": "[steps.b.outputs.v]"}),
        json!({}),
    ];
    for body in bodies {
        let shape = json!({"body": body, "status": 203, "headers": {"x-line": "$steps.a.outputs.v.line"}});
        let yaml = flow(&up, &steps, &json!({}), "");
        let yaml = yaml
            .replace("\"workflowId\":\"w\"", &format!("\"workflowId\":\"w\",\"x-weir-response\":{shape}"));
        let gate = Gate::start(&yaml);
        let whole = ask(&gate, "Accept: application/json, text/event-stream\r\n");
        assert_eq!(
            (whole.status, whole.field("vary")),
            (203, Some("accept, user-agent")),
            "{}",
            whole.text()
        );
        assert_eq!(whole.field("content-type"), Some("application/json"));
        let told = ask(&gate, "Accept: text/event-stream, */*;q=0.1\r\n");
        let all = events(&told);
        let (done, parts) = all.split_last().unwrap();
        let parts = parts.iter().map(|(_, _, data)| {
            let mut data = data.clone();
            let path = data["path"].as_str().unwrap().replace("~1", "/").replace("~0", "~");
            data["path"] = path.into();
            data
        });
        assert_eq!(joined(&parts.collect::<Vec<_>>()), whole.json());
        assert_eq!(done.2["status"], 203);
        assert_eq!(done.2["headers"], json!({"x-line": "GET /things/a"}));
        for form in ["application/x-ndjson", "application/jsonl"] {
            let told = ask(&gate, &format!("Accept: {form}, application/json;q=0.5\r\n"));
            assert_eq!((told.status, told.field("content-type")), (200, Some(form)));
            let text = told.text();
            let lines: Vec<Value> =
                text.split_terminator('\n').map(|line| serde_json::from_str(line).unwrap()).collect();
            let names: Vec<&str> = lines.iter().map(|line| line["event"].as_str().unwrap()).collect();
            assert!(names[..names.len() - 1].iter().all(|name| *name == "part"), "{names:?}");
            assert_eq!((lines.len(), names.last()), (all.len(), Some(&"done")));
        }
        gate.end_with();
    }
}

#[test]
fn what_fails_before_the_first_part_is_answered_as_ever_and_later_at_the_end() {
    let (up, let_go) = held(500);
    let steps = json!([step("held"), step("quick")]);
    let outputs = |name: &str| json!({"fixed": "$inputs.id", "v": format!("$steps.{name}.outputs.v")});
    for _ in 0..3 {
        let_go.send(()).unwrap();
    }
    let gate = Gate::start(&flow(&up, &steps, &outputs("held"), ""));
    let refused = ask(&gate, "Accept: text/event-stream\r\n");
    assert_eq!((refused.status, refused.field("content-type")), (502, Some("application/problem+json")));
    let usual = ask(&gate, "").json();
    gate.end_with();

    let steps = json!([step("quick"), get("late", "held", &json!({"v": "$response.body#/v"}))]);
    let mut steps = steps;
    steps[1]["dependsOn"] = json!(["quick"]);
    let gate = Gate::start(&flow(&up, &steps, &outputs("quick"), ""));
    let told = ask(&gate, "Accept: text/event-stream\r\n");
    let all = events(&told);
    let names: Vec<&str> = all.iter().map(|(name, ..)| &**name).collect();
    assert_eq!((told.status, &names[..]), (200, &["part", "part", "done"][..]));
    let done = &all[2].2;
    assert_eq!((&done["status"], &done["completed"]), (&json!(502), &json!(false)));
    assert_eq!(done["problem"]["steps"][0]["id"], "late");
    assert_eq!(done["problem"]["request_id"], told.field("x-request-id").unwrap());
    let members = |problem: &Value| problem.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(members(&done["problem"]), members(&usual));
    let records = gate.end_with();
    let outer = records.iter().find(|record| record.path.starts_with("/run/")).unwrap();
    assert_eq!((outer.status, outer.reason.as_deref()), (200, Some("flow_failed")));
}

#[test]
fn a_part_that_is_missing_is_told_as_soon_as_it_is() {
    let up =
        by_target(|line| if line.ends_with("/bad") { (503, json!({})) } else { (200, json!({"v": line})) });
    let mut optional = get("extra", "bad", &json!({"v": "$response.body#/v"}));
    optional["x-weir-optional"] = json!(true);
    let outputs = json!({"extra": "$steps.extra.outputs.v", "main": "$steps.main.outputs.v"});
    let mut main = step("main");
    main["dependsOn"] = json!(["extra"]);
    let gate = Gate::start(&flow(&up, &json!([optional, main]), &outputs, ""));
    let all = events(&ask(&gate, "Accept: text/event-stream\r\n"));
    let (name, _, missing) = &all[0];
    assert_eq!(name, "missing");
    assert_eq!(
        (&missing["id"], &missing["reason"], &missing["status"], &missing["paths"]),
        (&json!("extra"), &json!("status"), &json!(503), &json!(["/extra"]))
    );
    assert_eq!(all[1].2, json!({"path": "/extra", "data": null}));
    let done = &all[3].2;
    assert_eq!((&done["status"], &done["completed"]), (&json!(200), &json!(false)));
    assert_eq!(done["missing"][0]["id"], "extra");
    gate.end_with();
}

#[test]
fn a_client_that_leaves_ends_the_run() {
    let (up, let_go) = held(200);
    let outputs = json!({"quick": "$steps.quick.outputs.v", "slow": "$steps.held.outputs.v"});
    let gate = Gate::start(&flow(&up, &json!([step("held"), step("quick")]), &outputs, ""));
    let mut conn = gate.connect();
    conn.send("GET /run/7 HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n");
    conn.head();
    assert_eq!(event(&chunk(&mut conn)).2["path"], "/quick");
    conn.reset();
    let mut records = [gate.record(), gate.record(), gate.record()];
    records.sort_by(|a, b| a.path.cmp(&b.path));
    let seen: Vec<_> = records.iter().map(|record| (&*record.path, record.reason.as_deref())).collect();
    let left = Some("client_closed");
    assert_eq!(seen, [("/api/things/held", left), ("/api/things/quick", None), ("/run/7", left)]);
    drop(let_go);
    gate.end();
}

#[test]
fn who_comes_back_with_all_is_told_that_there_is_no_more() {
    let up = by_target(|line| (200, json!({"v": line})));
    let gate = Gate::start(&flow(&up, &json!([step("a")]), &json!({"a": "$steps.a.outputs.v"}), ""));
    let again = ask(&gate, "Accept: text/event-stream\r\nLast-Event-ID: done\r\n");
    assert_eq!(again.status, 204);
    let broken = ask(&gate, "Accept: text/event-stream\r\nLast-Event-ID: 1\r\n");
    assert_eq!(events(&broken).len(), 2, "what broke off is made again");
    let records = gate.end_with();
    assert_eq!(records.len(), 3, "two calls, and one step");
}
