//! The models that are there.

use serde_json::{Value, json};

use super::error::ApiError;

/// What a model does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Does {
    Chat,
    Embed,
    Rerank,
}

/// A model that a request can use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Model {
    pub(super) name: String,
    /// Whether it thinks unless it is told not to.
    pub(super) reasons: bool,
    pub(super) sees: bool,
}

/// What the list shows; any other name of the families is taken as well.
const LISTED: [(&str, Does, u32); 8] = [
    ("command-a-03-2025", Does::Chat, 288_000),
    ("command-a-reasoning-08-2025", Does::Chat, 288_768),
    ("command-a-vision-07-2025", Does::Chat, 128_000),
    ("command-r-plus-08-2024", Does::Chat, 132_096),
    ("command-r7b-12-2024", Does::Chat, 132_000),
    ("embed-v4.0", Does::Embed, 128_000),
    ("embed-english-v3.0", Does::Embed, 512),
    ("rerank-v3.5", Does::Rerank, 4_096),
];

/// The beginnings of names, and what models of such names do.
const FAMILIES: [(&str, Does); 7] = [
    ("command", Does::Chat),
    ("c4ai-", Does::Chat),
    ("sim-embed", Does::Embed),
    ("sim-rerank", Does::Rerank),
    ("sim-", Does::Chat),
    ("embed-", Does::Embed),
    ("rerank-", Does::Rerank),
];

pub(super) fn resolve(name: &str, wanted: Does) -> Result<Model, ApiError> {
    let bare = name.split('+').next().unwrap_or_default();
    let plain = bare.len() <= 128 && bare.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    let family = FAMILIES.iter().find(|(start, _)| plain && bare.starts_with(start));
    let (_, does) = family.ok_or_else(|| ApiError::no_model(bare))?;
    if *does != wanted {
        let message = format!("model '{bare}' is not supported by the {} API", path(wanted));
        return Err(ApiError::new(400, message));
    }
    let sees = ["vision", "sim-", "c4ai-aya-v"].iter().any(|part| bare.contains(part));
    Ok(Model { name: bare.to_owned(), reasons: bare.contains("reasoning"), sees })
}

/// One model, as the list shows it.
pub(super) fn one(name: &str) -> Result<Value, ApiError> {
    let listed = LISTED.iter().find(|(known, ..)| *known == name);
    listed.map(describe).ok_or_else(|| ApiError::no_model(name))
}

/// The models for one endpoint, or all.
pub(super) fn list(endpoint: Option<&str>) -> Value {
    let wanted = |does: Does| endpoint.is_none_or(|endpoint| endpoint == path(does));
    let models: Vec<_> = LISTED.iter().filter(|(_, does, _)| wanted(*does)).map(describe).collect();
    json!({"models": models, "next_page_token": ""})
}

fn describe((name, does, context): &(&str, Does, u32)) -> Value {
    let mut features: Vec<&str> = Vec::new();
    if *does == Does::Chat {
        features.extend(["json_mode", "json_schema", "strict_tools", "tools", "tool_choice"]);
    }
    features.extend(name.contains("reasoning").then_some("reasoning"));
    features.extend(name.contains("vision").then_some("vision"));
    json!({
        "name": name,
        "is_deprecated": false,
        "endpoints": [path(*does)],
        "finetuned": false,
        "context_length": context,
        "tokenizer_url": "",
        "default_endpoints": [],
        "features": features,
    })
}

fn path(does: Does) -> &'static str {
    match does {
        Does::Chat => "chat",
        Does::Embed => "embed",
        Does::Rerank => "rerank",
    }
}
