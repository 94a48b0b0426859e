//! Signatures that Amazon's own Python SDK made.

use http::{HeaderValue, Method};

use super::*;

const HOST: &str = "bedrock-runtime.us-east-1.amazonaws.com";
const BODY: &[u8] = br#"{"messages":[{"role":"user","content":[{"text":"hi"}]}]}"#;
const SONNET: &str = "/model/anthropic.claude-3-5-sonnet-20240620-v1%3A0/converse";
const PROFILE: &str = "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2F\
                       us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/converse";
const SONNET_SIGNED: &str = "7f7cbf9c7791d44e1a00f15af95e4860c736c0f0c3bf1daf89825aa7dd6c1f2a";
const PROFILE_SIGNED: &str = "517501261cf362a6646896fd60d50614257006374dd73c9053c9483a18ee9607";
const TOKEN_SIGNED: &str = "ad4487adadb64594f6343098f86bd6f57c444bf4a5ff6347e2d1ab51aba05c9d";

/// 2026-11-20T12:00:00Z, when they were made.
const THEN: i64 = 1_795_176_000;

fn headers(signed: &str, signature: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/us-east-1/bedrock/aws4_request, SignedHeaders={signed}, \
         Signature={signature}"
    );
    for (name, value) in [
        ("content-type", "application/json"),
        ("host", HOST),
        ("x-amz-date", "20261120T120000Z"),
        ("authorization", &authorization),
    ] {
        headers.insert(name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn usual(signature: &str) -> HeaderMap {
    headers("content-type;host;x-amz-date", signature)
}

/// The words with which a request is refused; none if it is not.
fn refusal(path: &str, headers: &HeaderMap, body: &[u8], now: i64) -> String {
    let signed = Signed { method: &Method::POST, path, query: "", headers, body, now };
    signed.verify().err().map(|error| error.message).unwrap_or_default()
}

#[test]
fn the_vendors_signatures_are_right() {
    assert_eq!(refusal(SONNET, &usual(SONNET_SIGNED), BODY, THEN), "");
    assert_eq!(refusal(PROFILE, &usual(PROFILE_SIGNED), BODY, THEN), "");
    let mut with_token = headers("content-type;host;x-amz-date;x-amz-security-token", TOKEN_SIGNED);
    with_token.insert("x-amz-security-token", HeaderValue::from_static("FQoGZXIvYXdzEXAMPLE//token=="));
    assert_eq!(refusal(SONNET, &with_token, BODY, THEN), "");
}

#[test]
fn anything_that_is_changed_breaks_them() {
    let wrong = "The request signature we calculated does not match";
    assert!(refusal(PROFILE, &usual(SONNET_SIGNED), BODY, THEN).starts_with(wrong));
    assert!(refusal(SONNET, &usual(SONNET_SIGNED), b"{}", THEN).starts_with(wrong));
    let mut other_host = usual(SONNET_SIGNED);
    other_host.insert("host", HeaderValue::from_static("example.com"));
    assert!(refusal(SONNET, &other_host, BODY, THEN).starts_with(wrong));
    // The words show what should have been signed: the path encoded twice.
    assert!(refusal(SONNET, &other_host, BODY, THEN).contains("-v1%253A0/converse\n"));
}

#[test]
fn dates_scopes_and_headers_are_checked() {
    let check = |headers: &HeaderMap, now, expected: &str| {
        let message = refusal(SONNET, headers, BODY, now);
        assert!(message.contains(expected), "{message}");
    };
    check(&usual(SONNET_SIGNED), THEN + 900, "");
    check(&usual(SONNET_SIGNED), THEN + 901, "Signature expired: 20261120T120000Z is now earlier than");
    check(&usual(SONNET_SIGNED), THEN - 901, "Signature not yet current");
    check(&headers("content-type;x-amz-date", SONNET_SIGNED), THEN, "'Host' or ':authority' must be");
    check(&headers("content-type;host", SONNET_SIGNED), THEN, "'x-amz-date' must be a 'SignedHeader'");
    let altered = |from: &str, to: &str| {
        let mut headers = usual(SONNET_SIGNED);
        let text = headers["authorization"].to_str().unwrap().replace(from, to);
        headers.insert("authorization", HeaderValue::from_str(&text).unwrap());
        headers
    };
    check(
        &altered("AKIDEXAMPLE", "AKIDOTHER"),
        THEN,
        "The security token included in the request is invalid",
    );
    check(&altered("/bedrock/", "/bedrock-runtime/"), THEN, "scoped to correct service: 'bedrock'");
    check(&altered("/20261120/", "/20261119/"), THEN, "Date in Credential scope does not match");
    check(&altered("/aws4_request", ""), THEN, "Credential must have 5 slash-delimited elements");
    check(&altered("SignedHeaders", "Headers"), THEN, "requires 'SignedHeaders' parameter");
    check(&altered("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"), THEN, "Unsupported AWS 'algorithm'");
    let mut hashed = usual(SONNET_SIGNED);
    hashed.insert("x-amz-content-sha256", HeaderValue::from_static("e3b0c442"));
    check(&hashed, THEN, "'x-amz-content-sha256' must be a 'SignedHeader'");
}
