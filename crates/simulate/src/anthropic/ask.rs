//! A messages request that was found to be right.

use serde_json::Value;

use super::blocks::{Place, Reader};
use super::check;
use super::error::ApiError;
use super::fields::{self, Thinking, Version};
use super::generation;
use super::messages::{self, Prompt};
use super::models;
use super::tools::{self, Choice, Tool};

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Answer,
    /// Only to count its tokens.
    Count,
}

/// What is asked for.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) model: String,
    pub(super) prompt: Prompt,
    pub(super) tools: Vec<Tool>,
    pub(super) choice: Choice,
    pub(super) one_at_a_time: bool,
    pub(super) schema: Option<Value>,
    pub(super) thinking: Option<Thinking>,
    pub(super) most_tokens: u32,
    pub(super) stops: Vec<String>,
    pub(super) stream: bool,
}

// === impl Ask ===

impl Ask {
    pub(super) fn read(
        value: Value,
        purpose: Purpose,
        version: Version,
        betas: bool,
        seed: u64,
    ) -> Result<Self, ApiError> {
        let Value::Object(map) = value else {
            return Err(ApiError::invalid("Input should be a valid dictionary"));
        };
        fields::check(&map, purpose, version, betas)?;
        let name = check::string("model", check::required(&map, "", "model")?)?;
        let model = models::resolve(name).ok_or_else(|| ApiError::no_model(name))?;
        generation::sampling(&map, &model)?;
        let given = |name: &str| map.get(name).filter(|value| !value.is_null());
        let mut prompt = Prompt::default();
        let tools = tools::tools(given("tools"), &mut prompt)?;
        if let Some(system) = given("system") {
            Reader { prompt: &mut prompt, version, seed }.content(system, "system", Place::System)?;
        }
        let list = check::array("messages", check::required(&map, "", "messages")?)?;
        messages::read(list, &mut prompt, version, seed)?;
        prompt.mark(&map, "")?;
        let thinking = fields::thinking(&map, &model)?;
        if thinking.is_some_and(|thinking| thinking.manual) {
            thought_first(&prompt)?;
        }
        let stops = given("stop_sequences").and_then(Value::as_array).into_iter().flatten();
        Ok(Self {
            choice: tools::choice(&map, &tools)?,
            one_at_a_time: tools::one_at_a_time(&map),
            schema: fields::output(&map, &model)?,
            most_tokens: given("max_tokens")
                .and_then(Value::as_u64)
                .map_or(0, |most| u32::try_from(most).unwrap_or(u32::MAX)),
            stops: stops.filter_map(Value::as_str).map(str::to_owned).collect(),
            stream: given("stream") == Some(&Value::Bool(true)),
            thinking,
            model,
            prompt,
            tools,
        })
    }

    /// How many tokens the whole prompt has, cached or not.
    pub(super) fn tokens(&self) -> u32 {
        self.prompt.tokens
    }
}

/// With thinking by hand, the turn that used a tool must still have the thought that led to it.
fn thought_first(prompt: &Prompt) -> Result<(), ApiError> {
    match prompt.unthinking.filter(|_| prompt.after_tool) {
        Some(at) => Err(ApiError::invalid(format!(
            "messages.{at}.content.0.type: Expected `thinking` or `redacted_thinking`. When `thinking` is enabled, \
             a final `assistant` message must start with a thinking block."
        ))),
        None => Ok(()),
    }
}
