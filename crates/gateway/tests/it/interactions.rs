//! Google's interactions: kept here whoever answers, gone on from, told again, deleted.

use serde_json::{Value, json};

use crate::client::Answer;
use crate::gate::Gate;
use crate::upstream::Upstream;

/// Answers as Anthropic, by saying what it was sent.
fn echo() -> Upstream {
    Upstream::start(move |_, conn| {
        while let Some(head) = conn.try_head() {
            let length = crate::client::field_lines(&head, "content-length").next().unwrap();
            let asked: Value = serde_json::from_str(&conn.text(length.trim().parse().unwrap())).unwrap();
            let text = asked["messages"].to_string();
            let answer = if asked["stream"] == true {
                let event = |kind: &str, body: Value| format!("event: {kind}\ndata: {body}\n\n");
                let start = json!({"type": "message_start", "message": {"id": "msg_1", "model": "c", "usage": {"input_tokens": 3, "output_tokens": 1}}});
                let block = json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}});
                let delta = json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}});
                let end = json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}});
                let body = [
                    event("message_start", start),
                    event("content_block_start", block),
                    event("content_block_delta", delta),
                    event("content_block_stop", json!({"type": "content_block_stop", "index": 0})),
                    event("message_delta", end),
                    event("message_stop", json!({"type": "message_stop"})),
                ];
                ("text/event-stream", body.concat())
            } else {
                let usage = json!({"input_tokens": 3, "output_tokens": 2});
                let body = json!({"id": "msg_1", "type": "message", "model": "c", "stop_reason": "end_turn", "content": [{"type": "text", "text": text}], "usage": usage});
                ("application/json", body.to_string())
            };
            conn.send(format!(
                "HTTP/1.1 200 OK\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n{}",
                answer.0,
                answer.1.len(),
                answer.1
            ));
        }
    })
}

/// Answers as Google, by saying what it was sent.
fn google() -> Upstream {
    Upstream::start(move |_, conn| {
        while let Some(head) = conn.try_head() {
            assert!(head.starts_with("POST /v1beta/interactions "), "{head}");
            let length = crate::client::field_lines(&head, "content-length").next().unwrap();
            let asked = conn.text(length.trim().parse().unwrap());
            let steps = json!([{"type": "model_output", "content": [{"type": "text", "text": asked}]}]);
            let answer = json!({"id": "", "status": "completed", "object": "interaction", "model": "g", "steps": steps}).to_string();
            conn.send(format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{answer}",
                answer.len()
            ));
        }
    })
}

fn gate(api: &str, up: &Upstream) -> Gate {
    Gate::start(&format!(
        "---\nkind: Provider\nname: p\nspec: {{api: {api}, base_url: \"http://{}{}\"}}\n\
         ---\nkind: ModelAlias\nname: m\nspec: {{targets: [{{provider: p, model: claude-sonnet-5}}]}}\n\
         ---\nkind: Service\nname: models\nspec: {{backend: {{ai: {{}}}}, access: {{mode: public}}}}\n\
         ---\nkind: Route\nname: models\nspec: {{service: models, paths: [\"/v1beta/*\"]}}\n",
        up.addr,
        if api == "gemini" { "/v1beta" } else { "" },
    ))
}

fn post(path: &str, body: &Value) -> String {
    let body = body.to_string();
    format!(
        "POST /v1beta/interactions{path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn asks(gate: &Gate, body: &Value) -> Answer {
    gate.call(post("", body)).0
}

fn get(gate: &Gate, path: &str) -> Answer {
    gate.get(&format!("/v1beta/interactions/{path}"), "").0
}

fn said(interaction: &Value) -> Value {
    serde_json::from_str(interaction["steps"][0]["content"][0]["text"].as_str().unwrap()).unwrap()
}

fn refused(answer: &Answer, status: u16, code: &str) -> String {
    let body = answer.json();
    assert_eq!((answer.status, &body["error"]["code"]), (status, &json!(code)), "{body}");
    body["error"]["message"].as_str().unwrap().to_owned()
}

#[test]
fn a_conversation_goes_on_from_what_is_kept_here() {
    let up = echo();
    let gate = gate("anthropic", &up);
    let first = asks(&gate, &json!({"model": "m", "input": "one"})).json();
    let id = first["id"].as_str().unwrap();
    assert!(id.starts_with("v1_") && first["status"] == "completed", "{first}");
    let second = asks(&gate, &json!({"model": "m", "input": "two", "previous_interaction_id": id})).json();
    assert_eq!(second["previous_interaction_id"], id);
    let turns = said(&second);
    let roles: Vec<_> = turns.as_array().unwrap().iter().map(|turn| turn["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["user", "assistant", "user"], "{turns}");
    // Its own input is that of this request alone.
    let id = second["id"].as_str().unwrap();
    let kept = get(&gate, &format!("{id}?include_input=true")).json();
    assert_eq!(kept["input"], json!([{"type": "user_input", "content": [{"type": "text", "text": "two"}]}]));
    assert_eq!(get(&gate, id).json(), second);
    let third = json!({"model": "m", "input": [{"type": "user_input", "content": [{"type": "text", "text": "three"}]}], "previous_interaction_id": id});
    assert_eq!(said(&asks(&gate, &third).json()).as_array().unwrap().len(), 5);
    gate.end();
}

#[test]
fn a_streamed_answer_is_kept_and_told_again_from_any_event() {
    let up = echo();
    let gate = gate("anthropic", &up);
    let answer = asks(&gate, &json!({"model": "m", "input": "one", "stream": true}));
    assert_eq!(answer.field("content-type"), Some("text/event-stream"));
    let told = answer.text().to_owned();
    let id = told.split('"').find(|word| word.starts_with("v1_")).unwrap();
    let again = get(&gate, &format!("{id}?stream=true"));
    let kinds = |stream: &str| -> Vec<String> {
        stream.lines().filter_map(|line| line.strip_prefix("event: ")).map(str::to_owned).collect()
    };
    assert_eq!(kinds(again.text()), kinds(&told));
    let rest = get(&gate, &format!("{id}?stream=true&last_event_id=4"));
    assert_eq!(kinds(rest.text()), ["step.stop", "interaction.completed", "done"]);
    let wrong = get(&gate, &format!("{id}?stream=true&last_event_id=no"));
    assert!(refused(&wrong, 400, "invalid_request").contains("last_event_id"));
    assert_eq!(get(&gate, id).json()["status"], "completed");
    gate.end();
}

#[test]
fn what_is_deleted_or_not_to_be_kept_is_gone() {
    let up = echo();
    let gate = gate("anthropic", &up);
    let id = asks(&gate, &json!({"model": "m", "input": "one"})).json()["id"].as_str().unwrap().to_owned();
    let cancel = gate.call(post(&format!("/{id}/cancel"), &json!({}))).0;
    assert!(refused(&cancel, 400, "invalid_request").contains("background"));
    let gone = gate.call(format!("DELETE /v1beta/interactions/{id} HTTP/1.1\r\nHost: a\r\n\r\n")).0;
    assert_eq!((gone.status, gone.json()), (200, json!({})));
    refused(&get(&gate, &id), 404, "not_found");
    refused(
        &asks(&gate, &json!({"model": "m", "input": "two", "previous_interaction_id": id})),
        404,
        "not_found",
    );
    let other = asks(&gate, &json!({"model": "m", "input": "one", "store": false})).json();
    refused(&get(&gate, other["id"].as_str().unwrap()), 404, "not_found");
    refused(&get(&gate, "v1_nothing?stream=true"), 404, "not_found");
    gate.end();
}

#[test]
fn google_is_sent_the_whole_conversation_and_told_to_keep_none_of_it() {
    let up = google();
    let gate = gate("gemini", &up);
    let first = asks(&gate, &json!({"model": "m", "input": "one", "labels": {"a": "b"}})).json();
    assert_eq!(
        said(&first),
        json!({"model": "claude-sonnet-5", "store": false, "labels": {"a": "b"}, "input": "one"})
    );
    let id = first["id"].as_str().unwrap();
    assert!(id.starts_with("v1_"), "{first}");
    let second = asks(&gate, &json!({"model": "m", "input": "two", "previous_interaction_id": id})).json();
    let sent = said(&second);
    let kinds: Vec<_> = sent["input"].as_array().unwrap().iter().map(|step| &step["type"]).collect();
    assert_eq!(kinds, ["user_input", "model_output", "user_input"]);
    assert_eq!((sent.get("previous_interaction_id"), &sent["store"]), (None, &json!(false)));
    gate.end();
}

#[test]
fn what_needs_google_itself_is_refused_in_words() {
    let up = echo();
    let gate = gate("anthropic", &up);
    for (body, about) in [
        (json!({"agent": "deep-research-pro-preview-12-2025", "input": "a", "background": true}), "agent"),
        (json!({"model": "m", "input": "a", "background": true}), "background"),
        (json!({"model": "m", "input": "a", "cached_content": "cachedContents/a"}), "cached_content"),
    ] {
        assert!(refused(&asks(&gate, &body), 400, "invalid_request").contains(about), "{body}");
    }
    gate.end();
}
