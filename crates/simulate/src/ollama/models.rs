//! The models that are there, and what each can do.

use serde_json::{Value, json};

use super::error::ApiError;
use crate::seed;

/// A family of models: the beginning of its names and what its models can do besides answering.
struct Family {
    start: &'static str,
    tools: bool,
    sees: bool,
    thinks: bool,
}

/// A model that a request can use.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a capability of its own")]
pub(super) struct Model {
    /// As it was asked for, without faults.
    pub(super) name: String,
    pub(super) tools: bool,
    pub(super) sees: bool,
    pub(super) thinks: bool,
    pub(super) embeds: bool,
}

const FAMILIES: [Family; 16] = [
    family("llama3.2-vision", false, true, false),
    family("llama", true, false, false),
    family("qwen3-vl", true, true, true),
    family("qwen3-embedding", false, false, false),
    family("qwen3", true, false, true),
    family("qwen", true, false, false),
    family("gpt-oss", true, false, true),
    family("deepseek", true, false, true),
    family("gemma", false, true, false),
    family("llava", false, true, false),
    family("mistral", true, false, false),
    family("phi", false, false, false),
    family("nomic-embed", false, false, false),
    family("mxbai-embed", false, false, false),
    family("sim-embed", false, false, false),
    family("sim-", true, true, true),
];

/// What the list shows; any other name of the families is taken as well.
const LISTED: [&str; 6] =
    ["llama3.2:latest", "qwen3:8b", "gpt-oss:20b", "deepseek-r1:8b", "llava:7b", "nomic-embed-text:latest"];

const MODIFIED: &str = "2026-06-01T12:00:00.0Z";

const fn family(start: &'static str, tools: bool, sees: bool, thinks: bool) -> Family {
    Family { start, tools, sees, thinks }
}

pub(super) fn resolve(name: &str) -> Result<Model, ApiError> {
    let bare = name.split('+').next().unwrap_or_default();
    if bare.is_empty() {
        return Err(ApiError::new(400, "model is required"));
    }
    let plain = bare.len() <= 128 && bare.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:/".contains(&b));
    let known = FAMILIES.iter().find(|family| plain && bare.starts_with(family.start));
    let family = known.ok_or_else(|| ApiError::no_model(bare))?;
    Ok(Model {
        name: bare.to_owned(),
        tools: family.tools,
        sees: family.sees,
        thinks: family.thinks,
        embeds: bare.contains("embed"),
    })
}

pub(super) fn list() -> Value {
    let models: Vec<_> = LISTED
        .iter()
        .map(|name| {
            json!({
                "name": name,
                "model": name,
                "modified_at": MODIFIED,
                "size": 2_019_393_189_u64,
                "digest": digest(name),
                "details": details(name),
            })
        })
        .collect();
    json!({"models": models})
}

/// The models that are in memory.
pub(super) fn running() -> Value {
    json!({"models": []})
}

pub(super) fn show(model: &Model) -> Value {
    let family = start(&model.name);
    let capabilities = [
        ("completion", !model.embeds),
        ("embedding", model.embeds),
        ("tools", model.tools),
        ("vision", model.sees),
        ("thinking", model.thinks),
    ];
    let capabilities: Vec<_> =
        capabilities.into_iter().filter(|(_, has)| *has).map(|(name, _)| name).collect();
    json!({
        "license": "simulated",
        "modelfile": format!("FROM {}\n", model.name),
        "parameters": "stop                           \"<|end|>\"",
        "template": "{{ .Prompt }}",
        "details": details(&model.name),
        "model_info": {
            "general.architecture": family,
            "general.parameter_count": 3_212_749_888_u64,
            format!("{family}.context_length"): 131_072,
            format!("{family}.embedding_length"): 768,
        },
        "capabilities": capabilities,
        "modified_at": MODIFIED,
    })
}

fn details(name: &str) -> Value {
    let family = start(name);
    json!({
        "parent_model": "",
        "format": "gguf",
        "family": family,
        "families": [family],
        "parameter_size": "3.2B",
        "quantization_level": "Q4_K_M",
    })
}

fn start(name: &str) -> &str {
    name.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or(name)
}

fn digest(name: &str) -> String {
    let part = |number: u64| format!("{:016x}", seed::hash(&[name.as_bytes(), &number.to_le_bytes()]));
    (0..4).map(part).collect()
}
