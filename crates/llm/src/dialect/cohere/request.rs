//! A request, read into the canonical form. Mistakes are named by the path that the client knows.

mod messages;

use json::{Data, Value};

use crate::RequestError;
use crate::canonical::{Effort, Format, Request, Rest, Tool, ToolChoice};
use crate::dialect::read::{
    array, boolean, maybe_string, number, penalty, says_nothing, string, strings, wrong,
};

/// Reads a request. The text was scanned before, so that its JSON and its types at the top are right.
pub(super) fn decode(text: &str) -> Result<Request<'_>, RequestError> {
    let body = Value::parse(text).map_err(RequestError::json)?;
    let Data::Object(members) = &body.data else {
        return Err(RequestError::body("the body must be a JSON object"));
    };
    let mut request = Request::default();
    messages::read(body.get("messages"), &mut request)?;
    messages::documents(body.get("documents"), &mut request)?;
    for (key, value) in members {
        match &*key.decode() {
            "model" | "messages" | "documents" | "stream" | "tools" | "strict_tools" | "tool_choice" => {}
            _ if value.is_null() => {}
            name => {
                if !parameter(name, value, &mut request)? && !says_nothing(value) {
                    request.rest.push(Rest { name: key.clone(), raw: value.raw });
                }
            }
        }
    }
    tools(&body, &mut request)?;
    request.stream = body.get("stream").as_bool().unwrap_or_default();
    Ok(request)
}

/// Reads a parameter that stands for itself; tells whether it is known.
fn parameter<'a>(name: &str, value: &Value<'a>, request: &mut Request<'a>) -> Result<bool, RequestError> {
    match name {
        "max_tokens" => request.max_tokens = value.as_u64(),
        "temperature" => request.temperature = Some(number(name, value)?),
        "p" => request.top_p = Some(number(name, value)?),
        // None is none of them left away.
        "k" => request.top_k = penalty(name, value)?,
        "seed" => request.seed = Some(number(name, value)?),
        "presence_penalty" => request.presence_penalty = penalty(name, value)?,
        "frequency_penalty" => request.frequency_penalty = penalty(name, value)?,
        "stop_sequences" => request.stop = strings(name, value)?,
        "logprobs" => request.logprobs = boolean(name, value)?.then_some(0),
        "response_format" => request.format = format(value)?,
        "thinking" => thinking(value, request)?,
        _ => return Ok(false),
    }
    Ok(true)
}

fn format<'a>(value: &Value<'a>) -> Result<Option<Format<'a>>, RequestError> {
    let kind = string("response_format.type", value.get("type"))?;
    match &*kind.decode() {
        "text" => return Ok(None),
        "json_object" => {}
        other => {
            let message = format!("`response_format.type` is `{other}`; it must be text or json_object");
            return Err(RequestError::invalid("response_format.type", message));
        }
    }
    let schema = value.get("json_schema");
    match schema.data {
        Data::Null => Ok(Some(Format::JsonObject)),
        Data::Object(_) => Ok(Some(Format::JsonSchema {
            name: None,
            description: None,
            schema: schema.clone(),
            strict: false,
        })),
        _ => Err(wrong("response_format.json_schema", "an object", schema)),
    }
}

/// Whether to think, and for how many tokens: where that is not said, middling.
fn thinking(value: &Value<'_>, request: &mut Request<'_>) -> Result<(), RequestError> {
    let kind = string("thinking.type", value.get("type"))?;
    let budget = value.get("token_budget");
    match &*kind.decode() {
        "disabled" => request.effort = Some(Effort::None),
        "enabled" if budget.is_null() => request.effort = Some(Effort::Medium),
        "enabled" => {
            number("thinking.token_budget", budget)?;
            let tokens = budget.as_u64().filter(|&tokens| tokens > 0);
            request.thinking_budget = Some(tokens.ok_or_else(|| {
                RequestError::invalid("thinking.token_budget", "`thinking.token_budget` must be above zero")
            })?);
        }
        other => {
            let message = format!("`thinking.type` is `{other}`; it must be enabled or disabled");
            return Err(RequestError::invalid("thinking.type", message));
        }
    }
    request.show_thinking = Some(kind.is("enabled"));
    Ok(())
}

fn tools<'a>(body: &Value<'a>, request: &mut Request<'a>) -> Result<(), RequestError> {
    let strict = body.get("strict_tools");
    let strict = !strict.is_null() && boolean("strict_tools", strict)?;
    for (index, value) in array("tools", body.get("tools"))?.iter().enumerate() {
        request.tools.push(tool(index, value, strict)?);
    }
    let Some(choice) = maybe_string("tool_choice", body.get("tool_choice"))? else { return Ok(()) };
    request.tool_choice = Some(match &*choice.decode() {
        "REQUIRED" if request.tools.is_empty() => {
            let message = "`tool_choice` demands a tool and `tools` has none";
            return Err(RequestError::invalid("tool_choice", message));
        }
        "REQUIRED" => ToolChoice::Required,
        "NONE" => ToolChoice::None,
        other => {
            let message = format!("`tool_choice` is `{other}`; it must be REQUIRED or NONE");
            return Err(RequestError::invalid("tool_choice", message));
        }
    });
    Ok(())
}

fn tool<'a>(index: usize, value: &Value<'a>, strict: bool) -> Result<Tool<'a>, RequestError> {
    let at = |name: &str| format!("tools[{index}]{name}");
    let kind = value.get("type");
    if !kind.is_null() && !kind.is("function") {
        return Err(RequestError::unsupported(at(".type"), format!("`{}` must be `function`", at(".type"))));
    }
    let function = value.get("function");
    let schema = function.get("parameters");
    if !matches!(schema.data, Data::Null | Data::Object(_)) {
        return Err(wrong(at(".function.parameters"), "an object", schema));
    }
    let description = maybe_string(&at(".function.description"), function.get("description"))?;
    Ok(Tool {
        index,
        name: string(&at(".function.name"), function.get("name"))?,
        description: description.filter(|text| !text.is_blank()),
        schema: Some(schema).filter(|schema| !schema.is_null()).cloned(),
        strict,
        cache: None,
    })
}

#[cfg(test)]
mod tests;
