//! Tools, which of them to use, and the format of the answer.

use serde_json::Value;

use super::check::{self, Object, path};
use super::error::ApiError;
use crate::say::Form;
use crate::script::Called;

/// A tool that can be called.
#[derive(Clone, Debug)]
pub(super) struct Tool {
    pub(super) name: String,
    pub(super) input: Input,
}

/// What a tool takes.
#[derive(Clone, Debug)]
pub(super) enum Input {
    /// Arguments that fit a JSON Schema.
    Json(Value),
    /// Any text.
    Text,
}

/// Which tools to use.
#[derive(Clone, Debug, Default)]
pub(super) enum Choice {
    #[default]
    Auto,
    Never,
    Required,
    /// This one.
    Named(String),
}

/// What the text of the answer must be.
#[derive(Clone, Debug, Default)]
pub(super) enum Format {
    #[default]
    Text,
    Object,
    Schema(Value),
}

// === impl Tool ===

impl Tool {
    /// A call of it with what fits.
    pub(super) fn fitting(&self) -> Called {
        self.input.fitting(&self.name)
    }
}

// === impl Input ===

impl Input {
    /// A call of a tool that takes this, with what fits.
    pub(super) fn fitting(&self, name: &str) -> Called {
        match self {
            Self::Json(schema) => Called::fitting(name, schema),
            Self::Text => Called::fitting(name, &Value::Null),
        }
    }
}

// === impl Format ===

impl Format {
    pub(super) fn form(&self) -> Form<'_> {
        match self {
            Self::Text => Form::Text,
            Self::Object => Form::Object,
            Self::Schema(schema) => Form::Schema(schema),
        }
    }
}

pub(super) fn tools(value: Option<&Value>) -> Result<Vec<Tool>, ApiError> {
    let Some(value) = value else { return Ok(Vec::new()) };
    let list = check::array("tools", value)?;
    if list.is_empty() || list.len() > 128 {
        let (what, expected, code) = if list.is_empty() {
            ("empty array", "minimum length 1", "empty_array")
        } else {
            ("array too long", "maximum length 128", "array_above_max_length")
        };
        let message = format!("Invalid 'tools': {what}. Expected an array with {expected}.");
        return Err(ApiError::of("tools", message).code(code));
    }
    list.iter().enumerate().map(|(at, tool)| one(tool, &format!("tools[{at}]"))).collect()
}

fn one(tool: &Value, at: &str) -> Result<Tool, ApiError> {
    let map = check::object(at, tool)?;
    let kind = check::required(map, at, "type")?;
    let kind = check::one_of(&path(at, "type"), kind, &["function", "custom"])?;
    check::only(map, at, &["type", kind])?;
    let inner_path = path(at, kind);
    let inner = check::object(&inner_path, check::required(map, at, kind)?)?;
    let name =
        check::name(&path(&inner_path, "name"), check::required(inner, &inner_path, "name")?)?.to_owned();
    if let Some(text) = inner.get("description").filter(|text| !text.is_null()) {
        check::string(&path(&inner_path, "description"), text)?;
    }
    if kind == "custom" {
        check::only(inner, &inner_path, &["name", "description", "format"])?;
        return Ok(Tool { name, input: Input::Text });
    }
    check::only(inner, &inner_path, &["name", "description", "parameters", "strict"])?;
    let strict = inner.get("strict").filter(|strict| !strict.is_null());
    let strict = strict.map(|strict| check::boolean(&path(&inner_path, "strict"), strict)).transpose()?;
    let param = path(&inner_path, "parameters");
    let schema = inner.get("parameters").filter(|schema| !schema.is_null());
    if let Some(schema) = schema {
        parameters(&name, schema, &param)?;
        if strict == Some(true) {
            strict_schema(schema, &param, &format!("function '{name}'"))?;
        }
    }
    Ok(Tool { name, input: Input::Json(schema.cloned().unwrap_or_default()) })
}

/// A function takes an object.
pub(super) fn parameters(name: &str, schema: &Value, param: &str) -> Result<(), ApiError> {
    let map = check::object(param, schema)?;
    if map.get("type").is_none_or(|kind| kind == "object") {
        return Ok(());
    }
    let message = format!("Invalid schema for function '{name}': schema must have type 'object'.");
    Err(ApiError::of(param, message).code("invalid_function_parameters"))
}

/// With `strict`, every object closes its properties and requires them all.
pub(super) fn strict_schema(schema: &Value, param: &str, owner: &str) -> Result<(), ApiError> {
    let Some(map) = schema.as_object() else { return Ok(()) };
    if map.get("type").is_some_and(|kind| kind == "object") {
        strict_object(map, param, owner)?;
    }
    let lists = ["anyOf", "allOf"].into_iter().filter_map(|name| map.get(name)?.as_array()).flatten();
    let maps = ["properties", "$defs"].into_iter().filter_map(|name| map.get(name)?.as_object());
    let parts = maps.flat_map(|parts| parts.values()).chain(lists).chain(map.get("items"));
    parts.into_iter().try_for_each(|part| strict_schema(part, param, owner))
}

fn strict_object(map: &Object, param: &str, owner: &str) -> Result<(), ApiError> {
    let wrong = |what: &str| {
        let message = format!("Invalid schema for {owner}: {what}.");
        Err(ApiError::of(param, message).code("invalid_json_schema"))
    };
    if map.get("additionalProperties") != Some(&Value::Bool(false)) {
        return wrong("'additionalProperties' is required to be supplied and to be false");
    }
    let required: Vec<_> = map.get("required").and_then(Value::as_array).into_iter().flatten().collect();
    let properties = map.get("properties").and_then(Value::as_object);
    match properties.and_then(|all| all.keys().find(|name| !required.iter().any(|one| one == name))) {
        Some(name) => wrong(&format!("'required' must name every property. Missing '{name}'")),
        None => Ok(()),
    }
}

pub(super) fn choice(value: Option<&Value>, tools: &[Tool]) -> Result<Choice, ApiError> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(Choice::Auto) };
    if value.is_string() {
        return Ok(match check::one_of("tool_choice", value, &["none", "auto", "required"])? {
            "none" => Choice::Never,
            "required" => Choice::Required,
            _ => Choice::Auto,
        });
    }
    let map = value.as_object();
    let map = map.ok_or_else(|| check::wrong_type("tool_choice", "one of a string or an object", value))?;
    let kinds = ["allowed_tools", "function", "custom"];
    let kind = check::one_of("tool_choice.type", check::required(map, "tool_choice", "type")?, &kinds)?;
    let inner_path = path("tool_choice", kind);
    let inner = check::object(&inner_path, check::required(map, "tool_choice", kind)?)?;
    if kind == "allowed_tools" {
        return allowed(inner, &inner_path, tools);
    }
    let name = check::string(&path(&inner_path, "name"), check::required(inner, &inner_path, "name")?)?;
    if tools.iter().any(|tool| tool.name == name) {
        return Ok(Choice::Named(name.to_owned()));
    }
    let message = format!("Tool choice '{name}' not found in 'tools' parameter.");
    Err(ApiError::of("tool_choice", message))
}

fn allowed(inner: &Object, at: &str, tools: &[Tool]) -> Result<Choice, ApiError> {
    check::one_of(&path(at, "mode"), check::required(inner, at, "mode")?, &["auto", "required"])?;
    let list = check::array(&path(at, "tools"), check::required(inner, at, "tools")?)?;
    let named = list.iter().filter_map(|tool| {
        let kind = tool.get("type")?.as_str()?;
        tool.get(kind)?.get("name")?.as_str()
    });
    let known = named.into_iter().find(|name| tools.iter().any(|tool| tool.name == *name));
    Ok(known.map_or(Choice::Auto, |name| Choice::Named(name.to_owned())))
}

pub(super) fn format(value: Option<&Value>, prompt: &str) -> Result<Format, ApiError> {
    let Some(value) = value else { return Ok(Format::Text) };
    let map = check::object("response_format", value)?;
    let kinds = ["json_object", "json_schema", "text"];
    let kind =
        check::one_of("response_format.type", check::required(map, "response_format", "type")?, &kinds)?;
    match kind {
        "text" => Ok(Format::Text),
        "json_object" if prompt.to_ascii_lowercase().contains("json") => Ok(Format::Object),
        "json_object" => {
            let message = "'messages' must contain the word 'json' in some form, to use 'response_format' of \
                           type 'json_object'.";
            Err(ApiError::of("messages", message))
        }
        _ => schema(map),
    }
}

fn schema(map: &Object) -> Result<Format, ApiError> {
    let at = "response_format.json_schema";
    let inner = check::object(at, check::required(map, "response_format", "json_schema")?)?;
    check::only(inner, at, &["name", "description", "schema", "strict"])?;
    let name = check::name(&path(at, "name"), check::required(inner, at, "name")?)?;
    let param = path(at, "schema");
    let Some(schema) = inner.get("schema") else { return Ok(Format::Object) };
    check::object(&param, schema)?;
    if inner.get("strict") == Some(&Value::Bool(true)) {
        strict_schema(schema, &param, &format!("response_format '{name}'"))?;
    }
    Ok(Format::Schema(schema.clone()))
}
