//! Chat requests, written for each provider.

use llm::catalogue::Catalogue;
use llm::{Carry, Context, Dialect, ProviderKind, Target};

use crate::support::{cases, chat_peek, read};

#[test]
fn requests_of_the_same_dialect_keep_every_other_byte() {
    for case in cases("openai_chat", ".json") {
        let body = read(&format!("openai_chat/{case}.json"));
        let peek = chat_peek(&body).unwrap();
        let target = Target::new(&peek.model, None);
        let encoded = ProviderKind::OpenAiCompatible
            .encode_request(Dialect::OpenAiChat, &body, &peek, &target)
            .unwrap();
        assert_eq!(encoded.path, "/chat/completions");
        if String::from_utf8_lossy(&body).contains("thinking_blocks") {
            assert_eq!(encoded.dropped, ["messages[].thinking_blocks"]);
            assert!(!String::from_utf8(encoded.body).unwrap().contains("thinking_blocks"));
        } else {
            assert_eq!(encoded.body, body, "{case}");
        }
    }
}

/// OpenAI's models that reason refuse `max_tokens`, which many clients send, and `cache_control`, which agents do.
#[test]
fn what_openai_refuses_is_changed_in_passing_and_nothing_else() {
    let body = r#"{"model":"smart" ,"max_tokens": 9,"messages":[{"role":"user","content":"hi","cache_control":{"type":"ephemeral"}}]}"#;
    let peek = chat_peek(body.as_bytes()).unwrap();
    let sent = |kind: ProviderKind, model: &str| {
        let target = Target::new(model, None);
        let encoded = kind.encode_request(Dialect::OpenAiChat, body.as_bytes(), &peek, &target).unwrap();
        (String::from_utf8(encoded.body).unwrap(), encoded.dropped)
    };
    let plain =
        r#"{"model":"gpt-5" ,"max_completion_tokens": 9,"messages":[{"role":"user","content":"hi"}]}"#;
    for kind in [ProviderKind::Azure, ProviderKind::OpenAiResponses] {
        assert_eq!(sent(kind, "gpt-5"), (plain.to_owned(), vec!["messages[].cache_control".to_owned()]));
        let old = plain.replace("gpt-5", "gpt-4o").replace("max_completion_tokens", "max_tokens");
        assert_eq!(sent(kind, "gpt-4o").0, old);
    }
    // Of others that speak OpenAI's chat nothing is known.
    assert_eq!(sent(ProviderKind::OpenAiCompatible, "gpt-5").0, body.replace("smart", "gpt-5"));
}

#[test]
fn keys_go_where_each_provider_looks() {
    assert_eq!(ProviderKind::OpenAiCompatible.auth_header("k"), ("authorization", "Bearer k".to_owned()));
    assert_eq!(ProviderKind::Anthropic.auth_header("k"), ("x-api-key", "k".to_owned()));
}

/// What is sent to a model of Anthropic's, and what is dropped.
fn to_anthropic(model: &str, body: &str) -> (serde_json::Value, Vec<String>) {
    let peek = chat_peek(body.as_bytes()).unwrap();
    let target = Target::new(model, Catalogue::builtin().lookup(model, Some("anthropic")).as_ref());
    let encoded =
        ProviderKind::Anthropic.encode_request(Dialect::OpenAiChat, body.as_bytes(), &peek, &target).unwrap();
    (serde_json::from_slice(&encoded.body).unwrap(), encoded.dropped)
}

#[test]
fn what_is_dropped_is_told_within_bounds() {
    let body = |members: &str| {
        format!(r#"{{"model":"m","messages":[{{"role":"user","content":"hi"}}],"seed":1,{members}}}"#)
    };
    let unknown: Vec<String> = (0..100_000).map(|i| format!(r#""a{i}":0"#)).collect();
    let (_, dropped) = to_anthropic("claude-sonnet-5", &body(&unknown.join(",")));
    assert_eq!((dropped[0].as_str(), dropped[31].as_str(), dropped.len()), ("seed", "a30", 33));
    assert_eq!(dropped[32], "and 99969 more");
    let long = format!(r#""{}":1,"line\r\nbreak":2"#, "n".repeat(500_000));
    let (_, dropped) = to_anthropic("claude-sonnet-5", &body(&long));
    assert_eq!(dropped, ["seed", &format!("{}...", "n".repeat(64)), "line??break"]);
}

/// Each of these took minutes where every item was compared with all others.
#[test]
fn large_requests_take_time_by_their_size_alone() {
    const MANY: usize = 20_000;
    let list = |item: &dyn Fn(usize) -> String| (0..MANY).map(item).collect::<Vec<_>>().join(",");
    let call = |i: usize| format!(r#"{{"id":"c{i}","function":{{"name":"f{i}","arguments":"{{}}"}}}}"#);
    let result = |i: usize| format!(r#"{{"role":"tool","tool_call_id":"c{i}","content":"1"}}"#);
    let body = format!(
        r#"{{"model":"m","messages":[{{"role":"user","content":"hi"}},{{"role":"assistant","tool_calls":[{}]}},{}]}}"#,
        list(&call),
        list(&result)
    );
    let (sent, _) = to_anthropic("claude-sonnet-5", &body);
    assert_eq!(sent["messages"][2]["content"].as_array().map(Vec::len), Some(MANY));
    // Names that all come to the same when they are made acceptable, and a list that allows each.
    let long = "n".repeat(120);
    let name = |i: usize| format!("{long}{i:08}.");
    let tool = |i: usize| format!(r#"{{"type":"function","function":{{"name":"{}"}}}}"#, name(i / 2));
    let body = format!(
        r#"{{"model":"m","messages":[{{"role":"user","content":"hi"}}],"tools":[{tools},{{"type":"function","function":{{"name":"other"}}}}],
        "tool_choice":{{"type":"allowed_tools","allowed_tools":{{"mode":"auto","tools":[{tools}]}}}}}}"#,
        tools = list(&tool)
    );
    let (sent, _) = to_anthropic("claude-sonnet-5", &body);
    assert_eq!(sent["tools"].as_array().map(Vec::len), Some(MANY));
    assert_eq!(sent["tools"][2]["name"], sent["tools"][3]["name"]);
}

/// The prompt's tokens as they are estimated for a client that leaves a stream before its provider counts.
fn estimated(rest: &str) -> u64 {
    let body = format!(r#"{{"model":"m","stream":true,{rest}}}"#);
    let peek = chat_peek(body.as_bytes()).unwrap();
    let ctx = Context::new(Dialect::OpenAiChat, &peek, "r", 0, Carry::default());
    let mut stream = ProviderKind::OpenAiCompatible.stream(ctx);
    stream.push(b"data: {\"choices\":[{\"delta\":{\"content\":\"A\"}}]}\n\n", &mut Vec::new());
    let usage = stream.usage();
    assert!(usage.estimated);
    usage.input
}

#[test]
fn media_are_not_estimated_as_text() {
    let base64 = "QUFB".repeat(500_000);
    let user = |part: &str| estimated(&format!(r#""messages":[{{"role":"user","content":[{part}]}}]"#));
    for medium in [
        format!(r#"{{"type":"image_url","image_url":{{"url":"data:image/png;base64,{base64}"}}}}"#),
        format!(r#"{{"type":"input_audio","input_audio":{{"data":"{base64}","format":"wav"}}}}"#),
        format!(r#"{{"type":"file","file":{{"file_data":"{base64}"}}}}"#),
    ] {
        assert!((1000..1020).contains(&user(&medium)), "{}", user(&medium));
    }
    assert!(user(r#"{"type":"image_url","image_url":{"url":"data:,small"}}"#) < 20);
    // Text stays text, whatever it begins with and wherever else it stands.
    assert!(user(&format!(r#"{{"type":"text","text":"data:{base64}"}}"#)) > 500_000);
    let tools = format!(r#""messages":[],"tools":[{{"description":"{base64}"}}]"#);
    assert!(estimated(&tools) > 500_000);
    assert_eq!(estimated(r#""messages":[],"metadata":{"a":"not read by the model"}"#), 0);
}

#[test]
fn a_blank_refusal_leaves_no_block() {
    let body = r#"{"model":"m","messages":[{"role":"user","content":"hi"},
        {"role":"assistant","content":[{"type":"refusal","refusal":""},{"type":"text","text":"a"}],"refusal":" "},
        {"role":"user","content":"hi"}]}"#;
    let (sent, _) = to_anthropic("claude-sonnet-5", body);
    assert_eq!(sent["messages"][1], serde_json::json!({"role": "assistant", "content": "a"}));
}

#[test]
fn what_is_left_behind_within_messages_and_formats_is_named() {
    let messages = |members: &str| {
        format!(
            r#"{{"model":"m","messages":[{{"role":"user","content":"hi","tool_calls":[1],"name":"ada"}},
            {{"role":"assistant","content":"a"{members}}},{{"role":"user","content":"hi"}}]}}"#
        )
    };
    let check = |members: &str, expect: &[&str]| {
        let (_, dropped) = to_anthropic("claude-sonnet-5", &messages(members));
        let all = [&["messages[].tool_calls", "messages[].name"], expect].concat();
        assert_eq!(dropped, all, "{members}");
    };
    check("", &[]);
    check(
        r#","reasoning_content":"r","prefix":true,"tool_calls":[]"#,
        &["messages[].prefix", "messages[].reasoning"],
    );
    check(r#","annotations":[],"reasoning_content":null,"prefix":false,"x":{},"audio":null"#, &[]);
    let blocks =
        r#","thinking_blocks":[{"type":"thinking","thinking":"r","signature":"s"}],"reasoning_content":"r""#;
    check(blocks, &[]);

    let format = r#"{"model":"m","messages":[{"role":"user","content":"hi"}],"response_format":{"type":"json_schema",
        "json_schema":{"name":"person","description":"who","strict":true,"schema":{"type":"object"}}}}"#;
    let named = ["response_format.json_schema.description"];
    assert_eq!(to_anthropic("claude-sonnet-4-5", format).1, named);
    let by_tool = [&["response_format.json_schema.strict"], &named[..]].concat();
    assert_eq!(to_anthropic("claude-3-opus-20240229", format).1, by_tool);
}
