//! The conversation as turns that alternate, tool results first in theirs, every tool call answered.

use std::borrow::Cow;
use std::collections::HashSet;

use foldhash::fast::RandomState;

use crate::RequestError;
use crate::canonical::{Content, Message, Part, Request, Role};

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

/// What an assistant's turn asked for, and which of it was answered.
#[derive(Debug, Default)]
struct Asked<'r> {
    calls: Ids<'r>,
    answered: Ids<'r>,
}

/// Ids of calls or of results.
type Ids<'t> = HashSet<Cow<'t, str>, RandomState>;

/// The turns of a request, checked: what Anthropic would refuse without naming the client's own path is
/// refused here.
pub(super) fn of<'r, 'a>(request: &'r Request<'a>) -> Result<Vec<Turn<'r, 'a>>, RequestError> {
    let mut turns: Vec<Turn<'r, 'a>> = Vec::with_capacity(request.messages.len());
    let mut asked = Asked::default();
    for message in request.messages.iter().filter(|message| !message.parts.is_empty()) {
        let assistant = message.role == Role::Assistant;
        if turns.last().is_none_or(|turn| turn.assistant != assistant) {
            asked = if assistant { Asked::default() } else { Asked::by(turns.last()) };
            turns.push(Turn { assistant, results: Vec::new(), parts: Vec::new(), index: message.index });
        }
        check_kinds(message)?;
        if message.role == Role::Tool {
            asked.check(message.index, &message.parts)?;
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

/// Refuses what cannot be carried at all.
fn check_kinds(message: &Message<'_>) -> Result<(), RequestError> {
    let said = message.role == Role::Assistant;
    let what = message.parts.iter().find_map(|part| match &part.content {
        Content::Audio(_) => Some("a recording"),
        // Only users show pictures and files there.
        Content::Image(_) if said => Some("a picture in an assistant's turn"),
        Content::Document { .. } if said => Some("a file in an assistant's turn"),
        _ => None,
    });
    let Some(what) = what else { return Ok(()) };
    let path = format!("messages[{}].content", message.index);
    let text = format!("`{path}` has {what}, which the chosen model's provider does not take");
    Err(RequestError::unsupported(path, text))
}

fn calls<'r>(turn: &Turn<'r, '_>) -> impl Iterator<Item = Cow<'r, str>> {
    turn.parts.iter().filter_map(|part| match &part.content {
        Content::ToolUse(call) => Some(call.id.decode()),
        _ => None,
    })
}

fn results<'r>(turn: &Turn<'r, '_>) -> impl Iterator<Item = Cow<'r, str>> {
    turn.results.iter().filter_map(|part| match &part.content {
        Content::ToolResult(result) => Some(result.id.decode()),
        _ => None,
    })
}

// === impl Asked ===

impl<'r> Asked<'r> {
    fn by(turn: Option<&Turn<'r, '_>>) -> Self {
        Self { calls: turn.into_iter().flat_map(calls).collect(), answered: Ids::default() }
    }

    /// A result must answer a call of the turn before, once.
    fn check(&mut self, index: usize, parts: &'r [Part<'_>]) -> Result<(), RequestError> {
        let Some(Content::ToolResult(result)) = parts.first().map(|part| &part.content) else {
            return Ok(());
        };
        let id = result.id.decode();
        let path = || format!("messages[{index}].tool_call_id");
        if !self.calls.contains(&id) {
            let path = path();
            let message =
                format!("`{path}` is `{id}`, which no `tool_calls` of the assistant's turn before it has");
            return Err(RequestError::invalid(path, message));
        }
        if self.answered.contains(&id) {
            return Err(RequestError::invalid(path(), format!("`{}`: `{id}` is answered twice", path())));
        }
        self.answered.insert(id);
        Ok(())
    }
}

/// Every call is answered in the next turn, unless the conversation ends with it; ids differ.
fn check_calls(turns: &[Turn<'_, '_>]) -> Result<(), RequestError> {
    for (i, turn) in turns.iter().enumerate() {
        let path = || format!("messages[{}].tool_calls", turn.index);
        let answers: Option<Ids<'_>> = turns.get(i + 1).map(|next| results(next).collect());
        let mut seen = Ids::default();
        for call in calls(turn) {
            if seen.contains(&call) {
                return Err(RequestError::invalid(path(), format!("`{}` has the id `{call}` twice", path())));
            }
            if answers.as_ref().is_some_and(|answers| !answers.contains(&call)) {
                let message =
                    format!("`{}`: the call `{call}` is not answered by a message of role `tool`", path());
                return Err(RequestError::invalid(path(), message));
            }
            seen.insert(call);
        }
    }
    Ok(())
}
