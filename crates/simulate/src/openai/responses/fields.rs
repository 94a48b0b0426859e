//! The fields that a request for a response can have, and what each takes.

use serde_json::Value;

use super::super::check::{self, Object, path};
use super::super::error::ApiError;
use super::super::fields::{EFFORTS, TIERS, Takes, check_one, metadata};

/// What a request is for; each takes its own fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Answer,
    Count,
    Compact,
}

const ANSWER: [Purpose; 1] = [Purpose::Answer];
const COUNTED: [Purpose; 2] = [Purpose::Answer, Purpose::Count];
const COMPACTED: [Purpose; 2] = [Purpose::Answer, Purpose::Compact];
const ALL: [Purpose; 3] = [Purpose::Answer, Purpose::Count, Purpose::Compact];

pub(super) const INCLUDES: [&str; 8] = [
    "file_search_call.results",
    "web_search_call.results",
    "web_search_call.action.sources",
    "message.input_image.image_url",
    "computer_call_output.output.image_url",
    "code_interpreter_call.outputs",
    "reasoning.encrypted_content",
    "message.output_text.logprobs",
];

/// All fields, what they take and where; all but those in `NOT_NULL` take `null` for "not given".
const FIELDS: [(&str, Takes, &[Purpose]); 35] = [
    ("access_programs", Takes::Object, &ANSWER),
    ("background", Takes::Bool, &ANSWER),
    ("background_options", Takes::Object, &ANSWER),
    // Sent by the vendor's own agent, and not in its reference.
    ("client_metadata", Takes::Object, &ANSWER),
    ("context_management", Takes::Array, &ANSWER),
    ("conversation", Takes::Own, &COUNTED),
    ("image", Takes::Object, &COMPACTED),
    ("include", Takes::Array, &ANSWER),
    ("input", Takes::Own, &ALL),
    ("instructions", Takes::Text, &ALL),
    ("max_output_tokens", Takes::Integer(16, i64::MAX), &ANSWER),
    ("max_tool_calls", Takes::Integer(1, i64::MAX), &ANSWER),
    ("metadata", Takes::Object, &ANSWER),
    ("model", Takes::Text, &ALL),
    ("moderation", Takes::Object, &ANSWER),
    ("parallel_tool_calls", Takes::Bool, &COUNTED),
    ("personality", Takes::Text, &[Purpose::Count]),
    ("previous_response_id", Takes::Text, &ALL),
    ("prompt", Takes::Object, &ANSWER),
    ("prompt_cache_key", Takes::Text, &COMPACTED),
    ("prompt_cache_options", Takes::Object, &COMPACTED),
    ("prompt_cache_retention", Takes::Word(&["in_memory", "in-memory", "24h"]), &COMPACTED),
    ("reasoning", Takes::Object, &COUNTED),
    ("safety_identifier", Takes::Text, &ANSWER),
    ("service_tier", Takes::Word(&TIERS), &COMPACTED),
    ("store", Takes::Bool, &ANSWER),
    ("stream", Takes::Bool, &ANSWER),
    ("stream_options", Takes::Object, &ANSWER),
    ("temperature", Takes::Number(0.0, 2.0), &ANSWER),
    ("text", Takes::Object, &COUNTED),
    ("tool_choice", Takes::Own, &COUNTED),
    ("tools", Takes::Array, &COUNTED),
    ("top_logprobs", Takes::Integer(0, 20), &ANSWER),
    ("top_p", Takes::Number(0.0, 1.0), &ANSWER),
    ("truncation", Takes::Word(&["auto", "disabled"]), &COUNTED),
];

/// Fields that must have a value where they stand.
const NOT_NULL: [&str; 6] = ["model", "input", "text", "tools", "tool_choice", "image"];

/// Refuses fields that are not known, values that a field does not take, and fields that do not go together.
pub(super) fn check(map: &Object, purpose: Purpose) -> Result<(), ApiError> {
    for (name, value) in map {
        let known = FIELDS.iter().find(|(known, _, purposes)| known == name && purposes.contains(&purpose));
        let takes = match known {
            Some((_, takes, _)) => *takes,
            // What was `user` before it was split into two others is still taken.
            None if name == "user" && purpose == Purpose::Answer => Takes::Text,
            None => return Err(check::unknown(name)),
        };
        let nullable = purpose != Purpose::Answer || !NOT_NULL.contains(&name.as_str());
        if !(nullable && value.is_null()) {
            check_one(name, value, takes)?;
        }
    }
    relations(map)
}

fn relations(map: &Object) -> Result<(), ApiError> {
    let given = |name: &str| map.get(name).filter(|value| !value.is_null());
    let on = |name: &str| given(name).and_then(Value::as_bool) == Some(true);
    if let Some(options) = given("stream_options") {
        if !on("stream") {
            let message = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
            return Err(ApiError::of("stream_options", message));
        }
        let options = check::object("stream_options", options)?;
        check::only(options, "stream_options", &["include_obfuscation"])?;
        for (name, value) in options {
            check::boolean(&path("stream_options", name), value)?;
        }
    }
    if on("background") && given("store") == Some(&Value::Bool(false)) {
        let message = "Background mode requires 'store' to be true.";
        return Err(ApiError::of("background", message));
    }
    if given("previous_response_id").is_some() && given("conversation").is_some() {
        let message = "Mutually exclusive parameters: 'previous_response_id' and 'conversation'. \
                       Ensure you are only providing one of them.";
        return Err(ApiError::of("previous_response_id", message).code("mutually_exclusive_parameters"));
    }
    metadata(given("metadata"))?;
    include(given("include"))?;
    reasoning(given("reasoning"))
}

fn include(value: Option<&Value>) -> Result<(), ApiError> {
    let list = value.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let one = |(at, word)| check::one_of(&format!("include[{at}]"), word, &INCLUDES).map(drop);
    list.iter().enumerate().try_for_each(one)
}

fn reasoning(value: Option<&Value>) -> Result<(), ApiError> {
    let Some(map) = value.and_then(Value::as_object) else { return Ok(()) };
    check::only(map, "reasoning", &["context", "effort", "generate_summary", "mode", "summary"])?;
    let word = |name: &str, known: &[&str]| match map.get(name).filter(|value| !value.is_null()) {
        Some(value) => check::one_of(&path("reasoning", name), value, known).map(drop),
        None => Ok(()),
    };
    word("effort", &EFFORTS)?;
    word("context", &["auto", "current_turn", "all_turns"])?;
    word("summary", &["auto", "concise", "detailed"])?;
    word("generate_summary", &["auto", "concise", "detailed"])?;
    map.get("mode").map_or(Ok(()), |mode| check::string("reasoning.mode", mode).map(drop))
}

/// What models that reason take and others do not, and the other way round.
pub(super) fn of_model(map: &Object, reasons: bool) -> Result<(), ApiError> {
    let given = |name: &str| map.get(name).filter(|value| !value.is_null());
    let unsupported = |param: &str| {
        let message = format!("Unsupported parameter: '{param}' is not supported with this model.");
        Err(ApiError::of(param, message).code("unsupported_parameter"))
    };
    if !reasons {
        let effort = given("reasoning").and_then(|reasoning| reasoning.get("effort"));
        return match effort.and_then(Value::as_str) {
            None | Some("none") => Ok(()),
            Some(_) => unsupported("reasoning.effort"),
        };
    }
    for name in ["temperature", "top_p"] {
        let usual = |value: &Value| value.as_f64().is_some_and(|value| (value - 1.0).abs() < f64::EPSILON);
        if given(name).is_some_and(|value| !usual(value)) {
            return unsupported(name);
        }
    }
    if given("top_logprobs").and_then(Value::as_u64).is_some_and(|count| count > 0) {
        return unsupported("top_logprobs");
    }
    Ok(())
}
