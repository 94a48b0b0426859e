//! A request, read into the canonical form. Mistakes are named by the path a client knows.

mod config;
mod content;
mod input;
mod tools;

use json::{Data, Object, Text, Value};

use crate::RequestError;
use crate::canonical::{Content, Part, Request};
use crate::dialect::read::{maybe_string, says_nothing, string, wrong};

/// Parameters that are read together or elsewhere. `previous_interaction_id` is resolved before a request is read.
const HANDLED: [&str; 10] = [
    "model",
    "background",
    "input",
    "stream",
    "store",
    "tools",
    "generation_config",
    "response_format",
    "response_mime_type",
    "previous_interaction_id",
];

/// Parameters that need what only Google has, and what is told of them.
const ELSEWHERE: [(&str, &str); 3] = [
    ("cached_content", "is known to its own vendor alone; send the content itself"),
    ("continuation_token", "is known to its own vendor alone; go on from the interaction"),
    ("environment", "needs Google's own machines"),
];

/// Reads a request. The text was scanned before.
pub(super) fn decode(text: &str) -> Result<Request<'_>, RequestError> {
    let body = Value::parse(text).map_err(RequestError::json)?;
    if !matches!(body.data, Data::Object(_)) {
        return Err(RequestError::body("the body must be a JSON object"));
    }
    let mut request =
        Request { stream: body.get("stream").as_bool().unwrap_or_default(), ..Request::default() };
    for (key, value) in body.members() {
        let name = key.decode();
        if !HANDLED.contains(&&*name) && !says_nothing(value) {
            parameter(&name, value, &mut request)?;
        }
    }
    in_the_foreground(body.get("background"))?;
    let config = body.get("generation_config");
    if !config.is_null() {
        config::read(config, &mut request)?;
    }
    request.show_thinking = Some(request.notes.wants_state);
    request.format =
        config::format(body.get("response_format"), body.get("response_mime_type"), &mut request.dropped)?;
    input::read(body.get("input"), &mut request)?;
    tools::read(body.get("tools"), config.get("tool_choice"), &mut request)?;
    request.notes.echo = echo(&body)?;
    Ok(request)
}

/// Reads a parameter that stands for itself.
fn parameter<'a>(name: &str, value: &Value<'a>, request: &mut Request<'a>) -> Result<(), RequestError> {
    if let Some((_, why)) = ELSEWHERE.iter().find(|(known, _)| *known == name) {
        return Err(RequestError::unsupported(name, format!("`{name}` {why}")));
    }
    match name {
        "system_instruction" => {
            let said = string(name, value)?;
            if !said.is_blank() {
                request.system.push(Part::new(Content::Text(said.sane())));
            }
        }
        "service_tier" => {
            let tier = string(name, value)?;
            request.service_tier =
                Some(if tier.is("standard") { Text::from_literal("default") } else { tier });
        }
        "response_modalities" => {
            let Data::Array(kinds) = &value.data else { return Err(wrong(name, "an array", value)) };
            if !kinds.iter().all(|kind| kind.is("text")) {
                request.dropped.add(name);
            }
        }
        _ => request.dropped.add(name),
    }
    Ok(())
}

/// Refuses what is to be answered while nobody waits.
pub(super) fn in_the_foreground(background: &Value<'_>) -> Result<(), RequestError> {
    if says_nothing(background) {
        return Ok(());
    }
    let message = "`background` cannot be served: interactions are answered while the client waits";
    Err(RequestError::unsupported("background", message))
}

/// What the answer repeats of its request.
pub(super) fn echo(body: &Value<'_>) -> Result<String, RequestError> {
    const NAME: &str = "previous_interaction_id";
    let mut out = Vec::new();
    if let Some(previous) = maybe_string(NAME, body.get(NAME))?.filter(|previous| !previous.is_empty()) {
        let mut object = Object::begin(&mut out);
        object.text(NAME, &previous);
        object.end();
    }
    let members = out.get(1..out.len().saturating_sub(1)).unwrap_or_default();
    Ok(String::from_utf8_lossy(members).into_owned())
}
