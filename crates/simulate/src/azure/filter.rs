//! What Azure's content filter says of prompts and answers.

use serde_json::{Value, json};

/// What it found in a prompt: nothing, or an attempt to break out.
pub(super) fn of_prompt(blocked: bool) -> Value {
    json!({
        "hate": {"filtered": false, "severity": "safe"},
        "jailbreak": {"filtered": blocked, "detected": blocked},
        "self_harm": {"filtered": false, "severity": "safe"},
        "sexual": {"filtered": false, "severity": "safe"},
        "violence": {"filtered": false, "severity": "safe"},
    })
}

/// The same, for all prompts of a request.
pub(super) fn of_prompts() -> Value {
    json!([{"prompt_index": 0, "content_filter_results": of_prompt(false)}])
}

/// What it found in an answer.
fn of_text(blocked: bool) -> Value {
    let violence = if blocked { "medium" } else { "safe" };
    json!({
        "hate": {"filtered": false, "severity": "safe"},
        "protected_material_code": {"filtered": false, "detected": false},
        "protected_material_text": {"filtered": false, "detected": false},
        "self_harm": {"filtered": false, "severity": "safe"},
        "sexual": {"filtered": false, "severity": "safe"},
        "violence": {"filtered": blocked, "severity": violence},
    })
}

/// A whole answer with what the filter found.
pub(super) fn whole(mut answer: Value) -> Value {
    for choice in answer.get_mut("choices").and_then(Value::as_array_mut).into_iter().flatten() {
        let blocked = choice.get("finish_reason").is_some_and(|reason| reason == "content_filter");
        let silent = choice.pointer("/message/content").is_none_or(Value::is_null);
        set(choice, if silent { json!({}) } else { of_text(blocked) });
    }
    if let Some(map) = answer.as_object_mut() {
        map.insert("prompt_filter_results".to_owned(), of_prompts());
    }
    answer
}

/// A chunk with what the filter found in it.
pub(super) fn chunk(mut chunk: Value) -> Value {
    for choice in chunk.get_mut("choices").and_then(Value::as_array_mut).into_iter().flatten() {
        let blocked = choice.get("finish_reason").is_some_and(|reason| reason == "content_filter");
        let text = choice.pointer("/delta/content").and_then(Value::as_str).unwrap_or_default();
        set(choice, if text.is_empty() && !blocked { json!({}) } else { of_text(blocked) });
    }
    chunk
}

/// The chunk that comes before all others: no choice, and what was found in the prompt.
pub(super) fn first() -> Value {
    json!({
        "choices": [],
        "created": 0,
        "id": "",
        "model": "",
        "object": "",
        "prompt_filter_results": of_prompts(),
    })
}

fn set(choice: &mut Value, found: Value) {
    if let Some(map) = choice.as_object_mut() {
        map.insert("content_filter_results".to_owned(), found);
    }
}
