//! Azure's deployments: OpenAI's answers with what the content filter found.

use serde_json::{Value, json};

use crate::support::{Answer, Server, quick};

pub(crate) const VERSION: &str = "api-version=2024-10-21";

pub(crate) fn hello() -> Value {
    json!({"messages": [{"role": "user", "content": "What is a weir?"}]})
}

pub(crate) fn with(fields: &Value) -> Value {
    let mut body = hello();
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    body
}

pub(crate) fn send(server: &Server, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    let usual = [("api-key", "key"), ("content-type", "application/json")];
    let usual = usual.iter().filter(|(name, _)| headers.iter().all(|(own, _)| own != name));
    let headers: Vec<_> = usual.chain(headers).copied().collect();
    server.send("POST", &format!("/azure/openai/{path}"), &headers, body.to_string().as_bytes())
}

/// A chat with a deployment.
pub(crate) fn chat(server: &Server, headers: &[(&str, &str)], body: &Value) -> Answer {
    send(server, &format!("deployments/gpt-4o/chat/completions?{VERSION}"), headers, body)
}

#[test]
fn a_whole_answer_tells_what_the_filter_found() {
    let server = Server::start(quick());
    let answer = chat(&server, &[], &with(&json!({"model": "whatever"})));
    assert_eq!(answer.status, 200, "{}", answer.text());
    for header in ["apim-request-id", "x-ms-region", "x-ratelimit-remaining-tokens"] {
        assert!(answer.header(header).is_some(), "{header}");
    }
    let body = answer.json();
    assert_eq!((&body["object"], &body["model"]), (&json!("chat.completion"), &json!("gpt-4o-2024-08-06")));
    assert!(body["choices"][0]["message"]["content"].as_str().unwrap().contains("What is a weir?"));
    let found = &body["choices"][0]["content_filter_results"];
    assert_eq!(found["violence"], json!({"filtered": false, "severity": "safe"}));
    let prompt = &body["prompt_filter_results"][0];
    assert_eq!(
        (&prompt["prompt_index"], &prompt["content_filter_results"]["jailbreak"]["detected"]),
        (&json!(0), &json!(false))
    );
    let filtered = chat(&server, &[("x-simulate", "finish=filter")], &hello()).json()["choices"][0].clone();
    assert_eq!(filtered["finish_reason"], "content_filter");
    assert_eq!(
        filtered["content_filter_results"]["violence"],
        json!({"filtered": true, "severity": "medium"})
    );
}

#[test]
fn a_stream_begins_with_the_prompts_results() {
    let server = Server::start(quick());
    let whole = chat(&server, &[], &hello()).json();
    let streamed =
        chat(&server, &[], &with(&json!({"stream": true, "stream_options": {"include_usage": true}})));
    assert_eq!(streamed.header("content-type"), Some("text/event-stream; charset=utf-8"));
    let mut events = streamed.events();
    assert_eq!(events.pop().unwrap().1, "[DONE]");
    let chunks: Vec<Value> = events.iter().map(|(_, data)| serde_json::from_str(data).unwrap()).collect();
    let first = &chunks[0];
    assert_eq!((&first["choices"], &first["model"], &first["id"]), (&json!([]), &json!(""), &json!("")));
    assert_eq!(first["prompt_filter_results"], whole["prompt_filter_results"]);
    let text: String =
        chunks.iter().filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str()).collect();
    assert_eq!(json!(text), whole["choices"][0]["message"]["content"]);
    assert_eq!(chunks[1]["choices"][0]["content_filter_results"], json!({}));
    assert!(chunks[2]["choices"][0]["content_filter_results"]["hate"].is_object());
    assert_eq!(chunks.last().unwrap()["usage"], whole["usage"]);
}

#[test]
fn a_tool_is_called_once_and_its_result_is_told() {
    let server = Server::start(quick());
    let tools = json!([{"type": "function", "function": {"name": "get_weather"}}]);
    let mut body = with(&json!({"tools": tools}));
    let first = chat(&server, &[], &body).json()["choices"][0].clone();
    assert_eq!(
        (&first["finish_reason"], &first["content_filter_results"]),
        (&json!("tool_calls"), &json!({}))
    );
    let call = &first["message"]["tool_calls"][0];
    let result = json!({"role": "tool", "tool_call_id": call["id"], "content": "18"});
    body["messages"].as_array_mut().unwrap().extend([first["message"].clone(), result]);
    let second = chat(&server, &[], &body).json();
    assert_eq!(second["choices"][0]["message"]["content"], "The tool get_weather returned: 18");
}

#[test]
fn deployments_have_models_and_the_first_version_names_them() {
    let server = Server::start(quick());
    let model = |deployment: &str| {
        let path = format!("deployments/{deployment}/chat/completions?{VERSION}-preview");
        send(&server, &path, &[], &hello()).json()["model"].clone()
    };
    assert_eq!(model("my-chat"), "gpt-4o-2024-08-06");
    assert_eq!(model("team-gpt-5-prod"), "gpt-5-2025-08-07");
    let path = format!("deployments/my-embeddings/embeddings?{VERSION}");
    let embedded = send(&server, &path, &[], &json!({"input": ["a", "b"]})).json();
    assert_eq!(
        (embedded["data"].as_array().unwrap().len(), &embedded["model"]),
        (2, &json!("text-embedding-3-small"))
    );
    let named = with(&json!({"model": "gpt-4o"}));
    for path in ["v1/chat/completions", "v1/chat/completions?api-version=preview"] {
        let answer = send(&server, path, &[("authorization", "Bearer token"), ("api-key", "key")], &named);
        assert!(answer.json()["prompt_filter_results"].is_array());
    }
    for path in ["v1/responses", "responses?api-version=2025-04-01-preview"] {
        let response = send(&server, path, &[], &json!({"model": "gpt-4o", "input": "Hi"})).json();
        assert_eq!((&response["object"], &response["status"]), (&json!("response"), &json!("completed")));
    }
    let models = server.send("GET", "/azure/openai/v1/models", &[("api-key", "key")], &[]).json();
    assert!(models["data"].as_array().unwrap().iter().any(|model| model["id"] == "gpt-4o"));
}
