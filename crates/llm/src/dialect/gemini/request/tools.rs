//! Tools and the choice among them.

use std::collections::HashSet;

use foldhash::fast::RandomState;
use json::{Data, Text, Value};

use crate::RequestError;
use crate::canonical::{Request, Tool, ToolChoice};
use crate::dialect::gemini::members::{camel, list, member, object, says_nothing, string, wrong};

/// Reads `tools` and `toolConfig`, which may narrow the tools down.
pub(super) fn read<'a>(
    tools: &Value<'a>,
    config: &Value<'a>,
    request: &mut Request<'a>,
) -> Result<(), RequestError> {
    for (index, tool) in list("tools", tools)?.into_iter().enumerate() {
        for (key, value) in object(&format!("tools[{index}]"), tool)?.members() {
            let name = camel(&key.decode());
            if name == "functionDeclarations" {
                declarations(&format!("tools[{index}].functionDeclarations"), value, request)?;
            } else if !value.is_null() {
                // What Google does by itself, such as searching; `{}` asks for it.
                request.dropped.add(format_args!("tools[{index}].{name}"));
            }
        }
    }
    if config.is_null() {
        return Ok(());
    }
    for (key, value) in object("toolConfig", config)?.members() {
        let name = camel(&key.decode());
        if name == "functionCallingConfig" {
            calling(value, request)?;
        } else if !says_nothing(value) {
            request.dropped.add(format_args!("toolConfig.{name}"));
        }
    }
    Ok(())
}

fn declarations<'a>(path: &str, value: &Value<'a>, request: &mut Request<'a>) -> Result<(), RequestError> {
    for (at, declaration) in list(path, value)?.into_iter().enumerate() {
        let path = format!("{path}[{at}]");
        let declaration = object(&path, declaration)?;
        let schema = ["parametersJsonSchema", "parameters"].map(|name| member(declaration, name));
        let schema = schema.into_iter().find(|schema| !schema.is_null()).unwrap_or(&Value::NULL);
        if !matches!(schema.data, Data::Null | Data::Object(_)) {
            return Err(wrong(&format!("{path}.parameters"), "an object", schema));
        }
        for (key, value) in declaration.members() {
            let name = camel(&key.decode());
            let known =
                ["name", "description", "parameters", "parametersJsonSchema"].contains(&name.as_str());
            if !known && !says_nothing(value) && !value.is("BLOCKING") {
                request.dropped.add(format_args!("{path}.{name}"));
            }
        }
        request.tools.push(Tool {
            index: request.tools.len(),
            name: string(&format!("{path}.name"), declaration.get("name"))?,
            description: declaration.get("description").as_text().filter(|text| !text.is_blank()),
            schema: Some(schema).filter(|schema| !schema.is_null()).cloned(),
            strict: false,
            cache: None,
        });
    }
    Ok(())
}

fn calling<'a>(config: &Value<'a>, request: &mut Request<'a>) -> Result<(), RequestError> {
    const MODE: &str = "toolConfig.functionCallingConfig.mode";
    if member(config, "streamFunctionCallArguments").as_bool() == Some(true) {
        request.dropped.add("toolConfig.functionCallingConfig.streamFunctionCallArguments");
    }
    let allowed = allowed(member(config, "allowedFunctionNames"), request)?;
    let mode = config.get("mode");
    let mode = if mode.is_null() { Text::default() } else { string(MODE, mode)? };
    request.tool_choice = match &*mode.decode().to_ascii_uppercase() {
        "" | "MODE_UNSPECIFIED" => None,
        "AUTO" => Some(ToolChoice::Auto),
        "VALIDATED" => {
            request.dropped.add(MODE);
            Some(ToolChoice::Auto)
        }
        "NONE" => Some(ToolChoice::None),
        "ANY" if request.tools.is_empty() => {
            return Err(RequestError::invalid(
                MODE,
                format!("`{MODE}` demands a function and `tools` has none"),
            ));
        }
        "ANY" => match allowed.as_slice() {
            [one] => Some(ToolChoice::Tool(one.clone())),
            names => {
                if !names.is_empty() {
                    let names: HashSet<_, RandomState> = names.iter().map(Text::decode).collect();
                    request.tools.retain(|tool| names.contains(&tool.name.decode()));
                }
                Some(ToolChoice::Required)
            }
        },
        other => {
            let message = format!("`{MODE}` is `{other}`; it must be AUTO, ANY, NONE or VALIDATED");
            return Err(RequestError::invalid(MODE, message));
        }
    };
    Ok(())
}

/// The names of the functions that may be called; none for all.
fn allowed<'a>(names: &Value<'a>, request: &Request<'a>) -> Result<Vec<Text<'a>>, RequestError> {
    const PATH: &str = "toolConfig.functionCallingConfig.allowedFunctionNames";
    if names.is_null() {
        return Ok(Vec::new());
    }
    let Data::Array(items) = &names.data else { return Err(wrong(PATH, "an array of strings", names)) };
    let known: HashSet<_, RandomState> = request.tools.iter().map(|tool| tool.name.decode()).collect();
    let mut allowed = Vec::with_capacity(items.len());
    for (at, item) in items.iter().enumerate() {
        let path = format!("{PATH}[{at}]");
        let name = string(&path, item)?;
        if !known.contains(&name.decode()) {
            let message = format!("`{path}` is `{}`, which is not in `tools`", name.decode());
            return Err(RequestError::invalid(path, message));
        }
        allowed.push(name);
    }
    Ok(allowed)
}
