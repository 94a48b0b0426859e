//! The conversation. Calls without ids get some, and results without ids are those of the first call of their name.

use std::collections::{HashMap, VecDeque};

use foldhash::fast::RandomState;
use json::{Text, Value};

use super::parts;
use crate::RequestError;
use crate::canonical::{Content, Message, Part, Request, Role, ToolResult, ToolUse};
use crate::dialect::gemini::members::{list, member, object, string};

/// Reads `contents`.
pub(super) fn read<'a>(value: &Value<'a>, request: &mut Request<'a>) -> Result<(), RequestError> {
    let contents = list("contents", value)?;
    if contents.is_empty() {
        return Err(RequestError::invalid("contents", "`contents` is empty"));
    }
    let mut asked = Asked::default();
    for (index, content) in contents.into_iter().enumerate() {
        let path = format!("contents[{index}]");
        let content = object(&path, content)?;
        let role = content.get("role");
        let role =
            if role.is_null() { Text::from_literal("user") } else { string(&format!("{path}.role"), role)? };
        let parts = list(&format!("{path}.parts"), content.get("parts"))?;
        match &*role.decode() {
            "" | "user" | "function" => user(index, &parts, &mut asked, request)?,
            "model" => model(index, &parts, &mut asked, request)?,
            other => {
                let path = format!("{path}.role");
                let message = format!("`{path}` is `{other}`; it must be user or model");
                return Err(RequestError::invalid(path, message));
            }
        }
    }
    asked.done()
}

/// A turn of the model. Contents of it that follow each other, as libraries keep the pieces of a stream, are one.
fn model<'a>(
    index: usize,
    parts: &[&Value<'a>],
    asked: &mut Asked<'a>,
    request: &mut Request<'a>,
) -> Result<(), RequestError> {
    if request.messages.last().is_none_or(|last| last.role != Role::Assistant) {
        asked.done()?;
        *asked = Asked::default();
        request.messages.push(Message {
            role: Role::Assistant,
            index,
            parts: Vec::with_capacity(parts.len()),
        });
    }
    let Some(message) = request.messages.last_mut() else { return Ok(()) };
    for (at, value) in parts.iter().enumerate() {
        let path = format!("contents[{index}].parts[{at}]");
        let call = member(value, "functionCall");
        if !call.is_null() {
            let mut part = parts::call(&path, value, call)?;
            if let Content::ToolUse(call) = &mut part.content {
                asked.note(call, path, (index, at))?;
            }
            message.parts.push(part);
        } else if let Some(part) = parts::said(&path, value, &mut request.dropped)? {
            add(part, &mut message.parts);
        }
    }
    Ok(())
}

/// Adds a part of the model's; pieces of one text or thought are one.
fn add<'a>(part: Part<'a>, parts: &mut Vec<Part<'a>>) {
    let Some(last) = parts.last_mut().filter(|last| last.state.is_none()) else { return parts.push(part) };
    match (&mut last.content, part) {
        (
            Content::Thinking { text: before, state: place @ None },
            Part { content: Content::Thinking { text, state }, .. },
        ) => {
            before.append(&text);
            *place = state;
        }
        (Content::Text(before), Part { state, content: Content::Text(text), .. }) => {
            before.append(&text);
            last.state = state;
        }
        (_, part) => parts.push(part),
    }
}

/// A turn of the user: results of calls first, each by itself, then what was said.
fn user<'a>(
    index: usize,
    parts: &[&Value<'a>],
    asked: &mut Asked<'a>,
    request: &mut Request<'a>,
) -> Result<(), RequestError> {
    let mut said = Vec::new();
    for (at, value) in parts.iter().enumerate() {
        let path = format!("contents[{index}].parts[{at}]");
        let response = member(value, "functionResponse");
        if response.is_null() {
            said.extend(parts::said(&path, value, &mut request.dropped)?);
            continue;
        }
        let mut result = parts::result(&path, response, &mut request.dropped)?;
        result.id = asked.answer(&result, &path)?;
        let parts = vec![Part::new(Content::ToolResult(result))];
        request.messages.push(Message { role: Role::Tool, index, parts });
    }
    asked.went_on = true;
    if !said.is_empty() {
        request.messages.push(Message { role: Role::User, index, parts: said });
    }
    Ok(())
}

/// The calls of a turn of the model, and which of them were answered.
#[derive(Debug, Default)]
struct Asked<'a> {
    calls: Vec<Asking<'a>>,
    by_id: HashMap<String, usize, RandomState>,
    /// Calls that wait, by their functions' names.
    by_name: HashMap<String, VecDeque<usize>, RandomState>,
    /// Whether somebody spoke after it.
    went_on: bool,
}

#[derive(Debug)]
struct Asking<'a> {
    id: Text<'a>,
    path: String,
    answered: bool,
}

// === impl Asked ===

impl<'a> Asked<'a> {
    /// Takes in a call; one without an id gets one by its place.
    fn note(
        &mut self,
        call: &mut ToolUse<'a>,
        path: String,
        place: (usize, usize),
    ) -> Result<(), RequestError> {
        if call.id.is_empty() {
            call.id = Text::from_plain(&format!("call_{}_{}", place.0, place.1));
        }
        let at = self.calls.len();
        let id = call.id.decode().into_owned();
        if self.by_id.contains_key(&id) {
            let path = format!("{path}.functionCall.id");
            let message = format!("`{path}` is `{id}`, which another call of the turn has");
            return Err(RequestError::invalid(path, message));
        }
        self.by_id.insert(id, at);
        self.by_name.entry(call.name.decode().into_owned()).or_default().push_back(at);
        self.calls.push(Asking { id: call.id.clone(), path, answered: false });
        Ok(())
    }

    /// The id of the call that a result answers.
    fn answer(&mut self, result: &ToolResult<'a>, path: &str) -> Result<Text<'a>, RequestError> {
        let name = result.name.as_ref().map(|name| name.decode().into_owned()).unwrap_or_default();
        let found = if result.id.is_empty() {
            let calls = &self.calls;
            let waiting = self.by_name.get_mut(&name);
            waiting.and_then(|waiting| {
                let open = |at: &usize| calls.get(*at).is_some_and(|call| !call.answered);
                std::iter::from_fn(|| waiting.pop_front()).find(open)
            })
        } else {
            self.by_id.get(&*result.id.decode()).copied()
        };
        let Some(call) = found.and_then(|at| self.calls.get_mut(at)) else {
            let (path, what) = if result.id.is_empty() {
                (format!("{path}.functionResponse"), name)
            } else {
                (format!("{path}.functionResponse.id"), result.id.decode().into_owned())
            };
            let message = format!("`{path}`: no call of the model's turn before it that waits is `{what}`");
            return Err(RequestError::invalid(path, message));
        };
        if std::mem::replace(&mut call.answered, true) {
            let path = format!("{path}.functionResponse.id");
            let message = format!("`{path}`: `{}` is answered twice", call.id.decode());
            return Err(RequestError::invalid(path, message));
        }
        Ok(call.id.clone())
    }

    /// The turn is over: no call may wait, unless the conversation ends with it.
    fn done(&self) -> Result<(), RequestError> {
        let waiting = self.calls.iter().find(|call| self.went_on && !call.answered);
        waiting.map_or(Ok(()), |call| {
            let path = format!("{}.functionCall", call.path);
            let message = format!("`{path}` is not answered by a `functionResponse`");
            Err(RequestError::invalid(path, message))
        })
    }
}
