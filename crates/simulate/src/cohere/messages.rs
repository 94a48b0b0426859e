//! The messages of a chat beyond their shape: who has the last word, and which results belong to which calls.

use serde_json::{Value, json};

use super::error::ApiError;
use super::models::Model;
use crate::shape::{given, items, text};
use crate::talk::Heard;

/// Each message costs this many tokens besides its text.
const MESSAGE_TOKENS: u32 = 3;

/// What a picture counts for; real models count its size.
const IMAGE_TOKENS: u32 = 85;

/// What an answer can cite.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// As a citation names it.
    pub(super) wire: Value,
    /// The text that an answer repeats of it.
    pub(super) text: String,
}

/// What was said.
#[derive(Debug, Default)]
pub(super) struct Talk {
    pub(super) heard: Heard,
    /// What tools gave after the user's last words.
    pub(super) sources: Vec<Source>,
    /// Calls without a result yet: id and tool.
    open: Vec<(String, String)>,
}

// === impl Talk ===

impl Talk {
    pub(super) fn read(body: &Value, model: &Model) -> Result<Self, ApiError> {
        let mut talk = Self::default();
        for (at, message) in items(body, "messages").iter().enumerate() {
            talk.heard.count(MESSAGE_TOKENS);
            let role = text(message, "role");
            if role != "tool" {
                talk.answered()?;
            }
            match role {
                "user" => talk.user(at, message, model)?,
                "assistant" => talk.assistant(at, message)?,
                "tool" => talk.tool(at, message)?,
                _ => {
                    talk.content(message);
                }
            }
        }
        talk.answered()?;
        let last = items(body, "messages").last().map(|message| text(message, "role"));
        if !matches!(last, Some("user" | "tool")) {
            return Err(ApiError::invalid("the last message must be from the user or a tool."));
        }
        Ok(talk)
    }

    fn user(&mut self, at: usize, message: &Value, model: &Model) -> Result<(), ApiError> {
        let images = items(message, "content").iter().filter(|part| text(part, "type") == "image_url");
        for image in images {
            let url = image.pointer("/image_url/url").and_then(Value::as_str).unwrap_or_default();
            if !model.sees {
                let message = format!("model '{}' does not support image inputs.", model.name);
                return Err(ApiError::new(400, message));
            }
            if !(url.starts_with("data:image/") && url.contains(";base64,") || url.starts_with("https://")) {
                let message = format!("messages[{at}]: image_url must be a data URL or an https URL.");
                return Err(ApiError::invalid(&message));
            }
            self.heard.add_media(url, IMAGE_TOKENS);
        }
        let said = self.content(message);
        if said.trim().is_empty() && items(message, "content").len() < 2 {
            return Err(ApiError::invalid(
                "message must be at least 1 token long or tool results must be specified.",
            ));
        }
        self.heard.said(&said);
        self.sources.clear();
        Ok(())
    }

    fn assistant(&mut self, at: usize, message: &Value) -> Result<(), ApiError> {
        let calls = items(message, "tool_calls");
        if calls.is_empty() && given(message, "content").is_none() {
            let message = format!("messages[{at}]: an assistant message must have content or tool_calls.");
            return Err(ApiError::invalid(&message));
        }
        self.content(message);
        self.heard.add(text(message, "tool_plan"));
        for call in calls {
            let function = given(call, "function").unwrap_or(&Value::Null);
            let (name, arguments) = (text(function, "name"), text(function, "arguments"));
            if !serde_json::from_str::<Value>(arguments).is_ok_and(|value| value.is_object()) {
                return Err(ApiError::invalid(&format!(
                    "messages[{at}]: the arguments of tool call {name} must be a JSON object."
                )));
            }
            self.heard.add(name);
            self.heard.add(arguments);
            self.open.push((text(call, "id").to_owned(), name.to_owned()));
        }
        Ok(())
    }

    fn tool(&mut self, at: usize, message: &Value) -> Result<(), ApiError> {
        let id = text(message, "tool_call_id");
        let Some(found) = self.open.iter().position(|(call, _)| call == id) else {
            return Err(ApiError::invalid(&format!(
                "messages[{at}]: tool_call_id '{id}' does not match any of the previous tool calls."
            )));
        };
        let (_, name) = self.open.remove(found);
        let result = self.content(message);
        let output = serde_json::from_str::<Value>(&result).ok().filter(Value::is_object);
        let output = output.unwrap_or_else(|| json!({"content": result}));
        self.sources.push(Source {
            wire: json!({"type": "tool", "id": format!("{id}:0"), "tool_output": output}),
            text: result.clone(),
        });
        self.heard.gave(name, result);
        Ok(())
    }

    /// Every call has its result before anything else is said.
    fn answered(&self) -> Result<(), ApiError> {
        let missing: Vec<_> = self.open.iter().map(|(id, _)| id.as_str()).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let missing = missing.join(", ");
        Err(ApiError::invalid(&format!("missing tool results for the following tool call ids: {missing}.")))
    }

    /// The text of a message's content.
    fn content(&mut self, message: &Value) -> String {
        let said = match given(message, "content") {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(parts)) => parts.iter().filter_map(part).collect::<Vec<_>>().join("\n"),
            _ => String::new(),
        };
        self.heard.add(&said);
        said
    }
}

/// The text of a part; none of a picture.
fn part(part: &Value) -> Option<String> {
    match text(part, "type") {
        "text" => Some(text(part, "text").to_owned()),
        "thinking" => Some(text(part, "thinking").to_owned()),
        "document" => Some(match part.pointer("/document/data") {
            Some(Value::String(text)) => text.clone(),
            Some(data) => data.to_string(),
            None => String::new(),
        }),
        _ => None,
    }
}
