//! An answer as Cohere gives it: whole, or as named events.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::ask::Ask;
use super::messages::Source;
use crate::desk::{Desk, event};
use crate::play::Frame;
use crate::talk::{Answer, End};
use crate::{seed, synth};

/// What every prompt counts for besides what is billed.
const PREAMBLE_TOKENS: u32 = 64;

/// Prompts are cached from this length on; that much of them counts as read from the cache.
const CACHED_TOKENS: u32 = 1_024;

/// A part of the content.
#[derive(Clone, Debug)]
enum Part {
    Thinking(String),
    Text(String),
}

/// A call of a tool.
#[derive(Clone, Debug)]
struct Call {
    id: String,
    name: String,
    arguments: String,
}

/// The answer and what it cost.
#[derive(Debug)]
pub(super) struct Reply {
    id: String,
    parts: Vec<Part>,
    plan: Option<String>,
    calls: Vec<Call>,
    citations: Vec<Value>,
    cites_late: bool,
    finish: &'static str,
    usage: Value,
    logprobs: bool,
    pub(super) tokens: u32,
}

/// An event of a stream.
#[derive(Clone, Debug)]
struct Event {
    kind: &'static str,
    data: Map<String, Value>,
    /// Whether the model takes time to write it.
    paced: bool,
}

// === impl Reply ===

impl Reply {
    pub(super) fn new(desk: &Desk, ask: &Ask, answer: Answer, caller: &[u8]) -> Self {
        let mut ids = desk.world.rng("tool call id", &desk.ticket);
        let finish = match &answer.end {
            End::Stop | End::Refused => "COMPLETE",
            End::Sequence(_) => "STOP_SEQUENCE",
            End::Length => "MAX_TOKENS",
            End::Calls => "TOOL_CALL",
            End::Filtered | End::Blocked | End::Failed => "ERROR",
        };
        let calls: Vec<_> = answer
            .calls
            .iter()
            .map(|call| Call {
                id: format!("{}_{}", call.name, seed::letters(&mut ids, 12).to_ascii_lowercase()),
                name: call.name.clone(),
                arguments: call.text(),
            })
            .collect();
        let plan = calls.first().map(|call| format!("I will use {}.", call.name));
        let tokens = answer.tokens + plan.as_deref().map_or(0, synth::count);
        let text = answer.text.filter(|text| !text.is_empty());
        let citations = text.as_deref().map_or_else(Vec::new, |text| {
            let index = u32::from(answer.thought.is_some());
            ask.sources.iter().filter_map(|source| cite(text, source, index)).collect()
        });
        let thought = answer.thought.map(Part::Thinking);
        Self {
            id: desk.uuid("answer id"),
            parts: thought.into_iter().chain(text.map(Part::Text)).collect(),
            plan,
            calls,
            citations,
            cites_late: ask.cites_late,
            finish,
            usage: usage(desk, ask, tokens, caller),
            logprobs: ask.logprobs,
            tokens,
        }
    }

    pub(super) fn whole(self) -> Value {
        let mut message = json!({"role": "assistant"});
        let content: Vec<_> = self.parts.iter().map(Part::whole).collect();
        let calls: Vec<_> = self.calls.iter().map(|call| call.wire(&call.arguments)).collect();
        if let Some(map) = message.as_object_mut() {
            let fields = [
                ("content", (!content.is_empty()).then(|| content.into())),
                ("tool_plan", self.plan.map(Value::String)),
                ("tool_calls", (!calls.is_empty()).then(|| calls.into())),
                ("citations", (!self.citations.is_empty()).then(|| self.citations.into())),
            ];
            map.extend(fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        }
        let mut whole =
            json!({"id": self.id, "finish_reason": self.finish, "message": message, "usage": self.usage});
        if let Some(map) = whole.as_object_mut().filter(|_| self.logprobs) {
            let tokens = self.parts.iter().filter_map(Part::text).flat_map(synth::tokens);
            let items: Vec<_> = tokens.map(|token| logprob(&token)).collect();
            map.insert("logprobs".to_owned(), items.into());
        }
        whole
    }

    /// The events, made when they are due: content, then the plan and the calls, then the end.
    pub(super) fn frames(self) -> Box<dyn Iterator<Item = Frame> + Send> {
        let empty =
            json!({"role": "assistant", "content": [], "tool_plan": "", "tool_calls": [], "citations": []});
        let start = Event::new("message-start").with("id", self.id.into()).adds(&empty);
        let (logprobs, late) = (self.logprobs, self.cites_late);
        let cited = citations(self.citations);
        let parts = self.parts.into_iter().enumerate().flat_map(move |(index, part)| {
            let cited = if part.text().is_some() { cited.clone() } else { Vec::new() };
            part.events(index, logprobs, cited, late)
        });
        let plan = synth::tokens(&self.plan.unwrap_or_default())
            .into_iter()
            .map(|piece| Event::new("tool-plan-delta").adds(&json!({"tool_plan": piece})).paced());
        let calls = self.calls.into_iter().enumerate().flat_map(|(index, call)| call.events(index));
        let delta = json!({"finish_reason": self.finish, "usage": self.usage});
        let end = Event::new("message-end").with("delta", delta);
        let done = Frame { bytes: Bytes::from_static(b"data: [DONE]\n\n"), paced: false };
        let events = std::iter::once(start).chain(parts).chain(plan).chain(calls).chain([end]);
        Box::new(events.map(Event::frame).chain([done]))
    }
}

// === impl Part ===

impl Part {
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Thinking(_) => None,
        }
    }

    fn whole(&self) -> Value {
        match self {
            Self::Thinking(thought) => json!({"type": "thinking", "thinking": thought}),
            Self::Text(text) => json!({"type": "text", "text": text}),
        }
    }

    fn events(self, index: usize, logprobs: bool, cited: Vec<Event>, late: bool) -> Vec<Event> {
        let (kind, said) = match self {
            Self::Thinking(thought) => ("thinking", thought),
            Self::Text(text) => ("text", text),
        };
        let content = json!({"type": kind, kind: ""});
        let mut events = vec![Event::at("content-start", index).adds(&json!({"content": content}))];
        for token in synth::tokens(&said) {
            let event = Event::at("content-delta", index).adds(&json!({"content": {kind: token}})).paced();
            let told = logprobs && kind == "text";
            events.push(if told { event.with("logprobs", logprob(&token)) } else { event });
        }
        let stop = Event::at("content-end", index);
        let (before, after) = if late { (Vec::new(), cited) } else { (cited, Vec::new()) };
        events.extend(before.into_iter().chain([stop]).chain(after));
        events
    }
}

// === impl Call ===

impl Call {
    fn wire(&self, arguments: &str) -> Value {
        json!({"id": self.id, "type": "function", "function": {"name": self.name, "arguments": arguments}})
    }

    /// In a stream, `tool_calls` is one call and no list.
    fn events(self, index: usize) -> Vec<Event> {
        let start = Event::at("tool-call-start", index).adds(&json!({"tool_calls": self.wire("")})).paced();
        let pieces = synth::tokens(&self.arguments).into_iter().map(|piece| {
            let call = json!({"tool_calls": {"function": {"arguments": piece}}});
            Event::at("tool-call-delta", index).adds(&call).paced()
        });
        std::iter::once(start).chain(pieces).chain([Event::at("tool-call-end", index)]).collect()
    }
}

// === impl Event ===

impl Event {
    fn new(kind: &'static str) -> Self {
        Self { kind, data: Map::new(), paced: false }.with("type", kind.into())
    }

    fn at(kind: &'static str, index: usize) -> Self {
        Self::new(kind).with("index", index.into())
    }

    fn with(mut self, name: &str, value: Value) -> Self {
        self.data.insert(name.to_owned(), value);
        self
    }

    /// What the event adds to the message.
    fn adds(self, message: &Value) -> Self {
        self.with("delta", json!({"message": message}))
    }

    fn paced(self) -> Self {
        Self { paced: true, ..self }
    }

    fn frame(self) -> Frame {
        Frame { bytes: event(Some(self.kind), &self.data), paced: self.paced }
    }
}

/// In a stream, `citations` is one citation and no list.
fn citations(citations: Vec<Value>) -> Vec<Event> {
    let events = citations.into_iter().enumerate().flat_map(|(index, citation)| {
        let start = Event::at("citation-start", index).adds(&json!({"citations": citation}));
        [start, Event::at("citation-end", index)]
    });
    events.collect()
}

/// Where the text repeats a source; of a document that it does not repeat, its first words tell.
fn cite(text: &str, source: &Source, content_index: u32) -> Option<Value> {
    let told = synth::cut(&source.text, 400);
    let (start, cited) = match text.find(told).filter(|_| !told.is_empty()) {
        Some(at) => (text.get(..at)?.chars().count(), told.to_owned()),
        None => (0, synth::tokens(text).into_iter().take(4).collect::<String>()),
    };
    Some(json!({
        "start": start,
        "end": start + cited.chars().count(),
        "text": cited,
        "sources": [source.wire],
        "content_index": content_index,
        "type": "TEXT_CONTENT",
    }))
}

fn logprob(token: &str) -> Value {
    let id = seed::hash(&[token.as_bytes()]) % 256_000;
    let size = u32::try_from(token.len()).unwrap_or(0);
    json!({"text": token, "token_ids": [id], "logprobs": [-0.01 * f64::from(size)]})
}

/// What is billed is what was sent; what is counted has the vendor's own words too.
fn usage(desk: &Desk, ask: &Ask, tokens: u32, caller: &[u8]) -> Value {
    let heard = &ask.question.heard;
    let mut cached = 0;
    if heard.tokens >= CACHED_TOKENS {
        let prompt =
            seed::hash(&[b"cohere", caller, ask.question.model.as_bytes(), &heard.about.to_le_bytes()]);
        cached = if desk.world.cache.holds(prompt) { CACHED_TOKENS } else { 0 };
        desk.world.cache.keep(prompt);
    }
    json!({
        "billed_units": {"input_tokens": heard.tokens, "output_tokens": tokens},
        "tokens": {"input_tokens": heard.tokens.saturating_add(PREAMBLE_TOKENS), "output_tokens": tokens},
        "cached_tokens": cached,
    })
}

/// The event that says in a stream's middle that the model failed.
pub(super) fn error_frame() -> Bytes {
    let message = "internal server error, this has been reported to our developers.";
    let delta = json!({"finish_reason": "ERROR", "error": message});
    Event::new("message-end").with("delta", delta).frame().bytes
}
