//! What is left of rate limits, under the names that each SDK looks at.

use message::Reason;
use serde_json::json;

use crate::chat::{asked, failure, gate_under};
use crate::client::Answer;
use crate::dialects::Speaks;
use crate::gate::Gate;
use crate::upstream::Upstream;

fn gate(api: &str, up: &Upstream, policies: &str) -> Gate {
    Gate::by_hand(&format!(
        "---\nkind: Provider\nname: p\nspec: {{api: {api}, base_url: \"http://{}/v1\"}}\n\
         ---\nkind: ModelAlias\nname: m\nspec: {{targets: [{{provider: p, model: up}}]}}\n---\nkind: Service\nname: models\n\
         spec: {{backend: {{ai: {{}}}}, access: {{mode: public}}, policies: [{policies}]}}\n---\nkind: Route\nname: models\n\
         spec: {{service: models, paths: [\"/*\"]}}\n",
        up.addr
    ))
}

/// An answer of Anthropic's with these header lines.
fn anthropic(lines: &str) -> String {
    let body = json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "up", "stop_reason": "end_turn",
        "content": [{"type": "text", "text": "hello"}], "usage": {"input_tokens": 3, "output_tokens": 2}})
    .to_string();
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{lines}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

const LINES: &str = "anthropic-ratelimit-requests-limit: 60\r\nanthropic-ratelimit-requests-remaining: 59\r\n\
                     anthropic-ratelimit-requests-reset: 2026-01-01T00:01:30Z\r\nanthropic-ratelimit-input-tokens-remaining: 7\r\n";

fn check(answer: &Answer, expect: &[(&str, &str)]) {
    let lines: Vec<&str> = answer.head.lines().filter(|line| line.contains("ratelimit-")).collect();
    let lines: Vec<&str> = lines.into_iter().filter(|line| !line.starts_with("ratelimit")).collect();
    let expect: Vec<String> = expect.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    assert_eq!(lines, expect, "{}", answer.head);
}

#[test]
fn a_providers_limits_are_told_in_the_clients_words() {
    let up = Upstream::fixed(anthropic(LINES));
    let gate = gate("anthropic", &up, "");
    let openai = [
        ("x-ratelimit-limit-requests", "60"),
        ("x-ratelimit-remaining-requests", "59"),
        ("x-ratelimit-reset-requests", "1m30s"),
        ("x-ratelimit-remaining-input-tokens", "7"),
    ];
    let own: Vec<(&str, &str)> = LINES.lines().filter_map(|line| line.split_once(": ")).collect();
    let own: Vec<(&str, String)> = own.into_iter().map(|(n, v)| (n, v.to_ascii_lowercase())).collect();
    let own: Vec<(&str, &str)> = own.iter().map(|(n, v)| (*n, v.as_str())).collect();
    for (speaks, expect) in [
        (Speaks::Anthropic, own.as_slice()),
        (Speaks::OpenAiChat, &openai),
        (Speaks::OpenAiResponses, &openai),
        (Speaks::Gemini, &openai),
    ] {
        let (answer, _) = gate.call(speaks.asks(false));
        assert_eq!(answer.status, 200, "{}", answer.text());
        check(&answer, expect);
    }
    gate.end();
}

#[test]
fn a_refusal_tells_the_limits_and_the_wait_too() {
    let limited = failure("429 Too Many Requests", "tokens").replace(
        "Content-Length",
        "x-ratelimit-remaining-tokens: 0\r\nx-ratelimit-reset-tokens: 2.5s\r\nretry-after-ms: 1500\r\nContent-Length",
    );
    let up = Upstream::fixed(limited);
    let gate = gate("openai", &up, "");
    let (answer, _) = gate.call(Speaks::Anthropic.asks(false));
    assert_eq!((answer.status, answer.field("retry-after")), (429, Some("2")));
    assert_eq!(answer.field("retry-after-ms"), Some("1500"));
    check(
        &answer,
        &[
            ("anthropic-ratelimit-tokens-remaining", "0"),
            ("anthropic-ratelimit-tokens-reset", "2026-01-01t00:00:03z"),
        ],
    );
    let (answer, _) = gate.call(Speaks::Gemini.asks(false));
    let details = &answer.json()["error"]["details"];
    assert!(details.as_array().unwrap().iter().any(|detail| detail["retryDelay"] == "1.5s"), "{details}");
    assert_eq!(answer.field("retry-after-ms"), None);
    gate.end();
}

#[test]
fn the_gateways_own_limits_stand_before_the_providers() {
    let up = Upstream::fixed(anthropic(LINES));
    let gate = gate("anthropic", &up, "{rate_limit: {requests: 60, window: 1m, burst: 2, by: all}}");
    let (answer, _) = gate.call(Speaks::OpenAiChat.asks(false));
    assert_eq!((answer.status, answer.field("x-ratelimit-remaining-requests")), (200, Some("1")));
    assert_eq!(answer.field("x-ratelimit-reset-requests"), Some("1s"));
    assert_eq!(answer.field("x-ratelimit-remaining-input-tokens"), Some("7"));
    let (answer, _) = gate.call(Speaks::Anthropic.asks(false));
    assert_eq!(answer.field("anthropic-ratelimit-requests-remaining"), Some("0"));
    assert_eq!(answer.field("anthropic-ratelimit-requests-reset"), Some("2026-01-01t00:00:02z"));
    let (answer, record) = gate.call(Speaks::OpenAiChat.asks(false));
    assert_eq!((answer.status, answer.field("x-ratelimit-remaining-requests")), (429, Some("0")));
    assert_eq!(record.reason.as_deref(), Some(Reason::RateLimited.code()));
    gate.end();
}

#[test]
fn other_services_keep_to_the_standards_names() {
    let up = Upstream::fixed(crate::chat::completion("hello"));
    let gate = gate_under(&[up.addr], "", "");
    let (answer, _) = gate.call(asked(false));
    check(&answer, &[]);
    gate.end();
}
