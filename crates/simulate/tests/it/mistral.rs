//! Mistral's answers: whole and streamed, with calls, thoughts and prefixes; embeddings and models.

use serde_json::{Value, json};

use crate::support::{Answer, Server, quick};

pub(crate) fn hello() -> Value {
    json!({"model": "mistral-small-latest", "messages": [{"role": "user", "content": "What is a weir?"}]})
}

pub(crate) fn with(fields: &Value) -> Value {
    let mut body = hello();
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    body
}

pub(crate) fn send(server: &Server, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    let usual = [("authorization", "Bearer key"), ("content-type", "application/json")];
    let usual = usual.iter().filter(|(name, _)| headers.iter().all(|(own, _)| own != name));
    let headers: Vec<_> = usual.chain(headers).copied().collect();
    server.send("POST", &format!("/mistral/v1/{path}"), &headers, body.to_string().as_bytes())
}

pub(crate) fn chat(server: &Server, body: &Value) -> Answer {
    send(server, "chat/completions", &[], body)
}

fn tools() -> Value {
    json!([{"type": "function", "function": {"name": "get_weather", "parameters": {
        "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}])
}

/// The chunks of a stream; only the last has the usage.
fn chunks(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.header("content-type"), Some("text/event-stream; charset=utf-8"));
    let mut events = answer.events();
    assert_eq!(events.pop().unwrap(), (None, "[DONE]".to_owned()));
    let chunks: Vec<Value> = events.iter().map(|(_, data)| serde_json::from_str(data).unwrap()).collect();
    let (last, others) = chunks.split_last().unwrap();
    assert!(last["usage"].is_object() && others.iter().all(|chunk| chunk.get("usage").is_none()));
    assert_eq!(chunks[0]["choices"][0]["delta"], json!({"role": "assistant", "content": ""}));
    chunks
}

/// What the deltas of a choice add up to: text, thought, signature, calls and the reason of the end.
fn joined(chunks: &[Value], index: u64) -> (String, String, Value, Value, Value) {
    let (mut text, mut thought) = (String::new(), String::new());
    let (mut signature, mut calls, mut finish) = (Value::Null, Value::Null, Value::Null);
    for choice in chunks.iter().flat_map(|chunk| chunk["choices"].as_array().unwrap()) {
        if choice["index"] != index {
            continue;
        }
        match &choice["delta"]["content"] {
            Value::String(piece) => text += piece,
            Value::Array(parts) => {
                for part in parts {
                    thought.extend(
                        part["thinking"].as_array().unwrap().iter().map(|one| one["text"].as_str().unwrap()),
                    );
                    signature = part.get("signature").cloned().unwrap_or(signature);
                }
            }
            _ => calls = choice["delta"]["tool_calls"].clone(),
        }
        finish = choice["finish_reason"].clone();
    }
    (text, thought, signature, calls, finish)
}

#[test]
fn a_whole_answer_has_the_vendors_shape() {
    let server = Server::start(quick());
    let answer = chat(&server, &with(&json!({"random_seed": 1, "safe_prompt": true, "n": 2})));
    assert_eq!(answer.status, 200);
    assert!(answer.header("mistral-correlation-id").is_some());
    assert!(answer.header("x-ratelimit-remaining-req-minute").is_some());
    let body = answer.json();
    assert_eq!((&body["object"], &body["created"]), (&json!("chat.completion"), &json!(1_800_000_000)));
    assert_eq!(body["choices"].as_array().unwrap().len(), 2);
    let message = &body["choices"][0]["message"];
    assert!(message["content"].as_str().unwrap().contains("What is a weir?"));
    assert_eq!((&message["role"], &message["tool_calls"]), (&json!("assistant"), &Value::Null));
    let count = |name: &str| body["usage"][name].as_u64().unwrap();
    assert_eq!(count("total_tokens"), count("prompt_tokens") + count("completion_tokens"));
}

#[test]
fn a_stream_tells_the_same_as_the_whole() {
    let server = Server::start(quick());
    for fields in [
        json!({}),
        json!({"max_tokens": 3}),
        json!({"n": 2}),
        json!({"stop": " weir"}),
        json!({"model": "magistral-medium-latest"}),
        json!({"reasoning_effort": "high"}),
        json!({"response_format": {"type": "json_object"}}),
    ] {
        let whole = chat(&server, &with(&fields)).json();
        let mut streamed = with(&fields);
        streamed["stream"] = json!(true);
        let chunks = chunks(&chat(&server, &streamed));
        assert_eq!(chunks.last().unwrap()["usage"], whole["usage"]);
        for choice in whole["choices"].as_array().unwrap() {
            let (text, thought, signature, _, finish) = joined(&chunks, choice["index"].as_u64().unwrap());
            let content = &choice["message"]["content"];
            if content.is_string() {
                assert_eq!((content, thought.as_str()), (&json!(text), ""));
            } else {
                assert_eq!(content[0]["thinking"], json!([{"type": "text", "text": thought}]));
                assert_eq!((&content[0]["signature"], &content[0]["closed"]), (&signature, &json!(true)));
                assert_eq!(content[1], json!({"type": "text", "text": text}));
            }
            assert_eq!(finish, choice["finish_reason"], "{fields}");
        }
    }
}

#[test]
fn a_tool_is_called_once_and_its_result_is_told() {
    let server = Server::start(quick());
    let mut body = with(&json!({"model": "magistral-small-latest", "tools": tools(), "tool_choice": "any"}));
    let first = chat(&server, &body).json()["choices"][0].clone();
    assert_eq!(first["finish_reason"], "tool_calls");
    let call = &first["message"]["tool_calls"][0];
    assert_eq!(call["function"], json!({"name": "get_weather", "arguments": "{\"city\":\"Paris\"}"}));
    assert_eq!((call["id"].as_str().unwrap().len(), &call["index"]), (9, &json!(0)));
    let result = json!({"role": "tool", "tool_call_id": call["id"], "name": "get_weather", "content": "18"});
    body["messages"].as_array_mut().unwrap().extend([first["message"].clone(), result]);
    let second = chat(&server, &body).json();
    assert_eq!(second["choices"][0]["message"]["content"][1]["text"], "The tool get_weather returned: 18");
    body["messages"][1]["content"][0]["thinking"][0]["text"] = json!("Something else.");
    assert_eq!(chat(&server, &body).status, 400);
    let streamed = with(&json!({"tools": tools(), "stream": true}));
    let chunks = chunks(&send(&server, "chat/completions", &[("x-simulate", "calls=2")], &streamed));
    let (.., calls, finish) = joined(&chunks, 0);
    assert_eq!((calls.as_array().unwrap().len(), finish), (2, json!("tool_calls")));
    assert_eq!(
        (&calls[1]["index"], &calls[1]["function"]["arguments"]),
        (&json!(1), &json!("{\"city\":\"Paris\"}"))
    );
}

#[test]
fn prefixes_schemas_chances_and_caches() {
    let server = Server::start(quick());
    let begun = json!({"role": "assistant", "content": "Well: ", "prefix": true});
    let body = with(&json!({"messages": [hello()["messages"][0], begun]}));
    let told = chat(&server, &body).json()["choices"][0]["message"]["content"].clone();
    assert!(told.as_str().unwrap().starts_with("Well: You said"));
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}});
    let format =
        json!({"type": "json_schema", "json_schema": {"name": "w", "schema": schema, "strict": true}});
    let made = chat(&server, &with(&json!({"response_format": format}))).json();
    assert_eq!(made["choices"][0]["message"]["content"], "{\"city\":\"Paris\"}");
    let told =
        chat(&server, &with(&json!({"logprobs": true, "top_logprobs": 1}))).json()["choices"][0].clone();
    let chances = told["logprobs"]["content"].as_array().unwrap();
    let tokens: String = chances.iter().map(|chance| chance["token"].as_str().unwrap()).collect();
    assert_eq!(json!(tokens), told["message"]["content"]);
    let body = with(&json!({"messages": [{"role": "user", "content": "word ".repeat(1_100)}]}));
    let cached = [0, 1]
        .map(|_| chat(&server, &body).json()["usage"]["prompt_tokens_details"]["cached_tokens"].clone());
    assert_eq!(cached, [json!(0), json!(1_024)]);
}

#[test]
fn texts_are_embedded_and_models_described() {
    let server = Server::start(quick());
    let body = json!({"model": "mistral-embed", "input": ["a", "b"]});
    let told = send(&server, "embeddings", &[], &body).json();
    assert_eq!((told["data"].as_array().unwrap().len(), &told["usage"]["total_tokens"]), (2, &json!(2)));
    assert_eq!(told["data"][1]["embedding"].as_array().unwrap().len(), 1_024);
    let body =
        json!({"model": "codestral-embed", "input": "a", "output_dimension": 3, "encoding_format": "base64"});
    let told = send(&server, "embeddings", &[], &body).json();
    assert_eq!(told["data"][0]["embedding"].as_str().unwrap().len(), 16);
    let key = [("authorization", "Bearer key")];
    let list = server.send("GET", "/mistral/v1/models", &key, &[]).json();
    assert_eq!(list["data"][0]["id"], "mistral-large-latest");
    let one = server.send("GET", "/mistral/v1/models/magistral-medium-latest", &key, &[]).json();
    assert_eq!(one["capabilities"]["reasoning"], true);
}
