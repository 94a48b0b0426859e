//! Ollama's chats and completions, as clients speak them: passed to Ollama, and translated for others.

use llm::request::{self, Address, Peek};
use llm::{
    ApiError, ClientError, Context, Dialect, Encoded, ErrorKind, FinishReason, ModelEntry, ProviderKind,
    RequestError, ResponseError, StreamEnd, Target,
};
use serde_json::Value;

use crate::facts;
use crate::support::{cases, context, golden, read, translate};

const DIALECTS: [(Dialect, &str); 2] =
    [(Dialect::Ollama, "ollama_chat"), (Dialect::OllamaGenerate, "ollama_generate")];

fn peek(dialect: Dialect, body: &[u8]) -> Result<Peek, RequestError> {
    request::peek(dialect, body, Address::default())
}

fn asked(dialect: Dialect) -> Context {
    Context { dialect, ..context(true) }
}

fn encode(
    provider: ProviderKind,
    model: &str,
    dialect: Dialect,
    body: &[u8],
) -> Result<Encoded, RequestError> {
    let peek = peek(dialect, body).unwrap();
    let target =
        Target { model, max_output: Some(64_000), native_json_schema: true, ..Target::new("", None) };
    let encoded = provider.encode_request(dialect, body, &peek, &target);
    assert_eq!(provider.encode_request(dialect, body, &peek, &target), encoded);
    encoded
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

// === Requests

#[test]
fn to_ollama_every_other_byte_passes() {
    for (dialect, folder) in DIALECTS {
        for case in cases(folder, ".json") {
            let body = read(&format!("{folder}/{case}.json"));
            let encoded = encode(ProviderKind::Ollama, "claude-sonnet-5", dialect, &body).unwrap();
            assert_eq!(encoded.body, body, "{case}");
            assert!(encoded.dropped.is_empty());
            let path = if dialect == Dialect::Ollama { "/api/chat" } else { "/api/generate" };
            assert_eq!(encoded.path, path);
            let renamed = Target { model: "llama3.2:1b", ..Target::new("", None) };
            let peek = peek(dialect, &body).unwrap();
            let encoded = ProviderKind::Ollama.encode_request(dialect, &body, &peek, &renamed).unwrap();
            assert_eq!(
                text(encoded.body),
                text(body).replacen("claude-sonnet-5", "llama3.2:1b", 1),
                "{case}"
            );
        }
    }
}

#[test]
fn a_request_that_does_not_say_is_streamed() {
    let stream = |body: &str| peek(Dialect::Ollama, body.as_bytes()).unwrap().stream;
    assert!(stream(r#"{"model":"m","messages":[]}"#));
    assert!(!stream(r#"{"model":"m","messages":[],"stream":false}"#));
    let body = read("ollama_generate/stream.json");
    let sent: Value = serde_json::from_slice(
        &encode(ProviderKind::Anthropic, "claude-sonnet-5", Dialect::OllamaGenerate, &body).unwrap().body,
    )
    .unwrap();
    assert_eq!(sent["stream"], true);
    assert_eq!(Dialect::Ollama.stream_media_type(), "application/x-ndjson");
}

#[test]
fn a_scan_finds_limits_and_pictures() {
    let picture = "/9j/".repeat(500_000);
    let body = format!(
        r#"{{"model":"m","messages":[{{"role":"user","content":"12345678","images":["{picture}"]}}],"options":{{"num_predict":9}}}}"#
    );
    let seen = peek(Dialect::Ollama, body.as_bytes()).unwrap();
    assert_eq!(seen.max_tokens, Some(9));
    assert!((4000..4100).contains(&seen.prompt_bytes), "{}", seen.prompt_bytes);
    let body = format!(
        r#"{{"model":"m","prompt":"12345678","images":["{picture}"],"options":{{"num_predict":-1}}}}"#
    );
    let seen = peek(Dialect::OllamaGenerate, body.as_bytes()).unwrap();
    assert_eq!((seen.max_tokens, seen.prompt_bytes), (None, 4008));
    let error = peek(Dialect::OllamaGenerate, br#"{"model":"m"}"#).unwrap_err();
    assert_eq!(error.param.as_deref(), Some("prompt"));
}

// === Answers

fn answer(dialect: Dialect, body: &[u8]) -> (Value, llm::Translated) {
    let got = ProviderKind::Anthropic.decode_response(body, &asked(dialect)).unwrap();
    (serde_json::from_slice(&got.body).unwrap(), got)
}

#[test]
fn golden_answers_and_streams_of_anthropic() {
    for case in cases("answers/anthropic", ".json") {
        let body = read(&format!("answers/anthropic/{case}.json"));
        let stream = read(&format!("answers/anthropic/{case}.sse"));
        for dialect in [Dialect::Ollama, Dialect::OllamaGenerate] {
            let whole = ProviderKind::Anthropic.decode_response(&body, &asked(dialect)).unwrap();
            let streamed = translate(ProviderKind::Anthropic, asked(dialect), [stream.as_slice()]);
            let got = format!("{}\n--- streamed\n{}", text(whole.body), text(streamed.out));
            golden("answers/anthropic", &case, dialect.as_str(), &got);
        }
    }
}

#[test]
fn an_answer_has_all_that_clients_take_for_granted() {
    let (body, got) = answer(Dialect::Ollama, &read("answers/anthropic/reasoning_tool.json"));
    assert_eq!(
        (got.finish_reason, body["done_reason"].as_str()),
        (Some(FinishReason::ToolCalls), Some("stop"))
    );
    assert_eq!(
        body["message"]["tool_calls"][0]["function"]["arguments"],
        serde_json::json!({"city": "Paris"})
    );
    assert_eq!(body["message"]["thinking"], "The user wants the weather.");
    // State of its vendor has no place here, and is kept apart under the call's id.
    assert!(!body.to_string().contains("c2ln"));
    assert_eq!(body["created_at"], "2025-11-20T12:00:00Z");
    for duration in ["total_duration", "load_duration", "prompt_eval_duration", "eval_duration"] {
        assert_eq!(body[duration], 0, "{duration}");
    }
    assert_eq!((body["prompt_eval_count"].as_u64(), body["eval_count"].as_u64()), (Some(82), Some(40)));
}

#[test]
fn a_refusal_is_told_in_words() {
    let body = br#"{"id":"m","model":"c","content":[],"stop_reason":"refusal","stop_details":{"explanation":"No."}}"#;
    let (body, _) = answer(Dialect::Ollama, body);
    assert_eq!(
        (body["message"]["content"].as_str(), body["done_reason"].as_str()),
        (Some("No."), Some("content_filter"))
    );
}

/// BerriAI/litellm#25605: a streamed tool call brings its arguments, whole, since an object cannot come in pieces.
#[test]
fn a_streamed_tool_call_is_one_line_with_its_arguments() {
    let body = read("answers/anthropic/parallel_tools.sse");
    let outcome = translate(ProviderKind::Anthropic, asked(Dialect::Ollama), [body.as_slice()]);
    let facts = facts::ollama::streamed(&outcome.out);
    assert_eq!(facts.calls.len(), 2);
    let lines = text(outcome.out);
    assert_eq!(lines.lines().filter(|line| line.contains("tool_calls")).count(), 2);
}

#[test]
fn arguments_that_are_no_object_are_told_within_one() {
    let answer = |arguments: &str| {
        let body = format!(
            r#"{{"id":"c","message":{{"tool_calls":[{{"id":"a","function":{{"name":"f","arguments":{arguments}}}}}]}},"finish_reason":"TOOL_CALL"}}"#
        );
        let got = ProviderKind::Cohere.decode_response(body.as_bytes(), &asked(Dialect::Ollama)).unwrap();
        let got: Value = serde_json::from_slice(&got.body).unwrap();
        got["message"]["tool_calls"][0]["function"]["arguments"].clone()
    };
    assert_eq!(answer(r#""{\"a\":""#), serde_json::json!({"invalid_arguments": "{\"a\":"}));
    assert_eq!(answer(r#""[1]""#), serde_json::json!({"invalid_arguments": "[1]"}));
    assert_eq!(answer(r#"" ""#), serde_json::json!({}));
}

#[test]
fn nothing_keeps_a_client_patient_that_reads_objects_alone() {
    let mut stream = ProviderKind::Anthropic.stream(asked(Dialect::Ollama));
    let mut out = Vec::new();
    stream
        .push(b"data: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"model\":\"c\"}}\n\n", &mut out);
    stream.push(
        b"data: {\"type\":\"content_block_start\",\"content_block\":{\"type\":\"text\",\"text\":\"a\"}}\n\n",
        &mut out,
    );
    let said = out.len();
    stream.push(b"data: {\"type\":\"ping\"}\n\n", &mut out);
    assert_eq!(out.len(), said);
}

#[test]
fn errors_are_a_message() {
    let error = ApiError::new(404, ErrorKind::NotFound, "model 'x' not found");
    for dialect in [Dialect::Ollama, Dialect::OllamaGenerate] {
        assert_eq!(text(ClientError::new(dialect, error.clone()).body), r#"{"error":"model 'x' not found"}"#);
        let mut stream = ProviderKind::Anthropic.stream(asked(dialect));
        let mut out = Vec::new();
        stream.fail(&error, &mut out);
        assert_eq!(text(out), "{\"error\":\"model 'x' not found\"}\n");
    }
}

#[test]
fn models_are_listed() {
    let models = [ModelEntry { id: "a\"b", created: 0, owned_by: "weir" }];
    let got: Value = serde_json::from_slice(&Dialect::Ollama.encode_models(models)).unwrap();
    let entry = &got["models"][0];
    assert_eq!((entry["name"].as_str(), entry["model"].as_str()), (Some("a\"b"), Some("a\"b")));
    assert_eq!(entry["modified_at"], "1970-01-01T00:00:00Z");
    assert_eq!(entry["details"]["family"], "weir");
}

// === What passes

#[test]
fn whole_answers_pass_and_are_looked_at() {
    let body = read("answers/ollama/reasoning_tool.json");
    let got = ProviderKind::Ollama.decode_response(&body, &asked(Dialect::Ollama)).unwrap();
    assert!(got.unchanged && got.body.is_empty());
    assert_eq!((got.finish_reason, got.model.as_deref()), (Some(FinishReason::ToolCalls), Some("llama3.2")));
    assert_eq!((got.usage.input, got.usage.output, got.usage.estimated), (82, 17, false));
    let generated = br#"{"model":"m","response":"eight ch","done":true,"done_reason":"length"}"#;
    let got = ProviderKind::Ollama.decode_response(generated, &asked(Dialect::OllamaGenerate)).unwrap();
    assert_eq!((got.finish_reason, got.usage.output), (Some(FinishReason::Length), 2));
    assert!(got.usage.estimated);
    let decode = |body: &str| {
        ProviderKind::Ollama.decode_response(body.as_bytes(), &asked(Dialect::Ollama)).unwrap_err()
    };
    assert!(matches!(decode("<html>"), ResponseError::NotJson));
    assert!(matches!(decode("{}"), ResponseError::Unexpected { .. }));
    assert!(matches!(decode(r#"{"error":"why"}"#), ResponseError::Failed(error) if error.message == "why"));
}

#[test]
fn streams_pass_line_by_line() {
    for case in cases("answers/ollama", ".ndjson") {
        let body = read(&format!("answers/ollama/{case}.ndjson"));
        let outcome = translate(ProviderKind::Ollama, asked(Dialect::Ollama), [body.as_slice()]);
        assert_eq!((text(outcome.out), outcome.end), (text(body), StreamEnd::Complete), "{case}");
    }
    for (case, end, skipped) in [
        ("bad_line", StreamEnd::Complete, "skipped: 2"),
        ("keep_alives", StreamEnd::Complete, "skipped: 0"),
        ("after_the_end", StreamEnd::Complete, "skipped: 0"),
        ("no_line_end", StreamEnd::Complete, "skipped: 0"),
        ("cut", StreamEnd::Truncated, "skipped: 0"),
        ("html", StreamEnd::Truncated, "skipped: 3"),
        ("error_amid", StreamEnd::Failed, "skipped: 0"),
    ] {
        let body = read(&format!("ollama/{case}.ndjson"));
        let outcome = translate(ProviderKind::Ollama, asked(Dialect::Ollama), [body.as_slice()]);
        assert_eq!(outcome.end, end, "{case}");
        assert!(outcome.facts.contains(skipped), "{case}: {}", outcome.facts);
        let facts = std::str::from_utf8(&outcome.out).unwrap().lines().last().map(str::to_owned).unwrap();
        assert_eq!(facts.starts_with("{\"error\":"), end != StreamEnd::Complete, "{case}: {facts}");
    }
}

#[test]
fn passing_streams_come_to_the_same_however_they_are_cut() {
    for case in cases("ollama", ".ndjson") {
        let body = read(&format!("ollama/{case}.ndjson"));
        let whole = translate(ProviderKind::Ollama, asked(Dialect::Ollama), [body.as_slice()]);
        for at in 0..=body.len() {
            let (front, back) = body.split_at(at);
            assert_eq!(
                translate(ProviderKind::Ollama, asked(Dialect::Ollama), [front, back]),
                whole,
                "{case} at {at}"
            );
        }
    }
}
