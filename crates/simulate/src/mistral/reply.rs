//! An answer as Mistral gives it: whole, or as chunks of which the last has the usage.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::ask::Ask;
use super::error::ApiError;
use super::thought;
use crate::desk::{Desk, Refusal as _, event};
use crate::play::Frame;
use crate::talk::{Answer, End};
use crate::{seed, synth, when};

/// Prompts are cached from this length on; that much of them counts as read from the cache.
const CACHED_TOKENS: u32 = 1_024;

/// All choices and what they cost.
#[derive(Debug)]
pub(super) struct Reply {
    id: String,
    created: i64,
    model: String,
    choices: Vec<Choice>,
    usage: Value,
    logprobs: Option<usize>,
    pub(super) tokens: u32,
}

#[derive(Clone, Debug)]
struct Choice {
    thought: Option<(String, String)>,
    text: String,
    calls: Vec<Value>,
    finish: &'static str,
}

// === impl Reply ===

impl Reply {
    pub(super) fn new(desk: &Desk, ask: &Ask, answers: Vec<Answer>, caller: &[u8]) -> Self {
        let seed = desk.world.config.seed;
        let tokens = answers.iter().map(|answer| answer.tokens).sum();
        let mut ids = desk.world.rng("call id", &desk.ticket);
        let choice = |answer: Answer| Choice {
            finish: match &answer.end {
                End::Length => "length",
                End::Calls => "tool_calls",
                End::Filtered | End::Blocked | End::Failed => "error",
                End::Stop | End::Sequence(_) | End::Refused => "stop",
            },
            thought: answer.thought.map(|thought| {
                let signature = thought::sign(seed, &thought);
                (thought, signature)
            }),
            text: format!("{}{}", ask.prefix.as_deref().unwrap_or_default(), answer.text.unwrap_or_default()),
            calls: (0..)
                .zip(&answer.calls)
                .map(|(index, call): (u32, _)| {
                    let id = seed::letters(&mut ids, 9);
                    let function = json!({"name": call.name, "arguments": call.text()});
                    json!({"id": id, "type": "function", "function": function, "index": index})
                })
                .collect(),
        };
        Self {
            id: desk.uuid("completion id").replace('-', ""),
            created: when::seconds(desk.world.clock.wall()),
            model: ask.question.model.clone(),
            choices: answers.into_iter().map(choice).collect(),
            usage: usage(desk, ask, tokens, caller),
            logprobs: ask.logprobs,
            tokens,
        }
    }

    pub(super) fn whole(self) -> Value {
        let choices = (0..).zip(&self.choices).map(|(index, choice): (u32, _)| {
            let content = match &choice.thought {
                None => json!(choice.text),
                Some((thought, signature)) => {
                    let text =
                        (!choice.text.is_empty()).then(|| json!({"type": "text", "text": choice.text}));
                    [thinking(thought, Some(signature))].into_iter().chain(text).collect()
                }
            };
            let calls = if choice.calls.is_empty() { Value::Null } else { choice.calls.clone().into() };
            let message =
                json!({"role": "assistant", "content": content, "tool_calls": calls, "prefix": false});
            let mut told = json!({"index": index, "message": message, "finish_reason": choice.finish});
            if let (Some(others), Some(map)) = (self.logprobs, told.as_object_mut()) {
                map.insert("logprobs".to_owned(), logprobs(&choice.text, others));
            }
            told
        });
        json!({
            "id": self.id,
            "object": "chat.completion",
            "created": self.created,
            "model": self.model,
            "choices": choices.collect::<Vec<_>>(),
            "usage": self.usage,
        })
    }

    /// The chunks, made when they are due. Calls come whole; the last chunk of all has the usage.
    pub(super) fn frames(mut self) -> Box<dyn Iterator<Item = Frame> + Send> {
        let choices = std::mem::take(&mut self.choices);
        let last = choices.len().saturating_sub(1);
        let others = self.logprobs;
        let deltas = choices.into_iter().enumerate().flat_map(move |(index, choice)| {
            let deltas = choice.deltas(others);
            let end = deltas.len().saturating_sub(1);
            deltas.into_iter().enumerate().map(move |(at, delta)| (index, delta, index == last && at == end))
        });
        let done = Frame { bytes: Bytes::from_static(b"data: [DONE]\n\n"), paced: false };
        let frames = deltas.map(move |(index, delta, is_last)| Frame {
            bytes: event(None, &self.chunk(index, &delta, is_last)),
            paced: delta.paced,
        });
        Box::new(frames.chain([done]))
    }

    fn chunk(&self, index: usize, delta: &Delta, is_last: bool) -> Value {
        let mut choice = json!({"index": index, "delta": delta.adds, "finish_reason": delta.finish});
        if let (Some(map), Some(logprobs)) = (choice.as_object_mut(), &delta.logprobs) {
            map.insert("logprobs".to_owned(), logprobs.clone());
        }
        let mut chunk = json!({
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": self.model,
            "choices": [choice],
        });
        if let Some(map) = chunk.as_object_mut().filter(|_| is_last) {
            map.insert("usage".to_owned(), self.usage.clone());
        }
        chunk
    }
}

/// What one chunk adds to a choice.
struct Delta {
    adds: Map<String, Value>,
    logprobs: Option<Value>,
    finish: Option<&'static str>,
    paced: bool,
}

// === impl Delta ===

impl Delta {
    fn of(name: &str, value: Value) -> Self {
        let adds = [(name.to_owned(), value)].into_iter().collect();
        Self { adds, logprobs: None, finish: None, paced: true }
    }
}

// === impl Choice ===

impl Choice {
    fn deltas(self, others: Option<usize>) -> Vec<Delta> {
        let mut start = Delta { paced: false, ..Delta::of("content", json!("")) };
        start.adds.insert("role".to_owned(), json!("assistant"));
        let mut deltas = vec![start];
        if let Some((thought, signature)) = self.thought {
            let pieces = synth::tokens(&thought).into_iter();
            deltas.extend(pieces.map(|piece| Delta::of("content", json!([thinking(&piece, None)]))));
            let closing =
                json!([{"type": "thinking", "thinking": [], "signature": signature, "closed": true}]);
            deltas.push(Delta::of("content", closing));
        }
        deltas.extend(synth::tokens(&self.text).into_iter().map(|token| {
            let logprobs = others.map(|others| logprobs(&token, others));
            Delta { logprobs, ..Delta::of("content", json!(token)) }
        }));
        let end = match self.calls.as_slice() {
            [] => Delta { paced: false, ..Delta::of("content", json!("")) },
            calls => Delta::of("tool_calls", json!(calls)),
        };
        deltas.push(Delta { finish: Some(self.finish), ..end });
        deltas
    }
}

/// A chunk of thought; with its signature it is closed.
fn thinking(thought: &str, signature: Option<&str>) -> Value {
    let texts = json!([{"type": "text", "text": thought}]);
    match signature {
        None => json!({"type": "thinking", "thinking": texts}),
        Some(signature) => {
            json!({"type": "thinking", "thinking": texts, "signature": signature, "closed": true})
        }
    }
}

fn usage(desk: &Desk, ask: &Ask, completion: u32, caller: &[u8]) -> Value {
    let heard = &ask.question.heard;
    let mut cached = 0;
    if heard.tokens >= CACHED_TOKENS {
        let prompt =
            seed::hash(&[b"mistral", caller, ask.question.model.as_bytes(), &heard.about.to_le_bytes()]);
        cached = if desk.world.cache.holds(prompt) { CACHED_TOKENS } else { 0 };
        desk.world.cache.keep(prompt);
    }
    json!({
        "prompt_tokens": heard.tokens,
        "completion_tokens": completion,
        "total_tokens": heard.tokens.saturating_add(completion),
        "prompt_tokens_details": {"cached_tokens": cached},
    })
}

/// One entry a token; the chance follows from its length.
fn logprobs(text: &str, others: usize) -> Value {
    let chance = |token: &str, rank: usize| {
        let size = u32::try_from(token.len() + 99 * rank).unwrap_or(0);
        let id = seed::hash(&[token.as_bytes()]) % 131_072;
        json!({"token": token, "logprob": -0.01 * f64::from(size), "bytes": token.as_bytes(), "token_id": id})
    };
    let entry = |token: String| {
        let mut told = chance(&token, 0);
        let others = (0..others).map(|rank| chance(&format!("{token}{}", "'".repeat(rank)), rank));
        if let Some(map) = told.as_object_mut() {
            map.insert("top_logprobs".to_owned(), others.collect::<Vec<_>>().into());
        }
        told
    };
    json!({"content": synth::tokens(text).into_iter().map(entry).collect::<Vec<_>>()})
}

/// The event that says in a stream's middle that the model failed.
pub(super) fn error_frame() -> Bytes {
    event(None, ApiError::asked_for(http::StatusCode::INTERNAL_SERVER_ERROR, None).wire())
}
