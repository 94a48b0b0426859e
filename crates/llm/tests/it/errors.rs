//! Errors of providers, brought back to a chat client.

use std::time::Duration;

use llm::{ClientError, Dialect, ErrorKind, ProviderKind, RequestError};

use crate::support::{chat_peek, context, read};

fn decode(provider: ProviderKind, status: u16, body: &[u8]) -> ClientError {
    let headers = |name: &str| (name == "retry-after").then(|| "3".to_owned());
    provider.decode_error(Dialect::OpenAiChat, status, &headers, body)
}

fn body(error: &ClientError) -> String {
    String::from_utf8(error.body.clone()).unwrap()
}

#[test]
fn the_fixtures_are_read() {
    let error = decode(ProviderKind::Anthropic, 429, &read("fixtures/anthropic_error_429.json"));
    assert_eq!((error.status, error.error.kind), (429, ErrorKind::RateLimited));
    assert_eq!(error.error.retry_after, Some(Duration::from_secs(3)));
    assert_eq!(
        body(&error),
        r#"{"error":{"message":"This request would exceed your organization's rate limit","type":"rate_limit_error","param":null,"code":"rate_limit_exceeded"}}"#
    );
    let fixture = read("fixtures/openai_error_429.json");
    let error = decode(ProviderKind::OpenAiCompatible, 429, &fixture);
    let (got, mut expect): (serde_json::Value, serde_json::Value) =
        (serde_json::from_slice(&error.body).unwrap(), serde_json::from_slice(&fixture).unwrap());
    let message = expect["error"]["message"].as_str().unwrap().replace("org-x", "***");
    expect["error"]["message"] = message.into();
    assert_eq!(got, expect);
    assert!(error.error.retryable());
}

#[test]
fn every_error_of_anthropic_has_its_place() {
    for (status, kind, expect_status, expect_type, code, retryable) in [
        (400, "invalid_request_error", 400, "invalid_request_error", None, false),
        (401, "authentication_error", 401, "invalid_request_error", Some("invalid_api_key"), false),
        (402, "billing_error", 402, "insufficient_quota", Some("insufficient_quota"), false),
        (403, "permission_error", 403, "invalid_request_error", Some("permission_denied"), false),
        (404, "not_found_error", 404, "invalid_request_error", Some("model_not_found"), false),
        (409, "conflict_error", 409, "invalid_request_error", None, true),
        (413, "request_too_large", 413, "invalid_request_error", Some("request_too_large"), false),
        (429, "rate_limit_error", 429, "rate_limit_error", Some("rate_limit_exceeded"), true),
        (500, "api_error", 500, "server_error", Some("server_error"), true),
        (504, "timeout_error", 504, "server_error", Some("timeout"), true),
        (529, "overloaded_error", 503, "server_error", Some("overloaded"), true),
        (400, "a_new_error", 400, "invalid_request_error", None, false),
    ] {
        let text =
            format!(r#"{{"type":"error","error":{{"type":"{kind}","message":"why"}},"request_id":"r"}}"#);
        let error = decode(ProviderKind::Anthropic, status, text.as_bytes());
        let got: serde_json::Value = serde_json::from_slice(&error.body).unwrap();
        let expect = serde_json::json!({"error": {"message": "why", "type": expect_type, "param": null, "code": code}});
        assert_eq!((error.status, got), (expect_status, expect), "{kind}");
        assert_eq!(error.error.retryable(), retryable, "{kind}");
    }
}

#[test]
fn a_spent_limit_is_not_worth_a_retry() {
    let text = br#"{"type":"error","error":{"type":"rate_limit_error","message":"m","details":{"error_code":"enforced_spend_limit_reached"}}}"#;
    let error = decode(ProviderKind::Anthropic, 429, text).error;
    assert_eq!((error.kind, error.retryable()), (ErrorKind::Billing, false));
}

#[test]
fn accounts_are_not_named() {
    let uuid = "6b700525-ce41-438a-87ff-0ceffd4e4419";
    let told = |provider, status, message: &str| {
        let body = serde_json::json!({"error": {"message": message}}).to_string();
        decode(provider, status, body.as_bytes()).error.message
    };
    for (message, expect) in [
        ("in organization org-A1b2_c on tokens", "in organization *** on tokens"),
        ("project `proj_abc` has no access", "project `***` has no access"),
        (
            &format!("limit (org: {uuid}, model: claude-opus-4-6)."),
            "limit (org: ***, model: claude-opus-4-6).",
        ),
        ("your org- and proj_ and 6b700525-ce41", "your org- and proj_ and 6b700525-ce41"),
    ] {
        for provider in [ProviderKind::Anthropic, ProviderKind::OpenAiCompatible] {
            assert_eq!(told(provider, 429, message), expect);
            // What is wrong with a request is told in full: it may quote it.
            assert_eq!(told(provider, 400, message), message);
        }
    }
    let mut stream = ProviderKind::OpenAiCompatible.stream(context(false));
    stream.push(b"data: {\"error\":{\"message\":\"org-x is over\",\"code\":429}}\n\n", &mut Vec::new());
    assert_eq!(stream.error().unwrap().message, "*** is over");
}

#[test]
fn bodies_that_nobody_can_read_still_give_an_error() {
    for provider in [ProviderKind::Anthropic, ProviderKind::OpenAiCompatible] {
        for (text, says) in [
            (&b"<html>internal.host</html>"[..], "the model's provider answered 502 without saying why"),
            (b"", "the model's provider answered 502 without saying why"),
            (b"\xff\xfe", "the model's provider answered 502 without saying why"),
            (b"{}", "the model's provider answered 502 without saying why"),
            (b"bad gateway\x07", "bad gateway"),
        ] {
            let error = decode(provider, 502, text);
            assert_eq!((error.status, error.error.message.as_str()), (502, says));
            assert!(error.error.retryable());
        }
        assert!(decode(provider, 502, "x".repeat(100_000).as_bytes()).body.len() < 1000);
    }
}

#[test]
fn the_gateways_own_refusals_speak_the_dialect() {
    let refused: RequestError = chat_peek(br#"{"model":"m","messages":{}}"#).unwrap_err();
    let error = ClientError::new(Dialect::OpenAiChat, refused.into());
    assert_eq!(error.status, 400);
    assert_eq!(
        body(&error),
        r#"{"error":{"message":"`messages` must be an array, not an object","type":"invalid_request_error","param":"messages","code":"invalid_type"}}"#
    );
}
