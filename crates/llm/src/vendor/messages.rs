//! The messages of a chat request as a vendor wants them.

use json::{Text, Value};

use super::edits::{Edits, quoted};
use super::{Roundtrip, ToolIdFormat, Vendor};
use crate::canonical::Dropped;
use crate::provider::nine;

/// The names that reasoning has in messages.
const REASONING: [&str; 2] = ["reasoning_content", "reasoning"];

/// Under which names a message has reasoning.
#[derive(Clone, Copy, Default)]
struct Reasons {
    /// Under the vendor's own.
    own: bool,
    /// Under another.
    other: bool,
}

// === impl Reasons ===

impl Reasons {
    fn of(message: &Value<'_>, vendor: &Vendor) -> Self {
        let own = vendor.reasoning_member();
        let given = |name: &str| !message.get(name).is_null();
        Self { own: given(own), other: REASONING.iter().any(|name| *name != own && given(name)) }
    }
}

/// Changes the messages.
pub(super) fn change<'t>(
    messages: &Value<'t>,
    vendor: &Vendor,
    edits: &mut Edits<'t>,
    dropped: &mut Dropped,
) {
    for message in messages.items() {
        let assistant = message.get("role").is("assistant");
        let reasons = if assistant { Reasons::of(message, vendor) } else { Reasons::default() };
        let mut gone = Vec::new();
        for (i, (key, value)) in message.members().iter().enumerate() {
            let name = key.decode();
            let reasoning = assistant && REASONING.contains(&&*name);
            let refused = vendor.drop_in_messages.contains(&name)
                || (reasoning && !takes_reasoning(vendor, &name, reasons));
            if refused && !value.is_null() {
                dropped.add(format_args!("messages[].{name}"));
            }
            if refused || (assistant && vendor.strip_null && value.is_null()) {
                gone.push(i);
            } else if reasoning && *name != *vendor.reasoning_member() {
                edits.rename(key, vendor.reasoning_member());
            } else if name == "content" && vendor.content_as_string {
                plain(value, edits);
            } else {
                ids(&name, value, vendor, edits);
            }
        }
        edits.remove(message, &gone);
        if !vendor.thought_signatures {
            signatures(message.get("tool_calls"), edits, dropped);
        }
        let calls = !message.get("tool_calls").items().is_empty();
        if assistant && calls && vendor.roundtrip_reasoning == Roundtrip::WithTools && !has_reasoning(message)
        {
            edits.insert(message, vendor.reasoning_member(), "\"\"");
        }
    }
}

fn has_reasoning(message: &Value<'_>) -> bool {
    REASONING.iter().any(|name| message.members().iter().any(|(key, _)| key.is(name)))
}

/// Whether the vendor takes this member with reasoning; of two the one with its own name, if that is given.
fn takes_reasoning(vendor: &Vendor, name: &str, given: Reasons) -> bool {
    match vendor.roundtrip_reasoning {
        Roundtrip::Never | Roundtrip::Parts => false,
        Roundtrip::Given | Roundtrip::WithTools if name == vendor.reasoning_member() => {
            given.own || !given.other
        }
        Roundtrip::Given | Roundtrip::WithTools => !given.own,
    }
}

/// Google's signatures on calls are taken out: others refuse a member that they do not know.
fn signatures<'t>(calls: &Value<'t>, edits: &mut Edits<'t>, dropped: &mut Dropped) {
    for call in calls.items() {
        let members = call.members().iter().enumerate();
        let gone: Vec<usize> =
            members.filter(|(_, (key, _))| key.is("extra_content")).map(|(i, _)| i).collect();
        if !gone.is_empty() {
            dropped.add("messages[].tool_calls[].extra_content");
            edits.remove(call, &gone);
        }
    }
}

/// Texts become one string; anything with other parts stays.
fn plain<'t>(content: &Value<'t>, edits: &mut Edits<'t>) {
    let parts = content.items();
    let texts: Option<Vec<Text<'t>>> =
        parts.iter().map(|part| part.get("text").as_text().filter(|_| part.get("type").is("text"))).collect();
    if let Some(texts) = texts.filter(|texts| !texts.is_empty()) {
        let texts: Vec<&str> = texts.iter().map(Text::literal).collect();
        edits.replace(content, format!("\"{}\"", texts.join("\\n")));
    }
}

/// Ids of calls and results.
fn ids<'t>(name: &str, value: &Value<'t>, vendor: &Vendor, edits: &mut Edits<'t>) {
    if vendor.tool_id_format != ToolIdFormat::Nine {
        return;
    }
    let mut id = |value: &Value<'t>| {
        if let Some(id) = value.as_text() {
            let sent = nine::id(&id);
            if !id.is(&sent) {
                edits.replace(value, quoted(&sent));
            }
        }
    };
    match name {
        "tool_call_id" => id(value),
        "tool_calls" => value.items().iter().for_each(|call| id(call.get("id"))),
        _ => {}
    }
}
