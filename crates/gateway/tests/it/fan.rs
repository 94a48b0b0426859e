//! Several answers to one request of a provider that gives one alone.

use std::sync::{Arc, Barrier};

use message::Reason;
use serde_json::{Value, json};

use crate::chat::{check_openai, events, post};
use crate::client::field_lines;
use crate::gate::{Gate, check_told};
use crate::upstream::Upstream;

fn gate(up: &Upstream, alias: &str, policies: &str) -> Gate {
    Gate::start(&format!(
        "---\nkind: Provider\nname: p\nspec: {{api: anthropic, base_url: \"http://{}\"}}\n\
         ---\nkind: ModelAlias\nname: m\nspec: {{targets: [{{provider: p, model: up}}]{alias}}}\n---\nkind: Service\nname: models\n\
         spec: {{backend: {{ai: {{}}}}, access: {{mode: public}}, policies: [{policies}]}}\n---\nkind: Route\nname: models\n\
         spec: {{service: models, paths: [\"/ai/*\"], strip_prefix: /ai}}\n",
        up.addr
    ))
}

fn ask(n: u64, more: &Value) -> Vec<u8> {
    let mut body = json!({"model": "m", "n": n, "messages": [{"role": "user", "content": "hi"}]});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    String::from_utf8(post(body.to_string())).unwrap().replace("POST /v1/", "POST /ai/v1/").into_bytes()
}

/// An Anthropic that answers when it was asked so often at once.
fn anthropic(at_once: usize) -> Upstream {
    let barrier = Arc::new(Barrier::new(at_once));
    Upstream::start(move |number, conn| {
        while let Some(head) = conn.try_head() {
            let length = field_lines(&head.to_ascii_lowercase(), "content-length").next().unwrap().parse();
            let asked: Value = serde_json::from_str(&conn.text(length.unwrap())).unwrap();
            assert!(asked.get("n").is_none(), "{asked}");
            barrier.wait();
            let usage = json!({"input_tokens": 3, "output_tokens": 2});
            let message = |content: Value, stop: Value| {
                json!({"id": format!("msg_{number}"), "type": "message", "role": "assistant", "model": "up",
                    "content": content, "stop_reason": stop, "usage": usage})
            };
            let text = format!("answer {number}");
            if asked["stream"] == true {
                let events = [
                    json!({"type": "message_start", "message": message(json!([]), Value::Null)}),
                    json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
                    json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}),
                    json!({"type": "content_block_stop", "index": 0}),
                    json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}}),
                    json!({"type": "message_stop"}),
                ];
                let events = events.map(|e| format!("event: {}\ndata: {e}\n\n", e["type"].as_str().unwrap()));
                let body = events.concat();
                conn.send(format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                ));
            } else {
                let body = message(json!([{"type": "text", "text": text}]), json!("end_turn")).to_string();
                conn.send(format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                    body.len()
                ));
            }
        }
    })
}

/// The records of so many calls to the provider, and of the one that wanted them.
fn check_records(gate: &Gate, count: usize) {
    let mut attempts = Vec::new();
    for _ in 0..=count {
        let record = gate.record();
        let used = record.ai.as_ref().map_or(0, |ai| ai.usage.output);
        attempts.push((record.attempts.len(), used));
    }
    attempts.sort_unstable();
    let mut expect = vec![(1, 2); count];
    expect.insert(0, (0, 0));
    assert_eq!(attempts, expect);
}

#[test]
fn so_many_calls_are_made_at_once_and_joined() {
    let up = anthropic(3);
    let gate = gate(&up, ", several_answers: fan_out", "");
    let answer = gate.connect().send(ask(3, &json!({}))).answer();
    assert_eq!(answer.status, 200, "{}", answer.text());
    let body = answer.json();
    let choices = body["choices"].as_array().unwrap();
    let mut said: Vec<&str> = choices.iter().map(|c| c["message"]["content"].as_str().unwrap()).collect();
    said.sort_unstable();
    assert_eq!(said, ["answer 0", "answer 1", "answer 2"]);
    assert_eq!(choices.iter().map(|c| c["index"].as_u64().unwrap()).collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!((&body["usage"]["prompt_tokens"], &body["usage"]["total_tokens"]), (&json!(9), &json!(15)));
    assert_eq!(answer.field("weir-dropped-params"), None);
    check_records(&gate, 3);
    gate.end();
}

#[test]
fn streams_come_interleaved_with_their_indexes() {
    let up = anthropic(2);
    let gate = gate(&up, ", several_answers: fan_out", "");
    let stream = json!({"stream": true, "stream_options": {"include_usage": true}});
    let answer = gate.connect().send(ask(2, &stream)).answer();
    assert!(answer.whole, "{}", answer.text());
    assert!(answer.text().ends_with("data: [DONE]\n\n"), "{}", answer.text());
    let events = events(&answer);
    let mut texts = [String::new(), String::new()];
    let mut finished = 0;
    for event in &events {
        assert_eq!(event["id"], events[0]["id"]);
        for choice in event["choices"].as_array().unwrap() {
            let at = usize::try_from(choice["index"].as_u64().unwrap()).unwrap();
            texts[at] += choice["delta"]["content"].as_str().unwrap_or_default();
            finished += usize::from(choice["finish_reason"] == "stop");
        }
    }
    texts.sort_unstable();
    assert_eq!((texts, finished), (["answer 0".to_owned(), "answer 1".to_owned()], 2));
    assert_eq!(events.last().unwrap()["usage"]["total_tokens"], 10);
    check_records(&gate, 2);
    gate.end();
}

#[test]
fn without_the_switch_the_wish_is_named_as_dropped() {
    let up = anthropic(1);
    let gate = gate(&up, "", "");
    let (answer, record) = gate.call(ask(2, &json!({})));
    assert_eq!((answer.status, answer.field("weir-dropped-params")), (200, Some("n")));
    assert_eq!((answer.json()["choices"].as_array().unwrap().len(), record.attempts.len()), (1, 1));
    gate.end();
}

#[test]
fn too_many_and_failures_are_told() {
    let failing = Upstream::fixed(
        "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: 76\r\n\r\n\
         {\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"no, no\"}}",
    );
    let gate = gate(&failing, ", several_answers: fan_out", "");
    let (answer, record) = gate.call(ask(17, &json!({})));
    assert_eq!(check_openai(&answer, "invalid_request_error")["param"], "n");
    check_told(&answer, &record, Reason::InvalidAiRequest);
    let answer = gate.connect().send(ask(2, &json!({}))).answer();
    assert_eq!((answer.status, &answer.json()["error"]["message"]), (400, &json!("no, no")));
    (0..3).for_each(|_| drop(gate.record()));
    gate.end();
}

/// No answer is made for a call that is refused in the end: one that a limit refuses ends the others.
#[test]
fn a_limit_that_is_met_ends_the_calls_that_have_begun() {
    let silent = Upstream::start(|_, conn| drop(conn.rest()));
    let rate = "{rate_limit: {requests: 3, window: 1h, burst: 3, by: all}}";
    let gate = gate(&silent, ", several_answers: fan_out", rate);
    let answer = gate.connect().send(ask(5, &json!({}))).answer();
    check_openai(&answer, "rate_limit_error");
    // the caller's, the two that the limit let pass, and the one that it refused; the fifth was not begun
    let mut reasons: Vec<_> = (0..4).map(|_| gate.record().reason).collect();
    reasons.sort_unstable();
    let ended = Some(Reason::ClientClosed.code().into());
    let expect = [None, ended.clone(), ended, Some(Reason::RateLimited.code().into())];
    assert_eq!(reasons, expect);
    gate.end();
}

/// The first is what the caller's call was let pass for; each other one is a call of its own.
#[test]
fn limits_count_every_answer() {
    let up = anthropic(2);
    let rate = "{rate_limit: {requests: 2, window: 1h, burst: 2, by: all}}";
    let gate = gate(&up, ", several_answers: fan_out", rate);
    let answer = gate.connect().send(ask(2, &json!({}))).answer();
    assert_eq!((answer.status, answer.field("x-ratelimit-remaining-requests")), (200, Some("1")));
    check_records(&gate, 2);
    let (answer, record) = gate.call(ask(1, &json!({})));
    check_openai(&answer, "rate_limit_error");
    check_told(&answer, &record, Reason::RateLimited);
    gate.end();
}
