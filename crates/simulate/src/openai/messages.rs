//! The messages of a chat request: their shapes, and their order where tools are called.

use serde_json::Value;

use super::check::{self, Object, path};
use super::error::ApiError;
use crate::synth;

const ROLES: [&str; 6] = ["system", "assistant", "user", "function", "tool", "developer"];

/// What a picture, a sound or a file counts for; real models count its size.
pub(super) const MEDIA_TOKENS: u32 = 85;

/// Each message costs this many tokens besides its text, and the prompt three more.
pub(super) const MESSAGE_TOKENS: u32 = 4;
pub(super) const PROMPT_TOKENS: u32 = 3;

/// What was said, boiled down to what the answer is made from.
#[derive(Debug, Default)]
pub(super) struct Prompt {
    /// All texts, one after the other.
    pub(super) text: String,
    /// The text of the last user message.
    pub(super) user: String,
    /// Tool results after the last user message: the tool's name and what it gave.
    pub(super) results: Vec<(String, String)>,
    /// Whether the last message is a tool's.
    pub(super) after_tool: bool,
    pub(super) tokens: u32,
}

/// Reads the messages one after the other.
#[derive(Default)]
struct Reader {
    prompt: Prompt,
    /// Calls of the assistant message at `asked_at` that have no result yet: id and tool.
    open: Vec<(String, String)>,
    /// All calls of that message.
    asked: Vec<(String, String)>,
    asked_at: usize,
}

/// Checks all messages.
pub(super) fn read(messages: &[Value]) -> Result<Prompt, ApiError> {
    if messages.is_empty() {
        let message = "Invalid 'messages': empty array. Expected an array with minimum length 1.";
        return Err(ApiError::of("messages", message).code("empty_array"));
    }
    let mut reader = Reader::default();
    for (at, message) in messages.iter().enumerate() {
        reader.message(at, message)?;
    }
    reader.all_answered()?;
    let mut prompt = reader.prompt;
    prompt.tokens = prompt.tokens.saturating_add(PROMPT_TOKENS);
    Ok(prompt)
}

// === impl Reader ===

impl Reader {
    fn message(&mut self, at: usize, message: &Value) -> Result<(), ApiError> {
        let at_path = format!("messages[{at}]");
        let map = check::object(&at_path, message)?;
        let role = check::required(map, &at_path, "role")?;
        let role = check::one_of(&path(&at_path, "role"), role, &ROLES)?;
        if role != "tool" {
            self.all_answered()?;
        }
        self.prompt.tokens = self.prompt.tokens.saturating_add(MESSAGE_TOKENS);
        self.prompt.after_tool = matches!(role, "tool" | "function");
        match role {
            "assistant" => self.assistant(at, map, &at_path),
            "tool" => self.tool(map, &at_path),
            "function" => self.function(map, &at_path),
            _ => self.said(role, map, &at_path),
        }
    }

    /// A message of the system, the developer or the user.
    fn said(&mut self, role: &str, map: &Object, at: &str) -> Result<(), ApiError> {
        check::only(map, at, &["role", "content", "name"])?;
        if let Some(name) = map.get("name") {
            check::string(&path(at, "name"), name)?;
        }
        let kinds: &[&str] =
            if role == "user" { &["text", "image_url", "input_audio", "file"] } else { &["text"] };
        let content = check::required(map, at, "content")?;
        let text = self.content(content, &path(at, "content"), kinds)?;
        if role == "user" {
            self.prompt.user = text;
            self.prompt.results.clear();
        }
        Ok(())
    }

    fn assistant(&mut self, at: usize, map: &Object, at_path: &str) -> Result<(), ApiError> {
        let known =
            ["role", "content", "name", "tool_calls", "refusal", "audio", "function_call", "annotations"];
        check::only(map, at_path, &known)?;
        let given = |name: &str| map.get(name).filter(|value| !value.is_null());
        let says = given("content");
        if says.is_none()
            && !["tool_calls", "function_call", "audio", "refusal"].iter().any(|name| given(name).is_some())
        {
            let param = path(at_path, "content");
            let message = format!("Invalid value for '{param}': expected a string, got null.");
            return Err(ApiError::of(&param, message).code("invalid_value"));
        }
        if let Some(content) = says {
            self.content(content, &path(at_path, "content"), &["text", "refusal"])?;
        }
        let Some(calls) = given("tool_calls") else { return Ok(()) };
        let param = path(at_path, "tool_calls");
        let calls = check::array(&param, calls)?;
        if calls.is_empty() {
            let message = format!("Invalid '{param}': empty array. Expected an array with minimum length 1.");
            return Err(ApiError::of(&param, message).code("empty_array"));
        }
        self.asked_at = at;
        self.asked.clear();
        for (number, call) in calls.iter().enumerate() {
            self.call(call, &format!("{param}[{number}]"))?;
        }
        self.open = self.asked.clone();
        Ok(())
    }

    fn call(&mut self, call: &Value, at: &str) -> Result<(), ApiError> {
        let map = check::object(at, call)?;
        check::only(map, at, &["id", "type", "function", "custom"])?;
        let id = check::string(&path(at, "id"), check::required(map, at, "id")?)?;
        let kind = check::required(map, at, "type")?;
        let kind = check::one_of(&path(at, "type"), kind, &["function", "custom"])?;
        let input = if kind == "function" { "arguments" } else { "input" };
        let inner_path = path(at, kind);
        let inner = check::object(&inner_path, check::required(map, at, kind)?)?;
        check::only(inner, &inner_path, &["name", input])?;
        let name = check::name(&path(&inner_path, "name"), check::required(inner, &inner_path, "name")?)?;
        let input = check::string(&path(&inner_path, input), check::required(inner, &inner_path, input)?)?;
        self.add(name);
        self.add(input);
        self.asked.push((id.to_owned(), name.to_owned()));
        Ok(())
    }

    fn tool(&mut self, map: &Object, at: &str) -> Result<(), ApiError> {
        check::only(map, at, &["role", "content", "tool_call_id", "name"])?;
        let param = path(at, "tool_call_id");
        let id = check::string(&param, check::required(map, at, "tool_call_id")?)?.to_owned();
        if self.asked.is_empty() {
            let message = "Invalid parameter: messages with role 'tool' must be a response to a preceding \
                           message with 'tool_calls'.";
            return Err(ApiError::of(&path(at, "role"), message));
        }
        let Some((_, name)) = self.asked.iter().find(|(asked, _)| *asked == id).cloned() else {
            let message = format!(
                "Invalid parameter: 'tool_call_id' of '{id}' not found in 'tool_calls' of previous message."
            );
            return Err(ApiError::of(&param, message));
        };
        self.open.retain(|(asked, _)| *asked != id);
        let content = check::required(map, at, "content")?;
        let text = self.content(content, &path(at, "content"), &["text"])?;
        self.prompt.results.push((name, text));
        Ok(())
    }

    fn function(&mut self, map: &Object, at: &str) -> Result<(), ApiError> {
        check::only(map, at, &["role", "content", "name"])?;
        let name = check::string(&path(at, "name"), check::required(map, at, "name")?)?.to_owned();
        let content = check::string(&path(at, "content"), check::required(map, at, "content")?)?;
        self.add(content);
        self.prompt.results.push((name, content.to_owned()));
        Ok(())
    }

    /// Every call must have its result before anything else is said.
    fn all_answered(&mut self) -> Result<(), ApiError> {
        self.asked.clear();
        if self.open.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = self.open.iter().map(|(id, _)| id.as_str()).collect();
        let message = format!(
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each \
             'tool_call_id'. The following tool_call_ids did not have response messages: {}",
            ids.join(", ")
        );
        Err(ApiError::of(&format!("messages[{}].role", self.asked_at), message))
    }

    /// A string or a list of parts; gives the text of it.
    fn content(&mut self, content: &Value, at: &str, kinds: &[&str]) -> Result<String, ApiError> {
        if let Some(text) = content.as_str() {
            self.add(text);
            return Ok(text.to_owned());
        }
        let parts = content.as_array();
        let parts =
            parts.ok_or_else(|| check::wrong_type(at, "one of a string or array of objects", content))?;
        if parts.is_empty() {
            let message = format!("Invalid '{at}': empty array. Expected an array with minimum length 1.");
            return Err(ApiError::of(at, message).code("empty_array"));
        }
        let mut texts = Vec::new();
        for (number, part) in parts.iter().enumerate() {
            let at = format!("{at}[{number}]");
            let map = check::object(&at, part)?;
            let kind = check::one_of(&path(&at, "type"), check::required(map, &at, "type")?, kinds)?;
            if let Some(text) = self.part(kind, map, &at)? {
                texts.push(text);
            }
        }
        Ok(texts.join("\n"))
    }

    fn part<'a>(&mut self, kind: &'a str, map: &'a Object, at: &str) -> Result<Option<&'a str>, ApiError> {
        check::only(map, at, &["type", kind, "prompt_cache_breakpoint"])?;
        let inner = check::required(map, at, kind)?;
        let at = path(at, kind);
        if matches!(kind, "text" | "refusal") {
            let text = check::string(&at, inner)?;
            self.add(text);
            return Ok(Some(text));
        }
        self.prompt.tokens = self.prompt.tokens.saturating_add(MEDIA_TOKENS);
        let inner = check::object(&at, inner)?;
        match kind {
            "image_url" => image(inner, &at)?,
            "input_audio" => {
                check::only(inner, &at, &["data", "format"])?;
                check::string(&path(&at, "data"), check::required(inner, &at, "data")?)?;
                check::one_of(&path(&at, "format"), check::required(inner, &at, "format")?, &["wav", "mp3"])?;
            }
            _ => check::only(inner, &at, &["filename", "file_data", "file_id"])?,
        }
        Ok(None)
    }

    fn add(&mut self, text: &str) {
        self.prompt.tokens = self.prompt.tokens.saturating_add(synth::count(text));
        self.prompt.text.push_str(text);
        self.prompt.text.push('\n');
    }
}

fn image(inner: &Object, at: &str) -> Result<(), ApiError> {
    check::only(inner, at, &["url", "detail"])?;
    if let Some(detail) = inner.get("detail") {
        check::one_of(&path(at, "detail"), detail, &["auto", "low", "high"])?;
    }
    let param = path(at, "url");
    image_url(&param, check::string(&param, check::required(inner, at, "url")?)?)
}

/// A picture is given by an address or as base64.
pub(super) fn image_url(param: &str, url: &str) -> Result<(), ApiError> {
    let data = url.strip_prefix("data:").map(|rest| rest.split_once(";base64,"));
    let right = match data {
        Some(Some((kind, bytes))) => kind.starts_with("image/") && !bytes.is_empty(),
        Some(None) => false,
        None => url.starts_with("https://") || url.starts_with("http://"),
    };
    if right {
        return Ok(());
    }
    let message = "Invalid image URL: expected an http(s) URL or base64-encoded image data.";
    Err(ApiError::of(param, message).code("invalid_image_url"))
}
