//! Facts of Ollama's chats and completions.

use serde_json::Value;

use super::Facts;

/// What only the last object of an answer has.
const END: [&str; 7] = [
    "done_reason",
    "total_duration",
    "load_duration",
    "prompt_eval_count",
    "prompt_eval_duration",
    "eval_count",
    "eval_duration",
];

/// Reads a whole answer.
pub(crate) fn whole(body: &[u8]) -> Facts {
    let body: Value = serde_json::from_slice(body).unwrap();
    let mut facts = Facts::default();
    if let Some(error) = body["error"].as_str() {
        facts.error = Some((String::new(), error.to_owned()));
        return facts;
    }
    assert_eq!(body["done"], true);
    object(&body, &mut facts);
    facts
}

/// Reads a streamed answer: every line is an object, the last one says so or is an error.
pub(crate) fn streamed(stream: &[u8]) -> Facts {
    let text = std::str::from_utf8(stream).unwrap();
    assert!(text.ends_with('\n'), "the last line has no end");
    let mut facts = Facts::default();
    let mut ended = false;
    for line in text.strip_suffix('\n').unwrap().split('\n') {
        assert!(!ended, "something follows the end: {line}");
        let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        if let Some(error) = value["error"].as_str() {
            assert_eq!(value.as_object().unwrap().len(), 1);
            facts.error = Some((String::new(), error.to_owned()));
            ended = true;
            continue;
        }
        ended = value["done"].as_bool().unwrap();
        object(&value, &mut facts);
    }
    assert!(ended, "the stream has no end");
    facts
}

fn object(object: &Value, facts: &mut Facts) {
    let done = object["done"].as_bool().unwrap();
    for member in END {
        assert_eq!(object.get(member).is_some(), done, "{member} in {object}");
    }
    let created = object["created_at"].as_str().unwrap();
    assert!(created.len() >= 20 && created.ends_with('Z'), "{created}");
    facts.model = object["model"].as_str().unwrap().into();
    if done {
        facts.finish = object["done_reason"].as_str().unwrap().into();
        (facts.input, facts.output) = (object["prompt_eval_count"].as_u64(), object["eval_count"].as_u64());
    }
    let (message, said) = if let Some(message) = object.get("message") {
        assert_eq!(message["role"], "assistant");
        (message, &message["content"])
    } else {
        (object, &object["response"])
    };
    facts.text.push_str(said.as_str().unwrap());
    facts.thinking.push_str(message["thinking"].as_str().unwrap_or_default());
    for call in message["tool_calls"].as_array().into_iter().flatten() {
        let function = &call["function"];
        assert!(function["arguments"].is_object(), "{call}");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        facts.calls.push((text(&call["id"]), text(&function["name"]), function["arguments"].clone()));
    }
}
