//! Facts of Gemini's answers.

use serde_json::Value;

use super::Facts;

/// Reads a whole answer.
pub(crate) fn whole(body: &[u8]) -> Facts {
    let body: Value = serde_json::from_slice(body).unwrap();
    let mut facts = Facts::default();
    answer(&body, &mut facts);
    facts
}

/// Reads a streamed answer: events without names, with Google's line ends.
pub(crate) fn streamed(stream: &[u8]) -> Facts {
    let text = std::str::from_utf8(stream).unwrap();
    let text = text.replace(": ping\n\n", "");
    assert!(text.is_empty() || text.ends_with("\r\n\r\n"), "the last event is torn: {text:?}");
    let events = text.split_terminator("\r\n\r\n").filter(|event| !event.is_empty()).map(|event| {
        assert!(!event.contains(['\r', '\n']), "an event has more than one line: {event}");
        serde_json::from_str(event.strip_prefix("data: ").unwrap_or_else(|| panic!("{event}"))).unwrap()
    });
    joined(&events.collect::<Vec<_>>())
}

/// Reads a streamed answer that is one array.
pub(crate) fn array(stream: &[u8]) -> Facts {
    let pieces: Vec<Value> = serde_json::from_slice(stream)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(stream)));
    joined(&pieces)
}

/// Joins the pieces of a stream, and holds them to its grammar: one answer after the other, each of the same model and
/// id, each of one candidate; the last alone says why it ended, and an error is last.
fn joined(answers: &[Value]) -> Facts {
    let mut facts = Facts::default();
    let names = |answer: &Value| (answer["modelVersion"].clone(), answer["responseId"].clone());
    let first = answers.first().map(names).unwrap();
    let mut usage = 0;
    for (at, piece) in answers.iter().enumerate() {
        assert!(facts.error.is_none(), "something follows an error: {piece}");
        answer(piece, &mut facts);
        if facts.error.is_some() {
            continue;
        }
        assert_eq!(names(piece), first, "{piece}");
        let last = at + 1 == answers.len();
        let candidates = piece["candidates"].as_array().map_or(&[][..], Vec::as_slice);
        assert!(candidates.len() <= 1, "{piece}");
        for candidate in candidates {
            assert_eq!(candidate["index"], 0, "{piece}");
            assert_eq!(candidate["finishReason"].is_string(), last, "{piece}");
            let role = &candidate["content"]["role"];
            assert!(role.is_null() || role == "model", "{piece}");
        }
        usage += usize::from(piece["usageMetadata"].is_object());
        assert!(!last || usage > 0, "nothing tells what was used");
    }
    facts
}

fn answer(body: &Value, facts: &mut Facts) {
    let string = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let error = &body["error"];
    if !error.is_null() {
        assert!(error["code"].is_u64(), "{error}");
        facts.error = Some((string(&error["status"]), string(&error["message"])));
        return;
    }
    facts.model = string(&body["modelVersion"]);
    usage(&body["usageMetadata"], facts);
    if body["promptFeedback"]["blockReason"].is_string() {
        facts.finish = string(&body["promptFeedback"]["blockReason"]);
    }
    let candidate = &body["candidates"][0];
    for each in candidate["content"]["parts"].as_array().into_iter().flatten() {
        part(each, facts);
    }
    if candidate["finishReason"].is_string() {
        facts.finish = string(&candidate["finishReason"]);
    }
    facts.refusal.push_str(candidate["finishMessage"].as_str().unwrap_or_default());
    let grounding = &candidate["groundingMetadata"];
    for chunk in grounding["groundingChunks"].as_array().into_iter().flatten() {
        let source = if chunk["web"].is_null() { &chunk["retrievedContext"] } else { &chunk["web"] };
        facts.citations.push(string(&source["uri"]));
    }
    for source in candidate["citationMetadata"]["citations"].as_array().into_iter().flatten() {
        facts.citations.push(string(&source["uri"]));
    }
}

fn part(part: &Value, facts: &mut Facts) {
    let members = part.as_object().unwrap();
    let kinds = ["text", "functionCall", "inlineData", "executableCode", "codeExecutionResult"]
        .iter()
        .filter(|kind| members.contains_key(**kind));
    assert_eq!(kinds.count(), 1, "a part is one thing: {part}");
    let text = part["text"].as_str().unwrap_or_default();
    if part["thought"] == true {
        facts.thinking.push_str(text);
    } else {
        facts.text.push_str(text);
    }
    facts.state.extend(part["thoughtSignature"].as_str().map(str::to_owned));
    let call = &part["functionCall"];
    if call.is_object() {
        assert!(call["args"].is_object(), "{part}");
        let string = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        facts.calls.push((string(&call["id"]), string(&call["name"]), call["args"].clone()));
    }
}

fn usage(usage: &Value, facts: &mut Facts) {
    if usage.is_object() {
        let count = |name: &str| usage[name].as_u64();
        let all = |names: [&str; 2]| names.into_iter().filter_map(count).reduce(|one, other| one + other);
        facts.input = all(["promptTokenCount", "toolUsePromptTokenCount"]);
        facts.output = all(["candidatesTokenCount", "thoughtsTokenCount"]);
        facts.cached = count("cachedContentTokenCount").unwrap_or(0);
    }
}
