//! What an answer repeats of its request.

use json::{Value, push_compact};

use crate::answer_ids::literal;

/// Members of the answer and what stands for them where the request does not say.
const ALWAYS: [(&str, &str); 12] = [
    ("instructions", "null"),
    ("max_output_tokens", "null"),
    ("metadata", "{}"),
    ("parallel_tool_calls", "true"),
    ("previous_response_id", "null"),
    ("reasoning", r#"{"effort":null,"summary":null}"#),
    ("store", "true"),
    ("temperature", "1.0"),
    ("tool_choice", "\"auto\""),
    ("tools", "[]"),
    ("top_p", "1.0"),
    ("truncation", "\"disabled\""),
];

/// Members that are repeated where the request has them.
const AS_SAID: [&str; 6] = [
    "max_tool_calls",
    "prompt_cache_key",
    "prompt_cache_retention",
    "safety_identifier",
    "top_logprobs",
    "user",
];

/// The members of an answer that repeat its request, as JSON without braces, in one line; of no request, the defaults.
pub(super) fn of(request: &Value<'_>) -> String {
    let mut echo = Vec::with_capacity(512);
    for (name, default) in ALWAYS {
        push(&mut echo, name, or(request.get(name), default));
    }
    let text = request.get("text");
    let format = or(text.get("format"), r#"{"type":"text"}"#);
    let verbosity = or(text.get("verbosity"), r#""medium""#);
    push(&mut echo, "text", &format!(r#"{{"format":{format},"verbosity":{verbosity}}}"#));
    for name in AS_SAID {
        let value = request.get(name);
        if !value.is_null() {
            push(&mut echo, name, value.raw);
        }
    }
    String::from_utf8(echo).unwrap_or_default()
}

/// What an answer repeats of a request that went on from an answer that it does not name any more, if it did.
pub(crate) fn repeated(request: &Value<'_>, previous: Option<&str>) -> String {
    after(previous, &of(request))
}

/// The echo of a request that went on from an answer that it does not name any more.
pub(super) fn after(previous: Option<&str>, echo: &str) -> String {
    const NONE: &str = "\"previous_response_id\":null";
    match (previous, echo.split_once(NONE)) {
        (Some(previous), Some((before, behind))) => {
            format!("{before}\"previous_response_id\":{}{behind}", literal(previous))
        }
        _ => echo.to_owned(),
    }
}

fn or<'a>(value: &Value<'a>, default: &'a str) -> &'a str {
    if value.is_null() { default } else { value.raw }
}

fn push(echo: &mut Vec<u8>, name: &str, json: &str) {
    if !echo.is_empty() {
        echo.push(b',');
    }
    echo.push(b'"');
    echo.extend_from_slice(name.as_bytes());
    echo.extend_from_slice(b"\":");
    push_compact(echo, json);
}
