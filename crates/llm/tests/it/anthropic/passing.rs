//! Requests, answers and streams that pass to and from Anthropic.

use llm::request::{self, Address, Peek};
use llm::{ClientError, Dialect, ProviderKind, ResponseError, StreamEnd, Target};

use super::{FOLDER, asked, encode, peek, text};
use crate::facts;
use crate::support::{cases, context, read, translate};

#[test]
fn to_anthropic_every_byte_passes() {
    for case in cases(FOLDER, ".json") {
        let body = read(&format!("{FOLDER}/{case}.json"));
        let encoded = encode(ProviderKind::Anthropic, &body).unwrap();
        assert_eq!(encoded.path, "/v1/messages");
        if case == "reasoning_foreign" {
            assert_eq!(encoded.dropped, ["messages[].content[].thinking"]);
        } else {
            assert_eq!((&encoded.body, encoded.dropped.len()), (&body, 0), "{case}");
        }
    }
    let body = br#"{ "max_tokens" : 1,"model":"smart", "x":[1.0] ,"messages":[]}"#;
    let target = Target { native_json_schema: true, ..Target::new("claude-sonnet-5", None) };
    let encoded = ProviderKind::Anthropic
        .encode_request(Dialect::Anthropic, body, &peek(body).unwrap(), &target)
        .unwrap();
    let expect = r#"{ "max_tokens" : 1,"model":"claude-sonnet-5", "x":[1.0] ,"messages":[]}"#;
    assert_eq!(text(encoded.body), expect);
}

/// CommonstackAI/UncommonRoute#19: `Invalid signature` for ever, once a router had changed the model.
#[test]
fn reasoning_of_other_vendors_is_cut_out_and_the_rest_stays() {
    let sent = |messages: &str| {
        let body = format!(r#"{{"model":"m","messages":[{messages}],"max_tokens":1}}"#);
        let encoded = encode(ProviderKind::Anthropic, body.as_bytes()).unwrap();
        let sent = text(encoded.body);
        let sent = sent.strip_prefix(r#"{"model":"m","messages":["#).unwrap();
        (sent.strip_suffix(r#"],"max_tokens":1}"#).unwrap().to_owned(), encoded.dropped.len())
    };
    let own = r#"{"type":"thinking","thinking":"a","signature":"EqQB"}"#;
    let sealed = r#"{ "signature":"weir.gemini.x","type":"thinking","thinking":"" }"#;
    let empty = r#"{"type":"thinking","thinking":"b","signature":""}"#;
    let redacted = r#"{"type":"redacted_thinking","data":"weir.openai.y"}"#;
    let said = r#"{"type":"text","text":"weir.gemini.x"}"#;
    let turn = |blocks: &[&str]| format!(r#"{{"role":"assistant","content":[{}]}}"#, blocks.join(" , "));
    let user = r#"{"role":"user","content":"hi"}"#;
    for (blocks, left) in [
        (&[own, said][..], &[own, said][..]),
        (&[sealed, own, said], &[own, said]),
        (&[own, sealed, said], &[own, said]),
        (&[own, said, redacted], &[own, said]),
        (&[sealed, empty, own, redacted, sealed, said, empty], &[own, said]),
    ] {
        let (got, dropped) = sent(&format!("{user},{}", turn(blocks)));
        let got: serde_json::Value = serde_json::from_str(&format!("[{got}]")).unwrap();
        let expect: serde_json::Value = serde_json::from_str(&format!("[{user},{}]", turn(left))).unwrap();
        assert_eq!((got, dropped), (expect, usize::from(blocks.len() != left.len())), "{blocks:?}");
    }
    // A turn of which nothing is left goes as a whole.
    let gone = turn(&[sealed, redacted]);
    assert_eq!(sent(&format!("{user},{gone},{user}")), (format!("{user},{user}"), 1));
    assert_eq!(sent(&format!("{gone} ,{user}")), (user.to_owned(), 1));
    assert_eq!(sent(&format!("{user},{gone}")), (user.to_owned(), 1));
}

/// What another vendor cited has no index that Anthropic could open.
#[test]
fn sources_of_other_vendors_are_cut_out_of_their_text() {
    let cited = |index: &str| {
        format!(
            r#"[{{"type":"web_search_result_location","cited_text":"q","url":"u","title":null,"encrypted_index": "{index}"}}]"#
        )
    };
    let body = |members: &str| {
        format!(
            r#"{{"model":"m","messages":[{{"role":"assistant","content":[{{{members}}},{{"type":"text","text":"b"}}]}}]}}"#
        )
    };
    let sent = |members: &str| text(encode(ProviderKind::Anthropic, body(members).as_bytes()).unwrap().body);
    for (members, left) in [
        (format!(r#""type":"text","text":"a","citations":{}"#, cited("")), r#""type":"text","text":"a""#),
        (
            format!(r#" "citations" : {} , "type":"text","text":"a""#, cited("")),
            r#" "type":"text","text":"a""#,
        ),
        (format!(r#""type":"text", "citations":{},"text":"a""#, cited("")), r#""type":"text","text":"a""#),
    ] {
        assert_eq!(sent(&members), body(left));
    }
    let cut = body(&format!(r#""type":"text", "citations":{},"text":"a""#, cited("")));
    let dropped = encode(ProviderKind::Anthropic, cut.as_bytes()).unwrap().dropped;
    assert_eq!(dropped, ["messages[].content[].citations"]);
    let own = format!(r#""type":"text","text":"a","citations":{}"#, cited("Eo8"));
    assert_eq!(sent(&own), body(&own));
    let sealed =
        format!(r#""type":"thinking","thinking":"a","signature":"weir.x","citations":{}"#, cited(""));
    let sealed = sealed.replace("weir.x", "weir.openai.x");
    assert!(!sent(&sealed).contains("weir"));
    serde_json::from_str::<serde_json::Value>(&sent(&sealed)).unwrap();
}

#[test]
fn the_clients_version_and_betas_go_to_anthropic_as_they_came() {
    let body = read(&format!("{FOLDER}/claude_code.json"));
    let betas = "claude-code-20250219,interleaved-thinking-2025-05-14";
    let headers = |name: &str| match name {
        "anthropic-version" => Some("2026-10-21".to_owned()),
        "anthropic-beta" => Some(betas.to_owned()),
        _ => Some("not for providers".to_owned()),
    };
    let plain = peek(&body).unwrap();
    let told = plain.clone().with_headers(Dialect::Anthropic, &headers).unwrap();
    let target = Target::new("claude-sonnet-5", None);
    let sent = |provider: ProviderKind, peek: &Peek| {
        provider.encode_request(Dialect::Anthropic, &body, peek, &target).unwrap().headers
    };
    let pair = |name: &'static str, value: &str| (std::borrow::Cow::Borrowed(name), value.to_owned());
    let json = pair("content-type", "application/json");
    assert_eq!(
        sent(ProviderKind::Anthropic, &told),
        [json.clone(), pair("anthropic-version", "2026-10-21"), pair("anthropic-beta", betas)]
    );
    let default = [json.clone(), pair("anthropic-version", "2023-06-01")];
    assert_eq!(sent(ProviderKind::Anthropic, &plain), default);
    // Who does not know them does not get them.
    assert_eq!(sent(ProviderKind::Ollama, &told), [json]);
    let chat =
        request::peek(Dialect::OpenAiChat, br#"{"model":"m","messages":[]}"#, Address::default()).unwrap();
    assert_eq!(chat.clone().with_headers(Dialect::OpenAiChat, &headers).unwrap(), chat);
}

#[test]
fn the_newest_version_takes_no_sampling() {
    let version =
        |version: &'static str| move |name: &str| (name == "anthropic-version").then(|| version.to_owned());
    for name in ["temperature", "top_p", "top_k"] {
        let body = format!(r#"{{"model":"m","messages":[],"{name}":1}}"#);
        let peek = peek(body.as_bytes()).unwrap();
        assert!(peek.clone().with_headers(Dialect::Anthropic, &version("2023-06-01")).is_ok());
        assert!(peek.clone().with_headers(Dialect::Anthropic, &|_| None).is_ok());
        assert!(peek.clone().with_headers(Dialect::Anthropic, &version("vertex-2023-10-16")).is_ok());
        let refused = peek.with_headers(Dialect::Anthropic, &version("2026-10-21")).unwrap_err();
        assert_eq!(refused.param.as_deref(), Some(name));
    }
    let without = peek(br#"{"model":"m","messages":[]}"#).unwrap();
    assert!(without.with_headers(Dialect::Anthropic, &version("2026-10-21")).is_ok());
}

#[test]
fn answers_of_anthropic_pass_unchanged() {
    let body = read("fixtures/anthropic_message.json");
    let got = ProviderKind::Anthropic.decode_response(&body, &asked()).unwrap();
    assert!(got.unchanged && got.body.is_empty());
    let chat = ProviderKind::Anthropic.decode_response(&body, &context(true)).unwrap();
    assert_eq!((got.usage, got.finish_reason, got.model), (chat.usage, chat.finish_reason, chat.model));
    for case in cases("anthropic", ".json") {
        let body = read(&format!("anthropic/{case}.json"));
        let got = ProviderKind::Anthropic.decode_response(&body, &asked()).unwrap();
        let chat = ProviderKind::Anthropic.decode_response(&body, &context(true)).unwrap();
        assert!(got.unchanged, "{case}");
        assert_eq!((got.finish_reason, got.model), (chat.finish_reason, chat.model), "{case}");
        assert_eq!(got.usage.estimated, chat.usage.estimated, "{case}");
        assert!(got.usage == chat.usage || got.usage.estimated, "{case}");
    }
}

#[test]
fn answers_of_no_use_are_told_apart() {
    let decode = |body: &[u8]| ProviderKind::Anthropic.decode_response(body, &asked()).unwrap_err();
    for broken in [&b"<html>"[..], b"", b"{\"id\":", b"\xff"] {
        assert_eq!(decode(broken), ResponseError::NotJson);
    }
    for strange in [&b"{}"[..], b"[]", b"null", br#"{"content":"text"}"#] {
        assert!(matches!(decode(strange), ResponseError::Unexpected { .. }), "{strange:?}");
    }
    let error =
        decode(br#"{"type":"error","error":{"type":"overloaded_error","message":"why"}}"#).api_error();
    assert_eq!(ClientError::new(Dialect::Anthropic, error).status, 529);
}

#[test]
fn streams_of_anthropic_pass_byte_for_byte() {
    for case in ["text", "tool_call", "reasoning_tool", "redacted", "refusal", "length", "empty"] {
        let body = read(&format!("answers/anthropic/{case}.sse"));
        let passed = translate(ProviderKind::Anthropic, asked(), [body.as_slice()]);
        assert_eq!(text(passed.out), text(body.clone()), "{case}");
        let chat = translate(ProviderKind::Anthropic, context(true), [body.as_slice()]);
        assert_eq!((passed.end, passed.facts), (chat.end, chat.facts), "{case}");
    }
    let stream = read("fixtures/anthropic_stream.sse");
    assert_eq!(translate(ProviderKind::Anthropic, asked(), [stream.as_slice()]).out, stream);
}

#[test]
fn events_without_names_get_them() {
    let named = read("answers/anthropic/tool_call.sse");
    let bare: String = text(named.clone())
        .lines()
        .filter(|line| !line.starts_with("event:"))
        .map(|line| line.to_owned() + "\n")
        .collect();
    assert_eq!(text(translate(ProviderKind::Anthropic, asked(), [bare.as_bytes()]).out), text(named));
}

#[test]
fn streams_that_fail_end_in_anthropics_way() {
    for (case, end, word) in [
        ("error_amid", StreamEnd::Failed, "api_error"),
        ("cut_in_text", StreamEnd::Truncated, "api_error"),
        ("cut_before_end", StreamEnd::Truncated, "api_error"),
        ("error_without_stream", StreamEnd::Failed, "overloaded_error"),
        ("html", StreamEnd::Truncated, "api_error"),
        ("nothing", StreamEnd::Truncated, "api_error"),
    ] {
        let body = read(&format!("anthropic/{case}.sse"));
        let outcome = translate(ProviderKind::Anthropic, asked(), [body.as_slice()]);
        assert_eq!(outcome.end, end, "{case}");
        let facts = facts::anthropic::streamed(&outcome.out);
        assert_eq!(facts.error.map(|(kind, _)| kind).as_deref(), Some(word), "{case}");
    }
    let no_stop = read("anthropic/no_message_stop.sse");
    let outcome = translate(ProviderKind::Anthropic, asked(), [no_stop.as_slice()]);
    assert_eq!(outcome.end, StreamEnd::Complete);
    assert!(text(outcome.out).ends_with("event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"));
}

/// agentgateway/agentgateway#1089: the last event, which lacks the prompt's tokens, made their number zero.
#[test]
fn usage_at_the_start_and_at_the_end_is_merged() {
    let body = read("answers/anthropic/text.sse");
    let mut stream = ProviderKind::Anthropic.stream(asked());
    stream.push(&body, &mut Vec::new());
    let usage = stream.usage();
    assert_eq!((usage.input, usage.cache_read, usage.output, usage.estimated), (82, 64, 40, false));
}

#[test]
fn a_silent_model_is_bridged_by_pings() {
    let stream = ProviderKind::Ollama.stream(asked());
    let mut out = Vec::new();
    stream.keep_alive(&mut out);
    assert_eq!(text(out), "event: ping\ndata: {\"type\":\"ping\"}\n\n");
}
