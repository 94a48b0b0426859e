//! The conversation as turns that alternate, without what is not sent: blank text, which Converse refuses, and
//! reasoning that it cannot check.

use json::Text;

use crate::RequestError;
use crate::canonical::{Content, Message, Opaque, Origin, Part, Request, Role, Source};
use crate::provider::pairs;

/// Messages of one side that follow each other.
#[derive(Debug)]
pub(super) struct Turn<'r, 'a> {
    pub(super) assistant: bool,
    /// The results of tools, in the order given.
    pub(super) results: Vec<&'r Part<'a>>,
    pub(super) parts: Vec<&'r Part<'a>>,
}

/// The turns of a request, checked: what Converse would refuse without naming the client's own path is refused
/// here.
pub(super) fn of<'r, 'a>(request: &'r Request<'a>) -> Result<Vec<Turn<'r, 'a>>, RequestError> {
    pairs::check(request)?;
    let mut turns: Vec<Turn<'r, 'a>> = Vec::with_capacity(request.messages.len());
    for message in &request.messages {
        check_media(message)?;
        add(message.role, &message.parts, &mut turns);
    }
    if request.messages.is_empty() {
        // Instructions alone are a request to OpenAI; Converse wants somebody to say something.
        add(Role::User, &request.system, &mut turns);
    }
    if turns.is_empty() {
        return Err(RequestError::invalid("messages", "`messages` says nothing: all of it is empty text"));
    }
    Ok(turns)
}

/// Adds what is sent of a message to the turn of its side, which is a new one if the other side spoke last.
fn add<'r, 'a>(role: Role, parts: &'r [Part<'a>], turns: &mut Vec<Turn<'r, 'a>>) {
    let mut parts: Vec<&'r Part<'a>> = parts.iter().filter(|part| is_sent(&part.content)).collect();
    if parts.is_empty() {
        return;
    }
    let assistant = role == Role::Assistant;
    if turns.last().is_none_or(|turn| turn.assistant != assistant) {
        turns.push(Turn { assistant, results: Vec::new(), parts: Vec::new() });
    }
    let Some(turn) = turns.last_mut() else { return };
    // A message with reasoning must begin with it. One that does keeps its order, since a model may think amid it.
    if parts.first().is_some_and(|part| !is_reasoning(&part.content)) {
        parts.sort_by_key(|part| !is_reasoning(&part.content));
    }
    if role == Role::Tool { &mut turn.results } else { &mut turn.parts }.append(&mut parts);
}

/// Whether any turn has a call or a result.
pub(super) fn have_calls(turns: &[Turn<'_, '_>]) -> bool {
    let calls =
        |turn: &Turn<'_, '_>| turn.parts.iter().any(|part| matches!(part.content, Content::ToolUse(_)));
    turns.iter().any(|turn| !turn.results.is_empty() || calls(turn))
}

fn is_sent(content: &Content<'_>) -> bool {
    match content {
        Content::Text(text) => !text.is_blank(),
        content => !is_foreign(content),
    }
}

/// Whether this is reasoning that Converse cannot check: another vendor's, or not signed.
pub(super) fn is_foreign(content: &Content<'_>) -> bool {
    let own = |state: &Opaque<'_>| state.of(Origin::Bedrock).is_some_and(|data| !data.is_empty());
    match content {
        Content::Thinking { state, .. } => !state.as_ref().is_some_and(own),
        Content::Redacted(state) => !own(state),
        _ => false,
    }
}

/// Whether this is reasoning at all.
pub(super) fn is_reasoning(content: &Content<'_>) -> bool {
    matches!(content, Content::Thinking { .. } | Content::Redacted(_))
}

/// Refuses pictures and files that Converse does not take.
fn check_media(message: &Message<'_>) -> Result<(), RequestError> {
    let path = format!("messages[{}].content", message.index);
    let shown = |part: &Part<'_>| matches!(part.content, Content::Image(_) | Content::Document { .. });
    if message.role == Role::Assistant && message.parts.iter().any(shown) {
        let message = format!(
            "`{path}` has a picture or a file in an assistant's turn, which the chosen model's provider does not take"
        );
        return Err(RequestError::unsupported(path, message));
    }
    check_parts(&message.parts, &path)
}

fn check_parts(parts: &[Part<'_>], path: &str) -> Result<(), RequestError> {
    let refuse = |why: &str| {
        let message = format!("`{path}` has {why}, which the chosen model's provider does not take");
        Err(RequestError::unsupported(path, message))
    };
    for part in parts {
        match &part.content {
            Content::Image(Source::Url { .. }) => {
                return refuse("a picture by its address");
            }
            Content::Document { source: Source::Url { .. }, .. } => {
                return refuse("a file by its address");
            }
            Content::Image(Source::Base64 { media_type, .. }) if image_format(media_type).is_none() => {
                return refuse("a picture that is none of png, jpeg, gif and webp");
            }
            Content::Image(Source::Text(_)) => return refuse("a picture of text"),
            Content::Document { source: Source::Base64 { media_type, .. }, .. }
                if document_format(media_type).is_none() =>
            {
                return refuse(&format!("a file of type `{}`", media_type.decode()));
            }
            Content::Audio(_) => return refuse("a recording"),
            Content::ToolResult(result) => check_parts(&result.parts, path)?,
            _ => {}
        }
    }
    Ok(())
}

/// Converse's word for a picture's type.
pub(super) fn image_format(media_type: &Text<'_>) -> Option<&'static str> {
    Some(match &*media_type.decode() {
        "image/png" => "png",
        "image/jpeg" | "image/jpg" => "jpeg",
        "image/gif" => "gif",
        "image/webp" => "webp",
        _ => return None,
    })
}

/// Converse's word for a file's type.
pub(super) fn document_format(media_type: &Text<'_>) -> Option<&'static str> {
    Some(match &*media_type.decode() {
        "application/pdf" => "pdf",
        "text/csv" => "csv",
        "application/msword" => "doc",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => "docx",
        "application/vnd.ms-excel" => "xls",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => "xlsx",
        "text/html" => "html",
        "text/plain" => "txt",
        "text/markdown" => "md",
        _ => return None,
    })
}
