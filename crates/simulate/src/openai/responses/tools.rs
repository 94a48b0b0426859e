//! The tools of a response, which of them to use, and the format of its text.

use serde_json::{Value, json};

use super::super::check::{self, Object, path};
use super::super::error::ApiError;
use super::super::tools::{Choice, Format, Input, parameters, strict_schema};

/// A tool that the caller runs.
#[derive(Clone, Debug)]
pub(super) struct Tool {
    pub(super) name: String,
    pub(super) namespace: Option<String>,
    pub(super) input: Input,
}

/// All tools: those that can be called here, and each as the answer tells it.
#[derive(Debug, Default)]
pub(super) struct Tools {
    pub(super) callable: Vec<Tool>,
    pub(super) told: Vec<Value>,
}

/// Tools that the vendor runs by itself; here they are taken and never used.
const HOSTED: [&str; 15] = [
    "apply_patch",
    "code_interpreter",
    "computer",
    "computer_use_preview",
    "file_search",
    "image_generation",
    "local_shell",
    "mcp",
    "programmatic_tool_calling",
    "shell",
    "tool_search",
    "web_search",
    "web_search_2025_08_26",
    "web_search_preview",
    "web_search_preview_2025_03_11",
];

const FUNCTION: [&str; 9] = [
    "type",
    "name",
    "description",
    "parameters",
    "strict",
    "allowed_callers",
    "async",
    "defer_loading",
    "output_schema",
];
const CUSTOM: [&str; 7] =
    ["type", "name", "description", "format", "allowed_callers", "async", "defer_loading"];

pub(super) fn read(value: Option<&Value>) -> Result<Tools, ApiError> {
    let mut tools = Tools::default();
    let Some(value) = value else { return Ok(tools) };
    for (at, tool) in check::array("tools", value)?.iter().enumerate() {
        let at = format!("tools[{at}]");
        let map = check::object(&at, tool)?;
        let kind = check::string(&path(&at, "type"), check::required(map, &at, "type")?)?;
        let told = match kind {
            "namespace" => tools.namespace(map, &at)?,
            "function" | "custom" => tools.one(map, &at, None)?,
            hosted if HOSTED.contains(&hosted) => tool.clone(),
            other => {
                let known = ["function", "custom", "namespace"].iter().chain(&HOSTED).copied();
                return Err(check::wrong_value(&path(&at, "type"), other, &known.collect::<Vec<_>>()));
            }
        };
        tools.told.push(told);
    }
    Ok(tools)
}

// === impl Tools ===

impl Tools {
    /// Tools under a common name.
    fn namespace(&mut self, map: &Object, at: &str) -> Result<Value, ApiError> {
        check::only(map, at, &["type", "name", "description", "tools"])?;
        let name = check::name(&path(at, "name"), check::required(map, at, "name")?)?;
        check::string(&path(at, "description"), check::required(map, at, "description")?)?;
        let list = path(at, "tools");
        for (number, tool) in check::array(&list, check::required(map, at, "tools")?)?.iter().enumerate() {
            let at = format!("{list}[{number}]");
            let tool = check::object(&at, tool)?;
            let kind = check::required(tool, &at, "type")?;
            check::one_of(&path(&at, "type"), kind, &["function", "custom"])?;
            self.one(tool, &at, Some(name))?;
        }
        Ok(Value::Object(map.clone()))
    }

    /// A function or a custom tool; gives it back with its defaults.
    fn one(&mut self, map: &Object, at: &str, namespace: Option<&str>) -> Result<Value, ApiError> {
        let name = check::name(&path(at, "name"), check::required(map, at, "name")?)?;
        if let Some(text) = map.get("description").filter(|text| !text.is_null()) {
            check::string(&path(at, "description"), text)?;
        }
        let mut told = map.clone();
        told.entry("description").or_insert(Value::Null);
        let input = if map.get("type").is_some_and(|kind| kind == "custom") {
            check::only(map, at, &CUSTOM)?;
            format_of(map.get("format"), &path(at, "format"))?;
            told.entry("format").or_insert(json!({"type": "text"}));
            Input::Text
        } else {
            check::only(map, at, &FUNCTION)?;
            let given = |name: &str| map.get(name).filter(|value| !value.is_null());
            let strict = given("strict").map(|strict| check::boolean(&path(at, "strict"), strict));
            let strict = strict.transpose()?;
            if let Some(schema) = given("parameters") {
                let param = path(at, "parameters");
                parameters(name, schema, &param)?;
                if strict == Some(true) {
                    strict_schema(schema, &param, &format!("function '{name}'"))?;
                }
            }
            told.insert("strict".to_owned(), Value::Bool(strict.unwrap_or(true)));
            told.entry("parameters").or_insert(Value::Null);
            Input::Json(given("parameters").cloned().unwrap_or_default())
        };
        let namespace = namespace.map(str::to_owned);
        self.callable.push(Tool { name: name.to_owned(), namespace, input });
        Ok(Value::Object(told))
    }
}

/// What a custom tool takes: any text, or one that fits a grammar.
fn format_of(value: Option<&Value>, at: &str) -> Result<(), ApiError> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(()) };
    let map = check::object(at, value)?;
    let kind = check::one_of(&path(at, "type"), check::required(map, at, "type")?, &["grammar", "text"])?;
    if kind == "text" {
        return check::only(map, at, &["type"]);
    }
    check::only(map, at, &["type", "definition", "syntax"])?;
    check::string(&path(at, "definition"), check::required(map, at, "definition")?)?;
    let syntax = check::required(map, at, "syntax")?;
    check::one_of(&path(at, "syntax"), syntax, &["lark", "regex"]).map(drop)
}

pub(super) fn choice(value: Option<&Value>, tools: &Tools) -> Result<Choice, ApiError> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(Choice::Auto) };
    if value.is_string() {
        return Ok(match check::one_of("tool_choice", value, &["none", "auto", "required"])? {
            "none" => Choice::Never,
            "required" if tools.told.is_empty() => {
                let message = "Tool choice 'required' must be specified with 'tools' parameter.";
                return Err(ApiError::of("tool_choice", message));
            }
            "required" => Choice::Required,
            _ => Choice::Auto,
        });
    }
    let map = value.as_object();
    let map = map.ok_or_else(|| check::wrong_type("tool_choice", "one of a string or an object", value))?;
    let kinds: Vec<&str> = ["allowed_tools", "custom", "function"].iter().chain(&HOSTED).copied().collect();
    let kind = check::one_of("tool_choice.type", check::required(map, "tool_choice", "type")?, &kinds)?;
    match kind {
        "allowed_tools" => allowed(map, tools),
        "function" | "custom" => {
            check::only(map, "tool_choice", &["type", "name"])?;
            let name = check::string("tool_choice.name", check::required(map, "tool_choice", "name")?)?;
            if tools.callable.iter().any(|tool| tool.name == name) {
                return Ok(Choice::Named(name.to_owned()));
            }
            let message = format!("Tool choice '{name}' not found in 'tools' parameter.");
            Err(ApiError::of("tool_choice", message))
        }
        _ => Ok(Choice::Never),
    }
}

fn allowed(map: &Object, tools: &Tools) -> Result<Choice, ApiError> {
    let at = "tool_choice";
    check::only(map, at, &["type", "mode", "tools"])?;
    check::one_of(&path(at, "mode"), check::required(map, at, "mode")?, &["auto", "required"])?;
    let list = check::array(&path(at, "tools"), check::required(map, at, "tools")?)?;
    let named = list.iter().filter_map(|tool| tool.get("name")?.as_str());
    let known = named.into_iter().find(|name| tools.callable.iter().any(|tool| tool.name == *name));
    Ok(known.map_or(Choice::Never, |name| Choice::Named(name.to_owned())))
}

/// What the text must be, and how it is told; `prompt` is all that was said.
pub(super) fn format(value: Option<&Value>, prompt: &str) -> Result<(Format, Value), ApiError> {
    let plain = json!({"type": "text"});
    let Some(text) = value else { return Ok((Format::Text, plain)) };
    let text = check::object("text", text)?;
    check::only(text, "text", &["format", "verbosity"])?;
    if let Some(verbosity) = text.get("verbosity").filter(|verbosity| !verbosity.is_null()) {
        check::one_of("text.verbosity", verbosity, &["low", "medium", "high"])?;
    }
    let Some(value) = text.get("format") else { return Ok((Format::Text, plain)) };
    let at = "text.format";
    let map = check::object(at, value)?;
    let kind = check::required(map, at, "type")?;
    match check::one_of("text.format.type", kind, &["json_object", "json_schema", "text"])? {
        "text" => Ok((Format::Text, plain)),
        "json_object" if prompt.to_ascii_lowercase().contains("json") => Ok((Format::Object, value.clone())),
        "json_object" => {
            let message = "Response input messages must contain the word 'json' in some form to use \
                           'text.format' of type 'json_object'.";
            Err(ApiError::of("input", message))
        }
        _ => schema(map),
    }
}

fn schema(map: &Object) -> Result<(Format, Value), ApiError> {
    let at = "text.format";
    check::only(map, at, &["type", "name", "description", "schema", "strict"])?;
    let name = check::name(&path(at, "name"), check::required(map, at, "name")?)?;
    let param = path(at, "schema");
    let schema = check::required(map, at, "schema")?;
    check::object(&param, schema)?;
    let strict = map.get("strict").filter(|strict| !strict.is_null());
    let strict = strict.map(|strict| check::boolean(&path(at, "strict"), strict)).transpose()?;
    if strict == Some(true) {
        strict_schema(schema, &param, &format!("response_format '{name}'"))?;
    }
    let mut told = map.clone();
    told.entry("description").or_insert(Value::Null);
    told.insert("strict".to_owned(), Value::Bool(strict == Some(true)));
    Ok((Format::Schema(schema.clone()), Value::Object(told)))
}
