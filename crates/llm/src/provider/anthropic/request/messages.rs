//! Turns and their blocks.

use json::{Array, Object};

use super::NAMES;
use super::turns::Turn;
use crate::canonical::{Content, Origin, Part, Source, ToolResult};
use crate::provider::names::Names;

/// Writes `messages`.
pub(super) fn write(turns: &[Turn<'_, '_>], names: &mut Names, body: &mut Object<'_>) {
    let mut messages = body.array("messages");
    for turn in turns {
        let mut message = messages.object();
        message.string("role", if turn.assistant { "assistant" } else { "user" });
        match (turn.results.as_slice(), turn.parts.as_slice()) {
            ([], [Part { content: Content::Text(text), cache: None, .. }]) => {
                message.text("content", text);
            }
            (results, parts) => {
                let mut content = message.array("content");
                for part in results.iter().chain(parts) {
                    block(part, names, &mut content);
                }
                content.end();
            }
        }
        message.end();
    }
    messages.end();
}

/// Writes one block. What another vendor thought is left out: Anthropic takes its own signatures alone.
pub(super) fn block(part: &Part<'_>, names: &mut Names, blocks: &mut Array<'_>) {
    if is_foreign(&part.content) {
        return;
    }
    let mut block = blocks.object();
    match &part.content {
        Content::Text(text) => drop(block.string("type", "text").text("text", text)),
        Content::Image(image) => {
            block.string("type", "image");
            source(image, &mut block);
        }
        Content::Document { source: document, title } => {
            block.string("type", "document");
            source(document, &mut block);
            if let Some(title) = title {
                block.text("title", title);
            }
        }
        Content::ToolUse(call) => {
            block.string("type", "tool_use").string("id", &NAMES.id(&call.id));
            block.string("name", &names.sent_or_add(&call.name)).raw("input", &call.arguments);
        }
        Content::ToolResult(result) => tool_result(result, names, &mut block),
        Content::Thinking { text, state } => {
            block.string("type", "thinking").text("thinking", text);
            if let Some(state) = state {
                block.text("signature", &state.data);
            }
        }
        Content::Redacted(state) => drop(block.string("type", "redacted_thinking").text("data", &state.data)),
        // Refused before.
        Content::Audio(_) => {}
    }
    if let Some(marker) = part.cache {
        block.raw("cache_control", marker);
    }
    block.end();
}

/// Whether this is reasoning that Anthropic cannot check.
pub(super) fn is_foreign(content: &Content<'_>) -> bool {
    match content {
        Content::Thinking { state, .. } => {
            state.as_ref().is_none_or(|state| state.of(Origin::Anthropic).is_none())
        }
        Content::Redacted(state) => state.of(Origin::Anthropic).is_none(),
        _ => false,
    }
}

fn tool_result(result: &ToolResult<'_>, names: &mut Names, object: &mut Object<'_>) {
    object.string("type", "tool_result").string("tool_use_id", &NAMES.id(&result.id));
    if result.is_error {
        object.raw("is_error", "true");
    }
    match result.parts.as_slice() {
        [] => {}
        [Part { content: Content::Text(text), .. }] => drop(object.text("content", text)),
        parts => {
            let mut content = object.array("content");
            for part in parts {
                block(part, names, &mut content);
            }
            content.end();
        }
    }
}

fn source(source: &Source<'_>, block: &mut Object<'_>) {
    let mut object = block.object("source");
    match source {
        Source::Base64 { media_type, data } => {
            object.string("type", "base64").text("media_type", media_type).text("data", data);
        }
        Source::Text(text) => {
            object.string("type", "text").string("media_type", "text/plain").text("data", text);
        }
        Source::Url { url, .. } => drop(object.string("type", "url").text("url", url)),
    }
    object.end();
}
