//! The fields of a request that depend on the model: how it thinks, and what goes with that.

use serde_json::{Map, Value};

use super::error::ApiError;
use super::models::Model;
use crate::shape::{Field, Kind, Mistake, Shape, What, count, given, may, need, text};

/// What Claude models take beside Converse's own fields.
static CLAUDE: Shape = Shape::Record(&[
    may("thinking", Shape::Open(THINKING)),
    may("reasoning_config", Shape::Open(THINKING)),
    may("top_k", Shape::Integer(0, i64::MAX)),
    may("anthropic_beta", Shape::List(0, usize::MAX, &Shape::Text)),
    may("anthropic_version", Shape::Text),
    may("output_config", Shape::Open(&[may("effort", Shape::Word(&EFFORTS))])),
    may("tool_choice", Shape::Object),
    may("tools", Shape::List(0, usize::MAX, &Shape::Object)),
]);

const THINKING: &[Field] = &[need("type", Shape::Text), may("budget_tokens", Shape::Integer(0, i64::MAX))];

const EFFORTS: [&str; 5] = ["low", "medium", "high", "xhigh", "max"];

/// How the model thinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Thinking {
    pub(super) tokens: u32,
    /// Whether its thoughts carry signatures, and so can be given back.
    pub(super) signed: bool,
    /// Whether it was switched on with a budget, which makes some demands on the messages.
    pub(super) manual: bool,
}

/// Reads `thinking` among the additional fields, or knows that a model always thinks.
pub(super) fn thinking(body: &Value, model: &Model) -> Result<Option<Thinking>, ApiError> {
    let nothing = Value::Object(Map::new());
    let more = given(body, "additionalModelRequestFields").unwrap_or(&nothing);
    if !model.is_claude() {
        let always = model.maker == "deepseek" || model.name.starts_with("gpt-oss");
        return Ok(always.then_some(Thinking { tokens: 16, signed: false, manual: false }));
    }
    CLAUDE.check(more).map_err(|mistake| extra(&mistake))?;
    let effort = given(body, "outputConfig").map(|config| text(config, "effort")).unwrap_or_default();
    if !effort.is_empty() && !EFFORTS.contains(&effort) {
        return Err(ApiError::of_model(&format!("output_config.effort: Input should be one of {EFFORTS:?}")));
    }
    let inference = given(body, "inferenceConfig").unwrap_or(&nothing);
    let generation = generation(&model.name);
    if generation >= (4, 1) && given(inference, "temperature").is_some() && given(inference, "topP").is_some()
    {
        return Err(ApiError::of_model(
            "`temperature` and `top_p` cannot both be specified for this model. Please use only one.",
        ));
    }
    let thinking = given(more, "thinking").or_else(|| given(more, "reasoning_config"));
    let Some(thinking) = thinking else { return Ok(None) };
    match text(thinking, "type") {
        "disabled" => Ok(None),
        "enabled" if !((3, 7)..(4, 7)).contains(&generation) => {
            Err(ApiError::of_model("\"thinking.type.enabled\" is not supported for this model."))
        }
        "enabled" => {
            let budget = count(thinking, "budget_tokens");
            by_hand(body, inference, more, budget)?;
            Ok(Some(Thinking { tokens: 24, signed: true, manual: true }))
        }
        "adaptive" if generation < (4, 6) => {
            Err(ApiError::of_model("adaptive thinking is not supported on this model"))
        }
        "adaptive" => {
            unheated(inference)?;
            Ok(Some(Thinking { tokens: adaptive(body, more), signed: true, manual: false }))
        }
        other => Err(ApiError::of_model(&format!(
            "thinking: Input tag '{other}' found using 'type' does not match any of the expected tags: 'adaptive', \
             'disabled', 'enabled'"
        ))),
    }
}

/// What is wrong with an additional field, in the model's words.
fn extra(mistake: &Mistake) -> ApiError {
    let at = mistake.dotted();
    ApiError::of_model(&match &mistake.what {
        What::Unknown => format!("{at}: Extra inputs are not permitted"),
        What::Missing => format!("{at}: Field required"),
        What::Word(known) => format!("{at}: Input should be one of {known:?}"),
        What::Kind(Kind::Object) => format!("{at}: Input should be a valid dictionary"),
        What::Kind(Kind::List) => format!("{at}: Input should be a valid list"),
        What::Kind(Kind::Integer) => format!("{at}: Input should be a valid integer"),
        What::Kind(_) => format!("{at}: Input should be a valid string"),
        _ => format!("{at}: Input is not valid"),
    })
}

/// What thinking with a budget does not go with.
fn by_hand(body: &Value, inference: &Value, more: &Value, budget: Option<u32>) -> Result<(), ApiError> {
    let Some(budget) = budget else {
        return Err(ApiError::of_model("thinking.enabled.budget_tokens: Field required"));
    };
    if budget < 1_024 {
        return Err(ApiError::of_model(
            "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024",
        ));
    }
    if count(inference, "maxTokens").is_some_and(|most| most <= budget) {
        return Err(ApiError::of_model("`max_tokens` must be greater than `thinking.budget_tokens`."));
    }
    unheated(inference)?;
    if given(more, "top_k").is_some() {
        return Err(ApiError::of_model("`top_k` must be unset when thinking is enabled."));
    }
    let choice = given(body, "toolConfig").and_then(|config| given(config, "toolChoice"));
    if choice.is_some_and(|choice| given(choice, "auto").is_none()) {
        return Err(ApiError::of_model("Thinking may not be enabled when tool_choice forces tool use."));
    }
    Ok(())
}

fn unheated(inference: &Value) -> Result<(), ApiError> {
    if given(inference, "temperature").and_then(Value::as_f64).is_some_and(|value| value < 1.0) {
        return Err(ApiError::of_model(
            "`temperature` may only be set to 1 when thinking is enabled or in adaptive mode.",
        ));
    }
    if given(inference, "topP").and_then(Value::as_f64).is_some_and(|value| value < 0.95) {
        return Err(ApiError::of_model(
            "`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled.",
        ));
    }
    Ok(())
}

/// A small number of tokens for each effort; real models take hundreds of times more.
fn adaptive(body: &Value, more: &Value) -> u32 {
    let own =
        given(body, "outputConfig").map(|config| text(config, "effort")).filter(|word| !word.is_empty());
    let effort = own.or_else(|| given(more, "output_config").map(|config| text(config, "effort")));
    match effort.unwrap_or("high") {
        "low" => 8,
        "medium" => 12,
        "xhigh" => 48,
        "max" => 96,
        _ => 24,
    }
}

/// Whether the caller wants one tool at a time.
pub(super) fn one_at_a_time(body: &Value) -> bool {
    let choice = body.pointer("/additionalModelRequestFields/tool_choice/disable_parallel_tool_use");
    choice == Some(&Value::Bool(true))
}

/// Whether the model goes on from what the last message begins to say.
pub(super) fn takes_prefill(model: &Model) -> bool {
    matches!(model.maker, "anthropic" if generation(&model.name) < (4, 6)) || model.maker == "amazon"
}

/// The generation in a Claude model's name; the newest where there is none.
fn generation(name: &str) -> (u32, u32) {
    let parts = name.split(['-', '.']).skip_while(|part| part.parse::<u32>().is_err());
    let mut numbers = parts.map(str::parse::<u32>);
    let major = numbers.next().and_then(Result::ok).unwrap_or(u32::MAX);
    let minor = numbers.next().and_then(Result::ok).filter(|minor| *minor < 100).unwrap_or(0);
    (major, minor)
}
