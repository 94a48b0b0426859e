//! Turns and their blocks. Every block is a union: an object with exactly one member.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use foldhash::fast::RandomState;
use json::{Array, Object, Text, Value};

use super::Family;
use super::turns::{self, Turn};
use crate::canonical::{Content, Dropped, Part, Source, ToolResult};
use crate::provider::names::{Limits, Names, hash};

/// The longest name of a file.
const LONGEST_NAME: usize = 200;

/// The ids of calls that Converse takes, and how long they may be.
const IDS: Limits = Limits { longest: 40, marks: b"_.:-", any_start: true };
const LONGEST_ID: usize = 64;

/// What stands beside a file that comes without a word: Converse refuses it alone.
const BESIDE_A_FILE: &str = "A file is attached.";

/// Writes blocks.
pub(super) struct Writer<'w> {
    family: Family,
    names: &'w mut Names,
    dropped: &'w mut Dropped,
    /// Names of files so far, no two of which may be the same, and the last number put behind each.
    files: HashMap<String, u32, RandomState>,
}

/// Writes a marker of the prompt cache, for what stands before it.
pub(super) fn cache_point(marker: &str, blocks: &mut Array<'_>) {
    let mut block = blocks.object();
    let mut point = block.object("cachePoint");
    point.string("type", "default");
    let marker = Value::parse(marker).ok();
    if let Some(ttl) = marker.as_ref().and_then(|marker| marker.get("ttl").as_text()) {
        point.text("ttl", &ttl);
    }
    point.end();
    block.end();
}

// === impl Writer ===

impl<'w> Writer<'w> {
    pub(super) fn new(family: Family, names: &'w mut Names, dropped: &'w mut Dropped) -> Self {
        Self { family, names, dropped, files: HashMap::default() }
    }

    /// Writes `messages`.
    pub(super) fn messages(&mut self, turns: &[Turn<'_, '_>], body: &mut Object<'_>) {
        let mut messages = body.array("messages");
        for turn in turns {
            let mut message = messages.object();
            message.string("role", if turn.assistant { "assistant" } else { "user" });
            let mut content = message.array("content");
            for part in turn.results.iter().chain(&turn.parts) {
                self.block(part, &mut content);
            }
            let has = |wanted: fn(&Content<'_>) -> bool| turn.parts.iter().any(|part| wanted(&part.content));
            if has(|content| matches!(content, Content::Document { .. }))
                && !has(|content| matches!(content, Content::Text(_)))
            {
                let mut block = content.object();
                block.string("text", BESIDE_A_FILE);
                block.end();
            }
            content.end();
            message.end();
        }
        messages.end();
    }

    /// Writes one block, and the marker of the cache behind it.
    pub(super) fn block(&mut self, part: &Part<'_>, blocks: &mut Array<'_>) {
        let mut block = blocks.object();
        self.content(&part.content, &mut block);
        block.end();
        let within = match &part.content {
            Content::ToolResult(result) => result.parts.iter().rev().find_map(|part| part.cache),
            _ => None,
        };
        match part.cache.or(within) {
            Some(marker) if matches!(self.family, Family::Claude | Family::Nova) => {
                cache_point(marker, blocks);
            }
            Some(_) => self.dropped.add("messages[].cache_control"),
            None => {}
        }
    }

    /// Writes the one member of a block.
    fn content(&mut self, content: &Content<'_>, block: &mut Object<'_>) {
        match content {
            Content::Text(text) => drop(block.text("text", text)),
            Content::Image(source) => image(source, block),
            Content::Document { source, title } => self.document(source, title.as_ref(), block),
            Content::ToolUse(call) => {
                let mut object = block.object("toolUse");
                object.string("toolUseId", &id(&call.id));
                object.string("name", &self.names.sent_or_add(&call.name)).raw("input", &call.arguments);
                object.end();
            }
            Content::ToolResult(result) => self.tool_result(result, block),
            Content::Thinking { text, state } => {
                let mut reasoning = block.object("reasoningContent");
                let mut object = reasoning.object("reasoningText");
                object.text("text", text);
                if let Some(state) = state {
                    object.text("signature", &state.data);
                }
                object.end();
                reasoning.end();
            }
            Content::Redacted(state) => {
                let mut reasoning = block.object("reasoningContent");
                reasoning.text("redactedContent", &state.data);
                reasoning.end();
            }
            // Refused before.
            Content::Audio(_) => {}
        }
    }

    fn tool_result(&mut self, result: &ToolResult<'_>, block: &mut Object<'_>) {
        let mut object = block.object("toolResult");
        object.string("toolUseId", &id(&result.id));
        let mut content = object.array("content");
        for part in &result.parts {
            let blank = matches!(&part.content, Content::Text(text) if text.is_blank());
            if !blank {
                let mut block = content.object();
                self.content(&part.content, &mut block);
                block.end();
            }
        }
        content.end();
        if result.is_error {
            if matches!(self.family, Family::Claude | Family::Nova) {
                object.string("status", "error");
            } else {
                self.dropped.add("messages[].is_error");
            }
        }
        object.end();
    }

    fn document(&mut self, source: &Source<'_>, title: Option<&Text<'_>>, block: &mut Object<'_>) {
        let name = self.file_name(title);
        let mut object = block.object("document");
        let format = match source {
            Source::Base64 { media_type, .. } => turns::document_format(media_type),
            Source::Text(_) | Source::Url { .. } => None,
        };
        object.string("format", format.unwrap_or("txt")).string("name", &name);
        bytes(source, &mut object);
        object.end();
    }

    /// A name that Converse takes, and no other file of the request has.
    fn file_name(&mut self, title: Option<&Text<'_>>) -> String {
        let title = title.map(Text::decode).unwrap_or_default();
        let fit = |character: char| match character {
            '-' | '(' | ')' | '[' | ']' => character,
            _ if character.is_ascii_alphanumeric() => character,
            _ if character.is_whitespace() => ' ',
            _ => '-',
        };
        let fitting: String = title.chars().map(fit).take(LONGEST_NAME - 8).collect();
        let words: Vec<&str> = fitting.split_whitespace().collect();
        let plain = if words.is_empty() { "document".to_owned() } else { words.join(" ") };
        let mut count = self.files.get(&plain).copied().unwrap_or(0);
        let mut name = plain.clone();
        while self.files.contains_key(&name) {
            count = count.saturating_add(1);
            name = format!("{plain} {count}");
        }
        self.files.insert(plain, count);
        self.files.entry(name.clone()).or_insert(0);
        name
    }
}

/// The id of a call as it is sent: the same, or a made one that two different ids do not share.
fn id(id: &Text<'_>) -> String {
    let sent = IDS.id(id);
    if sent.len() <= LONGEST_ID {
        return sent;
    }
    let front: String = sent.chars().take(IDS.longest).collect();
    format!("{front}_{:016x}", hash(&id.decode()))
}

fn image(source: &Source<'_>, block: &mut Object<'_>) {
    let mut object = block.object("image");
    let format = match source {
        Source::Base64 { media_type, .. } => turns::image_format(media_type),
        Source::Text(_) | Source::Url { .. } => None,
    };
    object.string("format", format.unwrap_or("png"));
    bytes(source, &mut object);
    object.end();
}

/// Writes the bytes in base64.
fn bytes(source: &Source<'_>, object: &mut Object<'_>) {
    let mut inner = object.object("source");
    match source {
        Source::Base64 { data, .. } => drop(inner.text("bytes", data)),
        Source::Text(text) => drop(inner.string("bytes", &STANDARD.encode(text.decode().as_bytes()))),
        // Refused before.
        Source::Url { .. } => {}
    }
    inner.end();
}
