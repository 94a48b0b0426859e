//! What Bedrock refuses, and in which words.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use simulate::{Config, RateLimit};

use crate::bedrock::{SONNET, call, converse, frames, hello, with};
use crate::support::{Answer, Server, quick};

/// The message of an error, which must have this status and kind.
fn refused(answer: &Answer, status: u16, kind: &str) -> String {
    let text = String::from_utf8_lossy(&answer.body);
    assert_eq!(answer.status, status, "{text}");
    let told = answer.header("x-amzn-errortype").unwrap_or_default();
    assert_eq!(told.split(':').next(), Some(kind), "{text}");
    let body = answer.json();
    assert_eq!(body.as_object().unwrap().len(), 1);
    body["message"].as_str().unwrap().to_owned()
}

/// A conversation that is refused with a 400 that says this.
fn check(server: &Server, body: &Value, expected: &str) {
    let message = refused(&converse(server, body), 400, "ValidationException");
    assert!(message.contains(expected), "{message}");
}

fn said(role: &str, content: &Value) -> Value {
    json!({"role": role, "content": content})
}

/// A conversation of these messages.
fn talk(messages: &[Value]) -> Value {
    json!({"messages": messages})
}

fn tool(name: &str) -> Value {
    json!({"toolSpec": {"name": name, "inputSchema": {"json": {"type": "object"}}}})
}

#[test]
fn shapes_are_checked() {
    let server = Server::start(quick());
    for (fields, expected) in [
        (json!({"modelId": "x"}), "#: extraneous key [modelId] is not permitted"),
        (json!({"inferenceConfig": {"max_tokens": 1}}), "#/inferenceConfig: extraneous key [max_tokens]"),
        (
            json!({"inferenceConfig": {"temperature": 1.5}}),
            "'inferenceConfig.temperature' failed to satisfy constraint: Member must have value less than or equal to 1",
        ),
        (json!({"inferenceConfig": {"maxTokens": 0}}), "Member must have value greater than or equal to 1"),
        (
            json!({"messages": [{"role": "tool", "content": []}]}),
            "Value 'tool' at 'messages.1.member.role' failed to satisfy constraint: Member must satisfy enum value set: [user, assistant, system]",
        ),
        (
            json!({"messages": [{"role": "user"}]}),
            "Value null at 'messages.1.member.content' failed to satisfy constraint: Member must not be null",
        ),
        (
            json!({"messages": [{"role": "user", "content": [{}]}]}),
            "must set exactly one of the following members: text,",
        ),
        (
            json!({"messages": [said("user", &json!([{"text": "a", "cachePoint": {"type": "default"}}]))]}),
            "exactly one",
        ),
        (
            json!({"toolConfig": {"tools": []}}),
            "'toolConfig.tools' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ),
        (json!({"toolConfig": {"tools": [tool("9lives")]}}), "[a-zA-Z][a-zA-Z0-9_-]*"),
        (json!({"toolConfig": {"tools": [tool("a"), tool("a")]}}), "The tool name a at"),
        (
            json!({"toolConfig": {"tools": [tool("a")], "toolChoice": {"tool": {"name": "b"}}}}),
            "is not one of toolConfig.tools",
        ),
        (json!({"guardrailConfig": {"guardrailIdentifier": "a"}}), "guardrail identifier or version"),
        (json!({"outputConfig": {"effort": "much"}}), "output_config.effort: Input should be one of"),
        (
            json!({"additionalModelRequestFields": {"output_config": {"effort": 1}}}),
            "output_config.effort: Input should be a valid string",
        ),
        (
            json!({"toolConfig": {"tools": [{"toolSpec": {"name": "a", "inputSchema": {"json": {"type": "object", "properties": []}}}}]}}),
            "It must match JSON Schema draft 2020-12",
        ),
        (json!({"additionalModelRequestFields": {"colour": 1}}), "colour: Extra inputs are not permitted"),
    ] {
        check(&server, &with(&fields), expected);
    }
    let wrong = converse(&server, &with(&json!({"messages": "x"})));
    assert!(
        refused(&wrong, 400, "SerializationException").contains("STRING_VALUE can not be converted to List")
    );
    let path = format!("/bedrock/model/{SONNET}/converse");
    let plain = server.send(
        "POST",
        &path,
        &[("authorization", "Bearer k"), ("content-type", "application/json")],
        b"{",
    );
    refused(&plain, 400, "SerializationException");
    refused(
        &call(&server, "converse", SONNET, &[("content-type", "text/plain")], &hello()),
        400,
        "SerializationException",
    );
}

#[test]
fn conversations_follow_rules() {
    let server = Server::start(quick());
    let (user, assistant) =
        (said("user", &json!([{"text": "Hi"}])), said("assistant", &json!([{"text": "Yes"}])));
    for (messages, expected) in [
        (vec![], "must start with a user message"),
        (vec![assistant.clone()], "must start with a user message"),
        (vec![user.clone(), user.clone()], "must alternate between user and assistant roles"),
        (vec![said("user", &json!([]))], "The content field in the Message object at messages.0 is empty"),
        (vec![said("user", &json!([{"text": " "}]))], "at messages.0.content.0 is blank"),
        (
            vec![said("user", &json!([{"toolUse": {"toolUseId": "a", "name": "b", "input": {}}}]))],
            "with the role user can't contain toolUse",
        ),
        (
            vec![
                user.clone(),
                said("assistant", &json!([{"reasoningContent": {"reasoningText": {"text": "x"}}}])),
                user.clone(),
            ],
            "signature: Field required",
        ),
    ] {
        check(&server, &talk(&messages), expected);
    }
    let opus = "anthropic.claude-opus-4-7-v1:0";
    let prefill = call(&server, "converse", opus, &[], &talk(&[user.clone(), assistant.clone()]));
    assert!(
        refused(&prefill, 400, "ValidationException").contains("does not support assistant message prefill")
    );
    assert_eq!(converse(&server, &talk(&[user, assistant])).status, 200);
}

#[test]
fn calls_and_results_belong_together() {
    let server = Server::start(quick());
    let user = said("user", &json!([{"text": "Hi"}]));
    let calls = |input: Value| {
        said("assistant", &json!([{"toolUse": {"toolUseId": "t1", "name": "a", "input": input}}]))
    };
    let result = |id: &str| json!({"toolResult": {"toolUseId": id, "content": [{"text": "18"}]}});
    let config = json!({"tools": [tool("a")]});
    for (last, expected) in [
        (
            json!([{"text": "Well?"}]),
            "Expected toolResult blocks at messages.2.content for the following Ids: t1",
        ),
        (json!([result("t2")]), "Expected toolResult blocks at messages.2.content for the following Ids: t1"),
        (json!([result("t1"), result("t2")]), "exceeds the number of toolUse blocks of previous turn"),
        (json!([result("t1"), result("t1")]), "contain duplicate Ids: t1"),
        (json!([{"toolResult": {"toolUseId": "t1", "content": [{"json": [1]}]}}]), "Provide a json object"),
    ] {
        let mut body = talk(&[user.clone(), calls(json!({})), said("user", &last)]);
        body["toolConfig"] = config.clone();
        check(&server, &body, expected);
    }
    let mut body = talk(&[user.clone(), calls(json!({})), said("user", &json!([result("t1")]))]);
    check(
        &server,
        &body,
        "The toolConfig field must be defined when using toolUse and toolResult content blocks.",
    );
    body["toolConfig"] = config;
    assert_eq!(converse(&server, &body).status, 200);
    body["messages"][1] = calls(json!("{}"));
    check(&server, &body, "toolUse.input is invalid. Provide a json object");
    body["messages"].as_array_mut().unwrap().pop();
    body["messages"][1] = calls(json!({}));
    check(&server, &body, "Expected toolResult blocks at messages.2.content");
}

#[test]
fn documents_and_pictures_are_checked() {
    let server = Server::start(quick());
    let document =
        |name: &str| json!({"document": {"format": "txt", "name": name, "source": {"bytes": "aGk="}}});
    let text = json!({"text": "Read."});
    for (content, expected) in [
        (json!([document("notes")]), "contains a document but no text"),
        (
            json!([document("notes.txt"), text]),
            "The document file name can only contain alphanumeric characters",
        ),
        (json!([document("my  notes"), text]), "more than one consecutive whitespace"),
        (json!([document("notes"), document("notes"), text]), "must be unique"),
        (
            json!([text, {"image": {"format": "png", "source": {"bytes": STANDARD.encode("GIF89a")}}}]),
            "Could not process image",
        ),
        (json!([text, {"image": {"format": "bmp", "source": {"bytes": "aGk="}}}]), "[png, jpeg, gif, webp]"),
    ] {
        check(&server, &talk(&[said("user", &content)]), expected);
    }
    let many: Vec<_> =
        (0..6).map(|number| document(&format!("notes {number}"))).chain([text.clone()]).collect();
    check(&server, &talk(&[said("user", &json!(many))]), "up to 5 documents");
    let picture = json!({"image": {"format": "png", "source": {"bytes": STANDARD.encode(b"\x89PNG\r\n")}}});
    assert_eq!(
        converse(&server, &talk(&[said("user", &json!([document("a (1)"), text, picture]))])).status,
        200
    );
}

#[test]
fn thinking_makes_demands() {
    let server = Server::start(quick());
    let thinking = json!({"thinking": {"type": "enabled", "budget_tokens": 2_048}});
    let fields = |more: Value| {
        let mut fields = json!({"additionalModelRequestFields": thinking});
        fields.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        with(&fields)
    };
    check(
        &server,
        &fields(json!({"inferenceConfig": {"maxTokens": 2_048}})),
        "`max_tokens` must be greater than",
    );
    check(
        &server,
        &fields(json!({"inferenceConfig": {"temperature": 0.5}})),
        "`temperature` may only be set to 1",
    );
    let forced = json!({"tools": [tool("a")], "toolChoice": {"any": {}}});
    check(
        &server,
        &fields(json!({"toolConfig": forced})),
        "Thinking may not be enabled when tool_choice forces",
    );
    let small =
        json!({"additionalModelRequestFields": {"thinking": {"type": "enabled", "budget_tokens": 10}}});
    check(&server, &with(&small), "greater than or equal to 1024");
}

#[test]
fn signatures_and_keys_are_checked() {
    let server = Server::start(quick());
    let body = br#"{"messages":[{"role":"user","content":[{"text":"hi"}]}]}"#;
    let path = format!("/bedrock/model/{SONNET}/converse");
    let credential = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20270115/us-east-1/bedrock/aws4_request";
    let send = |authorization: &str, more: &[(&str, &str)]| {
        let usual = [("content-type", "application/json"), ("x-amz-date", "20270115T080000Z")];
        let own = [("authorization", authorization)];
        let headers: Vec<_> = usual.iter().chain(&own).chain(more).copied().collect();
        server.send("POST", &path, &headers, body)
    };
    let good = "45012f6fc5f45270adacf5583658935b079e035e85b5ceb95c156fc283de67c2";
    let signed = format!("{credential}, SignedHeaders=content-type;host;x-amz-date, Signature={good}");
    assert_eq!(send(&signed, &[]).status, 200);
    let token = "ea80e46d653a5ff0a33e7b44ef9977654045a66b2093a8c4e18ac1280f8da1c0";
    let headers = "content-type;host;x-amz-date;x-amz-security-token";
    let with_token = format!("{credential}, SignedHeaders={headers}, Signature={token}");
    assert_eq!(send(&with_token, &[("x-amz-security-token", "FQoGZXIvYXdzEXAMPLE//token==")]).status, 200);
    let wrong = send(&signed.replace(good, token), &[]);
    let message = refused(&wrong, 403, "InvalidSignatureException");
    assert!(message.contains("\n/bedrock/model/us.anthropic.claude-sonnet-4-5-20250929-v1%253A0/converse\n"));
    refused(&send(&signed.replace("AKIDEXAMPLE", "AKIDX"), &[]), 403, "UnrecognizedClientException");
    refused(&send("AWS4-HMAC-SHA256 Signature=1", &[]), 403, "IncompleteSignatureException");
    refused(&send("Bearer sk-bad", &[]), 403, "AccessDeniedException");
    refused(&server.send("POST", &path, &[], body), 403, "MissingAuthenticationTokenException");
}

#[test]
fn statuses_models_and_paths_fail_in_the_vendors_shape() {
    let server = Server::start(quick());
    for (status, kind) in [
        (400, "ValidationException"),
        (403, "AccessDeniedException"),
        (404, "ResourceNotFoundException"),
        (408, "ModelTimeoutException"),
        (424, "ModelErrorException"),
        (429, "ThrottlingException"),
        (500, "InternalServerException"),
        (503, "ServiceUnavailableException"),
    ] {
        let headers = format!("status={status}");
        refused(&call(&server, "converse", SONNET, &[("x-simulate", &headers)], &hello()), status, kind);
    }
    let by_name = call(&server, "converse", "amazon.nova-pro-v1:0%2Bstatus=429", &[], &hello());
    refused(&by_name, 429, "ThrottlingException");
    refused(&call(&server, "converse", "gpt-4o", &[], &hello()), 400, "ValidationException");
    refused(&call(&server, "nothing", SONNET, &[], &hello()), 404, "UnknownOperationException");
    let invoke = |body: &Value| call(&server, "invoke", SONNET, &[], body);
    let mut body = json!({"max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]});
    assert!(
        refused(&invoke(&body), 400, "ValidationException").contains("anthropic_version: Field required")
    );
    body["anthropic_version"] = json!("bedrock-2023-05-31");
    body["colour"] = json!("red");
    assert!(refused(&invoke(&body), 400, "ValidationException").contains("colour: Extra inputs"));
    let titan = |body: &Value| call(&server, "invoke", "amazon.titan-embed-text-v2:0", &[], body);
    let missing = refused(&titan(&json!({})), 400, "ValidationException");
    assert!(missing.contains("required key [inputText] not found"), "{missing}");
    let unknown = refused(&titan(&json!({"inputText": "a", "colour": 1})), 400, "ValidationException");
    assert!(unknown.contains("extraneous key [colour]"), "{unknown}");
    let size = refused(&titan(&json!({"inputText": "a", "dimensions": 300})), 400, "ValidationException");
    assert!(size.contains("#/dimensions: 300 is not a valid enum value"), "{size}");
    body["stream"] = json!(true);
    assert!(refused(&invoke(&body), 400, "ValidationException").contains("extraneous key [stream]"));
}

#[test]
fn streams_break_as_they_are_told_to() {
    let server = Server::start(quick());
    let stream = |faults: &str| call(&server, "converse-stream", SONNET, &[("x-simulate", faults)], &hello());
    let failed = stream("error-after=2");
    let last = frames(&failed.body).pop().unwrap();
    assert_eq!((failed.complete, last.header(":message-type")), (true, "exception"));
    assert_eq!(last.header(":exception-type"), "internalServerException");
    assert!(last.json()["message"].is_string());
    let cut = stream("cut-after=3");
    assert_eq!((cut.complete, frames(&cut.body).len()), (false, 3));
    let garbled = frames(&stream("garbage").body);
    assert!(serde_json::from_slice::<Value>(&garbled[1].payload).is_err());
    assert_eq!(
        call(&server, "converse", SONNET, &[("x-simulate", "tokens=50")], &hello()).json()["usage"]["outputTokens"],
        50
    );
    let rate_limit = Some(RateLimit { requests_per_minute: 1, tokens_per_minute: 10_000 });
    let limited = Server::start(Config { rate_limit, ..quick() });
    assert_eq!(converse(&limited, &hello()).status, 200);
    let message = refused(&converse(&limited, &hello()), 429, "ThrottlingException");
    assert_eq!(message, "Too many requests, please wait before trying again.");
}
