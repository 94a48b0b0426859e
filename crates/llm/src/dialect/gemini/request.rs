//! A request, read into the canonical form. Mistakes are named by the path a client knows.

mod config;
mod contents;
mod parts;
mod tools;

pub(crate) use self::parts::usual_base64;

use json::{Data, Text, Value};

use crate::RequestError;
use crate::canonical::{Content, Request, Rest};
use crate::dialect::gemini::members::{camel, list, object, says_nothing, string};

/// Reads a request. The text was scanned before, and its schemas are JSON Schema.
pub(super) fn decode(text: &str) -> Result<Request<'_>, RequestError> {
    let body = Value::parse(text).map_err(RequestError::json)?;
    let Data::Object(members) = &body.data else {
        return Err(RequestError::body("the body must be a JSON object"));
    };
    let mut request = Request::default();
    let (mut tools, mut tool_config) = (None, None);
    for (key, value) in members {
        match camel(&key.decode()).as_str() {
            "contents" => contents::read(value, &mut request)?,
            "systemInstruction" => system(value, &mut request)?,
            "tools" => tools = Some(value),
            "toolConfig" => tool_config = Some(value),
            "generationConfig" if value.is_null() => {}
            "generationConfig" => config::read(object("generationConfig", value)?, &mut request)?,
            "cachedContent" if !says_nothing(value) => {
                let message = "`cachedContent` is known to its own vendor alone; send the content itself";
                return Err(RequestError::unsupported("cachedContent", message));
            }
            "serviceTier" if !value.is_null() => {
                let tier = string("serviceTier", value)?;
                let word = tier.decode().to_ascii_lowercase();
                request.service_tier = match word.as_str() {
                    "standard" => Some(Text::from_literal("default")),
                    "unspecified" | "service_tier_unspecified" => None,
                    _ => Some(Text::from_plain(&word)),
                };
            }
            // The address has it.
            "model" => {}
            _ if says_nothing(value) => {}
            _ => request.rest.push(Rest { name: key.clone(), raw: value.raw }),
        }
    }
    tools::read(tools.unwrap_or(&Value::NULL), tool_config.unwrap_or(&Value::NULL), &mut request)?;
    Ok(request)
}

/// Reads the instructions.
fn system<'a>(value: &Value<'a>, request: &mut Request<'a>) -> Result<(), RequestError> {
    // Some send the text itself.
    if let Some(text) = value.as_text() {
        request.system.extend(parts::text(text, None));
        return Ok(());
    }
    if value.is_null() {
        return Ok(());
    }
    let value = object("systemInstruction", value)?;
    for (at, part) in list("systemInstruction.parts", value.get("parts"))?.into_iter().enumerate() {
        let path = format!("systemInstruction.parts[{at}]");
        let part = parts::said(&path, part, &mut request.dropped)?;
        match part.as_ref().map(|part| &part.content) {
            None => {}
            Some(Content::Text(_)) => request.system.extend(part),
            Some(_) => {
                let message = format!("`{path}` must be text in an instruction");
                return Err(RequestError::unsupported(path, message));
            }
        }
    }
    Ok(())
}
