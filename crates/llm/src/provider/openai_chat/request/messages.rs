//! The messages of a chat completion.

use json::{Array, Object, Text, push_escaped, push_string};

use super::Encoder;
use super::content::{self, Style};
use super::turns::{Speaker, Turn};
use crate::RequestError;
use crate::Vendor;
use crate::canonical::{Content, Format, Origin, Part, ToolResult};
use crate::provider::names;
use crate::vendor::{CacheMarkers, Roundtrip};

/// The longest id of a tool call that OpenAI takes.
const LONGEST_ID: usize = 40;

/// What a result without text says that has pictures or files: these follow in a message of the user's, since a result
/// can have none.
const ELSEWHERE: &str = "The result is in the message that follows.";

/// What asks for JSON in words.
const JSON_ONLY: &str = "Answer with one valid JSON object and nothing else.";

/// What stands before the text of a tool's failure.
const FAILED: &str = "Error: ";

/// What the failure of a tool says that says nothing.
const NO_REASON: &str = "the tool failed";

impl<'r, 'a> Encoder<'r, 'a> {
    /// Writes `messages`.
    pub(super) fn messages(
        &mut self,
        turns: &[Turn<'_, '_>],
        body: &mut Object<'_>,
    ) -> Result<(), RequestError> {
        let style = self.style();
        let parts = || turns.iter().flat_map(|turn| turn.parts.iter().map(move |part| (turn.speaker, part)));
        // A call and a result have no place for a marker.
        let unmarked = |(speaker, part): (Speaker, &&Part<'_>)| {
            let has_place = matches!(speaker, Speaker::System | Speaker::User | Speaker::Assistant)
                && !matches!(part.content, Content::ToolUse(_));
            part.cache.is_some() && (style.markers == CacheMarkers::Never || !has_place)
        };
        if parts().any(unmarked) {
            self.drop("messages[].cache_control");
        }
        // Behind the instructions that come first.
        let first = usize::from(turns.first().is_some_and(|turn| turn.speaker == Speaker::System));
        let json_at = self.must_ask_for_json(turns).then_some(first);
        let mut messages = body.array("messages");
        for (i, turn) in turns.iter().enumerate() {
            if json_at == Some(i) {
                ask_for_json(&mut messages);
            }
            let path = format!("messages[{}].content", turn.index);
            match turn.speaker {
                Speaker::System => said("system", turn, (style, &path), &mut messages)?,
                Speaker::User => said("user", turn, (style, &path), &mut messages)?,
                Speaker::Assistant => {
                    let begun = style.mistral && i + 1 == turns.len();
                    self.assistant(turn, (style, &path), begun, &mut messages)?;
                }
                Speaker::Tools => self.results(turn, (style, &path), &mut messages)?,
            }
        }
        if json_at == Some(turns.len()) {
            ask_for_json(&mut messages);
        }
        messages.end();
        Ok(())
    }

    /// Whether the client wants JSON without a schema and says so nowhere in words, without which most vendors refuse it.
    fn must_ask_for_json(&self, turns: &[Turn<'_, '_>]) -> bool {
        let says = |part: &&Part<'_>| match &part.content {
            Content::Text(text) => text.literal().to_ascii_lowercase().contains("json"),
            _ => false,
        };
        matches!(self.request.format, Some(Format::JsonObject))
            && !turns.iter().flat_map(|turn| &turn.parts).any(says)
    }

    fn style(&self) -> Style {
        let row = |vendor: &Vendor| Style {
            mistral: vendor.roundtrip_reasoning == Roundtrip::Parts,
            markers: self.markers,
        };
        self.vendor.map(row).unwrap_or_default()
    }

    /// What the assistant said. `begun`: it is an answer that is to be gone on with, which Mistral wants told.
    fn assistant(
        &mut self,
        turn: &Turn<'_, '_>,
        (style, path): (Style, &str),
        begun: bool,
        messages: &mut Array<'_>,
    ) -> Result<(), RequestError> {
        if turn.parts.iter().any(|part| content::is_medium(&part.content)) {
            let message =
                format!("`{path}` has a picture or a file, which only the user's messages may have");
            return Err(RequestError::unsupported(path, message));
        }
        let goes = |part: &&&Part<'_>| self.goes_back(&part.content);
        let parts: Vec<&Part<'_>> = turn.parts.iter().filter(goes).copied().collect();
        if parts.len() < turn.parts.len() {
            self.drop("messages[].reasoning");
        }
        if parts.is_empty() {
            return Ok(());
        }
        let mut message = messages.object();
        message.string("role", "assistant");
        if begun && !parts.iter().any(|part| matches!(part.content, Content::ToolUse(_))) {
            message.raw("prefix", "true");
        }
        if style.mistral && parts.iter().any(|part| is_thinking(&part.content)) {
            with_thinking(&parts, &mut message);
        } else {
            texts(&parts, style, path, &mut message)?;
            thoughts(&parts, &mut message);
        }
        let is_call = |part: &&&Part<'_>| matches!(part.content, Content::ToolUse(_));
        if parts.iter().any(|part| is_call(&part)) {
            let mut list = message.array("tool_calls");
            for part in parts.iter().filter(is_call) {
                let mut object = list.object();
                self.call(part, &mut object);
                object.end();
            }
            list.end();
        }
        message.end();
        Ok(())
    }

    /// Whether a piece of an assistant's turn is given back: reasoning only to those who want it. Signatures stay with
    /// their own vendors; the text beside another's goes where it must not lack.
    fn goes_back(&self, content: &Content<'_>) -> bool {
        let roundtrip = self.vendor.map(|vendor| vendor.roundtrip_reasoning).unwrap_or_default();
        match content {
            Content::Thinking { state, .. } => match roundtrip {
                Roundtrip::Never => false,
                Roundtrip::Given => state.is_none(),
                Roundtrip::WithTools => true,
                Roundtrip::Parts => state.as_ref().is_none_or(|state| state.of(Origin::Mistral).is_some()),
            },
            Content::Redacted(_) => false,
            _ => true,
        }
    }

    fn call(&mut self, part: &Part<'_>, object: &mut Object<'_>) {
        let Content::ToolUse(call) = &part.content else { return };
        object.string("id", &sent_id(&call.id)).string("type", "function");
        let mut function = object.object("function");
        function.string("name", &self.names.sent_or_add(&call.name));
        push_string(function.key("arguments"), &call.arguments);
        function.end();
        let signatures = self.vendor.is_some_and(|vendor| vendor.thought_signatures);
        let state = part.state.as_ref().filter(|_| signatures).and_then(|state| state.of(Origin::Gemini));
        if let Some(state) = state {
            let mut extra = object.object("extra_content");
            let mut google = extra.object("google");
            google.text("thought_signature", state);
            google.end();
            extra.end();
        }
    }

    /// The name of the tool that a call was for.
    fn called(&mut self, id: &Text<'_>) -> Option<&'r Text<'a>> {
        let request = self.request;
        self.called.get_or_insert_with(|| request.tool_names()).get(&*id.decode()).copied()
    }

    /// A message for each result, and behind them one with the pictures and files that the results have.
    fn results(
        &mut self,
        turn: &Turn<'_, '_>,
        (style, path): (Style, &str),
        messages: &mut Array<'_>,
    ) -> Result<(), RequestError> {
        let results = || {
            turn.parts.iter().filter_map(|part| match &part.content {
                Content::ToolResult(result) => Some(result),
                _ => None,
            })
        };
        for result in results() {
            let mut message = messages.object();
            message.string("role", "tool").string("tool_call_id", &sent_id(&result.id));
            if style.mistral
                && let Some(name) = result.name.as_ref().or_else(|| self.called(&result.id))
            {
                message.string("name", &self.names.sent_or_add(name));
            }
            result_text(result, &mut message);
            message.end();
        }
        let media =
            |result: &ToolResult<'_>| result.parts.iter().any(|part| content::is_medium(&part.content));
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
                content::piece(part, style, path, &mut list)?;
            }
        }
        list.end();
        message.end();
        Ok(())
    }
}

fn ask_for_json(messages: &mut Array<'_>) {
    let mut message = messages.object();
    message.string("role", "system").string("content", JSON_ONLY);
    message.end();
}

fn is_thinking(content: &Content<'_>) -> bool {
    matches!(content, Content::Thinking { .. } | Content::Redacted(_))
}

/// The id of a call as it is sent: the same, or a made one that two different ids do not share.
fn sent_id(id: &Text<'_>) -> String {
    let plain = id.decode();
    let fits =
        !plain.is_empty() && plain.len() <= LONGEST_ID && plain.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { plain.into_owned() } else { format!("call_{:016x}", names::hash(&plain)) }
}

/// A message of one who only says something.
fn said(
    role: &str,
    turn: &Turn<'_, '_>,
    (style, path): (Style, &str),
    messages: &mut Array<'_>,
) -> Result<(), RequestError> {
    let mut message = messages.object();
    message.string("role", role);
    content::write(&turn.parts, style, path, &mut message)?;
    message.end();
    Ok(())
}

/// The texts of an assistant's turn as one, as it was to whoever heard it; in parts where one has a marker.
fn texts(
    parts: &[&Part<'_>],
    style: Style,
    path: &str,
    message: &mut Object<'_>,
) -> Result<(), RequestError> {
    let texts: Vec<&Part<'_>> =
        parts.iter().filter(|part| matches!(part.content, Content::Text(_))).copied().collect();
    if texts.is_empty() {
        message.raw("content", "null");
    } else if texts.iter().any(|part| style.marks(part)) {
        content::write(&texts, style, path, message)?;
    } else {
        let literals = texts.iter().filter_map(|part| match &part.content {
            Content::Text(text) => Some(text),
            _ => None,
        });
        joined(literals, message.key("content"));
    }
    Ok(())
}

fn joined<'t>(texts: impl Iterator<Item = &'t Text<'t>>, out: &mut Vec<u8>) {
    out.push(b'"');
    for text in texts {
        out.extend_from_slice(text.literal().as_bytes());
    }
    out.push(b'"');
}

/// The reasoning of an assistant's turn as one; a vendor with another name for it has it changed.
fn thoughts(parts: &[&Part<'_>], message: &mut Object<'_>) {
    let mut texts = parts.iter().filter_map(|part| match &part.content {
        Content::Thinking { text, .. } => Some(text),
        _ => None,
    });
    if let Some(first) = texts.next() {
        joined(std::iter::once(first).chain(texts), message.key("reasoning_content"));
    }
}

/// The content of an assistant's turn as Mistral has it, reasoning and its signatures in parts.
fn with_thinking(parts: &[&Part<'_>], message: &mut Object<'_>) {
    let mut list = message.array("content");
    for part in parts {
        match &part.content {
            Content::Text(text) => {
                let mut object = list.object();
                object.string("type", "text").text("text", text);
                object.end();
            }
            Content::Thinking { text, state } => {
                let mut object = list.object();
                object.string("type", "thinking");
                let mut inner = object.array("thinking");
                let mut said = inner.object();
                said.string("type", "text").text("text", text);
                said.end();
                inner.end();
                if let Some(state) = state {
                    object.text("signature", &state.data);
                }
                object.end();
            }
            _ => {}
        }
    }
    list.end();
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
