//! What `KrakenD` composes, as flows: parallel merge, values passed on, parts that fail, time limits, first of several,
//! groups, names and filters. Each gives the same bytes whichever answer comes first. The table is in docs/flows.md.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Barrier, Mutex};

use message::Reason;
use serde_json::{Value, json};

use crate::client::Answer;
use crate::flows::{answer, by_target, flow, get};
use crate::gate::Gate;
use crate::upstream::Upstream;

/// A flow of these steps that answers so.
fn gate(up: &Upstream, steps: &Value, response: &Value) -> Gate {
    let yaml = flow(up, steps, &json!({}), "");
    Gate::start(
        &yaml
            .replace("\"workflowId\":\"w\"", &format!("\"workflowId\":\"w\",\"x-weir-response\":{response}")),
    )
}

fn call(gate: &Gate) -> Answer {
    gate.connect().send("GET /run/7 HTTP/1.1\r\nHost: a\r\n\r\n").answer()
}

/// A step that gives a thing's whole body.
fn thing(id: &str) -> Value {
    get(id, id, &json!({"body": "$response.body"}))
}

fn with(mut step: Value, name: &str, value: Value) -> Value {
    step[name] = value;
    step
}

/// Answers `first` at once and `later` when that was answered.
fn in_order(first: &'static str, later: &'static str) -> Upstream {
    let (sent, was_sent): (SyncSender<()>, Receiver<()>) = sync_channel(1);
    let was_sent = Mutex::new(was_sent);
    Upstream::start(move |_, conn| {
        while let Some(head) = conn.try_request() {
            let line = head.split(" HTTP/").next().unwrap_or_default();
            if line.ends_with(later) {
                was_sent.lock().unwrap().recv().unwrap();
            }
            let name = line.rsplit('/').next().unwrap_or_default();
            answer(conn, 200, &json!({"id": name, "name": format!("thing {name}"), name: true}));
            if line.ends_with(first) {
                sent.send(()).unwrap();
            }
        }
    })
}

#[test]
fn parallel_merge_is_the_same_whichever_answer_comes_first() {
    let steps = json!([thing("a"), thing("b")]);
    let response = json!({"body": {
        "id": "$steps.a.outputs.body#/id", "name": "$steps.b.outputs.body#/name",
        "a": "$steps.a.outputs.body#/a", "b": "$steps.b.outputs.body#/b",
    }});
    for (first, later) in [("/a", "/b"), ("/b", "/a")] {
        let up = in_order(first, later);
        let gate = gate(&up, &steps, &response);
        let answered = call(&gate);
        assert_eq!(answered.text(), r#"{"id":"a","name":"thing b","a":true,"b":true}"#, "{first} came first");
        assert_eq!(answered.field("weir-completed"), None);
        gate.end_with();
    }
}

#[test]
fn values_are_passed_on_as_they_are() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let up = by_target(move |line| {
        log.lock().unwrap().push(line.to_owned());
        (
            200,
            json!({"id": 10_000_000_000_000_000_000_u64, "half": 1.50, "none": null, "tags": ["x", "y z"], "line": line}),
        )
    });
    let second = json!({
        "stepId": "second", "operationId": "get", "outputs": {"line": "$response.body#/line"},
        "parameters": [
            {"name": "id", "in": "path", "value": "$steps.a.outputs.body#/id"},
            {"name": "none", "in": "query", "value": "$steps.a.outputs.body#/none"},
            {"name": "tag", "in": "query", "value": "$steps.a.outputs.body#/tags"},
            {"name": "half", "in": "query", "value": "$steps.a.outputs.body#/half"},
        ],
    });
    // The whole of what came before is the body of what changes something.
    let made = json!({
        "stepId": "made", "operationId": "make", "dependsOn": ["second"], "outputs": {"line": "$response.body#/line"},
        "requestBody": {"contentType": "application/json", "payload": {"from": "$steps.a.outputs.body"}},
    });
    let response = json!({"body": {"second": "$steps.second.outputs.line", "made": "$steps.made.outputs.line", "id": "$steps.a.outputs.body#/id"}});
    let gate = gate(&up, &json!([thing("a"), second, made]), &response);
    let line = "GET /things/10000000000000000000?tag=x&tag=y%20z&half=1.5";
    let expect = format!(r#"{{"second":"{line}","made":"POST /things","id":10000000000000000000}}"#);
    assert_eq!(call(&gate).text(), expect);
    assert_eq!(*seen.lock().unwrap(), ["GET /things/a", line, "POST /things"]);
    gate.end_with();
}

#[test]
fn what_fails_in_a_chain_ends_it_unless_it_may_be_missing() {
    let up = by_target(
        |line| if line.ends_with("/bad") { (500, json!({})) } else { (200, json!({"next": "bad"})) },
    );
    let second = get("second", "$steps.a.outputs.body#/next", &json!({"body": "$response.body"}));
    let response =
        json!({"body": {"first": "$steps.a.outputs.body", "second": "$steps.second.outputs.body"}});
    let strict = gate(&up, &json!([thing("a"), second]), &response);
    let answered = call(&strict);
    assert_eq!((answered.status, answered.json()["reason"].as_str()), (502, Some(Reason::FlowFailed.code())));
    assert_eq!(answered.json()["steps"][0]["id"], "second");
    strict.end_with();
    let partial = gate(&up, &json!([thing("a"), with(second, "x-weir-optional", json!(true))]), &response);
    let answered = call(&partial);
    assert_eq!((answered.status, answered.text()), (200, r#"{"first":{"next":"bad"},"second":null}"#));
    assert_eq!(answered.field("weir-completed"), Some("?0;missing=\"second (status)\""));
    partial.end_with();
}

#[test]
fn parts_that_fail_are_told_and_stand_for_themselves() {
    let optional =
        |id: &str| with(thing(id), "x-weir-optional", json!({"default": {"body": {"instead": id}}}));
    let is_missing = |id: &str| format!("has(steps.{id}.outputs.body.instead)");
    let all = format!("{} && {}", is_missing("a"), is_missing("b"));
    let any = format!("{} || {}", is_missing("a"), is_missing("b"));
    let response = json!({
        "status": {"cel": format!("{all} ? 502 : 200")},
        "headers": {"X-Krakend-Completed": {"cel": format!("{any} ? 'false' : 'true'")}},
        "body": {"a": "$steps.a.outputs.body", "b": "$steps.b.outputs.body"},
    });
    for (bad, status, completed, missing, body) in [
        ("none", 200, "true", None, r#"{"a":{"ok":1},"b":{"ok":1}}"#),
        ("b", 200, "false", Some("?0;missing=\"b (status)\""), r#"{"a":{"ok":1},"b":{"instead":"b"}}"#),
        (
            "ab",
            502,
            "false",
            Some("?0;missing=\"a (status), b (status)\""),
            r#"{"a":{"instead":"a"},"b":{"instead":"b"}}"#,
        ),
    ] {
        let up = by_target(move |line| {
            let name = line.rsplit('/').next().unwrap_or_default();
            if bad.contains(name) { (503, json!({})) } else { (200, json!({"ok": 1})) }
        });
        let gate = gate(&up, &json!([optional("a"), optional("b")]), &response);
        let answered = call(&gate);
        assert_eq!((answered.status, answered.text()), (status, body), "without {bad}");
        assert_eq!(answered.field("x-krakend-completed"), Some(completed));
        let told = answered.field("weir-completed");
        match (bad, told) {
            // Which of two that fail at once is told first is open.
            ("ab", Some(told)) => {
                assert!(told.contains("a (status)") && told.contains("b (status)"), "{told}");
            }
            (_, told) => assert_eq!(told, missing),
        }
        gate.end_with();
    }
}

#[test]
fn a_part_that_is_late_is_missing() {
    let up = Upstream::start(|_, conn| {
        while let Some(head) = conn.try_request() {
            if head.starts_with("GET /things/late ") {
                conn.rest();
                return;
            }
            answer(conn, 200, &json!({"ok": 1}));
        }
    });
    let late = with(with(thing("late"), "x-weir-optional", json!(true)), "x-weir-timeout", json!("100ms"));
    let response = json!({"body": {"a": "$steps.a.outputs.body", "late": "$steps.late.outputs.body"}});
    let partial = gate(&up, &json!([thing("a"), late]), &response);
    let answered = call(&partial);
    assert_eq!((answered.status, answered.text()), (200, r#"{"a":{"ok":1},"late":null}"#));
    assert_eq!(answered.field("weir-completed"), Some("?0;missing=\"late (timeout)\""));
    partial.end_with();
    let needed = with(thing("late"), "x-weir-timeout", json!("100ms"));
    let strict = gate(&up, &json!([thing("a"), needed]), &response);
    let answered = call(&strict);
    assert_eq!((answered.status, answered.json()["reason"].as_str()), (504, Some("flow_timeout")));
    strict.end_with();
}

#[test]
fn of_several_calls_the_first_good_answer_counts() {
    let both = Arc::new(Barrier::new(2));
    let turn = Arc::new(Mutex::new(0));
    let up = Upstream::start(move |_, conn| {
        while conn.try_request().is_some() {
            // Both are under way; one fails, and one of them answers.
            both.wait();
            let mut turn = turn.lock().unwrap();
            *turn += 1;
            let (status, body) = if *turn == 1 { (500, json!({})) } else { (200, json!({"n": 1})) };
            answer(conn, status, &body);
        }
    });
    let way = json!({"operationId": "get", "parameters": [{"name": "id", "in": "path", "value": "a"}]});
    let step = json!({"stepId": "a", "x-weir-race": [way, way], "outputs": {"body": "$response.body"}});
    let gate = gate(&up, &json!([step]), &json!({"body": "$steps.a.outputs.body"}));
    let answered = call(&gate);
    assert_eq!((answered.status, answered.text()), (200, r#"{"n":1}"#));
    gate.end_with();
}

#[test]
fn answers_are_taken_apart_named_and_grouped() {
    let up = by_target(|line| match line {
        "GET /things/user" => {
            (200, json!({"data": {"id": 7, "login": "ada", "secret": "s", "blog": {"url": "u", "old": 1}}}))
        }
        _ => (200, json!([{"id": 1, "title": "x", "body": "long"}, {"id": 2, "title": "y", "body": "long"}])),
    });
    let user = get("user", "user", &json!({"data": "$response.body#/data"}));
    let posts = get(
        "posts",
        "posts",
        &json!({"all": "$response.body", "titles": {"context": "$response.body", "selector": "$[*].title", "type": "jsonpath"}}),
    );
    let response = json!({"body": {
        // target `data`, allow `id` and `blog.url`, mapping `login` to `name`, group `user`
        "user": {"id": "$steps.user.outputs.data#/id", "name": "$steps.user.outputs.data#/login", "blog": {"url": "$steps.user.outputs.data#/blog/url"}},
        // flatmap
        "titles": "$steps.posts.outputs.titles",
        // deny `body` in each, mapping `title` to `name`
        "posts": {"cel": "steps.posts.outputs.all.map(post, {'id': post.id, 'name': post.title})"},
        // is_collection
        "collection": "$steps.posts.outputs.all#/0/id",
    }});
    let gate = gate(&up, &json!([user, posts]), &response);
    let expect = concat!(
        r#"{"user":{"id":7,"name":"ada","blog":{"url":"u"}},"titles":["x","y"],"#,
        r#""posts":[{"id":1,"name":"x"},{"id":2,"name":"y"}],"collection":1}"#
    );
    assert_eq!(call(&gate).text(), expect);
    gate.end_with();
}

#[test]
fn a_workflow_within_begins_before_all_that_it_is_given_is_known() {
    // `friend` is answered when `own-user` was, which the workflow within asks for.
    let up = in_order("/own-user", "/friend");
    let inner = json!({
        "workflowId": "inner",
        "steps": [
            get("own", "own-{$inputs.user}", &json!({"name": "$response.body#/name"})),
            get("theirs", "theirs-{$inputs.friend}", &json!({"name": "$response.body#/name"})),
        ],
        "outputs": {"own": "$steps.own.outputs.name", "theirs": "$steps.theirs.outputs.name"},
    });
    let parameters = json!([{"name": "user", "value": "$steps.user.outputs.body#/id"}, {"name": "friend", "value": "$steps.friend.outputs.body#/id"}]);
    let runs = json!({"stepId": "lists", "workflowId": "inner", "parameters": parameters, "outputs": {"own": "$outputs.own", "theirs": "$outputs.theirs"}});
    let yaml = flow(
        &up,
        &json!([thing("user"), thing("friend"), runs]),
        &json!({"own": "$steps.lists.outputs.own", "theirs": "$steps.lists.outputs.theirs"}),
        "",
    );
    let gate = Gate::start(&yaml.replace("\"workflows\":[", &format!("\"workflows\":[{inner},")));
    let answered = call(&gate);
    let expect = r#"{"own":"thing own-user","theirs":"thing theirs-friend"}"#;
    assert_eq!((answered.status, answered.text()), (200, expect));
    gate.end_with();
}
