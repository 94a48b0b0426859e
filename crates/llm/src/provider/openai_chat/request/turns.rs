//! The conversation as chat completions demand it: what the assistant says in one message, the results of its
//! tool calls right behind it.

use crate::RequestError;
use crate::canonical::{Content, Message, Part, Request, Role};

/// A message to be written, or several.
#[derive(Debug)]
pub(super) struct Turn<'r, 'a> {
    pub(super) speaker: Speaker,
    pub(super) parts: Vec<&'r Part<'a>>,
    /// Where the first of its messages stood.
    pub(super) index: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speaker {
    System,
    User,
    Assistant,
    /// Tools: the parts are results.
    Tools,
}

/// The turns of a request, its instructions first. Its calls and results are known to belong together.
pub(super) fn of<'r, 'a>(request: &'r Request<'a>) -> Result<Vec<Turn<'r, 'a>>, RequestError> {
    let mut turns: Vec<Turn<'r, 'a>> = Vec::with_capacity(request.messages.len() + 1);
    if !request.system.is_empty() {
        turns.push(Turn { speaker: Speaker::System, parts: request.system.iter().collect(), index: 0 });
    }
    // Where the turns since the assistant's last begin: results of tools go there.
    let mut since = turns.len();
    for message in request.messages.iter().filter(|message| !message.parts.is_empty()) {
        if message.role == Role::Assistant {
            assistant(message, &mut turns);
            since = turns.len();
        } else {
            answer(message, since, &mut turns);
        }
    }
    if turns.is_empty() {
        return Err(RequestError::invalid("messages", "`messages` says nothing: all of it is empty text"));
    }
    Ok(turns)
}

fn assistant<'r, 'a>(message: &'r Message<'a>, turns: &mut Vec<Turn<'r, 'a>>) {
    let index = message.index;
    if turns.last().is_none_or(|turn| turn.speaker != Speaker::Assistant) {
        turns.push(Turn { speaker: Speaker::Assistant, parts: Vec::new(), index });
    }
    if let Some(turn) = turns.last_mut() {
        turn.parts.extend(&message.parts);
    }
}

fn answer<'r, 'a>(message: &'r Message<'a>, since: usize, turns: &mut Vec<Turn<'r, 'a>>) {
    let index = message.index;
    let is_result = |part: &&'r Part<'a>| matches!(part.content, Content::ToolResult(_));
    let (results, parts): (Vec<_>, Vec<_>) = message.parts.iter().partition(is_result);
    if !results.is_empty() {
        match turns.get_mut(since) {
            Some(turn) if turn.speaker == Speaker::Tools => turn.parts.extend(results),
            _ => turns.insert(since, Turn { speaker: Speaker::Tools, parts: results, index }),
        }
    }
    if !parts.is_empty() {
        let speaker = if message.role == Role::System { Speaker::System } else { Speaker::User };
        turns.push(Turn { speaker, parts, index });
    }
}
