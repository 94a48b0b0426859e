//! Messages and their parts.

use json::{Array, Object, Text, push_string};

use crate::RequestError;
use crate::canonical::{Content, Dropped, Message, Part, Request, Role, Source, ToolResult, ToolUse};
use crate::provider::names::Names;

/// Writes the messages of one request.
pub(super) struct Writer<'w> {
    /// Whether the model reasons, so that it has a place for it beside its plans for tools.
    pub(super) reasons: bool,
    pub(super) names: &'w mut Names,
    pub(super) dropped: &'w mut Dropped,
}

// === impl Writer ===

impl Writer<'_> {
    pub(super) fn write(&mut self, request: &Request<'_>, body: &mut Object<'_>) -> Result<(), RequestError> {
        if request.system.is_empty() && request.messages.iter().all(|message| message.parts.is_empty()) {
            return Err(RequestError::invalid(
                "messages",
                "`messages` says nothing: all of it is empty text",
            ));
        }
        let mut list = body.array("messages");
        if !request.system.is_empty() {
            // A request of instructions alone: they are the conversation.
            let role = if request.messages.is_empty() { "user" } else { "system" };
            self.said(role, &request.system, "system", &mut list)?;
        }
        for message in request.messages.iter().filter(|message| !message.parts.is_empty()) {
            let path = format!("messages[{}].content", message.index);
            match message.role {
                Role::System => self.said("system", &message.parts, &path, &mut list)?,
                Role::User => self.said("user", &message.parts, &path, &mut list)?,
                Role::Assistant => self.assistant(message, &path, &mut list)?,
                Role::Tool => self.results(message, &path, &mut list)?,
            }
        }
        list.end();
        Ok(())
    }

    /// Names a cache marker, which Cohere has no use for: it caches by itself.
    fn marked(&mut self, part: &Part<'_>) {
        if part.cache.is_some() {
            self.dropped.add("messages[].cache_control");
        }
    }

    fn said(
        &mut self,
        role: &str,
        parts: &[Part<'_>],
        path: &str,
        list: &mut Array<'_>,
    ) -> Result<(), RequestError> {
        for part in parts {
            self.marked(part);
        }
        let mut message = list.object();
        message.string("role", role);
        if let [Part { content: Content::Text(text), .. }] = parts {
            message.text("content", text);
        } else {
            let mut content = message.array("content");
            for part in parts {
                item(part, path, &mut content)?;
            }
            content.end();
        }
        message.end();
        Ok(())
    }

    fn assistant(
        &mut self,
        message: &Message<'_>,
        path: &str,
        list: &mut Array<'_>,
    ) -> Result<(), RequestError> {
        let (mut texts, mut thinking, mut calls) = (Vec::new(), Vec::new(), Vec::new());
        for part in &message.parts {
            self.marked(part);
            match &part.content {
                Content::Text(text) => texts.push(text),
                Content::ToolUse(call) => calls.push(call),
                // It has no seal here; what has one is another vendor's.
                Content::Thinking { text, state: None } => thinking.push(text),
                Content::Thinking { .. } | Content::Redacted(_) => self.dropped.add("messages[].reasoning"),
                other => return refuse(other, path),
            }
        }
        if texts.is_empty() && thinking.is_empty() && calls.is_empty() {
            return Ok(());
        }
        let mut object = list.object();
        object.string("role", "assistant");
        if !calls.is_empty() && !self.reasons {
            plan(&thinking, &mut object);
            thinking.clear();
        }
        content(&texts, &thinking, &mut object);
        self.calls(&calls, &mut object);
        object.end();
        Ok(())
    }

    fn calls(&mut self, calls: &[&ToolUse<'_>], message: &mut Object<'_>) {
        if calls.is_empty() {
            return;
        }
        let mut list = message.array("tool_calls");
        for call in calls {
            let mut object = list.object();
            object.text("id", &call.id).string("type", "function");
            let mut function = object.object("function");
            function.string("name", &self.names.sent_or_add(&call.name));
            push_string(function.key("arguments"), &call.arguments);
            function.end();
            object.end();
        }
        list.end();
    }

    fn results(
        &mut self,
        message: &Message<'_>,
        path: &str,
        list: &mut Array<'_>,
    ) -> Result<(), RequestError> {
        for part in &message.parts {
            self.marked(part);
            let Content::ToolResult(result) = &part.content else { continue };
            if result.is_error {
                self.dropped.add("messages[].is_error");
            }
            let mut object = list.object();
            object.string("role", "tool").text("tool_call_id", &result.id);
            tool_content(result, path, &mut object)?;
            object.end();
        }
        Ok(())
    }
}

/// What the model meant to do with its tools.
fn plan(thinking: &[&Text<'_>], message: &mut Object<'_>) {
    if thinking.is_empty() {
        return;
    }
    let out = message.key("tool_plan");
    out.push(b'"');
    for text in thinking {
        out.extend_from_slice(text.literal().as_bytes());
    }
    out.push(b'"');
}

fn content(texts: &[&Text<'_>], thinking: &[&Text<'_>], message: &mut Object<'_>) {
    match (thinking, texts) {
        ([], []) => {}
        ([], [text]) => drop(message.text("content", text)),
        _ => {
            let mut content = message.array("content");
            for text in thinking {
                let mut object = content.object();
                object.string("type", "thinking").text("thinking", text);
                object.end();
            }
            for text in texts {
                text_item(text, &mut content);
            }
            content.end();
        }
    }
}

fn text_item(text: &Text<'_>, content: &mut Array<'_>) {
    let mut object = content.object();
    object.string("type", "text").text("text", text);
    object.end();
}

/// A part of a user's or a system's message.
fn item(part: &Part<'_>, path: &str, content: &mut Array<'_>) -> Result<(), RequestError> {
    match &part.content {
        Content::Text(text) => text_item(text, content),
        Content::Image(source @ (Source::Base64 { .. } | Source::Url { .. })) => {
            let mut object = content.object();
            object.string("type", "image_url");
            let mut image = object.object("image_url");
            address(source, image.key("url"));
            if let Some(detail) = &part.detail {
                image.text("detail", &detail.word);
            }
            image.end();
            object.end();
        }
        Content::Document { source: Source::Text(text), title } => {
            if let Some(title) = title {
                text_item(title, content);
            }
            text_item(text, content);
        }
        other => return refuse(other, path),
    }
    Ok(())
}

/// Where a picture is: its address, or all of it as one.
fn address(source: &Source<'_>, out: &mut Vec<u8>) {
    out.push(b'"');
    match source {
        Source::Base64 { media_type, data } => {
            for piece in ["data:", media_type.literal(), ";base64,", data.literal()] {
                out.extend_from_slice(piece.as_bytes());
            }
        }
        Source::Url { url: text, .. } | Source::Text(text) => {
            out.extend_from_slice(text.literal().as_bytes());
        }
    }
    out.push(b'"');
}

fn tool_content(result: &ToolResult<'_>, path: &str, message: &mut Object<'_>) -> Result<(), RequestError> {
    match result.parts.as_slice() {
        [] => drop(message.string("content", "")),
        [Part { content: Content::Text(text), .. }] => drop(message.text("content", text)),
        parts => {
            let mut content = message.array("content");
            for part in parts {
                match &part.content {
                    Content::Text(text) => text_item(text, &mut content),
                    Content::Document { source: Source::Text(text), title } => {
                        document(text, title.as_ref(), &mut content);
                    }
                    other => return refuse(other, path),
                }
            }
            content.end();
        }
    }
    Ok(())
}

fn document(text: &Text<'_>, title: Option<&Text<'_>>, content: &mut Array<'_>) {
    let mut object = content.object();
    object.string("type", "document");
    let mut document = object.object("document");
    let mut data = document.object("data");
    if let Some(title) = title {
        data.text("title", title);
    }
    data.text("text", text);
    data.end();
    document.end();
    object.end();
}

/// What cannot stand in a message is refused.
fn refuse(content: &Content<'_>, path: &str) -> Result<(), RequestError> {
    let what = match content {
        Content::Image(_) => "a picture where text must stand",
        Content::Audio(_) => "a recording",
        Content::Document { .. } => "a file that is no plain text",
        _ => "a part that does not belong there",
    };
    let message = format!("`{path}` has {what}, which the chosen model's provider does not take");
    Err(RequestError::unsupported(path, message))
}
