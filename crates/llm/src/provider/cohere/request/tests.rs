use crate::request::{self, Address};
use crate::{Dialect, Encoded, ProviderKind, RequestError, Target};

const SILENT: &str = "command-r-plus-08-2024";
const REASONS: &str = "command-a-reasoning-08-2025";
const USER: &str = r#"{"role":"user","content":"hi"}"#;

fn encode(model: &str, body: &str) -> Result<Encoded, RequestError> {
    let target = Target { native_json_schema: true, ..Target::new(model, None) };
    let peek = request::peek(Dialect::OpenAiChat, body.as_bytes(), Address::default()).unwrap();
    ProviderKind::Cohere.encode_request(Dialect::OpenAiChat, body.as_bytes(), &peek, &target)
}

fn request(messages: &str, rest: &str) -> String {
    format!(r#"{{"model":"x","messages":[{messages}]{rest}}}"#)
}

/// What is sent beside the model and the messages, and what is dropped.
fn check(model: &str, rest: &str, expect: &str, dropped: &[&str]) {
    let encoded = encode(model, &request(USER, rest)).unwrap();
    let mut got: serde_json::Value = serde_json::from_slice(&encoded.body).unwrap();
    for written in ["model", "messages"] {
        got.as_object_mut().unwrap().shift_remove(written).unwrap();
    }
    assert_eq!(got, serde_json::from_str::<serde_json::Value>(expect).unwrap(), "{rest}");
    assert_eq!(encoded.dropped, dropped, "{rest}");
}

fn sent(model: &str, messages: &str) -> (serde_json::Value, Vec<String>) {
    let encoded = encode(model, &request(messages, "")).unwrap();
    let body: serde_json::Value = serde_json::from_slice(&encoded.body).unwrap();
    (body["messages"].clone(), encoded.dropped)
}

#[test]
fn parameters_have_coheres_names() {
    check(SILENT, "", "{}", &[]);
    check(
        SILENT,
        r#","temperature":0.5,"top_p":0.9,"top_k":40,"seed":7,"max_tokens":9,"presence_penalty":0.5,"frequency_penalty":1,"stop":"a","stream":true,"logprobs":true"#,
        r#"{"temperature":0.5,"p":0.9,"k":40,"seed":7,"max_tokens":9,"presence_penalty":0.5,"frequency_penalty":1,"stop_sequences":["a"],"stream":true,"logprobs":true}"#,
        &[],
    );
    check(
        SILENT,
        r#","safety_mode":"OFF","documents":["d"],"citation_options":{"mode":"OFF"},"priority":1,"logit_bias":{"1":1}"#,
        r#"{"safety_mode":"OFF","documents":["d"],"citation_options":{"mode":"OFF"},"priority":1}"#,
        &["logit_bias"],
    );
}

#[test]
fn scales_that_end_sooner_are_cut_and_named() {
    check(SILENT, r#","top_p":1"#, r#"{"p":0.99}"#, &[]);
    check(SILENT, r#","top_p":0"#, r#"{"p":0.01}"#, &[]);
    check(SILENT, r#","top_k":-1"#, "{}", &["top_k"]);
    check(SILENT, r#","top_k":1000"#, r#"{"k":500}"#, &["top_k"]);
    check(SILENT, r#","seed":-1"#, "{}", &["seed"]);
    check(
        SILENT,
        r#","presence_penalty":-1,"frequency_penalty":2"#,
        r#"{"frequency_penalty":1}"#,
        &["frequency_penalty", "presence_penalty"],
    );
    check(
        SILENT,
        r#","stop":["a","b","c","d","e","f"]"#,
        r#"{"stop_sequences":["a","b","c","d","e"]}"#,
        &["stop"],
    );
    check(SILENT, r#","logprobs":true,"top_logprobs":2"#, r#"{"logprobs":true}"#, &["top_logprobs"]);
    check(
        SILENT,
        r#","user":"u","n":2,"service_tier":"flex","prompt_cache_key":"k""#,
        "{}",
        &["user", "service_tier", "n", "prompt_cache_key"],
    );
}

#[test]
fn thinking_is_a_budget_where_the_model_reasons() {
    let thinking = |json: &str| format!(r#"{{"thinking":{json}}}"#);
    check(REASONS, r#","reasoning_effort":"none""#, &thinking(r#"{"type":"disabled"}"#), &[]);
    check(
        REASONS,
        r#","reasoning_effort":"high""#,
        &thinking(r#"{"type":"enabled","token_budget":4096}"#),
        &[],
    );
    let short = r#"{"max_tokens":1000,"thinking":{"type":"enabled","token_budget":999}}"#;
    check(REASONS, r#","reasoning_effort":"low","max_tokens":1000"#, short, &[]);
    check(SILENT, r#","reasoning_effort":"none""#, "{}", &[]);
    check(SILENT, r#","reasoning_effort":"low""#, "{}", &["reasoning_effort"]);
    let own = r#","thinking":{"type":"enabled","token_budget":5},"reasoning_effort":"low""#;
    check(REASONS, own, &thinking(r#"{"type":"enabled","token_budget":5}"#), &[]);
}

#[test]
fn shapes() {
    let schema = r#","response_format":{"type":"json_schema","json_schema":{"name":"p","strict":true,"schema":{"type":"object"}}}"#;
    check(
        SILENT,
        schema,
        r#"{"response_format":{"type":"json_object","json_schema":{"type":"object"}}}"#,
        &[],
    );
    check(
        SILENT,
        r#","response_format":{"type":"json_object"}"#,
        r#"{"response_format":{"type":"json_object"}}"#,
        &[],
    );
    // Cohere refuses it beside documents and tools.
    check(SILENT, &format!(r#"{schema},"documents":[]"#), r#"{"documents":[]}"#, &["response_format"]);
}

#[test]
fn a_named_tool_is_the_only_one() {
    let tool = |name: &str, strict: bool| {
        format!(
            r#"{{"type":"function","function":{{"name":"{name}","parameters":{{"type":"object"}},"strict":{strict}}}}}"#
        )
    };
    let told = |name: &str| {
        format!(r#"{{"type":"function","function":{{"name":"{name}","parameters":{{"type":"object"}}}}}}"#)
    };
    let both = |strict: bool| format!(r#","tools":[{},{}]"#, tool("a", true), tool("b", strict));
    let sent = |rest: &str| format!(r#"{{"tools":[{},{}]{rest}}}"#, told("a"), told("b"));
    check(SILENT, &both(true), &sent(r#","strict_tools":true"#), &[]);
    let strict = &["tools[0].function.strict"];
    check(SILENT, &both(false), &sent(""), strict);
    check(SILENT, &(both(false) + r#","tool_choice":"auto""#), &sent(""), strict);
    check(
        SILENT,
        &(both(false) + r#","tool_choice":"required""#),
        &sent(r#","tool_choice":"REQUIRED""#),
        strict,
    );
    check(SILENT, &(both(false) + r#","tool_choice":"none""#), &sent(r#","tool_choice":"NONE""#), strict);
    let named = both(true)
        + r#","tool_choice":{"type":"function","function":{"name":"b"}},"parallel_tool_calls":false"#;
    let one = format!(r#"{{"tools":[{}],"strict_tools":true,"tool_choice":"REQUIRED"}}"#, told("b"));
    check(SILENT, &named, &one, &["parallel_tool_calls"]);
}

#[test]
fn names_are_made_acceptable() {
    let body = r#"{"model":"x","tools":[{"type":"function","function":{"name":"2.files-read"}}],
        "messages":[{"role":"user","content":"hi"},
        {"role":"assistant","tool_calls":[{"id":"a","type":"function","function":{"name":"2.files-read","arguments":"{}"}}]},
        {"role":"tool","tool_call_id":"a","content":"1"}]}"#;
    let encoded = encode(SILENT, body).unwrap();
    let sent: serde_json::Value = serde_json::from_slice(&encoded.body).unwrap();
    assert_eq!(sent["tools"][0]["function"]["name"], "_2_files_read");
    assert_eq!(sent["messages"][1]["tool_calls"][0]["function"]["name"], "_2_files_read");
    let back = encoded.carry.client_name(json::Text::from_plain("_2_files_read")).decode().into_owned();
    assert_eq!(back, "2.files-read");
}

#[test]
fn plans_and_thoughts_go_where_the_model_has_them() {
    let call = r#"{"id":"a","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}"#;
    let messages = format!(
        r#"{USER},{{"role":"assistant","content":"b","reasoning_content":"r","tool_calls":[{call}]}},
        {{"role":"tool","tool_call_id":"a","content":[{{"type":"text","text":"c"}},{{"type":"text","text":"d"}}]}},
        {{"role":"assistant","content":"e","reasoning_content":"s"}},{USER}"#
    );
    let call = serde_json::json!({"id": "a", "type": "function", "function": {"name": "f", "arguments": "{\"x\":1}"}});
    let later = serde_json::json!({"role": "assistant", "content": [
        {"type": "thinking", "thinking": "s"}, {"type": "text", "text": "e"}]});
    let (got, dropped) = sent(SILENT, &messages);
    assert_eq!(
        got[1],
        serde_json::json!({"role": "assistant", "tool_plan": "r", "content": "b", "tool_calls": [call]})
    );
    assert_eq!(
        got[2]["content"],
        serde_json::json!([{"type": "text", "text": "c"}, {"type": "text", "text": "d"}])
    );
    assert_eq!(got[3], later);
    let (got, _) = sent(REASONS, &messages);
    assert_eq!(
        got[1],
        serde_json::json!({"role": "assistant", "content": [
            {"type": "thinking", "thinking": "r"}, {"type": "text", "text": "b"}], "tool_calls": [call]})
    );
    assert!(dropped.is_empty());
    let sealed = r#"{"role":"assistant","content":"","thinking_blocks":[{"type":"thinking","thinking":"t","signature":"s"}]}"#;
    let (got, dropped) = sent(REASONS, &format!("{USER},{sealed},{USER}"));
    assert_eq!((got.as_array().unwrap().len(), dropped), (2, vec!["messages[].reasoning".to_owned()]));
}

#[test]
fn pictures_and_texts() {
    let (got, dropped) = sent(
        SILENT,
        r#"{"role":"system","content":"a"},{"role":"system","content":"b"},
        {"role":"user","content":[{"type":"text","text":"c","cache_control":{"type":"ephemeral"}},
          {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},{"type":"image_url","image_url":{"url":"https://a/b"}},
          {"type":"file","file":{"filename":"n.txt","file_data":"data:text/plain;base64,aGk="}}]}"#,
    );
    let text = |text: &str| serde_json::json!({"type": "text", "text": text});
    let image = |url: &str| serde_json::json!({"type": "image_url", "image_url": {"url": url}});
    assert_eq!(got[0], serde_json::json!({"role": "system", "content": [text("a"), text("b")]}));
    assert_eq!(
        got[1]["content"],
        serde_json::json!([
            text("c"),
            image("data:image/png;base64,AAAA"),
            image("https://a/b"),
            text("n.txt"),
            text("hi")
        ])
    );
    assert_eq!(dropped, ["messages[].cache_control"]);
    // Instructions alone are the conversation.
    assert_eq!(
        sent(SILENT, r#"{"role":"system","content":"a"}"#).0,
        serde_json::json!([{"role": "user", "content": "a"}])
    );
}

#[test]
fn what_cannot_be_carried_is_refused() {
    let check = |messages: &str, param: &str, code: &str| {
        let error = encode(SILENT, &request(messages, "")).expect_err(messages);
        assert_eq!((error.param.as_deref(), error.code), (Some(param), Some(code)), "{messages}: {error}");
    };
    for part in [
        r#"{"type":"input_audio","input_audio":{"data":"AA==","format":"wav"}}"#,
        r#"{"type":"file","file":{"file_data":"data:application/pdf;base64,AA=="}}"#,
    ] {
        check(
            &format!(r#"{USER},{{"role":"user","content":[{part}]}}"#),
            "messages[1].content",
            "unsupported_value",
        );
    }
    let call = r#"{"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]}"#;
    let image = r#"{"role":"tool","tool_call_id":"a","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"https://a/b"}}]}"#;
    check(&format!("{USER},{call},{image}"), "messages[2].content", "unsupported_value");
    check(&format!("{USER},{call},{USER}"), "messages[1].tool_calls", "invalid_value");
    check(r#"{"role":"user","content":" "}"#, "messages", "invalid_value");
}
