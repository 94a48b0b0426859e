//! The items of an answer.

use std::borrow::Cow;

use json::{Text, Value};

use crate::Carry;
use crate::canonical::{Block, Citation, Opaque, Origin};
use crate::provider::arguments;

/// The blocks that an item is; none if it is of a kind that only its vendor has a use for.
pub(super) fn blocks<'a>(item: &Value<'a>, carry: &Carry) -> Vec<Block<'a>> {
    match Kind::of(item) {
        Kind::Message => item.get("content").items().iter().filter_map(said).collect(),
        Kind::Reasoning => reasoning(item).into_iter().collect(),
        Kind::Call => call(item, carry).into_iter().collect(),
        Kind::Image => image(item).into_iter().collect(),
        Kind::Other => Vec::new(),
    }
}

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Message,
    Reasoning,
    Call,
    Image,
    Other,
}

// === impl Kind ===

impl Kind {
    pub(super) fn of(item: &Value<'_>) -> Self {
        match item.get("type").as_text().as_ref().map(Text::decode).as_deref() {
            Some("message") => Self::Message,
            Some("reasoning") => Self::Reasoning,
            Some("function_call" | "custom_tool_call") => Self::Call,
            Some("image_generation_call") => Self::Image,
            _ => Self::Other,
        }
    }
}

fn said<'a>(part: &Value<'a>) -> Option<Block<'a>> {
    let text = part.get("text").as_text().filter(|_| part.get("type").is("output_text"))?;
    let citations = part.get("annotations").items().iter().filter_map(citation).collect();
    Some(Block::Text { text, citations, state: None })
}

/// Why the model refused, as far as this item says.
pub(super) fn refusal<'a>(item: &Value<'a>) -> Option<Text<'a>> {
    let parts = item.get("content").items().iter();
    parts.filter(|part| part.get("type").is("refusal")).find_map(|part| part.get("refusal").as_text())
}

/// A source on the web, or a file by its name.
pub(super) fn citation<'a>(annotation: &Value<'a>) -> Option<Citation<'a>> {
    let text = |name: &str| annotation.get(name).as_text();
    let citation = Citation {
        url: text("url"),
        title: text("title").or_else(|| text("filename")),
        quote: None,
        start: annotation.get("start_index").as_u64(),
        end: annotation.get("end_index").as_u64(),
    };
    (citation.url.is_some() || citation.title.is_some()).then_some(citation)
}

/// The state of an item of reasoning: its id, `~`, its content.
pub(super) fn state(item: &Value<'_>) -> Option<Opaque<'static>> {
    let content = item.get("encrypted_content").as_text().filter(|content| !content.is_empty())?;
    let id = item.get("id").as_text().unwrap_or_default();
    let data = Text::from_owned_literal(format!("{}~{}", id.literal(), content.literal()));
    Some(Opaque::new(Origin::OpenAi, data))
}

fn reasoning<'a>(item: &Value<'a>) -> Option<Block<'a>> {
    let state = state(item);
    match (visible(item), state) {
        (Some(text), state) => Some(Block::Thinking { text, state }),
        (None, Some(state)) => Some(Block::Redacted(state)),
        (None, None) => None,
    }
}

/// What can be seen of reasoning: its summary, or where that is empty all of it.
pub(super) fn visible<'a>(item: &Value<'a>) -> Option<Text<'a>> {
    [item.get("summary"), item.get("content")].into_iter().find_map(|list| {
        let texts: Vec<_> = list.items().iter().filter_map(|part| part.get("text").as_text()).collect();
        match texts.as_slice() {
            [] => None,
            [one] => Some(one.clone()),
            several => {
                let literals: Vec<_> = several.iter().map(Text::literal).collect();
                Some(Text::from_owned_literal(literals.join(GAP)))
            }
        }
        .filter(|text| !text.is_empty())
    })
}

/// What stands between the parts of a summary, as a JSON literal.
pub(super) const GAP: &str = "\\n\\n";

/// The id of a call, and the client's name of its tool.
pub(super) fn call_head<'a>(item: &Value<'a>, carry: &Carry) -> Option<(Text<'a>, Text<'a>)> {
    let name = item.get("name").as_text().filter(|name| !name.is_empty())?;
    let id = [item.get("call_id"), item.get("id")].into_iter().find_map(Value::as_text)?;
    Some((id, carry.client_name(name)))
}

fn call<'a>(item: &Value<'a>, carry: &Carry) -> Option<Block<'a>> {
    let (id, name) = call_head(item, carry)?;
    Some(Block::ToolUse { id, name, arguments: arguments(item), state: None })
}

/// The arguments of a call, or the input of a custom one as the one member of an object.
pub(super) fn arguments<'a>(item: &Value<'a>) -> Cow<'a, str> {
    let given = item.get("arguments");
    if let Some(input) = item.get("input").as_text().filter(|_| given.is_null()) {
        return Cow::Owned(format!("{{\"input\":\"{}\"}}", input.literal()));
    }
    arguments::read(given)
}

/// A picture that is there.
pub(super) fn image<'a>(item: &Value<'a>) -> Option<Block<'a>> {
    let data = item.get("result").as_text().filter(|data| !data.is_empty())?;
    let media_type = match item.get("output_format").as_text() {
        Some(format) => Text::from_owned_literal(format!("image/{}", format.literal())),
        None => Text::from_literal("image/png"),
    };
    Some(Block::Image { media_type, data })
}
