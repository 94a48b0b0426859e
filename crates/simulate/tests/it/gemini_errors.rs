//! What Gemini and Vertex AI refuse, and in which words.

use serde_json::{Value, json};

use crate::gemini::{PRO, claim, generate, grant, hello, tools, vertex, with};
use crate::support::{Answer, Server, quick};

/// Checks the shape; gives the message.
fn message(answer: &Answer, code: u16, status: &str) -> String {
    let body = answer.json();
    assert_eq!(answer.status, code, "{body}");
    assert_eq!((&body["error"]["code"], &body["error"]["status"]), (&json!(code), &json!(status)));
    body["error"]["message"].as_str().unwrap().to_owned()
}

/// One case: fields over `hello`, and how the message begins.
fn refused(server: &Server, extra: &Value, start: &str) {
    let told = message(&generate(server, &[], extra), 400, "INVALID_ARGUMENT");
    assert!(told.starts_with(start), "{extra}: {told}");
}

#[test]
fn fields_that_are_not_known_are_all_told() {
    let server = Server::start(quick());
    let extra = json!({"colour": 1, "generation_config": {"temprature": 1},
        "tools": [{"functionDeclarations": [{"name": "f", "parameters": {"type": "object",
            "properties": {"a": {"type": "string", "const": "x"}}, "additionalProperties": false}}]}]});
    let answer = generate(&server, &[], &extra);
    let told = message(&answer, 400, "INVALID_ARGUMENT");
    let lines: Vec<_> = told.lines().collect();
    assert_eq!(
        lines,
        [
            "Invalid JSON payload received. Unknown name \"colour\": Cannot find field.",
            "Invalid JSON payload received. Unknown name \"temprature\" at 'generation_config': Cannot find field.",
            "Invalid JSON payload received. Unknown name \"const\" at \
             'tools[0].function_declarations[0].parameters.properties[0].value': Cannot find field.",
            "Invalid JSON payload received. Unknown name \"additionalProperties\" at \
             'tools[0].function_declarations[0].parameters': Cannot find field.",
        ]
    );
    let violations = &answer.json()["error"]["details"][0]["fieldViolations"];
    assert!(violations[0].get("field").is_none());
    assert_eq!(violations[1]["field"], "generation_config");
}

#[test]
fn fields_take_only_what_they_take() {
    let server = Server::start(quick());
    let config = |config: Value| json!({"generationConfig": config});
    for (extra, start) in [
        (
            json!({"contents": "Hi"}),
            "Invalid value at 'contents' (type.googleapis.com/google.ai.generativelanguage.v1beta.Content), \"Hi\"",
        ),
        (
            json!({"contents": [{"parts": [{"text": 5}]}]}),
            "Invalid value at 'contents[0].parts[0].text' (TYPE_STRING), 5",
        ),
        (
            config(json!({"maxOutputTokens": 1.5})),
            "Invalid value at 'generation_config.max_output_tokens' (TYPE_INT32), 1.5",
        ),
        (
            config(json!({"temperature": [1]})),
            "Invalid JSON payload received. Unknown name \"temperature\" at 'generation_config': Proto field is not repeating",
        ),
        (
            config(json!({"thinkingConfig": {"thinkingLevel": "HUGE"}})),
            "Invalid value at 'generation_config.thinking_config.thinking_level' (type.googleapis.com/google.ai.generativelanguage.v1beta.ThinkingConfig.ThinkingLevel), \"HUGE\"",
        ),
        (
            config(json!({"temperature": 3})),
            "* GenerateContentRequest.generation_config.temperature: temperature must be in the range [0.0, 2.0].",
        ),
        (
            config(json!({"thinkingConfig": {"thinkingLevel": "LOW", "thinkingBudget": 5}})),
            "You can only set only one of thinking budget and thinking level.",
        ),
        (config(json!({"logprobs": 3})), "* GenerateContentRequest.generation_config.logprobs: "),
        (
            config(json!({"responseMimeType": "application/pdf"})),
            "* GenerateContentRequest.generation_config.response_mime_type: ",
        ),
        (
            config(json!({"responseSchema": {"type": "STRING"}})),
            "* GenerateContentRequest.generation_config.response_mime_type: ",
        ),
        (
            config(json!({"stopSequences": ["a", "b", "c", "d", "e", "f"]})),
            "* GenerateContentRequest.generation_config.stop_sequences: ",
        ),
        (
            json!({"cachedContent": "cachedContents/x", "tools": tools()}),
            "CachedContent can not be used with GenerateContent request",
        ),
        (
            json!({"labels": {"team": "a"}}),
            "Invalid JSON payload received. Unknown name \"labels\": Cannot find field.",
        ),
    ] {
        refused(&server, &extra, start);
    }
    let broken = server.gemini(&format!("{PRO}:generateContent"), &[], &json!([]));
    message(&broken, 400, "INVALID_ARGUMENT");
    let older = server.gemini(
        "gemini-2.0-flash:generateContent",
        &[],
        &with(&config(json!({"thinkingConfig": {"includeThoughts": true}}))),
    );
    message(&older, 400, "INVALID_ARGUMENT");
    let both = with(&json!({"tools": tools(), "generationConfig": {"responseMimeType": "application/json"}}));
    let told =
        message(&server.gemini("gemini-2.5-flash:generateContent", &[], &both), 400, "INVALID_ARGUMENT");
    assert_eq!(told, "Function calling with a response mime type: 'application/json' is unsupported");
}

#[test]
fn schemas_are_a_subset() {
    let server = Server::start(quick());
    let declared =
        |schema: Value| json!({"tools": [{"functionDeclarations": [{"name": "f", "parameters": schema}]}]});
    let of = |property: Value| declared(json!({"type": "OBJECT", "properties": {"a": property}}));
    let at = "* GenerateContentRequest.tools[0].function_declarations[0].parameters";
    for (extra, start) in [
        (declared(json!({"type": "OBJECT", "properties": {}})), format!("{at}.properties: should be non-empty for OBJECT type")),
        (declared(json!({"type": "STRING"})), format!("{at}: functionDeclaration parameters schema should be of type OBJECT.")),
        (of(json!({"type": "ARRAY"})), format!("{at}.properties[a].items: missing field.")),
        (of(json!({"type": "INTEGER", "enum": ["1"]})), format!("{at}.properties[a].enum: only allowed for STRING type")),
        (of(json!({"type": "STRING", "format": "email"})), format!("{at}.properties[a].format: only 'enum' and 'date-time' are supported")),
        (declared(json!({"type": "OBJECT", "properties": {"a": {"type": "STRING"}}, "required": ["b"]})), format!("{at}.required[0]: property is not defined")),
        (of(json!({"type": ["STRING", "NULL"]})), "Invalid JSON payload received. Unknown name \"type\" at 'tools[0].function_declarations[0].parameters.properties[0].value': Proto field is not repeating, cannot start list.".to_owned()),
        (of(json!({"type": "STRING", "enum": [1]})), "Invalid value at 'tools[0].function_declarations[0].parameters.properties[0].value.enum[0]' (TYPE_STRING), 1".to_owned()),
        (of(json!({"$ref": "#"})), "Invalid JSON payload received. Unknown name \"$ref\"".to_owned()),
    ] {
        refused(&server, &extra, &start);
    }
    let named = |name: &str| json!({"tools": [{"functionDeclarations": [{"name": name}]}]});
    refused(
        &server,
        &named("1st"),
        "* GenerateContentRequest.tools[0].function_declarations[0].name: Invalid function name.",
    );
    refused(
        &server,
        &json!({"tools": [named("f")["tools"][0], named("f")["tools"][0]]}),
        "Duplicate function declaration found: f",
    );
    let config = |config: Value| json!({"tools": tools(), "toolConfig": {"functionCallingConfig": config}});
    let at = "* GenerateContentRequest.tool_config.function_calling_config.allowed_function_names: ";
    refused(&server, &config(json!({"allowedFunctionNames": ["now"]})), at);
    refused(&server, &config(json!({"mode": "ANY", "allowedFunctionNames": ["later"]})), at);
}

#[test]
fn turns_keep_their_order() {
    let server = Server::start(quick());
    let made = generate(&server, &[("x-simulate", "calls=2")], &json!({"tools": tools()})).json();
    let model = made["candidates"][0]["content"].clone();
    let user = hello()["contents"][0].clone();
    let response = |name: &str| json!({"functionResponse": {"name": name, "response": {"output": "5"}}});
    let turn = |parts: Value| json!({"role": "user", "parts": parts});
    let (weather, now) = (response("get_weather"), response("now"));
    let both = turn(json!([weather, now]));
    let number = "Please ensure that the number of function response parts is equal";
    for (contents, start) in [
        (json!([]), "* GenerateContentRequest.contents: contents is not specified"),
        (
            json!([{"role": "user", "parts": []}]),
            "* GenerateContentRequest.contents[0].parts: contents.parts must not be empty.",
        ),
        (json!([{"role": "system", "parts": [{"text": "Hi"}]}]), "Please use a valid role: user, model."),
        (
            json!([{"role": "user", "parts": [{}]}]),
            "* GenerateContentRequest.contents[0].parts[0].data: required oneof field",
        ),
        (
            json!([{"role": "user", "parts": [{"text": "Hi", "inlineData": {"mimeType": "image/png", "data": "aGk="}}]}]),
            "Invalid value at 'contents[0].parts[0]' (oneof)",
        ),
        (
            json!([{"role": "user", "parts": [{"inlineData": {"mimeType": "image/jpg", "data": "aGk="}}]}]),
            "Unsupported MIME type: image/jpg",
        ),
        (
            json!([{"role": "user", "parts": [{"inlineData": {"mimeType": "image/png", "data": "?"}}]}]),
            "Invalid value at 'contents[0].parts[0].inline_data.data' (TYPE_BYTES), Base64 decoding failed",
        ),
        (json!([model, both]), "Please ensure that function call turn comes immediately after a user turn"),
        (
            json!([user, both]),
            "Please ensure that function response turn comes immediately after a function call turn.",
        ),
        (json!([user, model]), number),
        (json!([user, model, user]), number),
        (json!([user, model, turn(json!([weather]))]), number),
        (
            json!([user, model, turn(json!([now, weather]))]),
            "Please ensure that function response parts come in the order",
        ),
        (
            json!([user, model, turn(json!([weather, now, {"text": "Well?"}]))]),
            "Please ensure that function response parts stand alone",
        ),
        (
            json!([user, model, turn(json!([weather, {"functionResponse": {"response": {}}}]))]),
            "* GenerateContentRequest.contents[2].parts[1].function_response.name: Name cannot be empty.",
        ),
        (
            json!([
                user,
                model,
                turn(json!([weather, {"functionResponse": {"name": "now", "response": "5"}}]))
            ]),
            "Invalid value at 'contents[2].parts[1].function_response.response' (type.googleapis.com/google.protobuf.Struct), \"5\"",
        ),
    ] {
        refused(&server, &json!({"tools": tools(), "contents": contents}), start);
    }
    let right = json!({"tools": tools(), "contents": [user, model, both]});
    assert_eq!(generate(&server, &[], &right).status, 200);
}

#[test]
fn thoughts_stay_where_they_belong() {
    let server = Server::start(quick());
    let made = generate(&server, &[], &json!({"tools": tools()})).json();
    let part = made["candidates"][0]["content"]["parts"][0].clone();
    let with_part = |part: &Value, name: &str| {
        json!({"tools": tools(), "contents": [hello()["contents"][0], {"role": "model", "parts": [part]},
            {"role": "user", "parts": [{"functionResponse": {"name": name, "response": {"output": "5"}}}]}]})
    };
    let mut bare = part.clone();
    bare.as_object_mut().unwrap().shift_remove("thoughtSignature");
    refused(
        &server,
        &with_part(&bare, "get_weather"),
        "Function call is missing a thought_signature in functionCall parts. \
        This is required for tools to work correctly, and missing thought_signature may lead to degraded model performance. \
        Additional data, function call `default_api:get_weather` , position 2.",
    );
    let corrupted = "Corrupted thought signature.";
    let mut forged = part.clone();
    forged["thoughtSignature"] = json!("Zm9yZ2Vk");
    refused(&server, &with_part(&forged, "get_weather"), corrupted);
    let mut moved = part.clone();
    moved["functionCall"] = json!({"name": "now", "args": {}});
    refused(&server, &with_part(&moved, "now"), corrupted);
    let other =
        server.gemini("gemini-3-flash-preview:generateContent", &[], &with(&with_part(&part, "get_weather")));
    assert_eq!(message(&other, 400, "INVALID_ARGUMENT"), corrupted);
    assert_eq!(generate(&server, &[], &with_part(&part, "get_weather")).status, 200);
}

#[test]
fn vertex_refuses_ids_and_strange_tokens() {
    let server = Server::start(quick());
    let token = grant(&server, &claim(&json!({}))).json()["access_token"].as_str().unwrap().to_owned();
    let call = format!("{PRO}:generateContent");
    let contents = json!([hello()["contents"][0],
        {"role": "model", "parts": [{"functionCall": {"id": "a", "name": "now", "args": {}}}]},
        {"role": "user", "parts": [{"functionResponse": {"id": "a", "name": "now", "response": {}}}]}]);
    let told =
        message(&vertex(&server, &token, &call, &json!({"contents": contents})), 400, "INVALID_ARGUMENT");
    assert_eq!(
        told,
        "Invalid JSON payload received. Unknown name \"id\" at 'contents[1].parts[0].function_call': Cannot find field.\n\
         Invalid JSON payload received. Unknown name \"id\" at 'contents[2].parts[0].function_response': Cannot find field."
    );
    let bare = json!([hello()["contents"][0], {"role": "model", "parts": [{"functionCall": {"name": "now", "args": {}}}]},
        {"role": "user", "parts": [{"functionResponse": {"name": "now", "response": {}}}]}]);
    let told = message(&vertex(&server, &token, &call, &json!({"contents": bare})), 400, "INVALID_ARGUMENT");
    assert!(
        told.starts_with(
            "Unable to submit request because function call `default_api:now` in the 2. content block"
        ),
        "{told}"
    );
    let told = message(
        &vertex(&server, &token, &call, &json!({"contents": [{"parts": [{"text": "Hi"}]}]})),
        400,
        "INVALID_ARGUMENT",
    );
    assert_eq!(told, "Please use a valid role: user, model.");
    for (given, reason) in [
        ("", "CREDENTIALS_MISSING"),
        ("sk-test", "ACCESS_TOKEN_TYPE_UNSUPPORTED"),
        ("ya29.9999999999.d2Vpcg.0", "ACCESS_TOKEN_TYPE_UNSUPPORTED"),
    ] {
        let answer = vertex(&server, given, &call, &hello());
        message(&answer, 401, "UNAUTHENTICATED");
        assert_eq!(answer.json()["error"]["details"][0]["reason"], reason);
    }
}

#[test]
fn claims_are_looked_at() {
    let server = Server::start(quick());
    let error = |form: &str| {
        let answer = grant(&server, form);
        assert_eq!(answer.status, 400);
        answer.json()["error"].as_str().unwrap().to_owned()
    };
    assert_eq!(error("grant_type=password"), "unsupported_grant_type");
    assert_eq!(error(""), "invalid_request");
    assert_eq!(error(&claim(&json!({"exp": 1_799_990_000}))), "invalid_grant");
    assert_eq!(error(&claim(&json!({"exp": 1_800_100_000}))), "invalid_grant");
    assert_eq!(error(&claim(&json!({"iss": "bad@test.iam"}))), "invalid_grant");
    assert_eq!(error(&claim(&json!({"scope": ""}))), "invalid_scope");
    let form = claim(&json!({}));
    let faulty =
        |fault: &str| server.send("POST", "/google/token", &[("x-simulate", fault)], form.as_bytes());
    assert_eq!(faulty("status=503").status, 503);
    assert!(!faulty("cut-after=5").complete);
    assert!(serde_json::from_slice::<Value>(&faulty("garbage").body).is_err());
    assert_eq!(error(form.rsplit_once('.').unwrap().0), "invalid_grant");
}

#[test]
fn callers_models_and_faults_are_answered_in_googles_shape() {
    let server = Server::start(quick());
    let call = format!("{PRO}:generateContent");
    let none = server.send("POST", &format!("/gemini/v1/models/{call}"), &[], hello().to_string().as_bytes());
    assert!(
        message(&none, 403, "PERMISSION_DENIED").starts_with("Method doesn't allow unregistered callers")
    );
    let bad = server.gemini(&call, &[("x-goog-api-key", "bad-key")], &hello());
    message(&bad, 400, "INVALID_ARGUMENT");
    assert_eq!(bad.json()["error"]["details"][0]["reason"], "API_KEY_INVALID");
    let unknown = server.gemini("gpt-5:generateContent", &[], &hello());
    assert!(
        message(&unknown, 404, "NOT_FOUND").starts_with("models/gpt-5 is not found for API version v1beta")
    );
    message(&server.gemini("gemini-embedding-001:generateContent", &[], &hello()), 404, "NOT_FOUND");
    message(&server.gemini(&format!("{PRO}:think"), &[], &hello()), 404, "NOT_FOUND");
    let limited = generate(&server, &[("x-simulate", "status=429, retry-after=9")], &json!({}));
    message(&limited, 429, "RESOURCE_EXHAUSTED");
    let details = limited.json()["error"]["details"].clone();
    let retry = details
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["@type"] == "type.googleapis.com/google.rpc.RetryInfo");
    assert_eq!(retry.unwrap()["retryDelay"], "9s");
    message(&generate(&server, &[("x-simulate", "status=500")], &json!({})), 500, "INTERNAL");
    message(&generate(&server, &[("x-simulate", "status=504")], &json!({})), 504, "DEADLINE_EXCEEDED");
    let empty = server.gemini("gemini-embedding-001:embedContent", &[], &json!({}));
    message(&empty, 400, "INVALID_ARGUMENT");
}
