//! The objects of answers, whole ones and those of a stream.

use json::{Data, Object, Text, Value, push_string, push_text};

use super::{Shape, time};
use crate::canonical::Stop;
use crate::{Context, FinishReason, Usage};

/// Writes what all objects of one answer have in common.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    shape: Shape,
    /// The model's name, a JSON string.
    model: Vec<u8>,
    created_at: String,
}

/// What a message says.
#[derive(Debug, Default)]
pub(super) struct Said<'s> {
    /// The pieces of its text.
    pub(super) text: Vec<&'s Text<'s>>,
    pub(super) thinking: Vec<&'s Text<'s>>,
    /// Calls of tools: id, name, arguments.
    pub(super) calls: Vec<(&'s Text<'s>, &'s Text<'s>, &'s str)>,
    pub(super) logprobs: Option<&'s str>,
}

// === impl Writer ===

impl Writer {
    pub(super) fn new(shape: Shape, ctx: &Context) -> Self {
        let mut model = Vec::new();
        push_string(&mut model, &ctx.model);
        Self { shape, model, created_at: time::written(ctx.created) }
    }

    /// The model that answers, where its provider tells it.
    pub(super) fn answered_by(&mut self, model: Option<&Text<'_>>) {
        if let Some(model) = model.filter(|model| !model.is_empty()) {
            self.model.clear();
            push_text(&mut self.model, model);
        }
    }

    /// Writes an object, the last one with its end.
    pub(super) fn write(&self, said: &Said<'_>, end: Option<(&str, &Usage)>, out: &mut Vec<u8>) {
        let mut object = Object::begin(out);
        object.key("model").extend_from_slice(&self.model);
        object.string("created_at", &self.created_at);
        match self.shape {
            Shape::Chat => {
                let mut message = object.object("message");
                message.string("role", "assistant");
                said.write("content", &mut message);
                message.end();
            }
            Shape::Generate => said.write("response", &mut object),
        }
        if let Some(logprobs) = said.logprobs {
            object.raw("logprobs", logprobs);
        }
        match end {
            None => drop(object.raw("done", "false")),
            Some((reason, usage)) => write_end(reason, usage, &mut object),
        }
        object.end();
    }
}

// === impl Said ===

impl Said<'_> {
    fn write(&self, text: &'static str, object: &mut Object<'_>) {
        joined(&self.text, object.key(text));
        if !self.thinking.is_empty() {
            joined(&self.thinking, object.key("thinking"));
        }
        if self.calls.is_empty() {
            return;
        }
        let mut calls = object.array("tool_calls");
        for (id, name, arguments) in &self.calls {
            let mut call = calls.object();
            call.text("id", id);
            let mut function = call.object("function");
            function.text("name", name);
            write_arguments(arguments, function.key("arguments"));
            function.end();
            call.end();
        }
        calls.end();
    }

    /// How much it says, in bytes.
    pub(super) fn len(&self) -> usize {
        let texts = self.text.iter().chain(&self.thinking).map(|text| text.literal().len());
        let calls = self.calls.iter().map(|(_, _, arguments)| arguments.len());
        texts.chain(calls).sum()
    }
}

/// How long anything took is not known; clients take it for granted that it is told.
fn write_end(reason: &str, usage: &Usage, object: &mut Object<'_>) {
    object.raw("done", "true").string("done_reason", reason);
    object.number("total_duration", 0).number("load_duration", 0);
    object.number("prompt_eval_count", usage.input).number("prompt_eval_duration", 0);
    object.number("eval_count", usage.output).number("eval_duration", 0);
}

/// Ollama's word for why the model stopped. It has none for calls of tools.
pub(super) fn reason(stop: Option<&Stop<'_>>) -> &'static str {
    match stop.map(|stop| stop.reason) {
        Some(FinishReason::Length) => "length",
        Some(FinishReason::ContentFilter) => "content_filter",
        Some(FinishReason::Error) => "error",
        Some(FinishReason::Stop | FinishReason::ToolCalls | FinishReason::Pause) | None => "stop",
    }
}

/// Writes arguments, which must be an object here; what is none is told within one.
fn write_arguments(arguments: &str, out: &mut Vec<u8>) {
    if matches!(Value::parse(arguments), Ok(Value { data: Data::Object(_), .. })) {
        out.extend_from_slice(arguments.trim_ascii().as_bytes());
        return;
    }
    let mut object = Object::begin(out);
    if !arguments.trim().is_empty() {
        object.string("arguments", arguments);
    }
    object.end();
}

fn joined(texts: &[&Text<'_>], out: &mut Vec<u8>) {
    out.push(b'"');
    for text in texts {
        out.extend_from_slice(text.literal().as_bytes());
    }
    out.push(b'"');
}
