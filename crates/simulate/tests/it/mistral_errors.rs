//! What Mistral refuses, and in which words.

use serde_json::{Value, json};
use simulate::{Config, RateLimit};

use crate::mistral::{chat, hello, send, with};
use crate::support::{Answer, Server, quick};

/// The message of an error with type and code.
fn refused(answer: &Answer, status: u16, kind: &str, code: &str) -> String {
    let text = answer.text();
    assert_eq!(answer.status, status, "{text}");
    let body = answer.json();
    assert_eq!(
        (&body["object"], &body["param"], body.as_object().unwrap().len()),
        (&json!("error"), &Value::Null, 5)
    );
    assert_eq!((&body["type"], &body["code"]), (&json!(kind), &json!(code)), "{text}");
    body["message"].as_str().unwrap().to_owned()
}

/// The only mistake that a 422 tells.
fn mistake(answer: &Answer) -> Value {
    let text = answer.text();
    assert_eq!(answer.status, 422, "{text}");
    let body = answer.json();
    assert_eq!((body.as_object().unwrap().len(), body["detail"].as_array().unwrap().len()), (1, 1));
    body["detail"][0].clone()
}

#[test]
fn shapes_are_checked() {
    let server = Server::start(quick());
    for (fields, kind, at) in [
        (json!({"seed": 1}), "extra_forbidden", json!(["body", "seed"])),
        (json!({"max_completion_tokens": 1}), "extra_forbidden", json!(["body", "max_completion_tokens"])),
        (json!({"stream_options": {}}), "extra_forbidden", json!(["body", "stream_options"])),
        (json!({"user": "x"}), "extra_forbidden", json!(["body", "user"])),
        (json!({"messages": []}), "too_short", json!(["body", "messages"])),
        (
            json!({"messages": [{"role": "developer", "content": "x"}]}),
            "union_tag_invalid",
            json!(["body", "messages", 0]),
        ),
        (json!({"messages": [{"role": "user"}]}), "missing", json!(["body", "messages", 0, "content"])),
        (
            json!({"messages": [{"role": "user", "content": "x", "name": "y"}]}),
            "extra_forbidden",
            json!(["body", "messages", 0, "name"]),
        ),
        (json!({"temperature": 2}), "less_than_equal", json!(["body", "temperature"])),
        (json!({"temperature": "hot"}), "float_type", json!(["body", "temperature"])),
        (json!({"random_seed": -1}), "greater_than_equal", json!(["body", "random_seed"])),
        (json!({"tool_choice": "maybe"}), "literal_error", json!(["body", "tool_choice"])),
        (
            json!({"response_format": {"type": "json_schema"}}),
            "missing",
            json!(["body", "response_format", "json_schema"]),
        ),
    ] {
        let told = mistake(&chat(&server, &with(&fields)));
        assert_eq!((&told["type"], &told["loc"]), (&json!(kind), &at), "{fields}: {told}");
        assert!(told["msg"].is_string());
    }
    let told = mistake(&chat(&server, &json!({"messages": []})));
    assert_eq!((&told["type"], &told["msg"]), (&json!("missing"), &json!("Field required")));
    let broken = server.send("POST", "/mistral/v1/chat/completions", &[("authorization", "Bearer k")], b"{");
    assert_eq!(mistake(&broken)["type"], "json_invalid");
}

#[test]
fn messages_follow_each_other() {
    let server = Server::start(quick());
    let user = json!({"role": "user", "content": "Hi"});
    let said = json!({"role": "assistant", "content": "Yes"});
    let call = |id: &str| {
        let function = json!({"name": "a", "arguments": {}});
        json!({"role": "assistant", "content": "", "tool_calls": [{"id": id, "function": function}]})
    };
    let result = |id: &str| json!({"role": "tool", "tool_call_id": id, "content": "18"});
    let (one, other) = ("D681PevKs", "a1b2c3d4e");
    let order = ("invalid_request_message_order", "3230");
    let ids = ("invalid_function_call", "3280");
    for (messages, (kind, code), expected) in [
        (vec![user.clone(), said.clone()], order, "Expected last role User or Tool"),
        (
            vec![user.clone(), said.clone(), said.clone(), user.clone()],
            order,
            "Unexpected role 'assistant' after role 'assistant'",
        ),
        (vec![user.clone(), result(one)], order, "Unexpected role 'tool' after role 'user'"),
        (
            vec![user.clone(), call(one), user.clone()],
            order,
            "Not the same number of function calls and responses",
        ),
        (
            vec![user.clone(), call(one), result(other)],
            order,
            "Not the same number of function calls and responses",
        ),
        (
            vec![user.clone(), call(one), result(one), user.clone()],
            order,
            "Unexpected role 'user' after role 'tool'",
        ),
        (vec![user.clone(), call("call_1"), result("call_1")], ids, "Tool call id was call_1 but must be"),
        (vec![user.clone(), call(one), result("call_1")], ids, "Tool call id was call_1 but must be"),
    ] {
        let message = refused(&chat(&server, &with(&json!({"messages": messages}))), 400, kind, code);
        assert!(message.contains(expected), "{message}");
    }
    let good = with(&json!({"messages": [user, call(one), result(one)]}));
    assert_eq!(chat(&server, &good).status, 200);
}

#[test]
fn models_tools_and_pictures_are_checked() {
    let server = Server::start(quick());
    let check =
        |fields: &Value, kind: &str, code: &str| refused(&chat(&server, &with(fields)), 400, kind, code);
    assert_eq!(check(&json!({"model": "gpt-4o"}), "invalid_model", "1500"), "Invalid model: gpt-4o");
    check(&json!({"model": "mistral-embed"}), "invalid_model", "1500");
    check(&json!({"tool_choice": "any"}), "invalid_request_tool_choice", "3290");
    let tool =
        |name: &str| json!({"tools": [{"type": "function", "function": {"name": name, "parameters": {}}}]});
    check(&tool("a b"), "invalid_function_call", "3280");
    let function = json!({"name": "a", "parameters": {"required": "x"}});
    check(&json!({"tools": [{"type": "function", "function": function}]}), "invalid_request_tool", "3290");
    let mut named = tool("a");
    named["tool_choice"] = json!({"type": "function", "function": {"name": "b"}});
    check(&named, "invalid_request_tool_choice", "3290");
    let picture = json!([{"type": "image_url", "image_url": "file:///etc/hosts"}]);
    check(&json!({"messages": [{"role": "user", "content": picture}]}), "invalid_request_file", "3310");
    let effort = json!({"model": "codestral-latest", "reasoning_effort": "high"});
    check(&effort, "invalid_request_error", "3051");
    let body = json!({"model": "mistral-embed", "input": "x", "output_dimension": 9});
    refused(&send(&server, "embeddings", &[], &body), 400, "invalid_request_error", "3051");
}

#[test]
fn keys_and_statuses_fail_in_the_vendors_shape() {
    let server = Server::start(quick());
    for key in ["Bearer sk-bad", "Basic x"] {
        let answer = send(&server, "chat/completions", &[("authorization", key)], &hello());
        assert_eq!((answer.status, answer.json()), (401, json!({"detail": "Unauthorized"})));
    }
    assert_eq!(send(&server, "chats", &[], &hello()).json(), json!({"detail": "Not Found"}));
    for (status, kind, code) in [
        (429, "rate_limited", "1300"),
        (500, "internal_server_error", "1000"),
        (503, "unreachable_backend", "1100"),
    ] {
        let faults = format!("status={status}");
        refused(&send(&server, "chat/completions", &[("x-simulate", &faults)], &hello()), status, kind, code);
    }
    mistake(&chat(&server, &with(&json!({"model": "mistral-small-latest+status=422"}))));
    let rate_limit = Some(RateLimit { requests_per_minute: 1, tokens_per_minute: 10_000 });
    let tight = Server::start(Config { rate_limit, ..quick() });
    assert_eq!(chat(&tight, &hello()).status, 200);
    let message = refused(&chat(&tight, &hello()), 429, "rate_limited", "1300");
    assert_eq!(message, "Requests rate limit exceeded");
}

#[test]
fn streams_break_as_they_are_told_to() {
    let server = Server::start(quick());
    let body = with(&json!({"stream": true}));
    let stream = |faults: &str| send(&server, "chat/completions", &[("x-simulate", faults)], &body);
    let (_, last) = stream("error-after=2").events().pop().unwrap();
    assert_eq!(serde_json::from_str::<Value>(&last).unwrap()["object"], "error");
    let cut = stream("cut-after=3");
    assert_eq!((cut.complete, cut.events().len()), (false, 3));
    assert!(serde_json::from_str::<Value>(&stream("garbage").events()[1].1).is_err());
    let filtered = send(&server, "chat/completions", &[("x-simulate", "finish=filter")], &hello()).json();
    assert_eq!(filtered["choices"][0]["finish_reason"], "error");
    let long = send(&server, "chat/completions", &[("x-simulate", "tokens=40")], &hello()).json();
    assert_eq!(long["usage"]["completion_tokens"], 40);
}
