//! A streamed answer, written as Gemini's: each piece a part of its own, calls whole.

use json::{Array, Object, Text};

use super::frame::Framer;
use super::response::{self, Sources};
use super::{error, state, usage};
use crate::canonical::{BlockStart, Delta, Event, Opaque, Origin, Stop};
use crate::dialect::StreamEncoder;
use crate::{Context, FinishReason, Usage};

/// Writes one stream.
#[derive(Debug)]
pub(super) struct Encoder {
    ctx: Context,
    framer: Framer,
    /// The model and the answer's id, which every answer ends with, as they are written in JSON.
    names: (String, String),
    open: Open,
    sources: Sources,
    stop: Option<(FinishReason, Option<String>)>,
}

/// The block that is open.
#[derive(Debug, Default)]
enum Open {
    #[default]
    None,
    Text,
    /// Thinking that the client sees.
    Thinking,
    /// Thinking that it does not see, as it is needed if a state comes with it.
    Hidden(String),
    Call {
        id: String,
        name: String,
        arguments: String,
        state: Option<(Origin, String)>,
    },
}

impl StreamEncoder for Encoder {
    fn write(&mut self, event: &Event<'_>, used: &Usage, out: &mut Vec<u8>) {
        match event {
            Event::Start { id, model } => {
                let model = model.as_ref().map_or_else(|| Text::from_plain(&self.ctx.model), Text::clone);
                let id = id.as_ref().map_or_else(|| Text::from_plain(&self.ctx.request_id), Text::clone);
                self.names = (model.literal().to_owned(), id.literal().to_owned());
            }
            Event::Block(start) => self.block(start, out),
            Event::Delta(delta) => self.delta(delta, out),
            Event::BlockEnd => self.block_end(out),
            Event::Usage { .. } | Event::Skipped | Event::Pause => {}
            Event::Stop(stop) => {
                let refusal = stop.refusal.as_ref().map(|refusal| refusal.literal().to_owned());
                self.stop = Some((stop.reason, refusal));
            }
            Event::End => self.end(used, out),
            Event::Error(error) => {
                self.framer.item(out, |out| error::encode(error, out));
                self.framer.end(out);
            }
        }
    }
}

// === impl Encoder ===

impl Encoder {
    pub(super) fn new(ctx: &Context) -> Self {
        Self {
            ctx: ctx.clone(),
            framer: Framer::new(ctx.array, false),
            names: (String::new(), String::new()),
            open: Open::None,
            sources: Sources::default(),
            stop: None,
        }
    }

    /// Writes an answer with these parts, and what else its candidate has.
    fn answer(
        &mut self,
        out: &mut Vec<u8>,
        parts: impl FnOnce(&mut Array<'_>),
        rest: impl FnOnce(&mut Object<'_>),
        used: Option<&Usage>,
    ) {
        let (model, id) = &self.names;
        self.framer.item(out, |out| {
            let mut body = Object::begin(out);
            let mut candidates = body.array("candidates");
            let mut candidate = candidates.object();
            let mut content = candidate.object("content");
            let mut list = content.array("parts");
            parts(&mut list);
            list.end();
            content.string("role", "model");
            content.end();
            rest(&mut candidate);
            candidate.number("index", 0);
            candidate.end();
            candidates.end();
            if let Some(used) = used {
                usage::write(used, body.key("usageMetadata"));
            }
            body.text("modelVersion", &Text::from_literal(model)).text("responseId", &Text::from_literal(id));
            body.end();
        });
    }

    fn part(&mut self, out: &mut Vec<u8>, part: impl FnOnce(&mut Array<'_>)) {
        self.answer(out, part, |_| {}, None);
    }

    fn block(&mut self, start: &BlockStart<'_>, out: &mut Vec<u8>) {
        self.open = match start {
            BlockStart::Text => Open::Text,
            BlockStart::Thinking if self.ctx.carry.notes.wants_state => Open::Thinking,
            BlockStart::Thinking => Open::Hidden(String::new()),
            BlockStart::Redacted(state) => {
                self.part(out, |parts| response::hidden(&state::redacted(state), parts));
                Open::None
            }
            BlockStart::Image { media_type, data } => {
                self.part(out, |parts| response::image(media_type, data, parts));
                Open::None
            }
            BlockStart::ToolUse { id, name, state } => Open::Call {
                id: id.literal().to_owned(),
                name: name.literal().to_owned(),
                arguments: String::new(),
                state: state.as_ref().map(|state| (state.origin, state.data.literal().to_owned())),
            },
        };
    }

    fn delta(&mut self, delta: &Delta<'_>, out: &mut Vec<u8>) {
        match (delta, &mut self.open) {
            (Delta::Text(text), _) => {
                self.sources.text(&text.decode());
                self.part(out, |parts| said(text, false, None, parts));
            }
            (Delta::Thinking(text), Open::Hidden(hidden)) => hidden.push_str(text.literal()),
            (Delta::Thinking(text), _) => self.part(out, |parts| said(text, true, None, parts)),
            (Delta::State(state), Open::Hidden(hidden)) => {
                let thinking = Text::from_owned_literal(std::mem::take(hidden));
                let seal = state::with_thinking(state, &thinking.decode());
                self.part(out, |parts| response::hidden(&seal, parts));
            }
            (Delta::State(state), open) => {
                let thought = matches!(open, Open::Thinking);
                self.part(out, |parts| said(&Text::default(), thought, Some(state), parts));
            }
            (Delta::Citation(citation), _) => self.sources.add(citation),
            (Delta::Logprobs(content), _) => {
                let logprobs = |candidate: &mut Object<'_>| response::write_logprobs(content, candidate);
                self.answer(out, response::blank, logprobs, None);
            }
            (Delta::Arguments(json), Open::Call { arguments, .. }) => arguments.push_str(json.literal()),
            (Delta::Arguments(_), _) => {}
        }
    }

    fn block_end(&mut self, out: &mut Vec<u8>) {
        match std::mem::take(&mut self.open) {
            Open::Text => self.sources.text_end(),
            Open::Call { id, name, arguments, state } => {
                let state = state.map(|(origin, data)| Opaque::new(origin, Text::from_owned_literal(data)));
                let arguments = Text::from_owned_literal(arguments);
                let (id, name) = (Text::from_literal(&id), Text::from_literal(&name));
                self.part(out, |parts| {
                    response::call(&id, &name, &arguments.decode(), state.as_ref(), parts);
                });
            }
            Open::None | Open::Thinking | Open::Hidden(_) => {}
        }
    }

    /// Writes the last answer. It has a part too: Google's libraries keep no turn in which an answer has none.
    fn end(&mut self, used: &Usage, out: &mut Vec<u8>) {
        let (reason, refusal) = self.stop.take().unwrap_or((FinishReason::Stop, None));
        let sources = std::mem::take(&mut self.sources);
        let rest = |candidate: &mut Object<'_>| {
            let refusal = refusal.as_deref().map(Text::from_literal);
            response::finish(Some(&Stop { refusal, ..Stop::plain(reason) }), candidate);
            sources.write(candidate);
        };
        self.answer(out, response::blank, rest, Some(used));
        self.framer.end(out);
    }
}

/// Writes a piece of text or of a thought.
fn said(text: &Text<'_>, thought: bool, state: Option<&Opaque<'_>>, parts: &mut Array<'_>) {
    let mut part = parts.object();
    part.text("text", text);
    if thought {
        part.raw("thought", "true");
    }
    response::signature(state, &mut part);
    part.end();
}
