//! The input: the conversation as items.

use json::{Array, Object, Text, push_escaped, push_string};

use super::Encoder;
use super::content;
use crate::RequestError;
use crate::canonical::{Content, Message, Opaque, Origin, Part, Role, ToolResult, ToolUse};
use crate::provider::names;
use crate::vendor::CacheMarkers;

/// The longest id of a call that OpenAI takes.
const LONGEST_ID: usize = 64;

/// What stands before the text of a tool's failure.
const FAILED: &str = "Error: ";

/// What the failure of a tool says that says nothing.
const NO_REASON: &str = "the tool failed";

impl Encoder<'_, '_> {
    /// Writes `instructions` and `input`.
    pub(super) fn input(&mut self, body: &mut Object<'_>) -> Result<(), RequestError> {
        let request = self.request;
        let said = || request.messages.iter().filter(|message| !message.parts.is_empty());
        // Instructions alone are the conversation; several texts stay several, in an item.
        let alone = match request.system.as_slice() {
            [part @ Part { content: Content::Text(text), .. }]
                if said().next().is_some()
                    && (part.cache.is_none() || self.markers != CacheMarkers::Breakpoint) =>
            {
                body.text("instructions", text);
                true
            }
            system => system.is_empty(),
        };
        if request.system.is_empty() && said().next().is_none() {
            return Err(RequestError::invalid(
                "messages",
                "`messages` says nothing: all of it is empty text",
            ));
        }
        let mut items = body.array("input");
        if !alone {
            let parts: Vec<_> = request.system.iter().collect();
            self.message("developer", &parts, "system", &mut items)?;
        }
        for message in said() {
            self.turn(message, &mut items)?;
        }
        items.end();
        Ok(())
    }

    fn turn(&mut self, message: &Message<'_>, items: &mut Array<'_>) -> Result<(), RequestError> {
        let path = format!("messages[{}].content", message.index);
        if message.role == Role::Assistant {
            return self.assistant(message, &path, items);
        }
        let mut said = Vec::new();
        for part in &message.parts {
            match &part.content {
                Content::ToolResult(result) => {
                    self.note_cache(part);
                    write_result(result, &path, items)?;
                }
                _ => said.push(part),
            }
        }
        if said.is_empty() {
            return Ok(());
        }
        let role = if message.role == Role::System { "developer" } else { "user" };
        self.message(role, &said, &path, items)
    }

    /// A message of one who only says something.
    fn message(
        &mut self,
        role: &str,
        parts: &[&Part<'_>],
        path: &str,
        items: &mut Array<'_>,
    ) -> Result<(), RequestError> {
        if self.markers != CacheMarkers::Breakpoint {
            for part in parts {
                self.note_cache(part);
            }
        }
        let mut item = items.object();
        item.string("role", role);
        let marks = self.markers == CacheMarkers::Breakpoint;
        if let [part @ Part { content: Content::Text(text), .. }] = parts
            && !(marks && part.cache.is_some())
        {
            item.text("content", text);
        } else {
            let mut list = item.array("content");
            for part in parts {
                content::piece(part, self.markers, path, &mut list)?;
            }
            list.end();
        }
        item.end();
        Ok(())
    }

    /// OpenAI finds by itself what it has seen before.
    fn note_cache(&mut self, part: &Part<'_>) {
        if part.cache.is_some() {
            self.drop("messages[].cache_control");
        }
    }

    /// A turn of the assistant's, piece by piece. Reasoning must be followed by what it was for.
    fn assistant(
        &mut self,
        message: &Message<'_>,
        path: &str,
        items: &mut Array<'_>,
    ) -> Result<(), RequestError> {
        let is_said = |part: &Part<'_>| matches!(part.content, Content::Text(_) | Content::ToolUse(_));
        let end = message.parts.iter().rposition(is_said).map_or(0, |last| last + 1);
        let mut parts = message.parts.iter().enumerate().peekable();
        while let Some((index, part)) = parts.next() {
            self.note_cache(part);
            match &part.content {
                Content::Text(text) => {
                    let mut texts = vec![text];
                    // The texts of one answer were one to whoever heard it.
                    while let Some((_, Part { content: Content::Text(more), .. })) = parts.peek() {
                        texts.push(more);
                        parts.next();
                    }
                    write_text(&texts, items);
                }
                Content::ToolUse(call) => self.call(call, items),
                Content::Thinking { text, state: Some(state) } if index < end => {
                    self.reasoning_item(text, state, items);
                }
                Content::Redacted(state) if index < end => {
                    self.reasoning_item(&Text::default(), state, items);
                }
                Content::Thinking { .. } | Content::Redacted(_) => self.drop("messages[].reasoning"),
                _ => {
                    let message =
                        format!("`{path}` has a picture or a file, which only the user's messages may have");
                    return Err(RequestError::unsupported(path, message));
                }
            }
        }
        Ok(())
    }

    /// Reasoning of OpenAI's own, as it came; what another vendor thought is left out.
    fn reasoning_item(&mut self, text: &Text<'_>, state: &Opaque<'_>, items: &mut Array<'_>) {
        let Some((id, content)) = state.of(Origin::OpenAi).and_then(|data| data.split_once("~")) else {
            self.drop("messages[].reasoning");
            return;
        };
        let mut item = items.object();
        item.string("type", "reasoning");
        if !id.is_empty() {
            item.text("id", &id);
        }
        let mut summary = item.array("summary");
        if !text.is_empty() {
            let mut part = summary.object();
            part.string("type", "summary_text").text("text", text);
            part.end();
        }
        summary.end();
        item.text("encrypted_content", &content);
        item.end();
    }

    fn call(&mut self, call: &ToolUse<'_>, items: &mut Array<'_>) {
        let mut item = items.object();
        item.string("type", "function_call").string("call_id", &sent_id(&call.id));
        item.string("name", &self.names.sent_or_add(&call.name));
        push_string(item.key("arguments"), &call.arguments);
        item.end();
    }
}

fn write_result(result: &ToolResult<'_>, path: &str, items: &mut Array<'_>) -> Result<(), RequestError> {
    let mut item = items.object();
    item.string("type", "function_call_output").string("call_id", &sent_id(&result.id));
    if result.parts.iter().all(|part| matches!(part.content, Content::Text(_))) {
        result_text(result, item.key("output"));
    } else {
        let mut list = item.array("output");
        if result.is_error {
            content::text(&Text::from_literal(FAILED), &mut list);
        }
        for part in &result.parts {
            content::piece(part, CacheMarkers::Never, path, &mut list)?;
        }
        list.end();
    }
    item.end();
    Ok(())
}

/// The id of a call as it is sent: the same, or a made one that two different ids do not share.
fn sent_id(id: &Text<'_>) -> String {
    let plain = id.decode();
    let fits =
        !plain.is_empty() && plain.len() <= LONGEST_ID && plain.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { plain.into_owned() } else { format!("call_{:016x}", names::hash(&plain)) }
}

fn write_text(texts: &[&Text<'_>], items: &mut Array<'_>) {
    let mut item = items.object();
    item.string("role", "assistant");
    let out = item.key("content");
    out.push(b'"');
    for text in texts {
        out.extend_from_slice(text.literal().as_bytes());
    }
    out.push(b'"');
    item.end();
}

/// What a result says; that the tool failed is said in words, since there is no other place for it.
fn result_text(result: &ToolResult<'_>, out: &mut Vec<u8>) {
    out.push(b'"');
    if result.is_error {
        push_escaped(out, FAILED);
        if result.parts.is_empty() {
            push_escaped(out, NO_REASON);
        }
    }
    for (index, part) in result.parts.iter().enumerate() {
        if index > 0 {
            push_escaped(out, "\n");
        }
        if let Content::Text(text) = &part.content {
            out.extend_from_slice(text.literal().as_bytes());
        }
    }
    out.push(b'"');
}
