//! An answer as Ollama gives it: one object, or one a line, of which the last has the counts.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::ask::{Ask, Dialect};
use super::error::ApiError;
use crate::desk::Desk;
use crate::play::Frame;
use crate::talk::{Answer, Call, End};
use crate::{seed, synth, when};

/// The answer and what it cost.
#[derive(Debug)]
pub(super) struct Reply {
    dialect: Dialect,
    model: String,
    created_at: String,
    thought: String,
    text: String,
    calls: Vec<Call>,
    done_reason: &'static str,
    counts: Map<String, Value>,
    logprobs: Option<usize>,
    pub(super) tokens: u32,
}

/// What one object of an answer adds.
#[derive(Debug, Default)]
struct Piece {
    thought: Option<String>,
    text: String,
    calls: Vec<Value>,
    logprobs: Vec<Value>,
}

// === impl Reply ===

impl Reply {
    pub(super) fn new(desk: &Desk, ask: &Ask, answer: Answer) -> Self {
        let done_reason = match (&answer.end, ask.only_loads) {
            (_, Some(false)) => "load",
            (_, Some(true)) => "unload",
            (End::Length, _) => "length",
            _ => "stop",
        };
        let loads = ask.only_loads.is_some();
        let text = answer.text.filter(|_| !loads).unwrap_or_default();
        let counts = if loads { Map::new() } else { counts(desk, ask, &text, answer.tokens) };
        Self {
            dialect: ask.dialect,
            model: ask.question.model.clone(),
            created_at: created_at(desk),
            thought: answer.thought.filter(|_| !loads).unwrap_or_default(),
            text,
            calls: if loads { Vec::new() } else { answer.calls },
            done_reason,
            counts,
            logprobs: ask.logprobs.filter(|_| !loads),
            tokens: answer.tokens,
        }
    }

    pub(super) fn whole(mut self) -> Value {
        let text = std::mem::take(&mut self.text);
        let tokens = synth::tokens(&text);
        let logprobs =
            self.logprobs.map(|others| tokens.iter().map(|token| logprob(token, others)).collect());
        let thought = std::mem::take(&mut self.thought);
        let piece = Piece {
            thought: (!thought.is_empty()).then_some(thought),
            text,
            calls: self.calls.iter().map(call).collect(),
            logprobs: logprobs.unwrap_or_default(),
        };
        self.last(piece)
    }

    /// The lines, made when they are due: thoughts, text, calls, then the end.
    pub(super) fn frames(mut self) -> Box<dyn Iterator<Item = Frame> + Send> {
        let others = self.logprobs;
        let thoughts = synth::tokens(&std::mem::take(&mut self.thought)).into_iter();
        let thoughts = thoughts.map(|token| Piece { thought: Some(token), ..Piece::default() });
        let text = synth::tokens(&std::mem::take(&mut self.text)).into_iter().map(move |token| Piece {
            logprobs: others.map(|others| logprob(&token, others)).into_iter().collect(),
            text: token,
            ..Piece::default()
        });
        let calls = std::mem::take(&mut self.calls).into_iter();
        let calls = calls.map(|one| Piece { calls: vec![call(&one)], ..Piece::default() });
        let pieces = thoughts.chain(text).chain(calls).map(Some).chain([None]);
        Box::new(pieces.map(move |piece| match piece {
            Some(piece) => Frame { bytes: line(&self.object(piece).into()), paced: true },
            None => Frame { bytes: line(&self.last(Piece::default())), paced: false },
        }))
    }

    fn object(&self, piece: Piece) -> Map<String, Value> {
        let mut object = Map::new();
        let mut set = |name: &str, value: Value| object.insert(name.to_owned(), value);
        set("model", self.model.clone().into());
        set("created_at", self.created_at.clone().into());
        set("done", false.into());
        if !piece.logprobs.is_empty() {
            set("logprobs", piece.logprobs.into());
        }
        let said = match self.dialect {
            Dialect::Generate => {
                set("response", piece.text.into());
                if let Some(thought) = piece.thought {
                    set("thinking", thought.into());
                }
                return object;
            }
            Dialect::Chat => {
                let mut said = json!({"role": "assistant", "content": piece.text});
                if let Some(map) = said.as_object_mut() {
                    map.extend(piece.thought.map(|thought| ("thinking".to_owned(), thought.into())));
                    map.extend(
                        (!piece.calls.is_empty()).then(|| ("tool_calls".to_owned(), piece.calls.into())),
                    );
                }
                said
            }
        };
        set("message", said);
        object
    }

    fn last(&self, piece: Piece) -> Value {
        let mut object = self.object(piece);
        object.insert("done".to_owned(), true.into());
        object.insert("done_reason".to_owned(), self.done_reason.into());
        object.extend(self.counts.clone());
        object.into()
    }
}

/// A call: no id, and the arguments as an object.
fn call(call: &Call) -> Value {
    json!({"function": {"name": call.name, "arguments": call.arguments}})
}

fn counts(desk: &Desk, ask: &Ask, text: &str, tokens: u32) -> Map<String, Value> {
    let took = u64::try_from(desk.took().as_nanos()).unwrap_or(u64::MAX).max(1_000);
    let mut counts = Map::new();
    for (name, value) in [
        ("total_duration", took),
        ("load_duration", took / 10),
        ("prompt_eval_count", ask.seen.into()),
        ("prompt_eval_duration", took / 5),
        ("eval_count", tokens.into()),
        ("eval_duration", took / 2),
    ] {
        counts.insert(name.to_owned(), value.into());
    }
    if ask.dialect == Dialect::Generate {
        let said = [ask.question.heard.user.as_str(), text];
        let numbers =
            said.into_iter().flat_map(synth::tokens).map(|token| seed::hash(&[token.as_bytes()]) % 128_000);
        counts.insert("context".to_owned(), numbers.collect::<Vec<_>>().into());
    }
    counts
}

/// `2026-01-31T09:05:00.25Z`, with as many digits as there are.
pub(super) fn created_at(desk: &Desk) -> String {
    let wall = desk.world.clock.wall();
    let whole = when::rfc3339(when::seconds(wall));
    let micros = format!("{:06}", wall.0.rem_euclid(1_000_000));
    let digits = micros.trim_end_matches('0');
    let digits = if digits.is_empty() { "0" } else { digits };
    format!("{}.{digits}Z", whole.trim_end_matches('Z'))
}

/// A token's chance, and those of tokens that could have stood there; each follows from its length.
fn logprob(token: &str, others: usize) -> Value {
    let chance = |token: String, rank: usize| {
        let size = u32::try_from(token.len() + 99 * rank).unwrap_or(0);
        json!({"logprob": -0.01 * f64::from(size), "bytes": token.as_bytes(), "token": token})
    };
    let mut told = chance(token.to_owned(), 0);
    let others: Vec<_> =
        (0..others).map(|rank| chance(format!("{token}{}", "'".repeat(rank)), rank)).collect();
    if let Some(map) = told.as_object_mut().filter(|_| !others.is_empty()) {
        map.insert("top_logprobs".to_owned(), others.into());
    }
    told
}

fn line(value: &Value) -> Bytes {
    format!("{value}\n").into()
}

/// The line that says in a stream's middle that the model failed.
pub(super) fn error_frame() -> Bytes {
    let message = "an error was encountered while running the model: unexpected EOF";
    format!("{}\n", ApiError::new(500, message).wire()).into()
}
