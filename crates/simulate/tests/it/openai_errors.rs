//! What OpenAI's chat refuses, and in which words.

use serde_json::{Value, json};

use crate::openai::{hello, with};
use crate::support::{Answer, Server, quick};

/// Checks the shape; gives the inside.
fn error(answer: &Answer, status: u16) -> Value {
    let text = answer.text();
    assert_eq!(answer.status, status, "{text}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert!(answer.header("x-request-id").is_some());
    let body = answer.json();
    let inner = body["error"].as_object().unwrap();
    let mut names: Vec<_> = inner.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["code", "message", "param", "type"]);
    assert!(inner["code"].is_string() || inner["code"].is_null());
    body["error"].clone()
}

/// One case: fields over `hello`, and the error's parameter and code.
fn refused(server: &Server, extra: &Value, param: &str, code: &str) {
    let told = error(&server.chat(&[], &with(extra)), 400);
    assert_eq!(told["type"], "invalid_request_error");
    assert_eq!(told["param"].as_str().unwrap_or_default(), param, "{extra}: {told}");
    assert_eq!(told["code"].as_str().unwrap_or_default(), code, "{extra}: {told}");
}

#[test]
fn fields_take_only_what_they_take() {
    let server = Server::start(quick());
    for (extra, param, code) in [
        (json!({"temperature": 2.1}), "temperature", "decimal_above_max_value"),
        (json!({"temperature": -1}), "temperature", "decimal_below_min_value"),
        (json!({"temperature": "hot"}), "temperature", "invalid_type"),
        (json!({"top_p": 1.5}), "top_p", "decimal_above_max_value"),
        (json!({"n": 0}), "n", "integer_below_min_value"),
        (json!({"n": 1.5}), "n", "invalid_type"),
        (json!({"n": 129}), "n", "integer_above_max_value"),
        (json!({"max_tokens": 0}), "max_tokens", "integer_below_min_value"),
        (json!({"max_tokens": 5, "max_completion_tokens": 5}), "max_tokens", "invalid_parameter_combination"),
        (json!({"stream": "yes"}), "stream", "invalid_type"),
        (json!({"stream_options": {"include_usage": true}}), "stream_options", ""),
        (json!({"stream": true, "stream_options": {"x": 1}}), "stream_options.x", "unknown_parameter"),
        (json!({"stop": ["a", "b", "c", "d", "e"]}), "stop", "array_above_max_length"),
        (json!({"stop": 5}), "stop", "invalid_type"),
        (json!({"stop": ["a", 5]}), "stop[1]", "invalid_type"),
        (json!({"top_logprobs": 3}), "top_logprobs", ""),
        (json!({"logit_bias": {"5": 101}}), "logit_bias.5", "decimal_above_max_value"),
        (json!({"metadata": {"a": 1}}), "metadata.a", "invalid_type"),
        (json!({"service_tier": "gold"}), "service_tier", "invalid_value"),
        (json!({"reasoning_effort": "huge"}), "reasoning_effort", "invalid_value"),
        (json!({"user": null}), "user", "invalid_type"),
        (json!({"messages": []}), "messages", "empty_array"),
        (json!({"messages": "hi"}), "messages", "invalid_type"),
        (json!({"model": 5}), "model", "invalid_type"),
        (json!({"response_format": {"type": "json_object"}}), "messages", ""),
        (json!({"response_format": {"type": "xml"}}), "response_format.type", "invalid_value"),
        (
            json!({"response_format": {"type": "json_schema"}}),
            "response_format.json_schema",
            "missing_required_parameter",
        ),
        (json!({"colour": 1}), "", ""),
    ] {
        refused(&server, &extra, param, code);
    }
    let told = error(&server.chat(&[], &with(&json!({"colour": 1}))), 400);
    assert_eq!(told["message"], "Unrecognized request argument supplied: colour");
    let told = error(&server.chat(&[], &with(&json!({"colour": 1, "size": 2}))), 400);
    assert_eq!(told["message"], "Unrecognized request arguments supplied: colour, size");
    for name in ["model", "messages"] {
        let mut body = hello();
        body.as_object_mut().unwrap().shift_remove(name);
        let told = error(&server.chat(&[], &body), 400);
        assert_eq!((&told["param"], &told["code"]), (&json!(name), &json!("missing_required_parameter")));
    }
    let nulls = json!({"temperature": null, "stop": null, "stream": null, "n": null, "max_tokens": null});
    assert_eq!(server.chat(&[], &with(&nulls)).status, 200);
}

#[test]
fn models_that_reason_take_less() {
    let server = Server::start(quick());
    for (extra, param, code) in [
        (json!({"model": "gpt-5", "max_tokens": 9}), "max_tokens", "unsupported_parameter"),
        (json!({"model": "o3", "temperature": 0.5}), "temperature", "unsupported_value"),
        (json!({"model": "o3", "stop": "x"}), "stop", "unsupported_parameter"),
    ] {
        refused(&server, &extra, param, code);
    }
    let usual = json!({"model": "gpt-5", "temperature": 1, "max_completion_tokens": 99});
    assert_eq!(server.chat(&[], &with(&usual)).status, 200);
}

#[test]
fn messages_keep_their_shape_and_order() {
    let server = Server::start(quick());
    let user = json!({"role": "user", "content": "Hi"});
    let call = json!({"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}});
    let asks = json!({"role": "assistant", "content": null, "tool_calls": [call]});
    let tool = json!({"role": "tool", "tool_call_id": "call_1", "content": "5"});
    let other = json!({"role": "tool", "tool_call_id": "call_2", "content": "5"});
    let part = |part: Value| json!([{"role": "user", "content": [part]}]);
    for (messages, param, code) in [
        (json!([{"role": "boss", "content": "Hi"}]), "messages[0].role", "invalid_value"),
        (json!([{"content": "Hi"}]), "messages[0].role", "missing_required_parameter"),
        (json!([{"role": "user"}]), "messages[0].content", "missing_required_parameter"),
        (json!([{"role": "user", "content": null}]), "messages[0].content", "invalid_type"),
        (json!([{"role": "user", "content": []}]), "messages[0].content", "empty_array"),
        (json!([{"role": "user", "content": "Hi", "mood": 1}]), "messages[0].mood", "unknown_parameter"),
        (json!([{"role": "assistant", "content": null}]), "messages[0].content", "invalid_value"),
        (json!([user, {"role": "assistant", "tool_calls": []}]), "messages[1].tool_calls", "empty_array"),
        (json!([user, tool]), "messages[1].role", ""),
        (json!([user, asks]), "messages[1].role", ""),
        (json!([user, asks, user]), "messages[1].role", ""),
        (json!([user, asks, other]), "messages[2].tool_call_id", ""),
        (json!([user, asks, tool, user, tool]), "messages[4].role", ""),
        (json!([5]), "messages[0]", "invalid_type"),
        (part(json!({"type": "sound"})), "messages[0].content[0].type", "invalid_value"),
        (part(json!({"type": "text"})), "messages[0].content[0].text", "missing_required_parameter"),
        (
            part(json!({"type": "image_url", "image_url": {"url": "cat.png"}})),
            "messages[0].content[0].image_url.url",
            "invalid_image_url",
        ),
        (
            part(json!({"type": "image_url", "image_url": {"url": "https://x/y", "detail": "fine"}})),
            "messages[0].content[0].image_url.detail",
            "invalid_value",
        ),
        (
            json!([{"role": "system", "content": [{"type": "image_url"}]}]),
            "messages[0].content[0].type",
            "invalid_value",
        ),
    ] {
        refused(&server, &json!({"messages": messages}), param, code);
    }
    let good = json!([{"role": "developer", "content": "Be brief"}, user, asks, tool, user]);
    assert_eq!(server.chat(&[], &with(&json!({"messages": good}))).status, 200);
    let picture = part(json!({"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}));
    assert_eq!(server.chat(&[], &with(&json!({"messages": picture}))).status, 200);
}

#[test]
fn tools_keep_their_shape() {
    let server = Server::start(quick());
    let function = |function: Value| json!([{"type": "function", "function": function}]);
    let open = json!({"type": "object", "properties": {"a": {"type": "string"}}});
    for (extra, param, code) in [
        (json!({"tools": []}), "tools", "empty_array"),
        (json!({"tools": [{"type": "magic"}]}), "tools[0].type", "invalid_value"),
        (json!({"tools": [{"type": "function"}]}), "tools[0].function", "missing_required_parameter"),
        (json!({"tools": function(json!({"name": "a b"}))}), "tools[0].function.name", "invalid_value"),
        (
            json!({"tools": function(json!({"name": "x".repeat(65)}))}),
            "tools[0].function.name",
            "string_above_max_length",
        ),
        (
            json!({"tools": function(json!({"name": "a", "parameters": {"type": "array"}}))}),
            "tools[0].function.parameters",
            "invalid_function_parameters",
        ),
        (
            json!({"tools": function(json!({"name": "a", "parameters": open, "strict": true}))}),
            "tools[0].function.parameters",
            "invalid_json_schema",
        ),
        (json!({"tools": [{"name": "a", "type": "function"}]}), "tools[0].name", "unknown_parameter"),
        (json!({"tool_choice": "auto"}), "tool_choice", ""),
        (json!({"parallel_tool_calls": true}), "parallel_tool_calls", ""),
        (
            json!({"tools": function(json!({"name": "a"})), "tool_choice": "any"}),
            "tool_choice",
            "invalid_value",
        ),
        (
            json!({"tools": function(json!({"name": "a"})),
            "tool_choice": {"type": "function", "function": {"name": "b"}}}),
            "tool_choice",
            "",
        ),
    ] {
        refused(&server, &extra, param, code);
    }
}

#[test]
fn bodies_keys_paths_and_models_are_refused_in_shape() {
    let server = Server::start(quick());
    let path = "/openai/v1/chat/completions";
    let key = [("authorization", "Bearer sk-test")];
    let deep = format!("{}{}", "[".repeat(300), "]".repeat(300));
    for body in [&b"{"[..], b"[]", b"\"x\"", b"\xff\xfe", deep.as_bytes()] {
        error(&server.send("POST", path, &key, body), 400);
    }
    let told = error(&server.send("POST", path, &[], hello().to_string().as_bytes()), 401);
    assert_eq!(told["code"], Value::Null);
    for bad in ["Basic abc", "Bearer ", "Bearer"] {
        error(&server.send("POST", path, &[("authorization", bad)], hello().to_string().as_bytes()), 401);
    }
    let bad = [("authorization", "Bearer sk-bad-one")];
    let told = error(&server.send("POST", path, &bad, hello().to_string().as_bytes()), 401);
    assert_eq!(told["code"], "invalid_api_key");
    for model in ["llama", "claude-sonnet-5", "opus", "gpt-4 o", ""] {
        let told = error(&server.chat(&[], &with(&json!({"model": model}))), 404);
        assert_eq!((&told["code"], &told["param"]), (&json!("model_not_found"), &Value::Null));
    }
    error(&server.send("POST", "/openai/v1/completion", &key, b"{}"), 404);
    let refused = server.send("GET", path, &key, &[]);
    error(&refused, 405);
    assert_eq!(refused.header("allow"), Some("POST"));
    let small = Server::start(simulate::Config { body_limit: 20, ..quick() });
    error(&small.chat(&[], &hello()), 413);
}

#[test]
fn every_status_can_be_asked_for() {
    let server = Server::start(quick());
    for (status, kind, code) in [
        (401, "invalid_request_error", json!("invalid_api_key")),
        (403, "invalid_request_error", Value::Null),
        (404, "invalid_request_error", json!("model_not_found")),
        (409, "invalid_request_error", Value::Null),
        (422, "invalid_request_error", Value::Null),
        (429, "requests", json!("rate_limit_exceeded")),
        (500, "server_error", Value::Null),
        (503, "server_error", Value::Null),
    ] {
        let told = error(&server.chat(&[("x-simulate", &format!("status={status}"))], &hello()), status);
        assert_eq!((&told["type"], &told["code"]), (&json!(kind), &code));
    }
    let limited = server.chat(&[], &with(&json!({"model": "gpt-4o+status=429+retry-after=3"})));
    error(&limited, 429);
    assert_eq!((limited.header("retry-after"), limited.header("retry-after-ms")), (Some("3"), Some("3000")));
    for header in ["status=200", "nonsense", "latency=5"] {
        error(&server.chat(&[("x-simulate", header)], &hello()), 400);
    }
}
