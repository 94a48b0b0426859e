//! Ollama's answers: lines and whole objects, thoughts, tools, pictures, formats, embeddings and models.

use serde_json::{Value, json};

use crate::support::{Answer, Server, quick};

pub(crate) fn hello() -> Value {
    json!({"model": "llama3.2", "messages": [{"role": "user", "content": "What is a weir?"}]})
}

pub(crate) fn with(fields: &Value) -> Value {
    let mut body = hello();
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    body
}

pub(crate) fn send(server: &Server, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    server.send("POST", &format!("/ollama/api/{path}"), headers, body.to_string().as_bytes())
}

/// A chat that is not streamed.
fn whole(server: &Server, fields: &Value) -> Value {
    let mut body = with(fields);
    body["stream"] = json!(false);
    let answer = send(server, "chat", &[], &body);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
    answer.json()
}

/// The objects of a stream; only the last is done.
fn lines(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    let text = answer.text();
    assert!(text.ends_with('\n'));
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (last, others) = lines.split_last().unwrap();
    assert!(last["done"] == true && others.iter().all(|line| line["done"] == false));
    lines
}

fn joined(lines: &[Value], pointer: &str) -> String {
    lines.iter().filter_map(|line| line.pointer(pointer)?.as_str()).collect()
}

fn tools() -> Value {
    json!([{"type": "function", "function": {"name": "get_weather", "description": "Weather", "parameters": {
        "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}])
}

#[test]
fn a_chat_is_streamed_unless_it_is_told_not_to_be() {
    let server = Server::start(quick());
    for fields in [
        json!({}),
        json!({"model": "qwen3:8b"}),
        json!({"options": {"num_predict": 3}}),
        json!({"format": "json"}),
    ] {
        let told = whole(&server, &fields);
        let lines = lines(&send(&server, "chat", &[], &with(&fields)));
        assert_eq!(joined(&lines, "/message/content"), told["message"]["content"].as_str().unwrap());
        assert_eq!(
            joined(&lines, "/message/thinking"),
            told["message"]["thinking"].as_str().unwrap_or_default()
        );
        let last = lines.last().unwrap();
        for name in
            ["model", "created_at", "done_reason", "prompt_eval_count", "eval_count", "total_duration"]
        {
            assert_eq!(last[name], told[name], "{name}");
            assert!(!told[name].is_null());
        }
    }
    let told = whole(&server, &json!({}));
    assert_eq!(
        (&told["created_at"], &told["done_reason"]),
        (&json!("2027-01-15T08:00:00.0Z"), &json!("stop"))
    );
    assert!(told["message"]["content"].as_str().unwrap().contains("What is a weir?"));
    assert_eq!(whole(&server, &json!({"options": {"num_predict": 3}}))["done_reason"], "length");
    assert_eq!(whole(&server, &json!({"options": {"num_ctx": 2}}))["prompt_eval_count"], 2);
    assert_eq!(
        whole(&server, &json!({"options": {"stop": [" is"]}}))["message"]["content"],
        "You said: \"What"
    );
}

#[test]
fn tools_are_called_with_objects_and_without_ids() {
    let server = Server::start(quick());
    let expected = json!([{"function": {"name": "get_weather", "arguments": {"city": "Paris"}}}]);
    let fields = json!({"tools": tools()});
    let first = whole(&server, &fields);
    assert_eq!((&first["message"]["tool_calls"], &first["done_reason"]), (&expected, &json!("stop")));
    let lines = lines(&send(&server, "chat", &[], &with(&fields)));
    assert_eq!(lines[0]["message"]["tool_calls"], expected);
    for result in [
        json!({"role": "tool", "tool_name": "get_weather", "content": "18"}),
        json!({"role": "tool", "content": "18"}),
    ] {
        let messages = json!([hello()["messages"][0], first["message"], result]);
        let second = whole(&server, &json!({"tools": tools(), "messages": messages}));
        assert_eq!(second["message"]["content"], "The tool get_weather returned: 18");
    }
}

#[test]
fn thoughts_formats_pictures_and_chances() {
    let server = Server::start(quick());
    let thinking = |think: Value| {
        whole(&server, &json!({"model": "qwen3", "think": think}))["message"]["thinking"].clone()
    };
    assert_eq!(thinking(json!(false)), Value::Null);
    assert!(thinking(json!(true)).is_string() && thinking(json!("low")).is_string());
    assert!(whole(&server, &json!({"model": "gpt-oss", "think": false}))["message"]["thinking"].is_string());
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}});
    assert_eq!(whole(&server, &json!({"format": schema}))["message"]["content"], "{\"city\":\"Paris\"}");
    let seen = json!([{"role": "user", "content": "What is this?", "images": ["iVBORw0KGgo="]}]);
    let told = whole(&server, &json!({"model": "llava", "messages": seen}));
    assert!(told["prompt_eval_count"].as_u64().unwrap() > 85);
    let told = whole(&server, &json!({"logprobs": true, "top_logprobs": 2}));
    let chances = told["logprobs"].as_array().unwrap();
    let tokens: String = chances.iter().map(|chance| chance["token"].as_str().unwrap()).collect();
    assert_eq!(json!(tokens), told["message"]["content"]);
    assert_eq!(chances[0]["top_logprobs"].as_array().unwrap().len(), 2);
    let lines = lines(&send(&server, "chat", &[], &with(&json!({"logprobs": true}))));
    assert_eq!(lines[0]["logprobs"][0]["token"], lines[0]["message"]["content"]);
}

#[test]
fn prompts_are_answered_and_models_loaded() {
    let server = Server::start(quick());
    let body = json!({"model": "llama3.2", "prompt": "What is a weir?", "stream": false});
    let told = send(&server, "generate", &[], &body).json();
    assert!(told["response"].as_str().unwrap().contains("What is a weir?"));
    assert!(!told["context"].as_array().unwrap().is_empty());
    let streamed =
        lines(&send(&server, "generate", &[], &json!({"model": "llama3.2", "prompt": "What is a weir?"})));
    assert_eq!(joined(&streamed, "/response"), told["response"].as_str().unwrap());
    let loaded = send(&server, "generate", &[], &json!({"model": "llama3.2"})).json();
    assert_eq!((&loaded["done_reason"], &loaded["response"]), (&json!("load"), &json!("")));
    let unloaded = send(&server, "chat", &[], &json!({"model": "llama3.2", "keep_alive": 0})).json();
    assert_eq!((&unloaded["done_reason"], &unloaded["message"]["content"]), (&json!("unload"), &json!("")));
}

#[test]
fn texts_are_embedded_and_models_described() {
    let server = Server::start(quick());
    let body = json!({"model": "nomic-embed-text", "input": ["a", "b"]});
    let told = send(&server, "embed", &[], &body).json();
    assert_eq!((told["embeddings"].as_array().unwrap().len(), &told["prompt_eval_count"]), (2, &json!(2)));
    assert_eq!(told["embeddings"][0].as_array().unwrap().len(), 768);
    let old = send(&server, "embeddings", &[], &json!({"model": "nomic-embed-text", "prompt": "a"})).json();
    assert_eq!(old["embedding"], told["embeddings"][0]);
    let tags = server.get("/ollama/api/tags").json();
    assert_eq!(tags["models"][0]["model"], "llama3.2:latest");
    assert!(server.get("/ollama/api/version").json()["version"].is_string());
    assert_eq!(server.get("/ollama/api/ps").json(), json!({"models": []}));
    let shown = send(&server, "show", &[], &json!({"model": "qwen3:8b"})).json();
    assert_eq!(shown["capabilities"], json!(["completion", "tools", "thinking"]));
}
