//! Requests of Gemini clients that cannot be served: the path to the mistake is told.

use llm::ProviderKind;

use super::{asking, encode, to_anthropic};

/// The request is refused, and the path and the code told.
fn check(body: &str, param: &str, code: &str) {
    let Err(error) = encode(ProviderKind::Anthropic, "claude-sonnet-5", body) else { panic!("{body}") };
    assert_eq!((error.param.as_deref(), error.code), (Some(param), Some(code)), "{body}: {error}");
}

/// agentgateway/agentgateway#907, agentgateway/agentgateway#2312: a client's mistake is a 400 that names the field.
#[test]
fn mistakes_are_named_by_their_path() {
    let contents = |contents: &str| format!(r#"{{"contents":[{contents}]}}"#);
    let user = |part: &str| contents(&format!(r#"{{"parts":[{part}]}}"#));
    check("{}", "contents", "missing_required_parameter");
    check(&contents(""), "contents", "invalid_value");
    check(r#"{"contents":7}"#, "contents", "invalid_type");
    check(&contents("7"), "contents[0]", "invalid_type");
    check(&contents(r#"{"role":"king","parts":[]}"#), "contents[0].role", "invalid_value");
    check(&user("7"), "contents[0].parts[0]", "invalid_type");
    check(&user(r#"{"text":7}"#), "contents[0].parts[0].text", "invalid_type");
    check(&user(r#"{"text":"a"},{"hologram":{}}"#), "contents[0].parts[1]", "unsupported_value");
    check(
        &user(r#"{"inlineData":{"data":"AA=="}}"#),
        "contents[0].parts[0].inlineData.mimeType",
        "missing_required_parameter",
    );
    check(
        &user(r#"{"inlineData":{"mimeType":"video/mp4","data":"AA=="}}"#),
        "contents[0].parts[0].inlineData",
        "unsupported_value",
    );
    check(
        &user(r#"{"inlineData":{"mimeType":"text/plain","data":"?"}}"#),
        "contents[0].parts[0].inlineData",
        "unsupported_value",
    );
    check(
        &user(r#"{"fileData":{"fileUri":"gs://a/b"}}"#),
        "contents[0].parts[0].fileData",
        "unsupported_value",
    );
    check(
        &user(r#"{"fileData":{"fileUri":"https://generativelanguage.googleapis.com/v1beta/files/x"}}"#),
        "contents[0].parts[0].fileData",
        "unsupported_value",
    );
    check(
        &user(r#"{"fileData":{"fileUri":"https://a/b"}}"#),
        "contents[0].parts[0].fileData.mimeType",
        "missing_required_parameter",
    );
    check(
        &user(r#"{"text":"a"}],"x":[{}"#).replace(r#""x":["#, r#""role":["#),
        "contents[0].role",
        "invalid_type",
    );
}

#[test]
fn mistakes_in_other_members_are_named_by_their_path() {
    for (member, param, code) in [
        (r#""generationConfig":7"#, "generationConfig", "invalid_type"),
        (r#""generationConfig":{"temperature":"hot"}"#, "generationConfig.temperature", "invalid_type"),
        (r#""generationConfig":{"maxOutputTokens":-1}"#, "generationConfig.maxOutputTokens", "invalid_value"),
        (r#""generationConfig":{"stopSequences":"x"}"#, "generationConfig.stopSequences", "invalid_type"),
        (r#""generationConfig":{"stopSequences":[1]}"#, "generationConfig.stopSequences[0]", "invalid_type"),
        (
            r#""generationConfig":{"responseMimeType":"text/x.enum"}"#,
            "generationConfig.responseMimeType",
            "unsupported_value",
        ),
        (
            r#""generationConfig":{"responseSchema":{"type":"STRING"}}"#,
            "generationConfig.responseSchema",
            "invalid_value",
        ),
        (
            r#""generationConfig":{"thinkingConfig":{"includeThoughts":1}}"#,
            "generationConfig.thinkingConfig.includeThoughts",
            "invalid_type",
        ),
        (r#""generationConfig":{},"generation_config":{}"#, "generationConfig", "duplicate_parameter"),
        (
            r#""systemInstruction":{"parts":[{"inlineData":{"mimeType":"image/png","data":"AA=="}}]}"#,
            "systemInstruction.parts[0]",
            "unsupported_value",
        ),
        (r#""cachedContent":"cachedContents/x""#, "cachedContent", "unsupported_value"),
        (r#""tools":7"#, "tools", "invalid_type"),
        (
            r#""tools":[{"functionDeclarations":[{}]}]"#,
            "tools[0].functionDeclarations[0].name",
            "missing_required_parameter",
        ),
        (
            r#""tools":[{"functionDeclarations":[{"name":"f","parameters":7}]}]"#,
            "tools[0].functionDeclarations[0].parameters",
            "invalid_type",
        ),
        (
            r#""toolConfig":{"functionCallingConfig":{"mode":"ANY"}}"#,
            "toolConfig.functionCallingConfig.mode",
            "invalid_value",
        ),
        (
            r#""toolConfig":{"functionCallingConfig":{"mode":"SOME"}}"#,
            "toolConfig.functionCallingConfig.mode",
            "invalid_value",
        ),
        (
            r#""toolConfig":{"functionCallingConfig":{"mode":"ANY","allowedFunctionNames":["x"]}}"#,
            "toolConfig.functionCallingConfig.allowedFunctionNames[0]",
            "invalid_value",
        ),
    ] {
        check(&asking(&format!(",{member}")), param, code);
    }
}

#[test]
fn calls_and_results_must_belong_together() {
    let turns = |model: &str, user: &str| {
        format!(
            r#"{{"contents":[{{"parts":[{{"text":"hi"}}]}},{{"role":"model","parts":[{model}]}},{{"role":"user","parts":[{user}]}}]}}"#
        )
    };
    let call =
        |id: &str, name: &str| format!(r#"{{"functionCall":{{"id":"{id}","name":"{name}","args":{{}}}}}}"#);
    let result = |id: &str, name: &str| {
        format!(
            r#"{{"functionResponse":{{"id":"{id}","name":"{name}","response":{{"output":"{id}{name}"}}}}}}"#
        )
    };
    let two = format!("{},{}", call("a", "f"), call("b", "f"));
    for (model, user, param) in [
        (call("a", "f"), result("x", "f"), "contents[2].parts[0].functionResponse.id"),
        (
            call("a", "f"),
            format!("{},{}", result("a", "f"), result("a", "f")),
            "contents[2].parts[1].functionResponse.id",
        ),
        (two.clone(), result("a", "f"), "contents[1].parts[1].functionCall"),
        (call("a", "f"), r#"{"text":"so?"}"#.to_owned(), "contents[1].parts[0].functionCall"),
        (
            format!("{},{}", call("a", "f"), call("a", "g")),
            result("a", "f"),
            "contents[1].parts[1].functionCall.id",
        ),
        (call("", "f"), result("", "g"), "contents[2].parts[0].functionResponse"),
        (
            call("", "f"),
            format!("{},{}", result("", "f"), result("", "f")),
            "contents[2].parts[1].functionResponse",
        ),
        (
            r#"{"functionCall":{"name":"f","args":[]}}"#.to_owned(),
            result("", "f"),
            "contents[1].parts[0].functionCall.args",
        ),
    ] {
        let body = turns(&model, &user);
        let error = encode(ProviderKind::Anthropic, "claude-sonnet-5", &body).expect_err(&body);
        assert_eq!(error.param.as_deref(), Some(param), "{body}: {error}");
    }
    // Without ids, results answer the calls of their name in order.
    let model = [call("", "f"), call("", "g"), call("", "f")].join(",");
    let user = [result("", "g"), result("", "f"), result("", "f")].join(",");
    let (sent, _) = to_anthropic(&turns(&model, &user));
    let ids = |message: usize, member: &str| -> Vec<String> {
        let blocks = sent["messages"][message]["content"].as_array().unwrap();
        blocks.iter().map(|block| block[member].as_str().unwrap().to_owned()).collect()
    };
    let (calls, results) = (ids(1, "id"), ids(2, "tool_use_id"));
    assert_eq!(results, [calls[1].clone(), calls[0].clone(), calls[2].clone()]);
}
