//! The conversation as turns that alternate, tool results first in theirs, every tool call answered.

use crate::RequestError;
use crate::canonical::{Content, Part, Request, Role};

/// Messages of one side that follow each other.
#[derive(Debug)]
pub(super) struct Turn<'r, 'a> {
    pub(super) assistant: bool,
    /// The results of tools, in the order given.
    pub(super) results: Vec<&'r Part<'a>>,
    pub(super) parts: Vec<&'r Part<'a>>,
    /// Where the first of its messages stood.
    pub(super) index: usize,
}

/// The turns of a request, checked: what Anthropic would refuse without naming the client's own path is
/// refused here.
pub(super) fn of<'r, 'a>(request: &'r Request<'a>) -> Result<Vec<Turn<'r, 'a>>, RequestError> {
    let mut turns: Vec<Turn<'r, 'a>> = Vec::with_capacity(request.messages.len());
    for message in request.messages.iter().filter(|message| !message.parts.is_empty()) {
        let assistant = message.role == Role::Assistant;
        if turns.last().is_none_or(|turn| turn.assistant != assistant) {
            turns.push(Turn { assistant, results: Vec::new(), parts: Vec::new(), index: message.index });
        }
        if message.role == Role::Tool {
            check_result(message.index, &message.parts, turns.as_slice())?;
        }
        let Some(turn) = turns.last_mut() else { continue };
        let place = if message.role == Role::Tool { &mut turn.results } else { &mut turn.parts };
        place.extend(&message.parts);
    }
    if request.messages.is_empty() && !request.system.is_empty() {
        // Instructions alone are a request to OpenAI; Anthropic wants somebody to say something.
        let parts = request.system.iter().collect();
        turns.push(Turn { assistant: false, results: Vec::new(), parts, index: 0 });
    }
    if turns.is_empty() {
        return Err(RequestError::invalid("messages", "`messages` says nothing: all of it is empty text"));
    }
    check_calls(&turns)?;
    Ok(turns)
}

fn calls<'t>(turn: &'t Turn<'_, '_>) -> impl Iterator<Item = std::borrow::Cow<'t, str>> {
    turn.parts.iter().filter_map(|part| match &part.content {
        Content::ToolUse(call) => Some(call.id.decode()),
        _ => None,
    })
}

fn results<'t>(turn: &'t Turn<'_, '_>) -> impl Iterator<Item = std::borrow::Cow<'t, str>> {
    turn.results.iter().filter_map(|part| match &part.content {
        Content::ToolResult(result) => Some(result.id.decode()),
        _ => None,
    })
}

/// A result must answer a call of the turn before, once. The last of `turns` is the result's own.
fn check_result(index: usize, parts: &[Part<'_>], turns: &[Turn<'_, '_>]) -> Result<(), RequestError> {
    let [before @ .., own] = turns else { return Ok(()) };
    let Some(Content::ToolResult(result)) = parts.first().map(|part| &part.content) else { return Ok(()) };
    let id = result.id.decode();
    let path = format!("messages[{index}].tool_call_id");
    let known = before.last().is_some_and(|turn| calls(turn).any(|call| call == id));
    if !known {
        let message =
            format!("`{path}` is `{id}`, which no `tool_calls` of the assistant's turn before it has");
        return Err(RequestError::invalid(path, message));
    }
    if results(own).any(|other| other == id) {
        return Err(RequestError::invalid(path.clone(), format!("`{path}`: `{id}` is answered twice")));
    }
    Ok(())
}

/// Every call is answered in the next turn, unless the conversation ends with it; ids differ.
fn check_calls(turns: &[Turn<'_, '_>]) -> Result<(), RequestError> {
    for (i, turn) in turns.iter().enumerate() {
        let path = || format!("messages[{}].tool_calls", turn.index);
        for (nth, call) in calls(turn).enumerate() {
            if calls(turn).take(nth).any(|other| other == call) {
                return Err(RequestError::invalid(path(), format!("`{}` has the id `{call}` twice", path())));
            }
            let next = turns.get(i + 1);
            if next.is_some_and(|next| !results(next).any(|result| result == call)) {
                let message =
                    format!("`{}`: the call `{call}` is not answered by a message of role `tool`", path());
                return Err(RequestError::invalid(path(), message));
            }
        }
    }
    Ok(())
}
