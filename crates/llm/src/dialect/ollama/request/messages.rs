//! Messages.

use std::borrow::Cow;

use json::{Data, Text, Value};

use super::calls::Calls;
use crate::RequestError;
use crate::canonical::{Content, Dropped, Message, Part, Request, Role, Source, ToolResult, ToolUse};
use crate::dialect::read::{array, maybe_string, says_nothing, string, within, wrong};

/// How pictures begin in base64, by their types.
const PICTURES: [(&str, &str); 4] =
    [("iVBORw0KGgo", "image/png"), ("/9j/", "image/jpeg"), ("R0lGOD", "image/gif"), ("UklGR", "image/webp")];

/// Reads the messages.
pub(super) fn read<'a>(value: &Value<'a>, request: &mut Request<'a>) -> Result<(), RequestError> {
    let items = array("messages", value)?;
    if items.is_empty() {
        return Err(RequestError::invalid("messages", "`messages` is empty"));
    }
    let mut calls = Calls::of(items);
    for (index, item) in items.iter().enumerate() {
        message(index, item, &mut calls, request).map_err(|error| within(index, error))?;
    }
    Ok(())
}

fn message<'a>(
    index: usize,
    value: &Value<'a>,
    calls: &mut Calls,
    request: &mut Request<'a>,
) -> Result<(), RequestError> {
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
    let mut parts: Vec<Part<'a>> = Vec::new();
    if role == Role::Assistant {
        let thinking = maybe_string("thinking", value.get("thinking"))?.filter(|text| !text.is_blank());
        parts.extend(thinking.map(|text| Part::new(Content::Thinking { text, state: None })));
    }
    parts.extend(maybe_string("content", value.get("content"))?.and_then(text_part));
    let pictures = images("images", value.get("images"))?;
    if !pictures.is_empty() && matches!(role, Role::System | Role::Assistant) {
        let message = "`images` can be carried only in messages of role user or tool";
        return Err(RequestError::unsupported("images", message));
    }
    parts.extend(pictures);
    match role {
        // Before the conversation they stand apart.
        Role::System if request.messages.is_empty() => {
            request.system.append(&mut parts);
            return Ok(());
        }
        Role::Assistant => {
            if request.messages.last().is_none_or(|message| message.role != Role::Assistant) {
                calls.begin_turn();
            }
            for (i, item) in array("tool_calls", value.get("tool_calls"))?.iter().enumerate() {
                parts.push(call(i, item, calls)?);
            }
        }
        Role::Tool => parts = vec![result(value, parts, calls)?],
        Role::System | Role::User => {}
    }
    request.messages.push(Message { role, index, parts });
    Ok(())
}

/// Names what is left behind of a message.
fn unknown_members(role: Role, message: &Value<'_>, dropped: &mut Dropped) {
    let of_role: &[&str] = match role {
        Role::Assistant => &["thinking", "tool_calls"],
        Role::Tool => &["tool_name", "tool_call_id"],
        Role::System | Role::User => &[],
    };
    for (name, value) in message.members() {
        let known = ["role", "content", "images"].iter().chain(of_role).any(|known| name.is(known));
        if !known && !says_nothing(value) {
            dropped.add(format_args!("messages[].{}", name.decode()));
        }
    }
}

/// A text, unless it is blank.
pub(super) fn text_part(text: Text<'_>) -> Option<Part<'_>> {
    (!text.is_blank()).then(|| Part::new(Content::Text(text.sane())))
}

/// Pictures in base64. They do not tell their types, but their first bytes do.
pub(super) fn images<'a>(path: &str, value: &Value<'a>) -> Result<Vec<Part<'a>>, RequestError> {
    let image = |(i, item): (usize, &Value<'a>)| {
        let path = format!("{path}[{i}]");
        let data = string(&path, item)?;
        let kind = PICTURES.iter().find(|(start, _)| data.literal().replace("\\/", "/").starts_with(start));
        let Some((_, media_type)) = kind else {
            let message = format!("`{path}` is no jpeg, png, gif or webp in base64");
            return Err(RequestError::unsupported(path, message));
        };
        let media_type = Text::from_literal(media_type);
        Ok(Part::new(Content::Image(Source::Base64 { media_type, data })))
    };
    array(path, value)?.iter().enumerate().map(image).collect()
}

fn call<'a>(index: usize, value: &Value<'a>, calls: &mut Calls) -> Result<Part<'a>, RequestError> {
    let at = |name: &str| format!("tool_calls[{index}].{name}");
    let function = value.get("function");
    let name = string(&at("function.name"), function.get("name"))?;
    let arguments = function.get("arguments");
    let arguments = match &arguments.data {
        Data::Null => Cow::Borrowed("{}"),
        Data::Object(_) => Cow::Borrowed(arguments.raw),
        _ => return Err(wrong(at("function.arguments"), "an object", arguments)),
    };
    let id = calls.call(maybe_string(&at("id"), value.get("id"))?, &name, &at("id"))?;
    Ok(Part::new(Content::ToolUse(ToolUse { id, name, arguments })))
}

fn result<'a>(
    message: &Value<'a>,
    parts: Vec<Part<'a>>,
    calls: &mut Calls,
) -> Result<Part<'a>, RequestError> {
    let text = |name: &str| Ok(maybe_string(name, message.get(name))?.filter(|text| !text.is_empty()));
    let (id, name) = (text("tool_call_id")?, text("tool_name")?);
    let id = calls.result(id.as_ref(), name.as_ref())?;
    Ok(Part::new(Content::ToolResult(ToolResult { id, name, is_error: false, parts })))
}
