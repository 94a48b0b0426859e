//! Anthropic's messages as they should be.

use serde_json::{Value, json};

use crate::support::{Answer, Server, quick};

pub(crate) fn hello() -> Value {
    json!({"model": "claude-sonnet-5", "max_tokens": 500,
        "messages": [{"role": "user", "content": "What is a weir?"}]})
}

/// `hello` with other fields over it.
pub(crate) fn with(extra: &Value) -> Value {
    let mut body = hello();
    for (name, value) in extra.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

pub(crate) fn tools() -> Value {
    json!([
        {"name": "get_weather", "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}}},
        {"name": "now", "input_schema": {"type": "object"}},
    ])
}

/// Checks a stream's grammar and puts the message together again, as a client does.
fn assemble(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("text/event-stream; charset=utf-8"));
    assert!(answer.complete);
    let mut message = Value::Null;
    let mut open: Option<(usize, String)> = None;
    let (mut pings, mut stopped) = (0, false);
    for (name, data) in answer.events() {
        let data: Value = serde_json::from_str(&data).unwrap();
        assert_eq!(name.as_deref(), data["type"].as_str());
        assert!(!stopped, "nothing follows the end");
        let index = data["index"].as_u64().map(|index| usize::try_from(index).unwrap());
        match name.as_deref().unwrap() {
            "message_start" => {
                assert!(message.is_null());
                message = data["message"].clone();
                assert_eq!((&message["content"], &message["stop_reason"]), (&json!([]), &Value::Null));
                assert_eq!(message["usage"]["output_tokens"], 1);
            }
            "ping" => pings += 1,
            "content_block_start" => {
                let content = message["content"].as_array_mut().unwrap();
                assert_eq!((index, &open), (Some(content.len()), &None));
                content.push(data["content_block"].clone());
                open = Some((content.len() - 1, String::new()));
            }
            "content_block_delta" => {
                let (at, json) = open.as_mut().expect("a block is open");
                assert_eq!(Some(*at), index);
                grow(&mut message["content"][*at], json, &data["delta"]);
            }
            "content_block_stop" => {
                let (at, json) = open.take().expect("a block is open");
                assert_eq!(Some(at), index);
                if !json.is_empty() {
                    message["content"][at]["input"] = serde_json::from_str(&json).unwrap();
                }
            }
            "message_delta" => {
                assert!(open.is_none());
                for (name, value) in data["delta"].as_object().unwrap() {
                    message[name] = value.clone();
                }
                for (name, value) in data["usage"].as_object().unwrap() {
                    message["usage"][name] = value.clone();
                }
            }
            "message_stop" => stopped = true,
            other => panic!("no such event: {other}"),
        }
    }
    assert!(stopped && pings > 0);
    message
}

fn grow(block: &mut Value, json: &mut String, delta: &Value) {
    let (field, text) = match delta["type"].as_str().unwrap() {
        "text_delta" => ("text", &delta["text"]),
        "thinking_delta" => ("thinking", &delta["thinking"]),
        "signature_delta" => ("signature", &delta["signature"]),
        "input_json_delta" => {
            assert_eq!(block["type"], "tool_use");
            json.push_str(delta["partial_json"].as_str().unwrap());
            return;
        }
        other => panic!("no such delta: {other}"),
    };
    let whole = format!("{}{}", block[field].as_str().unwrap(), text.as_str().unwrap());
    block[field] = json!(whole);
}

#[test]
fn an_answer_has_every_field() {
    let server = Server::start(quick());
    let answer = server.message(&[], &hello());
    assert_eq!(answer.status, 200);
    assert!(answer.header("request-id").unwrap().starts_with("req_"));
    assert!(answer.header("anthropic-organization-id").is_some());
    for name in ["requests", "tokens", "input-tokens", "output-tokens"] {
        assert!(answer.header(&format!("anthropic-ratelimit-{name}-limit")).is_some());
        assert!(answer.header(&format!("anthropic-ratelimit-{name}-remaining")).is_some());
        let reset = answer.header(&format!("anthropic-ratelimit-{name}-reset"));
        assert!(reset.unwrap().starts_with("2027-01-15T08:00:"), "{reset:?}");
    }
    let body = answer.json();
    assert!(body["id"].as_str().unwrap().starts_with("msg_01"));
    assert_eq!(
        (&body["type"], &body["role"], &body["model"]),
        (&json!("message"), &json!("assistant"), &json!("claude-sonnet-5"))
    );
    assert_eq!((&body["stop_reason"], &body["stop_sequence"]), (&json!("end_turn"), &Value::Null));
    assert_eq!(body.get("stop_details"), Some(&Value::Null));
    assert_eq!(body["content"].as_array().unwrap().len(), 1);
    assert_eq!(body["content"][0].get("citations"), Some(&Value::Null));
    let usage = &body["usage"];
    // Four for the message, one for the role, four words.
    assert_eq!(usage["input_tokens"], 9);
    assert_eq!(
        usage["cache_creation"],
        json!({"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0})
    );
    assert_eq!(
        (&usage["service_tier"], &usage["output_tokens_details"]),
        (&json!("standard"), &json!({"thinking_tokens": 0}))
    );
}

#[test]
fn a_stream_joins_to_the_whole() {
    let server = Server::start(quick());
    for extra in [
        json!({}),
        json!({"tools": tools()}),
        json!({"tools": tools(), "tool_choice": {"type": "tool", "name": "now"}}),
        json!({"tools": tools(), "thinking": {"type": "adaptive"}}),
        json!({"thinking": {"type": "adaptive", "display": "omitted"}}),
        json!({"stop_sequences": ["weir"]}),
        json!({"max_tokens": 3}),
        json!({"max_tokens": 0}),
    ] {
        let mut whole = server.message(&[], &with(&extra)).json();
        let mut body = with(&extra);
        body["stream"] = json!(true);
        if extra == json!({"max_tokens": 0}) {
            // Nothing is written, so there is no block to follow the ping.
            assert_eq!((&whole["content"], &whole["stop_reason"]), (&json!([]), &json!("max_tokens")));
            continue;
        }
        let mut streamed = assemble(&server.message(&[], &body));
        for message in [&mut whole, &mut streamed] {
            message["id"] = Value::Null;
            // Only a whole answer tells these, and always as null.
            message["stop_details"] = Value::Null;
            let usage = message["usage"].as_object_mut().unwrap();
            if usage.get("output_tokens_details") == Some(&json!({"thinking_tokens": 0})) {
                usage.shift_remove("output_tokens_details");
            }
            for block in message["content"].as_array_mut().unwrap() {
                match block["type"].as_str() {
                    Some("tool_use") => block["id"] = Value::Null,
                    Some("text") => block["citations"] = Value::Null,
                    _ => {}
                }
            }
        }
        assert_eq!(streamed, whole, "{extra}");
    }
}

#[test]
fn stops_lengths_and_formats_are_kept() {
    let server = Server::start(quick());
    let ask = |extra: Value| server.message(&[], &with(&extra)).json();
    let stopped = ask(json!({"stop_sequences": ["weir"]}));
    assert_eq!(
        (&stopped["stop_reason"], &stopped["stop_sequence"]),
        (&json!("stop_sequence"), &json!("weir"))
    );
    assert_eq!(stopped["content"][0]["text"], "You said: \"What is a ");
    let short = ask(json!({"max_tokens": 2}));
    assert_eq!((&short["stop_reason"], &short["usage"]["output_tokens"]), (&json!("max_tokens"), &json!(2)));
    let schema =
        json!({"type": "object", "properties": {"n": {"type": "integer"}}, "additionalProperties": false});
    let made = ask(json!({"output_config": {"format": {"type": "json_schema", "schema": schema}}}));
    assert_eq!(made["content"][0]["text"], "{\"n\":3}");
}

#[test]
fn tools_are_used_and_their_results_told() {
    let server = Server::start(quick());
    let first = server.message(&[], &with(&json!({"tools": tools()}))).json();
    assert_eq!(first["stop_reason"], "tool_use");
    assert_eq!(
        first["content"][0],
        json!({"type": "text", "text": "I will use get_weather.", "citations": null})
    );
    let call = &first["content"][1];
    assert_eq!((&call["name"], &call["input"]), (&json!("get_weather"), &json!({"city": "Paris"})));
    let messages = json!([{"role": "user", "content": "Hi"}, {"role": "assistant", "content": first["content"]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call["id"], "content": "18 degrees"}]}]);
    let second = server.message(&[], &with(&json!({"tools": tools(), "messages": messages}))).json();
    assert_eq!(second["content"][0]["text"], "The tool get_weather returned: 18 degrees");
    let forced =
        server.message(&[], &with(&json!({"tools": tools(), "tool_choice": {"type": "any"}}))).json();
    assert_eq!(forced["content"][0]["type"], "tool_use");
    let several = server.message(&[("x-simulate", "calls=2")], &with(&json!({"tools": tools()}))).json();
    assert_eq!(several["content"][2]["name"], "now");
    let alone = json!({"tools": tools(), "tool_choice": {"type": "auto", "disable_parallel_tool_use": true}});
    let alone = server.message(&[("x-simulate", "calls=2")], &with(&alone)).json();
    assert_eq!(alone["content"].as_array().unwrap().len(), 2);
    let none = server.message(&[], &with(&json!({"tools": tools(), "tool_choice": {"type": "none"}}))).json();
    assert_eq!(none["stop_reason"], "end_turn");
}

#[test]
fn what_is_marked_is_written_once_and_read_later() {
    let server = Server::start(quick());
    let block = |text: &str, ttl: &str| {
        json!({"type": "text", "text": text,
        "cache_control": {"type": "ephemeral", "ttl": ttl}})
    };
    let body = with(&json!({"system": [block("one two three", "1h"), block("four five", "5m")]}));
    let usage = |body: &Value| {
        let usage = server.message(&[], body).json()["usage"].clone();
        assert_eq!(usage["input_tokens"], 9);
        ["cache_creation_input_tokens", "cache_read_input_tokens"].map(|name| usage[name].as_u64().unwrap())
    };
    let first = server.message(&[], &body).json()["usage"]["cache_creation"].clone();
    assert_eq!(first, json!({"ephemeral_5m_input_tokens": 2, "ephemeral_1h_input_tokens": 3}));
    assert_eq!(usage(&body), [0, 5]);
    let mut other = body.clone();
    other["system"][1]["text"] = json!("six seven eight");
    assert_eq!(usage(&other), [3, 3]);
    assert_eq!(usage(&other), [0, 6]);
    // Another key has another cache.
    let stranger = server.message(&[("x-api-key", "sk-other")], &body).json();
    assert_eq!(stranger["usage"]["cache_read_input_tokens"], 0);
}

#[test]
fn thoughts_are_signed() {
    let server = Server::start(quick());
    let thinking = json!({"type": "enabled", "budget_tokens": 1024});
    let extra =
        json!({"model": "claude-sonnet-4-5", "thinking": thinking, "max_tokens": 2048, "tools": tools()});
    let first = server.message(&[], &with(&extra)).json();
    assert_eq!(first["content"][0]["type"], "thinking");
    assert_eq!(first["usage"]["output_tokens_details"]["thinking_tokens"], 24);
    let id = first["content"][2]["id"].clone();
    let go_on = |content: &Value| {
        let mut body = with(&extra);
        body["messages"] = json!([{"role": "user", "content": "Hi"}, {"role": "assistant", "content": content},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": id, "content": "5"}]}]);
        server.message(&[], &body)
    };
    assert_eq!(go_on(&first["content"]).status, 200);
    let mut forged = first["content"].clone();
    forged[0]["signature"] = json!("EqQBCg==");
    let told = go_on(&forged).json();
    assert_eq!(told["error"]["message"], "messages.1.content.0: Invalid `signature` in `thinking` block");
    let without = json!([first["content"][1], first["content"][2]]);
    let told = go_on(&without).json();
    assert!(told["error"]["message"].as_str().unwrap().contains("Expected `thinking`"), "{told}");
}

#[test]
fn tokens_are_counted() {
    let server = Server::start(quick());
    let headers = [("authorization", "Bearer sk-test"), ("anthropic-version", "2026-10-21")];
    let mut body = hello();
    body.as_object_mut().unwrap().shift_remove("max_tokens");
    let path = "/anthropic/v1/messages/count_tokens?beta=true";
    let counted = server.send("POST", path, &headers, body.to_string().as_bytes());
    assert_eq!(counted.json(), json!({"input_tokens": 9}));
    let refused = server.send("POST", path, &headers, hello().to_string().as_bytes());
    assert_eq!(refused.json()["error"]["message"], "max_tokens: Extra inputs are not permitted");
}

#[test]
fn models_are_listed_in_pages() {
    let server = Server::start(quick());
    let headers = [("x-api-key", "sk-test"), ("anthropic-version", "2023-06-01")];
    let get = |path: &str| server.send("GET", path, &headers, &[]);
    let first = get("/anthropic/v1/models?limit=3").json();
    assert_eq!((first["data"].as_array().unwrap().len(), &first["has_more"]), (3, &json!(true)));
    let after = first["last_id"].as_str().unwrap();
    let rest = get(&format!("/anthropic/v1/models?after_id={after}")).json();
    assert_eq!((rest["data"].as_array().unwrap().len(), &rest["has_more"]), (1, &json!(false)));
    assert_eq!(get("/anthropic/v1/models/claude-sonnet-5").json()["type"], "model");
    assert_eq!(get("/anthropic/v1/models/gpt-5").status, 404);
    assert_eq!(get("/anthropic/v1/models?limit=0").status, 400);
}

#[test]
fn the_same_requests_give_the_same_bytes() {
    let run = || {
        let server = Server::start(quick());
        let streamed = json!({"stream": true, "thinking": {"type": "adaptive"}, "tools": tools()});
        [hello(), with(&streamed)].map(|body| server.message(&[], &body).body)
    };
    assert_eq!(run(), run());
}

#[test]
fn an_answer_ends_as_it_is_asked_to() {
    let server = Server::start(quick());
    let ask = |finish: &str, extra: Value| server.message(&[("x-simulate", finish)], &with(&extra));
    let refused = ask("finish=refusal", json!({})).json();
    let details = json!({"type": "refusal", "category": null, "explanation": null});
    assert_eq!((&refused["stop_reason"], &refused["stop_details"]), (&json!("refusal"), &details));
    let filtered = ask("finish=filter", json!({})).json();
    assert_eq!(filtered["stop_details"]["category"], "general_harms");
    assert_eq!(filtered["content"].as_array().unwrap().len(), 1);
    assert_eq!(ask("finish=blocked", json!({})).json()["content"], json!([]));
    let events = ask("finish=refusal", json!({"stream": true})).events();
    let delta: Value = serde_json::from_str(&events[events.len() - 2].1).unwrap();
    assert_eq!(
        delta["delta"],
        json!({"stop_reason": "refusal", "stop_sequence": null, "stop_details": details})
    );
    assert_eq!(ask("finish=failed", json!({})).status, 500);
    assert_eq!(ask("", json!({})).json()["stop_details"], Value::Null);
}
