//! Webhooks that come in: signed, and taken in once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use base::Micros;
use message::Reason;
use serde_json::{Value, json};
use webhook::{Key, sign};

use crate::client::Answer;
use crate::flows::{by_target, flow};
use crate::gate::Gate;
use crate::upstream::Upstream;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// The values of GitHub's documentation.
const GITHUB: &str =
    "X-Hub-Signature-256: sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17\r\n";
/// When manual clocks begin.
const NOW: Micros = Micros(1_767_225_600_000_000);

/// A flow that is started at `/hooks/{id}`, makes something and tells an event.
fn documents(up: &Upstream, verify: &str) -> String {
    let steps = json!([
        {"stepId": "make", "operationId": "make"},
        {"stepId": "tell", "x-weir-event": {"type": "hook.taken", "data": {"id": "$inputs.id"}}},
    ]);
    let hook = format!(
        "---\nkind: Route\nname: hook\nspec: {{service: flows, paths: [\"/hooks/{{id}}\"], flow: {{name: f}}, verify: {{{verify}}}}}\n"
    );
    let jobs = "---\nkind: Route\nname: jobs\nspec: {service: flows, paths: [\"/jobs/*\"]}\n";
    let documents = flow(up, &steps, &json!({"id": "$inputs.id"}), "");
    documents.replace("access: {mode: public}}", "access: {mode: public}, jobs: {}}") + &hook + jobs
}

fn post(path: &str, fields: &str, body: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n{fields}\r\n{body}", body.len())
}

/// Sends a webhook whose records nobody looks at.
fn send(gate: &Gate, path: &str, fields: &str, body: &str) -> Answer {
    gate.connect().send(post(path, fields, body)).answer()
}

/// The fields of Standard Webhooks.
fn signed(id: &str, at: Micros, body: &str) -> String {
    let (timestamp, signature) = sign(&[Key::parse(SECRET).unwrap()], id, at, body.as_bytes());
    format!(
        "webhook-id: {id}\r\nwebhook-timestamp: {timestamp}\r\nwebhook-signature: {signature}\r\nContent-Type: application/json\r\n"
    )
}

fn told(gate: &Gate) -> Vec<String> {
    gate.events.taken().into_iter().map(|event| event.data).collect()
}

#[test]
fn only_what_is_signed_starts_a_flow() {
    let up = by_target(|_| (200, json!({})));
    let verify = "scheme: github, secret: {value: \"It's a Secret to Everybody\"}";
    let gate = Gate::by_hand(&documents(&up, verify));
    let plain = "Content-Type: text/plain\r\n";
    let fields = format!("{GITHUB}{plain}");
    let (taken, record) = gate.call(post("/hooks/7", &fields, "Hello, World!"));
    assert_eq!((taken.status, taken.json()), (200, json!({"id": "7"})), "{}", taken.text());
    // the step's call has a record too, which may come first
    let records = [record, gate.record()];
    assert!(records.iter().flat_map(|record| &record.stages).any(|stage| &*stage.name == "verify"));
    for (fields, body, why) in [
        (plain, "Hello, World!", "`X-Hub-Signature-256` must be there, once"),
        (&*fields, "Hello, World?", "no signature is by a key that is known"),
        ("X-Hub-Signature-256: sha256=zz\r\n", "Hello, World!", "is not as the sender writes it"),
    ] {
        let (refused, _) = gate.refuses(post("/hooks/7", fields, body), Reason::WebhookUnverified);
        let detail = refused.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(why) && !detail.contains("Secret") && !detail.contains("757107"), "{detail}");
    }
    assert_eq!(told(&gate), [r#"{"id":"7"}"#]);
    gate.end();
}

#[test]
fn a_webhook_is_taken_in_once_unless_it_fails() {
    let status = Arc::new(AtomicU16::new(503));
    let answers = Arc::clone(&status);
    let up = by_target(move |_| (answers.load(Ordering::SeqCst), json!({})));
    let gate = Gate::by_hand(&documents(&up, &format!("scheme: standard, secret: {{value: {SECRET}}}")));
    let first = send(&gate, "/hooks/7", &signed("msg_1", NOW, "{}"), "{}");
    assert_eq!(first.status, 502, "{}", first.text());
    status.store(200, Ordering::SeqCst);
    // its sender tries again, with the time of then
    let later = Micros(NOW.0 + 5_000_000);
    let second = send(&gate, "/hooks/7", &signed("msg_1", later, "{}"), "{}");
    assert_eq!((second.status, second.json()), (200, json!({"id": "7"})));
    let third = send(&gate, "/hooks/7", &signed("msg_1", NOW, "{}"), "{}");
    assert_eq!((third.status, third.json()), (200, json!({"id": "msg_1", "state": "known"})));
    let other = send(&gate, "/hooks/8", &signed("msg_2", NOW, "{}"), "{}");
    assert_eq!(other.json(), json!({"id": "8"}));
    assert_eq!(told(&gate), [r#"{"id":"7"}"#, r#"{"id":"8"}"#]);
    let old = Micros(NOW.0 - 301_000_000);
    let refused = send(&gate, "/hooks/7", &signed("msg_3", old, "{}"), "{}");
    assert_eq!((refused.status, refused.json()["reason"].clone()), (403, json!("webhook_unverified")));
    assert!(refused.json()["detail"].as_str().unwrap().contains("`webhook-timestamp` is too old"));
    gate.end_with();
}

#[test]
fn one_that_is_answered_at_once_is_one_job_however_often_it_comes() {
    let up = by_target(|_| (200, json!({})));
    let verify = format!("scheme: standard, secret: {{value: {SECRET}}}, respond: async");
    let gate = Gate::by_hand(&documents(&up, &verify));
    let first = send(&gate, "/hooks/7", &signed("msg_1", NOW, "{}"), "{}");
    assert_eq!(first.status, 202, "{}", first.text());
    let place = first.field("location").unwrap().to_owned();
    assert_eq!(first.field("preference-applied"), None);
    let follow = format!("GET {place} HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n");
    let followed = gate.connect().send(follow).answer();
    let done = followed.text();
    assert!(done.contains("\"state\":\"succeeded\""), "{done}");
    // what it says beside counts for nothing: it is the same one
    let again = send(&gate, "/hooks/7?n=1", &signed("msg_1", Micros(NOW.0 + 1_000_000), "{}"), "{}");
    assert_eq!((again.status, again.field("location")), (200, Some(place.as_str())));
    let job: Value = again.json();
    assert_eq!((&job["state"], &job["result"]["status"]), (&json!("succeeded"), &json!(200)));
    let other = send(&gate, "/hooks/7", &signed("msg_2", NOW, "{}"), "{}");
    assert_eq!(other.status, 202);
    assert_ne!(other.field("location"), Some(place.as_str()));
    assert_eq!(send(&gate, "/hooks/7", "", "{}").status, 403);
    gate.end_with();
}

#[test]
fn a_job_that_no_route_leads_to_names_no_address() {
    let up = by_target(|_| (200, json!({})));
    let verify = format!("scheme: standard, secret: {{value: {SECRET}}}, respond: async");
    let documents = documents(&up, &verify).replace("paths: [\"/jobs/*\"]", "paths: [\"/other/*\"]");
    let gate = Gate::by_hand(&documents);
    let taken = send(&gate, "/hooks/7", &signed("msg_1", NOW, "{}"), "{}");
    assert_eq!((taken.status, taken.field("location")), (202, None), "{}", taken.text());
    assert_eq!((taken.json().get("href"), &taken.json()["flow"]), (None, &json!("f")));
    gate.end_with();
}

#[test]
fn one_that_is_made_later_where_no_flow_runs_is_made() {
    let up = by_target(|line| (201, json!({"line": line})));
    let hook = format!(
        "---\nkind: Route\nname: raw\nspec: {{service: flows, paths: [\"/raw/*\"], verify: {{scheme: standard, secret: {{value: {SECRET}}}}}}}\n"
    );
    let gate = Gate::by_hand(&(documents(&up, "scheme: slack, secret: {value: hush}") + &hook));
    let fields = signed("msg_1", NOW, "{}") + "Prefer: respond-async\r\n";
    let taken = send(&gate, "/raw/7", &fields, "{}");
    assert_eq!(taken.status, 202, "{}", taken.text());
    let place = taken.field("location").unwrap();
    let follow = format!("GET {place} HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n\r\n");
    let followed = gate.connect().send(follow).answer();
    assert!(followed.text().contains("POST /raw/7"), "{}", followed.text());
    let again = send(&gate, "/raw/7", &fields, "{}");
    assert_eq!((again.status, again.json()), (200, json!({"id": "msg_1", "state": "known"})));
    gate.end_with();
}

#[test]
fn slack_is_told_that_somebody_listens() {
    let up = by_target(|_| (200, json!({})));
    let gate = Gate::by_hand(&documents(&up, "scheme: slack, secret: {value: hush}"));
    let body = r#"{"type":"url_verification","challenge":"3eZbrw1aB"}"#;
    let content = format!("v0:1767225600:{body}");
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, b"hush");
    let tag = aws_lc_rs::hmac::sign(&key, content.as_bytes());
    let digits = tag.as_ref().iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let hex: String = digits.map(|digit| char::from_digit(digit.into(), 16).unwrap()).collect();
    let fields = format!("X-Slack-Request-Timestamp: 1767225600\r\nX-Slack-Signature: v0={hex}\r\n");
    let answer = send(&gate, "/hooks/7", &fields, body);
    assert_eq!((answer.status, answer.text()), (200, "3eZbrw1aB"));
    assert_eq!(send(&gate, "/hooks/7", "", body).status, 403);
    assert!(told(&gate).is_empty());
    gate.end_with();
}
