//! A chat request that was found to be right.

use serde_json::{Value, json};

use super::error::ApiError;
use super::messages::{self, Talk};
use super::models::{self, Model};
use super::shapes;
use crate::shape::{count, given, is_schema, items, on, text, texts};
use crate::talk::{Choice, Form, Question, Tool};

/// What is asked for.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) question: Question,
    pub(super) prefix: Option<String>,
    pub(super) n: u32,
    pub(super) stream: bool,
    /// How many other tokens are told beside each, if chances are told at all.
    pub(super) logprobs: Option<usize>,
}

// === impl Ask ===

impl Ask {
    pub(super) fn read(body: &Value, seed: u64) -> Result<Self, ApiError> {
        shapes::CHAT.check(body)?;
        let model = models::resolve(text(body, "model"))?;
        if model.embeds {
            return Err(ApiError::no_model(&model.name));
        }
        let mut talk = Talk::read(body, seed)?;
        let tools = tools(body)?;
        for tool in &tools {
            talk.heard.add(&format!("{} {}", tool.name, tool.schema));
        }
        let one = given(body, "stop").and_then(Value::as_str).map(str::to_owned);
        let others = count(body, "top_logprobs").and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
        Ok(Self {
            prefix: talk.prefix,
            n: count(body, "n").unwrap_or(1),
            stream: on(body, "stream"),
            logprobs: on(body, "logprobs").then_some(others),
            question: Question {
                heard: talk.heard,
                choice: choice(body, &tools)?,
                tools,
                one_at_a_time: body.get("parallel_tool_calls") == Some(&Value::Bool(false)),
                form: form(body)?,
                stops: one.map_or_else(|| texts(body, "stop"), |one| vec![one]),
                most_tokens: count(body, "max_tokens").filter(|most| *most > 0),
                thinks: thinks(body, &model)?,
                model: model.name,
            },
        })
    }
}

fn tools(body: &Value) -> Result<Vec<Tool>, ApiError> {
    let functions = items(body, "tools").iter().filter_map(|tool| given(tool, "function"));
    let read = |function: &Value| {
        let name = text(function, "name");
        messages::function_name(name)?;
        let schema = function.get("parameters").cloned().unwrap_or_default();
        if !schema.get("type").is_none_or(|kind| kind == "object") || !is_schema(&schema) {
            let message =
                format!("Invalid tool schema for function {name}: it must be a JSON schema of an object");
            return Err(ApiError::new(400, "invalid_request_tool", "3290", message));
        }
        Ok(Tool { name: name.to_owned(), schema })
    };
    functions.map(read).collect()
}

fn choice(body: &Value, tools: &[Tool]) -> Result<Choice, ApiError> {
    let Some(choice) = given(body, "tool_choice") else { return Ok(Choice::Auto) };
    let wrong = |message: String| Err(ApiError::new(400, "invalid_request_tool_choice", "3290", message));
    match choice.as_str() {
        Some("none") => Ok(Choice::Never),
        Some("auto") => Ok(Choice::Auto),
        Some(word) if tools.is_empty() => wrong(format!("Cannot set tool_choice to {word} without tools")),
        Some(_) => Ok(Choice::Required),
        None => {
            let name = given(choice, "function").map(|function| text(function, "name")).unwrap_or_default();
            if tools.iter().any(|tool| tool.name == name) {
                return Ok(Choice::Named(name.to_owned()));
            }
            wrong(format!("The function {name} of tool_choice is not among the tools"))
        }
    }
}

fn form(body: &Value) -> Result<Form, ApiError> {
    let Some(format) = given(body, "response_format") else { return Ok(Form::Text) };
    match (text(format, "type"), given(format, "json_schema")) {
        ("json_object", _) => Ok(Form::Object),
        ("json_schema", None) => {
            let at = [json!("response_format"), json!("json_schema")];
            Err(ApiError::detail("missing", &at, "Field required", format))
        }
        ("json_schema", Some(inner)) if !inner.get("schema").is_some_and(is_schema) => {
            let message = "Invalid JSON schema in response_format";
            Err(ApiError::new(400, "invalid_request_error", "3051", message))
        }
        ("json_schema", Some(inner)) => Ok(Form::Schema(inner.get("schema").cloned().unwrap_or_default())),
        _ => Ok(Form::Text),
    }
}

/// A small number of tokens for each effort; real models take hundreds of times more.
fn thinks(body: &Value, model: &Model) -> Result<Option<u32>, ApiError> {
    let effort = text(body, "reasoning_effort");
    if !effort.is_empty() && effort != "none" && !model.can_reason {
        let message = format!("reasoning_effort is not supported by model {}", model.name);
        return Err(ApiError::new(400, "invalid_request_error", "3051", message));
    }
    Ok(match effort {
        "none" => None,
        "" if !model.reasons && text(body, "prompt_mode").is_empty() => None,
        "" if !model.can_reason => None,
        "minimal" | "low" => Some(6),
        "high" => Some(24),
        "xhigh" | "max" => Some(48),
        _ => Some(12),
    })
}
