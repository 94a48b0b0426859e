//! Markers of the prompt's cache, placed for a client that places none: behind the tools, behind the instructions, and
//! behind the last two turns of the user's side, so that what is the same in the next request is read from the cache.
//! Anthropic takes four; a client that has one of its own is left alone.

mod pass;

use crate::canonical::{Content, Part, Request, Role};

pub(crate) use pass::mark as mark_passing;

/// The marker: for five minutes, renewed by each use.
pub(crate) const EPHEMERAL: &str = r#"{"type":"ephemeral"}"#;

/// Turns of the user's side that are marked.
const TURNS: usize = 2;

/// Where a target takes markers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Takes {
    /// Behind tools, too.
    pub(crate) tools: bool,
}

/// Marks a request that has no marker.
pub(crate) fn mark(request: &mut Request<'_>, takes: Takes) {
    if has_marks(request) {
        return;
    }
    if let Some(tool) = request.tools.last_mut().filter(|_| takes.tools) {
        tool.cache = Some(EPHEMERAL);
    }
    mark_last(&mut request.system);
    let turns = request.messages.iter_mut().rev();
    let turns = turns.filter(|message| matches!(message.role, Role::User | Role::Tool));
    let mut left = TURNS;
    let mut behind: Option<usize> = None;
    for message in turns {
        // Results and what the user says with them are one turn.
        let same = behind.is_some_and(|behind| behind <= message.index.saturating_add(1));
        behind = Some(message.index);
        if !same && left > 0 && mark_last(&mut message.parts) {
            left -= 1;
        }
    }
}

fn has_marks(request: &Request<'_>) -> bool {
    let marked = |parts: &[Part<'_>]| parts.iter().any(is_marked);
    request.tools.iter().any(|tool| tool.cache.is_some())
        || marked(&request.system)
        || request.messages.iter().any(|message| marked(&message.parts))
}

fn is_marked(part: &Part<'_>) -> bool {
    let within = match &part.content {
        Content::ToolResult(result) => result.parts.iter().any(is_marked),
        _ => false,
    };
    part.cache.is_some() || within
}

/// Marks the last part that can have a marker: vendors refuse one on empty text and on reasoning.
fn mark_last(parts: &mut [Part<'_>]) -> bool {
    let fits = |part: &&mut Part<'_>| match &part.content {
        Content::Text(text) => !text.is_blank(),
        Content::Thinking { .. } | Content::Redacted(_) => false,
        _ => true,
    };
    let Some(part) = parts.iter_mut().rev().find(fits) else { return false };
    part.cache = Some(EPHEMERAL);
    true
}

#[cfg(test)]
mod tests;
