//! An item of reasoning: what can be seen of it as its summary, and state of a vendor's.

use json::{Object, Text};

use super::events::{At, Events};

/// Reasoning being written. Texts are JSON literals.
#[derive(Debug, Default)]
pub(super) struct Reasoning {
    pub(super) id: String,
    /// Its place among the items.
    pub(super) output: u64,
    text: Option<String>,
    /// State, sealed.
    pub(super) sealed: Option<String>,
}

// === impl Reasoning ===

impl Reasoning {
    pub(super) fn new(id: String, output: u64) -> Self {
        Self { id, output, ..Self::default() }
    }

    fn at(&self) -> At<'_> {
        At { item: &self.id, output: self.output }
    }

    /// Tells that the reasoning begins.
    pub(super) fn begin(&self, events: &mut Events, out: &mut Vec<u8>) {
        events.item("response.output_item.added", self.output, out, |item| {
            let mut item = Object::begin(item);
            item.string("id", &self.id).string("type", "reasoning").raw("summary", "[]");
            item.end();
        });
    }

    pub(super) fn push(&mut self, text: &Text<'_>, events: &mut Events, out: &mut Vec<u8>) {
        if self.text.is_none() {
            self.text = Some(String::new());
            events.of_item("response.reasoning_summary_part.added", self.at(), out, |event| {
                event.number("summary_index", 0).raw("part", r#"{"type":"summary_text","text":""}"#);
            });
        }
        self.text.get_or_insert_default().push_str(text.literal());
        events.of_item("response.reasoning_summary_text.delta", self.at(), out, |event| {
            event.number("summary_index", 0).text("delta", text);
        });
    }

    /// Tells all that is whole now, and gives the item.
    pub(super) fn end(self, events: &mut Events, out: &mut Vec<u8>) -> Vec<u8> {
        if let Some(text) = self.text.as_deref().map(Text::from_literal) {
            events.of_item("response.reasoning_summary_text.done", self.at(), out, |event| {
                event.number("summary_index", 0).text("text", &text);
            });
            events.of_item("response.reasoning_summary_part.done", self.at(), out, |event| {
                event.number("summary_index", 0);
                write_part(&text, event.key("part"));
            });
        }
        let mut json = Vec::with_capacity(self.text.as_ref().map_or(0, String::len) + 160);
        let mut item = Object::begin(&mut json);
        item.string("id", &self.id).string("type", "reasoning");
        let mut summary = item.array("summary");
        if let Some(text) = self.text.as_deref() {
            write_part(&Text::from_literal(text), summary.item());
        }
        summary.end();
        if let Some(sealed) = &self.sealed {
            item.text("encrypted_content", &Text::from_literal(sealed));
        }
        item.end();
        json
    }
}

fn write_part(text: &Text<'_>, out: &mut Vec<u8>) {
    let mut part = Object::begin(out);
    part.string("type", "summary_text").text("text", text);
    part.end();
}
