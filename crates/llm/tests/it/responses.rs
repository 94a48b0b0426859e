//! Whole answers, brought back to a chat client.

use llm::{Dialect, FinishReason, ModelEntry, ProviderKind, ResponseError, Target};

use crate::support::{cases, chat_peek, context, golden, pretty, read, translate};

fn check_anthropic(folder: &str, case: &str, to: &str) {
    let body = read(&format!("{folder}/{case}.json"));
    let got = ProviderKind::Anthropic.decode_response(&body, &context(false)).unwrap();
    assert!(!got.unchanged);
    let text = format!("{:?} {:?}\n{:?}\n{}", got.finish_reason, got.model, got.usage, pretty(&got.body));
    golden(folder, case, to, &text);
}

#[test]
fn golden_answers_of_anthropic() {
    for case in cases("anthropic", ".json") {
        check_anthropic("anthropic", &case, "openai_chat");
    }
    check_anthropic("fixtures", "anthropic_message", "openai_chat");
}

#[test]
fn answers_of_the_same_dialect_pass_unchanged() {
    let body = read("fixtures/openai_chat.json");
    let got = ProviderKind::OpenAiCompatible.decode_response(&body, &context(false)).unwrap();
    assert!(got.unchanged && got.body.is_empty());
    assert_eq!(
        (got.finish_reason, got.model.as_deref()),
        (Some(FinishReason::ToolCalls), Some("gpt-5-2025-08-07"))
    );
    assert_eq!(
        (got.usage.input, got.usage.cache_read, got.usage.output, got.usage.reasoning),
        (82, 64, 17, 8)
    );
    let bare = br#"{"choices":[{"message":{"content":"eight letters"}}]}"#;
    let got = ProviderKind::OpenAiCompatible.decode_response(bare, &context(false)).unwrap();
    assert!(got.usage.estimated);
    assert_eq!((got.usage.input, got.usage.output), (100, 4));
}

#[test]
fn answers_of_no_use_are_told_apart() {
    let decode =
        |provider: ProviderKind, body: &[u8]| provider.decode_response(body, &context(false)).unwrap_err();
    for provider in [ProviderKind::OpenAiCompatible, ProviderKind::Anthropic] {
        for broken in [&b"<html>"[..], b"", b"{\"id\":", b"\xff"] {
            assert_eq!(decode(provider, broken), ResponseError::NotJson);
        }
        for strange in [&b"{}"[..], b"[]", b"null", br#"{"id":"x"}"#] {
            assert!(matches!(decode(provider, strange), ResponseError::Unexpected { .. }), "{strange:?}");
        }
        let error = decode(provider, br#"{"error":{"message":"why","type":"overloaded_error","code":503}}"#)
            .api_error();
        assert_eq!((error.status, error.message.as_str()), (503, "why"));
    }
}

#[test]
fn an_answer_by_the_stand_in_tool_is_the_text() {
    let body = read("openai_chat/json_schema_by_tool.json");
    let peek = chat_peek(&body).unwrap();
    let target = Target::new("claude-3-opus-20240229", None);
    let encoded = ProviderKind::Anthropic.encode_request(Dialect::OpenAiChat, &body, &peek, &target).unwrap();
    let mut ctx = context(false);
    ctx.carry = encoded.carry;
    let answer = br#"{"id":"m","content":[{"type":"tool_use","id":"t","name":"answer_as_json","input":{"name":"A\"b","age":3}}],"stop_reason":"tool_use"}"#;
    let got = ProviderKind::Anthropic.decode_response(answer, &ctx).unwrap();
    let got: serde_json::Value = serde_json::from_slice(&got.body).unwrap();
    let choice = &got["choices"][0];
    assert_eq!(choice["message"]["content"], r#"{"name":"A\"b","age":3}"#);
    assert_eq!((choice["finish_reason"].as_str(), choice["message"].get("tool_calls")), (Some("stop"), None));
}

#[test]
fn of_several_answers_by_the_stand_in_tool_the_first_counts() {
    let answers = r#"{"id":"m","content":[
        {"type":"tool_use","id":"t","name":"answer_as_json","input":{"name":"A","age":3}},
        {"type":"tool_use","id":"u","name":"answer_as_json","input":{"name":"B","age":4}}],"stop_reason":"tool_use"}"#;
    let events = [
        r#"{"type":"message_start","message":{"id":"m"}}"#,
        r#"{"type":"content_block_start","content_block":{"type":"tool_use","id":"t","name":"answer_as_json","input":{}}}"#,
        r#"{"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":"{\"age\":3}"}}"#,
        r#"{"type":"content_block_stop"}"#,
        r#"{"type":"content_block_start","content_block":{"type":"tool_use","id":"u","name":"answer_as_json","input":{}}}"#,
        r#"{"type":"content_block_delta","delta":{"type":"input_json_delta","partial_json":"{\"age\":4}"}}"#,
        r#"{"type":"content_block_stop"}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"tool_use"}}"#,
        r#"{"type":"message_stop"}"#,
    ];
    for (case, one_at_a_time) in
        [("json_schema_by_tool", Some(true)), ("json_schema_by_tool_among_tools", None)]
    {
        let body = read(&format!("openai_chat/{case}.json"));
        let peek = chat_peek(&body).unwrap();
        let target = Target::new("claude-3-opus-20240229", None);
        let encoded =
            ProviderKind::Anthropic.encode_request(Dialect::OpenAiChat, &body, &peek, &target).unwrap();
        let sent: serde_json::Value = serde_json::from_slice(&encoded.body).unwrap();
        assert_eq!(sent["tool_choice"]["disable_parallel_tool_use"].as_bool(), one_at_a_time, "{case}");
        let mut ctx = context(false);
        ctx.carry = encoded.carry;
        let got = ProviderKind::Anthropic.decode_response(answers.as_bytes(), &ctx).unwrap();
        let got: serde_json::Value = serde_json::from_slice(&got.body).unwrap();
        assert_eq!(got["choices"][0]["message"]["content"], r#"{"name":"A","age":3}"#);
        let stream = format!("data: {}\n\n", events.join("\n\ndata: "));
        let out =
            String::from_utf8(translate(ProviderKind::Anthropic, ctx, [stream.as_bytes()]).out).unwrap();
        assert!(out.contains(r#"{\"age\":3}"#) && !out.contains(r#"{\"age\":4}"#), "{out}");
    }
}

#[test]
fn changed_tool_names_come_back() {
    let body = read("openai_chat/tool_name_changed.json");
    let peek = chat_peek(&body).unwrap();
    let target = Target::new("claude-sonnet-5", None);
    let encoded = ProviderKind::Anthropic.encode_request(Dialect::OpenAiChat, &body, &peek, &target).unwrap();
    let mut ctx = context(false);
    ctx.carry = encoded.carry;
    let answer = br#"{"content":[{"type":"tool_use","id":"t","name":"files_read_all","input":{}}],"stop_reason":"tool_use"}"#;
    let got = ProviderKind::Anthropic.decode_response(answer, &ctx).unwrap();
    let got: serde_json::Value = serde_json::from_slice(&got.body).unwrap();
    assert_eq!(got["choices"][0]["message"]["tool_calls"][0]["function"]["name"], "files.read/all");
    assert_eq!(got["id"], "chatcmpl-01J0000000");
}

#[test]
fn models_are_listed() {
    let models = [ModelEntry { id: "a\"b", created: 5, owned_by: "weir" }];
    let got = String::from_utf8(Dialect::OpenAiChat.encode_models(models)).unwrap();
    assert_eq!(
        got,
        r#"{"object":"list","data":[{"id":"a\"b","object":"model","created":5,"owned_by":"weir"}]}"#
    );
}
