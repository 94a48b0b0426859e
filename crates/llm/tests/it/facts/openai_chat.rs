//! Facts of chat completions.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Facts, arguments, events};

/// Reads a whole answer.
pub(crate) fn whole(body: &[u8]) -> Facts {
    let body: Value = serde_json::from_slice(body).unwrap();
    let mut facts = Facts { model: string(&body["model"]), ..Facts::default() };
    if !body["error"].is_null() {
        facts.error = Some(error(&body["error"]));
        return facts;
    }
    usage(&body["usage"], &mut facts);
    let choice = &body["choices"][0];
    facts.finish = string(&choice["finish_reason"]);
    let message = &choice["message"];
    said(message, &mut facts);
    for call in message["tool_calls"].as_array().into_iter().flatten() {
        let function = &call["function"];
        facts.state.extend(call_state(call));
        facts.calls.push((
            string(&call["id"]),
            string(&function["name"]),
            arguments(function["arguments"].as_str().unwrap()),
        ));
    }
    facts
}

/// Reads a streamed answer, joining pieces of calls and thinking blocks by their index.
pub(crate) fn streamed(stream: &[u8]) -> Facts {
    let mut facts = Facts::default();
    let mut calls: BTreeMap<u64, (String, String, String)> = BTreeMap::new();
    let mut ended = false;
    for (_, data) in events(stream) {
        assert!(!ended, "something follows the end: {data}");
        if data == "[DONE]" {
            ended = true;
            continue;
        }
        let chunk: Value = serde_json::from_str(&data).unwrap();
        if !chunk["error"].is_null() {
            facts.error = Some(error(&chunk["error"]));
            ended = true;
            continue;
        }
        facts.model = string(&chunk["model"]);
        usage(&chunk["usage"], &mut facts);
        let choice = &chunk["choices"][0];
        let delta = &choice["delta"];
        said(delta, &mut facts);
        for call in delta["tool_calls"].as_array().into_iter().flatten() {
            let entry = calls.entry(call["index"].as_u64().unwrap()).or_default();
            entry.0.push_str(call["id"].as_str().unwrap_or_default());
            entry.1.push_str(call["function"]["name"].as_str().unwrap_or_default());
            entry.2.push_str(call["function"]["arguments"].as_str().unwrap_or_default());
            facts.state.extend(call_state(call));
        }
        if choice["finish_reason"].is_string() {
            facts.finish = string(&choice["finish_reason"]);
        }
    }
    assert!(ended, "the stream has no end");
    let all_there = calls.keys().copied().eq(0..calls.len() as u64);
    assert!(all_there, "indexes of calls have gaps");
    facts.calls = calls.into_values().map(|(id, name, json)| (id, name, arguments(&json))).collect();
    facts
}

fn said(message: &Value, facts: &mut Facts) {
    facts.text.push_str(message["content"].as_str().unwrap_or_default());
    facts.thinking.push_str(message["reasoning_content"].as_str().unwrap_or_default());
    facts.refusal.push_str(message["refusal"].as_str().unwrap_or_default());
    for block in message["thinking_blocks"].as_array().into_iter().flatten() {
        let state = block["signature"].as_str().or(block["data"].as_str());
        facts.state.extend(state.map(str::to_owned));
    }
    for note in message["annotations"].as_array().into_iter().flatten() {
        facts.citations.push(string(&note["url_citation"]["url"]));
    }
}

fn call_state(call: &Value) -> Option<String> {
    call["extra_content"]["google"]["thought_signature"].as_str().map(str::to_owned)
}

fn usage(usage: &Value, facts: &mut Facts) {
    if usage.is_object() {
        (facts.input, facts.output) = (usage["prompt_tokens"].as_u64(), usage["completion_tokens"].as_u64());
        facts.cached = usage["prompt_tokens_details"]["cached_tokens"].as_u64().unwrap_or(0);
    }
}

fn error(error: &Value) -> (String, String) {
    (error["code"].as_str().unwrap_or_default().to_owned(), string(&error["message"]))
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
