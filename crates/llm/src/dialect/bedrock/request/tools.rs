//! Tools and the choice among them.

use json::Value;

use super::content::marker;
use super::path::Path;
use crate::RequestError;
use crate::canonical::{Request, Tool, ToolChoice};

/// Reads `toolConfig`.
pub(super) fn read<'a>(at: &Path, value: &Value<'a>, request: &mut Request<'a>) -> Result<(), RequestError> {
    let tools = at.object(value)?.get("tools");
    let within = at.name("tools");
    for (index, item) in within.list(tools)?.iter().enumerate() {
        let at = within.item(index);
        let (kind, inner) = at.union(item)?;
        let at = at.name(&kind.decode());
        match &*kind.decode() {
            "toolSpec" => request.tools.push(spec(&at, index, inner)?),
            "cachePoint" => match request.tools.last_mut() {
                Some(tool) => tool.cache = Some(marker(&at, inner)?),
                None => return Err(at.invalid("has no tool before it")),
            },
            _ => return Err(at.unsupported("is not taken by the chosen model's provider")),
        }
    }
    let choice = value.get("toolChoice");
    if !choice.is_null() {
        request.tool_choice = Some(tool_choice(&at.name("toolChoice"), choice)?);
    }
    Ok(())
}

fn spec<'a>(at: &Path, index: usize, value: &Value<'a>) -> Result<Tool<'a>, RequestError> {
    let name = at.name("name").text(at.object(value)?.get("name"))?;
    let within = at.name("inputSchema");
    let (kind, schema) = within.union(value.get("inputSchema"))?;
    let within = within.name(&kind.decode());
    if !kind.is("json") {
        return Err(within.unsupported("is not known"));
    }
    within.object(schema)?;
    Ok(Tool {
        index,
        name,
        description: value.get("description").as_text().filter(|text| !text.is_blank()),
        schema: Some(schema.clone()),
        strict: value.get("strict").as_bool().unwrap_or_default(),
        cache: None,
    })
}

fn tool_choice<'a>(at: &Path, value: &Value<'a>) -> Result<ToolChoice<'a>, RequestError> {
    let (kind, inner) = at.union(value)?;
    let at = at.name(&kind.decode());
    match &*kind.decode() {
        "auto" => Ok(ToolChoice::Auto),
        "any" => Ok(ToolChoice::Required),
        "tool" => Ok(ToolChoice::Tool(at.name("name").text(at.object(inner)?.get("name"))?)),
        _ => Err(at.unsupported("is not known")),
    }
}

/// A tool that must be called is one of the list.
pub(super) fn check(request: &Request<'_>) -> Result<(), RequestError> {
    let Some(ToolChoice::Tool(wanted)) = &request.tool_choice else { return Ok(()) };
    if request.tools.iter().any(|tool| tool.name.decode() == wanted.decode()) {
        return Ok(());
    }
    let at = Path::top("toolConfig.toolChoice.tool.name");
    Err(at.invalid(&format!("is `{}`, which is not in `toolConfig.tools`", wanted.decode())))
}
