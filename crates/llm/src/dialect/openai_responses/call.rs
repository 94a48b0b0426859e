//! A call of a tool: of a function, or of a tool that takes text as it is.

use json::{Object, Text};

use super::events::{At, Events};
use super::input::Input;
use crate::canonical::Notes;

/// A call being written. Texts are JSON literals.
#[derive(Debug)]
pub(super) struct Call {
    id: String,
    /// Its place among the items.
    pub(super) output: u64,
    /// What its result is told by.
    answer_to: String,
    /// The tool's name without its group, and the group.
    name: String,
    group: Option<String>,
    /// The arguments' JSON.
    arguments: String,
    /// The text in them, where the tool takes text.
    input: Option<Input>,
}

// === impl Call ===

impl Call {
    /// `id` is given the start of the item's id.
    pub(super) fn new(
        id: impl FnOnce(&str) -> String,
        output: u64,
        call_id: &Text<'_>,
        tool: &Text<'_>,
        notes: &Notes,
    ) -> Self {
        let plain = tool.decode();
        let custom = notes.custom_tools.binary_search_by(|own| own.as_str().cmp(&plain)).is_ok();
        let grouped = notes.grouped_tools.binary_search_by(|(flat, _, _)| flat.as_str().cmp(&plain)).ok();
        let (group, name) = match grouped.and_then(|at| notes.grouped_tools.get(at)) {
            Some((_, group, name)) => (
                Some(group).filter(|group| !group.is_empty()).cloned(),
                Text::from_plain(name).literal().to_owned(),
            ),
            None => (None, tool.literal().to_owned()),
        };
        Self {
            id: id(if custom { "ctc" } else { "fc" }),
            output,
            answer_to: call_id.literal().to_owned(),
            name,
            group,
            arguments: String::new(),
            input: custom.then(Input::default),
        }
    }

    fn at(&self) -> At<'_> {
        At { item: &self.id, output: self.output }
    }

    /// Tells that the call begins.
    pub(super) fn begin(&self, events: &mut Events, out: &mut Vec<u8>) {
        events
            .item("response.output_item.added", self.output, out, |item| self.write("in_progress", "", item));
    }

    pub(super) fn push(&mut self, json: &Text<'_>, events: &mut Events, out: &mut Vec<u8>) {
        self.arguments.push_str(json.literal());
        match &mut self.input {
            None => events.of_item("response.function_call_arguments.delta", self.at(), out, |event| {
                event.text("delta", json);
            }),
            Some(input) => {
                let piece = input.push(json.literal());
                self.input_delta(&piece, events, out);
            }
        }
    }

    fn input_delta(&self, piece: &str, events: &mut Events, out: &mut Vec<u8>) {
        if !piece.is_empty() {
            events.of_item("response.custom_tool_call_input.delta", self.at(), out, |event| {
                event.string("delta", piece);
            });
        }
    }

    /// Tells all that is whole now, and gives the item.
    pub(super) fn end(mut self, status: &str, events: &mut Events, out: &mut Vec<u8>) -> Vec<u8> {
        let whole = match self.input.take() {
            None => {
                events.of_item("response.function_call_arguments.done", self.at(), out, |event| {
                    event.text("name", &Text::from_literal(&self.name));
                    event.text("arguments", &Text::from_literal(&self.arguments));
                });
                std::mem::take(&mut self.arguments)
            }
            Some(input) => {
                let (rest, whole) = input.end(&self.arguments);
                self.input_delta(&rest, events, out);
                events.of_item("response.custom_tool_call_input.done", self.at(), out, |event| {
                    event.string("input", &whole);
                });
                self.input = Some(Input::default());
                Text::from_plain(&whole).literal().to_owned()
            }
        };
        let mut json = Vec::with_capacity(whole.len() + 160);
        self.write(status, &whole, &mut json);
        json
    }

    fn write(&self, status: &str, given: &str, out: &mut Vec<u8>) {
        let mut item = Object::begin(out);
        item.string("id", &self.id);
        let member = if self.input.is_some() {
            item.string("type", "custom_tool_call");
            "input"
        } else {
            item.string("type", "function_call").string("status", status);
            "arguments"
        };
        item.text("call_id", &Text::from_literal(&self.answer_to))
            .text("name", &Text::from_literal(&self.name));
        if let Some(group) = &self.group {
            item.string("namespace", group);
        }
        item.text(member, &Text::from_literal(given));
        item.end();
    }
}
