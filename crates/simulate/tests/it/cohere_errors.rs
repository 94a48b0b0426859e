//! What Cohere refuses, and in which words.

use serde_json::{Value, json};
use simulate::{Config, RateLimit};

use crate::cohere::{chat, hello, send, with};
use crate::support::{Answer, Server, quick};

/// The message of an error, which must have this status.
fn refused(answer: &Answer, status: u16) -> String {
    let text = answer.text();
    assert_eq!(answer.status, status, "{text}");
    let body = answer.json();
    assert_eq!((body.as_object().unwrap().len(), body["id"].as_str().unwrap().len()), (2, 36));
    body["message"].as_str().unwrap().to_owned()
}

fn check(server: &Server, fields: &Value, status: u16, expected: &str) {
    let message = refused(&chat(server, &with(fields)), status);
    assert!(message.contains(expected), "{fields}: {message}");
}

fn tool(parameters: &Value) -> Value {
    json!([{"type": "function", "function": {"name": "a", "parameters": parameters}}])
}

#[test]
fn fields_take_only_what_they_take() {
    let server = Server::start(quick());
    for (fields, status, expected) in [
        (json!({"top_p": 1}), 422, "unknown field: parameter 'top_p' is not a valid field"),
        (
            json!({"messages": "x"}),
            400,
            "invalid type: parameter messages is of type string but should be of type array.",
        ),
        (json!({"messages": []}), 400, "messages must have at least 1 elements"),
        (
            json!({"messages": [{"role": "developer", "content": "x"}]}),
            400,
            "messages[0].role 'developer' is not valid",
        ),
        (json!({"messages": [{"role": "user"}]}), 400, "messages[0].content is required."),
        (json!({"messages": [{"role": "user", "content": ""}]}), 400, "at least 1 token long"),
        (json!({"temperature": "hot"}), 400, "is of type string but should be of type float"),
        (json!({"k": 501}), 400, "k must be less than or equal to 500"),
        (json!({"stop_sequences": ["a", "b", "c", "d", "e", "f"]}), 400, "at most 5"),
        (json!({"tool_choice": "AUTO"}), 400, "must be one of: REQUIRED, NONE."),
        (json!({"tool_choice": "REQUIRED"}), 400, "only be set when tools are provided"),
        (
            json!({"tools": tool(&json!({"type": "object"})), "strict_tools": true}),
            400,
            "at least one required parameter",
        ),
        (json!({"tools": tool(&json!({"type": "array"}))}), 400, "must be of type object"),
        (
            json!({"tools": tool(&json!({})), "response_format": {"type": "json_object"}}),
            400,
            "not supported with tools or documents",
        ),
        (
            json!({"response_format": {"type": "json_schema"}}),
            400,
            "response_format.type 'json_schema' is not valid",
        ),
        (json!({"thinking": {"type": "enabled"}}), 400, "thinking is not supported"),
        (json!({"model": "gpt-4o"}), 404, "model 'gpt-4o' not found"),
        (json!({"model": "embed-v4.0"}), 400, "not supported by the chat API"),
    ] {
        check(&server, &fields, status, expected);
    }
    let picture = json!([{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}, {"type": "text", "text": "x"}]);
    check(
        &server,
        &json!({"messages": [{"role": "user", "content": picture}]}),
        400,
        "does not support image inputs",
    );
    let seen = with(
        &json!({"model": "command-a-vision-07-2025", "messages": [{"role": "user", "content": picture}]}),
    );
    assert_eq!(chat(&server, &seen).status, 200);
}

#[test]
fn calls_and_results_belong_together() {
    let server = Server::start(quick());
    let user = json!({"role": "user", "content": "Hi"});
    let call = |arguments: &str| {
        let function = json!({"name": "a", "arguments": arguments});
        json!({"role": "assistant", "tool_calls": [{"id": "a_1", "type": "function", "function": function}]})
    };
    let result = |id: &str| json!({"role": "tool", "tool_call_id": id, "content": "18"});
    for (messages, expected) in [
        (vec![user.clone(), call("{}"), result("a_2")], "tool_call_id 'a_2' does not match"),
        (vec![user.clone(), result("a_1")], "tool_call_id 'a_1' does not match"),
        (vec![user.clone(), call("{}")], "missing tool results for the following tool call ids: a_1"),
        (vec![user.clone(), call("{}"), user.clone()], "missing tool results"),
        (vec![user.clone(), call("[]"), result("a_1")], "must be a JSON object"),
        (vec![user.clone(), json!({"role": "assistant"})], "must have content or tool_calls"),
        (vec![user.clone(), json!({"role": "assistant", "content": "Yes"})], "the last message must be from"),
    ] {
        check(&server, &json!({"messages": messages}), 400, expected);
    }
    assert_eq!(chat(&server, &with(&json!({"messages": [user, call("{}"), result("a_1")]}))).status, 200);
}

#[test]
fn embeddings_and_reranking_are_checked() {
    let server = Server::start(quick());
    let embed = |fields: &Value| {
        let mut body = json!({"model": "embed-english-v3.0", "input_type": "image"});
        body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        refused(&send(&server, "/cohere/v2/embed", &[], &body), 400)
    };
    assert!(embed(&json!({})).contains("exactly one of texts, images or inputs"));
    assert!(embed(&json!({"images": ["x"]})).contains("not a valid data URL"));
    assert!(
        embed(&json!({"texts": ["x"], "output_dimension": 256}))
            .contains("output_dimension is not supported")
    );
    assert!(embed(&json!({"texts": vec!["x"; 97]})).contains("at most 96"));
    let body = json!({"model": "embed-v4.0", "texts": ["x"]});
    assert!(refused(&send(&server, "/cohere/v2/embed", &[], &body), 400).contains("input_type is required"));
    let body = json!({"model": "rerank-v3.5", "query": " ", "documents": ["x"]});
    assert!(
        refused(&send(&server, "/cohere/v2/rerank", &[], &body), 400).contains("query must not be empty")
    );
}

#[test]
fn keys_paths_and_statuses_fail_in_the_vendors_shape() {
    let server = Server::start(quick());
    let path = "/cohere/v2/chat";
    assert_eq!(refused(&server.send("POST", path, &[], b"{}"), 401), "no api key supplied");
    assert_eq!(
        refused(&send(&server, path, &[("authorization", "Bearer sk-bad")], &hello()), 401),
        "invalid api token"
    );
    assert!(
        refused(&server.send("POST", path, &[("authorization", "Bearer k")], b"{"), 400).contains("json")
    );
    refused(&send(&server, "/cohere/v2/chats", &[], &hello()), 404);
    refused(&server.send("GET", path, &[("authorization", "Bearer k")], b""), 405);
    for status in [400, 401, 403, 404, 422, 429, 498, 499, 500, 501, 503, 504] {
        let faults = format!("status={status}");
        refused(&send(&server, path, &[("x-simulate", &faults)], &hello()), status);
    }
    let limited = chat(&server, &with(&json!({"model": "command-a-03-2025+status=429+retry-after=7"})));
    refused(&limited, 429);
    assert_eq!(limited.header("retry-after"), Some("7"));
    let rate_limit = Some(RateLimit { requests_per_minute: 1, tokens_per_minute: 10_000 });
    let tight = Server::start(Config { rate_limit, ..quick() });
    assert_eq!(chat(&tight, &hello()).status, 200);
    assert!(refused(&chat(&tight, &hello()), 429).contains("past the per minute requests limit"));
}

#[test]
fn streams_break_as_they_are_told_to() {
    let server = Server::start(quick());
    let stream = |faults: &str| {
        send(&server, "/cohere/v2/chat", &[("x-simulate", faults)], &with(&json!({"stream": true})))
    };
    let (name, data) = stream("error-after=3").events().pop().unwrap();
    let data: Value = serde_json::from_str(&data).unwrap();
    assert_eq!((name.as_deref(), &data["delta"]["finish_reason"]), (Some("message-end"), &json!("ERROR")));
    assert!(data["delta"]["error"].is_string());
    let cut = stream("cut-after=2");
    assert_eq!((cut.complete, cut.events().len()), (false, 2));
    let broken = stream("garbage").events();
    assert!(serde_json::from_str::<Value>(&broken[1].1).is_err());
    let failed = send(&server, "/cohere/v2/chat", &[("x-simulate", "finish=filter")], &hello());
    assert_eq!(failed.json()["finish_reason"], "ERROR");
}
