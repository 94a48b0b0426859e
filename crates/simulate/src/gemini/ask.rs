//! A request that was found to be right.

use serde_json::{Map, Value};

use super::Surface;
use super::config::{self, Config, OwnForm};
use super::contents::{Prompt, Reader};
use super::error::ApiError;
use super::models::{Model, Thinks};
use super::proto::{self, Message};
use super::shapes;
use super::tools::{self, Choice, Function};
use crate::synth;

/// What is asked for.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) model: Model,
    pub(super) surface: Surface,
    pub(super) prompt: Prompt,
    pub(super) functions: Vec<Function>,
    pub(super) choice: Choice,
    pub(super) config: Config,
    /// Whether a stream shall tell calls bit by bit.
    pub(super) partial_calls: bool,
}

// === impl Ask ===

impl Ask {
    pub(super) fn read(value: &Value, model: Model, surface: Surface, seed: u64) -> Result<Self, ApiError> {
        let map = proto::read(value, &shapes::GENERATE, surface)?;
        Self::of(&map, model, surface, seed)
    }

    /// What is to be counted: contents alone, or a whole request.
    pub(super) fn count(value: &Value, model: Model, surface: Surface, seed: u64) -> Result<Self, ApiError> {
        let mut map = proto::read(value, &shapes::COUNT, surface)?;
        match map.shift_remove("generateContentRequest") {
            Some(_) if map.contains_key("contents") => {
                let message = "contents and generate_content_request are mutually exclusive.";
                Err(ApiError::invalid(message))
            }
            Some(Value::Object(inner)) => Self::of(&inner, model, surface, seed),
            _ => Self::of(&map, model, surface, seed),
        }
    }

    fn of(map: &Map<String, Value>, model: Model, surface: Surface, seed: u64) -> Result<Self, ApiError> {
        cached(map)?;
        let functions = tools::functions(map.get("tools"))?;
        let choice = tools::choice(map.get("toolConfig"), &functions)?;
        let config = config::read(map.get("generationConfig"), &model, surface)?;
        if model.thinks != Thinks::ByLevel && !functions.is_empty() && config.form != OwnForm::Text {
            let message = "Function calling with a response mime type: 'application/json' is unsupported";
            return Err(ApiError::invalid(message));
        }
        let mut reader = Reader::new(surface, &model, seed);
        if let Some(system) = map.get("systemInstruction") {
            reader.system(system);
        }
        if let Some(tools) = map.get("tools") {
            let tokens = synth::count(&tools.to_string());
            reader.prompt.text_tokens = reader.prompt.text_tokens.saturating_add(tokens);
        }
        let contents = map.get("contents").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let prompt = reader.contents(contents)?;
        let partial_calls = map
            .get("toolConfig")
            .and_then(|config| config.get("functionCallingConfig")?.get("streamFunctionCallArguments"))
            == Some(&Value::Bool(true));
        Ok(Self { model, surface, prompt, functions, choice, config, partial_calls })
    }
}

/// Caches that were made before are not there; and a request that names one says nothing that it holds.
fn cached(map: &Map<String, Value>) -> Result<(), ApiError> {
    if !map.contains_key("cachedContent") {
        return Ok(());
    }
    if ["systemInstruction", "tools", "toolConfig"].iter().any(|name| map.contains_key(*name)) {
        let message = "CachedContent can not be used with GenerateContent request setting system_instruction, \
                       tools or tool_config.\n\nProposed fix: move those values to CachedContent from \
                       GenerateContent request.";
        return Err(ApiError::invalid(message));
    }
    let message = "CachedContent not found (or permission denied)";
    Err(ApiError::new(http::StatusCode::FORBIDDEN, message))
}

/// A request of another kind, read as this message.
pub(super) fn other(
    value: &Value,
    message: &'static Message,
    surface: Surface,
) -> Result<Map<String, Value>, ApiError> {
    Ok(proto::read(value, message, surface)?)
}
