//! The fields at the top of a messages request, and what the interface's versions make of them.

use http::HeaderMap;
use serde_json::Value;

use super::ask::Purpose;
use super::check::{self, Object, path, wrong};
use super::error::ApiError;
use super::generation;

/// The interface's version, from the header `anthropic-version`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Version {
    V20230601,
    /// No sampling parameters; system messages in the middle.
    V20261021,
}

/// Fields of every request.
const COMMON: [&str; 8] =
    ["model", "messages", "system", "tools", "tool_choice", "thinking", "output_config", "cache_control"];

/// Fields of a request that wants an answer.
const ANSWER: [&str; 9] = [
    "max_tokens",
    "stop_sequences",
    "stream",
    "metadata",
    "service_tier",
    "speed",
    "container",
    "inference_geo",
    "diagnostics",
];

/// Fields that come with a beta header.
const BETA: [&str; 3] = ["mcp_servers", "context_management", "fallbacks"];

/// Fields that the newer version has no more.
const SAMPLING: [&str; 3] = ["temperature", "top_p", "top_k"];

// === impl Version ===

impl Version {
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, ApiError> {
        let Some(value) = headers.get("anthropic-version") else {
            return Err(ApiError::invalid("anthropic-version: header is required"));
        };
        match value.to_str().unwrap_or_default() {
            "2023-06-01" => Ok(Self::V20230601),
            "2026-10-21" => Ok(Self::V20261021),
            other => Err(ApiError::invalid(format!("anthropic-version: \"{other}\" is not a valid version"))),
        }
    }
}

/// Refuses fields that are not known, then values that a field does not take.
pub(super) fn check(map: &Object, purpose: Purpose, version: Version, betas: bool) -> Result<(), ApiError> {
    let known = |name: &str| {
        COMMON.contains(&name)
            || purpose == Purpose::Answer && ANSWER.contains(&name)
            || purpose == Purpose::Answer && version == Version::V20230601 && SAMPLING.contains(&name)
            || betas && BETA.contains(&name)
    };
    if betas && purpose == Purpose::Answer && map.get("thread").is_some_and(|thread| !thread.is_null()) {
        return Err(ApiError::no_threads());
    }
    if let Some(name) = map.keys().find(|name| !known(name)) {
        return Err(wrong(name, "Extra inputs are not permitted"));
    }
    for name in ["model", "messages"] {
        check::required(map, "", name)?;
    }
    if purpose == Purpose::Answer {
        check::integer("max_tokens", check::required(map, "", "max_tokens")?, 0)?;
    }
    map.iter().filter(|(_, value)| !value.is_null()).try_for_each(|(name, value)| check_one(name, value))
}

fn check_one(name: &str, value: &Value) -> Result<(), ApiError> {
    match name {
        "model" => check::string(name, value).map(drop),
        "messages" | "tools" | "mcp_servers" => check::array(name, value).map(drop),
        "stream" => check::boolean(name, value).map(drop),
        "temperature" | "top_p" => check::number(name, value, 0.0, 1.0).map(drop),
        "top_k" => check::integer(name, value, 0).map(drop),
        "service_tier" => check::one_of(name, value, &["auto", "standard_only"]).map(drop),
        "speed" => check::one_of(name, value, &["standard", "fast"]).map(drop),
        "metadata" => metadata(value),
        "stop_sequences" => stops(value),
        _ => Ok(()),
    }
}

fn metadata(value: &Value) -> Result<(), ApiError> {
    let map = check::object("metadata", value)?;
    check::only(map, "metadata", &["user_id"])?;
    match map.get("user_id").filter(|id| !id.is_null()) {
        Some(id) => check::string("metadata.user_id", id).map(drop),
        None => Ok(()),
    }
}

fn stops(value: &Value) -> Result<(), ApiError> {
    for (at, stop) in check::array("stop_sequences", value)?.iter().enumerate() {
        let at = format!("stop_sequences.{at}");
        if check::string(&at, stop)?.trim().is_empty() {
            return Err(ApiError::invalid("stop_sequences: each stop sequence must contain non-whitespace"));
        }
    }
    Ok(())
}

/// How the model thinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Thinking {
    /// How many tokens it thinks.
    pub(super) tokens: u32,
    /// Whether the thought is shown or only signed.
    pub(super) shown: bool,
    /// Whether it was switched on by hand, which makes some demands on the messages.
    pub(super) manual: bool,
}

/// Reads `thinking` and the effort; `None` if the model shall not think.
pub(super) fn thinking(map: &Object, model: &str) -> Result<Option<Thinking>, ApiError> {
    let Some(value) = map.get("thinking").filter(|value| !value.is_null()) else { return Ok(None) };
    let inner = check::object("thinking", value)?;
    let kinds = ["enabled", "adaptive", "disabled", "between_tools"];
    let kind = check::one_of("thinking.type", check::required(inner, "thinking", "type")?, &kinds)?;
    let at = path("thinking", kind);
    let shown = match inner.get("display").filter(|display| !display.is_null()) {
        Some(display) => {
            check::one_of(&path(&at, "display"), display, &["summarized", "omitted"])? == "summarized"
        }
        None => true,
    };
    match kind {
        "enabled" => {
            check::only(inner, &at, &["type", "budget_tokens", "display"])?;
            let budget = check::required(inner, &at, "budget_tokens")?;
            let budget = check::integer(&path(&at, "budget_tokens"), budget, 1_024)?;
            generation::by_hand(model)?;
            by_hand(map, budget)?;
            Ok(Some(Thinking { tokens: 24, shown, manual: true }))
        }
        "adaptive" => {
            check::only(inner, &at, &["type", "display"])?;
            generation::adaptive(model)?;
            unheated(map)?;
            Ok(Some(Thinking { tokens: adaptive(map), shown, manual: false }))
        }
        _ => {
            check::only(inner, &at, &["type"])?;
            Ok(None)
        }
    }
}

/// A model that thinks takes no other temperature than its own.
fn unheated(map: &Object) -> Result<(), ApiError> {
    if map.get("temperature").and_then(Value::as_f64).is_some_and(|value| value < 1.0) {
        let message = "`temperature` may only be set to 1 when thinking is enabled or in adaptive mode.";
        return Err(ApiError::invalid(message));
    }
    Ok(())
}

/// What thinking by hand does not go with.
fn by_hand(map: &Object, budget: i64) -> Result<(), ApiError> {
    if map.get("max_tokens").and_then(Value::as_i64).is_some_and(|most| most <= budget) {
        return Err(ApiError::invalid("`max_tokens` must be greater than `thinking.budget_tokens`"));
    }
    unheated(map)?;
    if map.get("top_k").is_some_and(|value| !value.is_null()) {
        return Err(ApiError::invalid("`top_k` must be unset when thinking is enabled"));
    }
    let forced = map.get("tool_choice").and_then(|choice| choice.get("type")).and_then(Value::as_str);
    if matches!(forced, Some("any" | "tool")) {
        return Err(ApiError::invalid("Thinking may not be enabled when tool_choice forces tool use."));
    }
    Ok(())
}

/// A small number of tokens for each effort; real models take hundreds of times more.
fn adaptive(map: &Object) -> u32 {
    let effort = map.get("output_config").and_then(|config| config.get("effort")).and_then(Value::as_str);
    match effort.unwrap_or("high") {
        "low" => 8,
        "medium" => 12,
        "high" => 24,
        "xhigh" => 48,
        _ => 96,
    }
}

/// Reads `output_config`; gives the schema that the answer must fit, if there is one.
pub(super) fn output(map: &Object, model: &str) -> Result<Option<Value>, ApiError> {
    let Some(value) = map.get("output_config").filter(|value| !value.is_null()) else { return Ok(None) };
    let inner = check::object("output_config", value)?;
    check::only(inner, "output_config", &["effort", "format"])?;
    if let Some(effort) = inner.get("effort").filter(|effort| !effort.is_null()) {
        check::one_of("output_config.effort", effort, &["low", "medium", "high", "xhigh", "max"])?;
        generation::effort(model)?;
    }
    let Some(format) = inner.get("format").filter(|format| !format.is_null()) else { return Ok(None) };
    let format = check::object("output_config.format", format)?;
    check::only(format, "output_config.format", &["type", "schema"])?;
    let kind = check::required(format, "output_config.format", "type")?;
    check::one_of("output_config.format.type", kind, &["json_schema"])?;
    let schema = check::required(format, "output_config.format", "schema")?;
    generation::format(model)?;
    super::tools::closed("output_config.format.schema", schema)?;
    Ok(Some(schema.clone()))
}
