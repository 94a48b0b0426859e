//! An answer as Converse gives it: whole, or as frames of an event stream.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::cache::Cached;
use super::converse::{Ask, Guardrail};
use super::{frame, thought};
use crate::desk::Desk;
use crate::play::Frame;
use crate::talk::{Answer, Choice, End};
use crate::{seed, synth};

/// What hidden thoughts are asked for with.
const HIDE: &str = "ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING";

const PADDING: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// A block of the answer.
#[derive(Clone, Debug)]
enum Block {
    Thought { text: String, signature: Option<String> },
    Hidden(String),
    Text(String),
    ToolUse { id: String, name: String, input: Map<String, Value> },
}

/// The answer and what it cost.
#[derive(Debug)]
pub(super) struct Reply {
    blocks: Vec<Block>,
    stop_reason: &'static str,
    more: Option<Value>,
    usage: Value,
    /// Beside the usage: what the request set and the answer repeats.
    told: Map<String, Value>,
    pub(super) tokens: u32,
}

// === impl Reply ===

impl Reply {
    pub(super) fn new(desk: &Desk, ask: &Ask, mut answer: Answer, cached: Cached) -> Self {
        if answer.end == End::Filtered && ask.guardrail.is_some() {
            answer.end = End::Blocked;
        }
        let stop_reason = match &answer.end {
            End::Stop => "end_turn",
            End::Sequence(_) => "stop_sequence",
            End::Length => "max_tokens",
            End::Calls => "tool_use",
            End::Refused | End::Filtered => "content_filtered",
            End::Blocked => "guardrail_intervened",
            End::Failed => "malformed_model_output",
        };
        let sequence = match &answer.end {
            End::Sequence(sequence) => Value::String(sequence.clone()),
            _ => Value::Null,
        };
        let mut tokens = answer.tokens;
        let mut blocks = Vec::new();
        let mut ids = desk.world.rng("tool use id", &desk.ticket);
        blocks.extend(thinking(desk, ask, answer.thought));
        if let (Some(first), Choice::Auto) = (answer.calls.first(), &ask.question.choice) {
            // Where the caller forces a tool, the model says nothing before it.
            let text = format!("I will use {}.", first.name);
            tokens += synth::count(&text);
            blocks.push(Block::Text(text));
        }
        blocks.extend(answer.text.filter(|text| !text.is_empty()).map(Block::Text));
        blocks.extend(answer.calls.into_iter().map(|call| {
            let id = format!("tooluse_{}", seed::letters(&mut ids, 22));
            Block::ToolUse { id, name: call.name, input: call.arguments }
        }));
        let mut told = Map::new();
        if let Some(tier) = &ask.service_tier {
            told.insert("serviceTier".to_owned(), json!({"type": tier}));
        }
        if let Some(performance) = &ask.performance {
            told.insert("performanceConfig".to_owned(), performance.clone());
        }
        if let Some(guardrail) = ask.guardrail.as_ref().filter(|guardrail| guardrail.traced) {
            told.insert("trace".to_owned(), trace(guardrail, stop_reason == "guardrail_intervened"));
        }
        let more = ask.tells_stop.then(|| json!({"stop_sequence": sequence}));
        Self { blocks, stop_reason, more, usage: usage(cached, tokens), told, tokens }
    }

    pub(super) fn whole(self, latency_ms: u64) -> Value {
        let content: Vec<_> = self.blocks.into_iter().map(Block::whole).collect();
        let mut whole = json!({
            "metrics": {"latencyMs": latency_ms},
            "output": {"message": {"role": "assistant", "content": content}},
            "stopReason": self.stop_reason,
            "usage": self.usage,
        });
        if let Some(map) = whole.as_object_mut() {
            map.extend(self.told);
            map.extend(self.more.map(|more| ("additionalModelResponseFields".to_owned(), more)));
        }
        whole
    }

    /// The frames, made when they are due. Only a tool's block has a start; all have a stop.
    pub(super) fn frames(self, latency_ms: u64) -> Box<dyn Iterator<Item = Frame> + Send> {
        let start = event("messageStart", json!({"role": "assistant"}));
        let mut stop = json!({"stopReason": self.stop_reason});
        let mut metadata = json!({"usage": self.usage, "metrics": {"latencyMs": latency_ms}});
        if let (Some(stop), Some(metadata)) = (stop.as_object_mut(), metadata.as_object_mut()) {
            stop.extend(self.more.map(|more| ("additionalModelResponseFields".to_owned(), more)));
            metadata.extend(self.told);
        }
        let end = [event("messageStop", stop), event("metadata", metadata)];
        let blocks = self.blocks.into_iter().enumerate().flat_map(|(index, block)| block.frames(index));
        Box::new(std::iter::once(start).chain(blocks).chain(end))
    }
}

fn thinking(desk: &Desk, ask: &Ask, thought: Option<String>) -> Option<Block> {
    let (text, thinking) = (thought?, ask.thinking?);
    if !thinking.signed {
        return Some(Block::Thought { text, signature: None });
    }
    let seed = desk.world.config.seed;
    let nonce = seed::letters(&mut seed::rng(seed, "thought nonce", ask.question.heard.about), 22);
    if ask.question.heard.user.contains(HIDE) {
        return Some(Block::Hidden(thought::hide(seed, &nonce)));
    }
    let signature = thought::sign(seed, &text, &nonce);
    Some(Block::Thought { text, signature: Some(signature) })
}

/// What the guardrail found in the prompt.
fn trace(guardrail: &Guardrail, blocked: bool) -> Value {
    let filter =
        json!({"type": "PROMPT_ATTACK", "confidence": "HIGH", "filterStrength": "HIGH", "action": "BLOCKED"});
    let filters = if blocked { vec![filter] } else { Vec::new() };
    let found = json!({"contentPolicy": {"filters": filters}});
    let reason = if blocked { "Guardrail blocked." } else { "No action." };
    json!({"guardrail": {"inputAssessment": {&guardrail.id: found}, "actionReason": reason}})
}

/// Input tokens are those that the cache neither gave nor took; the total has all.
fn usage(cached: Cached, output: u32) -> Value {
    let written = cached.written_5m + cached.written_1h;
    let mut usage = json!({
        "inputTokens": cached.fresh,
        "outputTokens": output,
        "totalTokens": cached.fresh + output + cached.read + written,
        "cacheReadInputTokens": cached.read,
        "cacheWriteInputTokens": written,
    });
    let details = [("1h", cached.written_1h), ("5m", cached.written_5m)].into_iter();
    let details = details.filter(|(_, tokens)| *tokens > 0);
    let details: Vec<_> = details.map(|(ttl, tokens)| json!({"ttl": ttl, "inputTokens": tokens})).collect();
    if let Some(map) = usage.as_object_mut().filter(|_| !details.is_empty()) {
        map.insert("cacheDetails".to_owned(), Value::Array(details));
    }
    usage
}

// === impl Block ===

impl Block {
    fn whole(self) -> Value {
        match self {
            Self::Text(text) => json!({"text": text}),
            Self::Hidden(data) => json!({"reasoningContent": {"redactedContent": data}}),
            Self::Thought { text, signature: None } => {
                json!({"reasoningContent": {"reasoningText": {"text": text}}})
            }
            Self::Thought { text, signature } => {
                json!({"reasoningContent": {"reasoningText": {"text": text, "signature": signature}}})
            }
            Self::ToolUse { id, name, input } => {
                json!({"toolUse": {"toolUseId": id, "name": name, "input": input}})
            }
        }
    }

    fn frames(self, index: usize) -> Vec<Frame> {
        let mut frames = Vec::new();
        let deltas: Vec<Value> = match self {
            Self::Text(text) => synth::tokens(&text).into_iter().map(|text| json!({"text": text})).collect(),
            Self::Hidden(data) => vec![json!({"reasoningContent": {"redactedContent": data}})],
            Self::Thought { text, signature } => {
                let pieces = synth::tokens(&text).into_iter().map(|text| json!({"text": text}));
                let signature = signature.map(|signature| json!({"signature": signature}));
                pieces.chain(signature).map(|delta| json!({"reasoningContent": delta})).collect()
            }
            Self::ToolUse { id, name, input } => {
                let start = json!({"toolUse": {"toolUseId": id, "name": name}});
                frames.push(event("contentBlockStart", json!({"contentBlockIndex": index, "start": start})));
                let text = if input.is_empty() { String::new() } else { Value::Object(input).to_string() };
                // The first piece is empty; a tool without input gets no more than that.
                let pieces = std::iter::once(String::new()).chain(synth::tokens(&text));
                pieces.map(|input| json!({"toolUse": {"input": input}})).collect()
            }
        };
        frames.extend(deltas.into_iter().map(|delta| {
            let payload = json!({"contentBlockIndex": index, "delta": delta});
            Frame { paced: true, ..event("contentBlockDelta", payload) }
        }));
        frames.push(event("contentBlockStop", json!({"contentBlockIndex": index})));
        frames
    }
}

/// An event, padded so that its length tells nothing.
fn event(kind: &str, mut payload: Value) -> Frame {
    let text = payload.to_string();
    let length = 4 + usize::try_from(seed::hash(&[text.as_bytes()]) % 40).unwrap_or(0);
    if let Some(map) = payload.as_object_mut() {
        map.insert("p".to_owned(), synth::cut(PADDING, length).into());
    }
    Frame { bytes: frame::event(kind, payload.to_string().as_bytes()), paced: false }
}

/// The error that a stream sends in its middle.
pub(super) fn error_frame() -> Bytes {
    let message = "The system encountered an unexpected error during processing. Try your request again.";
    frame::exception("internalServerException", json!({"message": message}).to_string().as_bytes())
}

/// A whole frame with a payload that is no JSON.
pub(super) fn garbage() -> Bytes {
    frame::event("contentBlockDelta", b"{\"contentBlockIndex\":0,\"delta\":{\"te")
}
