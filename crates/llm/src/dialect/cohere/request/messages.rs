//! Messages and documents.

use std::borrow::Cow;

use json::{Data, Text, Value};

use crate::RequestError;
use crate::canonical::{Content, Detail, Dropped, Message, Part, Request, Role, Source, ToolResult, ToolUse};
use crate::dialect::read::{array, maybe_string, picture, says_nothing, string, within, wrong};

/// Reads the messages.
pub(super) fn read<'a>(value: &Value<'a>, request: &mut Request<'a>) -> Result<(), RequestError> {
    let items = array("messages", value)?;
    if items.is_empty() {
        return Err(RequestError::invalid("messages", "`messages` is empty"));
    }
    for (index, item) in items.iter().enumerate() {
        message(index, item, request).map_err(|error| within(index, error))?;
    }
    Ok(())
}

/// Reads `documents`, which the model is to answer by: they go before what the user last said.
pub(super) fn documents<'a>(value: &Value<'a>, request: &mut Request<'a>) -> Result<(), RequestError> {
    let mut parts = Vec::new();
    for (i, item) in array("documents", value)?.iter().enumerate() {
        parts.push(Part::new(document(&format!("documents[{i}]"), item)?));
    }
    if parts.is_empty() {
        return Ok(());
    }
    let Some(last) = request.messages.iter_mut().rev().find(|message| message.role == Role::User) else {
        let message = "`documents` need a message of role user that asks about them";
        return Err(RequestError::invalid("documents", message));
    };
    parts.append(&mut last.parts);
    last.parts = parts;
    Ok(())
}

/// A document: a string, or an object of whatever members, which are told as JSON.
fn document<'a>(path: &str, value: &Value<'a>) -> Result<Content<'a>, RequestError> {
    if let Some(text) = value.as_text() {
        return Ok(Content::Document { source: Source::Text(text), title: None });
    }
    let data = value.get("data");
    let title = || data.get("title").as_text().or_else(|| value.get("id").as_text());
    let text = match &data.data {
        Data::String(text) => text.clone(),
        Data::Object(_) => Text::from_plain(data.raw),
        _ => return Err(wrong(format!("{path}.data"), "an object", data)),
    };
    Ok(Content::Document { source: Source::Text(text), title: title().filter(|title| !title.is_blank()) })
}

fn message<'a>(index: usize, value: &Value<'a>, request: &mut Request<'a>) -> Result<(), RequestError> {
    if !matches!(value.data, Data::Object(_)) {
        return Err(wrong("", "an object", value));
    }
    let role = value.get("role");
    if role.is_null() {
        return Err(RequestError::missing("role"));
    }
    let role = match &*string("role", role)?.decode() {
        "system" => Role::System,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        "tool" => Role::Tool,
        other => {
            let message = format!("`role` is `{other}`; it must be system, user, assistant or tool");
            return Err(RequestError::invalid("role", message));
        }
    };
    unknown_members(role, value, &mut request.dropped);
    let mut parts = content(role, value.get("content"))?;
    match role {
        // Before the conversation they stand apart.
        Role::System if request.messages.is_empty() => {
            request.system.append(&mut parts);
            return Ok(());
        }
        Role::Assistant => parts = assistant(value, parts)?,
        Role::Tool => parts = vec![result(value, parts)?],
        Role::System | Role::User => {}
    }
    request.messages.push(Message { role, index, parts });
    Ok(())
}

/// Names what is left behind of a message.
fn unknown_members(role: Role, message: &Value<'_>, dropped: &mut Dropped) {
    let of_role: &[&str] = match role {
        Role::Assistant => &["tool_calls", "tool_plan"],
        Role::Tool => &["tool_call_id"],
        Role::System | Role::User => &[],
    };
    for (name, value) in message.members() {
        let known = ["role", "content"].iter().chain(of_role).any(|known| name.is(known));
        if !known && !says_nothing(value) {
            dropped.add(format_args!("messages[].{}", name.decode()));
        }
    }
}

/// A text, unless it is blank.
fn text_part(text: Text<'_>) -> Option<Part<'_>> {
    (!text.is_blank()).then(|| Part::new(Content::Text(text.sane())))
}

fn content<'a>(role: Role, value: &Value<'a>) -> Result<Vec<Part<'a>>, RequestError> {
    match &value.data {
        Data::Null if role == Role::Assistant => Ok(Vec::new()),
        Data::Null => Err(RequestError::missing("content")),
        Data::String(text) => Ok(text_part(text.clone()).into_iter().collect()),
        Data::Array(items) => {
            let mut parts = Vec::with_capacity(items.len());
            for (i, item) in items.iter().enumerate() {
                parts.extend(part(role, &format!("content[{i}]"), item)?);
            }
            Ok(parts)
        }
        _ => Err(wrong("content", "a string or an array of parts", value)),
    }
}

fn part<'a>(role: Role, path: &str, value: &Value<'a>) -> Result<Option<Part<'a>>, RequestError> {
    let at = |name: &str| format!("{path}.{name}");
    let kind = string(&at("type"), value.get("type"))?;
    let mut detail = None;
    let content = match (role, &*kind.decode()) {
        (_, "text") => return Ok(text_part(string(&at("text"), value.get("text"))?)),
        (Role::User, "image_url") => {
            let image = value.get("image_url");
            detail = Detail::of(image.get("detail").as_text(), at("image_url.detail"));
            Content::Image(picture(path, string(&at("image_url.url"), image.get("url"))?)?)
        }
        (Role::Assistant, "thinking") => {
            let text = string(&at("thinking"), value.get("thinking"))?;
            return Ok((!text.is_blank()).then(|| Part::new(Content::Thinking { text, state: None })));
        }
        (Role::Tool | Role::User, "document") => document(&at("document"), value.get("document"))?,
        (_, other) => {
            let message =
                format!("`{path}` is of type `{other}`, which cannot be carried in a message of this role");
            return Err(RequestError::unsupported(path, message));
        }
    };
    Ok(Some(Part { detail, ..Part::new(content) }))
}

/// What the assistant planned and said, and what it called.
fn assistant<'a>(message: &Value<'a>, said: Vec<Part<'a>>) -> Result<Vec<Part<'a>>, RequestError> {
    let plan = maybe_string("tool_plan", message.get("tool_plan"))?.filter(|text| !text.is_blank());
    let plan = plan.map(|text| Part::new(Content::Thinking { text, state: None }));
    let mut parts: Vec<Part<'a>> = plan.into_iter().chain(said).collect();
    for (i, call) in array("tool_calls", message.get("tool_calls"))?.iter().enumerate() {
        let at = |name: &str| format!("tool_calls[{i}].{name}");
        let function = call.get("function");
        let arguments =
            maybe_string(&at("function.arguments"), function.get("arguments"))?.unwrap_or_default();
        let Some(arguments) = object(&arguments) else {
            let path = at("function.arguments");
            let message = format!("`{path}` must be a JSON object as a string");
            return Err(RequestError::invalid(path, message));
        };
        let id = string(&at("id"), call.get("id"))?;
        let name = string(&at("function.name"), function.get("name"))?;
        parts.push(Part::new(Content::ToolUse(ToolUse { id, name, arguments })));
    }
    Ok(parts)
}

/// Arguments are an object as a string; an empty string stands for none.
fn object<'a>(arguments: &Text<'_>) -> Option<Cow<'a, str>> {
    if arguments.is_blank() {
        return Some(Cow::Borrowed("{}"));
    }
    let json = arguments.decode().into_owned();
    let object = matches!(Value::parse(&json), Ok(Value { data: Data::Object(_), .. }));
    object.then_some(Cow::Owned(json))
}

fn result<'a>(message: &Value<'a>, parts: Vec<Part<'a>>) -> Result<Part<'a>, RequestError> {
    let id = message.get("tool_call_id");
    if id.is_null() {
        return Err(RequestError::missing("tool_call_id"));
    }
    let id = string("tool_call_id", id)?;
    Ok(Part::new(Content::ToolResult(ToolResult { id, name: None, is_error: false, parts })))
}
