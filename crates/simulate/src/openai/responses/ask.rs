//! A request for a response that was found to be right.

use base::Rng;
use serde_json::{Value, json};

use super::super::ask::{thinking, tier};
use super::super::check::{self, Object};
use super::super::error::ApiError;
use super::super::messages::Prompt;
use super::super::models::{self, Model, Task};
use super::super::tools::{Choice, Format};
use super::content;
use super::fields::{self, Purpose};
use super::items::Reader;
use super::keep::Keep;
use super::tools::{self, Tools};
use crate::synth;

/// What a request is read with: what is kept, for whom, and what makes ids.
pub(super) struct Context<'a> {
    pub(super) keep: &'a Keep,
    pub(super) owner: u64,
    pub(super) seed: u64,
    pub(super) ids: &'a mut Rng,
}

/// What is asked for.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the wire format")]
pub(super) struct Ask {
    pub(super) model: Model,
    pub(super) prompt: Prompt,
    /// What came before, then its own input, as they are kept.
    pub(super) items: Vec<Value>,
    pub(super) tools: Tools,
    pub(super) choice: Choice,
    pub(super) one_at_a_time: bool,
    pub(super) format: Format,
    pub(super) most_tokens: Option<u32>,
    pub(super) stream: bool,
    pub(super) obfuscate: bool,
    pub(super) store: bool,
    pub(super) background: bool,
    pub(super) logprobs: Option<usize>,
    /// How many tokens the model thinks before it answers.
    pub(super) reasoning_tokens: u32,
    pub(super) summarise: bool,
    pub(super) seal: bool,
    /// The fields of the answer that only repeat the request.
    pub(super) told: Object,
}

// === impl Ask ===

impl Ask {
    pub(super) fn read(value: Value, purpose: Purpose, context: Context<'_>) -> Result<Self, ApiError> {
        let Value::Object(map) = value else { return Err(ApiError::no_json()) };
        fields::check(&map, purpose)?;
        let model = model(&map, purpose)?;
        fields::of_model(&map, model.reasons)?;
        let given = |name: &str| map.get(name).filter(|value| !value.is_null());
        let tools = tools::read(given("tools"))?;
        let (prompt, items) = prompt(&map, &model, &tools, context)?;
        let (format, told_format) = tools::format(given("text"), &prompt.text)?;
        let on = |name: &str| given(name).and_then(Value::as_bool);
        let includes = |name: &str| {
            given("include").and_then(Value::as_array).is_some_and(|list| list.iter().any(|one| one == name))
        };
        let reasoning =
            |name: &str| given("reasoning").and_then(|map| map.get(name)).filter(|it| !it.is_null());
        let most = given("max_output_tokens").and_then(Value::as_u64);
        let others = given("top_logprobs").and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
        Ok(Self {
            choice: tools::choice(given("tool_choice"), &tools)?,
            one_at_a_time: on("parallel_tool_calls") == Some(false),
            most_tokens: most.map(|most| u32::try_from(most).unwrap_or(u32::MAX)),
            stream: on("stream") == Some(true),
            obfuscate: given("stream_options").and_then(|map| map.get("include_obfuscation"))
                != Some(&Value::Bool(false)),
            store: on("store") != Some(false),
            background: on("background") == Some(true),
            logprobs: includes("message.output_text.logprobs").then(|| others.unwrap_or(0)),
            reasoning_tokens: if model.reasons { thinking(reasoning("effort")) } else { 0 },
            summarise: reasoning("summary").or(reasoning("generate_summary")).is_some(),
            seal: includes("reasoning.encrypted_content"),
            told: told(&map, &model, &tools, &told_format),
            model,
            prompt,
            items,
            tools,
            format,
        })
    }
}

fn model(map: &Object, purpose: Purpose) -> Result<Model, ApiError> {
    let usual = Value::from("gpt-4o");
    let name = match map.get("model").filter(|name| !name.is_null()) {
        None if purpose == Purpose::Count => &usual,
        _ => check::required(map, "", "model")?,
    };
    let name = check::string("model", name)?;
    let model = models::resolve(name).ok_or_else(|| ApiError::no_model(name))?;
    if model.does(Task::Chat) {
        return Ok(model);
    }
    let message = format!("The requested model '{name}' cannot be used with the Responses API.");
    Err(ApiError::of("model", message).code("unsupported_model"))
}

/// Reads what came before and what is new.
fn prompt(
    map: &Object,
    model: &Model,
    tools: &Tools,
    context: Context<'_>,
) -> Result<(Prompt, Vec<Value>), ApiError> {
    let text = |name: &str| map.get(name).and_then(Value::as_str);
    if let Some(id) = map.get("conversation").and_then(|one| one.as_str().or_else(|| one.get("id")?.as_str()))
    {
        return Err(no_such("Conversation", id));
    }
    if let Some(id) = map.get("prompt").and_then(|one| one.get("id")).and_then(Value::as_str) {
        return Err(no_such("Prompt", id));
    }
    let Context { keep, owner, seed, ids } = context;
    let mut reader = Reader::new(keep, owner, seed, ids);
    let mut items = Vec::new();
    if let Some(id) = text("previous_response_id") {
        let kept = keep.get(owner, id).ok_or_else(|| {
            let message = format!("Previous response with id '{id}' not found.");
            ApiError::of("previous_response_id", message).code("previous_response_not_found")
        })?;
        items = [kept.input.as_slice(), kept.output()].concat();
        reader.context(&items)?;
    }
    if let Some(instructions) = text("instructions") {
        content::add(&mut reader.prompt, instructions);
    }
    match map.get("input").filter(|input| !input.is_null()) {
        Some(input) => items.extend(reader.input(input)?),
        None if !items.is_empty() => {}
        None => {
            let message = "One of \"input\" or \"previous_response_id\" or 'prompt' or 'conversation_id' \
                           must be provided.";
            return Err(ApiError::of("input", message).code("missing_required_parameter"));
        }
    }
    let thought = |item: &Value| item.get("type").is_some_and(|kind| kind == "reasoning");
    if !model.reasons && items.iter().any(thought) {
        let message = "Reasoning input items can only be provided to a reasoning or computer use model. \
                       Remove reasoning items from your input and try again.";
        return Err(ApiError::of("input", message));
    }
    let mut prompt = reader.end()?;
    for tool in &tools.told {
        prompt.tokens = prompt.tokens.saturating_add(synth::count(&tool.to_string()));
    }
    Ok((prompt, items))
}

fn no_such(what: &str, id: &str) -> ApiError {
    ApiError::invalid(http::StatusCode::NOT_FOUND, format!("{what} with id '{id}' not found."))
}

/// The fields of a request as its answer repeats them, defaults and all.
fn told(map: &Object, model: &Model, tools: &Tools, format: &Value) -> Object {
    let given = |name: &str, usual: Value| map.get(name).filter(|it| !it.is_null()).cloned().unwrap_or(usual);
    let inner = |outer: &str, name: &str| map.get(outer).and_then(|outer| outer.get(name)).cloned();
    let effort = if model.reasons { json!("medium") } else { Value::Null };
    let summary = inner("reasoning", "summary").or_else(|| inner("reasoning", "generate_summary"));
    let told = json!({
        "background": given("background", json!(false)),
        "instructions": given("instructions", Value::Null),
        "max_output_tokens": given("max_output_tokens", Value::Null),
        "max_tool_calls": given("max_tool_calls", Value::Null),
        "metadata": given("metadata", json!({})),
        "model": model.dated,
        "parallel_tool_calls": given("parallel_tool_calls", json!(true)),
        "previous_response_id": given("previous_response_id", Value::Null),
        "prompt_cache_key": given("prompt_cache_key", Value::Null),
        "reasoning": {
            "effort": inner("reasoning", "effort").filter(|effort| !effort.is_null()).unwrap_or(effort),
            "summary": summary,
        },
        "safety_identifier": given("safety_identifier", Value::Null),
        "service_tier": tier(map.get("service_tier")),
        "store": given("store", json!(true)),
        "temperature": given("temperature", json!(1.0)),
        "text": {
            "format": format,
            "verbosity": inner("text", "verbosity").unwrap_or(json!("medium")),
        },
        "tool_choice": given("tool_choice", json!("auto")),
        "tools": tools.told,
        "top_logprobs": given("top_logprobs", json!(0)),
        "top_p": given("top_p", json!(1.0)),
        "truncation": given("truncation", json!("disabled")),
        "user": given("user", Value::Null),
    });
    match told {
        Value::Object(told) => told,
        _ => Object::new(),
    }
}
