//! What Anthropic's messages refuse, and in which words.

use serde_json::{Value, json};

use crate::anthropic::{hello, tools, with};
use crate::support::{Answer, Server, quick};

/// Checks the shape; gives the message.
fn error(answer: &Answer, status: u16, kind: &str) -> String {
    let text = answer.text();
    assert_eq!(answer.status, status, "{text}");
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let body = answer.json();
    assert_eq!((&body["type"], &body["error"]["type"]), (&json!("error"), &json!(kind)), "{text}");
    assert_eq!(body["request_id"].as_str(), answer.header("request-id"));
    body["error"]["message"].as_str().unwrap().to_owned()
}

fn refused(server: &Server, extra: &Value, expected: &str) {
    let told = error(&server.message(&[], &with(extra)), 400, "invalid_request_error");
    assert!(told.starts_with(expected), "{extra}: {told}");
}

#[test]
fn threads_are_refused_so_that_the_sdk_goes_on_without() {
    let server = Server::start(quick());
    let extra = with(&json!({"thread": {"type": "create"}}));
    let answer = server.message(&[("anthropic-beta", "message-threads-2026-08-12")], &extra);
    assert!(error(&answer, 400, "invalid_request_error").starts_with("thread: "));
    let details = json!({"error_code": "thread_unsupported_request", "unsupported": ["thread"]});
    assert_eq!(answer.json()["error"]["details"], details);
}

#[test]
fn fields_take_only_what_they_take() {
    let server = Server::start(quick());
    for (extra, expected) in [
        (json!({"colour": 1}), "colour: Extra inputs are not permitted"),
        (json!({"n": 2}), "n: Extra inputs are not permitted"),
        (json!({"mcp_servers": []}), "mcp_servers: Extra inputs are not permitted"),
        (json!({"max_tokens": -1}), "max_tokens: Input should be greater than or equal to 0"),
        (json!({"max_tokens": "9"}), "max_tokens: Input should be a valid integer"),
        (json!({"stream": 1}), "stream: Input should be a valid boolean"),
        (json!({"stop_sequences": ["  "]}), "stop_sequences: each stop sequence must contain non-whitespace"),
        (json!({"metadata": {"name": "x"}}), "metadata.name: Extra inputs are not permitted"),
        (json!({"service_tier": "gold"}), "service_tier: Input should be 'auto' or 'standard_only'"),
        (json!({"temperature": 1.5}), "temperature: Input should be less than or equal to 1"),
        (json!({"temperature": 0.5}), "`temperature` may only be set to its default for this model"),
        (json!({"top_k": 5}), "`top_k` is not supported for this model"),
        (json!({"system": 5}), "system: Input should be a valid string or a valid list"),
        (json!({"system": [{"type": "image"}]}), "system.0: Input tag 'image'"),
        (json!({"thinking": {"type": "enabled", "budget_tokens": 10}}), "thinking.enabled.budget_tokens: "),
        (
            json!({"model": "claude-sonnet-4-5", "thinking": {"type": "enabled", "budget_tokens": 1024}}),
            "`max_tokens` must be greater than",
        ),
        (json!({"thinking": {"type": "deep"}}), "thinking.type: Input should be 'enabled', 'adaptive'"),
        (json!({"output_config": {"effort": "huge"}}), "output_config.effort: Input should be"),
        (
            json!({"output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}}),
            "output_config.format.schema: For 'object' type, 'additionalProperties'",
        ),
        (
            json!({"output_config": {"format": {"type": "json_schema", "schema": {"type": "integer", "minimum": 1}}}}),
            "output_config.format.schema: For 'integer' type, property 'minimum' is not supported",
        ),
        (json!({"messages": []}), "messages: at least one message is required"),
        (json!({"model": 5}), "model: Input should be a valid string"),
    ] {
        refused(&server, &extra, expected);
    }
    for name in ["model", "messages", "max_tokens"] {
        let mut body = hello();
        body.as_object_mut().unwrap().shift_remove(name);
        let told = error(&server.message(&[], &body), 400, "invalid_request_error");
        assert_eq!(told, format!("{name}: Field required"));
    }
    let older = json!({"model": "claude-sonnet-4-5", "temperature": 0.5, "top_k": 5});
    assert_eq!(server.message(&[], &with(&older)).status, 200);
    let beta = server.message(&[("anthropic-beta", "mcp-client")], &with(&json!({"mcp_servers": []})));
    assert_eq!(beta.status, 200);
}

#[test]
fn each_model_takes_what_its_generation_takes() {
    let server = Server::start(quick());
    let budget = json!({"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 2048});
    let adaptive = json!({"thinking": {"type": "adaptive"}});
    let schema = json!({"type": "object", "additionalProperties": false});
    let format = json!({"output_config": {"format": {"type": "json_schema", "schema": schema}}});
    let effort = json!({"output_config": {"effort": "low"}});
    let both = json!({"temperature": 0.5, "top_p": 0.9});
    let check = |model: &str, extra: &Value, expected: Option<&str>| {
        let mut extra = extra.clone();
        extra["model"] = json!(model);
        match expected {
            Some(expected) => refused(&server, &extra, expected),
            None => assert_eq!(server.message(&[], &with(&extra)).status, 200, "{extra}"),
        }
    };
    let no_budget = Some("\"thinking.type.enabled\" is not supported for this model");
    let no_adaptive = Some("adaptive thinking is not supported on this model");
    let no_effort = Some("This model does not support the effort parameter");
    let not_both = Some("`temperature` and `top_p` cannot both be specified for this model");
    for (model, expected) in [
        ("claude-3-5-haiku-20241022", [Some("thinking is not supported"), no_adaptive, no_effort, None]),
        ("claude-sonnet-4-20250514", [None, no_adaptive, no_effort, None]),
        ("claude-sonnet-4-5", [None, no_adaptive, no_effort, not_both]),
        ("claude-opus-4-5", [None, no_adaptive, None, not_both]),
        ("claude-sonnet-4-6", [None, None, None, not_both]),
        ("claude-opus-4-7", [no_budget, None, None, Some("`temperature` may only be set to its default")]),
        ("claude-sonnet-5", [no_budget, None, None, Some("`temperature` may only be set to its default")]),
    ] {
        for (extra, expected) in [&budget, &adaptive, &effort, &both].into_iter().zip(expected) {
            check(model, extra, expected);
        }
    }
    check(
        "claude-3-5-sonnet-20241022",
        &format,
        Some("'claude-3-5-sonnet-20241022' does not support output"),
    );
    check("claude-sonnet-4-5", &format, None);
    let heated = json!({"thinking": {"type": "adaptive"}, "temperature": 0.2});
    check(
        "claude-sonnet-4-6",
        &heated,
        Some("`temperature` may only be set to 1 when thinking is enabled or in"),
    );
}

#[test]
fn the_newer_version_has_no_sampling() {
    let server = Server::start(quick());
    let newer = [("anthropic-version", "2026-10-21")];
    for name in ["temperature", "top_p", "top_k"] {
        let answer = server.message(&newer, &with(&json!({name: 1})));
        let told = error(&answer, 400, "invalid_request_error");
        assert_eq!(told, format!("{name}: Extra inputs are not permitted"));
    }
    let system = json!({"messages": [{"role": "user", "content": "Hi"}, {"role": "system", "content": "Be brief"},
        {"role": "user", "content": "So?"}]});
    assert_eq!(server.message(&newer, &with(&system)).status, 200);
    refused(&server, &system, "messages.1.role: Input should be 'user' or 'assistant'");
    let document = json!({"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content":
        [{"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "x"}}]},
        {"role": "user", "content": "So?"}]});
    assert_eq!(server.message(&[], &with(&document)).status, 200);
    error(&server.message(&newer, &with(&document)), 400, "invalid_request_error");
}

#[test]
fn messages_keep_their_shape_and_order() {
    let server = Server::start(quick());
    let user = json!({"role": "user", "content": "Hi"});
    let part = |part: Value| json!([{"role": "user", "content": [part]}]);
    let source = |source: Value| part(json!({"type": "image", "source": source}));
    for (messages, expected) in [
        (
            json!([{"role": "assistant", "content": "Hi"}]),
            "messages: first message must use the \"user\" role",
        ),
        (json!([{"role": "tool", "content": "Hi"}]), "messages.0.role: Input should be"),
        (json!([{"role": "user"}]), "messages.0.content: Field required"),
        (
            json!([{"role": "user", "content": "Hi", "name": "x"}]),
            "messages.0.name: Extra inputs are not permitted",
        ),
        (json!([{"role": "user", "content": ""}]), "messages.0: all messages must have non-empty content"),
        (json!([user, {"role": "assistant", "content": ""}, user]), "messages.1: all messages must have"),
        (part(json!({"type": "text", "text": ""})), "messages: text content blocks must be non-empty"),
        (
            part(json!({"type": "text", "text": " \n"})),
            "messages: text content blocks must contain non-whitespace",
        ),
        (
            part(json!({"type": "text", "text": "x", "mood": 1})),
            "messages.0.content.0.text.mood: Extra inputs",
        ),
        (
            part(json!({"type": "tool_use", "id": "a", "name": "b", "input": {}})),
            "messages.0.content.0: Input tag",
        ),
        (
            part(json!({"type": "text", "text": "x", "cache_control": {"type": "for ever"}})),
            "messages.0.content.0.text.cache_control.type: Input should be 'ephemeral'",
        ),
        (
            source(json!({"type": "base64", "media_type": "image/bmp", "data": "AAAA"})),
            "messages.0.content.0.image.source.base64.media_type: Input should be 'image/jpeg'",
        ),
        (
            source(json!({"type": "base64", "media_type": "image/png", "data": "A"})),
            "messages.0.content.0.image.source.base64.data: Input should be valid base64",
        ),
        (
            json!([user, {"role": "assistant", "content": "So "}]),
            "messages: final assistant content cannot end",
        ),
    ] {
        refused(&server, &json!({"messages": messages}), expected);
    }
    let five: Vec<_> = (0..5)
        .map(|number| json!({"type": "text", "text": number.to_string(), "cache_control": {"type": "ephemeral"}}))
        .collect();
    refused(&server, &json!({"system": five}), "A maximum of 4 blocks with cache_control");
    let merged = json!({"messages": [user, user, {"role": "assistant", "content": "So"}]});
    assert_eq!(server.message(&[], &with(&merged)).status, 200);
    let image = source(json!({"type": "base64", "media_type": "image/png", "data": "AAAA"}));
    assert_eq!(server.message(&[], &with(&json!({"messages": image}))).status, 200);
}

#[test]
fn every_use_of_a_tool_has_its_result() {
    let server = Server::start(quick());
    let user = json!({"role": "user", "content": "Hi"});
    let call = |id: &str| json!({"type": "tool_use", "id": id, "name": "now", "input": {}});
    let uses = |ids: &[&str]| json!({"role": "assistant", "content": ids.iter().map(|id| call(id)).collect::<Vec<_>>()});
    let result = |id: &str| json!({"type": "tool_result", "tool_use_id": id, "content": "5"});
    let text = json!({"type": "text", "text": "So?"});
    let says = |blocks: Value| json!({"role": "user", "content": blocks});
    let missing = "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: ";
    for (messages, expected) in [
        (json!([user, uses(&["a"])]), format!("{missing}a")),
        (json!([user, uses(&["a"]), user]), format!("{missing}a")),
        (json!([user, uses(&["a", "b"]), says(json!([result("a")]))]), format!("{missing}b")),
        (json!([user, uses(&["a"]), says(json!([text, result("a")]))]), format!("{missing}a")),
        (
            json!([user, uses(&["a"]), says(json!([result("a"), result("a")]))]),
            "messages.2.content.1: each tool_use".into(),
        ),
        (
            json!([user, uses(&["a"]), says(json!([result("a"), result("c")]))]),
            "messages.2.content.1: unexpected".into(),
        ),
        (json!([says(json!([result("a")]))]), "messages.0.content.0: unexpected `tool_use_id`".into()),
        (
            json!([user, uses(&["a", "a"]), says(json!([result("a")]))]),
            "messages.1: `tool_use` ids must be unique".into(),
        ),
        (
            json!([user, {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "now", "input": "x"}]}]),
            "messages.1.content.0.tool_use.input: Input should be a valid dictionary".into(),
        ),
    ] {
        refused(&server, &json!({"messages": messages, "tools": tools()}), &expected);
    }
    let good = json!([user, uses(&["a", "b"]), says(json!([result("b"), result("a"), text]))]);
    assert_eq!(server.message(&[], &with(&json!({"messages": good, "tools": tools()}))).status, 200);
}

#[test]
fn tools_keep_their_shape() {
    let server = Server::start(quick());
    let tool = |extra: Value| {
        let mut tool = json!({"name": "a", "input_schema": {"type": "object"}});
        for (name, value) in extra.as_object().unwrap() {
            tool[name] = value.clone();
        }
        json!({"tools": [tool]})
    };
    for (extra, expected) in [
        (tool(json!({"name": "a b"})), "tools.0.custom.name: String should match pattern"),
        (tool(json!({"input_schema": {}})), "tools.0.custom.input_schema.type: Field required"),
        (
            tool(json!({"input_schema": {"type": "array"}})),
            "tools.0.custom.input_schema.type: Input should be 'object'",
        ),
        (tool(json!({"parameters": {}})), "tools.0.custom.parameters: Extra inputs are not permitted"),
        (tool(json!({"strict": true})), "tools.0.custom.input_schema: For 'object' type"),
        (json!({"tools": [{"name": "a"}]}), "tools.0.custom.input_schema: Field required"),
        (json!({"tools": [tools()[0], tools()[0]]}), "tools: Tool names must be unique."),
        (
            json!({"tool_choice": {"type": "auto"}}),
            "tool_choice: may only be specified while providing `tools`",
        ),
        (json!({"tools": tools(), "tool_choice": "auto"}), "tool_choice: Input should be a valid dictionary"),
        (json!({"tools": tools(), "tool_choice": {"type": "required"}}), "tool_choice.type: Input should be"),
        (
            json!({"tools": tools(), "tool_choice": {"type": "tool", "name": "x"}}),
            "tool_choice: Tool 'x' not found",
        ),
        (
            json!({"tools": tools(), "tool_choice": {"type": "none", "disable_parallel_tool_use": true}}),
            "tool_choice.none.disable_parallel_tool_use: Extra inputs",
        ),
    ] {
        refused(&server, &extra, expected);
    }
}

#[test]
fn bodies_keys_versions_and_models_are_refused_in_shape() {
    let server = Server::start(quick());
    let path = "/anthropic/v1/messages";
    let (key, version) = (("x-api-key", "sk-test"), ("anthropic-version", "2023-06-01"));
    let body = hello().to_string();
    for bytes in [&b"{"[..], b"[]", b"\xff"] {
        error(&server.send("POST", path, &[key, version], bytes), 400, "invalid_request_error");
    }
    error(&server.send("POST", path, &[key], body.as_bytes()), 400, "invalid_request_error");
    error(&server.message(&[("anthropic-version", "2020-01-01")], &hello()), 400, "invalid_request_error");
    error(&server.send("POST", path, &[version], body.as_bytes()), 401, "authentication_error");
    for bad in [("x-api-key", "sk-bad"), ("authorization", "Bearer sk-ant-bad-1")] {
        error(&server.send("POST", path, &[bad, version], body.as_bytes()), 401, "authentication_error");
    }
    let bearer = ("authorization", "Bearer sk-test");
    assert_eq!(server.send("POST", path, &[bearer, version], body.as_bytes()).status, 200);
    for model in ["gpt-5", "claude-", "claude"] {
        let told = error(&server.message(&[], &with(&json!({"model": model}))), 404, "not_found_error");
        assert_eq!(told, format!("model: {model}"));
    }
    error(&server.send("POST", "/anthropic/v1/complete", &[key, version], b"{}"), 404, "not_found_error");
    error(&server.send("GET", path, &[key, version], &[]), 405, "invalid_request_error");
    let small = Server::start(simulate::Config { body_limit: 20, ..quick() });
    error(&small.message(&[], &hello()), 413, "request_too_large");
}

#[test]
fn every_status_can_be_asked_for() {
    let server = Server::start(quick());
    for (status, kind) in [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (402, "billing_error"),
        (403, "permission_error"),
        (404, "not_found_error"),
        (409, "conflict_error"),
        (413, "request_too_large"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (502, "api_error"),
        (504, "timeout_error"),
        (529, "overloaded_error"),
    ] {
        error(&server.message(&[("x-simulate", &format!("status={status}"))], &hello()), status, kind);
    }
    // The vendor has no 503.
    error(&server.message(&[("x-simulate", "status=503")], &hello()), 529, "overloaded_error");
    let limited = server.message(&[], &with(&json!({"model": "claude-sonnet-5+status=429+retry-after=2"})));
    assert_eq!(limited.header("retry-after"), Some("2"));
}
