//! Requests for providers that speak otherwise, counts, errors and lists.

use llm::{ApiError, ClientError, Dialect, ErrorKind, ModelEntry, ProviderKind, Target};

use super::{FOLDER, encode, peek, text};
use crate::support::read;

/// A turn of many messages, each a result and a text, once took time by the square of their number.
#[test]
fn large_requests_take_time_by_their_size_alone() {
    const MANY: usize = 20_000;
    let list = |item: &dyn Fn(usize) -> String| (0..MANY).map(item).collect::<Vec<_>>().join(",");
    let call = |i: usize| format!(r#"{{"type":"tool_use","id":"c{i}","name":"f","input":{{}}}}"#);
    let result = |i: usize| {
        let result = format!(r#"{{"type":"tool_result","tool_use_id":"c{i}","content":"1"}}"#);
        format!(r#"{{"role":"user","content":[{result},{{"type":"text","text":"{i}"}}]}}"#)
    };
    let asked =
        format!(r#"{{"role":"user","content":"hi"}},{{"role":"assistant","content":[{}]}}"#, list(&call));
    let body =
        |rest: &str| format!(r#"{{"model":"m","max_tokens":1,"messages":[{asked},{rest}]}}"#).into_bytes();
    let sent = encode(ProviderKind::OpenAiCompatible, &body(&list(&result))).unwrap();
    let sent: serde_json::Value = serde_json::from_slice(&sent.body).unwrap();
    let roles: Vec<&str> = sent["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["role"].as_str().unwrap())
        .collect();
    assert_eq!(
        (roles.len(), roles[2], roles[MANY + 1], roles[MANY + 2]),
        (2 + 2 * MANY, "tool", "tool", "user")
    );
    // What is wrong is told in few words.
    let refused = encode(ProviderKind::OpenAiCompatible, &body(&result(0))).unwrap_err();
    assert!(refused.message.len() < 400, "{}", refused.message.len());
}

#[test]
fn what_is_dropped_is_named_once() {
    let turn =
        r#"[{"type":"thinking","thinking":"so","signature":""},{"type":"text","text":"yes","thinking":"x"}]"#;
    let body = format!(
        r#"{{"model":"m","max_tokens":1,"messages":[{{"role":"user","content":"a"}},{{"role":"assistant","content":{turn}}},{{"role":"user","content":"b"}}]}}"#
    );
    let sent = encode(ProviderKind::OpenAiCompatible, body.as_bytes()).unwrap();
    assert_eq!(sent.dropped, ["messages[].content[].thinking"]);
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
    let document = |data: &str| {
        let document = format!(r#"{{"type":"document","source":{{"type":"text","data":"{data}"}}}}"#);
        weight(&format!(r#""messages":[{{"role":"user","content":[{document}]}}]"#))
    };
    assert!(document(&"a word ".repeat(10_000)) > 70_000);
    // Another vendor's reasoning is not sent, and does not count.
    let sealed = r#"{"type":"thinking","thinking":"long","signature":"weir.openai.x"}"#;
    assert_eq!(weight(&format!(r#""messages":[{{"role":"assistant","content":[{sealed}]}}]"#)), 9);
}

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
