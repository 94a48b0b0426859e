use proptest::prelude::*;

use crate::request::{self, Address, Peek, Rewrite, rewrite};
use crate::{Dialect, RequestError};

fn peek(body: &[u8]) -> Result<Peek, RequestError> {
    request::peek(Dialect::OpenAiChat, body, Address::default())
}

fn error(body: &str) -> (Option<String>, Option<&'static str>, String) {
    let error = peek(body.as_bytes()).expect_err(body);
    (error.param, error.code, error.message)
}

fn check_error(body: &str, param: Option<&str>, code: Option<&str>) {
    let (got_param, got_code, message) = error(body);
    assert_eq!((got_param.as_deref(), got_code), (param, code), "{body}: {message}");
}

#[test]
fn what_matters_is_found() {
    let body = br#" {"n":2,"messages":[{"role":"user","content":"hi"}],"mod\u0065l":"gpt\u002d5","stream":true,
        "stream_options":{"include_usage":true},"max_tokens":5,"max_completion_tokens":7,"x":{"model":"other"}} "#;
    let peek = peek(body).unwrap();
    assert_eq!((peek.model.as_str(), peek.stream, peek.include_usage), ("gpt-5", true, true));
    // `user` and `hi`.
    assert_eq!((peek.n, peek.max_tokens, peek.prompt_bytes), (2, Some(7), 6));
    let least =
        self::peek(br#"{"model":"m","messages":[],"stream":null,"n":null,"max_tokens":null}"#).unwrap();
    assert_eq!((least.stream, least.include_usage, least.n, least.max_tokens), (false, false, 1, None));
}

#[test]
fn mistakes_are_named() {
    check_error("", None, None);
    check_error("[]", None, None);
    check_error(r#"{"model":"m","messages":[]}x"#, None, None);
    check_error(r#"{"model":"m","messages":[}"#, None, None);
    check_error("{}", Some("model"), Some("missing_required_parameter"));
    check_error(r#"{"model":"m"}"#, Some("messages"), Some("missing_required_parameter"));
    check_error(r#"{"model":3,"messages":[]}"#, Some("model"), Some("invalid_type"));
    check_error(r#"{"model":null,"messages":[]}"#, Some("model"), Some("invalid_type"));
    check_error(r#"{"model":" ","messages":[]}"#, Some("model"), Some("invalid_value"));
    check_error(r#"{"model":"m","messages":{}}"#, Some("messages"), Some("invalid_type"));
    check_error(r#"{"model":"m","messages":[],"stream":"true"}"#, Some("stream"), Some("invalid_type"));
    check_error(r#"{"model":"m","messages":[],"n":0}"#, Some("n"), Some("invalid_value"));
    check_error(r#"{"model":"m","messages":[],"n":1.5}"#, Some("n"), Some("invalid_value"));
    check_error(r#"{"model":"m","messages":[],"max_tokens":-1}"#, Some("max_tokens"), Some("invalid_value"));
    check_error(r#"{"model":"m","messages":[],"max_tokens":"9"}"#, Some("max_tokens"), Some("invalid_type"));
    check_error(
        r#"{"model":"m","messages":[],"stream_options":[]}"#,
        Some("stream_options"),
        Some("invalid_type"),
    );
    let usage = "stream_options.include_usage";
    check_error(
        r#"{"model":"m","messages":[],"stream_options":{"include_usage":1}}"#,
        Some(usage),
        Some("invalid_type"),
    );
    assert_eq!(
        error("{\"model\":\"\u{1}\"}").2,
        "the body is not valid JSON: control character in a string at byte 10"
    );
    assert_eq!(peek(b"{\"model\":\"\xff\"}").unwrap_err().message, "the body is not UTF-8 at byte 10");
}

#[test]
fn a_doubled_key_that_is_acted_on_is_refused_however_it_is_written() {
    let code = Some("duplicate_parameter");
    check_error(r#"{"model":"a","messages":[],"model":"b"}"#, Some("model"), code);
    check_error(r#"{"model":"a","messages":[],"\u006dodel":"b"}"#, Some("model"), code);
    check_error(r#"{"model":"a","messages":[],"messages":[]}"#, Some("messages"), code);
    check_error(r#"{"model":"a","messages":[],"stream":true,"stream":false}"#, Some("stream"), code);
    let options =
        r#"{"model":"a","messages":[],"stream_options":{"include_usage":true,"include_usage":false}}"#;
    check_error(options, Some("stream_options.include_usage"), code);
    assert!(peek(br#"{"model":"a","messages":[],"x":1,"x":2}"#).is_ok());
}

#[test]
fn deep_nesting_is_refused() {
    let nested = format!(r#"{{"model":"m","messages":[],"x":{}{}}}"#, "[".repeat(200), "]".repeat(200));
    assert!(error(&nested).2.contains("nested too deeply"));
    check_error(&r#"{"messages":["#.repeat(100_000), None, None);
}

fn rewritten(body: &str, model: Option<&str>, include_usage: bool) -> String {
    let peek = peek(body.as_bytes()).unwrap();
    String::from_utf8(rewrite(body.as_bytes(), &peek, Rewrite { model, include_usage, ..Rewrite::default() }))
        .unwrap()
}

#[test]
fn only_what_changes_is_touched() {
    let body = r#"{ "messages" : [ ] , "model" : "a" , "seed" : 1.0e0 }"#;
    assert_eq!(rewritten(body, None, false), body);
    assert_eq!(rewritten(body, Some("a"), false), body);
    assert_eq!(
        rewritten(body, Some("b\"c"), false),
        r#"{ "messages" : [ ] , "model" : "b\"c" , "seed" : 1.0e0 }"#
    );
    let asked =
        r#"{ "messages" : [ ] , "model" : "b","stream_options":{"include_usage":true} , "seed" : 1.0e0 }"#;
    assert_eq!(rewritten(body, Some("b"), true), asked);
}

#[test]
fn usage_is_asked_for_wherever_the_options_stand() {
    let with = |options: &str| format!(r#"{{"stream_options":{options},"messages":[],"model":"m"}}"#);
    for (options, expect) in [
        ("null", r#"{"include_usage":true}"#),
        ("{}", r#"{"include_usage":true}"#),
        ("{ }", r#"{"include_usage":true }"#),
        (r#"{"a":1}"#, r#"{"include_usage":true,"a":1}"#),
        (r#"{"include_usage":false,"a":1}"#, r#"{"include_usage":true,"a":1}"#),
        (r#"{"a":1,"include_usage": null}"#, r#"{"a":1,"include_usage": true}"#),
        (r#"{"include_usage":true}"#, r#"{"include_usage":true}"#),
    ] {
        assert_eq!(rewritten(&with(options), None, true), with(expect));
    }
}

#[test]
fn foreign_reasoning_state_is_taken_out() {
    let with = |message: &str| {
        format!(r#"{{"model":"m","messages":[{message}, {{"thinking_blocks":1}}],"thinking_blocks":2}}"#)
    };
    for (message, expect) in [
        (r#"{"role":"a","thinking_blocks":[{"a":"}"}],"b":1}"#, r#"{"role":"a","b":1}"#),
        (r#"{"thinking_blocks":[] , "role":"a"}"#, r#"{ "role":"a"}"#),
        (r#"{"role":"a" , "thinking\u005fblocks":[]}"#, r#"{"role":"a"}"#),
        (r#"{"thinking_blocks":[],"thinking_blocks":[]}"#, "{}"),
        (r#"{"thinking_blocks":[],"a":1,"thinking_blocks":[]}"#, r#"{"a":1}"#),
        (r#"{"a":1,"thinking_blocks":[],"thinking_blocks":[],"b":2}"#, r#"{"a":1,"b":2}"#),
        ("3", "3"),
    ] {
        let expect = format!(r#"{{"model":"m","messages":[{expect}, {{}}],"thinking_blocks":2}}"#);
        assert_eq!(rewritten(&with(message), None, false), expect);
    }
}

/// JSON objects with the keys that the scan knows, spaced at random.
fn bodies() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<u32>().prop_map(serde_json::Value::from),
        ".{0,6}".prop_map(serde_json::Value::from),
    ];
    let value = leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..3).prop_map(serde_json::Value::from),
            proptest::collection::hash_map("thinking_blocks|role|content|x", inner, 0..3)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    });
    (
        ".{1,8}",
        proptest::collection::vec(value.clone(), 0..3),
        proptest::collection::hash_map("[a-z]{1,4}", value, 0..4),
    )
        .prop_map(|(model, messages, rest)| {
            let mut object: serde_json::Map<_, _> = rest.into_iter().filter(|(key, _)| key != "n").collect();
            object.insert("model".into(), format!("m{model}").into());
            object.insert("messages".into(), messages.into());
            object.into()
        })
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_harmless(bytes in any::<Vec<u8>>(), text in "[\\[\\]{}:,\"modelstra \\\\]{0,60}") {
        for body in [bytes.as_slice(), text.as_bytes()] {
            prop_assert!(peek(body).is_ok_and(|peek| peek.prompt_bytes <= body.len()) || peek(body).is_err());
        }
    }

    #[test]
    fn a_rewrite_changes_what_it_says_and_nothing_else(body in bodies(), model in ".{1,8}", pretty in any::<bool>()) {
        let text = if pretty { serde_json::to_string_pretty(&body) } else { serde_json::to_string(&body) }.unwrap();
        let peeked = peek(text.as_bytes()).unwrap();
        prop_assert_eq!(Some(peeked.model.as_str()), body["model"].as_str());
        let out = rewrite(text.as_bytes(), &peeked, Rewrite { model: Some(&model), include_usage: true, ..Rewrite::default() });
        let out: serde_json::Value = serde_json::from_slice(&out).unwrap();
        let mut expect = body;
        expect["model"] = model.into();
        expect["stream_options"] = serde_json::json!({"include_usage": true});
        for message in expect["messages"].as_array_mut().unwrap() {
            if let Some(message) = message.as_object_mut() {
                message.shift_remove("thinking_blocks");
            }
        }
        prop_assert_eq!(out, expect);
    }
}

#[test]
fn a_model_in_the_address_counts_and_is_written_into_the_body() {
    let address = Address { model: Some("cheap"), ..Address::default() };
    let check = |body: &str, expect: &str| {
        let peek = request::peek(Dialect::OpenAiChat, body.as_bytes(), address).unwrap();
        assert_eq!(peek.model, "cheap");
        let change = Rewrite { model: Some("up"), include_usage: peek.stream, ..Rewrite::default() };
        let sent = String::from_utf8(rewrite(body.as_bytes(), &peek, change)).unwrap();
        assert_eq!(sent, expect);
        serde_json::from_str::<serde_json::Value>(&sent).unwrap();
    };
    check(r#"{"model":"o1-pro","messages":[]}"#, r#"{"model":"up","messages":[]}"#);
    check(r#"{"messages":[]}"#, r#"{"model":"up","messages":[]}"#);
    check(
        r#" { "messages":[],"stream":true}"#,
        r#" {"model":"up","stream_options":{"include_usage":true}, "messages":[],"stream":true}"#,
    );
}
