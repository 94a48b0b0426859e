//! Vendors' state that clients lose is kept, for its caller alone, and put back.

use serde_json::{Value, json};

use crate::gate::Gate;
use crate::upstream::Upstream;

const ANSWER: &str = r#"{"id":"msg_1","type":"message","role":"assistant","model":"c","content":[
    {"type":"thinking","thinking":"hm","signature":"c2ln"},
    {"type":"tool_use","id":"toolu_0123456789","name":"a","input":{}}],"stop_reason":"tool_use",
    "usage":{"input_tokens":3,"output_tokens":2}}"#;

fn post(body: &Value) -> String {
    let body = body.to_string();
    format!(
        "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Thinks and calls a tool at first; answers the second request with what it was sent.
fn thinker() -> Upstream {
    Upstream::start(move |_, conn| {
        while let Some(head) = conn.try_head() {
            let length = crate::client::field_lines(&head, "content-length").next().unwrap();
            let asked: Value = serde_json::from_str(&conn.text(length.trim().parse().unwrap())).unwrap();
            let turns = asked["messages"].as_array().unwrap();
            let answer = if turns.len() == 1 {
                ANSWER.to_owned()
            } else {
                let text = turns[1]["content"].to_string();
                json!({"id": "msg_2", "model": "c", "stop_reason": "end_turn", "content": [{"type": "text", "text": text}]})
                    .to_string()
            };
            conn.send(format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{answer}",
                answer.len()
            ));
        }
    })
}

#[test]
fn a_signature_survives_a_client_that_does_not_send_it_back() {
    let up = thinker();
    let yaml = format!(
        "---\nkind: Provider\nname: p\nspec: {{api: anthropic, base_url: \"http://{}\"}}\n\
         ---\nkind: ModelAlias\nname: m\nspec: {{targets: [{{provider: p, model: claude-sonnet-4-5}}]}}\n\
         ---\nkind: Service\nname: models\nspec: {{backend: {{ai: {{}}}}, access: {{mode: public}}}}\n\
         ---\nkind: Route\nname: models\nspec: {{service: models, paths: [\"/v1/*\"]}}\n",
        up.addr
    );
    let gate = Gate::start(&yaml);
    let user = json!({"role": "user", "content": "hi"});
    let (first, _) = gate.call(post(&json!({"model": "m", "messages": [user]})));
    let call = first.json()["choices"][0]["message"]["tool_calls"][0].clone();
    assert_eq!(call["id"], "toolu_0123456789");
    let messages = json!([user, {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "toolu_0123456789", "content": "18"}]);
    let (second, _) = gate.call(post(&json!({"model": "m", "messages": messages})));
    let seen: Value =
        serde_json::from_str(second.json()["choices"][0]["message"]["content"].as_str().unwrap()).unwrap();
    assert_eq!(seen[0], json!({"type": "thinking", "thinking": "hm", "signature": "c2ln"}));
    assert_eq!(seen[1]["type"], "tool_use");
    gate.end();
}
