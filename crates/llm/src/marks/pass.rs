//! The same in bytes that pass: of Anthropic's own clients, of Converse's, and of chat completions' with those who take the
//! markers.

use json::Value;
use memchr::memmem;

use super::{EPHEMERAL, TURNS, Takes};
use crate::Dialect;
use crate::vendor::edits::Edits;

/// Converse's marker, an item behind what it marks.
const POINT: &str = r#"{"cachePoint":{"type":"default"}}"#;

/// Marks a body that has no marker. One of another dialect, or that is no JSON, stays as it is.
pub(crate) fn mark(dialect: Dialect, body: Vec<u8>, takes: Takes) -> Vec<u8> {
    let marked = |word: &str| memmem::find(&body, word.as_bytes()).is_some();
    let edits = match (dialect, std::str::from_utf8(&body)) {
        (Dialect::Anthropic, Ok(text)) if !marked("cache_control") => anthropic(text),
        (Dialect::OpenAiChat, Ok(text)) if !marked("cache_control") => chat(text),
        (Dialect::Bedrock, Ok(text)) if !marked("cachePoint") => converse(text, takes),
        _ => None,
    };
    edits.unwrap_or(body)
}

fn anthropic(text: &str) -> Option<Vec<u8>> {
    let body = Value::parse(text).ok()?;
    let mut edits = Edits::of(text);
    // One whose definition is loaded later may have no marker.
    let fits =
        |tool: &&Value<'_>| !tool.members().is_empty() && tool.get("defer_loading").as_bool() != Some(true);
    if let Some(tool) = body.get("tools").items().iter().rev().find(fits) {
        edits.insert(tool, "cache_control", EPHEMERAL);
    }
    mark_content(body.get("system"), &mut edits);
    let users = body.get("messages").items().iter().rev().filter(|message| message.get("role").is("user"));
    for message in users.take(TURNS) {
        mark_content(message.get("content"), &mut edits);
    }
    (!edits.is_empty()).then(|| edits.apply())
}

/// Of a vendor that passes Anthropic's models on: instructions at the front, and the last turns.
fn chat(text: &str) -> Option<Vec<u8>> {
    let body = Value::parse(text).ok()?;
    let mut edits = Edits::of(text);
    let messages = body.get("messages").items();
    let front = messages.iter().take_while(|message| says(message, &["system", "developer"]));
    if let Some(message) = front.last() {
        mark_content(message.get("content"), &mut edits);
    }
    let users = messages.iter().rev().filter(|message| says(message, &["user"]));
    users.take(TURNS).for_each(|message| mark_content(message.get("content"), &mut edits));
    (!edits.is_empty()).then(|| edits.apply())
}

fn says(message: &Value<'_>, roles: &[&str]) -> bool {
    roles.iter().any(|role| message.get("role").is(role))
}

/// Marks a text, which becomes a list of one block, or the last block that can have a marker.
fn mark_content<'t>(content: &Value<'t>, edits: &mut Edits<'t>) {
    if let Some(text) = content.as_text() {
        if !text.is_blank() {
            let block = format!(r#"[{{"type":"text","text":{},"cache_control":{EPHEMERAL}}}]"#, content.raw);
            edits.replace(content, block);
        }
        return;
    }
    let fits = |block: &&Value<'t>| {
        let kind = block.get("type");
        let text = kind.is("text") && block.get("text").as_text().is_some_and(|text| !text.is_blank());
        text || ["image", "document", "tool_result", "tool_use"].iter().any(|word| kind.is(word))
    };
    if let Some(block) = content.items().iter().rev().find(fits) {
        edits.insert(block, "cache_control", EPHEMERAL);
    }
}

fn converse(text: &str, takes: Takes) -> Option<Vec<u8>> {
    let body = Value::parse(text).ok()?;
    let mut edits = Edits::of(text);
    let mut behind = |list: &Value<'_>| {
        if !list.items().is_empty() {
            edits.append(list, POINT);
        }
    };
    if takes.tools {
        behind(body.get("toolConfig").get("tools"));
    }
    behind(body.get("system"));
    let users = body.get("messages").items().iter().rev().filter(|message| message.get("role").is("user"));
    users.take(TURNS).for_each(|message| behind(message.get("content")));
    (!edits.is_empty()).then(|| edits.apply())
}
