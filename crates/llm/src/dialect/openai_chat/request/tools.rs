//! Tools and the choice among them.

use std::collections::HashSet;

use foldhash::fast::RandomState;
use json::{Data, Text, Value};

use super::{string, wrong};
use crate::RequestError;
use crate::canonical::{Request, Tool, ToolChoice};

/// Reads `tools` and `tool_choice`, which may narrow the tools down.
pub(super) fn read<'a>(
    tools: Option<&Value<'a>>,
    choice: Option<&Value<'a>>,
    request: &mut Request<'a>,
) -> Result<(), RequestError> {
    match tools.map(|tools| (tools, &tools.data)) {
        None | Some((_, Data::Null)) => {}
        Some((_, Data::Array(items))) => {
            for (index, item) in items.iter().enumerate() {
                request.tools.push(tool(index, item)?);
            }
        }
        Some((other, _)) => return Err(wrong("tools", "an array", other)),
    }
    match choice {
        None => {}
        Some(choice) => request.tool_choice = tool_choice(choice, &mut request.tools)?,
    }
    if request.tools.is_empty()
        && matches!(request.tool_choice, Some(ToolChoice::Required | ToolChoice::Tool(_)))
    {
        return Err(RequestError::invalid(
            "tool_choice",
            "`tool_choice` demands a tool and `tools` has none",
        ));
    }
    Ok(())
}

fn tool<'a>(index: usize, value: &Value<'a>) -> Result<Tool<'a>, RequestError> {
    let at = |name: &str| format!("tools[{index}]{name}");
    let kind = value.get("type");
    if !kind.is("function") {
        let kind = string(&at(".type"), kind)?;
        let message = format!(
            "`{}` is of type `{}`; the chosen model's provider takes functions alone",
            at(""),
            kind.decode()
        );
        return Err(RequestError::unsupported(at(""), message));
    }
    let function = value.get("function");
    let schema = function.get("parameters");
    if !matches!(schema.data, Data::Null | Data::Object(_)) {
        return Err(wrong(at(".function.parameters"), "an object", schema));
    }
    let cache = [value, function].map(|holder| holder.get("cache_control"));
    Ok(Tool {
        index,
        name: string(&at(".function.name"), function.get("name"))?,
        description: function.get("description").as_text().filter(|text| !text.is_blank()),
        schema: Some(schema).filter(|schema| !schema.is_null()).cloned(),
        strict: function.get("strict").as_bool().unwrap_or_default(),
        cache: cache.iter().find(|marker| matches!(marker.data, Data::Object(_))).map(|marker| marker.raw),
    })
}

fn tool_choice<'a>(
    value: &Value<'a>,
    tools: &mut Vec<Tool<'a>>,
) -> Result<Option<ToolChoice<'a>>, RequestError> {
    match &value.data {
        Data::Null => return Ok(None),
        Data::String(word) => return mode(word, "tool_choice").map(Some),
        Data::Object(_) => {}
        _ => return Err(wrong("tool_choice", "a string or an object", value)),
    }
    let kind = string("tool_choice.type", value.get("type"))?;
    match &*kind.decode() {
        "function" => {
            let name = string("tool_choice.function.name", value.get("function").get("name"))?;
            if !tools.iter().any(|tool| tool.name.decode() == name.decode()) {
                let message =
                    format!("`tool_choice.function.name` is `{}`, which is not in `tools`", name.decode());
                return Err(RequestError::invalid("tool_choice.function.name", message));
            }
            Ok(Some(ToolChoice::Tool(name)))
        }
        "allowed_tools" => {
            let allowed = value.get("allowed_tools");
            let names = allowed.get("tools").items().iter();
            let names = names.filter_map(|tool| tool.get("function").get("name").as_text());
            let names: HashSet<String, RandomState> = names.map(|name| name.decode().into_owned()).collect();
            tools.retain(|tool| names.contains(&*tool.name.decode()));
            mode(
                &string("tool_choice.allowed_tools.mode", allowed.get("mode"))?,
                "tool_choice.allowed_tools.mode",
            )
            .map(Some)
        }
        other => {
            let message =
                format!("`tool_choice.type` is `{other}`; function and allowed_tools can be served");
            Err(RequestError::unsupported("tool_choice.type", message))
        }
    }
}

fn mode<'a>(word: &Text<'_>, path: &str) -> Result<ToolChoice<'a>, RequestError> {
    match &*word.decode() {
        "auto" => Ok(ToolChoice::Auto),
        "none" => Ok(ToolChoice::None),
        "required" => Ok(ToolChoice::Required),
        other => Err(RequestError::invalid(
            path,
            format!("`{path}` is `{other}`; it must be none, auto or required"),
        )),
    }
}
