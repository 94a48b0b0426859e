//! The messages of a chat beyond their shape: which may follow which, ids of calls, thoughts that come back.

use serde_json::Value;

use super::error::ApiError;
use super::thought;
use crate::shape::{given, items, on, text};
use crate::talk::Heard;

/// Each message costs this many tokens besides its text, and a picture or a file so many.
const MESSAGE_TOKENS: u32 = 4;
const MEDIA_TOKENS: u32 = 85;

/// What was said.
#[derive(Debug, Default)]
pub(super) struct Talk {
    pub(super) heard: Heard,
    /// What the last message begins to say in the model's name.
    pub(super) prefix: Option<String>,
    /// Calls that wait for their results: id, if it has one, and tool.
    open: Vec<(String, String)>,
    before: Option<String>,
    seed: u64,
}

// === impl Talk ===

impl Talk {
    pub(super) fn read(body: &Value, seed: u64) -> Result<Self, ApiError> {
        let mut talk = Self { seed, ..Self::default() };
        for message in items(body, "messages") {
            talk.message(message)?;
        }
        talk.answered()?;
        let last = talk.before.take().unwrap_or_default();
        if talk.prefix.is_none() && !matches!(last.as_str(), "user" | "tool") {
            return Err(ApiError::order(format!(
                "Expected last role User or Tool (or Assistant with prefix True) for serving but got {last}"
            )));
        }
        Ok(talk)
    }

    fn message(&mut self, message: &Value) -> Result<(), ApiError> {
        let role = text(message, "role");
        let before = self.before.replace(role.to_owned()).unwrap_or_default();
        let unexpected =
            |what: &str| Err(ApiError::order(format!("Unexpected role '{what}' after role '{before}'")));
        match (before.as_str(), role) {
            ("tool", "user" | "system") | ("system" | "user" | "", "tool") | ("assistant", "assistant") => {
                return unexpected(role);
            }
            _ if self.prefix.is_some() => {
                return Err(ApiError::order(
                    "Expected the assistant message with prefix True to be the last message",
                ));
            }
            _ => {}
        }
        if role != "tool" {
            self.answered()?;
        }
        self.heard.count(MESSAGE_TOKENS);
        let said = self.content(message)?;
        match role {
            "user" => self.heard.said(&said),
            "assistant" => self.assistant(message, said)?,
            "tool" => self.tool(message, said)?,
            _ => {}
        }
        Ok(())
    }

    fn assistant(&mut self, message: &Value, said: String) -> Result<(), ApiError> {
        let calls = items(message, "tool_calls");
        if on(message, "prefix") {
            self.prefix = Some(said);
        } else if said.is_empty() && calls.is_empty() && items(message, "content").is_empty() {
            let message = "Assistant message must have either content or tool_calls, but not none.";
            return Err(ApiError::new(400, "invalid_request_assistant_message", "3240", message));
        }
        self.heard.results.clear();
        for call in calls {
            let function = given(call, "function").unwrap_or(&Value::Null);
            let (id, name) = (text(call, "id"), text(function, "name"));
            call_id(id)?;
            function_name(name)?;
            let arguments = function.get("arguments").unwrap_or(&Value::Null);
            self.heard.add(name);
            self.heard.add(&arguments.as_str().map_or_else(|| arguments.to_string(), str::to_owned));
            self.open.push((id.to_owned(), name.to_owned()));
        }
        Ok(())
    }

    /// A result names its call, or belongs to the next one.
    fn tool(&mut self, message: &Value, said: String) -> Result<(), ApiError> {
        let id = text(message, "tool_call_id");
        if !id.is_empty() {
            call_id(id)?;
        }
        let found = self.open.iter().position(|(call, _)| id.is_empty() || call == id);
        let Some(at) = found else {
            return Err(ApiError::order("Not the same number of function calls and responses"));
        };
        let (_, name) = self.open.remove(at);
        self.heard.gave(name, said);
        Ok(())
    }

    fn answered(&self) -> Result<(), ApiError> {
        if self.open.is_empty() {
            return Ok(());
        }
        Err(ApiError::order("Not the same number of function calls and responses"))
    }

    /// The text of a message; thoughts that were signed must be as they were.
    fn content(&mut self, message: &Value) -> Result<String, ApiError> {
        if let Some(text) = message.get("content").and_then(Value::as_str) {
            self.heard.add(text);
            return Ok(text.to_owned());
        }
        let mut texts = Vec::new();
        for chunk in items(message, "content") {
            match text(chunk, "type") {
                "text" => texts.push(text(chunk, "text").to_owned()),
                "thinking" => {
                    let thought: String =
                        items(chunk, "thinking").iter().map(|part| text(part, "text")).collect();
                    let signature = given(chunk, "signature").and_then(Value::as_str);
                    if signature.is_some_and(|signature| !thought::signed(self.seed, &thought, signature)) {
                        let message = "Invalid signature in thinking chunk";
                        return Err(ApiError::new(400, "invalid_request_message_content", "3240", message));
                    }
                    self.heard.add(&thought);
                }
                "image_url" => {
                    image(chunk.get("image_url").unwrap_or(&Value::Null))?;
                    self.heard.add_media(&chunk.to_string(), MEDIA_TOKENS);
                }
                _ => self.heard.add_media(&chunk.to_string(), MEDIA_TOKENS),
            }
        }
        let said = texts.join("\n");
        self.heard.add(&said);
        Ok(said)
    }
}

fn image(value: &Value) -> Result<(), ApiError> {
    let url = value.as_str().unwrap_or_else(|| text(value, "url"));
    let data = url.starts_with("data:image/") && url.contains(";base64,");
    if data || url.starts_with("https://") || url.starts_with("http://") {
        return Ok(());
    }
    let message = "Image, 'image_url' must be a base64 data URL or a valid URL.";
    Err(ApiError::new(400, "invalid_request_file", "3310", message))
}

/// Ids of calls have nine letters or digits.
fn call_id(id: &str) -> Result<(), ApiError> {
    if id.len() == 9 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Ok(());
    }
    let message = format!("Tool call id was {id} but must be a-z, A-Z, 0-9, with a length of 9.");
    Err(ApiError::new(400, "invalid_function_call", "3280", message))
}

pub(super) fn function_name(name: &str) -> Result<(), ApiError> {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if plain && (1..=256).contains(&name.len()) {
        return Ok(());
    }
    let message = format!(
        "Function name was {name} but must be a-z, A-Z, 0-9, or contain underscores and dashes, with a maximum length \
         of 256."
    );
    Err(ApiError::new(400, "invalid_function_call", "3280", message))
}
