//! An answer put together from its blocks: steps one after the other, and the events that tell of them. Blocks of text
//! that follow each other are one step.

use json::{Array, Data, Object, Text, Value, push_text};

use super::events;
use super::sources::Sources;
use super::state::of_text;
use crate::canonical::{Block, BlockStart, Delta, Opaque, Origin, Stop};
use crate::dialect::gemini::state::{redacted, sealed, with_thinking};
use crate::{Context, FinishReason};

/// An answer being put together.
#[derive(Debug)]
pub(super) struct Assembly {
    /// Whether events are written.
    streamed: bool,
    /// Whether the client wants to see what the model thinks.
    shown: bool,
    /// The steps that are whole, as JSON with commas between, and how many they are.
    steps: Vec<u8>,
    count: u64,
    open: Open,
    block: Kind,
    /// State of the text that is open, as it is written.
    text_state: Option<Text<'static>>,
    called: bool,
    /// Bytes of text, thoughts and arguments.
    written: usize,
}

/// The step that is open. Texts are as they are written in JSON.
#[derive(Debug)]
enum Open {
    None,
    Output { text: String, sources: Sources },
    Thought { summary: String, signature: Option<Text<'static>> },
    Call { id: String, name: String, arguments: String },
}

/// The kinds of blocks that have pieces.
#[derive(Debug)]
enum Kind {
    Text,
    /// Thinking; where the client does not see it, what it says.
    Thinking(Option<String>),
    Call,
    Other,
}

// === impl Assembly ===

impl Assembly {
    pub(super) fn new(streamed: bool, ctx: &Context) -> Self {
        Self {
            streamed,
            shown: ctx.carry.notes.wants_state,
            steps: Vec::new(),
            count: 0,
            open: Open::None,
            block: Kind::Other,
            text_state: None,
            called: false,
            written: 0,
        }
    }

    /// The steps that are whole, as JSON with commas between.
    pub(super) fn steps(&self) -> &[u8] {
        &self.steps
    }

    /// Whether a tool was called.
    pub(super) fn called(&self) -> bool {
        self.called
    }

    /// Bytes of text, thoughts and arguments so far.
    pub(super) fn written(&self) -> usize {
        self.written
    }

    /// A whole block.
    pub(super) fn whole(&mut self, block: &Block<'_>, out: &mut Vec<u8>) {
        let mut pieces = Vec::new();
        let start = match block {
            Block::Text { text, citations, state } => {
                pieces.push(Delta::Text(text.clone()));
                pieces.extend(citations.iter().cloned().map(Delta::Citation));
                pieces.extend(state.clone().map(Delta::State));
                BlockStart::Text
            }
            Block::Thinking { text, state } => {
                pieces.push(Delta::Thinking(text.clone()));
                pieces.extend(state.clone().map(Delta::State));
                BlockStart::Thinking
            }
            Block::Redacted(state) => BlockStart::Redacted(state.clone()),
            Block::ToolUse { id, name, arguments, state } => {
                pieces.push(Delta::Arguments(Text::from_plain(arguments)));
                BlockStart::ToolUse { id: id.clone(), name: name.clone(), state: state.clone() }
            }
            Block::Image { media_type, data } => {
                BlockStart::Image { media_type: media_type.clone(), data: data.clone() }
            }
        };
        self.begin(&start, out);
        for piece in &pieces {
            self.piece(piece, out);
        }
        self.block_end(out);
    }

    /// A block begins.
    pub(super) fn begin(&mut self, start: &BlockStart<'_>, out: &mut Vec<u8>) {
        self.block = match start {
            // A step begins with the first of its text: a block may stay empty.
            BlockStart::Text => Kind::Text,
            BlockStart::Thinking => {
                self.close(out);
                Kind::Thinking((!self.shown).then(String::new))
            }
            BlockStart::Redacted(state) => {
                self.close(out);
                self.sign(redacted(state), out);
                Kind::Other
            }
            BlockStart::ToolUse { id, name, state } => {
                self.before_call(state.as_ref(), out);
                self.call(id, name, out);
                Kind::Call
            }
            BlockStart::Image { media_type, data } => {
                self.close(out);
                self.image(media_type, data, out);
                Kind::Other
            }
        };
    }

    /// A piece of the block that is open. Empty ones say nothing.
    pub(super) fn piece(&mut self, delta: &Delta<'_>, out: &mut Vec<u8>) {
        if let Delta::Text(text) | Delta::Thinking(text) | Delta::Arguments(text) = delta {
            self.written += text.literal().len();
            if text.is_empty() {
                return;
            }
        }
        match (&mut self.block, delta) {
            (Kind::Text, Delta::Text(text)) => self.text(text, out),
            (Kind::Text, Delta::Citation(citation)) => {
                if let Open::Output { sources, .. } = &mut self.open {
                    sources.add(citation);
                }
            }
            (Kind::Text, Delta::State(state)) => self.text_state = Some(of_text(state)),
            (Kind::Thinking(Some(hidden)), Delta::Thinking(text)) => hidden.push_str(text.literal()),
            (Kind::Thinking(Some(hidden)), Delta::State(state)) => {
                let thinking = Text::from_owned_literal(std::mem::take(hidden));
                let signature = with_thinking(state, &thinking.decode());
                self.sign(signature, out);
            }
            (Kind::Thinking(None), Delta::Thinking(text)) => self.summary(text, out),
            (Kind::Thinking(None), Delta::State(state)) => self.sign(sealed(state), out),
            (Kind::Call, Delta::Arguments(json)) => self.arguments(json, out),
            _ => {}
        }
    }

    /// The block that was open has ended. Its step stays open for what may belong to it.
    pub(super) fn block_end(&mut self, out: &mut Vec<u8>) {
        if let (Kind::Text, Open::Output { sources, .. }) = (&self.block, &mut self.open) {
            sources.block_end();
        }
        if let Some(signature) = self.text_state.take() {
            self.close(out);
            self.sign(signature, out);
            self.close(out);
        }
        self.block = Kind::Other;
    }

    /// The model stopped: all steps are whole now. Why it refused stands in a step of its own.
    pub(super) fn stop(&mut self, stop: Option<&Stop<'_>>, out: &mut Vec<u8>) {
        self.close(out);
        let Some(stop) = stop else { return };
        if stop.reason != FinishReason::ContentFilter && stop.refusal.is_none() {
            return;
        }
        let why = Text::from_literal("the answer was withheld");
        let mut step = Vec::with_capacity(96);
        let mut object = Object::begin(&mut step);
        object.string("type", "model_output");
        let mut error = object.object("error");
        // Google's number for what cannot be done as things are.
        error.number("code", 9).text("message", stop.refusal.as_ref().unwrap_or(&why));
        error.end();
        object.end();
        self.start(&step, out);
        self.done(&step, out);
    }

    fn text(&mut self, text: &Text<'_>, out: &mut Vec<u8>) {
        if !matches!(self.open, Open::Output { .. }) {
            self.close(out);
            self.start(br#"{"type":"model_output"}"#, out);
            self.open = Open::Output { text: String::new(), sources: Sources::default() };
        }
        self.delta(out, |delta| {
            delta.text("text", text).string("type", "text");
        });
        if let Open::Output { text: whole, sources } = &mut self.open {
            whole.push_str(text.literal());
            sources.text(&text.decode());
        }
    }

    /// The thought that is open, or a new one.
    fn thought(&mut self, out: &mut Vec<u8>) {
        if !matches!(self.open, Open::Thought { signature: None, .. }) {
            self.close(out);
            self.start(br#"{"type":"thought"}"#, out);
            self.open = Open::Thought { summary: String::new(), signature: None };
        }
    }

    fn summary(&mut self, text: &Text<'_>, out: &mut Vec<u8>) {
        self.thought(out);
        self.delta(out, |delta| {
            let mut content = delta.object("content");
            content.text("text", text).string("type", "text");
            content.end();
            delta.string("type", "thought_summary");
        });
        if let Open::Thought { summary, .. } = &mut self.open {
            summary.push_str(text.literal());
        }
    }

    /// Writes the signature of a thought.
    fn sign(&mut self, text: Text<'static>, out: &mut Vec<u8>) {
        self.thought(out);
        self.delta(out, |delta| {
            delta.text("signature", &text).string("type", "thought_signature");
        });
        if let Open::Thought { signature, .. } = &mut self.open {
            *signature = Some(text);
        }
    }

    /// Writes the state of a call: on the thought before it, where that has none and the vendor is Google.
    fn before_call(&mut self, state: Option<&Opaque<'_>>, out: &mut Vec<u8>) {
        if let Some(state) = state {
            if state.origin != Origin::Gemini {
                self.close(out);
            }
            self.sign(sealed(state), out);
        }
        self.close(out);
    }

    fn call(&mut self, id: &Text<'_>, name: &Text<'_>, out: &mut Vec<u8>) {
        let mut step = Vec::with_capacity(96);
        write_call(id, name, "{}", &mut step);
        self.start(&step, out);
        let (id, name) = (id.literal().to_owned(), name.literal().to_owned());
        self.open = Open::Call { id, name, arguments: String::new() };
        self.called = true;
    }

    fn arguments(&mut self, json: &Text<'_>, out: &mut Vec<u8>) {
        self.delta(out, |delta| {
            delta.text("arguments", json).string("type", "arguments_delta");
        });
        if let Open::Call { arguments, .. } = &mut self.open {
            arguments.push_str(json.literal());
        }
    }

    fn image(&mut self, media_type: &Text<'_>, data: &Text<'_>, out: &mut Vec<u8>) {
        let write = |image: &mut Object<'_>| {
            image.string("type", "image").text("mime_type", media_type).text("data", data);
        };
        self.start(br#"{"type":"model_output"}"#, out);
        self.delta(out, write);
        let mut step = Vec::with_capacity(data.literal().len() + 96);
        let mut object = Object::begin(&mut step);
        let mut list = object.string("type", "model_output").array("content");
        let mut image = list.object();
        write(&mut image);
        image.end();
        list.end();
        object.end();
        self.done(&step, out);
    }

    /// Tells that the open step is whole.
    fn close(&mut self, out: &mut Vec<u8>) {
        let mut step = Vec::with_capacity(256);
        match std::mem::replace(&mut self.open, Open::None) {
            Open::None => return,
            Open::Output { text, sources } => {
                if !sources.is_empty() {
                    self.delta(out, |delta| {
                        sources.write(delta.key("annotations"));
                        delta.string("type", "text_annotation_delta");
                    });
                }
                write_output(&Text::from_owned_literal(text), &sources, &mut step);
            }
            Open::Thought { summary, signature } => {
                write_thought(&Text::from_owned_literal(summary), signature.as_ref(), &mut step);
            }
            Open::Call { id, name, arguments } => {
                if arguments.is_empty() {
                    let none = Text::from_literal("{}");
                    self.delta(out, |delta| {
                        delta.text("arguments", &none).string("type", "arguments_delta");
                    });
                }
                let arguments = Text::from_owned_literal(arguments);
                let (id, name) = (Text::from_literal(&id), Text::from_literal(&name));
                write_call(&id, &name, &arguments.decode(), &mut step);
            }
        }
        self.done(&step, out);
    }

    /// Tells that a step begins.
    fn start(&self, step: &[u8], out: &mut Vec<u8>) {
        if self.streamed {
            events::write("step.start", out, |event| {
                event.number("index", self.count).key("step").extend_from_slice(step);
            });
        }
    }

    /// Tells a piece of the open step.
    fn delta(&self, out: &mut Vec<u8>, write: impl FnOnce(&mut Object<'_>)) {
        if self.streamed {
            events::write("step.delta", out, |event| {
                let mut delta = event.number("index", self.count).object("delta");
                write(&mut delta);
                delta.end();
            });
        }
    }

    /// Keeps a step that is whole.
    fn done(&mut self, step: &[u8], out: &mut Vec<u8>) {
        if self.streamed {
            events::write("step.stop", out, |event| {
                event.number("index", self.count);
            });
        }
        if self.count > 0 {
            self.steps.push(b',');
        }
        self.steps.extend_from_slice(step);
        self.count += 1;
    }
}

fn write_output(text: &Text<'_>, sources: &Sources, out: &mut Vec<u8>) {
    let mut step = Object::begin(out);
    let mut list = step.string("type", "model_output").array("content");
    let mut content = list.object();
    content.string("type", "text").text("text", text);
    if !sources.is_empty() {
        sources.write(content.key("annotations"));
    }
    content.end();
    list.end();
    step.end();
}

fn write_thought(summary: &Text<'_>, signature: Option<&Text<'_>>, out: &mut Vec<u8>) {
    let mut step = Object::begin(out);
    step.string("type", "thought");
    if let Some(signature) = signature {
        push_text(step.key("signature"), signature);
    }
    if !summary.is_empty() {
        let mut list = Array::begin(step.key("summary"));
        let mut content = list.object();
        content.string("type", "text").text("text", summary);
        content.end();
        list.end();
    }
    step.end();
}

/// Writes a call. Arguments that are no object, as a model may write them, become one.
fn write_call(id: &Text<'_>, name: &Text<'_>, arguments: &str, out: &mut Vec<u8>) {
    let mut step = Object::begin(out);
    step.string("type", "function_call").text("id", id).text("name", name);
    if matches!(Value::parse(arguments), Ok(Value { data: Data::Object(_), .. })) {
        step.raw("arguments", arguments.trim());
    } else {
        let mut object = step.object("arguments");
        if !arguments.trim().is_empty() {
            object.string("arguments", arguments);
        }
        object.end();
    }
    step.end();
}
