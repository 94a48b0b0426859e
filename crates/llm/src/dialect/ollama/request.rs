//! A request, read into the canonical form. Mistakes are named by the path that the client knows.

mod calls;
mod messages;
mod options;

use json::{Data, Value};

use super::Shape;
use crate::RequestError;
use crate::canonical::{Effort, Format, Message, Part, Request, Rest, Role, Tool};
use crate::dialect::read::{array, boolean, maybe_string, number, says_nothing, string, wrong};

/// Reads a request. The text was scanned before, so that its JSON and its types at the top are right.
pub(super) fn decode(text: &str, shape: Shape) -> Result<Request<'_>, RequestError> {
    let body = Value::parse(text).map_err(RequestError::json)?;
    let Data::Object(members) = &body.data else {
        return Err(RequestError::body("the body must be a JSON object"));
    };
    let mut request = Request::default();
    match shape {
        Shape::Chat => messages::read(body.get("messages"), &mut request)?,
        Shape::Generate => prompt(&body, &mut request)?,
    }
    let mut alternatives = None;
    for (key, value) in members {
        match (shape, &*key.decode()) {
            (_, "model" | "stream")
            | (Shape::Chat, "messages")
            | (Shape::Generate, "prompt" | "system" | "images") => {}
            _ if value.is_null() => {}
            (_, "options") => options::read(value, &mut request)?,
            (_, "format") => request.format = format(value)?,
            (_, "think") => think(value, &mut request)?,
            (_, "logprobs") => request.logprobs = boolean("logprobs", value)?.then_some(0),
            (_, "top_logprobs") => {
                number("top_logprobs", value)?;
                alternatives = value.as_u64();
            }
            (Shape::Chat, "tools") => request.tools = tools(value)?,
            _ if says_nothing(value) => {}
            _ => request.rest.push(Rest { name: key.clone(), raw: value.raw }),
        }
    }
    request.logprobs = request.logprobs.map(|none| alternatives.unwrap_or(none));
    request.stream = body.get("stream").as_bool().unwrap_or(true);
    Ok(request)
}

/// Reads what a completion has in place of messages.
fn prompt<'a>(body: &Value<'a>, request: &mut Request<'a>) -> Result<(), RequestError> {
    if let Some(system) = maybe_string("system", body.get("system"))? {
        request.system.extend(messages::text_part(system));
    }
    let mut parts: Vec<Part<'a>> =
        messages::text_part(string("prompt", body.get("prompt"))?).into_iter().collect();
    parts.extend(messages::images("images", body.get("images"))?);
    if parts.is_empty() {
        return Err(RequestError::invalid("prompt", "`prompt` says nothing"));
    }
    request.messages.push(Message { role: Role::User, index: 0, parts });
    Ok(())
}

fn format<'a>(value: &Value<'a>) -> Result<Option<Format<'a>>, RequestError> {
    match &value.data {
        Data::String(word) if word.is_empty() => Ok(None),
        Data::String(word) if word.is("json") => Ok(Some(Format::JsonObject)),
        Data::Object(_) => Ok(Some(Format::JsonSchema {
            name: None,
            description: None,
            schema: value.clone(),
            strict: false,
        })),
        Data::String(_) => Err(RequestError::invalid("format", "`format` must be \"json\" or a JSON schema")),
        _ => Err(wrong("format", "a string or an object", value)),
    }
}

/// Whether to think: a bare yes is the middle level.
fn think(value: &Value<'_>, request: &mut Request<'_>) -> Result<(), RequestError> {
    let effort = match &value.data {
        Data::Bool(true) => Some(Effort::Medium),
        Data::Bool(false) => Some(Effort::None),
        Data::String(level) => match &*level.decode() {
            "low" => Some(Effort::Low),
            "medium" => Some(Effort::Medium),
            "high" => Some(Effort::High),
            "max" => Some(Effort::Max),
            _ => None,
        },
        _ => return Err(wrong("think", "a boolean or a string", value)),
    };
    let Some(effort) = effort else {
        return Err(RequestError::invalid("think", "`think` must be true, false, low, medium, high or max"));
    };
    request.effort = Some(effort);
    request.show_thinking = Some(effort != Effort::None);
    Ok(())
}

fn tools<'a>(value: &Value<'a>) -> Result<Vec<Tool<'a>>, RequestError> {
    array("tools", value)?.iter().enumerate().map(|(index, item)| tool(index, item)).collect()
}

fn tool<'a>(index: usize, value: &Value<'a>) -> Result<Tool<'a>, RequestError> {
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
        strict: false,
        cache: None,
    })
}

#[cfg(test)]
mod tests;
