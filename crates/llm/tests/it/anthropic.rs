//! Messages of Anthropic's, as clients speak them: passed to Anthropic, and translated for others.

use std::fmt::Write as _;

use llm::request::{self, Address, Peek};
use llm::{
    ApiError, ClientError, Context, Dialect, Encoded, ErrorKind, FinishReason, ModelEntry, ProviderKind,
    RequestError, ResponseError, StreamEnd, Target,
};

use crate::facts;
use crate::support::{cases, context, golden, pretty, read, translate};

const FOLDER: &str = "anthropic_messages";

fn peek(body: &[u8]) -> Result<Peek, RequestError> {
    request::peek(Dialect::Anthropic, body, Address::default())
}

fn asked() -> Context {
    Context { dialect: Dialect::Anthropic, ..context(true) }
}

fn encode(provider: ProviderKind, body: &[u8]) -> Result<Encoded, RequestError> {
    let peek = peek(body).unwrap();
    let target =
        Target { model: &peek.model, max_output: None, native_json_schema: true, ..Target::new("", None) };
    let encoded = provider.encode_request(Dialect::Anthropic, body, &peek, &target);
    assert_eq!(provider.encode_request(Dialect::Anthropic, body, &peek, &target), encoded);
    encoded
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

// === Requests

#[test]
fn golden_requests_to_ollama() {
    for case in cases(FOLDER, ".json") {
        let mut got = String::new();
        match encode(ProviderKind::Ollama, &read(&format!("{FOLDER}/{case}.json"))) {
            Ok(encoded) => {
                writeln!(got, "POST {}", encoded.path).unwrap();
                writeln!(got, "dropped: {:?}", encoded.dropped).unwrap();
                got.push_str(&pretty(&encoded.body));
            }
            Err(error) => writeln!(got, "refused: {error}").unwrap(),
        }
        golden(FOLDER, &case, "ollama", &got);
    }
}

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
    let target = Target {
        model: "claude-sonnet-5",
        max_output: None,
        native_json_schema: true,
        ..Target::new("", None)
    };
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
        let refused = peek.with_headers(Dialect::Anthropic, &version("2026-10-21")).unwrap_err();
        assert_eq!(refused.param.as_deref(), Some(name));
    }
    let without = peek(br#"{"model":"m","messages":[]}"#).unwrap();
    assert!(without.with_headers(Dialect::Anthropic, &version("2026-10-21")).is_ok());
}

#[test]
fn tokens_of_a_prompt_are_counted_by_anthropic_or_estimated() {
    let body = read(&format!("{FOLDER}/text.json"));
    let peek = peek(&body).unwrap();
    let target = Target::new("claude-opus-4-1", None);
    let count =
        |provider: ProviderKind, dialect| provider.encode_count(dialect, &body, &peek, &target).unwrap();
    let asked = count(ProviderKind::Anthropic, Dialect::Anthropic).unwrap();
    assert_eq!(asked.path, "/v1/messages/count_tokens");
    assert_eq!(text(asked.body), text(body.clone()).replace("claude-sonnet-4-5", "claude-opus-4-1"));
    assert_eq!(asked.headers[1], ("anthropic-version".into(), "2023-06-01".to_owned()));
    assert_eq!(count(ProviderKind::Ollama, Dialect::Anthropic), None);
    assert_eq!(count(ProviderKind::Anthropic, Dialect::OpenAiChat), None);
    // `user` and `Hello`: nine bytes.
    assert_eq!(peek.estimated_tokens(), 3);
    let answer = Dialect::Anthropic.encode_count(peek.estimated_tokens()).map(text);
    assert_eq!(answer.as_deref(), Some(r#"{"input_tokens":3}"#));
    assert_eq!(Dialect::OpenAiChat.encode_count(3), None);
}

#[test]
fn all_of_a_prompt_counts_for_an_estimate() {
    let weight = |rest: &str| peek(format!(r#"{{"model":"m",{rest}}}"#).as_bytes()).unwrap().prompt_bytes;
    assert_eq!(weight(r#""messages":[],"system":"12345678""#), 8);
    assert_eq!(weight(r#""messages":[],"tools":[{"a":1}]"#), 9);
    assert_eq!(weight(r#""messages":[{"role":"user","content":[{"type":"text","text":"123"}]}]"#), 4 + 4 + 3);
    let base64 = "QUFB".repeat(50_000);
    let image = format!(r#"{{"type":"image","source":{{"type":"base64","data":"{base64}"}}}}"#);
    let image = weight(&format!(r#""messages":[{{"role":"user","content":[{image}]}}]"#));
    assert!((4000..4100).contains(&image), "{image}");
    // Another vendor's reasoning is not sent, and does not count.
    let sealed = r#"{"type":"thinking","thinking":"long","signature":"weir.openai.x"}"#;
    assert_eq!(weight(&format!(r#""messages":[{{"role":"assistant","content":[{sealed}]}}]"#)), 9);
}

// === Errors and lists

fn refusal(error: ApiError) -> (u16, String) {
    let error = ClientError::new(Dialect::Anthropic, error);
    (error.status, text(error.body))
}

#[test]
fn errors_have_anthropics_shape_and_status() {
    for (kind, status, expect, word) in [
        (ErrorKind::InvalidRequest, 400, 400, "invalid_request_error"),
        (ErrorKind::InvalidRequest, 422, 400, "invalid_request_error"),
        (ErrorKind::InvalidRequest, 409, 409, "conflict_error"),
        (ErrorKind::Authentication, 401, 401, "authentication_error"),
        (ErrorKind::Billing, 402, 402, "billing_error"),
        (ErrorKind::Permission, 403, 403, "permission_error"),
        (ErrorKind::NotFound, 404, 404, "not_found_error"),
        (ErrorKind::TooLarge, 413, 413, "request_too_large"),
        (ErrorKind::RateLimited, 429, 429, "rate_limit_error"),
        (ErrorKind::Server, 502, 502, "api_error"),
        (ErrorKind::Timeout, 408, 504, "timeout_error"),
        (ErrorKind::Overloaded, 503, 529, "overloaded_error"),
    ] {
        let (got, body) = refusal(ApiError::new(status, kind, "why \"so\""));
        let says = format!(r#"{{"type":"error","error":{{"type":"{word}","message":"why \"so\""}}}}"#);
        assert_eq!((got, body), (expect, says));
    }
    let (_, body) = refusal(
        ApiError::new(400, ErrorKind::InvalidRequest, "is wrong").with_param("a.0").with_request_id("r"),
    );
    let says = r#"{"type":"error","error":{"type":"invalid_request_error","message":"a.0: is wrong"},"request_id":"r"}"#;
    assert_eq!(body, says);
    assert_eq!(Dialect::Anthropic.request_id_header(), "request-id");
    assert_eq!(Dialect::OpenAiChat.request_id_header(), "x-request-id");
    let refused = encode(ProviderKind::Ollama, br#"{"model":"m","max_tokens":1,"messages":[{"role":"x"}]}"#)
        .unwrap_err();
    let says = r#"{"type":"error","error":{"type":"invalid_request_error","message":"messages.0.role: Input should be 'user', 'assistant' or 'system'"}}"#;
    assert_eq!(refusal(refused.into()), (400, says.to_owned()));
}

#[test]
fn models_are_listed() {
    let models = [("smart", 1_763_640_000), ("fast", 0)];
    let models = models.map(|(id, created)| ModelEntry { id, created, owned_by: "weir" });
    let one = r#"{"type":"model","id":"smart","display_name":"smart","created_at":"2025-11-20T12:00:00Z","lifecycle":"active"}"#;
    assert_eq!(text(Dialect::Anthropic.encode_model(&models[0])), one);
    let got = text(Dialect::Anthropic.encode_models(models));
    assert!(got.starts_with(&format!(r#"{{"data":[{one},"#)), "{got}");
    assert!(got.ends_with(r#"],"has_more":false,"first_id":"smart","last_id":"fast"}"#), "{got}");
    let none = text(Dialect::Anthropic.encode_models([]));
    assert_eq!(none, r#"{"data":[],"has_more":false,"first_id":null,"last_id":null}"#);
}

// === Answers of Anthropic's own

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
    assert_eq!(refusal(error).0, 529);
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

/// A#1089: the last event, which lacks the prompt's tokens, made their number zero.
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

// === Answers of others

#[test]
fn golden_answers_of_ollama() {
    for case in cases("answers/ollama", ".json") {
        let body = read(&format!("answers/ollama/{case}.json"));
        let got = ProviderKind::Ollama.decode_response(&body, &asked()).unwrap();
        let whole =
            format!("{:?} {:?}\n{:?}\n{}", got.finish_reason, got.model, got.usage, pretty(&got.body));
        golden("answers/ollama", &case, "anthropic", &whole);
        let body = read(&format!("answers/ollama/{case}.ndjson"));
        let stream = translate(ProviderKind::Ollama, asked(), [body.as_slice()]);
        golden("answers/ollama", &case, "anthropic_stream", &format!("{}{}", stream.facts, text(stream.out)));
    }
}

/// L#25561, L#25605: the block of a call opened and closed without its arguments, in streams alone.
#[test]
fn a_tool_use_block_streams_its_arguments() {
    let body = read("answers/ollama/tool_call.ndjson");
    let outcome = translate(ProviderKind::Ollama, asked(), [body.as_slice()]);
    assert!(text(outcome.out.clone()).contains(r#""type":"input_json_delta","partial_json":"{"#));
    let facts = facts::anthropic::streamed(&outcome.out);
    assert_eq!(facts.calls[0].2, serde_json::json!({"city": "Paris"}));
}

/// B#3638, B#6123: text and a call in one turn ended with `end_turn`, and agents stopped.
#[test]
fn text_and_a_call_end_with_tool_use() {
    let whole = read("answers/ollama/text_and_tool.json");
    let whole = ProviderKind::Ollama.decode_response(&whole, &asked()).unwrap();
    let streamed = read("answers/ollama/text_and_tool.ndjson");
    let streamed = translate(ProviderKind::Ollama, asked(), [streamed.as_slice()]);
    for facts in [facts::anthropic::whole(&whole.body), facts::anthropic::streamed(&streamed.out)] {
        assert!(!facts.text.is_empty() && !facts.calls.is_empty());
        assert_eq!(facts.finish, "tool_use");
    }
    assert_eq!(whole.finish_reason, Some(FinishReason::ToolCalls));
}

/// B#3441: only the first of several calls, blocks within each other, blocks never stopped.
#[test]
fn parallel_calls_are_blocks_one_after_the_other() {
    let body = read("answers/ollama/parallel_tools.ndjson");
    let outcome = translate(ProviderKind::Ollama, asked(), [body.as_slice()]);
    // The reader of facts checks the grammar.
    assert_eq!(facts::anthropic::streamed(&outcome.out).calls.len(), 2);
}

/// theopenco/llmgateway#2777: reasoning was billed and not to be seen.
#[test]
fn reasoning_is_a_block_before_the_text() {
    let whole = read("answers/ollama/reasoning.json");
    let whole = ProviderKind::Ollama.decode_response(&whole, &asked()).unwrap();
    let whole: serde_json::Value = serde_json::from_slice(&whole.body).unwrap();
    let kinds = |n: usize| whole["content"][n]["type"].as_str();
    assert_eq!((kinds(0), kinds(1)), (Some("thinking"), Some("text")));
    let body = read("answers/ollama/reasoning.ndjson");
    let outcome = text(translate(ProviderKind::Ollama, asked(), [body.as_slice()]).out);
    assert!(outcome.find("thinking_delta").unwrap() < outcome.find("text_delta").unwrap(), "{outcome}");
}

/// E#2352, vercel/ai#17326: a stream began with no tokens, and ended with none of the prompt's.
#[test]
fn a_stream_begins_with_an_estimate_and_ends_with_what_was_used() {
    let body = read("answers/ollama/text.ndjson");
    let out = translate(ProviderKind::Ollama, asked(), [body.as_slice()]).out;
    let events = facts::events(&out);
    let event = |n: usize| serde_json::from_str::<serde_json::Value>(&events[n].1).unwrap();
    // The prompt of the context has 400 bytes.
    assert_eq!(event(0)["message"]["usage"]["input_tokens"], 100);
    let facts = facts::anthropic::streamed(&out);
    let whole = ProviderKind::Ollama.decode_response(&read("answers/ollama/text.json"), &asked()).unwrap();
    assert_eq!((facts.input, facts.output), (Some(whole.usage.input), Some(whole.usage.output)));
    assert_ne!(facts.input, Some(100));
}

/// B#2048, B#2786: pieces were held back, then came all at once.
#[test]
fn every_piece_leaves_as_it_comes() {
    let mut stream = ProviderKind::Ollama.stream(asked());
    for line in text(read("answers/ollama/text.ndjson")).split_inclusive('\n') {
        let mut out = Vec::new();
        stream.push(line.as_bytes(), &mut out);
        assert!(!out.is_empty(), "{line}");
    }
}
