//! State of other vendors in the hands of Anthropic's clients: it comes back on its own part, byte for byte.

use llm::{Dialect, ProviderKind, Target};
use serde_json::{Value, json};

use super::{asked, encode, peek};
use crate::support::{read, translate};

/// An answer of Gemini's as a client of Anthropic's has it, whole or put together from a stream.
fn answer(case: &str, streamed: bool) -> Value {
    if !streamed {
        let body = read(&format!("answers/gemini/{case}.json"));
        let answer = ProviderKind::Gemini.decode_response(&body, &asked()).unwrap();
        return serde_json::from_slice(&answer.body).unwrap();
    }
    let body = read(&format!("answers/gemini/{case}.sse"));
    let stream = translate(ProviderKind::Gemini, asked(), [body.as_slice()]);
    crate::facts::anthropic::message(&stream.out)
}

/// The next request of a client that got this answer: it sends the content back and the results of its calls.
fn next(answer: &Value) -> Vec<u8> {
    let content = answer["content"].as_array().unwrap();
    let calls = content.iter().filter(|block| block["type"] == "tool_use");
    let results: Vec<Value> = calls
        .map(|call| json!({"type": "tool_result", "tool_use_id": call["id"], "content": "18C"}))
        .chain([json!({"type": "text", "text": "And?"})])
        .collect();
    let messages = json!([
        {"role": "user", "content": "Paris?"},
        {"role": "assistant", "content": content},
        {"role": "user", "content": results},
    ]);
    let tools = json!([{"name": "get_weather", "input_schema": {"type": "object"}}]);
    json!({"model": "m", "max_tokens": 4000, "messages": messages, "tools": tools}).to_string().into_bytes()
}

/// The parts of the model's turn that Gemini said, and is told again.
fn parts(case: &str, streamed: bool) -> (Vec<Value>, Vec<Value>) {
    let said: Value = serde_json::from_slice(&read(&format!("answers/gemini/{case}.json"))).unwrap();
    let sent = encode(ProviderKind::Gemini, &next(&answer(case, streamed))).unwrap();
    let sent: Value = serde_json::from_slice(&sent.body).unwrap();
    let own = |content: &Value| content["parts"].as_array().unwrap().clone();
    (own(&said["candidates"][0]["content"]), own(&sent["contents"][1]))
}

fn signatures(parts: &[Value], member: &str) -> Vec<Option<String>> {
    let of = |part: &Value| part["thoughtSignature"].as_str().map(str::to_owned);
    parts.iter().filter(|part| !part[member].is_null()).map(of).collect()
}

/// BerriAI/litellm#16893, BerriAI/litellm#25322, QuantumNous/new-api#5528: Gemini's thought signatures were lost on the way.
#[test]
fn a_thought_signature_comes_back_on_its_own_call() {
    for case in ["reasoning_tool", "parallel_tools", "text_and_tool"] {
        for streamed in [false, true] {
            let (said, sent) = parts(case, streamed);
            let calls = signatures(&said, "functionCall");
            assert_eq!(signatures(&sent, "functionCall"), calls, "{case}, streamed: {streamed}");
        }
    }
    let (said, _) = parts("reasoning_tool", false);
    assert!(signatures(&said, "functionCall").iter().any(Option::is_some));
}

#[test]
fn a_thought_signature_comes_back_on_its_own_text() {
    for streamed in [false, true] {
        let (said, sent) = parts("state_on_text", streamed);
        let told = |parts: &[Value]| {
            let texts: Vec<Option<String>> = signatures(parts, "text");
            texts.into_iter().flatten().collect::<Vec<_>>()
        };
        assert!(!told(&said).is_empty());
        assert_eq!(told(&sent), told(&said), "streamed: {streamed}");
    }
}

/// su-kaka/gcli2api#285: the signature travelled in the call's id, kilobytes long.
#[test]
fn ids_of_calls_stay_as_the_provider_made_them() {
    let got = answer("reasoning_tool", false);
    let call = got["content"].as_array().unwrap().iter().find(|block| block["type"] == "tool_use").unwrap();
    let said: Value = serde_json::from_slice(&read("answers/gemini/reasoning_tool.json")).unwrap();
    let parts = said["candidates"][0]["content"]["parts"].as_array().unwrap().clone();
    let own = parts.iter().find(|part| part["functionCall"].is_object()).unwrap();
    assert_eq!(call["id"], own["functionCall"]["id"]);
}

/// BerriAI/litellm#16893: state that is in another vendor's seal is not Anthropic's, and goes to its own vendor alone.
#[test]
fn a_conversation_may_change_its_vendor_and_come_back() {
    let got = answer("reasoning_tool", false);
    let body = next(&got);
    let to_anthropic = encode(ProviderKind::Anthropic, &body).unwrap();
    assert_eq!(to_anthropic.dropped, ["messages[].content[].thinking"]);
    assert!(!String::from_utf8(to_anthropic.body).unwrap().contains("weir."));
    // What Anthropic signed is stripped on the way to Gemini, and stays for Anthropic.
    let own = read("anthropic_messages/reasoning_three_turns.json");
    let to_gemini = encode(ProviderKind::Gemini, &own).unwrap();
    assert!(
        to_gemini.dropped.contains(&"messages[].content[].thinking".to_owned()),
        "{:?}",
        to_gemini.dropped
    );
    assert!(!String::from_utf8(to_gemini.body).unwrap().contains("EqQB"));
    assert_eq!(encode(ProviderKind::Anthropic, &own).unwrap().body, own);
}

/// maximhq/bifrost#6342: thinking blocks that were replayed in another order.
#[test]
fn blocks_of_reasoning_keep_their_order_and_bytes() {
    let own = read("anthropic_messages/reasoning_three_turns.json");
    let peek = peek(&own).unwrap();
    let target = Target::new("claude-opus-4-1", None);
    let sent = ProviderKind::Anthropic.encode_request(Dialect::Anthropic, &own, &peek, &target).unwrap();
    let renamed = String::from_utf8(own).unwrap().replace("claude-sonnet-4-5", "claude-opus-4-1");
    assert_eq!(String::from_utf8(sent.body).unwrap(), renamed);
}
