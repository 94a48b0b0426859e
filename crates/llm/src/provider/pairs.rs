//! Calls of tools and their results, checked where a provider would refuse them without naming the client's own
//! path, or would mix them up.

use std::borrow::Cow;
use std::collections::HashSet;

use foldhash::fast::RandomState;

use crate::RequestError;
use crate::canonical::{Content, Message, Request, Role};

/// Ids of calls.
type Ids<'t> = HashSet<Cow<'t, str>, RandomState>;

/// The calls of an assistant's turn, and which of them wait for their results.
#[derive(Debug, Default)]
struct Asked<'r> {
    all: Ids<'r>,
    open: Vec<Cow<'r, str>>,
    answered: Ids<'r>,
    /// Where the turn stood.
    index: usize,
}

/// Refuses a result without a call in the assistant's turn before, a call without a result (unless the
/// conversation ends with it), and an id that comes twice.
pub(super) fn check(request: &Request<'_>) -> Result<(), RequestError> {
    let mut asked = Asked::default();
    let mut last = None;
    for message in request.messages.iter().filter(|message| !message.parts.is_empty()) {
        match message.role {
            Role::Assistant => {
                // Messages that follow each other are one turn.
                if last != Some(Role::Assistant) {
                    asked.done()?;
                    asked = Asked { index: message.index, ..Asked::default() };
                }
                asked.calls(message)?;
            }
            Role::Tool => asked.results(message)?,
            Role::User | Role::System => asked.done()?,
        }
        last = Some(message.role);
    }
    // At the end calls may wait, unless some of their results are there.
    if last == Some(Role::Tool) { asked.done() } else { Ok(()) }
}

// === impl Asked ===

impl<'r> Asked<'r> {
    fn calls(&mut self, message: &'r Message<'_>) -> Result<(), RequestError> {
        for part in &message.parts {
            let Content::ToolUse(call) = &part.content else { continue };
            let id = call.id.decode();
            if !self.all.insert(id.clone()) {
                let path = format!("messages[{}].tool_calls", message.index);
                return Err(RequestError::invalid(path.clone(), format!("`{path}` has the id `{id}` twice")));
            }
            self.open.push(id);
        }
        Ok(())
    }

    fn results(&mut self, message: &'r Message<'_>) -> Result<(), RequestError> {
        for part in &message.parts {
            let Content::ToolResult(result) = &part.content else { continue };
            let id = result.id.decode();
            let path = format!("messages[{}].tool_call_id", message.index);
            if !self.all.contains(&id) {
                let message = format!(
                    "`{path}` is `{id}`, which no `tool_calls` of the assistant's turn before it has"
                );
                return Err(RequestError::invalid(path, message));
            }
            if self.answered.contains(&id) {
                return Err(RequestError::invalid(
                    path.clone(),
                    format!("`{path}`: `{id}` is answered twice"),
                ));
            }
            self.answered.insert(id);
        }
        Ok(())
    }

    /// The turn is over: whatever it called must have its result. Looked at once, however much is said after it.
    fn done(&mut self) -> Result<(), RequestError> {
        let Some(call) = self.open.iter().find(|call| !self.answered.contains(*call)) else {
            self.open.clear();
            return Ok(());
        };
        let path = format!("messages[{}].tool_calls", self.index);
        let message = format!("`{path}`: the call `{call}` is not answered by a message of role `tool`");
        Err(RequestError::invalid(path, message))
    }
}
