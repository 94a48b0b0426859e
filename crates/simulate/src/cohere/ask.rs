//! A chat request that was found to be right.

use serde_json::{Value, json};

use super::error::ApiError;
use super::messages::{Source, Talk};
use super::models::{self, Does};
use super::shapes;
use crate::shape::{count, given, is_schema, items, on, text, texts};
use crate::talk::{Choice, Form, Question, Tool};

/// What a model that reasons thinks; real models take hundreds of times more.
const THOUGHT: u32 = 16;

/// What is asked for.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) question: Question,
    /// What the answer cites; nothing if it shall not.
    pub(super) sources: Vec<Source>,
    /// Whether citations come after the text and not within it.
    pub(super) cites_late: bool,
    pub(super) stream: bool,
    pub(super) logprobs: bool,
}

// === impl Ask ===

impl Ask {
    pub(super) fn read(body: &Value) -> Result<Self, ApiError> {
        shapes::CHAT.check(body)?;
        let model = models::resolve(text(body, "model"), Does::Chat)?;
        let talk = Talk::read(body, &model)?;
        let mut heard = talk.heard;
        let tools = tools(body)?;
        for tool in &tools {
            heard.add(&format!("{} {}", tool.name, tool.schema));
        }
        let documents = documents(body);
        for document in &documents {
            heard.add(&document.text);
        }
        let form = form(body, !tools.is_empty() || !documents.is_empty())?;
        let choice = match text(body, "tool_choice") {
            "" => Choice::Auto,
            _ if tools.is_empty() => {
                return Err(ApiError::invalid("tool_choice can only be set when tools are provided."));
            }
            "NONE" => Choice::Never,
            _ => Choice::Required,
        };
        let mode = given(body, "citation_options").map(|options| text(options, "mode")).unwrap_or_default();
        let sources = if talk.sources.is_empty() { documents } else { talk.sources };
        let thinking = given(body, "thinking");
        let disabled = thinking.is_some_and(|thinking| text(thinking, "type") == "disabled");
        if !model.reasons && thinking.is_some() && !disabled {
            let message = format!("thinking is not supported by model '{}'.", model.name);
            return Err(ApiError::invalid(&message));
        }
        let budget = thinking.and_then(|thinking| count(thinking, "token_budget")).unwrap_or(THOUGHT);
        Ok(Self {
            question: Question {
                model: model.name,
                heard,
                tools,
                choice,
                one_at_a_time: false,
                form,
                stops: texts(body, "stop_sequences"),
                most_tokens: count(body, "max_tokens"),
                thinks: (model.reasons && !disabled).then_some(budget.min(THOUGHT)),
            },
            sources: if matches!(mode, "OFF" | "DISABLED") { Vec::new() } else { sources },
            cites_late: mode == "ACCURATE",
            stream: on(body, "stream"),
            logprobs: on(body, "logprobs"),
        })
    }
}

fn tools(body: &Value) -> Result<Vec<Tool>, ApiError> {
    let strict = on(body, "strict_tools");
    let tools = items(body, "tools").iter().filter_map(|tool| given(tool, "function"));
    let read = |function: &Value| {
        let (name, schema) =
            (text(function, "name"), function.get("parameters").cloned().unwrap_or_default());
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)) {
            let message =
                format!("tool name '{name}' may only contain letters, digits, underscores and dashes.");
            return Err(ApiError::invalid(&message));
        }
        if !schema.get("type").is_none_or(|kind| kind == "object") {
            let message = format!("the parameters of tool '{name}' must be of type object.");
            return Err(ApiError::invalid(&message));
        }
        if !is_schema(&schema) {
            let message = format!("the parameters of tool '{name}' are not a valid JSON schema.");
            return Err(ApiError::invalid(&message));
        }
        if strict && items(&schema, "required").is_empty() {
            let message =
                format!("with strict_tools, tool '{name}' must have at least one required parameter.");
            return Err(ApiError::invalid(&message));
        }
        Ok(Tool { name: name.to_owned(), schema })
    };
    tools.map(read).collect()
}

/// The documents to answer from; those without an id are numbered.
fn documents(body: &Value) -> Vec<Source> {
    let documents = items(body, "documents").iter().enumerate();
    let read = |(at, document): (usize, &Value)| {
        let data = match document.get("data").unwrap_or(document) {
            Value::String(text) => json!({"text": text}),
            data => data.clone(),
        };
        let id = given(document, "id").and_then(Value::as_str);
        let id = id.map_or_else(|| format!("doc:{at}"), str::to_owned);
        let words = data.as_object().into_iter().flatten().filter_map(|(_, value)| value.as_str());
        let words = words.collect::<Vec<_>>().join(" ");
        let mut shown = data.clone();
        if let Some(map) = shown.as_object_mut() {
            map.insert("id".to_owned(), id.clone().into());
        }
        Source { wire: json!({"type": "document", "id": id, "document": shown}), text: words }
    };
    documents.map(read).collect()
}

fn form(body: &Value, has_sources: bool) -> Result<Form, ApiError> {
    let Some(format) = given(body, "response_format") else { return Ok(Form::Text) };
    if text(format, "type") == "text" {
        return Ok(Form::Text);
    }
    if has_sources {
        return Err(ApiError::invalid(
            "response_format of type json_object is not supported with tools or documents.",
        ));
    }
    match given(format, "json_schema") {
        None => Ok(Form::Object),
        Some(schema) if text(schema, "type") != "object" => {
            Err(ApiError::invalid("the json_schema of response_format must be of type object."))
        }
        Some(schema) if !is_schema(schema) => {
            Err(ApiError::invalid("the json_schema of response_format is not a valid JSON schema."))
        }
        Some(schema) if items(schema, "required").is_empty() => Err(ApiError::invalid(
            "the json_schema of response_format must have at least one required field.",
        )),
        Some(schema) => Ok(Form::Schema(schema.clone())),
    }
}
