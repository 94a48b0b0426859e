//! The blocks that messages are made of.

use serde_json::Value;

use super::check::{self, Object, path, wrong};
use super::error::ApiError;
use super::fields::Version;
use super::messages::Prompt;
use super::reply;

/// What a picture or a document counts for; real models count its size.
const MEDIA_TOKENS: u32 = 85;

const USER: [&str; 6] = ["text", "image", "document", "tool_result", "search_result", "container_upload"];
const ASSISTANT: [&str; 14] = [
    "text",
    "thinking",
    "redacted_thinking",
    "tool_use",
    "document",
    "server_tool_use",
    "web_search_tool_result",
    "web_fetch_tool_result",
    "code_execution_tool_result",
    "bash_code_execution_tool_result",
    "text_editor_code_execution_tool_result",
    "tool_search_tool_result",
    "container_upload",
    "compaction",
];
const RESULT: [&str; 5] = ["text", "image", "document", "search_result", "tool_reference"];

/// Who says a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    System,
    User,
    Assistant,
    /// Inside of a tool's result.
    Result,
}

/// What of a block matters to what comes after it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Block {
    Text(String),
    Thinking,
    ToolUse { id: String, name: String },
    ToolResult { id: String, text: String },
    Other,
}

/// Reads blocks; knows what their checks depend on.
pub(super) struct Reader<'a> {
    pub(super) prompt: &'a mut Prompt,
    pub(super) version: Version,
    pub(super) seed: u64,
}

// === impl Reader ===

impl Reader<'_> {
    /// A string or a list of blocks.
    pub(super) fn content(&mut self, value: &Value, at: &str, place: Place) -> Result<Vec<Block>, ApiError> {
        if let Some(text) = value.as_str() {
            self.prompt.feed(text);
            return Ok(if text.is_empty() { Vec::new() } else { vec![Block::Text(text.to_owned())] });
        }
        let list = value.as_array();
        let list = list.ok_or_else(|| wrong(at, "Input should be a valid string or a valid list"))?;
        list.iter()
            .enumerate()
            .map(|(number, block)| self.block(block, &format!("{at}.{number}"), place))
            .collect()
    }

    fn block(&mut self, value: &Value, at: &str, place: Place) -> Result<Block, ApiError> {
        let map = check::object(at, value)?;
        let kind = check::string(&path(at, "type"), check::required(map, at, "type")?)?;
        let known: &[&str] = match place {
            Place::System => &["text"],
            Place::User => &USER,
            Place::Assistant => &ASSISTANT,
            Place::Result => &RESULT,
        };
        let late = kind == "document" && place == Place::Assistant && self.version == Version::V20261021;
        if late || !known.contains(&kind) {
            let known: Vec<_> = known.iter().map(|kind| format!("'{kind}'")).collect();
            let what = format!(
                "Input tag '{kind}' found using 'type' does not match any of the expected tags: {}",
                known.join(", ")
            );
            return Err(wrong(at, &what));
        }
        let at = path(at, kind);
        let block = match kind {
            "text" => self.text(map, &at, place)?,
            "thinking" => self.thinking(map, &at)?,
            "redacted_thinking" => {
                check::only(map, &at, &["type", "data"])?;
                check::string(&path(&at, "data"), check::required(map, &at, "data")?)?;
                Block::Thinking
            }
            "tool_use" => self.tool_use(map, &at)?,
            "tool_result" => self.tool_result(map, &at)?,
            "image" => self.media(map, &at, &["type", "source", "cache_control"])?,
            "document" => {
                self.media(map, &at, &["type", "source", "title", "context", "citations", "cache_control"])?
            }
            _ => {
                self.prompt.feed(&value.to_string());
                Block::Other
            }
        };
        self.prompt.mark(map, &at)?;
        Ok(block)
    }

    fn text(&mut self, map: &Object, at: &str, place: Place) -> Result<Block, ApiError> {
        check::only(map, at, &["type", "text", "cache_control", "citations"])?;
        let text = check::string(&path(at, "text"), check::required(map, at, "text")?)?;
        if text.is_empty() {
            return Err(ApiError::invalid("messages: text content blocks must be non-empty"));
        }
        if text.trim().is_empty() {
            return Err(ApiError::invalid("messages: text content blocks must contain non-whitespace text"));
        }
        let cited = map.get("citations").and_then(Value::as_array).is_some_and(|list| !list.is_empty());
        if cited && place == Place::User && self.version == Version::V20261021 {
            return Err(wrong(&path(at, "citations"), "Extra inputs are not permitted"));
        }
        self.prompt.feed(text);
        Ok(Block::Text(text.to_owned()))
    }

    fn thinking(&mut self, map: &Object, at: &str) -> Result<Block, ApiError> {
        check::only(map, at, &["type", "thinking", "signature"])?;
        let thought = check::string(&path(at, "thinking"), check::required(map, at, "thinking")?)?;
        let signature = check::string(&path(at, "signature"), check::required(map, at, "signature")?)?;
        if !reply::signed(self.seed, thought, signature) {
            let at = at.strip_suffix(".thinking").unwrap_or(at);
            return Err(wrong(at, "Invalid `signature` in `thinking` block"));
        }
        self.prompt.feed(thought);
        Ok(Block::Thinking)
    }

    fn tool_use(&mut self, map: &Object, at: &str) -> Result<Block, ApiError> {
        check::only(map, at, &["type", "id", "name", "input", "cache_control", "caller"])?;
        let id = check::name(&path(at, "id"), check::required(map, at, "id")?, 256)?;
        let name = check::name(&path(at, "name"), check::required(map, at, "name")?, 200)?;
        let input = check::required(map, at, "input")?;
        check::object(&path(at, "input"), input)?;
        self.prompt.feed(name);
        self.prompt.feed(&input.to_string());
        Ok(Block::ToolUse { id: id.to_owned(), name: name.to_owned() })
    }

    fn tool_result(&mut self, map: &Object, at: &str) -> Result<Block, ApiError> {
        check::only(map, at, &["type", "tool_use_id", "content", "is_error", "cache_control"])?;
        let id = check::name(&path(at, "tool_use_id"), check::required(map, at, "tool_use_id")?, 256)?;
        if let Some(failed) = map.get("is_error").filter(|failed| !failed.is_null()) {
            check::boolean(&path(at, "is_error"), failed)?;
        }
        let blocks = match map.get("content").filter(|content| !content.is_null()) {
            Some(content) => self.content(content, &path(at, "content"), Place::Result)?,
            None => Vec::new(),
        };
        Ok(Block::ToolResult { id: id.to_owned(), text: joined(&blocks) })
    }

    fn media(&mut self, map: &Object, at: &str, known: &[&str]) -> Result<Block, ApiError> {
        check::only(map, at, known)?;
        let at_source = path(at, "source");
        let source = check::object(&at_source, check::required(map, at, "source")?)?;
        let kinds: &[&str] = if at.ends_with("image") {
            &["base64", "url", "file"]
        } else {
            &["base64", "url", "file", "text", "content"]
        };
        let kind = check::required(source, &at_source, "type")?;
        let kind = check::one_of(&path(&at_source, "type"), kind, kinds)?;
        let at_source = path(&at_source, kind);
        let (fields, types): (&[&str], &[&str]) = match kind {
            "base64" if at.ends_with("image") => {
                (&["media_type", "data"], &["image/jpeg", "image/png", "image/gif", "image/webp"])
            }
            "base64" => (&["media_type", "data"], &["application/pdf"]),
            "text" => (&["media_type", "data"], &["text/plain"]),
            "url" => (&["url"], &[]),
            "file" => (&["file_id"], &[]),
            _ => (&["content"], &[]),
        };
        let allowed: Vec<_> = fields.iter().copied().chain(["type"]).collect();
        check::only(source, &at_source, &allowed)?;
        for field in fields {
            let value = check::required(source, &at_source, field)?;
            let at = path(&at_source, field);
            match (*field, kind) {
                ("media_type", _) => drop(check::one_of(&at, value, types)?),
                ("data", "base64") => base64(&at, check::string(&at, value)?)?,
                ("content", _) => {}
                _ => drop(check::string(&at, value)?),
            }
        }
        self.prompt.feed(&Value::Object(source.clone()).to_string());
        self.prompt.tokens = self.prompt.tokens.saturating_add(MEDIA_TOKENS);
        Ok(Block::Other)
    }
}

/// The texts of blocks, one below the other.
pub(super) fn joined(blocks: &[Block]) -> String {
    let text = |block: &Block| match block {
        Block::Text(text) => Some(text.clone()),
        _ => None,
    };
    blocks.iter().filter_map(text).collect::<Vec<_>>().join("\n")
}

/// Only the form: the alphabet of RFC 4648 §4 and whole groups.
fn base64(at: &str, data: &str) -> Result<(), ApiError> {
    let bare = data.trim_end_matches('=');
    let plain = bare.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(&byte));
    if plain && !bare.is_empty() && data.len().is_multiple_of(4) && data.len() - bare.len() <= 2 {
        return Ok(());
    }
    Err(wrong(at, "Input should be valid base64"))
}
