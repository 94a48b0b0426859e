//! The models that are there.

use serde_json::{Value, json};

use super::error::ApiError;

/// A model that a request can use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Model {
    pub(super) name: String,
    /// Whether it thinks whenever it answers.
    pub(super) reasons: bool,
    /// Whether it thinks if it is asked to.
    pub(super) can_reason: bool,
    pub(super) embeds: bool,
}

/// The beginnings of names that are there.
const FAMILIES: [&str; 10] = [
    "mistral-",
    "magistral-",
    "ministral-",
    "codestral-",
    "devstral-",
    "pixtral-",
    "voxtral-",
    "open-mi",
    "labs-",
    "sim-",
];

/// What the list shows; any other name of the families is taken as well.
const LISTED: [&str; 7] = [
    "mistral-large-latest",
    "mistral-medium-latest",
    "mistral-small-latest",
    "magistral-medium-latest",
    "ministral-8b-latest",
    "codestral-latest",
    "mistral-embed",
];

/// 2026-06-01T00:00:00Z.
const CREATED: i64 = 1_780_272_000;

pub(super) fn resolve(name: &str) -> Result<Model, ApiError> {
    let bare = name.split('+').next().unwrap_or_default();
    let plain = bare.len() <= 128 && bare.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    if !plain || !FAMILIES.iter().any(|start| bare.starts_with(start)) {
        return Err(ApiError::no_model(bare));
    }
    let reasons = bare.starts_with("magistral-") || bare.starts_with("sim-reason");
    let starts = ["mistral-small", "mistral-medium", "mistral-large", "sim-"];
    let can_reason = reasons || starts.iter().any(|start| bare.starts_with(start));
    Ok(Model { name: bare.to_owned(), reasons, can_reason, embeds: bare.contains("embed") })
}

pub(super) fn list() -> Value {
    let data: Vec<_> =
        LISTED.iter().filter_map(|name| resolve(name).ok()).map(|model| describe(&model)).collect();
    json!({"object": "list", "data": data})
}

pub(super) fn describe(model: &Model) -> Value {
    let chats = !model.embeds;
    json!({
        "id": model.name,
        "object": "model",
        "created": CREATED,
        "owned_by": "mistralai",
        "capabilities": {
            "completion_chat": chats,
            "function_calling": chats,
            "reasoning": model.can_reason,
            "completion_fim": model.name.starts_with("codestral-"),
            "fine_tuning": false,
            "vision": chats,
            "classification": false,
        },
        "name": model.name,
        "description": "A simulated model",
        "max_context_length": 131_072,
        "aliases": [],
        "deprecation": null,
        "default_model_temperature": 0.3,
        "type": "base",
    })
}
