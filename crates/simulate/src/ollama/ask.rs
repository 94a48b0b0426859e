//! A chat, a generation or an embedding that was found to be right.

use serde_json::Value;

use super::error::ApiError;
use super::models::{self, Model};
use super::shapes;
use crate::shape::{Shape, count, given, items, on, text, texts};
use crate::talk::{Choice, Form, Heard, Question, Tool};

/// Each message costs this many tokens besides its text, and a picture so many.
const MESSAGE_TOKENS: u32 = 4;
const IMAGE_TOKENS: u32 = 85;

/// How much of a prompt a model sees unless it is told.
const CONTEXT: u32 = 4_096;

/// Which of the two forms the answer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Chat,
    Generate,
}

/// What is asked for.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) dialect: Dialect,
    pub(super) question: Question,
    /// The part of the prompt that the model sees.
    pub(super) seen: u32,
    pub(super) stream: bool,
    /// Nothing was said: the model is loaded (or, with `Some(true)`, unloaded) and that is all.
    pub(super) only_loads: Option<bool>,
    /// How many other tokens are told beside each, if chances are told at all.
    pub(super) logprobs: Option<usize>,
}

// === impl Ask ===

impl Ask {
    pub(super) fn read(body: &Value, dialect: Dialect) -> Result<Self, ApiError> {
        let (shape, name): (&Shape, _) = match dialect {
            Dialect::Chat => (&shapes::CHAT, "ChatRequest"),
            Dialect::Generate => (&shapes::GENERATE, "GenerateRequest"),
        };
        shape.check(body).map_err(|mistake| ApiError::of_shape(name, &mistake))?;
        let model = models::resolve(text(body, "model"))?;
        let options = options(body)?;
        let tools = tools(body, &model)?;
        let thinks = thinks(body, &model)?;
        let form = form(body)?;
        if !(0..=20).contains(&body.get("top_logprobs").and_then(Value::as_i64).unwrap_or(0)) {
            return Err(ApiError::new(400, "top_logprobs must be between 0 and 20"));
        }
        let (mut heard, empty) = match dialect {
            Dialect::Chat => chat(body, &model)?,
            Dialect::Generate => generate(body, &model)?,
        };
        if model.embeds {
            return Err(ApiError::new(
                400,
                format!("\"{}\" does not support {}", model.name, name_of(dialect)),
            ));
        }
        for tool in &tools {
            heard.add(&format!("{} {}", tool.name, tool.schema));
        }
        let unloads = given(body, "keep_alive").is_some_and(|time| time == &Value::from(0) || time == "0");
        let others = count(body, "top_logprobs").and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
        Ok(Self {
            dialect,
            seen: heard.tokens.min(count(options, "num_ctx").filter(|size| *size > 0).unwrap_or(CONTEXT)),
            stream: body.get("stream") != Some(&Value::Bool(false)),
            only_loads: empty.then_some(unloads),
            logprobs: on(body, "logprobs").then_some(others),
            question: Question {
                model: model.name,
                heard,
                tools,
                choice: Choice::Auto,
                one_at_a_time: false,
                form,
                stops: texts(options, "stop"),
                most_tokens: count(options, "num_predict").filter(|most| *most > 0),
                thinks,
            },
        })
    }
}

fn name_of(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Chat => "chat",
        Dialect::Generate => "generate",
    }
}

/// Options that are not known are passed over; those that are must have their type.
pub(super) fn options(body: &Value) -> Result<&Value, ApiError> {
    let Some(options) = given(body, "options") else { return Ok(&Value::Null) };
    for (name, shape) in shapes::OPTIONS {
        let Some(value) = given(options, name) else { continue };
        if shape.check(value).is_err() {
            let kind = match shape {
                Shape::Bool => "bool",
                Shape::Integer(..) => "integer",
                Shape::Number(..) => "float32",
                _ => "array",
            };
            return Err(ApiError::new(400, format!("option \"{name}\" must be of type {kind}")));
        }
    }
    Ok(options)
}

fn tools(body: &Value, model: &Model) -> Result<Vec<Tool>, ApiError> {
    let tools = items(body, "tools");
    if !tools.is_empty() && !model.tools {
        let message = format!("registry.ollama.ai/library/{} does not support tools", model.name);
        return Err(ApiError::new(400, message));
    }
    let read = |tool: &Value| {
        let function = given(tool, "function")?;
        let schema = function.get("parameters").cloned().unwrap_or_default();
        Some(Tool { name: text(function, "name").to_owned(), schema })
    };
    Ok(tools.iter().filter_map(read).collect())
}

/// Models that can think do so unless they are told not to; how long is a word.
fn thinks(body: &Value, model: &Model) -> Result<Option<u32>, ApiError> {
    let length = match given(body, "think") {
        None if model.thinks => Some(12),
        None | Some(Value::Bool(false)) => None,
        Some(Value::String(word)) => Some(match word.as_str() {
            "low" => 6,
            "medium" => 12,
            "high" => 24,
            other => {
                let message = format!(
                    "invalid think value: \"{other}\" (must be \"high\", \"medium\", \"low\", true, or false)"
                );
                return Err(ApiError::new(400, message));
            }
        }),
        Some(_) => Some(12),
    };
    if length.is_some() && !model.thinks {
        return Err(ApiError::new(400, format!("\"{}\" does not support thinking", model.name)));
    }
    // This family cannot be stopped from thinking.
    Ok(length.or_else(|| model.name.starts_with("gpt-oss").then_some(12)))
}

fn form(body: &Value) -> Result<Form, ApiError> {
    match given(body, "format") {
        None => Ok(Form::Text),
        Some(Value::String(word)) if word.is_empty() => Ok(Form::Text),
        Some(Value::String(word)) if word == "json" => Ok(Form::Object),
        Some(Value::Object(schema)) => Ok(Form::Schema(Value::Object(schema.clone()))),
        Some(other) => {
            let message = format!("invalid format: {other}; expected \"json\" or a valid JSON Schema object");
            Err(ApiError::new(400, message))
        }
    }
}

fn images(heard: &mut Heard, value: &Value, model: &Model) -> Result<(), ApiError> {
    let images = texts(value, "images");
    if !images.is_empty() && !model.sees {
        return Err(ApiError::new(400, format!("\"{}\" does not support vision", model.name)));
    }
    for image in images {
        heard.add_media(&image, IMAGE_TOKENS);
    }
    Ok(())
}

/// The messages, and whether there are none. Results of tools name the tool, or follow its call.
fn chat(body: &Value, model: &Model) -> Result<(Heard, bool), ApiError> {
    let mut heard = Heard::default();
    let mut called: Vec<String> = Vec::new();
    let messages = items(body, "messages");
    for message in messages {
        heard.count(MESSAGE_TOKENS);
        images(&mut heard, message, model)?;
        let said = text(message, "content");
        heard.add(said);
        heard.add(text(message, "thinking"));
        match text(message, "role") {
            "user" => heard.said(said),
            "assistant" => {
                let calls = items(message, "tool_calls").iter().filter_map(|call| given(call, "function"));
                called = calls.map(|function| text(function, "name").to_owned()).collect();
                heard.add(&items(message, "tool_calls").iter().map(ToString::to_string).collect::<String>());
                heard.results.clear();
            }
            "tool" => {
                let named = text(message, "tool_name").to_owned();
                let next = called.get(heard.results.len()).cloned().unwrap_or_default();
                heard.gave(if named.is_empty() { next } else { named }, said.to_owned());
            }
            _ => {}
        }
    }
    Ok((heard, messages.is_empty()))
}

fn generate(body: &Value, model: &Model) -> Result<(Heard, bool), ApiError> {
    let mut heard = Heard::default();
    if on(body, "raw") && ["template", "system", "context"].iter().any(|name| given(body, name).is_some()) {
        return Err(ApiError::new(400, "raw mode does not support template, system, or context"));
    }
    if !text(body, "suffix").is_empty() {
        let message = format!("registry.ollama.ai/library/{} does not support insert", model.name);
        return Err(ApiError::new(400, message));
    }
    images(&mut heard, body, model)?;
    let context = u32::try_from(items(body, "context").len()).unwrap_or(0);
    heard.add_media(&items(body, "context").iter().map(ToString::to_string).collect::<String>(), context);
    heard.add(text(body, "system"));
    let prompt = text(body, "prompt");
    heard.add(prompt);
    heard.said(prompt);
    Ok((heard, prompt.is_empty()))
}
