//! The conversation as rounds: what the model said, the results of its calls, what the user said then. Results stand
//! alone in their turn and in the order of the calls, and every call is answered.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

use crate::RequestError;
use crate::canonical::{Content, Part, Request, Role, ToolResult, ToolUse};

/// From one turn of the model to the next.
#[derive(Debug, Default)]
pub(super) struct Round<'r, 'a> {
    pub(super) model: Vec<Placed<'r, 'a>>,
    /// Results, in the order of the calls, with the names of these.
    pub(super) results: Vec<Answer<'r, 'a>>,
    pub(super) user: Vec<Placed<'r, 'a>>,
}

/// A part, and where its message stood.
pub(super) type Placed<'r, 'a> = (&'r Part<'a>, usize);

/// A call's result.
#[derive(Debug)]
pub(super) struct Answer<'r, 'a> {
    pub(super) call: &'r ToolUse<'a>,
    pub(super) result: &'r ToolResult<'a>,
    pub(super) part: &'r Part<'a>,
    pub(super) index: usize,
}

/// Results as they came.
type Results<'r, 'a> = Vec<(&'r ToolResult<'a>, &'r Part<'a>, usize)>;

/// The rounds of a request, checked: what Gemini would refuse without naming the client's own path is refused here.
pub(super) fn of<'r, 'a>(request: &'r Request<'a>) -> Result<Vec<Round<'r, 'a>>, RequestError> {
    let mut rounds: Vec<Round<'r, 'a>> = vec![Round::default()];
    let mut results: Results<'r, 'a> = Vec::new();
    for message in &request.messages {
        let placed = message.parts.iter().map(|part| (part, message.index));
        let Some(round) = rounds.last_mut() else { continue };
        match message.role {
            Role::Assistant if results.is_empty() && round.user.is_empty() => round.model.extend(placed),
            Role::Assistant => {
                round.settle(std::mem::take(&mut results), true)?;
                rounds.push(Round { model: placed.collect(), ..Round::default() });
            }
            Role::System | Role::User | Role::Tool => {
                for (part, index) in placed {
                    match &part.content {
                        Content::ToolResult(result) => results.push((result, part, index)),
                        _ => round.user.push((part, index)),
                    }
                }
            }
        }
    }
    if let Some(round) = rounds.last_mut() {
        let answered = !results.is_empty() || !round.user.is_empty();
        round.settle(results, answered)?;
    }
    Ok(rounds)
}

impl<'r, 'a> Round<'r, 'a> {
    /// Puts results into the order of the calls. `answered`: the conversation went on, so that no call may be left.
    fn settle(&mut self, results: Results<'r, 'a>, answered: bool) -> Result<(), RequestError> {
        let mut calls: HashMap<Cow<'r, str>, (usize, &'r ToolUse<'a>), RandomState> = HashMap::default();
        for &(part, index) in &self.model {
            let Content::ToolUse(call) = &part.content else { continue };
            let at = calls.len();
            if calls.insert(call.id.decode(), (at, call)).is_some() {
                let path = format!("messages[{index}].tool_calls");
                let message = format!("`{path}` has the id `{}` twice", call.id.decode());
                return Err(RequestError::invalid(path, message));
            }
        }
        let mut found: Vec<(usize, Answer<'r, 'a>)> = Vec::with_capacity(results.len());
        let mut seen: HashSet<usize, RandomState> = HashSet::default();
        for (result, part, index) in results {
            let path = || format!("messages[{index}].tool_call_id");
            let id = result.id.decode();
            let Some(&(at, call)) = calls.get(&id) else {
                let message = format!("`{}` is `{id}`, which no call of the turn before it has", path());
                return Err(RequestError::invalid(path(), message));
            };
            if !seen.insert(at) {
                return Err(RequestError::invalid(path(), format!("`{}`: `{id}` is answered twice", path())));
            }
            found.push((at, Answer { call, result, part, index }));
        }
        if let (true, Some((_, index))) = (answered && found.len() < calls.len(), self.model.first()) {
            let path = format!("messages[{index}].tool_calls");
            let mut left: Vec<_> = calls.into_iter().filter(|(_, (at, _))| !seen.contains(at)).collect();
            left.sort_unstable_by_key(|(_, (at, _))| *at);
            let id = left.first().map(|(id, _)| id.clone()).unwrap_or_default();
            let message = format!("`{path}`: the call `{id}` is not answered");
            return Err(RequestError::invalid(path, message));
        }
        found.sort_by_key(|(at, _)| *at);
        self.results = found.into_iter().map(|(_, answer)| answer).collect();
        Ok(())
    }
}
