use crate::request::{self, Address};
use crate::{Dialect, Encoded, ProviderKind, RequestError, Target};

fn encode(body: &str) -> Result<Encoded, RequestError> {
    let target = Target { native_json_schema: true, ..Target::new("qwen3", None) };
    let peek = request::peek(Dialect::OpenAiChat, body.as_bytes(), Address::default()).unwrap();
    ProviderKind::Ollama.encode_request(Dialect::OpenAiChat, body.as_bytes(), &peek, &target)
}

fn request(messages: &str, rest: &str) -> String {
    format!(r#"{{"model":"x","messages":[{messages}]{rest}}}"#)
}

const USER: &str = r#"{"role":"user","content":"hi"}"#;

/// What is sent beside the messages, and what is dropped.
fn check(rest: &str, expect: &str, dropped: &[&str]) {
    let encoded = encode(&request(USER, rest)).unwrap();
    let front = r#"{"model":"qwen3","#;
    let messages = r#""messages":[{"role":"user","content":"hi"}]"#;
    let got = String::from_utf8(encoded.body).unwrap();
    let got = got.strip_prefix(front).unwrap().replacen(messages, "", 1).replacen(",,", ",", 1);
    assert_eq!(got.trim_start_matches(','), format!("{expect}}}"), "{rest}");
    assert_eq!(encoded.dropped, dropped, "{rest}");
}

/// The messages that are sent.
fn sent(messages: &str) -> (serde_json::Value, Vec<String>) {
    let encoded = encode(&request(messages, "")).unwrap();
    let body: serde_json::Value = serde_json::from_slice(&encoded.body).unwrap();
    (body["messages"].clone(), encoded.dropped)
}

#[test]
fn parameters_become_options() {
    check("", r#""stream":false"#, &[]);
    check(r#","stream":true"#, r#""stream":true"#, &[]);
    check(
        r#","temperature":0.50,"top_p":1,"top_k":40,"seed":-7,"max_tokens":9,"presence_penalty":1.5,"frequency_penalty":0,"stop":"a\n""#,
        r#""options":{"temperature":0.50,"top_p":1,"top_k":40,"seed":-7,"num_predict":9,"presence_penalty":1.5,"stop":["a\n"]},"stream":false"#,
        &[],
    );
    // Ollama's own, within `options` and beside it; what both name counts as the dialect writes it.
    check(
        r#","num_ctx":8192,"options":{"num_ctx":4096,"temperature":1,"repeat_penalty":1.1},"temperature":0,"keep_alive":"5m""#,
        r#""options":{"temperature":0,"num_ctx":4096,"repeat_penalty":1.1},"keep_alive":"5m","stream":false"#,
        &[],
    );
}

#[test]
fn what_ollama_has_not_is_named() {
    check(
        r#","user":"u","n":2,"service_tier":"flex","prompt_cache_key":"k","logit_bias":{"1":1},"store":true"#,
        r#""stream":false"#,
        &["user", "service_tier", "n", "prompt_cache_key", "logit_bias", "store"],
    );
    check(r#","n":1,"service_tier":"auto","store":false"#, r#""stream":false"#, &[]);
}

#[test]
fn thinking_is_a_level() {
    for (effort, think) in [
        ("none", "false"),
        ("minimal", r#""low""#),
        ("low", r#""low""#),
        ("medium", r#""medium""#),
        ("max", r#""high""#),
    ] {
        check(
            &format!(r#","reasoning_effort":"{effort}""#),
            &format!(r#""think":{think},"stream":false"#),
            &[],
        );
    }
    check(r#","reasoning_effort":"low","think":true"#, r#""think":true,"stream":false"#, &[]);
}

#[test]
fn shapes_and_log_probabilities() {
    check(r#","response_format":{"type":"json_object"}"#, r#""format":"json","stream":false"#, &[]);
    check(
        r#","response_format":{"type":"json_schema","json_schema":{"name":"p","description":"d","strict":true,"schema":{"type":"object"}}}"#,
        r#""format":{"type":"object"},"stream":false"#,
        &["response_format.json_schema.description"],
    );
    check(r#","logprobs":true,"top_logprobs":3"#, r#""logprobs":true,"top_logprobs":3,"stream":false"#, &[]);
    check(r#","logprobs":true"#, r#""logprobs":true,"stream":false"#, &[]);
}

#[test]
fn a_tool_that_must_be_called_is_the_only_one_told() {
    let tool = |name: &str| format!(r#"{{"type":"function","function":{{"name":"{name}"}}}}"#);
    let told = |name: &str| {
        format!(
            r#"{{"type":"function","function":{{"name":"{name}","parameters":{{"type":"object","properties":{{}}}}}}}}"#
        )
    };
    let tools = format!(r#","tools":[{},{}]"#, tool("a"), tool("b"));
    let both = format!(r#""tools":[{},{}],"stream":false"#, told("a"), told("b"));
    check(&tools, &both, &[]);
    check(&format!(r#"{tools},"tool_choice":"auto""#), &both, &[]);
    check(&format!(r#"{tools},"tool_choice":"required""#), &both, &["tool_choice"]);
    check(&format!(r#"{tools},"tool_choice":"none""#), r#""stream":false"#, &[]);
    let named = r#","tool_choice":{"type":"function","function":{"name":"b"}},"parallel_tool_calls":false"#;
    let one = format!(r#""tools":[{}],"stream":false"#, told("b"));
    check(&format!("{tools}{named}"), &one, &["tool_choice", "parallel_tool_calls"]);
}

#[test]
fn results_follow_their_calls() {
    let call = |id: &str, city: &str| {
        format!(
            r#"{{"id":"{id}","type":"function","function":{{"name":"weather","arguments":"{{\"city\":\"{city}\"}}"}}}}"#
        )
    };
    let result =
        |id: &str, says: &str| format!(r#"{{"role":"tool","tool_call_id":"{id}","content":"{says}"}}"#);
    let (messages, dropped) = sent(&format!(
        r#"{USER},{{"role":"assistant","content":null,"tool_calls":[{},{}]}},{},{}"#,
        call("p", "Paris"),
        call("r", "Rome"),
        result("r", "rain"),
        result("p", "sun"),
    ));
    assert_eq!(
        messages[1],
        serde_json::json!({"role": "assistant", "content": "", "tool_calls": [
            {"function": {"name": "weather", "arguments": {"city": "Paris"}}},
            {"function": {"name": "weather", "arguments": {"city": "Rome"}}}]})
    );
    assert_eq!(messages[2], serde_json::json!({"role": "tool", "content": "sun", "tool_name": "weather"}));
    assert_eq!(messages[3], serde_json::json!({"role": "tool", "content": "rain", "tool_name": "weather"}));
    assert!(dropped.is_empty());
}

#[test]
fn texts_are_one_string_and_pictures_stand_beside_it() {
    let (messages, dropped) = sent(
        r#"{"role":"system","content":"a"},{"role":"system","content":"b\n"},
        {"role":"user","content":[{"type":"text","text":"c"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}},
          {"type":"text","text":"d","cache_control":{"type":"ephemeral"}},
          {"type":"file","file":{"filename":"n.txt","file_data":"data:text/plain;base64,aGk="}}]},
        {"role":"assistant","content":"e","reasoning_content":"r"},{"role":"system","content":"f"},
        {"role":"assistant","content":"g","thinking_blocks":[{"type":"thinking","thinking":"t","signature":"s"}]}"#,
    );
    assert_eq!(
        messages,
        serde_json::json!([
            {"role": "system", "content": "a\n\nb\n"},
            {"role": "user", "content": "c\n\nd\n\nn.txt\n\nhi", "images": ["AAAA"]},
            {"role": "assistant", "content": "e", "thinking": "r"},
            {"role": "system", "content": "f"},
            {"role": "assistant", "content": "g"}])
    );
    assert_eq!(dropped, ["messages[].cache_control", "messages[].reasoning"]);
}

fn check_refused(messages: &str, param: &str, code: &str) {
    let error = encode(&request(messages, "")).expect_err(messages);
    assert_eq!((error.param.as_deref(), error.code), (Some(param), Some(code)), "{messages}: {error}");
}

#[test]
fn what_cannot_be_carried_is_refused() {
    let user = |part: &str| format!(r#"{{"role":"user","content":[{part}]}}"#);
    for part in [
        r#"{"type":"image_url","image_url":{"url":"https://a/b.png"}}"#,
        r#"{"type":"input_audio","input_audio":{"data":"AA==","format":"wav"}}"#,
        r#"{"type":"file","file":{"file_data":"data:application/pdf;base64,AA=="}}"#,
    ] {
        check_refused(&format!("{USER},{}", user(part)), "messages[1].content", "unsupported_value");
    }
    check_refused(r#"{"role":"user","content":" "}"#, "messages", "invalid_value");
}

#[test]
fn calls_and_results_must_belong_together() {
    let call = |id: &str| {
        format!(r#"{{"id":"{id}","type":"function","function":{{"name":"f","arguments":"{{}}"}}}}"#)
    };
    let calls = |calls: &[&str]| {
        let calls: Vec<_> = calls.iter().map(|id| call(id)).collect();
        format!(r#"{{"role":"assistant","content":null,"tool_calls":[{}]}}"#, calls.join(","))
    };
    let result = |id: &str| format!(r#"{{"role":"tool","tool_call_id":"{id}","content":"1"}}"#);
    let (a, ab) = (calls(&["a"]), calls(&["a", "b"]));
    let (ra, rb) = (result("a"), result("b"));
    check_refused(&format!("{USER},{ra}"), "messages[1].tool_call_id", "invalid_value");
    check_refused(&format!("{USER},{a},{rb}"), "messages[2].tool_call_id", "invalid_value");
    check_refused(&format!("{USER},{a},{ra},{ra}"), "messages[3].tool_call_id", "invalid_value");
    check_refused(&format!("{USER},{ab},{ra}"), "messages[1].tool_calls", "invalid_value");
    check_refused(&format!("{USER},{a},{USER}"), "messages[1].tool_calls", "invalid_value");
    check_refused(&format!("{USER},{}", calls(&["a", "a"])), "messages[1].tool_calls", "invalid_value");
    assert!(encode(&request(&format!("{USER},{ab}"), "")).is_ok());
    // Ids may come again in a later turn.
    assert!(encode(&request(&format!("{USER},{a},{ra},{a},{ra}"), "")).is_ok());
}
