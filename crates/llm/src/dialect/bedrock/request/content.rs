//! Messages and their blocks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use json::{Text, Value};

use super::media;
use super::order::Order;
use super::path::Path;
use super::says_nothing;
use crate::RequestError;
use crate::canonical::{Content, Dropped, Message, Opaque, Origin, Part, Request, Role, ToolResult, ToolUse};

/// Reads `system`: texts, and markers of the cache.
pub(super) fn system<'a>(
    at: &Path,
    value: &Value<'a>,
    dropped: &mut Dropped,
) -> Result<Vec<Part<'a>>, RequestError> {
    let mut parts: Vec<Part<'a>> = Vec::new();
    for (i, item) in at.list(value)?.iter().enumerate() {
        let at = at.item(i);
        let (kind, inner) = at.union(item)?;
        let at = at.name(&kind.decode());
        match &*kind.decode() {
            "text" => parts.extend(text_part(at.text(inner)?)),
            "guardContent" => parts.extend(guarded(&at, inner, dropped)?.map(Part::new)),
            "cachePoint" => mark(&at, inner, &mut parts)?,
            _ => return Err(at.unsupported("is not known")),
        }
    }
    Ok(parts)
}

/// Reads `messages`.
pub(super) fn messages<'a>(
    at: &Path,
    value: &Value<'a>,
    request: &mut Request<'a>,
) -> Result<(), RequestError> {
    let mut order = Order::default();
    let mut last = None;
    for (index, item) in at.list(value)?.iter().enumerate() {
        let at = at.item(index);
        for (name, value) in at.object(item)?.members() {
            if !name.is("role") && !name.is("content") && !says_nothing(value) {
                request.dropped.add(format_args!("messages[].{}", name.decode()));
            }
        }
        let role = at.name("role").text(item.get("role"))?;
        let role = match &*role.decode() {
            "user" => Role::User,
            "assistant" => Role::Assistant,
            "system" => Role::System,
            _ => return Err(at.name("role").invalid("must be user, assistant or system")),
        };
        if role == Role::Assistant && last != Some(Role::Assistant) {
            order.turn()?;
        }
        last = Some(role);
        message(&at.name("content"), (role, index), item.get("content"), (&mut order, request))?;
    }
    order.end()
}

/// A message being read.
struct Reader<'o, 'a> {
    role: Role,
    order: &'o mut Order,
    dropped: &'o mut Dropped,
    results: Vec<Part<'a>>,
    parts: Vec<Part<'a>>,
    /// State that belongs to the call that comes next.
    ahead: Option<Opaque<'a>>,
    /// Whether the block before was a result of a tool.
    after_result: bool,
}

fn message<'a>(
    at: &Path,
    (role, index): (Role, usize),
    content: &Value<'a>,
    (order, request): (&mut Order, &mut Request<'a>),
) -> Result<(), RequestError> {
    let dropped = &mut request.dropped;
    let (results, parts) = (Vec::new(), Vec::new());
    let mut reader = Reader { role, order, dropped, results, parts, ahead: None, after_result: false };
    for (i, item) in at.list(content)?.iter().enumerate() {
        let at = at.item(i);
        let (kind, inner) = at.union(item)?;
        reader.block(&at.name(&kind.decode()), &kind.decode(), inner)?;
    }
    reader.settle();
    let Reader { results, parts, .. } = reader;
    for part in results {
        request.messages.push(Message { role: Role::Tool, index, parts: vec![part] });
    }
    if !parts.is_empty() {
        request.messages.push(Message { role, index, parts });
    }
    Ok(())
}

// === impl Reader ===

impl<'a> Reader<'_, 'a> {
    fn block(&mut self, at: &Path, kind: &str, value: &Value<'a>) -> Result<(), RequestError> {
        let content = match kind {
            "text" => {
                self.push(text_part(at.text(value)?));
                return Ok(());
            }
            "cachePoint" => {
                let parts = if self.after_result { &mut self.results } else { &mut self.parts };
                return mark(at, value, parts);
            }
            "image" => media::image(at, value)?,
            "audio" => media::audio(at, value)?,
            "document" => media::document(at, value, self.dropped)?,
            "guardContent" => match guarded(at, value, self.dropped)? {
                Some(content) => content,
                None => return Ok(()),
            },
            "toolUse" => return self.tool_use(at, value),
            "toolResult" => return self.tool_result(at, value),
            "reasoningContent" => return self.reasoning(at, value),
            "citationsContent" => {
                let pieces = at.object(value)?.get("content").items().iter();
                let texts: Vec<_> = pieces.filter_map(|piece| piece.get("text").as_text()).collect();
                let joined: String = texts.iter().map(Text::decode).collect();
                self.push(text_part(Text::from_plain(&joined)));
                return Ok(());
            }
            _ => return Err(at.unsupported("is not taken by the chosen model's provider")),
        };
        self.push(Some(Part::new(content)));
        Ok(())
    }

    fn push(&mut self, part: Option<Part<'a>>) {
        let Some(part) = part else { return };
        self.settle();
        self.after_result = false;
        self.parts.push(part);
    }

    /// State that no call came for is reasoning without a text.
    fn settle(&mut self) {
        if let Some(state) = self.ahead.take() {
            self.parts.push(Part::new(Content::Thinking { text: Text::default(), state: Some(state) }));
        }
    }

    fn only(&self, role: Role, at: &Path) -> Result<(), RequestError> {
        if self.role == role {
            return Ok(());
        }
        let word = if role == Role::Assistant { "assistant" } else { "user" };
        Err(at.invalid(&format!("may stand in messages of the role `{word}` alone")))
    }

    fn tool_use(&mut self, at: &Path, value: &Value<'a>) -> Result<(), RequestError> {
        self.only(Role::Assistant, at)?;
        let id = at.name("toolUseId").text(at.object(value)?.get("toolUseId"))?;
        let name = at.name("name").text(value.get("name"))?;
        let input = at.name("input").object(value.get("input"))?;
        self.order.call(at.name("toolUseId"), &id)?;
        let state = self.ahead.take();
        let call = ToolUse { id, name, arguments: input.raw.into() };
        self.after_result = false;
        self.parts.push(Part { state, ..Part::new(Content::ToolUse(call)) });
        Ok(())
    }

    fn tool_result(&mut self, at: &Path, value: &Value<'a>) -> Result<(), RequestError> {
        self.only(Role::User, at)?;
        let id = at.name("toolUseId").text(at.object(value)?.get("toolUseId"))?;
        self.order.result(&at.name("toolUseId"), &id)?;
        let status = value.get("status");
        if !status.is_null() && !status.is("success") && !status.is("error") {
            return Err(at.name("status").invalid("must be success or error"));
        }
        let mut parts = Vec::new();
        let within = at.name("content");
        for (i, item) in within.list(value.get("content"))?.iter().enumerate() {
            let at = within.item(i);
            let (kind, inner) = at.union(item)?;
            let at = at.name(&kind.decode());
            match &*kind.decode() {
                "text" => parts.extend(text_part(at.text(inner)?)),
                "json" => parts.push(Part::new(Content::Text(Text::from_plain(inner.raw)))),
                "image" => parts.push(Part::new(media::image(&at, inner)?)),
                "document" => parts.push(Part::new(media::document(&at, inner, self.dropped)?)),
                _ => return Err(at.unsupported("is not taken by the chosen model's provider")),
            }
        }
        let result = ToolResult { id, name: None, is_error: status.is("error"), parts };
        self.after_result = true;
        self.results.push(Part::new(Content::ToolResult(result)));
        Ok(())
    }

    /// Reasoning. Without text and with state of a vendor that puts it on calls, it is the state of the call that
    /// follows; sealed reasoning of that vendor is the state of the text before it.
    fn reasoning(&mut self, at: &Path, value: &Value<'a>) -> Result<(), RequestError> {
        self.only(Role::Assistant, at)?;
        let (kind, inner) = at.union(value)?;
        let at = at.name(&kind.decode());
        if kind.is("redactedContent") {
            let state = unsealed(at.text(inner)?);
            match self.parts.last_mut() {
                Some(part @ Part { content: Content::Text(_), state: None, .. })
                    if state.origin == Origin::Gemini && self.ahead.is_none() =>
                {
                    part.state = Some(state);
                }
                _ => self.push(Some(Part::new(Content::Redacted(state)))),
            }
            return Ok(());
        }
        let text = at.name("text").text(at.object(inner)?.get("text"))?;
        let signature = inner.get("signature").as_text().filter(|text| !text.is_empty());
        let state = signature.map(|text| Opaque::open(text, Origin::Bedrock));
        match state {
            Some(state) if state.origin == Origin::Gemini && text.is_empty() => {
                self.settle();
                self.ahead = Some(state);
            }
            state if text.is_empty() && state.is_none() => {}
            state => self.push(Some(Part::new(Content::Thinking { text, state }))),
        }
        Ok(())
    }
}

/// A text, unless it is blank.
fn text_part(text: Text<'_>) -> Option<Part<'_>> {
    (!text.is_blank()).then(|| Part::new(Content::Text(text.sane())))
}

/// What a guardrail looks at: the model reads it like anything else.
fn guarded<'a>(
    at: &Path,
    value: &Value<'a>,
    dropped: &mut Dropped,
) -> Result<Option<Content<'a>>, RequestError> {
    dropped.add("messages[].content[].guardContent");
    let (kind, inner) = at.union(value)?;
    let at = at.name(&kind.decode());
    if kind.is("image") {
        return media::image(&at, inner).map(Some);
    }
    Ok(text_part(at.name("text").text(inner.get("text"))?).map(|part| part.content))
}

/// Puts a marker of the cache on what stands before it.
fn mark<'a>(at: &Path, value: &Value<'a>, parts: &mut [Part<'a>]) -> Result<(), RequestError> {
    let marker = marker(at, value)?;
    match parts.last_mut() {
        Some(part) => part.cache = Some(marker),
        None => return Err(at.invalid("has nothing before it")),
    }
    Ok(())
}

/// A marker of the cache, in the canonical form's words.
pub(super) fn marker(at: &Path, value: &Value<'_>) -> Result<&'static str, RequestError> {
    let ttl = at.object(value)?.get("ttl");
    match ttl.as_text().as_ref().map(Text::decode).as_deref() {
        None if ttl.is_null() => Ok(r#"{"type":"ephemeral"}"#),
        Some("5m") => Ok(r#"{"type":"ephemeral","ttl":"5m"}"#),
        Some("1h") => Ok(r#"{"type":"ephemeral","ttl":"1h"}"#),
        _ => Err(at.name("ttl").invalid("must be 5m or 1h")),
    }
}

/// Opens a blob: Bedrock's own stays in base64, another vendor's has a seal in it.
fn unsealed(blob: Text<'_>) -> Opaque<'_> {
    let bytes = STANDARD.decode(blob.decode().as_bytes()).unwrap_or_default();
    if let Ok(plain) = String::from_utf8(bytes) {
        let opened = Opaque::open(Text::from_plain(&plain), Origin::Bedrock);
        if opened.origin != Origin::Bedrock {
            return opened;
        }
    }
    Opaque::new(Origin::Bedrock, blob)
}

/// Whether a block is reasoning of another vendor.
pub(crate) fn is_foreign(block: &Value<'_>) -> bool {
    let reasoning = block.get("reasoningContent");
    let signature = reasoning.get("reasoningText").get("signature").as_text();
    let signed = signature.is_some_and(|text| Opaque::open(text, Origin::Bedrock).origin != Origin::Bedrock);
    let sealed = reasoning.get("redactedContent").as_text();
    signed || sealed.is_some_and(|blob| unsealed(blob).origin != Origin::Bedrock)
}
