//! A Messages request, read into the canonical form. Mistakes are named as Anthropic names them
//! (`messages.0.content.1.text: Field required`), what is left behind as everywhere (`messages[].content[].citations`).

mod config;
mod content;
mod order;
mod path;
mod source;
mod tools;

use json::{Data, Value};

use self::order::{Order, Side};
use self::path::Path;
use crate::RequestError;
use crate::canonical::{Message, Request, Role};

/// Reads a request. The text was scanned before, so that its JSON and its types at the top are right.
pub(super) fn decode(text: &str) -> Result<Request<'_>, RequestError> {
    let body = Value::parse(text).map_err(RequestError::json)?;
    let Data::Object(members) = &body.data else {
        return Err(RequestError::body("the body must be a JSON object"));
    };
    let mut request = Request { max_tokens: Some(max_tokens(body.get("max_tokens"))?), ..Request::default() };
    // How the model thinks is told in two places; the effort comes first.
    for first in [true, false] {
        for (name, value) in members.iter().filter(|(name, _)| name.is("output_config") == first) {
            match &*name.decode() {
                "model" | "max_tokens" | "messages" | "tools" | "tool_choice" => {}
                "stream" => request.stream = value.as_bool().unwrap_or_default(),
                "system" if value.is_null() => {}
                "system" => {
                    request.system = content::texts(&Path::top("system"), value, &mut request.dropped)?;
                }
                _ => config::read(name, value, &mut request)?,
            }
        }
    }
    messages(body.get("messages"), &mut request)?;
    tools::read(Some(body.get("tools")), Some(body.get("tool_choice")), &mut request)?;
    Ok(request)
}

/// The limit of the answer, which every request must have.
fn max_tokens(value: &Value<'_>) -> Result<u64, RequestError> {
    let at = Path::top("max_tokens");
    if value.is_null() {
        return Err(at.missing());
    }
    match config::at_least(&at, value, 0)? {
        0 => Err(at.unsupported("0 warms a cache of Anthropic's, which the chosen model's provider has not")),
        limit => Ok(limit),
    }
}

fn messages<'a>(value: &Value<'a>, request: &mut Request<'a>) -> Result<(), RequestError> {
    let at = Path::top("messages");
    let items = at.list(value)?;
    if items.is_empty() {
        return Err(at.invalid("at least one message is required"));
    }
    let mut order = Order::default();
    // What the user says beside results of tools, which come first in a turn.
    let mut held = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let at = at.item(index);
        at.object(item)?;
        for (name, value) in item.members() {
            if !name.is("role") && !name.is("content") && !says_nothing(value) {
                request.dropped.add(format_args!("messages[].{}", name.decode()));
            }
        }
        let role = at.name("role").text(item.get("role"))?;
        let side = match &*role.decode() {
            "user" => Side::User,
            "assistant" => Side::Assistant,
            "system" => {
                let parts = content::texts(&at.name("content"), item.get("content"), &mut request.dropped)?;
                if !parts.is_empty() {
                    held.push(Message { role: Role::System, index, parts });
                }
                continue;
            }
            _ => return Err(at.name("role").invalid("Input should be 'user', 'assistant' or 'system'")),
        };
        order.message(side, index)?;
        if side == Side::Assistant {
            request.messages.append(&mut held);
        }
        let last = index + 1 == items.len();
        content::message((side, index, last), item, &mut order, (request, &mut held))?;
    }
    request.messages.append(&mut held);
    order.end()
}

/// The marker of a prompt cache on a block or a tool.
fn marker<'a>(at: &Path<'_>, value: &Value<'a>) -> Result<Option<&'a str>, RequestError> {
    let marker = value.get("cache_control");
    if marker.is_null() {
        return Ok(None);
    }
    at.name("cache_control").object(marker).map(|marker| Some(marker.raw))
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

#[cfg(test)]
mod tests;
