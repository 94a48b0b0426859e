//! A request for an interaction, checked field by field and put as one for `generateContent`.

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::steps;
use crate::gemini::error::ApiError;

/// A request that was found to be right in its outer form.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) model: String,
    pub(super) stream: bool,
    /// The same for `generateContent`.
    pub(super) generate: Value,
}

const FIELDS: [&str; 19] = [
    "model",
    "input",
    "stream",
    "store",
    "previous_interaction_id",
    "system_instruction",
    "tools",
    "generation_config",
    "response_format",
    "response_mime_type",
    "response_modalities",
    "labels",
    "safety_settings",
    "service_tier",
    "background",
    "cached_content",
    "continuation_token",
    "environment",
    "webhook_config",
];

const CONFIG: [&str; 12] = [
    "temperature",
    "top_p",
    "seed",
    "stop_sequences",
    "max_output_tokens",
    "thinking_level",
    "thinking_summaries",
    "tool_choice",
    "image_config",
    "speech_config",
    "video_config",
    "transcription_config",
];

/// Tools that Google runs by itself.
const HOSTED: [&str; 9] = [
    "code_execution",
    "computer_use",
    "file_search",
    "google_maps",
    "google_search",
    "mcp_server",
    "retrieval",
    "tool_search",
    "url_context",
];

/// Fields that are named otherwise in `generateContent`.
const RENAMED: [(&str, &str); 5] = [
    ("temperature", "temperature"),
    ("top_p", "topP"),
    ("seed", "seed"),
    ("stop_sequences", "stopSequences"),
    ("max_output_tokens", "maxOutputTokens"),
];

pub(super) fn request(value: &Value) -> Result<Asked, ApiError> {
    let body = object(value, "the body")?;
    if body.contains_key("agent") {
        return Err(ApiError::invalid("Agents are not simulated; name a `model`."));
    }
    closed(body, &FIELDS, "")?;
    let model = text(body, "model", "")?.ok_or_else(|| missing("model"))?;
    if body.get("background") == Some(&Value::Bool(true)) {
        return Err(ApiError::invalid("Background interactions are not simulated."));
    }
    if text(body, "previous_interaction_id", "")?.is_some() {
        return Err(ApiError::new(StatusCode::NOT_FOUND, "Interaction not found."));
    }
    let contents = steps::contents(body.get("input").ok_or_else(|| missing("input"))?)?;
    let mut generate = json!({"contents": contents, "generationConfig": {}});
    if let Some(system) = text(body, "system_instruction", "")? {
        generate["systemInstruction"] = json!({"parts": [{"text": system}]});
    }
    if let Some(tools) = body.get("tools") {
        generate["tools"] = functions(tools)?;
    }
    if let Some(given) = body.get("generation_config") {
        config(object(given, "generation_config")?, &mut generate)?;
    }
    if let Some(format) = body.get("response_format") {
        let format =
            if let Value::Array(list) = format { list.first().unwrap_or(&Value::Null) } else { format };
        shape(object(format, "response_format")?, &mut generate)?;
    }
    Ok(Asked { model, stream: flag(body, "stream")?, generate })
}

fn config(given: &Map<String, Value>, generate: &mut Value) -> Result<(), ApiError> {
    closed(given, &CONFIG, "generation_config.")?;
    let config = &mut generate["generationConfig"];
    for (name, other) in RENAMED {
        if let Some(value) = given.get(name) {
            config[other] = value.clone();
        }
    }
    if let Some(level) = text(given, "thinking_level", "generation_config.")? {
        config["thinkingConfig"]["thinkingLevel"] = Value::from(level.to_ascii_uppercase());
    }
    if let Some(summaries) = text(given, "thinking_summaries", "generation_config.")? {
        config["thinkingConfig"]["includeThoughts"] = match summaries.as_str() {
            "auto" => json!(true),
            "none" => json!(false),
            other => return Err(unknown_value("generation_config.thinking_summaries", other)),
        };
    }
    if let Some(choice) = given.get("tool_choice") {
        generate["toolConfig"]["functionCallingConfig"] = calling(choice)?;
    }
    Ok(())
}

fn calling(choice: &Value) -> Result<Value, ApiError> {
    const AT: &str = "generation_config.tool_choice";
    let mode = |word: &str| match word {
        "auto" | "any" | "none" | "validated" => Ok(Value::from(word.to_ascii_uppercase())),
        other => Err(unknown_value(AT, other)),
    };
    if let Some(word) = choice.as_str() {
        return Ok(json!({"mode": mode(word)?}));
    }
    let choice = object(choice, AT)?;
    closed(choice, &["allowed_tools"], "generation_config.tool_choice.")?;
    let allowed = object(choice.get("allowed_tools").unwrap_or(&Value::Null), AT)?;
    closed(allowed, &["mode", "tools"], "generation_config.tool_choice.allowed_tools.")?;
    let mode = mode(allowed.get("mode").and_then(Value::as_str).unwrap_or("auto"))?;
    Ok(json!({"mode": mode, "allowedFunctionNames": allowed.get("tools").unwrap_or(&json!([]))}))
}

fn functions(tools: &Value) -> Result<Value, ApiError> {
    let Some(list) = tools.as_array() else { return Err(wrong("tools", "an array")) };
    let mut declared = Vec::new();
    for (at, tool) in list.iter().enumerate() {
        let at = format!("tools[{at}].");
        let tool = object(tool, &at)?;
        match text(tool, "type", &at)?.unwrap_or_default().as_str() {
            "function" => {
                let known =
                    ["type", "name", "description", "parameters", "defer_loading", "short_description"];
                closed(tool, &known, &at)?;
                let mut function = json!({"name": tool.get("name")});
                if let Some(description) = tool.get("description") {
                    function["description"] = description.clone();
                }
                if let Some(parameters) = tool.get("parameters") {
                    function["parametersJsonSchema"] = parameters.clone();
                }
                declared.push(function);
            }
            hosted if HOSTED.contains(&hosted) => {}
            other => return Err(unknown_value(&format!("{at}type"), other)),
        }
    }
    Ok(json!([{"functionDeclarations": declared}]))
}

fn shape(format: &Map<String, Value>, generate: &mut Value) -> Result<(), ApiError> {
    match text(format, "type", "response_format.")?.as_deref() {
        Some("text") => {}
        Some("audio" | "image" | "video") => return Ok(()),
        other => return Err(unknown_value("response_format.type", other.unwrap_or_default())),
    }
    closed(format, &["type", "mime_type", "schema"], "response_format.")?;
    let config = &mut generate["generationConfig"];
    if let Some(kind) = format.get("mime_type") {
        config["responseMimeType"] = kind.clone();
    }
    if let Some(schema) = format.get("schema") {
        config["responseMimeType"] = json!("application/json");
        config["responseJsonSchema"] = schema.clone();
    }
    Ok(())
}

pub(super) fn object<'v>(value: &'v Value, at: &str) -> Result<&'v Map<String, Value>, ApiError> {
    value.as_object().ok_or_else(|| wrong(at, "an object"))
}

/// Refuses fields that nobody knows.
pub(super) fn closed(map: &Map<String, Value>, known: &[&str], at: &str) -> Result<(), ApiError> {
    let unknown = map.keys().find(|name| !known.contains(&name.as_str()));
    unknown.map_or(Ok(()), |name| Err(ApiError::invalid(format!("Unknown parameter '{at}{name}'."))))
}

pub(super) fn text(map: &Map<String, Value>, name: &str, at: &str) -> Result<Option<String>, ApiError> {
    match map.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(wrong(&format!("{at}{name}"), "a string")),
    }
}

fn flag(map: &Map<String, Value>, name: &str) -> Result<bool, ApiError> {
    match map.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(wrong(name, "a boolean")),
    }
}

pub(super) fn wrong(at: &str, expected: &str) -> ApiError {
    ApiError::invalid(format!("Invalid value at '{at}': expected {expected}."))
}

pub(super) fn missing(at: &str) -> ApiError {
    ApiError::invalid(format!("Missing required parameter '{at}'."))
}

pub(super) fn unknown_value(at: &str, value: &str) -> ApiError {
    ApiError::invalid(format!("Invalid value at '{at}': '{value}'."))
}
