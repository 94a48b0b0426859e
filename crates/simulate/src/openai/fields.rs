//! The fields that a chat request can have, and what each takes.

use serde_json::Value;

use super::check::{self, Object};
use super::error::ApiError;

/// What a field takes.
#[derive(Clone, Copy)]
pub(super) enum Takes {
    Number(f64, f64),
    Integer(i64, i64),
    Bool,
    Text,
    Word(&'static [&'static str]),
    Object,
    Array,
    /// Checked where it is read.
    Own,
}

pub(super) const EFFORTS: [&str; 7] = ["none", "minimal", "low", "medium", "high", "xhigh", "max"];
pub(super) const TIERS: [&str; 6] = ["auto", "default", "flex", "scale", "priority", "fast"];

/// A field: its name, whether it takes `null` for "not given", and what else it takes.
pub(super) type Field = (&'static str, bool, Takes);

/// All fields; those marked `true` take `null` for "not given".
const FIELDS: [Field; 37] = [
    ("audio", true, Takes::Object),
    ("frequency_penalty", true, Takes::Number(-2.0, 2.0)),
    ("function_call", false, Takes::Own),
    ("functions", false, Takes::Array),
    ("logit_bias", true, Takes::Object),
    ("logprobs", true, Takes::Bool),
    ("max_completion_tokens", true, Takes::Integer(1, i64::MAX)),
    ("max_tokens", true, Takes::Integer(1, i64::MAX)),
    ("messages", false, Takes::Array),
    ("metadata", true, Takes::Object),
    ("modalities", true, Takes::Array),
    ("model", false, Takes::Text),
    ("moderation", true, Takes::Object),
    ("n", true, Takes::Integer(1, 128)),
    ("parallel_tool_calls", false, Takes::Bool),
    ("prediction", true, Takes::Object),
    ("presence_penalty", true, Takes::Number(-2.0, 2.0)),
    ("prompt_cache_key", true, Takes::Text),
    ("prompt_cache_options", true, Takes::Object),
    ("prompt_cache_retention", true, Takes::Word(&["in-memory", "24h"])),
    ("reasoning_effort", true, Takes::Word(&EFFORTS)),
    ("response_format", false, Takes::Object),
    ("safety_identifier", true, Takes::Text),
    ("seed", true, Takes::Integer(i64::MIN, i64::MAX)),
    ("service_tier", true, Takes::Word(&TIERS)),
    ("stop", true, Takes::Own),
    ("store", true, Takes::Bool),
    ("stream", true, Takes::Bool),
    ("stream_options", true, Takes::Object),
    ("temperature", true, Takes::Number(0.0, 2.0)),
    ("tool_choice", false, Takes::Own),
    ("tools", false, Takes::Array),
    ("top_logprobs", true, Takes::Integer(0, 20)),
    ("top_p", true, Takes::Number(0.0, 1.0)),
    ("user", false, Takes::Text),
    ("verbosity", true, Takes::Word(&["low", "medium", "high"])),
    ("web_search_options", false, Takes::Object),
];

/// Refuses fields that are not known, then values that a field does not take, then what does not go
/// together.
pub(super) fn check(map: &Object) -> Result<(), ApiError> {
    known(map, &FIELDS)?;
    relations(map)
}

/// Refuses fields that are not in the table, then values that a field does not take.
pub(super) fn known(map: &Object, fields: &[Field]) -> Result<(), ApiError> {
    let find = |name: &str| fields.iter().find(|(known, ..)| *known == name);
    let strange: Vec<_> = map.keys().filter(|name| find(name).is_none()).map(String::as_str).collect();
    match strange.as_slice() {
        [] => {}
        [one] => return Err(strange_error(format!("Unrecognized request argument supplied: {one}"))),
        several => {
            return Err(strange_error(format!(
                "Unrecognized request arguments supplied: {}",
                several.join(", ")
            )));
        }
    }
    for (name, value) in map {
        if let Some((_, nullable, takes)) = find(name)
            && !(*nullable && value.is_null())
        {
            check_one(name, value, *takes)?;
        }
    }
    Ok(())
}

fn strange_error(message: String) -> ApiError {
    ApiError::invalid(http::StatusCode::BAD_REQUEST, message)
}

/// Refuses a value that a field does not take.
pub(super) fn check_one(name: &str, value: &Value, takes: Takes) -> Result<(), ApiError> {
    match takes {
        Takes::Number(low, high) => check::number(name, value, low, high).map(drop),
        Takes::Integer(low, high) => check::integer(name, value, low, high).map(drop),
        Takes::Bool => check::boolean(name, value).map(drop),
        Takes::Text => check::string(name, value).map(drop),
        Takes::Word(known) => check::one_of(name, value, known).map(drop),
        Takes::Object => check::object(name, value).map(drop),
        Takes::Array => check::array(name, value).map(drop),
        Takes::Own => Ok(()),
    }
}

/// Fields that go only together, and the insides of small objects.
fn relations(map: &Object) -> Result<(), ApiError> {
    let given = |name: &str| map.get(name).filter(|value| !value.is_null());
    let on = |name: &str| given(name).and_then(Value::as_bool) == Some(true);
    if let Some(options) = given("stream_options") {
        if !on("stream") {
            let message = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
            return Err(ApiError::of("stream_options", message));
        }
        let options = check::object("stream_options", options)?;
        check::only(options, "stream_options", &["include_usage", "include_obfuscation"])?;
        for (name, value) in options {
            check::boolean(&check::path("stream_options", name), value)?;
        }
    }
    if given("top_logprobs").is_some() && !on("logprobs") {
        let message = "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.";
        return Err(ApiError::of("top_logprobs", message));
    }
    for name in ["tool_choice", "parallel_tool_calls"] {
        if given(name).is_some() && given("tools").is_none() {
            let message = format!("'{name}' is only allowed when 'tools' are specified.");
            return Err(ApiError::of(name, message));
        }
    }
    if given("max_tokens").is_some() && given("max_completion_tokens").is_some() {
        let message = "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.";
        return Err(ApiError::of("max_tokens", message).code("invalid_parameter_combination"));
    }
    metadata(given("metadata"))?;
    logit_bias(given("logit_bias"))
}

pub(super) fn metadata(value: Option<&Value>) -> Result<(), ApiError> {
    let Some(map) = value.and_then(Value::as_object) else { return Ok(()) };
    if map.len() > 16 {
        let message = "Invalid 'metadata': too many properties. Expected at most 16 properties.";
        return Err(ApiError::of("metadata", message).code("object_above_max_properties"));
    }
    map.iter().try_for_each(|(name, value)| check::string(&check::path("metadata", name), value).map(drop))
}

fn logit_bias(value: Option<&Value>) -> Result<(), ApiError> {
    let Some(map) = value.and_then(Value::as_object) else { return Ok(()) };
    let check = |(name, value): (&String, &Value)| {
        check::number(&check::path("logit_bias", name), value, -100.0, 100.0).map(drop)
    };
    map.iter().try_for_each(check)
}

/// What models that reason do not take.
pub(super) fn reasoning(map: &Object) -> Result<(), ApiError> {
    let given = |name: &str| map.get(name).filter(|value| !value.is_null());
    if given("max_tokens").is_some() {
        let message = "Unsupported parameter: 'max_tokens' is not supported with this model. \
                       Use 'max_completion_tokens' instead.";
        return Err(ApiError::of("max_tokens", message).code("unsupported_parameter"));
    }
    for (name, usual) in
        [("temperature", 1.0), ("top_p", 1.0), ("presence_penalty", 0.0), ("frequency_penalty", 0.0)]
    {
        if let Some(value) =
            given(name).and_then(Value::as_f64).filter(|value| (value - usual).abs() > f64::EPSILON)
        {
            let message = format!(
                "Unsupported value: '{name}' does not support {value} with this model. \
                 Only the default ({usual}) value is supported."
            );
            return Err(ApiError::of(name, message).code("unsupported_value"));
        }
    }
    for name in ["logprobs", "top_logprobs", "logit_bias", "stop"] {
        if given(name).is_some_and(|value| *value != Value::Bool(false)) {
            let message = format!("Unsupported parameter: '{name}' is not supported with this model.");
            return Err(ApiError::of(name, message).code("unsupported_parameter"));
        }
    }
    Ok(())
}
