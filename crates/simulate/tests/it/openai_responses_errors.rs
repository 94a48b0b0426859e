//! What OpenAI's responses refuse, and in which words.

use serde_json::{Value, json};

use crate::openai_responses::{create, hello};
use crate::support::{Server, quick};

/// One case: fields over `hello`, and the error's parameter and code.
fn refused(server: &Server, extra: &Value, param: &str, code: &str) -> String {
    let answer = create(server, &[], extra);
    assert_eq!(answer.status, 400, "{extra}: {}", answer.text());
    let told = answer.json()["error"].clone();
    assert_eq!(told["type"], "invalid_request_error");
    assert_eq!(told["param"].as_str().unwrap_or_default(), param, "{extra}: {told}");
    assert_eq!(told["code"].as_str().unwrap_or_default(), code, "{extra}: {told}");
    told["message"].as_str().unwrap().to_owned()
}

#[test]
fn fields_take_only_what_they_take() {
    let server = Server::start(quick());
    for (extra, param, code) in [
        (json!({"colour": 1}), "colour", "unknown_parameter"),
        (json!({"messages": []}), "messages", "unknown_parameter"),
        (json!({"max_tokens": 5}), "max_tokens", "unknown_parameter"),
        (json!({"max_output_tokens": 15}), "max_output_tokens", "integer_below_min_value"),
        (json!({"model": null}), "model", "invalid_type"),
        (json!({"input": 5}), "input", "invalid_type"),
        (json!({"input": ["Hi"]}), "input[0]", "invalid_type"),
        (json!({"stream": "yes"}), "stream", "invalid_type"),
        (json!({"stream_options": {}}), "stream_options", ""),
        (
            json!({"stream": true, "stream_options": {"include_usage": true}}),
            "stream_options.include_usage",
            "unknown_parameter",
        ),
        (json!({"include": ["everything"]}), "include[0]", "invalid_value"),
        (json!({"truncation": "some"}), "truncation", "invalid_value"),
        (json!({"metadata": {"a": 1}}), "metadata.a", "invalid_type"),
        (json!({"background": true, "store": false}), "background", ""),
        (json!({"reasoning": {"effort": "huge"}}), "reasoning.effort", "invalid_value"),
        (json!({"reasoning": {"depth": 1}}), "reasoning.depth", "unknown_parameter"),
        (json!({"temperature": 0.5}), "temperature", "unsupported_parameter"),
        (json!({"temperature": 3}), "temperature", "decimal_above_max_value"),
        (
            json!({"model": "gpt-4o", "reasoning": {"effort": "low"}}),
            "reasoning.effort",
            "unsupported_parameter",
        ),
        (json!({"text": {"format": {"type": "xml"}}}), "text.format.type", "invalid_value"),
        (json!({"text": {"format": {"type": "json_object"}}}), "input", ""),
        (
            json!({"text": {"format": {"type": "json_schema", "name": "x"}}}),
            "text.format.schema",
            "missing_required_parameter",
        ),
        (json!({"text": {"verbosity": "loud"}}), "text.verbosity", "invalid_value"),
        (json!({"previous_response_id": "resp_0"}), "previous_response_id", "previous_response_not_found"),
        (
            json!({"previous_response_id": "resp_0", "conversation": "conv_0"}),
            "previous_response_id",
            "mutually_exclusive_parameters",
        ),
    ] {
        refused(&server, &extra, param, code);
    }
    let mut body = hello();
    body.as_object_mut().unwrap().shift_remove("input");
    let told = server.openai("POST", "/responses", &[], &body).json()["error"].clone();
    assert_eq!((&told["param"], &told["code"]), (&json!("input"), &json!("missing_required_parameter")));
    let told = create(&server, &[], &json!({"model": "llama"}));
    assert_eq!((told.status, &told.json()["error"]["code"]), (404, &json!("model_not_found")));
    assert_eq!(create(&server, &[], &json!({"conversation": "conv_0"})).status, 404);
}

#[test]
fn tools_keep_their_shape() {
    let server = Server::start(quick());
    let function =
        json!({"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}});
    let chat = json!({"type": "function", "function": {"name": "f"}});
    let strict = json!({"type": "function", "name": "f", "strict": true,
        "parameters": {"type": "object", "properties": {"a": {"type": "string"}}}});
    for (extra, param, code) in [
        (json!({"tools": [chat]}), "tools[0].name", "missing_required_parameter"),
        (json!({"tools": [strict]}), "tools[0].parameters", "invalid_json_schema"),
        (json!({"tools": [{"type": "function", "name": "a b"}]}), "tools[0].name", "invalid_value"),
        (json!({"tools": [{"type": "magic"}]}), "tools[0].type", "invalid_value"),
        (
            json!({"tools": [{"type": "custom", "name": "c", "format": {"type": "grammar"}}]}),
            "tools[0].format.definition",
            "missing_required_parameter",
        ),
        (json!({"tools": [function], "tool_choice": {"type": "function", "name": "g"}}), "tool_choice", ""),
        (
            json!({"tools": [function], "tool_choice": {"type": "function", "function": {"name": "f"}}}),
            "tool_choice.function",
            "unknown_parameter",
        ),
        (json!({"tool_choice": "required"}), "tool_choice", ""),
        (json!({"tool_choice": "always"}), "tool_choice", "invalid_value"),
    ] {
        refused(&server, &extra, param, code);
    }
}

#[test]
fn items_keep_their_shape_and_order() {
    let server = Server::start(quick());
    let user = json!({"role": "user", "content": "Hi"});
    let call = json!({"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"});
    let output = json!({"type": "function_call_output", "call_id": "call_1", "output": "5"});
    let thought = json!({"type": "reasoning", "id": "rs_1", "summary": []});
    let of = |role: &str, part: Value| json!([{"role": role, "content": [part]}]);
    for (input, param, code) in [
        (json!([{"role": "tool", "content": "Hi"}]), "input[0].role", "invalid_value"),
        (json!([{"role": "user"}]), "input[0].content", "missing_required_parameter"),
        (json!([{"role": "user", "content": null}]), "input[0].content", "invalid_type"),
        (json!([{"role": "user", "content": "Hi", "mood": 1}]), "input[0].mood", "unknown_parameter"),
        (of("user", json!({"type": "text", "text": "Hi"})), "input[0].content[0].type", "invalid_value"),
        (
            of("user", json!({"type": "output_text", "text": "Hi"})),
            "input[0].content[0].type",
            "invalid_value",
        ),
        (
            of("assistant", json!({"type": "input_text", "text": "Hi"})),
            "input[0].content[0].type",
            "invalid_value",
        ),
        (
            of("user", json!({"type": "input_image"})),
            "input[0].content[0].image_url",
            "missing_required_parameter",
        ),
        (
            of("user", json!({"type": "input_image", "image_url": {"url": "x"}})),
            "input[0].content[0].image_url",
            "invalid_type",
        ),
        (
            of("user", json!({"type": "input_image", "image_url": "ftp://x"})),
            "input[0].content[0].image_url",
            "invalid_image_url",
        ),
        (json!([{"type": "magic"}]), "input[0].type", "invalid_value"),
        (json!([user, output]), "input", ""),
        (json!([user, call]), "input", ""),
        (json!([user, output, call]), "input", ""),
        (json!([user, call, output, output]), "input", ""),
        (json!([user, call, call, output]), "input", ""),
        (
            json!([user, {"type": "function_call", "call_id": "c", "name": "f", "arguments": {}}]),
            "input[1].arguments",
            "invalid_type",
        ),
        (
            json!([user, {"type": "function_call", "id": "call_1", "call_id": "c", "name": "f", "arguments": "{}"}]),
            "input[1].id",
            "invalid_value",
        ),
        (
            json!([user, {"type": "reasoning", "id": "rs_1"}]),
            "input[1].summary",
            "missing_required_parameter",
        ),
    ] {
        refused(&server, &json!({"input": input}), param, code);
    }
    let told = refused(&server, &json!({"input": [user, output]}), "input", "");
    assert_eq!(told, "No tool call found for function call output with call_id call_1.");
    let told = refused(&server, &json!({"input": [user, call]}), "input", "");
    assert_eq!(told, "No tool output found for function call call_1.");
    let unknown = create(&server, &[], &json!({"input": [user, thought]}));
    assert_eq!(unknown.status, 404);
    assert!(unknown.text().contains("Items are not persisted"));
    let right = json!({"input": [user, call, output], "model": "gpt-4o"});
    assert_eq!(create(&server, &[], &right).status, 200);
}

#[test]
fn thoughts_stay_where_they_belong() {
    let server = Server::start(quick());
    let asked = json!({"include": ["reasoning.encrypted_content"], "tools": [
        {"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}}]});
    let made = create(&server, &[], &asked).json();
    let (thought, call) = (made["output"][0].clone(), made["output"][1].clone());
    let output = json!({"type": "function_call_output", "call_id": call["call_id"], "output": "5"});
    let user = json!({"role": "user", "content": "Hi"});
    let ask = |input: Value| json!({"input": input});
    assert_eq!(create(&server, &[], &ask(json!([user, thought, call, output]))).status, 200);
    let mut forged = thought.clone();
    forged["encrypted_content"] = json!("gAAAAABmade-up");
    let told = refused(&server, &ask(json!([user, forged, call, output])), "", "invalid_encrypted_content");
    assert!(told.contains("could not be verified"), "{told}");
    let mut moved = thought.clone();
    moved["id"] = json!("rs_other");
    let told = refused(&server, &ask(json!([user, moved, call, output])), "", "invalid_encrypted_content");
    assert!(told.contains("item_id did not match"), "{told}");
    let told = refused(&server, &ask(json!([user, thought])), "input", "");
    assert!(
        told.ends_with("of type 'reasoning' was provided without its required following item."),
        "{told}"
    );
    let told = refused(&server, &ask(json!([user, thought, user])), "input", "");
    assert!(told.ends_with("without its required following item."), "{told}");
    let told = refused(&server, &ask(json!([user, call, output])), "input", "");
    assert!(
        told.contains("of type 'function_call' was provided without its required 'reasoning' item"),
        "{told}"
    );
    let told = refused(&server, &ask(json!([user, thought, call, output, thought, call])), "input", "");
    assert!(told.starts_with("Duplicate item found with id rs_"), "{told}");
    let mut plain = ask(json!([user, thought, call, output]));
    plain["model"] = json!("gpt-4o");
    let told = refused(&server, &plain, "input", "");
    assert!(told.starts_with("Reasoning input items can only be provided to a reasoning"), "{told}");
}

#[test]
fn callers_without_a_key_or_a_response_are_refused() {
    let server = Server::start(quick());
    let bad = server.openai("POST", "/responses", &[("authorization", "Bearer sk-bad")], &hello());
    assert_eq!((bad.status, &bad.json()["error"]["code"]), (401, &json!("invalid_api_key")));
    for (method, path) in [
        ("GET", "/responses/resp_0"),
        ("DELETE", "/responses/resp_0"),
        ("POST", "/responses/resp_0/cancel"),
        ("GET", "/responses/resp_0/input_items"),
    ] {
        let answer = server.openai(method, path, &[], &Value::Null);
        assert_eq!(answer.status, 404);
        assert_eq!(answer.json()["error"]["message"], "Response with id 'resp_0' not found.");
    }
    let blocked = create(&server, &[("x-simulate", "finish=blocked")], &json!({}));
    assert_eq!((blocked.status, &blocked.json()["error"]["code"]), (400, &json!("invalid_prompt")));
    for fault in ["status=500", "status=503"] {
        let answer = create(&server, &[("x-simulate", fault)], &json!({}));
        assert_eq!(answer.json()["error"]["type"], "server_error");
    }
}
