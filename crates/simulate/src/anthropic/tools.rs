//! Tools, which of them to use, and which schemas are taken.

use serde_json::Value;

use super::check::{self, Object, path, wrong};
use super::error::ApiError;
use super::messages::Prompt;

/// A tool that can be called.
#[derive(Clone, Debug)]
pub(super) struct Tool {
    pub(super) name: String,
    pub(super) schema: Value,
}

/// Which tools to use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    Auto,
    Any,
    Named(String),
    Never,
}

/// What a tool of the caller can have.
const FIELDS: [&str; 10] = [
    "type",
    "name",
    "description",
    "input_schema",
    "strict",
    "cache_control",
    "input_examples",
    "defer_loading",
    "eager_input_streaming",
    "allowed_callers",
];

/// Keywords of schemas that structured answers do not know.
const UNKNOWN: [&str; 24] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "maxItems",
    "uniqueItems",
    "contains",
    "prefixItems",
    "minProperties",
    "maxProperties",
    "patternProperties",
    "propertyNames",
    "dependentRequired",
    "dependentSchemas",
    "unevaluatedItems",
    "unevaluatedProperties",
    "if",
    "then",
    "else",
    "not",
    "oneOf",
];

/// Reads the tools; only those of the caller's own making can be called here, the vendor's are let be.
pub(super) fn tools(value: Option<&Value>, prompt: &mut Prompt) -> Result<Vec<Tool>, ApiError> {
    let Some(value) = value else { return Ok(Vec::new()) };
    let mut tools = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    for (at, tool) in check::array("tools", value)?.iter().enumerate() {
        let at = format!("tools.{at}");
        let map = check::object(&at, tool)?;
        let kind = map.get("type").and_then(Value::as_str).unwrap_or("custom");
        let at = if kind == "custom" { path(&at, "custom") } else { at };
        let name = check::name(&path(&at, "name"), check::required(map, &at, "name")?, 128)?;
        if names.contains(&name) {
            return Err(ApiError::invalid("tools: Tool names must be unique."));
        }
        names.push(name);
        prompt.feed(&tool.to_string());
        prompt.mark(map, &at)?;
        if kind == "custom" {
            tools.push(custom(name, map, &at)?);
        }
    }
    Ok(tools)
}

fn custom(name: &str, map: &Object, at: &str) -> Result<Tool, ApiError> {
    check::only(map, at, &FIELDS)?;
    if let Some(text) = map.get("description").filter(|text| !text.is_null()) {
        check::string(&path(at, "description"), text)?;
    }
    let param = path(at, "input_schema");
    let schema = check::required(map, at, "input_schema")?;
    let inner = check::object(&param, schema)?;
    let kind = check::required(inner, &param, "type")?;
    check::one_of(&path(&param, "type"), kind, &["object"])?;
    if let Some(strict) = map.get("strict").filter(|strict| !strict.is_null())
        && check::boolean(&path(at, "strict"), strict)?
    {
        closed(&param, schema)?;
    }
    Ok(Tool { name: name.to_owned(), schema: schema.clone() })
}

/// The schema of a structured answer: objects are closed, and some keywords are not known.
pub(super) fn closed(at: &str, schema: &Value) -> Result<(), ApiError> {
    let map = check::object(at, schema)?;
    let kind = map.get("type").and_then(Value::as_str).unwrap_or("any");
    if let Some(name) = UNKNOWN.iter().find(|name| map.contains_key(**name)) {
        return Err(wrong(at, &format!("For '{kind}' type, property '{name}' is not supported")));
    }
    if map.get("minItems").and_then(Value::as_u64).is_some_and(|least| least > 1) {
        return Err(wrong(at, "For 'array' type, 'minItems' values other than 0 or 1 are not supported"));
    }
    if kind == "object" && map.get("additionalProperties") != Some(&Value::Bool(false)) {
        return Err(wrong(at, "For 'object' type, 'additionalProperties' must be explicitly set to false"));
    }
    let maps =
        ["properties", "$defs", "definitions"].into_iter().filter_map(|name| map.get(name)?.as_object());
    let lists = ["anyOf", "allOf"].into_iter().filter_map(|name| map.get(name)?.as_array());
    let parts = maps.flat_map(Object::values).chain(lists.flatten()).chain(map.get("items"));
    parts.into_iter().try_for_each(|part| closed(at, part))
}

pub(super) fn choice(map: &Object, tools: &[Tool]) -> Result<Choice, ApiError> {
    let Some(value) = map.get("tool_choice").filter(|value| !value.is_null()) else {
        return Ok(Choice::Auto);
    };
    let inner = check::object("tool_choice", value)?;
    let kinds = ["auto", "any", "tool", "none"];
    let kind = check::one_of("tool_choice.type", check::required(inner, "tool_choice", "type")?, &kinds)?;
    let at = path("tool_choice", kind);
    if map.get("tools").and_then(Value::as_array).is_none_or(Vec::is_empty) {
        return Err(wrong("tool_choice", "may only be specified while providing `tools`"));
    }
    let known: &[&str] = match kind {
        "tool" => &["type", "name", "disable_parallel_tool_use"],
        "none" => &["type"],
        _ => &["type", "disable_parallel_tool_use"],
    };
    check::only(inner, &at, known)?;
    if let Some(alone) = inner.get("disable_parallel_tool_use").filter(|alone| !alone.is_null()) {
        check::boolean(&path(&at, "disable_parallel_tool_use"), alone)?;
    }
    match kind {
        "auto" => Ok(Choice::Auto),
        "any" => Ok(Choice::Any),
        "none" => Ok(Choice::Never),
        _ => {
            let name = check::string(&path(&at, "name"), check::required(inner, &at, "name")?)?;
            if tools.iter().any(|tool| tool.name == name) {
                return Ok(Choice::Named(name.to_owned()));
            }
            Err(wrong("tool_choice", &format!("Tool '{name}' not found in provided tools")))
        }
    }
}

/// Whether the caller wants one tool at a time.
pub(super) fn one_at_a_time(map: &Object) -> bool {
    map.get("tool_choice").and_then(|choice| choice.get("disable_parallel_tool_use"))
        == Some(&Value::Bool(true))
}
