//! Many requests in one.

use std::net::SocketAddr;
use std::sync::{Arc, Barrier, Mutex};

use message::Reason;
use serde_json::{Value, json};
use trace::StepEnd;

use crate::client::{Answer, Raw, field_lines};
use crate::gate::{Gate, caller, check_problem, upstream};
use crate::upstream::Upstream;

/// A service `api` at `/api` that takes batches, with policies, and one at `/other`.
fn documents(targets: &[SocketAddr], batch: &str, policies: &str) -> String {
    upstream(targets, "")
        + &format!(
            "---
kind: Service
name: api
spec:
  backend: {{upstream: {{name: up}}}}
  access: {{mode: application}}
  batch: {batch}
  policies: [{policies}]
---
kind: Route
name: api
spec: {{service: api, paths: [\"/api/*\"], strip_prefix: /api}}
---
kind: Service
name: other
spec: {{backend: {{upstream: {{name: up}}}}, access: {{mode: public}}}}
---
kind: Route
name: other
spec: {{service: other, paths: [\"/api/other/*\"]}}
"
        )
        + &caller("the-key", "")
}

/// Answers each request with what `say` makes of its first line and of the whole.
fn saying(say: impl Fn(&str, &str) -> String + Send + Sync + 'static) -> Upstream {
    Upstream::start(move |_, conn: &mut Raw| {
        while let Some(mut request) = conn.try_head() {
            let lower = request.to_lowercase();
            let length =
                field_lines(&lower, "content-length").next().map_or(0, |length| length.parse().unwrap());
            request.push_str(&conn.text(length));
            let line = request.lines().next().unwrap_or_default().to_owned();
            conn.send(say(&line, &request));
        }
    })
}

fn told(status: u16, body: &Value) -> String {
    let body = body.to_string();
    format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nETag: \"v1\"\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Says what it was asked.
fn echo() -> Upstream {
    saying(|line, whole| {
        let status = if line.contains("/fail") { 409 } else { 200 };
        told(status, &json!({"line": line, "whole": whole, "id": "a/b?c", "n": 2.50}))
    })
}

fn post(kind: &str, fields: &str, body: &str) -> String {
    format!(
        "POST /api/batch HTTP/1.1\r\nHost: a\r\nX-Api-Key: the-key\r\nContent-Type: {kind}\r\n{fields}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn ask(gate: &Gate, batch: &Value) -> Answer {
    gate.connect().send(post("application/json", "", &batch.to_string())).answer()
}

/// The answers to the items, and the statuses that are on record, the batch's own last.
fn answers(gate: &Gate, batch: &Value, records: usize) -> (Vec<Value>, Vec<u16>) {
    let answer = ask(gate, batch);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let mut answer = answer.json();
    let Value::Array(responses) = answer["responses"].take() else { panic!("{answer}") };
    let records = (0..records).map(|_| gate.record().status).collect();
    (responses, records)
}

fn statuses(responses: &[Value]) -> Vec<u64> {
    responses.iter().map(|response| response["status"].as_u64().unwrap()).collect()
}

#[test]
fn items_are_calls_of_the_callers_with_values_of_each_others_answers() {
    let up = echo();
    let gate = Gate::start(&documents(&[up.addr], "{}", "{headers: {request: {add: {x-policy: p}}}}"));
    let batch = json!({"requests": [
        {"id": "new", "method": "POST", "path": "/items", "body": {"name": "x"}, "headers": {"X-Api-Key": "the-key"}},
        {"method": "PUT", "path": "/items/{$ref:new.body#/id}?of={$ref:0.body#/id}",
         "headers": {"If-Match": {"$ref": "new.headers.etag"}, "X-Tenant": "two"},
         "body": {"n": {"$ref": "0.body#/n"}, "status": {"$ref": "0.status"}}},
        {"method": "HEAD", "path": "/items"},
    ]});
    let fields = "X-Tenant: one\r\nIf-None-Match: \"x\"\r\nAccept: */*\r\nDigest: d=of\r\nSignature-Input: s=of\r\nSignature-Version: v=own\r\nDigest-Id: d=own\r\nPreferred-Currency: EUR\r\nWant-Digest: w=of\r\n";
    let answer = gate.connect().send(post("application/json", fields, &batch.to_string())).answer();
    let responses = answer.json()["responses"].clone();
    assert_eq!(responses[0]["id"], "new");
    assert_eq!(responses[0]["headers"]["etag"], "\"v1\"");
    let first = responses[0]["body"]["whole"].as_str().unwrap().to_lowercase();
    assert!(first.contains("x-tenant: one") && first.ends_with("\r\n\r\n{\"name\":\"x\"}"), "{first}");
    // the policy adds its field once, what is the batch's alone stays away, and nobody is shown the key
    assert_eq!(first.matches("x-policy: p").count(), 1, "{first}");
    assert!(!first.contains("if-none-match") && !first.contains("the-key"), "{first}");
    assert!(["d=of", "s=of", "w=of"].into_iter().all(|of| !first.contains(of)), "{first}");
    // a service's own fields whose names only begin so are theirs
    for own in ["signature-version: v=own", "digest-id: d=own", "preferred-currency: eur"] {
        assert!(first.contains(own), "{own}: {first}");
    }
    assert!(first.contains(&format!("x-forwarded-port: {}\r\n", gate.addr.port())), "{first}");
    let second = responses[1]["body"]["whole"].as_str().unwrap();
    assert!(second.starts_with("PUT /items/a%2Fb%3Fc?of=a%2Fb%3Fc HTTP/1.1\r\n"), "{second}");
    assert!(second.to_lowercase().contains("if-match: \"v1\"\r\n") && second.contains("two"), "{second}");
    assert!(second.ends_with("{\"n\":2.5,\"status\":200}"), "{second}");
    assert_eq!((responses[2]["status"].as_u64(), responses[2].get("body")), (Some(200), None));
    let records: Vec<_> = (0..4).map(|_| gate.record()).collect();
    let whole = &records[3];
    assert_eq!((&*whole.path, whole.attempts.len()), ("/api/batch", 0));
    assert_eq!(whole.bytes_in, batch.to_string().len() as u64);
    let steps = &whole.flow.as_ref().unwrap().steps;
    let told: Vec<(&str, u16, &[u32])> =
        steps.iter().map(|step| (&*step.name, step.status, &step.after[..])).collect();
    let expect: [(&str, u16, &[u32]); 3] = [
        ("new POST /items", 200, &[]),
        ("1 PUT /items/{new.body#/id}", 200, &[0]),
        ("2 HEAD /items", 200, &[1]),
    ];
    assert_eq!(told, expect);
    for (step, record) in steps.iter().zip(&records) {
        assert_eq!(step.call, Some(record.id), "{}", step.name);
        assert!(step.ended_us() <= whole.duration_us, "{}", step.name);
    }
    for record in &records[..3] {
        assert_eq!(&*record.caller.as_ref().unwrap().application, "shop");
        assert_eq!((record.trace_id, record.parent_span_id), (whole.trace_id, Some(whole.span_id)));
    }
    gate.end();
}

#[test]
fn safe_items_run_at_once_and_unsafe_ones_in_their_order() {
    let (together, seen) = (Barrier::new(2), Arc::new(Mutex::new(Vec::new())));
    let noted = Arc::clone(&seen);
    let up = saying(move |line, _| {
        noted.lock().unwrap().push(line.split(' ').nth(1).unwrap_or_default().to_owned());
        if line.starts_with("GET /at-once") {
            together.wait();
        }
        told(200, &json!({}))
    });
    let gate = Gate::start(&documents(&[up.addr], "{}", ""));
    let batch = json!({"requests": [
        {"method": "GET", "path": "/at-once/1"}, {"method": "GET", "path": "/at-once/2"},
        {"method": "POST", "path": "/1", "depends_on": [0, 1]}, {"method": "DELETE", "path": "/2"}, {"method": "GET", "path": "/3"},
        {"method": "POST", "path": "/4", "depends_on": [4]},
    ]});
    let (responses, _) = answers(&gate, &batch, 7);
    assert_eq!(statuses(&responses), [200; 6]);
    assert_eq!(seen.lock().unwrap()[2..], ["/1", "/2", "/3", "/4"]);
    gate.end();
}

#[test]
fn what_needs_a_failed_item_is_not_made() {
    let up = echo();
    let gate = Gate::start(&documents(&[up.addr], "{}", ""));
    let requests = json!([
        {"id": "f", "method": "POST", "path": "/fail"},
        {"method": "GET", "path": "/{$ref:f.body#/id}"},
        {"method": "GET", "path": "/", "depends_on": [1]},
        {"method": "POST", "path": "/", "body": {"$ref": "4.body#/nothing"}},
        {"method": "GET", "path": "/"},
    ]);
    let (responses, records) = answers(&gate, &json!({ "requests": requests }), 3);
    assert_eq!(statuses(&responses), [409, 424, 424, 424, 200]);
    assert_eq!(records, [409, 200, 200]);
    let problem = &responses[1]["body"];
    assert_eq!(problem["reason"], Reason::DependencyFailed.code());
    assert_eq!(problem["detail"], "not made: request `f` failed");
    assert_eq!(responses[1]["headers"]["content-type"], "application/problem+json");
    assert_eq!(
        responses[3]["body"]["detail"],
        "not made: `4.body#/nothing` has no value: the answer lacks it"
    );
    ask(&gate, &json!({"on_error": "stop", "requests": requests})).json()["responses"]
        .as_array()
        .map(|responses| assert_eq!(statuses(responses), [409, 424, 424, 424, 424]))
        .unwrap();
    let (_, whole) = (gate.record(), gate.record());
    let steps = &whole.flow.as_ref().unwrap().steps;
    let ends: Vec<(u16, StepEnd)> = steps.iter().map(|step| (step.status, step.end)).collect();
    let skipped = (424, StepEnd::Skipped);
    assert_eq!(ends, [(409, StepEnd::Failed), skipped, skipped, skipped, skipped]);
    gate.end();
}

#[test]
fn a_batch_with_mistakes_makes_no_call() {
    let up = echo();
    let gate = Gate::start(&documents(&[up.addr], "{max_items: 2, max_body: 1KiB}", ""));
    let batch = json!({"requests": [{"method": "GET", "path": "/{$ref:7.body}"}, {"method": "POST", "path": "/batch"}]});
    let answer = ask(&gate, &batch);
    let record = gate.record();
    check_problem(&answer, &record, Reason::InvalidBatch);
    let pointers = |answer: &Answer| -> Vec<String> {
        let errors = answer.json()["errors"].clone();
        errors.as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(pointers(&answer), ["#/requests/0/path", "#/requests/1/path"]);
    let get = json!({"method": "GET", "path": "/"});
    let answer = ask(&gate, &json!({"requests": [get, get, get]}));
    assert_eq!((answer.status, pointers(&answer)), (400, vec!["#/requests".to_owned()]));
    gate.record();
    let (answer, _) = gate.call(post("text/plain", "", "{}"));
    assert_eq!(answer.status, 415);
    gate.refuses(post("application/json", "", &" ".repeat(1025)), Reason::BodyTooLarge);
    // a length that is never told is never read to its end
    let mut endless = gate.connect();
    endless.send("POST /api/batch HTTP/1.1\r\nHost: a\r\nX-Api-Key: the-key\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
    endless.send(format!("800\r\n{}\r\n", " ".repeat(0x800)));
    assert_eq!(endless.answer().status, 413);
    drop(endless);
    gate.record();
    assert_eq!(up.connections(), 0);
    // other methods, and services without the switch, are asked themselves
    let (answer, _) = gate.call("GET /api/batch HTTP/1.1\r\nHost: a\r\nX-Api-Key: the-key\r\n\r\n");
    assert_eq!(answer.json()["line"], "GET /batch HTTP/1.1");
    let (answer, _) = gate.call("POST /api/other/batch HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(answer.json()["line"], "POST /api/other/batch HTTP/1.1");
    gate.end();
}

#[test]
fn items_stay_within_the_service_and_a_batch_is_no_item() {
    let up = echo();
    let gate = Gate::start(&documents(&[up.addr], "{}", ""));
    let batch = json!({"requests": [
        {"method": "GET", "path": "/x"},
        {"method": "GET", "path": "/other/x"},
        {"method": "GET", "path": "/{$ref:0.body#/n}/%2e%2e/other/x"},
        {"method": "GET", "path": "/../../admin"},
        {"method": "POST", "path": "/%62atch", "body": {"requests": []}},
    ]});
    let (responses, records) = answers(&gate, &batch, 4);
    assert_eq!(statuses(&responses), [200, 404, 404, 400, 400]);
    assert_eq!(responses[1]["body"]["detail"], "`/api/other/x` is not a path of this service");
    assert_eq!(responses[3]["body"]["reason"], Reason::InvalidPath.code());
    assert_eq!(responses[4]["body"]["reason"], Reason::InvalidBatch.code());
    assert_eq!(records.len(), 4);
    gate.end();
}

#[test]
fn limits_hold_for_each_item() {
    let up = echo();
    let limits = "{rate_limit: {requests: 3, window: 1h, burst: 3}}, {concurrency: {max: 1}}";
    let gate = Gate::by_hand(&documents(&[up.addr], "{concurrency: 1}", limits));
    let get = json!({"method": "GET", "path": "/"});
    let (responses, records) = answers(&gate, &json!({"requests": [get, get, get]}), 4);
    // the batch is a call itself
    assert_eq!(statuses(&responses), [200, 200, 429]);
    assert_eq!(records, [200, 200, 429, 200]);
    assert_eq!(responses[2]["body"]["reason"], Reason::RateLimited.code());
    assert!(responses[2]["headers"]["retry-after"].is_string());
    gate.end();
}

#[test]
fn answers_are_held_as_far_as_there_is_room() {
    let up = saying(|line, _| {
        told(200, &json!(if line.contains("short") { "x".to_owned() } else { "x".repeat(600) }))
    });
    let gate = Gate::start(&documents(&[up.addr], "{max_answer: 1KiB, concurrency: 1}", ""));
    let of = |path: &str| json!({"method": "GET", "path": path});
    let (responses, _) = answers(&gate, &json!({"requests": [of("/"), of("/"), of("/short")]}), 4);
    assert_eq!(statuses(&responses), [200, 502, 200]);
    assert_eq!(responses[1]["body"]["reason"], Reason::AnswerTooLarge.code());
    gate.end();
}

#[test]
fn an_item_whose_upstream_fails_is_told_by_itself() {
    let up = Upstream::once("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab");
    let gate = Gate::start(&documents(&[up.addr], "{}", ""));
    let (responses, _) = answers(&gate, &json!({"requests": [{"method": "GET", "path": "/"}]}), 2);
    assert_eq!(statuses(&responses), [502]);
    assert_eq!(responses[0]["body"]["reason"], Reason::UpstreamIncomplete.code());
    gate.end();
}

#[test]
fn a_client_that_leaves_leaves_nothing_under_way() {
    let (arrived, arrivals) = std::sync::mpsc::channel();
    let arrived = Mutex::new(arrived);
    let up = Upstream::start(move |_, conn| {
        conn.try_request();
        arrived.lock().unwrap().send(()).unwrap();
        conn.rest();
    });
    let gate = Gate::start(&documents(&[up.addr], "{}", ""));
    let mut client = gate.connect();
    let get = json!({"method": "GET", "path": "/"});
    client.send(post("application/json", "", &json!({"requests": [get, get]}).to_string()));
    arrivals.recv().unwrap();
    arrivals.recv().unwrap();
    client.reset();
    for _ in 0..3 {
        assert_eq!(gate.record().reason.as_deref(), Some(Reason::ClientClosed.code()));
    }
    gate.end();
}

#[test]
fn parts_are_answered_in_parts() {
    let up = echo();
    let gate = Gate::start(&documents(&[up.addr], "{}", ""));
    let coded = post("application/json", "Content-Encoding: gzip\r\n", "{}");
    assert_eq!(gate.call(coded).0.status, 415);
    let body = "--b\r\nContent-Type: application/http\r\nContent-ID: <one>\r\n\r\nPOST /items HTTP/1.1\r\n\
                Content-Type: application/xml\r\n\r\n<a/>\r\n\
                --b\r\nContent-Type: application/http\r\n\r\nGET /items/{$ref:one.body#/id}\r\n\r\n--b--\r\n";
    let answer = gate.connect().send(post("multipart/mixed; boundary=b", "", body)).answer();
    let kind = answer.field("content-type").unwrap();
    let boundary = kind.strip_prefix("multipart/mixed; boundary=").unwrap();
    let text = answer.text();
    let parts: Vec<&str> = text.split(&format!("--{boundary}")).collect();
    assert_eq!((parts.len(), parts[0], parts[3]), (4, "", "--\r\n"));
    assert!(parts[1].contains("content-id: <one>\r\n\r\nHTTP/1.1 200 OK\r\n"), "{}", parts[1]);
    assert!(parts[1].contains("POST /items") && parts[1].contains("<a/>"), "{}", parts[1]);
    assert!(parts[2].contains("GET /items/a%2Fb%3Fc HTTP/1.1"), "{}", parts[2]);
    (0..3).for_each(|_| drop(gate.record()));
    gate.end();
}
