//! Tools and the choice among them. What Google runs by itself is left out by name.

use std::collections::HashSet;

use foldhash::fast::RandomState;
use json::{Data, Value};

use crate::RequestError;
use crate::canonical::{Request, Tool, ToolChoice};
use crate::dialect::read::{array, maybe_string, says_nothing, string, strings, wrong};

const CHOICE: &str = "generation_config.tool_choice";

/// Reads `tools` and the choice among them, which may narrow them down.
pub(super) fn read<'a>(
    tools: &Value<'a>,
    choice: &Value<'a>,
    request: &mut Request<'a>,
) -> Result<(), RequestError> {
    for (index, tool) in array("tools", tools)?.iter().enumerate() {
        let path = format!("tools[{index}]");
        let kind = string(&format!("{path}.type"), tool.get("type"))?;
        if kind.is("function") {
            let tool = function(&path, index, tool, request)?;
            request.tools.push(tool);
        } else {
            request.dropped.add(format_args!("{path} ({})", kind.decode()));
        }
    }
    request.tool_choice = match &choice.data {
        Data::Null => None,
        Data::String(word) => mode(CHOICE, &word.decode(), request)?,
        Data::Object(_) => allowed(choice.get("allowed_tools"), request)?,
        _ => return Err(wrong(CHOICE, "a string or an object", choice)),
    };
    Ok(())
}

fn function<'a>(
    path: &str,
    index: usize,
    tool: &Value<'a>,
    request: &mut Request<'a>,
) -> Result<Tool<'a>, RequestError> {
    let schema = tool.get("parameters");
    if !matches!(schema.data, Data::Null | Data::Object(_)) {
        return Err(wrong(format!("{path}.parameters"), "an object", schema));
    }
    for (key, value) in tool.members() {
        let known = ["type", "name", "description", "parameters"].iter().any(|name| key.is(name));
        if !known && !says_nothing(value) {
            request.dropped.add(format_args!("{path}.{}", key.decode()));
        }
    }
    let description = maybe_string(&format!("{path}.description"), tool.get("description"))?;
    Ok(Tool {
        index,
        name: string(&format!("{path}.name"), tool.get("name"))?,
        description: description.filter(|text| !text.is_blank()),
        schema: Some(schema).filter(|schema| !schema.is_null()).cloned(),
        strict: false,
        cache: None,
    })
}

fn mode<'a>(
    path: &str,
    word: &str,
    request: &mut Request<'a>,
) -> Result<Option<ToolChoice<'a>>, RequestError> {
    match word {
        "" => Ok(None),
        "auto" => Ok(Some(ToolChoice::Auto)),
        "validated" => {
            request.dropped.add(path);
            Ok(Some(ToolChoice::Auto))
        }
        "none" => Ok(Some(ToolChoice::None)),
        "any" if request.tools.is_empty() => {
            let message = format!(
                "`{path}` demands a function and `tools` has none that the chosen model's provider can call"
            );
            Err(RequestError::invalid(path, message))
        }
        "any" => Ok(Some(ToolChoice::Required)),
        other => {
            let message = format!("`{path}` is `{other}`; it must be auto, any, none or validated");
            Err(RequestError::invalid(path, message))
        }
    }
}

/// A choice among some of the tools.
fn allowed<'a>(value: &Value<'a>, request: &mut Request<'a>) -> Result<Option<ToolChoice<'a>>, RequestError> {
    const PATH: &str = "generation_config.tool_choice.allowed_tools";
    if !matches!(value.data, Data::Object(_)) {
        return Err(wrong(PATH, "an object", value));
    }
    let names = strings(&format!("{PATH}.tools"), value.get("tools"))?;
    let known: HashSet<_, RandomState> = request.tools.iter().map(|tool| tool.name.decode()).collect();
    if let Some((at, name)) = names.iter().enumerate().find(|(_, name)| !known.contains(&name.decode())) {
        let path = format!("{PATH}.tools[{at}]");
        let message = format!("`{path}` is `{}`, which is not in `tools`", name.decode());
        return Err(RequestError::invalid(path, message));
    }
    drop(known);
    let word = maybe_string(&format!("{PATH}.mode"), value.get("mode"))?.unwrap_or_default();
    if let ("any", [one]) = (&*word.decode(), names.as_slice()) {
        return Ok(Some(ToolChoice::Tool(one.clone())));
    }
    if !names.is_empty() {
        let names: HashSet<_, RandomState> = names.iter().map(|name| name.decode()).collect();
        request.tools.retain(|tool| names.contains(&tool.name.decode()));
    }
    mode(&format!("{PATH}.mode"), &word.decode(), request)
}
