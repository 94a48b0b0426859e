//! Small things that are carried where the target has a place for them, and named or refused where it has none.

use llm::request::{Address, peek};
use llm::{Dialect, Encoded, ProviderKind, RequestError, Target};
use serde_json::{Value, json};

fn encode(
    dialect: Dialect,
    body: &Value,
    kind: ProviderKind,
    model: &str,
) -> Result<(Value, Encoded), RequestError> {
    let body = body.to_string();
    let in_path = matches!(dialect, Dialect::Bedrock | Dialect::Gemini);
    let address = Address { model: in_path.then_some("m"), ..Address::default() };
    let peek = peek(dialect, body.as_bytes(), address)?;
    let encoded = kind.encode_request(dialect, body.as_bytes(), &peek, &Target::new(model, None))?;
    Ok((serde_json::from_slice(&encoded.body).unwrap(), encoded))
}

const PNG: &str = "data:image/png;base64,iVBORw0KGgo=";

#[test]
fn how_closely_a_picture_is_looked_at_is_carried_or_named() {
    let chat = json!({"model": "m", "messages": [{"role": "user", "content": [
        {"type": "image_url", "image_url": {"url": PNG, "detail": "low"}}]}]});
    let path = "messages[0].content[0].image_url.detail";
    for (kind, place) in [
        (ProviderKind::Cohere, Some("/messages/0/content/0/image_url/detail")),
        (ProviderKind::Mistral, Some("/messages/0/content/0/image_url/detail")),
        (ProviderKind::Anthropic, None),
        (ProviderKind::Bedrock, None),
        (ProviderKind::Gemini, None),
        (ProviderKind::Ollama, None),
    ] {
        let (sent, encoded) = encode(Dialect::OpenAiChat, &chat, kind, "m").unwrap();
        let dropped: &[&str] = if place.is_some() { &[] } else { &[path] };
        assert_eq!(encoded.dropped, dropped, "{kind:?}");
        if let Some(place) = place {
            assert_eq!(sent.pointer(place), Some(&json!("low")), "{kind:?} {sent}");
        }
    }
    let responses = json!({"model": "m", "input": [{"role": "user", "content": [
        {"type": "input_image", "image_url": PNG, "detail": "original"}]}]});
    let (sent, _) =
        encode(Dialect::OpenAiResponses, &responses, ProviderKind::OpenAiCompatible, "m").unwrap();
    assert_eq!(sent["messages"][0]["content"][0]["image_url"]["detail"], "high");
    let (_, encoded) = encode(Dialect::OpenAiResponses, &responses, ProviderKind::Anthropic, "m").unwrap();
    assert_eq!(encoded.dropped, ["input[0].content[0].detail"]);
    let cohere = json!({"model": "m", "messages": [{"role": "user", "content": [
        {"type": "image_url", "image_url": {"url": PNG, "detail": "high"}}]}]});
    let (sent, _) = encode(Dialect::Cohere, &cohere, ProviderKind::OpenAiResponses, "gpt-5").unwrap();
    assert_eq!(sent["input"][0]["content"][0]["detail"], "high", "{sent}");
}

#[test]
fn features_before_their_release_that_converse_names_reach_anthropic_by_their_header() {
    let converse = json!({"messages": [{"role": "user", "content": [{"text": "hi"}]}],
        "additionalModelRequestFields": {"anthropic_beta": ["context-1m-2025-08-07", "b"]}});
    let (sent, encoded) =
        encode(Dialect::Bedrock, &converse, ProviderKind::Anthropic, "claude-sonnet-4-5").unwrap();
    let header = encoded.headers.iter().find(|(name, _)| name == "anthropic-beta");
    assert_eq!(header.map(|(_, value)| value.as_str()), Some("context-1m-2025-08-07,b"), "{sent}");
    assert!(encoded.dropped.is_empty(), "{:?}", encoded.dropped);
    let (_, encoded) = encode(Dialect::Bedrock, &converse, ProviderKind::OpenAiCompatible, "m").unwrap();
    assert_eq!(encoded.dropped, ["additionalModelRequestFields.anthropic_beta"]);
    let wrong = json!({"messages": [{"role": "user", "content": [{"text": "hi"}]}],
        "additionalModelRequestFields": {"anthropic_beta": [7]}});
    let error = encode(Dialect::Bedrock, &wrong, ProviderKind::Anthropic, "claude-sonnet-4-5").unwrap_err();
    assert!(error.param.unwrap().contains("anthropic_beta"), "{}", error.message);
}

#[test]
fn models_of_ollama_that_cannot_think_are_not_told_to() {
    let chat =
        json!({"model": "m", "reasoning_effort": "low", "messages": [{"role": "user", "content": "hi"}]});
    for (model, thinks) in [
        ("llama3.2:1b", false),
        ("library/gemma3", false),
        ("qwen3:8b", true),
        ("gpt-oss:20b", true),
        ("mine", true),
    ] {
        let (sent, encoded) = encode(Dialect::OpenAiChat, &chat, ProviderKind::Ollama, model).unwrap();
        assert_eq!(sent.get("think").is_some(), thinks, "{model} {sent}");
        let dropped: &[&str] = if thinks { &[] } else { &["reasoning_effort"] };
        assert_eq!(encoded.dropped, dropped, "{model}");
    }
}

#[test]
fn breakpoints_reach_responses_where_the_model_has_them() {
    let mark = json!({"type": "ephemeral"});
    let chat = json!({"model": "m", "messages": [
        {"role": "system", "content": [{"type": "text", "text": "s", "cache_control": mark}]},
        {"role": "user", "content": [{"type": "text", "text": "a", "cache_control": mark}]},
        {"role": "user", "content": "b"}]});
    let mut messages = chat.clone();
    messages["max_tokens"] = json!(100);
    messages["system"] = chat["messages"][0]["content"].clone();
    messages["messages"].as_array_mut().unwrap().remove(0);
    let own = json!({"mode": "explicit"});
    let (sent, encoded) =
        encode(Dialect::Anthropic, &messages, ProviderKind::OpenAiResponses, "gpt-5.6").unwrap();
    let marked = sent["input"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|item| item["content"].as_array().into_iter().flatten());
    assert_eq!(marked.filter(|part| part["prompt_cache_breakpoint"] == own).count(), 2, "{sent}");
    assert!(encoded.dropped.is_empty(), "{:?}", encoded.dropped);
    let (sent, encoded) =
        encode(Dialect::Anthropic, &messages, ProviderKind::OpenAiResponses, "gpt-5").unwrap();
    assert!(!sent.to_string().contains("breakpoint"), "{sent}");
    assert_eq!(encoded.dropped, ["messages[].content[].cache_control"]);
}

#[test]
fn pictures_that_a_model_made_are_refused_where_only_users_show_any() {
    let gemini = json!({"contents": [
        {"role": "user", "parts": [{"text": "draw"}]},
        {"role": "model", "parts": [{"inlineData": {"mimeType": "image/png", "data": "iVBORw0KGgo="}}]},
        {"role": "user", "parts": [{"text": "nice"}]}]});
    for (kind, model) in
        [(ProviderKind::Anthropic, "claude-sonnet-4-5"), (ProviderKind::Bedrock, "amazon.nova-pro-v1:0")]
    {
        let error = encode(Dialect::Gemini, &gemini, kind, model).unwrap_err();
        assert_eq!(error.code, Some("unsupported_value"), "{kind:?} {}", error.message);
        assert!(error.param.unwrap().starts_with("contents[1]"), "{kind:?} {}", error.message);
    }
}
