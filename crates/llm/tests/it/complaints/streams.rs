//! Streams: pieces leave as they come, and damaged numbering is put right.

use llm::{Context, Dialect, ProviderKind};
use serde_json::{Value, json};

use crate::same_facts::DIALECTS;
use crate::support::{context, translate};

/// One piece of a chat's stream.
fn chunk(delta: &Value, finish: Option<&str>) -> String {
    let choice = json!({"index": 0, "delta": delta, "finish_reason": finish});
    let chunk = json!({"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]});
    format!("data: {chunk}\n\n")
}

/// A piece of a call.
fn piece(index: Option<u64>, id: Option<&str>, name: Option<&str>, arguments: &str) -> Value {
    let mut call = json!({"type": "function", "function": {"arguments": arguments}});
    for (member, value) in [("index", index.map(Value::from)), ("id", id.map(Value::from))] {
        if let Some(value) = value {
            call[member] = value;
        }
    }
    if let Some(name) = name {
        call["function"]["name"] = name.into();
    }
    json!({"tool_calls": [call]})
}

/// Complaint: maximhq/bifrost#2048, maximhq/bifrost#2786.
#[test]
fn arguments_of_a_call_leave_as_they_come() {
    // Google's and Ollama's clients know calls as a whole only.
    let whole = [Dialect::Gemini, Dialect::Ollama, Dialect::OllamaGenerate];
    for &(dialect, _) in DIALECTS.iter().filter(|(dialect, _)| !whole.contains(dialect)) {
        let mut stream = ProviderKind::OpenAiCompatible.stream(Context { dialect, ..context(true) });
        let mut out = Vec::new();
        stream.push(chunk(&piece(Some(0), Some("call_1"), Some("write"), ""), None).as_bytes(), &mut out);
        for arguments in ["{\"text\":\"", "one ", "two ", "three", "\"}"] {
            out.clear();
            stream.push(chunk(&piece(Some(0), None, None, arguments), None).as_bytes(), &mut out);
            let inner = arguments.trim_matches(['"', '{', '}', ':']);
            let told = String::from_utf8_lossy(&out).contains(inner);
            assert!(!out.is_empty() && told, "{dialect:?} holds {arguments} back");
        }
    }
}

/// Complaint: Portkey-AI/gateway#1275. Indexes that jump, that are missing, and an end that is glued to the last event.
#[test]
fn fragments_of_parallel_calls_find_their_own_call() {
    let first = |index: Option<u64>| piece(index, Some("call_aaaaaaaa"), Some("get_weather"), "");
    let second = |index: Option<u64>| piece(index, Some("call_bbbbbbbb"), Some("get_time"), "");
    let more = |index: Option<u64>, arguments: &str| piece(index, None, None, arguments);
    let thrashing = [
        first(Some(0)),
        more(Some(0), "{\"city\":\"Paris\"}"),
        second(Some(1)),
        more(Some(1), "{\"city\":"),
        more(Some(1), "\"Rome\"}"),
    ];
    let without = [
        first(None),
        more(None, "{\"city\":\"Paris\"}"),
        second(None),
        more(None, "{\"city\":"),
        more(None, "\"Rome\"}"),
    ];
    let same = [
        first(Some(0)),
        more(Some(0), "{\"city\":\"Paris\"}"),
        second(Some(0)),
        more(Some(0), "{\"city\":"),
        more(Some(0), "\"Rome\"}"),
    ];
    for (manner, pieces) in
        [("in order", thrashing), ("without indexes", without), ("all of one index", same)]
    {
        let mut stream: String = pieces.iter().map(|delta| chunk(delta, None)).collect();
        stream += &chunk(&json!({}), Some("tool_calls"));
        stream += "data: [DONE]";
        for &(dialect, (_, streamed)) in DIALECTS {
            // What passes to a client of the same dialect is its provider's word.
            if dialect == Dialect::OpenAiChat || dialect == Dialect::OllamaGenerate {
                continue;
            }
            let ctx = Context { dialect, ..context(true) };
            let out = translate(ProviderKind::OpenAiCompatible, ctx, [stream.as_bytes()]).out;
            let calls: Vec<_> =
                streamed(&out).calls.into_iter().map(|(_, name, arguments)| (name, arguments)).collect();
            let expected = [
                ("get_weather".to_owned(), json!({"city": "Paris"})),
                ("get_time".to_owned(), json!({"city": "Rome"})),
            ];
            assert_eq!(calls, expected, "{manner} to {dialect:?}");
        }
    }
}
