//! A Converse request that was found to be right.

use serde_json::Value;

use super::blocks;
use super::cache::Marks;
use super::error::ApiError;
use super::fields::{self, Thinking};
use super::messages::Talk;
use super::models::Model;
use super::shapes;
use crate::shape::{count, given, is_schema, items, on, text, texts};
use crate::talk::{Choice, Form, Question, Tool};

/// What is asked for.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) question: Question,
    pub(super) marks: Marks,
    pub(super) thinking: Option<Thinking>,
    /// Given back as it was asked for.
    pub(super) service_tier: Option<String>,
    pub(super) performance: Option<Value>,
    /// Whether the answer tells which stop sequence ended it.
    pub(super) tells_stop: bool,
    pub(super) guardrail: Option<Guardrail>,
}

/// A guardrail that watches over the conversation.
#[derive(Clone, Debug)]
pub(super) struct Guardrail {
    pub(super) id: String,
    /// Whether the answer tells what it found.
    pub(super) traced: bool,
}

// === impl Ask ===

impl Ask {
    pub(super) fn read(body: &Value, model: &Model, seed: u64) -> Result<Self, ApiError> {
        shapes::CONVERSE.check(body)?;
        let mut talk = Talk::default();
        let tools = tools(body, &mut talk)?;
        talk.read(body, seed)?;
        if talk.has_tools && given(body, "toolConfig").is_none() {
            return Err(ApiError::invalid(
                "The toolConfig field must be defined when using toolUse and toolResult content blocks.",
            ));
        }
        let thinking = fields::thinking(body, model)?;
        if let (Some(at), Some(thinking)) = (talk.unthinking, thinking)
            && thinking.manual
            && !talk.heard.results.is_empty()
        {
            return Err(ApiError::of_model(&format!(
                "messages.{at}.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`. When \
                 `thinking` is enabled, a final `assistant` message must start with a thinking block."
            )));
        }
        if talk.ends_with_model && !fields::takes_prefill(model) {
            return Err(ApiError::invalid(
                "This model does not support assistant message prefill. The conversation must end with a user message.",
            ));
        }
        let inference = given(body, "inferenceConfig").unwrap_or(&Value::Null);
        let paths = texts(body, "additionalModelResponseFieldPaths");
        Ok(Self {
            question: Question {
                model: model.name.clone(),
                heard: talk.heard,
                choice: choice(body, &tools)?,
                tools,
                one_at_a_time: fields::one_at_a_time(body),
                form: form(body)?,
                stops: texts(inference, "stopSequences"),
                most_tokens: count(inference, "maxTokens"),
                thinks: thinking.map(|thinking| thinking.tokens),
            },
            marks: talk.marks,
            thinking,
            service_tier: given(body, "serviceTier").map(|tier| text(tier, "type").to_owned()),
            performance: given(body, "performanceConfig").cloned(),
            guardrail: guardrail(body)?,
            tells_stop: paths.iter().any(|path| path == "/stop_sequence"),
        })
    }
}

/// The tools come first in the prompt.
fn tools(body: &Value, talk: &mut Talk) -> Result<Vec<Tool>, ApiError> {
    let Some(config) = given(body, "toolConfig") else { return Ok(Vec::new()) };
    let mut tools: Vec<Tool> = Vec::new();
    for (at, tool) in items(config, "tools").iter().enumerate() {
        let here = format!("toolConfig.tools.{at}");
        if let Some(point) = given(tool, "cachePoint") {
            talk.marks.set(&talk.heard, text(point, "ttl"))?;
            continue;
        }
        talk.heard.add(&tool.to_string());
        let Some(spec) = given(tool, "toolSpec") else { continue };
        let name = text(spec, "name");
        blocks::tool_name(name, &format!("{here}.toolSpec.name"))?;
        if tools.iter().any(|known| known.name == name) {
            return Err(ApiError::invalid(format!(
                "The tool name {name} at {here}.toolSpec.name is not unique. Give each tool its own name."
            )));
        }
        let schema = given(spec, "inputSchema").and_then(|schema| schema.get("json")).cloned();
        let schema = schema.unwrap_or_default();
        if schema.get("type").and_then(Value::as_str) != Some("object") {
            return Err(ApiError::invalid(format!(
                "The value at {here}.toolSpec.inputSchema.json.type must be one of the following: object."
            )));
        }
        if !is_schema(&schema) {
            return Err(ApiError::of_model(&format!(
                "tools.{at}.custom.input_schema: JSON schema is invalid. It must match JSON Schema draft 2020-12"
            )));
        }
        if on(spec, "strict") {
            closed(&schema, &format!("{here}.toolSpec.inputSchema.json"))?;
        }
        tools.push(Tool { name: name.to_owned(), schema });
    }
    Ok(tools)
}

/// With `strict`, and in structured answers, every object is closed.
fn closed(schema: &Value, at: &str) -> Result<(), ApiError> {
    let Some(map) = schema.as_object() else { return Ok(()) };
    let is_object = text(schema, "type") == "object";
    if is_object && map.get("additionalProperties") != Some(&Value::Bool(false)) {
        return Err(ApiError::of_model(&format!(
            "{at}: For 'object' type, 'additionalProperties' must be explicitly set to false"
        )));
    }
    let maps = ["properties", "$defs"].into_iter().filter_map(|name| map.get(name)?.as_object());
    let lists = ["anyOf", "allOf"].into_iter().filter_map(|name| map.get(name)?.as_array());
    let parts = maps.flat_map(|parts| parts.values()).chain(lists.flatten()).chain(map.get("items"));
    parts.into_iter().try_for_each(|part| closed(part, at))
}

fn choice(body: &Value, tools: &[Tool]) -> Result<Choice, ApiError> {
    let choice = given(body, "toolConfig").and_then(|config| given(config, "toolChoice"));
    let Some(choice) = choice else { return Ok(Choice::Auto) };
    if given(choice, "any").is_some() {
        return Ok(Choice::Required);
    }
    let Some(tool) = given(choice, "tool") else { return Ok(Choice::Auto) };
    let name = text(tool, "name");
    if tools.iter().any(|known| known.name == name) {
        return Ok(Choice::Named(name.to_owned()));
    }
    Err(ApiError::invalid(format!(
        "The tool {name} in toolConfig.toolChoice is not one of toolConfig.tools."
    )))
}

/// The schema of a structured answer stands in a text.
fn form(body: &Value) -> Result<Form, ApiError> {
    let format = given(body, "outputConfig").and_then(|config| given(config, "textFormat"));
    let Some(format) = format else { return Ok(Form::Text) };
    let schema = format.pointer("/structure/jsonSchema/schema").and_then(Value::as_str).unwrap_or_default();
    let at = "outputConfig.textFormat.structure.jsonSchema.schema";
    match serde_json::from_str::<Value>(schema) {
        Ok(schema) if schema.is_object() && is_schema(&schema) => {
            closed(&schema, at)?;
            Ok(Form::Schema(schema))
        }
        _ => Err(ApiError::invalid(format!("The value at {at} is not a valid JSON schema."))),
    }
}

/// A guardrail is named together with its version.
fn guardrail(body: &Value) -> Result<Option<Guardrail>, ApiError> {
    let Some(config) = given(body, "guardrailConfig") else { return Ok(None) };
    let (id, version) = (text(config, "guardrailIdentifier"), text(config, "guardrailVersion"));
    let number = version.parse::<u32>().is_ok_and(|version| version > 0);
    if id.is_empty() || !(number || version == "DRAFT") {
        return Err(ApiError::invalid(
            "The guardrail identifier or version provided in the request does not exist.",
        ));
    }
    let traced = matches!(text(config, "trace"), "enabled" | "enabled_full");
    Ok(Some(Guardrail { id: id.to_owned(), traced }))
}
