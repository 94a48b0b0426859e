//! The blocks that messages are made of.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::error::ApiError;
use super::messages::Talk;
use super::thought;
use crate::shape::{given, items, text};

/// What a picture or a document counts for; real models count its size.
const MEDIA_TOKENS: u32 = 85;

/// The largest picture and document, in bytes, and the most documents of a request.
const LARGEST_IMAGE: usize = 3_750_000;
const LARGEST_DOCUMENT: usize = 4_500_000;
const MOST_DOCUMENTS: usize = 5;

/// What each role can say.
const USER: [&str; 10] = [
    "text",
    "image",
    "document",
    "video",
    "audio",
    "toolResult",
    "guardContent",
    "cachePoint",
    "searchResult",
    "citationsContent",
];
const ASSISTANT: [&str; 8] = [
    "text",
    "toolUse",
    "reasoningContent",
    "citationsContent",
    "cachePoint",
    "image",
    "toolAddition",
    "toolRemoval",
];
const SYSTEM: [&str; 2] = ["text", "cachePoint"];

/// Whose message a block stands in.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) at: usize,
    pub(super) role: &'a str,
    pub(super) seed: u64,
}

/// What of a block matters to what comes after it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Block {
    Text(String),
    Thought,
    ToolUse { id: String, name: String },
    ToolResult { id: String, text: String },
    Document,
    Other,
}

// === impl Block ===

impl Block {
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// A block of the system's prompt.
pub(super) fn system(talk: &mut Talk, at: usize, block: &Value) -> Result<(), ApiError> {
    match member(block) {
        ("text", Value::String(text)) => {
            blank(text, "SystemContentBlock", &format!("system.{at}"))?;
            talk.heard.add(text);
            Ok(())
        }
        ("cachePoint", point) => talk.marks.set(&talk.heard, text(point, "ttl")),
        (_, other) => {
            talk.heard.add(&other.to_string());
            Ok(())
        }
    }
}

/// A block of a message.
pub(super) fn read(
    talk: &mut Talk,
    place: Place<'_>,
    number: usize,
    block: &Value,
) -> Result<Block, ApiError> {
    let Place { at, role, seed } = place;
    let here = format!("messages.{at}.content.{number}");
    let (kind, inner) = member(block);
    let known: &[&str] = match role {
        "user" => &USER,
        "assistant" => &ASSISTANT,
        _ => &SYSTEM,
    };
    if !known.contains(&kind) {
        return Err(ApiError::invalid(format!(
            "Messages with the role {role} can't contain {kind} blocks. Remove the block at {here} and try again."
        )));
    }
    match kind {
        "text" => {
            let text = inner.as_str().unwrap_or_default();
            blank(text, "ContentBlock", &here)?;
            talk.heard.add(text);
            Ok(Block::Text(text.to_owned()))
        }
        "cachePoint" => {
            talk.marks.set(&talk.heard, text(inner, "ttl"))?;
            Ok(Block::Other)
        }
        "toolUse" => tool_use(talk, &here, inner),
        "toolResult" => tool_result(talk, &here, inner),
        "reasoningContent" => reasoning(talk, &here, inner, seed),
        "image" => image(talk, inner).map(|()| Block::Other),
        "document" => document(talk, inner).map(|()| Block::Document),
        _ => {
            talk.heard.add(&inner.to_string());
            Ok(Block::Other)
        }
    }
}

/// The member that a union sets; its shape was checked.
fn member(block: &Value) -> (&str, &Value) {
    let set = block.as_object().into_iter().flatten().find(|(_, value)| !value.is_null());
    set.map_or(("", &Value::Null), |(name, value)| (name.as_str(), value))
}

fn blank(text: &str, block: &str, at: &str) -> Result<(), ApiError> {
    if !text.trim().is_empty() {
        return Ok(());
    }
    let message = format!(
        "The text field in the {block} object at {at} is blank. Add text to the text field, and try again."
    );
    Err(ApiError::invalid(message))
}

fn tool_use(talk: &mut Talk, at: &str, inner: &Value) -> Result<Block, ApiError> {
    let (id, name) = (text(inner, "toolUseId"), text(inner, "name"));
    tool_use_id(id, &format!("{at}.toolUse.toolUseId"))?;
    tool_name(name, &format!("{at}.toolUse.name"))?;
    let input = inner.get("input").unwrap_or(&Value::Null);
    if !input.is_object() {
        return Err(ApiError::invalid(format!(
            "The format of the value at {at}.toolUse.input is invalid. Provide a json object for the field and try \
             again."
        )));
    }
    talk.has_tools = true;
    talk.heard.add(name);
    talk.heard.add(&input.to_string());
    Ok(Block::ToolUse { id: id.to_owned(), name: name.to_owned() })
}

fn tool_result(talk: &mut Talk, at: &str, inner: &Value) -> Result<Block, ApiError> {
    let id = text(inner, "toolUseId");
    tool_use_id(id, &format!("{at}.toolResult.toolUseId"))?;
    talk.has_tools = true;
    let mut texts = Vec::new();
    for (number, part) in items(inner, "content").iter().enumerate() {
        match member(part) {
            ("text", Value::String(text)) => texts.push(text.clone()),
            ("json", json) if json.is_object() => texts.push(json.to_string()),
            ("json", _) => {
                return Err(ApiError::invalid(format!(
                    "The format of the value at {at}.toolResult.content.{number}.json is invalid. Provide a json \
                     object for the field and try again."
                )));
            }
            ("image", inner) => image(talk, inner)?,
            ("document", inner) => document(talk, inner)?,
            (_, other) => texts.push(other.to_string()),
        }
    }
    let text = texts.join("\n");
    talk.heard.add(&text);
    Ok(Block::ToolResult { id: id.to_owned(), text })
}

/// Only thoughts that this simulator signed can be given back.
fn reasoning(talk: &mut Talk, at: &str, inner: &Value, seed: u64) -> Result<Block, ApiError> {
    if let Some(inner) = given(inner, "reasoningText") {
        let (thought, signature) = (text(inner, "text"), text(inner, "signature"));
        if signature.is_empty() {
            return Err(ApiError::of_model(&format!("{at}.thinking.signature: Field required")));
        }
        if !thought::signed(seed, thought, signature) {
            return Err(ApiError::of_model(&format!("{at}: Invalid `signature` in `thinking` block")));
        }
        talk.heard.add(thought);
        return Ok(Block::Thought);
    }
    if !thought::hidden(seed, text(inner, "redactedContent")) {
        return Err(ApiError::of_model(&format!("{at}: Invalid `data` in `redacted_thinking` block")));
    }
    Ok(Block::Thought)
}

fn image(talk: &mut Talk, inner: &Value) -> Result<(), ApiError> {
    let bytes = bytes(inner);
    if bytes.len() > LARGEST_IMAGE {
        return Err(ApiError::invalid("The image exceeds the maximum size of 3.75 MB."));
    }
    let right = match text(inner, "format") {
        _ if bytes.is_empty() => true,
        "png" => bytes.starts_with(b"\x89PNG"),
        "jpeg" => bytes.starts_with(b"\xff\xd8"),
        "gif" => bytes.starts_with(b"GIF8"),
        _ => bytes.starts_with(b"RIFF"),
    };
    if !right {
        return Err(ApiError::of_model("Could not process image"));
    }
    talk.heard.add_media(&inner.to_string(), MEDIA_TOKENS);
    Ok(())
}

fn document(talk: &mut Talk, inner: &Value) -> Result<(), ApiError> {
    let name = text(inner, "name");
    let plain = |c: char| c.is_ascii_alphanumeric() || c.is_whitespace() || "-()[]".contains(c);
    let gaps = name.chars().zip(name.chars().skip(1)).any(|(a, b)| a.is_whitespace() && b.is_whitespace());
    if !name.chars().all(plain) || gaps {
        return Err(ApiError::invalid(
            "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, \
             parentheses, and square brackets. The name can't contain more than one consecutive whitespace character.",
        ));
    }
    if talk.documents.iter().any(|known| known == name) {
        return Err(ApiError::invalid("The document file name must be unique in the request."));
    }
    talk.documents.push(name.to_owned());
    if talk.documents.len() > MOST_DOCUMENTS {
        let message = format!("You can include up to {MOST_DOCUMENTS} documents in a request.");
        return Err(ApiError::invalid(message));
    }
    if bytes(inner).len() > LARGEST_DOCUMENT {
        return Err(ApiError::invalid("The document exceeds the maximum size of 4.5 MB."));
    }
    talk.heard.add_media(&inner.to_string(), MEDIA_TOKENS);
    Ok(())
}

fn bytes(inner: &Value) -> Vec<u8> {
    let data = given(inner, "source").map(|source| text(source, "bytes")).unwrap_or_default();
    STANDARD.decode(data).unwrap_or_default()
}

fn tool_use_id(id: &str, at: &str) -> Result<(), ApiError> {
    if id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte)) {
        return Ok(());
    }
    Err(pattern(id, at, "[a-zA-Z0-9_.:-]+"))
}

/// A letter, then letters, digits, `_` and `-`.
pub(super) fn tool_name(name: &str, at: &str) -> Result<(), ApiError> {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if plain && name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Ok(());
    }
    Err(pattern(name, at, "[a-zA-Z][a-zA-Z0-9_-]*"))
}

fn pattern(value: &str, at: &str, pattern: &str) -> ApiError {
    ApiError::invalid(format!(
        "1 validation error detected: Value '{value}' at '{at}' failed to satisfy constraint: Member must satisfy \
         regular expression pattern: {pattern}"
    ))
}
