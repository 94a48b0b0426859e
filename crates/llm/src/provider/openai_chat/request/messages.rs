//! The messages of a chat completion.

use super::Encoder;
use super::content;
use super::turns::{Speaker, Turn};
use crate::RequestError;
use crate::canonical::{Content, Part, ToolResult, ToolUse};
use crate::json::{Array, Object, Text, push_escaped, push_string};
use crate::provider::names;

/// The longest id of a tool call that OpenAI takes.
const LONGEST_ID: usize = 40;

/// What a result without text says that has pictures or files: these follow in a message of the user's, since a result
/// can have none.
const ELSEWHERE: &str = "The result is in the message that follows.";

/// What stands before the text of a tool's failure.
const FAILED: &str = "Error: ";

/// What the failure of a tool says that says nothing.
const NO_REASON: &str = "the tool failed";

impl Encoder<'_, '_> {
    /// Writes `messages`.
    pub(super) fn messages(
        &mut self,
        turns: &[Turn<'_, '_>],
        body: &mut Object<'_>,
    ) -> Result<(), RequestError> {
        let mut messages = body.array("messages");
        for turn in turns {
            let path = format!("messages[{}].content", turn.index);
            match turn.speaker {
                Speaker::System => said("system", turn, &path, &mut messages)?,
                Speaker::User => said("user", turn, &path, &mut messages)?,
                Speaker::Assistant => self.assistant(turn, &path, &mut messages)?,
                Speaker::Tools => results(turn, &path, &mut messages)?,
            }
        }
        messages.end();
        Ok(())
    }

    fn assistant(
        &mut self,
        turn: &Turn<'_, '_>,
        path: &str,
        messages: &mut Array<'_>,
    ) -> Result<(), RequestError> {
        if turn.parts.iter().any(|part| content::is_medium(&part.content)) {
            let message =
                format!("`{path}` has a picture or a file, which only the user's messages may have");
            return Err(RequestError::unsupported(path, message));
        }
        let is_thinking =
            |part: &&Part<'_>| matches!(part.content, Content::Thinking { .. } | Content::Redacted(_));
        if turn.parts.iter().any(is_thinking) {
            self.drop("messages[].reasoning");
            if turn.parts.iter().all(is_thinking) {
                return Ok(());
            }
        }
        let mut message = messages.object();
        message.string("role", "assistant");
        texts(&turn.parts, &mut message);
        let mut calls = turn.parts.iter().filter_map(|part| match &part.content {
            Content::ToolUse(call) => Some(call),
            _ => None,
        });
        if let Some(first) = calls.next() {
            let mut list = message.array("tool_calls");
            for call in std::iter::once(first).chain(calls) {
                let mut object = list.object();
                self.call(call, &mut object);
                object.end();
            }
            list.end();
        }
        message.end();
        Ok(())
    }

    fn call(&mut self, call: &ToolUse<'_>, object: &mut Object<'_>) {
        object.string("id", &sent_id(&call.id)).string("type", "function");
        let mut function = object.object("function");
        function.string("name", &self.names.sent_or_add(&call.name));
        push_string(function.key("arguments"), &call.arguments);
        function.end();
    }
}

/// The id of a call as it is sent: the same, or a made one that two different ids do not share.
fn sent_id(id: &Text<'_>) -> String {
    let plain = id.decode();
    let fits =
        !plain.is_empty() && plain.len() <= LONGEST_ID && plain.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { plain.into_owned() } else { format!("call_{:016x}", names::hash(&plain)) }
}

/// A message of one who only says something.
fn said(role: &str, turn: &Turn<'_, '_>, path: &str, messages: &mut Array<'_>) -> Result<(), RequestError> {
    let mut message = messages.object();
    message.string("role", role);
    content::write(&turn.parts, path, &mut message)?;
    message.end();
    Ok(())
}

/// The texts of an assistant's turn as one: it was one to whoever heard it.
fn texts(parts: &[&Part<'_>], message: &mut Object<'_>) {
    let mut texts = parts.iter().filter_map(|part| match &part.content {
        Content::Text(text) => Some(text),
        _ => None,
    });
    let Some(first) = texts.next() else {
        message.raw("content", "null");
        return;
    };
    let out = message.key("content");
    out.push(b'"');
    for text in std::iter::once(first).chain(texts) {
        out.extend_from_slice(text.literal().as_bytes());
    }
    out.push(b'"');
}

/// A message for each result, and behind them one with the pictures and files that the results have.
fn results(turn: &Turn<'_, '_>, path: &str, messages: &mut Array<'_>) -> Result<(), RequestError> {
    let results = || {
        turn.parts.iter().filter_map(|part| match &part.content {
            Content::ToolResult(result) => Some(result),
            _ => None,
        })
    };
    for result in results() {
        let mut message = messages.object();
        message.string("role", "tool").string("tool_call_id", &sent_id(&result.id));
        result_text(result, &mut message);
        message.end();
    }
    let media = |result: &ToolResult<'_>| result.parts.iter().any(|part| content::is_medium(&part.content));
    if !results().any(media) {
        return Ok(());
    }
    let mut message = messages.object();
    message.string("role", "user");
    let mut list = message.array("content");
    for result in results().filter(|result| media(result)) {
        let mut note = list.object();
        note.string("type", "text");
        note.string("text", &format!("The result of the call {}:", sent_id(&result.id)));
        note.end();
        for part in result.parts.iter().filter(|part| content::is_medium(&part.content)) {
            content::piece(&part.content, path, &mut list)?;
        }
    }
    list.end();
    message.end();
    Ok(())
}

/// What a result says; that the tool failed is said in words, since there is no other place for it.
fn result_text(result: &ToolResult<'_>, message: &mut Object<'_>) {
    let texts = || {
        result.parts.iter().filter_map(|part| match &part.content {
            Content::Text(text) => Some(text),
            _ => None,
        })
    };
    let silent = texts().next().is_none();
    let out = message.key("content");
    out.push(b'"');
    if result.is_error {
        push_escaped(out, FAILED);
    }
    if silent && !result.parts.is_empty() {
        push_escaped(out, ELSEWHERE);
    } else if silent && result.is_error {
        push_escaped(out, NO_REASON);
    }
    for (i, text) in texts().enumerate() {
        if i > 0 {
            push_escaped(out, "\n");
        }
        out.extend_from_slice(text.literal().as_bytes());
    }
    out.push(b'"');
}
