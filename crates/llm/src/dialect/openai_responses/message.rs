//! A message of an answer: one text with its sources, and why the model refused.

use json::{Array, Object, Text, push_compact};

use super::events::{At, Events};
use crate::canonical::Citation;

/// A message being written. Texts are JSON literals.
#[derive(Debug, Default)]
pub(super) struct Message {
    pub(super) id: String,
    /// Its place among the items.
    pub(super) output: u64,
    text: Option<String>,
    /// How long the text is, in characters.
    length: u64,
    /// Where the block that is open began in it.
    block: u64,
    /// Sources that the block named and that were not told yet.
    waiting: Vec<Source>,
    /// The sources that were told, as JSON with commas between, and how many they are.
    annotations: Vec<u8>,
    annotated: u64,
    /// Log-probabilities, as items of a JSON array.
    logprobs: String,
    refusal: Option<String>,
}

/// Where a piece of the text comes from.
#[derive(Debug)]
struct Source {
    url: String,
    title: String,
    start: Option<u64>,
    end: Option<u64>,
}

// === impl Message ===

impl Message {
    pub(super) fn new(id: String, output: u64) -> Self {
        Self { id, output, ..Self::default() }
    }

    fn at(&self) -> At<'_> {
        At { item: &self.id, output: self.output }
    }

    /// Tells that the message begins.
    pub(super) fn begin(&self, events: &mut Events, out: &mut Vec<u8>) {
        events.item("response.output_item.added", self.output, out, |item| {
            let mut item = Object::begin(item);
            item.string("id", &self.id).string("type", "message").string("status", "in_progress");
            item.string("role", "assistant").raw("content", "[]");
            item.end();
        });
    }

    /// A block of text begins: text goes on where it ended.
    pub(super) fn block_begins(&mut self) {
        self.block = self.length;
    }

    fn ensure_text(&mut self, events: &mut Events, out: &mut Vec<u8>) {
        if self.text.is_none() {
            self.text = Some(String::new());
            events.of_item("response.content_part.added", self.at(), out, |event| {
                event.number("content_index", 0);
                event.raw("part", r#"{"type":"output_text","text":"","annotations":[],"logprobs":[]}"#);
            });
        }
    }

    pub(super) fn push(&mut self, text: &Text<'_>, events: &mut Events, out: &mut Vec<u8>) {
        self.ensure_text(events, out);
        let characters = text.decode().chars().count();
        self.length = self.length.saturating_add(u64::try_from(characters).unwrap_or(u64::MAX));
        self.text.get_or_insert_default().push_str(text.literal());
        events.of_item("response.output_text.delta", self.at(), out, |event| {
            event.number("content_index", 0).text("delta", text).raw("logprobs", "[]");
        });
    }

    /// Log-probabilities of the latest tokens, as a JSON array.
    pub(super) fn push_logprobs(&mut self, content: &str, events: &mut Events, out: &mut Vec<u8>) {
        self.ensure_text(events, out);
        let mut compact = Vec::with_capacity(content.len());
        push_compact(&mut compact, content);
        let content = String::from_utf8(compact).unwrap_or_default();
        let items = content.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or_default();
        if items.is_empty() {
            return;
        }
        if !self.logprobs.is_empty() {
            self.logprobs.push(',');
        }
        self.logprobs.push_str(items);
        events.of_item("response.output_text.delta", self.at(), out, |event| {
            event.number("content_index", 0).string("delta", "").raw("logprobs", &content);
        });
    }

    /// A source; one without an address has no place here.
    pub(super) fn cite(&mut self, citation: &Citation<'_>) {
        let Some(url) = &citation.url else { return };
        let title = citation.title.as_ref().map_or("", Text::literal);
        self.waiting.push(Source {
            url: url.literal().to_owned(),
            title: title.to_owned(),
            start: citation.start,
            end: citation.end,
        });
    }

    /// The block of text has ended: its sources are told, with the text that they are for.
    pub(super) fn block_ends(&mut self, events: &mut Events, out: &mut Vec<u8>) {
        for source in std::mem::take(&mut self.waiting) {
            self.ensure_text(events, out);
            let mut annotation = Vec::with_capacity(128);
            let mut object = Object::begin(&mut annotation);
            object.string("type", "url_citation");
            object.number(
                "start_index",
                source.start.map_or(self.block, |start| self.block.saturating_add(start)),
            );
            object.number("end_index", source.end.map_or(self.length, |end| self.block.saturating_add(end)));
            object
                .text("url", &Text::from_literal(&source.url))
                .text("title", &Text::from_literal(&source.title));
            object.end();
            events.of_item("response.output_text.annotation.added", self.at(), out, |event| {
                event.number("content_index", 0).number("annotation_index", self.annotated);
                event.key("annotation").extend_from_slice(&annotation);
            });
            if self.annotated > 0 {
                self.annotations.push(b',');
            }
            self.annotations.extend_from_slice(&annotation);
            self.annotated += 1;
        }
    }

    /// The text is whole.
    fn end_text(&self, events: &mut Events, out: &mut Vec<u8>) {
        let Some(text) = &self.text else { return };
        events.of_item("response.output_text.done", self.at(), out, |event| {
            event.number("content_index", 0).text("text", &Text::from_literal(text));
            self.write_logprobs(event);
        });
        events.of_item("response.content_part.done", self.at(), out, |event| {
            event.number("content_index", 0);
            self.write_text(text, event.key("part"));
        });
    }

    /// Why the model refused, all at once.
    pub(super) fn refuse(&mut self, refusal: &Text<'_>) {
        self.refusal = Some(refusal.literal().to_owned());
    }

    fn end_refusal(&self, events: &mut Events, out: &mut Vec<u8>) {
        let Some(refusal) = self.refusal.as_deref().map(Text::from_literal) else { return };
        let index = u64::from(self.text.is_some());
        events.of_item("response.content_part.added", self.at(), out, |event| {
            event.number("content_index", index).raw("part", r#"{"type":"refusal","refusal":""}"#);
        });
        for (kind, member) in [("response.refusal.delta", "delta"), ("response.refusal.done", "refusal")] {
            events.of_item(kind, self.at(), out, |event| {
                event.number("content_index", index).text(member, &refusal);
            });
        }
        events.of_item("response.content_part.done", self.at(), out, |event| {
            event.number("content_index", index);
            write_refusal(&refusal, event.key("part"));
        });
    }

    /// Tells all that is whole now, and gives the item.
    pub(super) fn end(mut self, status: &str, events: &mut Events, out: &mut Vec<u8>) -> Vec<u8> {
        self.block_ends(events, out);
        self.end_text(events, out);
        self.end_refusal(events, out);
        let mut json = Vec::with_capacity(self.text.as_ref().map_or(0, String::len) + 160);
        let mut item = Object::begin(&mut json);
        item.string("id", &self.id).string("type", "message").string("status", status);
        item.string("role", "assistant");
        let mut content = item.array("content");
        self.write_parts(&mut content);
        content.end();
        item.end();
        json
    }

    fn write_parts(&self, content: &mut Array<'_>) {
        if let Some(text) = &self.text {
            self.write_text(text, content.item());
        }
        if let Some(refusal) = &self.refusal {
            write_refusal(&Text::from_literal(refusal), content.item());
        }
    }

    fn write_text(&self, text: &str, out: &mut Vec<u8>) {
        let mut part = Object::begin(out);
        part.string("type", "output_text").text("text", &Text::from_literal(text));
        let annotations = part.key("annotations");
        annotations.push(b'[');
        annotations.extend_from_slice(&self.annotations);
        annotations.push(b']');
        self.write_logprobs(&mut part);
        part.end();
    }

    fn write_logprobs(&self, object: &mut Object<'_>) {
        let logprobs = object.key("logprobs");
        logprobs.push(b'[');
        logprobs.extend_from_slice(self.logprobs.as_bytes());
        logprobs.push(b']');
    }
}

fn write_refusal(refusal: &Text<'_>, out: &mut Vec<u8>) {
    let mut part = Object::begin(out);
    part.string("type", "refusal").text("refusal", refusal);
    part.end();
}
