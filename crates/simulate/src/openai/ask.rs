//! A chat request that was found to be right.

use serde_json::Value;

use super::check;
use super::error::ApiError;
use super::fields;
use super::messages::{self, Prompt};
use super::models::{self, Model, Task};
use super::tools::{self, Choice, Format, Tool};
use crate::synth;

/// What is asked for.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the wire format")]
pub(super) struct Ask {
    pub(super) model: Model,
    pub(super) prompt: Prompt,
    pub(super) tools: Vec<Tool>,
    pub(super) choice: Choice,
    pub(super) one_at_a_time: bool,
    pub(super) format: Format,
    pub(super) most_tokens: Option<u32>,
    pub(super) stop: Vec<String>,
    pub(super) n: u32,
    pub(super) stream: bool,
    pub(super) include_usage: bool,
    pub(super) obfuscate: bool,
    /// How many other tokens are told beside each, if chances are told at all.
    pub(super) logprobs: Option<usize>,
    /// How many tokens the model thinks before it answers.
    pub(super) reasoning_tokens: u32,
    pub(super) service_tier: String,
}

// === impl Ask ===

impl Ask {
    pub(super) fn read(value: Value) -> Result<Self, ApiError> {
        let Value::Object(map) = value else { return Err(ApiError::no_json()) };
        fields::check(&map)?;
        let name = check::string("model", check::required(&map, "", "model")?)?;
        let model = models::resolve(name).ok_or_else(|| ApiError::no_model(name))?;
        if !model.does(Task::Chat) {
            return Err(ApiError::not_for("chat/completions", "completions", "chat"));
        }
        if model.reasons {
            fields::reasoning(&map)?;
        }
        let given = |name: &str| map.get(name).filter(|value| !value.is_null());
        let mut prompt = messages::read(check::array("messages", check::required(&map, "", "messages")?)?)?;
        let tools = tools::tools(given("tools"))?;
        if let Some(described) = given("tools") {
            prompt.tokens = prompt.tokens.saturating_add(synth::count(&described.to_string()));
        }
        let most = given("max_completion_tokens").or(given("max_tokens")).and_then(Value::as_u64);
        let on = |name: &str| given(name).and_then(Value::as_bool) == Some(true);
        let option = |name: &str| given("stream_options").and_then(|options| options.get(name)?.as_bool());
        Ok(Self {
            choice: tools::choice(given("tool_choice"), &tools)?,
            one_at_a_time: given("parallel_tool_calls") == Some(&Value::Bool(false)),
            format: tools::format(given("response_format"), &prompt.text)?,
            most_tokens: most.map(|most| u32::try_from(most).unwrap_or(u32::MAX)),
            stop: stop(given("stop"))?,
            n: given("n").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok()).unwrap_or(1),
            stream: on("stream"),
            include_usage: option("include_usage") == Some(true),
            obfuscate: option("include_obfuscation") != Some(false),
            logprobs: on("logprobs").then(|| others(given("top_logprobs"))),
            reasoning_tokens: if model.reasons { thinking(given("reasoning_effort")) } else { 0 },
            service_tier: tier(given("service_tier")),
            model,
            prompt,
            tools,
        })
    }
}

pub(super) fn stop(value: Option<&Value>) -> Result<Vec<String>, ApiError> {
    match value {
        None => Ok(Vec::new()),
        Some(Value::String(one)) => Ok(vec![one.clone()]),
        Some(Value::Array(list)) if list.len() <= 4 => {
            let text = |(at, text)| check::string(&format!("stop[{at}]"), text).map(str::to_owned);
            list.iter().enumerate().map(text).collect()
        }
        Some(Value::Array(_)) => {
            let message = "Invalid 'stop': array too long. Expected an array with maximum length 4.";
            Err(ApiError::of("stop", message).code("array_above_max_length"))
        }
        Some(other) => Err(check::wrong_type("stop", "one of a string or array of strings", other)),
    }
}

fn others(value: Option<&Value>) -> usize {
    value.and_then(Value::as_u64).and_then(|count| usize::try_from(count).ok()).unwrap_or(0)
}

/// A small number of tokens for each effort; real models take hundreds of times more.
pub(super) fn thinking(effort: Option<&Value>) -> u32 {
    match effort.and_then(Value::as_str).unwrap_or("medium") {
        "none" | "minimal" => 0,
        "low" => 4,
        "medium" => 8,
        "high" => 32,
        "xhigh" => 64,
        _ => 128,
    }
}

pub(super) fn tier(value: Option<&Value>) -> String {
    match value.and_then(Value::as_str) {
        None | Some("auto") => "default".to_owned(),
        Some(other) => other.to_owned(),
    }
}
