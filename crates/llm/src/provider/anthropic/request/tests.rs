use crate::request::{self, Address, Peek};
use crate::{Dialect, Encoded, ProviderKind, RequestError, Target};

fn peek(body: &[u8]) -> Result<Peek, RequestError> {
    request::peek(Dialect::OpenAiChat, body, Address::default())
}

fn encode(model: &str, body: &str) -> Result<Encoded, RequestError> {
    let target = Target { max_output: Some(64_000), ..Target::new(model, None) };
    let peek = peek(body.as_bytes()).unwrap();
    ProviderKind::Anthropic.encode_request(Dialect::OpenAiChat, body.as_bytes(), &peek, &target)
}

/// What is sent, and what is dropped, for a request with `rest`.
fn sent(model: &str, rest: &str) -> (serde_json::Value, Vec<String>) {
    let body = format!(r#"{{"model":"x","messages":[{{"role":"user","content":"hi"}}]{rest}}}"#);
    let encoded = encode(model, &body).unwrap();
    (serde_json::from_slice(&encoded.body).unwrap(), encoded.dropped)
}

const OLD: &str = "claude-sonnet-4-5";
const NEW: &str = "claude-sonnet-5";
const TOOL: &str = r#","tools":[{"type":"function","function":{"name":"f"}}]"#;

fn check_thinking(model: &str, rest: &str, thinking: &str, effort: Option<&str>, dropped: &[&str]) {
    let (body, got_dropped) = sent(model, rest);
    let thinking: serde_json::Value = serde_json::from_str(thinking).unwrap();
    assert_eq!(body["thinking"], thinking, "{model} {rest}");
    assert_eq!(body["output_config"]["effort"].as_str(), effort, "{model} {rest}");
    assert_eq!(got_dropped, dropped, "{model} {rest}");
}

#[test]
fn effort_becomes_a_budget_or_a_word() {
    let adaptive = r#"{"type":"adaptive","display":"summarized"}"#;
    let budget = r#"{"type":"enabled","budget_tokens":4096}"#;
    check_thinking(OLD, r#","reasoning_effort":"high""#, budget, None, &[]);
    check_thinking(NEW, r#","reasoning_effort":"high""#, adaptive, Some("high"), &[]);
    check_thinking("claude-sonnet-4-6", r#","reasoning_effort":"max""#, adaptive, Some("high"), &[]);
    check_thinking(OLD, r#","reasoning_effort":"none""#, "null", None, &[]);
    check_thinking(NEW, r#","reasoning_effort":"none""#, r#"{"type":"disabled"}"#, None, &[]);
    check_thinking("claude-fable-5", r#","reasoning_effort":"none""#, "null", None, &["reasoning_effort"]);
    check_thinking(
        "claude-3-haiku-20240307",
        r#","reasoning_effort":"low""#,
        "null",
        None,
        &["reasoning_effort"],
    );
    check_thinking(NEW, r#","reasoning_effort":"extreme""#, "null", None, &["reasoning_effort"]);
    check_thinking(NEW, "", "null", None, &[]);
    // Anthropic's own parameter passes as it is.
    let own = r#","thinking":{"type":"enabled","budget_tokens":2000},"reasoning_effort":"low""#;
    check_thinking(OLD, own, r#"{"type":"enabled","budget_tokens":2000}"#, None, &["reasoning_effort"]);
    // Where there are efforts too, both are sent.
    for thinking in [r#"{"type":"adaptive"}"#, r#"{"type":"disabled"}"#] {
        let own = format!(r#","thinking":{thinking},"reasoning_effort":"low""#);
        check_thinking(NEW, &own, thinking, Some("low"), &[]);
        check_thinking("claude-sonnet-4-6", &own, thinking, Some("low"), &[]);
    }
    let none = |thinking: &str| format!(r#","thinking":{thinking},"reasoning_effort":"none""#);
    let disabled = r#"{"type":"disabled"}"#;
    check_thinking(NEW, &none(disabled), disabled, None, &[]);
    check_thinking(OLD, &none(disabled), disabled, None, &[]);
    check_thinking(
        NEW,
        &none(r#"{"type":"adaptive"}"#),
        r#"{"type":"adaptive"}"#,
        None,
        &["reasoning_effort"],
    );
}

#[test]
fn a_budget_fits_into_the_answer() {
    check_thinking(
        OLD,
        r#","reasoning_effort":"high","max_tokens":2000"#,
        r#"{"type":"enabled","budget_tokens":1999}"#,
        None,
        &[],
    );
    check_thinking(
        OLD,
        r#","reasoning_effort":"high","max_tokens":1024"#,
        "null",
        None,
        &["reasoning_effort"],
    );
}

#[test]
fn thinking_gives_way_to_a_forced_tool() {
    let forced = format!(r#"{TOOL},"tool_choice":"required","reasoning_effort":"high""#);
    check_thinking(OLD, &forced, "null", None, &["reasoning_effort"]);
    // The effort is for more than thinking, and is sent.
    check_thinking(NEW, &forced, "null", Some("high"), &[]);
}

#[test]
fn a_budget_needs_the_thinking_of_the_turn_under_way() {
    let with = |thinking: &str| {
        format!(
            r#"{{"model":"x","reasoning_effort":"low","messages":[{{"role":"user","content":"hi"}},
            {{"role":"assistant",{thinking}"tool_calls":[{{"id":"a","type":"function","function":{{"name":"f","arguments":""}}}}]}},
            {{"role":"tool","tool_call_id":"a","content":"1"}}]}}"#
        )
    };
    assert_eq!(encode(OLD, &with("")).unwrap().dropped, ["reasoning_effort"]);
    let kept =
        encode(OLD, &with(r#""thinking_blocks":[{"type":"thinking","thinking":"t","signature":"s"}],"#))
            .unwrap();
    assert!(kept.dropped.is_empty());
}

#[test]
fn sampling_goes_only_where_the_model_takes_it() {
    let both = r#","temperature":0.5,"top_p":0.9,"top_k":4"#;
    let (body, dropped) = sent(NEW, both);
    assert!(body.get("temperature").is_none() && body.get("top_p").is_none() && body.get("top_k").is_none());
    assert_eq!(dropped, ["temperature", "top_p", "top_k"]);
    let (body, dropped) = sent(OLD, both);
    assert_eq!((body["temperature"].as_f64(), body["top_k"].as_u64()), (Some(0.5), Some(4)));
    assert_eq!(dropped, ["top_p"]);
    assert!(sent("claude-3-opus-20240229", both).1.is_empty());
    let (body, dropped) = sent(OLD, r#","temperature":1.7"#);
    assert_eq!((body["temperature"].as_f64(), dropped), (Some(1.0), vec!["temperature".to_owned()]));
    for (model, thinking) in [
        (OLD, r#""reasoning_effort":"low""#),
        ("claude-sonnet-4-6", r#""reasoning_effort":"low""#),
        (OLD, r#""thinking":{"type":"enabled","budget_tokens":2000}"#),
        ("claude-sonnet-4-6", r#""thinking":{"type":"adaptive"}"#),
    ] {
        let (body, dropped) = sent(model, &format!(r#","temperature":0.5,{thinking}"#));
        assert!(body.get("temperature").is_none(), "{model} {thinking}");
        assert_eq!(dropped, ["temperature"], "{model} {thinking}");
    }
    let (body, dropped) = sent(OLD, r#","temperature":0.2,"thinking":{"type":"disabled"}"#);
    assert_eq!((body["temperature"].as_f64(), dropped.len()), (Some(0.2), 0));
}

#[test]
fn what_is_dropped_is_named_once_and_defaults_are_not() {
    let (_, dropped) = sent(
        NEW,
        r#","seed":1,"logprobs":true,"n":2,"frequency_penalty":0.5,"presence_penalty":0,"logit_bias":{},"store":false,
        "metadata":{"a":"b"},"modalities":["text"],"stop":["ok"," "],"service_tier":"flex","verbosity":"low","new_thing":null"#,
    );
    let expect =
        ["stop", "service_tier", "seed", "frequency_penalty", "logprobs", "n", "metadata", "verbosity"];
    assert_eq!(dropped, expect);
}

#[test]
fn a_recording_is_refused() {
    let audio =
        r#"{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AA==","format":"wav"}}]}"#;
    let body = format!(r#"{{"model":"x","messages":[{audio}]}}"#);
    let error = encode(NEW, &body).unwrap_err();
    assert_eq!(
        (error.param.as_deref(), error.code),
        (Some("messages[0].content"), Some("unsupported_value"))
    );
}

fn check_refused(messages: &str, param: &str) {
    let body = format!(r#"{{"model":"x","messages":[{messages}]}}"#);
    let error = encode(NEW, &body).expect_err(&body);
    assert_eq!((error.param.as_deref(), error.code), (Some(param), Some("invalid_value")), "{body}: {error}");
}

#[test]
fn calls_and_results_must_belong_together() {
    let user = r#"{"role":"user","content":"hi"}"#;
    let call = |id: &str| {
        format!(r#"{{"id":"{id}","type":"function","function":{{"name":"f","arguments":"{{}}"}}}}"#)
    };
    let calls = |calls: &[&str]| {
        format!(r#"{{"role":"assistant","content":null,"tool_calls":[{}]}}"#, calls.join(","))
    };
    let result = |id: &str| format!(r#"{{"role":"tool","tool_call_id":"{id}","content":"1"}}"#);
    let (a, b) = (call("a"), call("b"));
    check_refused(&format!("{user},{}", result("a")), "messages[1].tool_call_id");
    check_refused(&format!("{user},{},{}", calls(&[&a]), result("b")), "messages[2].tool_call_id");
    check_refused(
        &format!("{user},{},{},{}", calls(&[&a]), result("a"), result("a")),
        "messages[3].tool_call_id",
    );
    check_refused(&format!("{user},{},{}", calls(&[&a, &b]), result("a")), "messages[1].tool_calls");
    check_refused(&format!("{user},{},{user}", calls(&[&a])), "messages[1].tool_calls");
    check_refused(&format!("{user},{},{}", calls(&[&a, &a]), result("a")), "messages[1].tool_calls");
    check_refused(r#"{"role":"user","content":" "}"#, "messages");
    // A call at the end waits for its result.
    assert!(encode(NEW, &format!(r#"{{"model":"x","messages":[{user},{}]}}"#, calls(&[&a, &b]))).is_ok());
}

#[test]
fn tool_names_and_ids_are_made_acceptable_and_stay_apart() {
    let body = r#"{"model":"x","tools":[
        {"type":"function","function":{"name":"a.b"}},{"type":"function","function":{"name":"a b"}},
        {"type":"function","function":{"name":"a_b"}}],
        "messages":[{"role":"user","content":"hi"},
        {"role":"assistant","tool_calls":[{"id":"f:0","type":"function","function":{"name":"a b","arguments":"{}"}}]},
        {"role":"tool","tool_call_id":"f:0","content":"1"}]}"#;
    let encoded = encode(NEW, body).unwrap();
    let sent: serde_json::Value = serde_json::from_slice(&encoded.body).unwrap();
    let names: Vec<_> = (0..3).map(|i| sent["tools"][i]["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["a_b_2", "a_b_3", "a_b"]);
    let call = &sent["messages"][1]["content"][0];
    assert_eq!(call["name"], "a_b_3");
    let id = call["id"].as_str().unwrap();
    assert!(id.starts_with("f_0_") && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));
    assert_eq!(sent["messages"][2]["content"][0]["tool_use_id"], id);
    let back = |name: &str| encoded.carry.client_name(json::Text::from_plain(name)).decode().into_owned();
    assert_eq!((back("a_b_2"), back("a_b_3"), back("a_b")), ("a.b".into(), "a b".into(), "a_b".into()));
}

#[test]
fn a_short_max_tokens_and_its_defaults() {
    assert_eq!(sent(NEW, "").0["max_tokens"], 64_000);
    assert_eq!(sent(NEW, r#","max_tokens":7"#).0["max_tokens"], 7);
    let target = Target::new(NEW, None);
    let body = br#"{"model":"x","messages":[{"role":"user","content":"hi"}]}"#;
    let encoded =
        ProviderKind::Anthropic.encode_request(Dialect::OpenAiChat, body, &peek(body).unwrap(), &target);
    assert!(String::from_utf8(encoded.unwrap().body).unwrap().contains(r#""max_tokens":4096"#));
}
