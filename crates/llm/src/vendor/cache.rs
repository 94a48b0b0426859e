//! Markers of other vendors' prompt caches in a chat request, for vendors that refuse what they do not know.

use json::{Text, Value};

use super::CacheMarkers;
use super::edits::Edits;
use crate::canonical::Dropped;

/// Anthropic's marker, which agents put into chat requests too.
const MARKER: &str = "cache_control";

/// What stands for it with OpenAI, on parts of content.
const BREAKPOINT: &str = "prompt_cache_breakpoint";

/// Takes markers out of a request, of itself, its messages, their parts and calls, and of tools. Where the model has its own
/// marker for parts, that takes their place.
pub(super) fn take_out<'t>(
    body: &Value<'t>,
    markers: CacheMarkers,
    edits: &mut Edits<'t>,
    dropped: &mut Dropped,
) {
    without(body, "", edits, dropped);
    for message in body.get("messages").items() {
        without(message, "messages[]", edits, dropped);
        for part in message.get("content").items() {
            match marker(part) {
                Some((key, value)) if markers == CacheMarkers::Breakpoint && is_free(part) => {
                    edits.rename(key, BREAKPOINT);
                    edits.replace(value, r#"{"mode":"explicit"}"#.to_owned());
                }
                _ => without(part, "messages[]", edits, dropped),
            }
        }
        for call in message.get("tool_calls").items() {
            without(call, "messages[]", edits, dropped);
        }
    }
    for (at, tool) in body.get("tools").items().iter().enumerate() {
        let path = format!("tools[{at}]");
        without(tool, &path, edits, dropped);
        without(tool.get("function"), &path, edits, dropped);
    }
}

/// The first marker of an object that says something.
fn marker<'v, 't>(object: &'v Value<'t>) -> Option<&'v (Text<'t>, Value<'t>)> {
    object.members().iter().find(|(key, value)| key.is(MARKER) && !value.is_null())
}

/// Whether a part has but one marker, and none of OpenAI's.
fn is_free(part: &Value<'_>) -> bool {
    part.members().iter().filter(|(key, _)| key.is(MARKER) || key.is(BREAKPOINT)).count() == 1
}

fn without<'t>(object: &Value<'t>, path: &str, edits: &mut Edits<'t>, dropped: &mut Dropped) {
    let all = object.members().iter().enumerate();
    let gone: Vec<usize> = all.filter(|(_, (key, _))| key.is(MARKER)).map(|(at, _)| at).collect();
    if gone.is_empty() {
        return;
    }
    if marker(object).is_some() {
        let dot = if path.is_empty() { "" } else { "." };
        dropped.add(format_args!("{path}{dot}{MARKER}"));
    }
    edits.remove(object, &gone);
}
