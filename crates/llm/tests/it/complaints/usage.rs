//! What is counted reaches the client and the bill.

use llm::catalogue::{Prices, cost};
use llm::{Context, ProviderKind, Usage};
use serde_json::{Value, json};

use crate::same_facts::{DIALECTS, answers};
use crate::support::context;

/// A whole answer of a provider's, with this usage.
fn answer(provider: ProviderKind, usage: &Value) -> Value {
    match provider {
        ProviderKind::Anthropic => json!({"id": "m", "type": "message", "role": "assistant", "model": "up",
            "stop_reason": "end_turn", "content": [{"type": "text", "text": "hi"}], "usage": usage}),
        ProviderKind::Bedrock => {
            json!({"output": {"message": {"role": "assistant", "content": [{"text": "hi"}]}},
            "stopReason": "end_turn", "metrics": {"latencyMs": 1}, "usage": usage})
        }
        _ => {
            json!({"id": "c", "object": "chat.completion", "created": 1, "model": "up", "choices": [{"index": 0,
            "message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}], "usage": usage})
        }
    }
}

/// QuantumNous/new-api#5756: written tokens have their price in every shape of usage that tells them, with their time and
/// without.
#[test]
fn cache_writes_are_paid_in_the_older_and_the_newer_shape_of_usage() {
    let older = json!({"input_tokens": 100, "output_tokens": 10, "cache_creation_input_tokens": 400, "cache_read_input_tokens": 0});
    let mut newer = older.clone();
    newer["cache_creation"] = json!({"ephemeral_5m_input_tokens": 300, "ephemeral_1h_input_tokens": 100});
    let converse = json!({"inputTokens": 100, "outputTokens": 10, "totalTokens": 510, "cacheReadInputTokens": 0,
        "cacheWriteInputTokens": 400});
    let mut timed = converse.clone();
    timed["cacheDetails"] = json!([{"ttl": "5m", "inputTokens": 300}, {"ttl": "1h", "inputTokens": 100}]);
    let chat = json!({"prompt_tokens": 100, "completion_tokens": 10, "cache_creation_input_tokens": 400, "cache_read_input_tokens": 0});
    let cases = [
        (ProviderKind::Anthropic, older, (400, 0)),
        (ProviderKind::Anthropic, newer, (300, 100)),
        (ProviderKind::Bedrock, converse, (400, 0)),
        (ProviderKind::Bedrock, timed, (300, 100)),
        (ProviderKind::OpenAiCompatible, chat, (400, 0)),
    ];
    let price = |dollars: f64| Prices::per_million(dollars);
    let prices = Prices {
        input: price(1.0),
        output: price(5.0),
        cache_write_5m: price(1.25),
        cache_write_1h: price(2.0),
        ..Prices::default()
    };
    for (provider, usage, (short, long)) in cases {
        let body = answer(provider, &usage).to_string();
        for &(dialect, _) in DIALECTS.iter().filter(|(dialect, _)| answers(provider, *dialect)) {
            let ctx = Context { dialect, ..context(true) };
            let used = provider.decode_response(body.as_bytes(), &ctx).unwrap().usage;
            let name = format!("{usage} of {provider:?} to {dialect:?}");
            let expect = Usage {
                input: 500,
                output: 10,
                cache_write_5m: short,
                cache_write_1h: long,
                ..Usage::default()
            };
            assert_eq!(used, expect, "{name}");
            let paid = cost(&used, &prices).unwrap();
            let written = i64::try_from(short * 5 / 4 + long * 2).unwrap();
            assert_eq!((paid.input, paid.cache_write, paid.output), (100, written, 50), "{name}");
        }
    }
}
