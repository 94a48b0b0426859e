//! Conditional requests to flows, and what their answers say of their keeping.

use serde_json::{Value, json};

use crate::client::{Answer, Raw};
use crate::flows::{flow, get};
use crate::gate::Gate;
use crate::upstream::Upstream;

/// An upstream whose answers have these fields, each with its line end, by the end of the target.
fn with_fields(fields: impl Fn(&str) -> String + Send + Sync + 'static) -> Upstream {
    Upstream::start(move |_, conn: &mut Raw| {
        while let Some(head) = conn.try_request() {
            let line = head.split(" HTTP/").next().unwrap_or_default().to_owned();
            let body = json!({"v": line}).to_string();
            let (more, length) = (fields(&line), body.len());
            conn.try_send(format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{more}Content-Length: {length}\r\n\r\n{body}"
            ));
        }
    })
}

fn gate(up: &Upstream, methods: &str) -> Gate {
    let step = |id: &str| get(id, id, &json!({"v": "$response.body#/v"}));
    let outputs = json!({"a": "$steps.a.outputs.v", "b": "$steps.b.outputs.v", "id": "$inputs.id"});
    let yaml = flow(up, &json!([step("a"), step("b")]), &outputs, "");
    Gate::start(&yaml.replace(
        "spec: {service: flows, paths",
        &format!("spec: {{service: flows, methods: {methods}, paths"),
    ))
}

fn ask(gate: &Gate, method: &str, id: u32, fields: &str) -> Answer {
    let mut conn = gate.connect();
    conn.send(format!("{method} /run/{id} HTTP/1.1\r\nHost: a\r\n{fields}\r\n"));
    if method == "HEAD" { conn.answer_to_head() } else { conn.answer() }
}

#[test]
fn what_has_not_changed_is_not_sent_again() {
    let up = with_fields(|line| {
        let day = if line.ends_with("/a") { "06" } else { "07" };
        format!(
            "ETag: \"{day}\"\r\nLast-Modified: Mon, {day} Nov 2023 08:49:37 GMT\r\nCache-Control: max-age={day}0\r\n"
        )
    });
    let gate = gate(&up, "[GET]");
    let first = ask(&gate, "GET", 7, "");
    let tag = first.field("etag").unwrap().to_owned();
    assert!(tag.starts_with("w/\""), "{tag}: heads are in lower case here");
    assert_eq!(first.field("cache-control"), Some("max-age=60"));
    assert_eq!(first.field("vary"), Some("accept, user-agent"));
    let tag = tag.replacen("w/", "W/", 1);
    let again = ask(&gate, "GET", 7, &format!("If-None-Match: \"x\", {tag}\r\n"));
    assert_eq!((again.status, again.field("etag")), (304, first.field("etag")));
    assert_eq!((again.field("content-type"), again.field("cache-control")), (None, Some("max-age=60")));
    assert_eq!(again.field("vary"), first.field("vary"));
    assert_ne!(
        ask(&gate, "GET", 8, "").field("etag"),
        first.field("etag"),
        "other inputs are another answer"
    );
    let head = ask(&gate, "HEAD", 7, "");
    assert_eq!((head.status, head.field("etag")), (200, first.field("etag")));
    assert_eq!(head.field("content-length"), first.field("content-length"));
    assert!(head.field("content-length").is_some());
    // A refusal names the method, so that it is of another length.
    let mut conn = gate.connect();
    let refused = conn.send("HEAD /nowhere HTTP/1.1\r\nHost: a\r\n\r\n").answer_to_head();
    assert_eq!((refused.status, refused.field("content-length")), (404, None));
    assert_eq!(ask(&gate, "HEAD", 7, &format!("If-None-Match: {tag}\r\n")).status, 304);
    gate.end_with();
}

#[test]
fn the_same_inputs_in_any_order_have_the_same_tag() {
    let up = with_fields(|_| "ETag: \"1\"\r\n".to_owned());
    let gate = gate(&up, "[GET]");
    let mut conn = gate.connect();
    let mut tag = |query: &str| {
        conn.send(format!("GET /run/7?{query} HTTP/1.1\r\nHost: a\r\n\r\n"));
        conn.answer().field("etag").unwrap().to_owned()
    };
    let first = tag("a=1&b=2&c=3");
    assert!(first.starts_with("w/\""), "{first}");
    for _ in 0..20 {
        assert_eq!((tag("a=1&b=2&c=3"), tag("c=3&b=2&a=1")), (first.clone(), first.clone()));
    }
    assert_ne!(tag("a=1&b=2&c=4"), first);
    gate.end_with();
}

#[test]
fn without_validators_the_bytes_make_the_tag() {
    let up =
        with_fields(|line| if line.ends_with("/a") { "ETag: \"1\"\r\n".to_owned() } else { String::new() });
    let gate = gate(&up, "[GET]");
    let first = ask(&gate, "GET", 7, "");
    let tag = first.field("etag").unwrap().to_owned();
    assert!(tag.starts_with('"'), "{tag}");
    assert_eq!((first.field("cache-control"), first.field("last-modified")), (None, None));
    assert_eq!(ask(&gate, "GET", 7, &format!("If-None-Match: {tag}\r\n")).status, 304);
    assert_eq!(ask(&gate, "GET", 8, &format!("If-None-Match: {tag}\r\n")).status, 200);
    gate.end_with();
}

#[test]
fn what_is_asked_for_by_other_methods_has_no_tag() {
    let up = with_fields(|_| "ETag: \"1\"\r\nCache-Control: max-age=9\r\n".to_owned());
    let gate = gate(&up, "[POST]");
    let answer = ask(&gate, "POST", 7, "Content-Length: 0\r\nIf-None-Match: *\r\n");
    assert_eq!((answer.status, answer.field("etag"), answer.field("cache-control")), (200, None, None));
    assert_eq!(answer.json()["id"], Value::from("7"));
    gate.end_with();
}

#[test]
fn what_is_another_than_the_caller_knows_is_not_sent() {
    let up = with_fields(|_| String::new());
    let step = |id: &str| get(id, id, &json!({"v": "$response.body#/v"}));
    let more = r#""x-weir-response": {"headers": {"Last-Modified": "Mon, 06 Nov 2023 08:49:37 GMT"}, "body": "$steps.a.outputs.v"}, "#;
    let yaml = flow(&up, &json!([step("a")]), &json!({"a": "$steps.a.outputs.v"}), "");
    let gate = Gate::start(&yaml.replacen("\"steps\":", &format!("{more}\"steps\":"), 1));
    let first = ask(&gate, "GET", 7, "");
    let tag = first.field("etag").unwrap().to_owned();
    assert_eq!((first.status, first.field("last-modified")), (200, Some("mon, 06 nov 2023 08:49:37 gmt")));
    let (before, after) = ("Mon, 06 Nov 2023 08:49:36 GMT", "Mon, 06 Nov 2023 08:49:37 GMT");
    for (fields, status) in [
        (format!("If-Match: {tag}"), 200),
        (format!("If-Match: \"x\", {tag}"), 200),
        ("If-Match: *".to_owned(), 200),
        ("If-Match: \"x\"".to_owned(), 412),
        // It is compared strongly.
        (format!("If-Match: W/{tag}"), 412),
        (format!("If-Unmodified-Since: {before}"), 412),
        (format!("If-Unmodified-Since: {after}"), 200),
        ("If-Unmodified-Since: yesterday".to_owned(), 200),
        // The order of RFC 9110 §13.2.2.
        (format!("If-Match: {tag}\r\nIf-Unmodified-Since: {before}"), 200),
        (format!("If-Match: \"x\"\r\nIf-None-Match: {tag}"), 412),
        (format!("If-Match: {tag}\r\nIf-None-Match: {tag}"), 304),
        (format!("If-Unmodified-Since: {after}\r\nIf-Modified-Since: {after}"), 304),
    ] {
        for method in ["GET", "HEAD"] {
            let answer = ask(&gate, method, 7, &format!("{fields}\r\n"));
            assert_eq!(answer.status, status, "{method} {fields}");
            if (method, status) == ("GET", 412) {
                assert!(answer.field("proxy-status").unwrap().contains("precondition_failed"));
                assert!(answer.json()["detail"].as_str().unwrap().contains("If-"), "{}", answer.text());
            }
        }
    }
    gate.end_with();
}
