//! A request for a response, read into the canonical form. Mistakes are named by the path a client knows.

mod content;
mod items;
mod sources;
mod tools;

use json::{Data, Text, Value};

use super::echo;
use crate::RequestError;
use crate::canonical::{Content, Dropped, Effort, Format, Part, Request, Rest};

/// Parameters that are read elsewhere, that the answer alone shows, or that mean nothing to a target.
/// `previous_response_id` is resolved before a request is read.
const HANDLED: [&str; 11] = [
    "model",
    "input",
    "instructions",
    "stream",
    "stream_options",
    "tools",
    "tool_choice",
    "max_output_tokens",
    "previous_response_id",
    "store",
    "metadata",
];

/// What makes reasoning come with its state.
const WITH_STATE: &str = "reasoning.encrypted_content";

/// What makes text come with its log-probabilities.
const WITH_LOGPROBS: &str = "message.output_text.logprobs";

/// Reads a request. The text was scanned before, so that its JSON and its types at the top are right.
pub(super) fn decode(text: &str) -> Result<Request<'_>, RequestError> {
    let body = Value::parse(text).map_err(RequestError::json)?;
    if !matches!(body.data, Data::Object(_)) {
        return Err(RequestError::body("the body must be a JSON object"));
    }
    let mut request = Request { max_tokens: body.get("max_output_tokens").as_u64(), ..Request::default() };
    for (key, value) in body.members() {
        let name = key.decode();
        if !HANDLED.contains(&&*name) && !value.is_null() {
            parameter(&name, key, value, &mut request)?;
        }
    }
    request.stream = body.get("stream").as_bool().unwrap_or_default();
    request.system = instructions(body.get("instructions"))?;
    let mut known = tools::Known::default();
    known.read("tools", body.get("tools"), &mut request)?;
    items::read(body.get("input"), &mut known, &mut request)?;
    known.choose(body.get("tool_choice"), &mut request)?;
    known.note(&mut request.notes);
    request.notes.echo = echo::of(&body);
    Ok(request)
}

/// Reads a parameter that stands for itself.
fn parameter<'a>(
    name: &str,
    key: &Text<'a>,
    value: &Value<'a>,
    request: &mut Request<'a>,
) -> Result<(), RequestError> {
    match name {
        "temperature" => request.temperature = Some(number(name, value)?),
        "top_p" => request.top_p = Some(number(name, value)?),
        "parallel_tool_calls" => {
            request.parallel_tools = Some(value.as_bool().ok_or_else(|| wrong(name, "a boolean", value))?);
        }
        "reasoning" => reasoning(value, request)?,
        "text" => shape(value, request)?,
        "include" => include(value, request)?,
        "top_logprobs" => {
            number(name, value)?;
            request.logprobs = value.as_u64().filter(|&n| n > 0 || request.logprobs.is_some());
        }
        "user" => request.user = request.user.take().or(Some(string(name, value)?)),
        "safety_identifier" => request.user = Some(string(name, value)?),
        "service_tier" => request.service_tier = Some(string(name, value)?),
        "prompt_cache_key" => request.cache_key = Some(string(name, value)?),
        "prompt" | "conversation" => {
            let message = format!("`{name}` is kept by its own vendor alone; send what it holds as `input`");
            return Err(RequestError::unsupported(name, message));
        }
        _ if is_default(name, value) => {}
        _ => request.rest.push(Rest { name: key.clone(), raw: value.raw }),
    }
    Ok(())
}

/// Whether a parameter asks for nothing, so that leaving it out changes nothing.
fn is_default(name: &str, value: &Value<'_>) -> bool {
    match name {
        "background" => value.as_bool() == Some(false),
        "truncation" => value.is("disabled"),
        "context_management" => value.items().is_empty(),
        _ => false,
    }
}

fn instructions<'a>(value: &Value<'a>) -> Result<Vec<Part<'a>>, RequestError> {
    if value.is_null() {
        return Ok(Vec::new());
    }
    let text = string("instructions", value)?;
    Ok(content::text_part(text).into_iter().collect())
}

fn reasoning<'a>(value: &Value<'a>, request: &mut Request<'a>) -> Result<(), RequestError> {
    if !matches!(value.data, Data::Object(_)) {
        return Err(wrong("reasoning", "an object", value));
    }
    for (name, value) in value.members().iter().filter(|(_, value)| !value.is_null()) {
        match &*name.decode() {
            "effort" => {
                request.effort = Effort::of_word(&string("reasoning.effort", value)?.decode());
                if request.effort.is_none() {
                    request.dropped.add("reasoning.effort");
                }
            }
            member @ ("summary" | "generate_summary") => {
                request.show_thinking = Some(true);
                // A target summarises as it does.
                if !value.is("auto") {
                    request.dropped.add(format_args!("reasoning.{member}"));
                }
            }
            "mode" if value.is("standard") => {}
            "context" if value.is("auto") => {}
            other => request.dropped.add(format_args!("reasoning.{other}")),
        }
    }
    Ok(())
}

/// Reads `text`: the shape of the answer's text, and how long-winded it is to be.
fn shape<'a>(value: &Value<'a>, request: &mut Request<'a>) -> Result<(), RequestError> {
    if !matches!(value.data, Data::Object(_)) {
        return Err(wrong("text", "an object", value));
    }
    for (name, value) in value.members().iter().filter(|(_, value)| !value.is_null()) {
        match &*name.decode() {
            "format" => request.format = format(value, &mut request.dropped)?,
            "verbosity" if value.is("medium") => {}
            "verbosity" => request.rest.push(Rest { name: name.clone(), raw: value.raw }),
            other => request.dropped.add(format_args!("text.{other}")),
        }
    }
    Ok(())
}

fn format<'a>(value: &Value<'a>, dropped: &mut Dropped) -> Result<Option<Format<'a>>, RequestError> {
    match &*string("text.format.type", value.get("type"))?.decode() {
        "text" => Ok(None),
        "json_object" => Ok(Some(Format::JsonObject)),
        "json_schema" => {
            let schema = value.get("schema");
            if !matches!(schema.data, Data::Object(_)) {
                return Err(wrong("text.format.schema", "an object", schema));
            }
            let known = ["type", "schema", "strict", "name", "description"];
            unknown_members("text.format", value, &known, dropped);
            Ok(Some(Format::JsonSchema {
                name: value.get("name").as_text(),
                description: value.get("description").as_text().filter(|text| !text.is_blank()),
                schema: schema.clone(),
                strict: value.get("strict").as_bool().unwrap_or_default(),
            }))
        }
        other => {
            let message =
                format!("`text.format.type` is `{other}`; text, json_object and json_schema can be served");
            Err(RequestError::unsupported("text.format.type", message))
        }
    }
}

fn include<'a>(value: &Value<'a>, request: &mut Request<'a>) -> Result<(), RequestError> {
    let Data::Array(items) = &value.data else { return Err(wrong("include", "an array", value)) };
    for (index, item) in items.iter().enumerate() {
        let item = string(&format!("include[{index}]"), item)?;
        if item.is(WITH_STATE) {
            request.notes.wants_state = true;
        } else if item.is(WITH_LOGPROBS) {
            request.logprobs.get_or_insert(0);
        } else {
            request.dropped.add(format_args!("include[{index}]"));
        }
    }
    Ok(())
}

fn wrong(path: impl Into<String>, expected: &str, value: &Value<'_>) -> RequestError {
    RequestError::wrong_type(path, expected, value.token().noun())
}

/// A string that must be there.
fn string<'a>(path: &str, value: &Value<'a>) -> Result<Text<'a>, RequestError> {
    if value.is_null() {
        return Err(RequestError::missing(path));
    }
    value.as_text().ok_or_else(|| wrong(path, "a string", value))
}

fn number<'a>(path: &str, value: &Value<'a>) -> Result<&'a str, RequestError> {
    if let Data::Number(number) = value.data { Ok(number) } else { Err(wrong(path, "a number", value)) }
}

/// Names the members of an object that are not known, unless they are there for form's sake.
fn unknown_members(path: &str, value: &Value<'_>, known: &[&str], dropped: &mut Dropped) {
    for (name, value) in value.members() {
        if !known.iter().any(|known| name.is(known)) && !says_nothing(value) {
            dropped.add(format_args!("{path}.{}", name.decode()));
        }
    }
}

/// Whether a member is there for form's sake.
fn says_nothing(value: &Value<'_>) -> bool {
    match &value.data {
        Data::Null | Data::Bool(false) => true,
        Data::String(text) => text.is_empty(),
        Data::Array(items) => items.is_empty(),
        Data::Object(members) => members.is_empty(),
        Data::Bool(true) | Data::Number(_) => false,
    }
}

/// Whether all of these parts are text.
fn only_text(parts: &[Part<'_>]) -> bool {
    parts.iter().all(|part| matches!(part.content, Content::Text(_)))
}
