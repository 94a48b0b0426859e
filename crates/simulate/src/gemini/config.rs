//! How the answer is to be generated.

use serde_json::Value;

use super::Surface;
use super::error::ApiError;
use super::models::{Model, Thinks};
use super::schema;
use crate::say::Form;

/// The generation's settings.
#[derive(Debug)]
pub(super) struct Config {
    pub(super) most_tokens: Option<u32>,
    pub(super) candidates: u32,
    pub(super) stops: Vec<String>,
    pub(super) form: OwnForm,
    /// How many tokens the model thinks before it answers.
    pub(super) thinking_tokens: u32,
    pub(super) include_thoughts: bool,
    /// How many other tokens are told beside each, if chances are told at all.
    pub(super) logprobs: Option<usize>,
}

/// What the text must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum OwnForm {
    Text,
    Object,
    /// A value that fits this JSON Schema.
    Schema(Value),
}

// === impl OwnForm ===

impl OwnForm {
    pub(super) fn form(&self) -> Form<'_> {
        match self {
            Self::Text => Form::Text,
            Self::Object => Form::Object,
            Self::Schema(schema) => Form::Schema(schema),
        }
    }
}

/// The settings, their defaults, and what they must not be.
pub(super) fn read(config: Option<&Value>, model: &Model, surface: Surface) -> Result<Config, ApiError> {
    let given = |name: &str| config.and_then(|config| config.get(name));
    for (name, low, high) in [
        ("temperature", 0.0, 2.0),
        ("topP", 0.0, 1.0),
        ("topK", 1.0, 1_000_000.0),
        ("candidateCount", 1.0, 8.0),
        ("maxOutputTokens", 1.0, 65_536.0),
        ("presencePenalty", -2.0, 1.999_999),
        ("frequencyPenalty", -2.0, 1.999_999),
        ("logprobs", 0.0, 20.0),
    ] {
        if let Some(value) = given(name).filter(|value| outside(value, low, high)) {
            return Err(out_of_range(name, value, low, high, surface));
        }
    }
    let whole = |name: &str| given(name).and_then(Value::as_u64).and_then(|it| u32::try_from(it).ok());
    let stops = given("stopSequences").and_then(Value::as_array).into_iter().flatten();
    let stops: Vec<String> = stops.filter_map(|stop| Some(stop.as_str()?.to_owned())).collect();
    if stops.len() > 5 {
        let what = "The number of stop sequences must be at most 5.";
        return Err(ApiError::field("generation_config.stop_sequences", what));
    }
    let told = given("responseLogprobs") == Some(&Value::Bool(true));
    if given("logprobs").is_some() && !told {
        let what = "logprobs is only allowed when response_logprobs is true.";
        return Err(ApiError::field("generation_config.logprobs", what));
    }
    let others = whole("logprobs").and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
    Ok(Config {
        most_tokens: whole("maxOutputTokens"),
        candidates: whole("candidateCount").unwrap_or(1),
        stops,
        form: form(config)?,
        thinking_tokens: thinking(given("thinkingConfig"), model)?,
        include_thoughts: given("thinkingConfig").and_then(|thinking| thinking.get("includeThoughts"))
            == Some(&Value::Bool(true)),
        logprobs: told.then_some(others),
    })
}

fn outside(value: &Value, low: f64, high: f64) -> bool {
    value.as_f64().is_some_and(|number| !(low..=high).contains(&number))
}

fn out_of_range(name: &str, value: &Value, low: f64, high: f64, surface: Surface) -> ApiError {
    match surface {
        Surface::Gemini(_) => {
            let name = super::proto::snake(name);
            let what = format!("{name} must be in the range [{low:?}, {high:?}].");
            ApiError::field(&format!("generation_config.{name}"), &what)
        }
        Surface::Vertex => ApiError::invalid(format!(
            "Unable to submit request because it has a {name} value of {value} but the supported range is from \
             {low} (inclusive) to {high} (inclusive). Update the value and try again."
        )),
    }
}

/// What the text must be: the media type and the schema go together.
fn form(config: Option<&Value>) -> Result<OwnForm, ApiError> {
    let given = |name: &str| config.and_then(|config| config.get(name));
    let mime = given("responseMimeType").and_then(Value::as_str).unwrap_or("text/plain");
    let json = ["application/json", "text/x.enum"].contains(&mime);
    if !json && mime != "text/plain" {
        let what = "allowed mimetypes are `text/plain`, `application/json`, `application/xml`, `application/yaml` \
                    and `text/x.enum`.";
        return Err(ApiError::field("generation_config.response_mime_type", what));
    }
    let at = "generation_config.response_schema";
    let schema = match (given("responseSchema"), given("responseJsonSchema")) {
        (Some(_), Some(_)) => {
            let what = "response_schema and response_json_schema are mutually exclusive.";
            return Err(ApiError::field(at, what));
        }
        (Some(schema), None) => {
            schema::check(schema, at)?;
            Some(schema::plain(schema))
        }
        (None, given) => given.map(schema::plain),
    };
    match schema {
        Some(_) if !json => {
            let what = "only 'application/json' and 'text/x.enum' response mime types can have a schema.";
            Err(ApiError::field("generation_config.response_mime_type", what))
        }
        Some(schema) => Ok(OwnForm::Schema(schema)),
        None if json => Ok(OwnForm::Object),
        None => Ok(OwnForm::Text),
    }
}

/// A small number of tokens for each level or budget; real models take hundreds of times more.
fn thinking(config: Option<&Value>, model: &Model) -> Result<u32, ApiError> {
    let given = |name: &str| config.and_then(|config| config.get(name));
    let budget = given("thinkingBudget").and_then(Value::as_i64);
    let level = given("thinkingLevel").and_then(Value::as_str);
    if budget.is_some() && level.is_some() {
        let message = "You can only set only one of thinking budget and thinking level.";
        return Err(ApiError::invalid(message));
    }
    let include = given("includeThoughts") == Some(&Value::Bool(true));
    match model.thinks {
        Thinks::Never if include || level.is_some() || budget.is_some_and(|budget| budget > 0) => {
            Err(ApiError::thinking(model, "Thinking is not supported by this model."))
        }
        Thinks::Never => Ok(0),
        Thinks::ByBudget if level.is_some() => {
            Err(ApiError::thinking(model, "Thinking level is not supported for this model."))
        }
        _ if budget.is_some_and(|budget| !(-1..=32_768).contains(&budget)) => {
            let message = format!(
                "The thinking budget {} is invalid. Please choose a value between 0 and 32768.",
                budget.unwrap_or(0)
            );
            Err(ApiError::invalid(message))
        }
        _ if budget == Some(0) && model.name.contains("pro") => {
            Err(ApiError::invalid("Budget 0 is invalid. This model only works in thinking mode."))
        }
        Thinks::ByLevel if level == Some("MINIMAL") && model.name.contains("pro") => {
            Err(ApiError::thinking(model, "Thinking level MINIMAL is not supported for this model."))
        }
        Thinks::ByBudget if budget.is_none() && model.name.contains("lite") => Ok(0),
        _ => Ok(match (level, budget) {
            (Some("MINIMAL"), _) | (_, Some(0)) => 0,
            (Some("LOW"), _) => 4,
            (Some("HIGH"), _) => 32,
            (Some("XHIGH"), _) => 64,
            (_, Some(budget)) if budget > 0 => u32::try_from(budget).unwrap_or(8).min(16),
            _ => 8,
        }),
    }
}
