//! The models that are there.

use serde_json::{Value, json};

/// Names and what they are called; any other name of the families is taken as well.
const LISTED: [(&str, &str); 8] = [
    ("gemini-3-pro-preview", "Gemini 3 Pro Preview"),
    ("gemini-3-flash-preview", "Gemini 3 Flash Preview"),
    ("gemini-2.5-pro", "Gemini 2.5 Pro"),
    ("gemini-2.5-flash", "Gemini 2.5 Flash"),
    ("gemini-2.5-flash-lite", "Gemini 2.5 Flash-Lite"),
    ("gemini-2.0-flash", "Gemini 2.0 Flash"),
    ("gemini-embedding-001", "Gemini Embedding 001"),
    ("sim-small", "Simulated, small"),
];

/// How a model thinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Thinks {
    Never,
    /// As many tokens as its budget says.
    ByBudget,
    /// At a level; calls must come back with what was thought.
    ByLevel,
}

/// A model that a request can use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Model {
    /// As asked for, without faults.
    pub(super) name: String,
    pub(super) thinks: Thinks,
    /// Whether it makes vectors of texts, and nothing else.
    pub(super) embeds: bool,
}

/// A model of the families `gemini-*`, `text-embedding-*` and `sim-*`; `None` for any other name.
pub(super) fn resolve(name: &str) -> Option<Model> {
    let known = ["gemini-", "text-embedding-", "text-multilingual-embedding-", "sim-"];
    let plain = name.len() <= 128 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    if !plain || !known.iter().any(|start| name.starts_with(start)) {
        return None;
    }
    let version = name.strip_prefix("gemini-").unwrap_or_default();
    let major = version.split(['.', '-']).next().and_then(|digits| digits.parse::<u32>().ok()).unwrap_or(0);
    let thinks = match major {
        3.. => Thinks::ByLevel,
        2 if version.starts_with("2.5") => Thinks::ByBudget,
        _ => Thinks::Never,
    };
    Some(Model { name: name.to_owned(), thinks, embeds: name.contains("embedding") })
}

pub(super) fn describe(model: &Model) -> Value {
    let display = LISTED.iter().find(|(name, _)| *name == model.name).map_or(&*model.name, |(_, name)| name);
    let methods: &[&str] = if model.embeds {
        &["embedContent", "countTextTokens", "countTokens"]
    } else {
        &["generateContent", "countTokens", "createCachedContent", "batchGenerateContent"]
    };
    let mut described = json!({
        "name": format!("models/{}", model.name),
        "version": "001",
        "displayName": display,
        "description": "Simulated.",
        "inputTokenLimit": if model.embeds { 2_048 } else { 1_048_576 },
        "outputTokenLimit": if model.embeds { 1 } else { 65_536 },
        "supportedGenerationMethods": methods,
    });
    if !model.embeds {
        described["temperature"] = json!(1);
        described["topP"] = json!(0.95);
        described["topK"] = json!(64);
        described["maxTemperature"] = json!(2);
        described["thinking"] = json!(model.thinks != Thinks::Never);
    }
    described
}

/// A page of the models: `size` of them from the one at `start` on.
pub(super) fn list(size: usize, start: usize) -> Value {
    let named = LISTED.iter().filter_map(|(name, _)| resolve(name));
    let page: Vec<Value> = named.skip(start).take(size).map(|model| describe(&model)).collect();
    let next = start + page.len();
    let mut list = json!({"models": page});
    if next < LISTED.len() {
        list["nextPageToken"] = Value::from(next.to_string());
    }
    list
}
