//! The input: a text, content, or the steps of a conversation. Steps of the model that follow each other are one turn.

use json::{Data, Text, Value, compact};

use super::content;
use crate::RequestError;
use crate::canonical::{Content, Message, Opaque, Part, Request, Role, ToolResult, ToolUse};
use crate::dialect::gemini_interactions::state::{self, Signed};
use crate::dialect::read::{maybe_string, string, wrong};

/// Reads `input`.
pub(super) fn read<'a>(input: &Value<'a>, request: &mut Request<'a>) -> Result<(), RequestError> {
    match &input.data {
        Data::Null => return Err(RequestError::missing("input")),
        Data::String(_) => {
            let parts = content::list("input", input, &mut request.dropped)?;
            said(0, parts, request);
        }
        Data::Object(_) => {
            let part = content::one("input", input, &mut request.dropped)?;
            said(0, part.into_iter().collect(), request);
        }
        Data::Array(items) => match items.first().and_then(|item| item.get("type").as_text()) {
            Some(kind) if content::KINDS.iter().any(|name| kind.is(name)) => {
                let parts = content::list("input", input, &mut request.dropped)?;
                said(0, parts, request);
            }
            _ => steps(items, request)?,
        },
        _ => return Err(wrong("input", "a string, an object or an array", input)),
    }
    if request.messages.is_empty() {
        return Err(RequestError::invalid("input", "`input` says nothing"));
    }
    Ok(())
}

/// Adds what the user said.
fn said<'a>(index: usize, parts: Vec<Part<'a>>, request: &mut Request<'a>) {
    if !parts.is_empty() {
        request.messages.push(Message { role: Role::User, index, parts });
    }
}

fn steps<'a>(items: &[Value<'a>], request: &mut Request<'a>) -> Result<(), RequestError> {
    let mut turn = Turn::default();
    for (index, step) in items.iter().enumerate() {
        let path = format!("input[{index}]");
        if !matches!(step.data, Data::Object(_)) {
            return Err(wrong(path, "an object", step));
        }
        let kind = step.get("type");
        if kind.is_null() {
            let path = format!("{path}.type");
            let message = format!("`{path}` is required: input is a list of content or of steps");
            return Err(RequestError::new(path, "missing_required_parameter", message));
        }
        let kind = string(&format!("{path}.type"), kind)?;
        match &*kind.decode() {
            "user_input" => {
                turn.end(request);
                let parts =
                    content::list(&format!("{path}.content"), step.get("content"), &mut request.dropped)?;
                said(index, parts, request);
            }
            "function_result" => {
                turn.end(request);
                let result = result(&path, step, request)?;
                let parts = vec![Part::new(Content::ToolResult(result))];
                request.messages.push(Message { role: Role::Tool, index, parts });
            }
            "model_output" => {
                let parts =
                    content::list(&format!("{path}.content"), step.get("content"), &mut request.dropped)?;
                turn.begin(index);
                for part in parts {
                    turn.add(part);
                }
            }
            "thought" => {
                turn.begin(index);
                thought(&path, step, &mut turn, request)?;
            }
            "function_call" => {
                turn.begin(index);
                turn.add(Part::new(Content::ToolUse(call(&path, step)?)));
            }
            // What Google did by itself.
            other if other.ends_with("_call") || other.ends_with("_result") => {
                request.dropped.add(format_args!("{path} ({other})"));
            }
            other => {
                let path = format!("{path}.type");
                let message = format!("`{path}` is `{other}`, which is no step");
                return Err(RequestError::invalid(path, message));
            }
        }
    }
    turn.end(request);
    Ok(())
}

fn thought<'a>(
    path: &str,
    step: &Value<'a>,
    turn: &mut Turn<'a>,
    request: &mut Request<'a>,
) -> Result<(), RequestError> {
    let mut summary: Option<Text<'a>> = None;
    let list = content::list(&format!("{path}.summary"), step.get("summary"), &mut request.dropped)?;
    for (at, part) in list.into_iter().enumerate() {
        match (part.content, &mut summary) {
            (Content::Text(text), Some(before)) => before.append(&text),
            (Content::Text(text), before) => *before = Some(text),
            _ => request.dropped.add(format_args!("{path}.summary[{at}]")),
        }
    }
    let summary = summary.unwrap_or_default();
    let signature = maybe_string(&format!("{path}.signature"), step.get("signature"))?;
    turn.thought(summary, signature.filter(|signature| !signature.is_empty()));
    Ok(())
}

fn call<'a>(path: &str, step: &Value<'a>) -> Result<ToolUse<'a>, RequestError> {
    let arguments = step.get("arguments");
    if !matches!(arguments.data, Data::Object(_)) {
        return Err(wrong(format!("{path}.arguments"), "an object", arguments));
    }
    Ok(ToolUse {
        id: string(&format!("{path}.id"), step.get("id"))?,
        name: string(&format!("{path}.name"), step.get("name"))?,
        arguments: compact(arguments.raw),
    })
}

/// Reads a result: a text, a list of content, or any other JSON.
fn result<'a>(
    path: &str,
    step: &Value<'a>,
    request: &mut Request<'a>,
) -> Result<ToolResult<'a>, RequestError> {
    let told = step.get("result");
    let at = format!("{path}.result");
    let parts = match &told.data {
        Data::Null => return Err(RequestError::missing(at)),
        Data::String(_) => content::list(&at, told, &mut request.dropped)?,
        Data::Array(items) if items.iter().all(|item| is_content(item)) => {
            content::list(&at, told, &mut request.dropped)?
        }
        _ => content::text(Text::from_plain(&compact(told.raw))).into_iter().collect(),
    };
    let is_error = step.get("is_error");
    if !is_error.is_null() && is_error.as_bool().is_none() {
        return Err(wrong(format!("{path}.is_error"), "a boolean", is_error));
    }
    Ok(ToolResult {
        id: string(&format!("{path}.call_id"), step.get("call_id"))?,
        name: maybe_string(&format!("{path}.name"), step.get("name"))?,
        is_error: is_error.as_bool().unwrap_or_default(),
        parts,
    })
}

fn is_content(value: &Value<'_>) -> bool {
    value.get("type").as_text().is_some_and(|kind| content::KINDS.iter().any(|name| kind.is(name)))
}

/// A turn of the model being read.
#[derive(Debug, Default)]
struct Turn<'a> {
    message: Option<Message<'a>>,
    /// Gemini's own state that belongs to what comes next, and where the thinking stands that it was told with.
    waiting: Option<(Option<usize>, Opaque<'a>)>,
}

// === impl Turn ===

impl<'a> Turn<'a> {
    fn begin(&mut self, index: usize) {
        let new = || Message { role: Role::Assistant, index, parts: Vec::new() };
        self.message.get_or_insert_with(new);
    }

    fn parts(&mut self) -> Option<&mut Vec<Part<'a>>> {
        self.message.as_mut().map(|message| &mut message.parts)
    }

    fn push(&mut self, part: Part<'a>) {
        if let Some(parts) = self.parts() {
            parts.push(part);
        }
    }

    /// Adds what the model said or did, with the state that waits for it.
    fn add(&mut self, mut part: Part<'a>) {
        part.state = self.waiting.take().map(|(_, state)| state);
        self.push(part);
    }

    /// Adds a thought.
    fn thought(&mut self, summary: Text<'a>, signature: Option<Text<'a>>) {
        let thinks = !summary.is_empty();
        match signature.map(|signature| state::read(signature, &summary)) {
            None if thinks => self.push(Part::new(Content::Thinking { text: summary, state: None })),
            None => {}
            Some(Signed::OfText(state)) => {
                let text = self.parts().and_then(|parts| parts.last_mut());
                if let Some(text) = text.filter(|part| matches!(part.content, Content::Text(_))) {
                    text.state = Some(state);
                }
            }
            Some(Signed::Own(state)) => {
                self.settle();
                let at = self.parts().map_or(0, |parts| parts.len());
                if thinks {
                    self.push(Part::new(Content::Thinking { text: summary, state: None }));
                }
                self.waiting = Some((thinks.then_some(at), state));
            }
            Some(Signed::Thought(content)) => self.push(Part::new(content)),
        }
    }

    /// Nothing came that the state belongs to: it is the thinking's own.
    fn settle(&mut self) {
        let Some((at, own)) = self.waiting.take() else { return };
        let thinking = at.and_then(|at| self.parts()?.get_mut(at));
        match thinking.map(|part| &mut part.content) {
            Some(Content::Thinking { state, .. }) => *state = Some(own),
            _ => {
                self.push(Part::new(Content::Thinking { text: Text::default(), state: Some(own) }));
            }
        }
    }

    fn end(&mut self, request: &mut Request<'a>) {
        self.settle();
        request.messages.extend(self.message.take().filter(|message| !message.parts.is_empty()));
    }
}
