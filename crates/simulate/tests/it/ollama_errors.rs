//! What Ollama refuses, and in which words.

use serde_json::{Value, json};
use simulate::{Config, RateLimit};

use crate::ollama::{hello, send, with};
use crate::support::{Answer, Server, quick};

/// The message of an error, which must have this status.
fn refused(answer: &Answer, status: u16) -> String {
    let text = answer.text();
    assert_eq!(answer.status, status, "{text}");
    let body = answer.json();
    assert_eq!(body.as_object().unwrap().len(), 1);
    body["error"].as_str().unwrap().to_owned()
}

#[test]
fn fields_take_only_what_they_take() {
    let server = Server::start(quick());
    for (fields, status, expected) in [
        (json!({"model": ""}), 400, "model is required"),
        (json!({"model": "gpt-4o"}), 404, "model 'gpt-4o' not found"),
        (
            json!({"messages": "x"}),
            400,
            "json: cannot unmarshal string into Go struct field ChatRequest.messages of type []interface {}",
        ),
        (
            json!({"messages": [{"role": "user", "content": [1]}]}),
            400,
            "cannot unmarshal array into Go struct field ChatRequest.messages.content of type string",
        ),
        (
            json!({"messages": [{"role": "user", "images": ["data:image/png;base64,AA=="]}]}),
            400,
            "illegal base64 data",
        ),
        (json!({"messages": [{"role": "user", "images": ["AAAA"]}]}), 400, "does not support vision"),
        (
            json!({"messages": [{"role": "assistant", "tool_calls": [{"function": {"name": "a", "arguments": "{}"}}]}]}),
            400,
            "messages.tool_calls.function.arguments of type map[string]interface {}",
        ),
        (json!({"stream": "no"}), 400, "ChatRequest.stream of type bool"),
        (json!({"think": true}), 400, "\"llama3.2\" does not support thinking"),
        (json!({"model": "qwen3", "think": "much"}), 400, "invalid think value: \"much\""),
        (
            json!({"model": "gemma3", "tools": [{"type": "function", "function": {"name": "a"}}]}),
            400,
            "registry.ollama.ai/library/gemma3 does not support tools",
        ),
        (json!({"options": {"temperature": "hot"}}), 400, "option \"temperature\" must be of type float32"),
        (json!({"options": {"stop": "x"}}), 400, "option \"stop\" must be of type array"),
        (
            json!({"format": "xml"}),
            400,
            "invalid format: \"xml\"; expected \"json\" or a valid JSON Schema object",
        ),
        (json!({"top_logprobs": 21}), 400, "top_logprobs must be between 0 and 20"),
        (json!({"model": "nomic-embed-text"}), 400, "\"nomic-embed-text\" does not support chat"),
    ] {
        let message = refused(&send(&server, "chat", &[], &with(&fields)), status);
        assert!(message.contains(expected), "{fields}: {message}");
    }
    // What is not known is passed over.
    assert_eq!(
        send(&server, "chat", &[], &with(&json!({"colour": "red", "options": {"colour": 1}}))).status,
        200
    );
    let raw = json!({"model": "llama3.2", "prompt": "x", "raw": true, "system": "y"});
    assert!(refused(&send(&server, "generate", &[], &raw), 400).contains("raw mode does not support"));
    let embed =
        |input: Value, model: &str| send(&server, "embed", &[], &json!({"model": model, "input": input}));
    assert_eq!(refused(&embed(json!([1]), "nomic-embed-text"), 400), "invalid input type");
    assert_eq!(refused(&embed(json!("a"), "llama3.2"), 400), "this model does not support embeddings");
}

#[test]
fn bodies_paths_and_statuses_fail_in_the_vendors_shape() {
    let server = Server::start(quick());
    assert_eq!(refused(&server.send("POST", "/ollama/api/chat", &[], b""), 400), "missing request body");
    refused(&server.send("POST", "/ollama/api/chat", &[], b"{"), 400);
    refused(&send(&server, "chats", &[], &hello()), 404);
    refused(&server.get("/ollama/api/chat"), 405);
    refused(&send(&server, "show", &[], &json!({"model": "none"})), 404);
    assert_eq!(
        refused(&send(&server, "chat", &[("authorization", "Bearer sk-bad")], &hello()), 401),
        "unauthorized"
    );
    for status in [400, 401, 404, 429, 500, 503] {
        refused(&send(&server, "chat", &[("x-simulate", &format!("status={status}"))], &hello()), status);
    }
    refused(&send(&server, "chat", &[], &with(&json!({"model": "llama3.2+status=503"}))), 503);
    let rate_limit = Some(RateLimit { requests_per_minute: 1, tokens_per_minute: 10_000 });
    let tight = Server::start(Config { rate_limit, ..quick() });
    assert_eq!(send(&tight, "chat", &[], &hello()).status, 200);
    refused(&send(&tight, "chat", &[], &hello()), 429);
}

#[test]
fn streams_break_as_they_are_told_to() {
    let server = Server::start(quick());
    let stream = |faults: &str| send(&server, "chat", &[("x-simulate", faults)], &hello());
    let failed = stream("error-after=2").text();
    let last: Value = serde_json::from_str(failed.lines().last().unwrap()).unwrap();
    assert_eq!((failed.lines().count(), last["error"].is_string(), last.get("done")), (3, true, None));
    assert!(stream("finish=failed").text().lines().last().unwrap().contains("\"error\""));
    let cut = stream("cut-after=2");
    assert_eq!((cut.complete, cut.text().lines().count()), (false, 2));
    let garbled = stream("garbage").text();
    assert!(serde_json::from_str::<Value>(garbled.lines().nth(1).unwrap()).is_err());
    let several = stream("tokens=40, latency=1ms").text();
    let last: Value = serde_json::from_str(several.lines().last().unwrap()).unwrap();
    assert_eq!(last["eval_count"], 40);
}
