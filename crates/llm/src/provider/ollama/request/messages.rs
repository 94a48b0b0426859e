//! Messages: the text of each is one string, pictures stand beside it in base64, results follow their calls by name
//! and in order.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use json::{Object, Text, push_text};

use crate::RequestError;
use crate::canonical::{Content, Dropped, Message, Part, Request, Role, Source, ToolUse};

/// What stands between two texts of one message.
const BETWEEN: &str = "\\n\\n";

/// The tools' names and the places of their calls, by the calls' ids.
type Calls<'r, 'a> = HashMap<String, (&'r Text<'a>, usize), RandomState>;

/// Writes `messages`.
pub(super) fn write(
    request: &Request<'_>,
    dropped: &mut Dropped,
    body: &mut Object<'_>,
) -> Result<(), RequestError> {
    if request.system.is_empty() && request.messages.iter().all(|message| message.parts.is_empty()) {
        return Err(RequestError::invalid("messages", "`messages` says nothing: all of it is empty text"));
    }
    let mut list = body.array("messages");
    if !request.system.is_empty() {
        let said = Said::of(&request.system, "system", dropped)?;
        let mut object = list.object();
        said.write("system", BETWEEN, &mut object);
        object.end();
    }
    let mut calls = Calls::default();
    let mut messages = request.messages.iter().filter(|message| !message.parts.is_empty()).peekable();
    while let Some(message) = messages.next() {
        if message.role != Role::Tool {
            plain(message, &mut calls, dropped, list.item())?;
            continue;
        }
        let mut results: Vec<(usize, &Part<'_>)> =
            message.parts.iter().map(|part| (message.index, part)).collect();
        while let Some(next) = messages.next_if(|next| next.role == Role::Tool) {
            results.extend(next.parts.iter().map(|part| (next.index, part)));
        }
        // They are told apart by their order where one tool was called several times.
        results.sort_by_key(|(_, part)| match &part.content {
            Content::ToolResult(result) => {
                calls.get(&*result.id.decode()).map_or(usize::MAX, |(_, place)| *place)
            }
            _ => usize::MAX,
        });
        for (index, part) in results {
            let mut object = list.object();
            result(index, part, &calls, dropped, &mut object)?;
            object.end();
        }
    }
    list.end();
    Ok(())
}

fn plain<'r, 'a>(
    message: &'r Message<'a>,
    calls: &mut Calls<'r, 'a>,
    dropped: &mut Dropped,
    out: &mut Vec<u8>,
) -> Result<(), RequestError> {
    let said = Said::of(&message.parts, &format!("messages[{}].content", message.index), dropped)?;
    let mut object = Object::begin(out);
    match message.role {
        Role::System => said.write("system", BETWEEN, &mut object),
        // The pieces of an answer are one text.
        Role::Assistant => said.write("assistant", "", &mut object),
        Role::User | Role::Tool => said.write("user", BETWEEN, &mut object),
    }
    for call in &said.calls {
        calls.insert(call.id.decode().into_owned(), (&call.name, calls.len()));
    }
    object.end();
    Ok(())
}

fn result(
    index: usize,
    part: &Part<'_>,
    calls: &Calls<'_, '_>,
    dropped: &mut Dropped,
    object: &mut Object<'_>,
) -> Result<(), RequestError> {
    let Content::ToolResult(result) = &part.content else { return Ok(()) };
    marked(part, dropped);
    let said = Said::of(&result.parts, &format!("messages[{index}].content"), dropped)?;
    said.write("tool", BETWEEN, object);
    let called = calls.get(&*result.id.decode()).map(|(name, _)| *name);
    if let Some(name) = called.or(result.name.as_ref()) {
        object.text("tool_name", name);
    }
    if result.is_error {
        dropped.add("messages[].is_error");
    }
    Ok(())
}

/// Names a cache marker, which Ollama has no use for: it keeps the last prompts by itself.
fn marked(part: &Part<'_>, dropped: &mut Dropped) {
    if part.cache.is_some() {
        dropped.add("messages[].cache_control");
    }
}

/// What a message says, by kind.
#[derive(Default)]
struct Said<'r, 'a> {
    texts: Vec<&'r Text<'a>>,
    thinking: Vec<&'r Text<'a>>,
    images: Vec<&'r Text<'a>>,
    calls: Vec<&'r ToolUse<'a>>,
}

// === impl Said ===

impl<'r, 'a> Said<'r, 'a> {
    fn of(parts: &'r [Part<'a>], path: &str, dropped: &mut Dropped) -> Result<Self, RequestError> {
        let refuse = |what: &str| {
            let message = format!("`{path}` has {what}, which the chosen model's provider does not take");
            Err(RequestError::unsupported(path, message))
        };
        let mut said = Self::default();
        for part in parts {
            marked(part, dropped);
            match &part.content {
                Content::Text(text) => said.texts.push(text),
                Content::Image(Source::Base64 { data, .. }) => said.images.push(data),
                Content::Image(_) => return refuse("the address of a picture"),
                Content::Audio(_) => return refuse("a recording"),
                Content::Document { source: Source::Text(text), title } => {
                    said.texts.extend(title.iter().chain([text]));
                }
                Content::Document { .. } => return refuse("a file that is no plain text"),
                Content::ToolUse(call) => said.calls.push(call),
                // It has no seal here; what has one is another vendor's.
                Content::Thinking { text, state: None } => said.thinking.push(text),
                Content::Thinking { .. } | Content::Redacted(_) => dropped.add("messages[].reasoning"),
                Content::ToolResult(_) => {}
            }
        }
        Ok(said)
    }

    fn write(&self, role: &str, between: &str, message: &mut Object<'_>) {
        message.string("role", role);
        joined(&self.texts, between, message.key("content"));
        if !self.thinking.is_empty() {
            joined(&self.thinking, "", message.key("thinking"));
        }
        if !self.images.is_empty() {
            let mut images = message.array("images");
            for image in &self.images {
                push_text(images.item(), image);
            }
            images.end();
        }
        if !self.calls.is_empty() {
            let mut calls = message.array("tool_calls");
            for call in &self.calls {
                let mut object = calls.object();
                let mut function = object.object("function");
                function.text("name", &call.name).raw("arguments", &call.arguments);
                function.end();
                object.end();
            }
            calls.end();
        }
    }
}

/// Writes texts as one string.
fn joined(texts: &[&Text<'_>], between: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for (i, text) in texts.iter().enumerate() {
        if i > 0 {
            out.extend_from_slice(between.as_bytes());
        }
        out.extend_from_slice(text.literal().as_bytes());
    }
    out.push(b'"');
}
