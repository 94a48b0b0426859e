//! The content of a message: a string, or a list of blocks.

use json::{Data, Text, Value};

use super::order::{Order, Side};
use super::path::Path;
use super::{marker, says_nothing, source};
use crate::RequestError;
use crate::canonical::{Content, Dropped, Message, Opaque, Origin, Part, Request, Role, ToolResult, ToolUse};

/// Blocks of tools that Anthropic itself runs, in the assistant's turns.
const OF_SERVER_TOOLS: [&str; 9] = [
    "server_tool_use",
    "web_search_tool_result",
    "web_fetch_tool_result",
    "code_execution_tool_result",
    "bash_code_execution_tool_result",
    "text_editor_code_execution_tool_result",
    "tool_search_tool_result",
    "mcp_tool_use",
    "mcp_tool_result",
];

/// What the kinds of blocks are that a message may have, as mistakes name them.
const KINDS: &str = "'document', 'image', 'redacted_thinking', 'search_result', 'text', 'thinking', 'tool_result' or 'tool_use'";

/// A list of blocks being read.
struct Blocks<'r, 'a> {
    side: Side,
    index: usize,
    parts: Vec<Part<'a>>,
    results: Vec<Part<'a>>,
    /// State of the part that comes next.
    ahead: Option<Opaque<'a>>,
    order: &'r mut Order<'a>,
    dropped: &'r mut Dropped,
}

/// Reads the content of a message of the user's or the assistant's and adds what it says to the request.
/// Results of tools become messages of their own; what else the user says is held until their turn is over.
pub(super) fn message<'a>(
    (side, index, last): (Side, usize, bool),
    message: &Value<'a>,
    order: &mut Order<'a>,
    (request, held): (&mut Request<'a>, &mut Vec<Message<'a>>),
) -> Result<(), RequestError> {
    let messages = Path::top("messages");
    let at = messages.item(index);
    let at_content = at.name("content");
    let content = message.get("content");
    let dropped = &mut request.dropped;
    let mut blocks =
        Blocks { side, index, parts: Vec::new(), results: Vec::new(), ahead: None, order, dropped };
    let empty = match &content.data {
        Data::String(text) => {
            blocks.parts.extend(text_part(text.clone()));
            text.is_empty()
        }
        Data::Array(items) => {
            blocks.parts.reserve(items.len());
            for (i, item) in items.iter().enumerate() {
                blocks.block(&at_content.item(i), item)?;
            }
            items.is_empty()
        }
        Data::Null => return Err(at_content.missing()),
        _ => return Err(at_content.wrong("list")),
    };
    let Blocks { mut parts, results, ahead, .. } = blocks;
    parts.extend(
        ahead.map(|state| Part::new(Content::Thinking { text: Text::default(), state: Some(state) })),
    );
    if (empty || (side == Side::User && parts.is_empty() && results.is_empty()))
        && !(last && side == Side::Assistant)
    {
        let why = "all messages must have non-empty content except for the optional final assistant message";
        return Err(at.invalid(why));
    }
    request.messages.extend(results.into_iter().map(|part| Message {
        role: Role::Tool,
        index,
        parts: vec![part],
    }));
    if !parts.is_empty() {
        match side {
            Side::User => held.push(Message { role: Role::User, index, parts }),
            Side::Assistant => request.messages.push(Message { role: Role::Assistant, index, parts }),
        }
    }
    Ok(())
}

/// Reads instructions: a string or a list of texts, in their order.
pub(super) fn texts<'a>(
    at: &Path<'_>,
    value: &Value<'a>,
    dropped: &mut Dropped,
) -> Result<Vec<Part<'a>>, RequestError> {
    if let Data::String(text) = &value.data {
        return Ok(text_part(text.clone()).into_iter().collect());
    }
    let mut parts = Vec::new();
    for (i, item) in at.list(value)?.iter().enumerate() {
        let at = at.item(i);
        let kind = at.name("type").text(item.get("type"))?;
        if !kind.is("text") {
            return Err(at.name("type").invalid("Input should be 'text'"));
        }
        parts.extend(text(&at, item, dropped)?);
    }
    Ok(parts)
}

/// A text, unless it is blank.
fn text_part(text: Text<'_>) -> Option<Part<'_>> {
    (!text.is_blank()).then(|| Part::new(Content::Text(text.sane())))
}

fn text<'a>(
    at: &Path<'_>,
    block: &Value<'a>,
    dropped: &mut Dropped,
) -> Result<Option<Part<'a>>, RequestError> {
    let text = at.name("text").text(block.get("text"))?;
    let cache = marker(at, block)?;
    for (name, value) in block.members() {
        if !["type", "text", "cache_control"].iter().any(|known| name.is(known)) && !says_nothing(value) {
            dropped.add(format_args!("messages[].content[].{}", name.decode()));
        }
    }
    Ok(text_part(text).map(|part| Part { cache, ..part }))
}

// === impl Blocks ===

impl<'a> Blocks<'_, 'a> {
    fn block(&mut self, at: &Path<'_>, block: &Value<'a>) -> Result<(), RequestError> {
        if !matches!(block.data, Data::Object(_)) {
            return Err(at.wrong("dictionary"));
        }
        let kind = at.name("type").text(block.get("type"))?;
        let kind = kind.decode();
        if OF_SERVER_TOOLS.contains(&&*kind) {
            self.dropped.add(format_args!("messages[].content[].{kind}"));
            return Ok(());
        }
        let cache = marker(at, block)?;
        let (before, results) = (self.parts.len(), self.results.len());
        match &*kind {
            "text" => self.text(at, block)?,
            "image" | "document" | "search_result" => self.medium(at, &kind, block)?,
            "tool_use" => self.call(at, block)?,
            "tool_result" => self.result(at, block)?,
            "thinking" => self.thinking(at, block)?,
            "redacted_thinking" => self.redacted(at, block)?,
            "container_upload" => {
                return Err(at.unsupported("a file in a container is known to its own vendor alone"));
            }
            other => {
                let why = format!("Input tag '{other}' does not match any of the expected tags: {KINDS}");
                return Err(at.name("type").invalid(&why));
            }
        }
        // The marker of a block is that of the last of its parts.
        let (made, before) = match self.results.len() {
            len if len > results => (&mut self.results, results),
            _ => (&mut self.parts, before),
        };
        if let Some(part) = made.get_mut(before..).and_then(<[_]>::last_mut).filter(|_| cache.is_some()) {
            part.cache = cache;
        }
        Ok(())
    }

    fn push(&mut self, content: Content<'a>) {
        let state = if matches!(content, Content::ToolUse(_)) { self.ahead.take() } else { None };
        self.keep_ahead();
        self.parts.push(Part { state, ..Part::new(content) });
    }

    /// State that was for a part which did not come stays as it stood.
    fn keep_ahead(&mut self) {
        if let Some(state) = self.ahead.take() {
            let thinking = Content::Thinking { text: Text::default(), state: Some(state) };
            self.parts.push(Part::new(thinking));
        }
    }

    /// Blank text says nothing. The assistant's may even be empty: models of other vendors say such things.
    fn text(&mut self, at: &Path<'_>, block: &Value<'a>) -> Result<(), RequestError> {
        if self.side == Side::User && block.get("text").is("") {
            return Err(at.name("text").invalid("text content blocks must be non-empty"));
        }
        if let Some(part) = text(at, block, self.dropped)? {
            self.push(part.content);
        }
        Ok(())
    }

    fn medium(&mut self, at: &Path<'_>, kind: &str, block: &Value<'a>) -> Result<(), RequestError> {
        if self.side == Side::Assistant {
            return Err(at.unsupported(&format!("`{kind}` blocks can only be in `user` messages")));
        }
        self.parts.extend(medium(at, kind, block, self.dropped)?);
        Ok(())
    }

    fn call(&mut self, at: &Path<'_>, block: &Value<'a>) -> Result<(), RequestError> {
        if self.side == Side::User {
            return Err(at.invalid("`tool_use` blocks can only be in `assistant` messages"));
        }
        let id = at.name("id").text(block.get("id"))?;
        let name = at.name("name").text(block.get("name"))?;
        let input = at.name("input").object(block.get("input"))?;
        self.order.call(&at.name("id"), &id, &name)?;
        for (name, value) in block.members() {
            let known = ["type", "id", "name", "input", "cache_control"].iter().any(|known| name.is(known));
            if !known && !says_nothing(value) && !value.get("type").is("direct") {
                self.dropped.add(format_args!("messages[].content[].{}", name.decode()));
            }
        }
        self.push(Content::ToolUse(ToolUse { id, name, arguments: input.raw.into() }));
        Ok(())
    }

    fn result(&mut self, at: &Path<'_>, block: &Value<'a>) -> Result<(), RequestError> {
        if self.side == Side::Assistant {
            return Err(at.invalid("`tool_result` blocks can only be in `user` messages"));
        }
        let at_id = at.name("tool_use_id");
        let id = at_id.text(block.get("tool_use_id"))?;
        let name = Some(self.order.result(at, &id)?);
        let is_error = at.name("is_error").flag(block.get("is_error"))?.unwrap_or_default();
        if !says_nothing(block.get("toolset_name")) {
            self.dropped.add("messages[].content[].toolset_name");
        }
        let mut parts = self.result_content(&at.name("content"), block.get("content"))?;
        // A marker on a piece of the result is for the result as a whole.
        let cache = parts.iter_mut().rev().find_map(|part| part.cache.take());
        let content = Content::ToolResult(ToolResult { id, name, is_error, parts });
        self.results.push(Part { cache, ..Part::new(content) });
        Ok(())
    }

    fn result_content(&mut self, at: &Path<'_>, content: &Value<'a>) -> Result<Vec<Part<'a>>, RequestError> {
        match &content.data {
            Data::Null => return Ok(Vec::new()),
            Data::String(text) => return Ok(text_part(text.clone()).into_iter().collect()),
            _ => {}
        }
        let mut parts = Vec::new();
        for (i, item) in at.list(content)?.iter().enumerate() {
            let at = at.item(i);
            let kind = at.name("type").text(item.get("type"))?;
            let kind = kind.decode();
            match &*kind {
                "text" => parts.extend(text(&at, item, self.dropped)?),
                "image" | "document" | "search_result" => {
                    let cache = marker(&at, item)?;
                    parts.extend(medium(&at, &kind, item, self.dropped)?);
                    if let Some(part) = parts.last_mut().filter(|_| cache.is_some()) {
                        part.cache = cache;
                    }
                }
                "tool_reference" | "browser_state" => {
                    self.dropped.add(format_args!("messages[].content[].content[].{kind}"));
                }
                other => {
                    let why = format!(
                        "Input tag '{other}' does not match any of the expected tags: 'document', 'image', 'search_result', 'text' or 'tool_reference'"
                    );
                    return Err(at.name("type").invalid(&why));
                }
            }
        }
        Ok(parts)
    }

    /// Reasoning. Without text and with state of a vendor that puts it on calls, it is the state of the call
    /// after it.
    fn thinking(&mut self, at: &Path<'_>, block: &Value<'a>) -> Result<(), RequestError> {
        self.only_assistant(at, "thinking")?;
        let text = at.name("thinking").text(block.get("thinking"))?;
        let signature = at.name("signature").text_or_none(block.get("signature"))?;
        let signature = signature.filter(|signature| !signature.is_empty());
        let state = signature.map(|signature| Opaque::open(signature, Origin::Anthropic));
        if text.is_empty()
            && let Some(state) = state.as_ref().filter(|state| state.origin == Origin::Gemini)
        {
            self.keep_ahead();
            self.ahead = Some(state.clone());
            return Ok(());
        }
        if !text.is_empty() || state.is_some() {
            self.push(Content::Thinking { text, state });
        }
        Ok(())
    }

    /// Sealed reasoning. Of a vendor that puts state on texts, it is the state of the text before it.
    fn redacted(&mut self, at: &Path<'_>, block: &Value<'a>) -> Result<(), RequestError> {
        self.only_assistant(at, "redacted_thinking")?;
        let data = at.name("data").text(block.get("data"))?;
        let state = Opaque::open(data, Origin::Anthropic);
        match self.parts.last_mut() {
            Some(part @ Part { content: Content::Text(_), state: None, .. })
                if state.origin == Origin::Gemini && self.ahead.is_none() =>
            {
                part.state = Some(state);
            }
            _ => self.push(Content::Redacted(state)),
        }
        Ok(())
    }

    fn only_assistant(&self, at: &Path<'_>, kind: &str) -> Result<(), RequestError> {
        if self.side == Side::Assistant {
            return Ok(());
        }
        Err(at.invalid(&format!(
            "`{kind}` blocks can only be in `assistant` messages (message {})",
            self.index
        )))
    }
}

/// An image, a document or a search result.
fn medium<'a>(
    at: &Path<'_>,
    kind: &str,
    block: &Value<'a>,
    dropped: &mut Dropped,
) -> Result<Vec<Part<'a>>, RequestError> {
    Ok(match kind {
        "image" => vec![Part::new(source::image(at, block, dropped)?)],
        "document" => source::document(at, block, dropped)?,
        _ => vec![Part::new(source::search_result(at, block, dropped)?)],
    })
}
