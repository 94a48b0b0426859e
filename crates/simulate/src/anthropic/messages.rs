//! The messages of a request: their order where tools are used, and what of them can be cached.

use serde_json::Value;

use super::blocks::{Block, Place, Reader, joined};
use super::check::{self, Object, path, wrong};
use super::error::ApiError;
use super::fields::Version;
use crate::script;
use crate::seed;
use crate::synth::{self, Cache};

/// Each message costs this many tokens besides its blocks.
const MESSAGE_TOKENS: u32 = 4;

/// The most marks that a request can set for the cache.
const MOST_MARKS: usize = 4;

/// What was said, boiled down to what the answer is made from.
#[derive(Debug, Default)]
pub(super) struct Prompt {
    /// A hash of everything up to here.
    running: u64,
    pub(super) tokens: u32,
    marks: Vec<Mark>,
    /// The text of the last user message that has some.
    pub(super) user: String,
    /// Tool results of the last message: the tool's name and what it gave.
    pub(super) results: Vec<(String, String)>,
    /// How many results came since the user spoke.
    pub(super) returned: usize,
    /// Whether the last message holds tool results.
    pub(super) after_tool: bool,
    /// Where the last assistant message is that used a tool, unless it began with a thought.
    pub(super) unthinking: Option<usize>,
}

/// A place up to which the prompt is to be cached.
#[derive(Clone, Copy, Debug)]
struct Mark {
    hash: u64,
    tokens: u32,
    hour: bool,
}

/// How the cache was used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cached {
    /// Tokens after the last mark: neither read nor written.
    pub(super) fresh: u32,
    pub(super) read: u32,
    pub(super) written_5m: u32,
    pub(super) written_1h: u32,
}

// === impl Prompt ===

impl Prompt {
    /// Takes in a text.
    pub(super) fn feed(&mut self, text: &str) {
        self.running = seed::hash(&[&self.running.to_le_bytes(), text.as_bytes()]);
        self.tokens = self.tokens.saturating_add(synth::count(text));
    }

    /// A hash of everything.
    pub(super) fn hash(&self) -> u64 {
        self.running
    }

    /// Notes a mark for the cache, if the object sets one.
    pub(super) fn mark(&mut self, map: &Object, at: &str) -> Result<(), ApiError> {
        let Some(value) = map.get("cache_control").filter(|value| !value.is_null()) else { return Ok(()) };
        let at = path(at, "cache_control");
        let inner = check::object(&at, value)?;
        check::only(inner, &at, &["type", "ttl"])?;
        check::one_of(&path(&at, "type"), check::required(inner, &at, "type")?, &["ephemeral"])?;
        let ttl = match inner.get("ttl").filter(|ttl| !ttl.is_null()) {
            Some(ttl) => check::one_of(&path(&at, "ttl"), ttl, &["5m", "1h"])?,
            None => "5m",
        };
        if self.marks.len() >= MOST_MARKS {
            let message = format!("A maximum of {MOST_MARKS} blocks with cache_control may be provided.");
            return Err(ApiError::invalid(message));
        }
        self.marks.push(Mark { hash: self.running, tokens: self.tokens, hour: ttl == "1h" });
        Ok(())
    }

    /// What the cache gives and takes: the longest marked beginning that it holds is read, what follows
    /// up to the last mark is written.
    pub(super) fn caching(&self, cache: &Cache, caller: u64, model: &str) -> Cached {
        let key = |mark: &Mark| {
            seed::hash(&[b"anthropic", &caller.to_le_bytes(), model.as_bytes(), &mark.hash.to_le_bytes()])
        };
        let held = self.marks.iter().rposition(|mark| cache.holds(key(mark)));
        let read = held.and_then(|at| self.marks.get(at)).map_or(0, |mark| mark.tokens);
        let mut cached = Cached { read, ..Cached::default() };
        let mut up_to = read;
        for mark in self.marks.iter().skip(held.map_or(0, |at| at + 1)) {
            let part = mark.tokens.saturating_sub(up_to);
            let written = if mark.hour { &mut cached.written_1h } else { &mut cached.written_5m };
            *written += part;
            up_to = mark.tokens;
            cache.keep(key(mark));
        }
        cached.fresh = self.tokens.saturating_sub(up_to);
        cached
    }
}

/// A call that waits for its result: its id and tool.
type Call = (String, String);

/// Checks all messages after the system prompt.
pub(super) fn read(list: &[Value], prompt: &mut Prompt, version: Version, seed: u64) -> Result<(), ApiError> {
    if list.is_empty() {
        return Err(ApiError::invalid("messages: at least one message is required"));
    }
    let mut open: Vec<Call> = Vec::new();
    let mut ids: Vec<String> = Vec::new();
    for (at, message) in list.iter().enumerate() {
        let last = at + 1 == list.len();
        let (role, blocks) = one(at, message, last, Reader { prompt, version, seed })?;
        if at == 0 && role != "user" && role != "system" {
            return Err(ApiError::invalid("messages: first message must use the \"user\" role"));
        }
        results(at, &blocks, &open, prompt)?;
        open = calls(at, &blocks, &mut ids, prompt)?;
        if last {
            ending(at, role, &blocks, &open)?;
        }
    }
    Ok(())
}

fn one<'a>(
    at: usize,
    message: &'a Value,
    last: bool,
    mut reader: Reader<'_>,
) -> Result<(&'a str, Vec<Block>), ApiError> {
    let at_path = format!("messages.{at}");
    let map = check::object(&at_path, message)?;
    check::only(map, &at_path, &["role", "content"])?;
    let roles: &[&str] = match reader.version {
        Version::V20230601 => &["user", "assistant"],
        Version::V20261021 => &["user", "assistant", "system"],
    };
    let role = check::one_of(&path(&at_path, "role"), check::required(map, &at_path, "role")?, roles)?;
    let place = match role {
        "assistant" => Place::Assistant,
        "system" => Place::System,
        _ => Place::User,
    };
    reader.prompt.tokens = reader.prompt.tokens.saturating_add(MESSAGE_TOKENS);
    reader.prompt.feed(role);
    let content = check::required(map, &at_path, "content")?;
    let blocks = reader.content(content, &path(&at_path, "content"), place)?;
    if blocks.is_empty() && !(last && role == "assistant") {
        let message = format!(
            "{at_path}: all messages must have non-empty content except for the optional final assistant message"
        );
        return Err(ApiError::invalid(message));
    }
    if role == "user" {
        let text = joined(&blocks);
        // What agents say beside a result ends no script that is being followed.
        let beside = blocks.iter().any(|block| matches!(block, Block::ToolResult { .. }));
        let kept = beside && script::follows(&reader.prompt.user);
        if !text.is_empty() && !kept {
            reader.prompt.user = text;
            reader.prompt.returned = 0;
        }
    }
    Ok((role, blocks))
}

/// Every call of the message before has its result here, first of all, and there is no other result.
fn results(at: usize, blocks: &[Block], open: &[Call], prompt: &mut Prompt) -> Result<(), ApiError> {
    let mut given: Vec<&str> = Vec::new();
    prompt.results.clear();
    let mut others = false;
    for (number, block) in blocks.iter().enumerate() {
        let Block::ToolResult { id, text } = block else {
            others = true;
            continue;
        };
        let call = open.iter().find(|(call, _)| call == id);
        let Some((_, name)) = call else {
            let what = format!(
                "unexpected `tool_use_id` found in `tool_result` blocks: {id}. Each `tool_result` block must have \
                 a corresponding `tool_use` block in the previous message."
            );
            return Err(wrong(&format!("messages.{at}.content.{number}"), &what));
        };
        if others {
            return Err(unanswered(at - 1, &[id]));
        }
        if given.contains(&id.as_str()) {
            let what = format!(
                "each tool_use must have a single result. Found multiple `tool_result` blocks with id: {id}"
            );
            return Err(wrong(&format!("messages.{at}.content.{number}"), &what));
        }
        given.push(id);
        prompt.results.push((name.clone(), text.clone()));
        prompt.returned += 1;
    }
    let missing: Vec<&str> =
        open.iter().map(|(id, _)| id.as_str()).filter(|id| !given.contains(id)).collect();
    prompt.after_tool = !given.is_empty();
    if missing.is_empty() { Ok(()) } else { Err(unanswered(at - 1, &missing)) }
}

fn unanswered(at: usize, ids: &[&str]) -> ApiError {
    let what = format!(
        "`tool_use` ids were found without `tool_result` blocks immediately after: {}. Each `tool_use` block must \
         have a corresponding `tool_result` block in the next message.",
        ids.join(", ")
    );
    wrong(&format!("messages.{at}"), &what)
}

/// The calls of a message; no two of a conversation have the same id.
fn calls(
    at: usize,
    blocks: &[Block],
    ids: &mut Vec<String>,
    prompt: &mut Prompt,
) -> Result<Vec<Call>, ApiError> {
    let mut open = Vec::new();
    for block in blocks {
        let Block::ToolUse { id, name } = block else { continue };
        if ids.contains(id) {
            return Err(wrong(&format!("messages.{at}"), "`tool_use` ids must be unique"));
        }
        ids.push(id.clone());
        open.push((id.clone(), name.clone()));
    }
    if !open.is_empty() {
        prompt.unthinking = (blocks.first() != Some(&Block::Thinking)).then_some(at);
    }
    Ok(open)
}

/// How a conversation can end: not with a call, and not with white space that the model would go on from.
fn ending(at: usize, role: &str, blocks: &[Block], open: &[Call]) -> Result<(), ApiError> {
    if !open.is_empty() {
        let ids: Vec<_> = open.iter().map(|(id, _)| id.as_str()).collect();
        return Err(unanswered(at, &ids));
    }
    match blocks.last() {
        Some(Block::Text(text)) if role == "assistant" && text.ends_with(char::is_whitespace) => {
            Err(ApiError::invalid("messages: final assistant content cannot end with trailing whitespace"))
        }
        _ => Ok(()),
    }
}
