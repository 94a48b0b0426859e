//! Answers of GraphQL queries that are kept.

use std::time::Duration;

use base::{Clock, Micros};
use serde_json::{Value, json};

use crate::client::Answer;
use crate::flows::flow;
use crate::gate::{Gate, public, upstream};
use crate::upstream::Upstream;

/// A server whose every answer has the next number, and what the query's text says of it.
fn server() -> Upstream {
    Upstream::start(|_, conn| {
        let mut number = 0;
        while let Some(head) = conn.try_head() {
            let length = head
                .lines()
                .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            let sent = head.clone() + &conn.text(length.unwrap_or(0));
            number += 1;
            let told = |what: &str| sent.contains(what);
            let more = match () {
                () if told("brief") => "Cache-Control: max-age=2\r\n",
                () if told("never") => "Cache-Control: no-store\r\n",
                () if told("each") => "Vary: Cookie\r\n",
                () => "",
            };
            let errors = if told("broken") { json!([{"message": "broken"}]) } else { Value::Null };
            let mut answer = json!({"data": {"n": number}});
            if !errors.is_null() {
                answer["errors"] = errors;
            }
            let body = answer.to_string();
            conn.try_send(format!(
                "HTTP/1.1 200 S\r\n{more}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            ));
        }
    })
}

fn ask(gate: &Gate, fields: &str, body: &Value) -> (Value, Option<String>) {
    let body = body.to_string();
    let fields = format!("{fields}Content-Type: application/json\r\nContent-Length: {}", body.len());
    let request = format!("POST /graphql HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n{body}");
    told(&gate.connect().send(request).answer())
}

fn told(answer: &Answer) -> (Value, Option<String>) {
    let status = answer.field("cache-status").and_then(|status| status.split_once("; "));
    (answer.json()["data"]["n"].clone(), status.map(|(_, how)| how.to_owned()))
}

fn query(text: &str) -> Value {
    json!({ "query": text })
}

#[test]
fn the_answer_to_the_same_question_is_kept_as_long_as_it_may_be() {
    let up = server();
    let clock = Clock::manual(Micros(1_767_225_600_000_000));
    let policy = public("{graphql: {cache: {ttl: 10s, vary: [x-lang]}, persisted: automatic}}");
    let gate = Gate::with(&(upstream(&[up.addr], "") + &policy), clock.clone(), |_| {});
    let new = Some("fwd=miss".to_owned());
    let hit = Some("hit".to_owned());
    assert_eq!(ask(&gate, "", &query("{ n }")), (json!(1), new.clone()));
    // How it is set out, and how it is sent, does not count.
    assert_eq!(ask(&gate, "", &query("{\n  n # x\n}")), (json!(1), hit.clone()));
    let get = "GET /graphql?query=%7Bn%7D HTTP/1.1\r\nHost: a\r\n\r\n";
    clock.advance(Duration::from_secs(3));
    let by_get = gate.connect().send(get).answer();
    assert_eq!((told(&by_get), by_get.field("age")), ((json!(1), hit.clone()), Some("3")));
    // What is asked, and by whom, does.
    assert_eq!(ask(&gate, "", &json!({"query": "{ n }", "variables": {"a": 1}})).1, new);
    assert_eq!(ask(&gate, "", &json!({"query": "{ n }", "extensions": {"tenant": "a"}})).1, new);
    assert_eq!(
        ask(&gate, "", &json!({"query": "{ n }", "variables": {"z": {"y": 1, "b": 2}, "a": 3}})).1,
        new
    );
    assert_eq!(
        ask(&gate, "", &json!({"query": "{ n }", "variables": {"a": 3, "z": {"b": 2, "y": 1}}})).1,
        hit
    );
    assert_eq!(ask(&gate, "X-Lang: de\r\n", &query("{ n }")).1, new);
    assert_eq!(ask(&gate, "X-Lang: de\r\n", &query("{ n }")).1, hit);
    for _ in 0..2 {
        assert_eq!(ask(&gate, "Authorization: Basic eA==\r\n", &query("{ n }")).1, new);
    }
    let hash = "ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38";
    let extensions = json!({"persistedQuery": {"version": 1, "sha256Hash": hash}});
    assert_eq!(ask(&gate, "", &json!({"query": "{__typename}", "extensions": extensions})).1, new);
    assert_eq!(ask(&gate, "", &json!({"extensions": extensions})).1, hit);
    assert_eq!(ask(&gate, "Cache-Control: no-cache\r\n", &query("{ n }")).1, new);
    assert_eq!(ask(&gate, "Cache-Control: no-store\r\n", &query("{ n }")).1, None);
    clock.advance(Duration::from_secs(11));
    assert_eq!(ask(&gate, "", &query("{ n }")).1, new);
    assert_eq!(ask(&gate, "", &query("{ brief }")).1, new);
    clock.advance(Duration::from_secs(3));
    assert_eq!(ask(&gate, "", &query("{ brief }")).1, new);
    gate.end_with();
}

#[test]
fn what_may_not_be_kept_is_not() {
    let up = server();
    let gate = Gate::start(&(upstream(&[up.addr], "") + &public("{graphql: {cache: {ttl: 10s}}}")));
    for text in ["{ never }", "{ each }", "{ broken }"] {
        for _ in 0..2 {
            assert_eq!(ask(&gate, "", &query(text)).1.as_deref(), Some("fwd=miss"), "{text}");
        }
    }
    assert_eq!(ask(&gate, "", &query("mutation { n }")).1, None);
    gate.end_with();
}

#[test]
fn what_is_answered_by_the_credentials_of_a_step_is_kept_for_nobody() {
    let up = server();
    let with = |credentials: Value| {
        let payload = json!({"contentType": "application/json", "payload": query("{ n }")});
        let mut step = json!({"stepId": "a", "operationId": "make", "requestBody": payload});
        step["outputs"] = json!({"how": "$response.header.cache-status"});
        if !credentials.is_null() {
            step["x-weir-credentials"] = credentials;
        }
        let yaml = flow(&up, &json!([step]), &json!({"how": "$steps.a.outputs.how"}), "");
        let policies = "policies: [{graphql: {cache: {ttl: 10s}}}], openapi";
        yaml.replacen("}, openapi", &format!("}}, {policies}"), 1)
            + "---\nkind: Policy\nname: crm\nspec: {headers: {request: {set: {X-Crm-Ticket: s3cret}}}}\n"
    };
    for (credentials, hits) in [(json!("crm"), 0), (Value::Null, 1)] {
        let gate = Gate::start(&with(credentials));
        let run = || gate.connect().send("GET /run/7 HTTP/1.1\r\nHost: a\r\n\r\n").answer();
        let told = [run(), run()];
        assert!(told.iter().all(|answer| answer.status == 200), "{}", told[0].text());
        assert_eq!(told.iter().filter(|answer| answer.text().contains("hit")).count(), hits);
        gate.end_with();
    }
}
