//! Cohere's chats, as clients speak them: passed to Cohere, and translated for others.

use llm::request::{self, Address, Peek};
use llm::{
    ApiError, ClientError, Context, Dialect, Encoded, ErrorKind, FinishReason, ModelEntry, ProviderKind,
    RequestError, ResponseError, StreamEnd, Target,
};
use serde_json::Value;

use crate::facts;
use crate::support::{cases, context, golden, read, translate};

const FOLDER: &str = "cohere_chat";

fn peek(body: &[u8]) -> Result<Peek, RequestError> {
    request::peek(Dialect::Cohere, body, Address::default())
}

fn asked() -> Context {
    Context { dialect: Dialect::Cohere, ..context(true) }
}

fn encode(provider: ProviderKind, model: &str, body: &[u8]) -> Result<Encoded, RequestError> {
    let peek = peek(body).unwrap();
    let target =
        Target { model, max_output: Some(64_000), native_json_schema: true, ..Target::new("", None) };
    let encoded = provider.encode_request(Dialect::Cohere, body, &peek, &target);
    assert_eq!(provider.encode_request(Dialect::Cohere, body, &peek, &target), encoded);
    encoded
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

// === Requests

#[test]
fn to_cohere_every_other_byte_passes() {
    for case in cases(FOLDER, ".json") {
        let body = read(&format!("{FOLDER}/{case}.json"));
        let encoded = encode(ProviderKind::Cohere, "claude-sonnet-5", &body).unwrap();
        assert_eq!((encoded.path.as_ref(), encoded.body == body), ("/v2/chat", true), "{case}");
        assert!(encoded.dropped.is_empty());
        let renamed = Target { model: "command-r", ..Target::new("", None) };
        let encoded = ProviderKind::Cohere
            .encode_request(Dialect::Cohere, &body, &peek(&body).unwrap(), &renamed)
            .unwrap();
        assert_eq!(text(encoded.body), text(body).replacen("claude-sonnet-5", "command-r", 1), "{case}");
    }
}

#[test]
fn parameters_are_named_as_cohere_calls_them() {
    let body = br#"{"model":"m","messages":[{"role":"user","content":"hi"}],"p":0.5,"k":3,"temperature":0.5,"safety_mode":"OFF",
        "tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object"}}}],"strict_tools":true}"#;
    let encoded = ProviderKind::Ollama
        .encode_request(Dialect::Cohere, body, &peek(body).unwrap(), &Target::new("llama3.2", None))
        .unwrap();
    assert_eq!(encoded.dropped, ["strict_tools", "safety_mode"]);
    // Claude 5 takes no sampling parameters.
    assert_eq!(
        encode(ProviderKind::Anthropic, "claude-sonnet-5", body).unwrap().dropped,
        ["temperature", "p", "k", "safety_mode"]
    );
}

// === Answers

#[test]
fn golden_answers_and_streams_of_anthropic() {
    for case in cases("answers/anthropic", ".json") {
        let body = read(&format!("answers/anthropic/{case}.json"));
        let stream = read(&format!("answers/anthropic/{case}.sse"));
        let whole = ProviderKind::Anthropic.decode_response(&body, &asked()).unwrap();
        let streamed = translate(ProviderKind::Anthropic, asked(), [stream.as_slice()]);
        let got = format!("{}\n--- streamed\n{}", text(whole.body), text(streamed.out));
        golden("answers/anthropic", &case, "cohere", &got);
    }
}

#[test]
fn why_a_model_stopped() {
    let check = |stop: &str, expect: &str| {
        let body = format!(r#"{{"id":"m","content":[{{"type":"text","text":"a"}}],{stop}}}"#);
        let got = ProviderKind::Anthropic.decode_response(body.as_bytes(), &asked()).unwrap();
        let got: Value = serde_json::from_slice(&got.body).unwrap();
        assert_eq!(got["finish_reason"], expect, "{stop}");
    };
    check(r#""stop_reason":"end_turn""#, "COMPLETE");
    check(r#""stop_reason":"stop_sequence","stop_sequence":"x""#, "STOP_SEQUENCE");
    check(r#""stop_reason":"max_tokens""#, "MAX_TOKENS");
    check(r#""stop_reason":"refusal""#, "COMPLETE");
}

#[test]
fn a_refusal_is_told_in_words() {
    let body = br#"{"id":"m","content":[],"stop_reason":"refusal","stop_details":{"explanation":"No."}}"#;
    let got = ProviderKind::Anthropic.decode_response(body, &asked()).unwrap();
    let facts = facts::cohere::whole(&got.body);
    assert_eq!((facts.text.as_str(), got.finish_reason), ("No.", Some(FinishReason::ContentFilter)));
}

/// BerriAI/litellm#25605: a streamed tool call brings its arguments, in pieces as they come.
#[test]
fn a_tool_call_streams_its_arguments() {
    let body = read("answers/anthropic/tool_call.sse");
    let outcome = translate(ProviderKind::Anthropic, asked(), [body.as_slice()]);
    let facts = facts::cohere::streamed(&outcome.out);
    assert_eq!(facts.calls[0].2["city"], "Paris");
    assert!(text(outcome.out).contains("event: tool-call-delta"));
}

#[test]
fn a_citation_quotes_the_answer() {
    let whole = read("answers/gemini/citations.json");
    let got = ProviderKind::Gemini.decode_response(&whole, &asked()).unwrap();
    let body: Value = serde_json::from_slice(&got.body).unwrap();
    let citation = &body["message"]["citations"][0];
    assert_eq!(
        (citation["type"].as_str(), citation["content_index"].as_u64()),
        (Some("TEXT_CONTENT"), Some(0))
    );
    let said = body["message"]["content"][0]["text"].as_str().unwrap();
    let (start, end) = (citation["start"].as_u64().unwrap(), citation["end"].as_u64().unwrap());
    let piece: String = said
        .chars()
        .skip(usize::try_from(start).unwrap())
        .take(usize::try_from(end - start).unwrap())
        .collect();
    assert_eq!(citation["text"].as_str(), Some(piece.as_str()));
}

#[test]
fn errors_have_an_id_and_a_message() {
    let error = ApiError::new(404, ErrorKind::NotFound, "no such model");
    assert_eq!(
        text(ClientError::new(Dialect::Cohere, error.clone()).body),
        r#"{"id":"","message":"no such model"}"#
    );
    let ended = |error: &ApiError| {
        let mut stream = ProviderKind::Anthropic.stream(asked());
        let mut out = Vec::new();
        stream.fail(error, &mut out);
        text(out)
    };
    let expect = "event: message-end\ndata: {\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"ERROR\",\"error\":\"no such model\"}}\n\n";
    assert_eq!(ended(&error), expect);
    assert!(ended(&ApiError::new(504, ErrorKind::Timeout, "late")).contains(r#""finish_reason":"TIMEOUT""#));
}

#[test]
fn models_are_listed() {
    let models = [ModelEntry { id: "a\"b", created: 0, owned_by: "weir" }];
    let got = text(Dialect::Cohere.encode_models(models));
    assert_eq!(
        got,
        r#"{"models":[{"name":"a\"b","is_deprecated":false,"endpoints":["chat"],"finetuned":false}]}"#
    );
}

// === What passes

#[test]
fn whole_answers_pass_and_are_looked_at() {
    let body = read("fixtures/cohere_chat.json");
    let got = ProviderKind::Cohere.decode_response(&body, &asked()).unwrap();
    assert!(got.unchanged && got.body.is_empty());
    assert_eq!(got.finish_reason, Some(FinishReason::ToolCalls));
    assert_eq!((got.usage.input, got.usage.output), (12, 17));
    let bare = br#"{"message":{"content":[{"type":"text","text":"eight ch"}]},"finish_reason":"MAX_TOKENS"}"#;
    let got = ProviderKind::Cohere.decode_response(bare, &asked()).unwrap();
    assert_eq!((got.finish_reason, got.usage.output), (Some(FinishReason::Length), 2));
    assert!(got.usage.estimated);
    let decode = |body: &str| ProviderKind::Cohere.decode_response(body.as_bytes(), &asked()).unwrap_err();
    assert!(matches!(decode("<html>"), ResponseError::NotJson));
    assert!(matches!(decode("{}"), ResponseError::Unexpected { .. }));
    assert!(
        matches!(decode(r#"{"id":"e","message":"why"}"#), ResponseError::Failed(error) if error.message == "why")
    );
}

#[test]
fn streams_pass_byte_for_byte() {
    let mut streams: Vec<_> =
        cases("answers/cohere", ".sse").into_iter().map(|case| format!("answers/cohere/{case}")).collect();
    streams.push("fixtures/cohere_stream".to_owned());
    for file in streams {
        let body = read(&format!("{file}.sse"));
        let outcome = translate(ProviderKind::Cohere, asked(), [body.as_slice()]);
        assert_eq!(
            (text(outcome.out).trim_end(), outcome.end),
            (text(body).trim_end(), StreamEnd::Complete),
            "{file}"
        );
    }
    for (case, end, skipped) in [
        ("bad_event", StreamEnd::Complete, "skipped: 1"),
        ("no_done", StreamEnd::Complete, "skipped: 0"),
        ("no_start", StreamEnd::Complete, "skipped: 0"),
        ("unknown_events", StreamEnd::Complete, "skipped: 0"),
        ("cut", StreamEnd::Truncated, "skipped: 0"),
        ("error_at_end", StreamEnd::Failed, "skipped: 0"),
        ("timeout", StreamEnd::Failed, "skipped: 0"),
        ("error_amid", StreamEnd::Failed, "skipped: 0"),
        ("error_first", StreamEnd::Failed, "skipped: 0"),
    ] {
        let body = read(&format!("cohere/{case}.sse"));
        let outcome = translate(ProviderKind::Cohere, asked(), [body.as_slice()]);
        assert_eq!(outcome.end, end, "{case}");
        assert!(outcome.facts.contains(skipped), "{case}: {}", outcome.facts);
        let out = text(outcome.out);
        assert_eq!(out.ends_with("data: [DONE]\n\n"), end == StreamEnd::Complete, "{case}");
        assert_eq!(out.contains("\"error\":"), end != StreamEnd::Complete, "{case}");
    }
}

#[test]
fn passing_streams_come_to_the_same_however_they_are_cut() {
    for case in ["bad_event", "no_done", "unknown_events", "cut", "error_at_end"] {
        let body = read(&format!("cohere/{case}.sse"));
        let whole = translate(ProviderKind::Cohere, asked(), [body.as_slice()]);
        for at in 0..=body.len() {
            let (front, back) = body.split_at(at);
            assert_eq!(translate(ProviderKind::Cohere, asked(), [front, back]), whole, "{case} at {at}");
        }
    }
}
