//! A vendor's own words, for people: its error's text, its answer's text, and nothing of a key.

use serde_json::Value;

/// The longest text that is shown, in characters.
const LONGEST: usize = 600;

/// Parts of a key shorter than this are words like others.
const SHORTEST_SECRET: usize = 8;

/// Stands for a key.
const MASK: &str = "***";

/// What an error says: the message in it, or its beginning.
pub(super) fn said(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let found = serde_json::from_slice(body).ok().and_then(|body: Value| message(&body));
    let text = found.unwrap_or_else(|| text.split_whitespace().collect::<Vec<_>>().join(" "));
    if text.is_empty() { "the answer is empty".into() } else { capped(&text) }
}

/// The message of an error, wherever vendors put it.
fn message(body: &Value) -> Option<String> {
    const PLACES: [&str; 9] = [
        "/error/message",
        "/error/error/message",
        "/error",
        "/message",
        "/Message",
        "/detail",
        "/detail/0/msg",
        "/errors/0/message",
        "/0/error/message",
    ];
    let text = |place: &&str| body.pointer(place)?.as_str().map(str::to_owned);
    PLACES.iter().find_map(text).filter(|text| !text.trim().is_empty())
}

/// The text of a chat completion.
pub(super) fn text_of(body: &[u8]) -> String {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let message = &body["choices"][0]["message"];
    let text = match &message["content"] {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
        _ => String::new(),
    };
    capped(text.trim())
}

/// A text without keys, whole or in their parts.
pub(super) fn masked<'k>(text: &str, keys: impl Iterator<Item = &'k str>) -> String {
    let mut text = text.to_owned();
    for key in keys {
        let parts = key.split(|c: char| c.is_whitespace() || matches!(c, ':' | '"' | ',' | '@'));
        let mut parts: Vec<&str> = parts.filter(|part| part.len() >= SHORTEST_SECRET).collect();
        parts.push(key);
        parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
        for part in parts.into_iter().filter(|part| !part.is_empty()) {
            text = text.replace(part, MASK);
        }
    }
    text
}

fn capped(text: &str) -> String {
    let end = text.char_indices().nth(LONGEST).map(|(at, _)| at);
    match end.and_then(|end| text.get(..end)) {
        Some(begin) => format!("{begin}…"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_is_found_wherever_it_stands() {
        let check = |body: &str, text: &str| assert_eq!(said(body.as_bytes()), text, "{body}");
        check(r#"{"error":{"message":"no such key","type":"auth"}}"#, "no such key");
        check(r#"{"error":"model not found"}"#, "model not found");
        check(r#"{"message":"bad"}"#, "bad");
        check(r#"{"detail":[{"msg":"field required"}]}"#, "field required");
        check(r#"[{"error":{"message":"API key not valid"}}]"#, "API key not valid");
        check("<html>\n <b>502</b></html>", "<html> <b>502</b></html>");
        check("", "the answer is empty");
        assert_eq!(said("x".repeat(5_000).as_bytes()).chars().count(), LONGEST + 1);
    }

    #[test]
    fn keys_are_masked_whole_and_in_parts() {
        let told = masked("bad key sk-abcdefgh1 (sk-abcdefgh1)", ["sk-abcdefgh1"].into_iter());
        assert_eq!(told, "bad key *** (***)");
        let told = masked("AKIAEXAMPLE1 is unknown", ["AKIAEXAMPLE1:secretsecret"].into_iter());
        assert_eq!(told, "*** is unknown");
        assert_eq!(masked("a b", ["a"].into_iter()), "*** b");
    }

    #[test]
    fn the_text_of_an_answer_is_taken_out() {
        assert_eq!(text_of(br#"{"choices":[{"message":{"content":" Hello. "}}]}"#), "Hello.");
        assert_eq!(text_of(br#"{"choices":[{"message":{"content":null}}]}"#), "");
    }
}
