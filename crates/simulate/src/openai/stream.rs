//! An answer as a stream of chunks: the role first, then the text or the calls bit by bit, then why it
//! ended, then the usage if it was asked for, then `[DONE]`.

use base::Rng;
use bytes::Bytes;
use http::StatusCode;
use serde::Serialize;

use super::ask::Ask;
use super::error::ApiError;
use super::reply::Reply;
use super::wire::{self, ChunkChoice, Completion, Custom, Delta, Function, Given, ToolCall, Usage};
use crate::play::Frame;
use crate::seed;
use crate::synth;

/// What writes the chunks of one answer.
struct Writer {
    completion: Completion,
    /// `None` unless usage was asked for.
    usage: Option<Usage>,
    obfuscate: bool,
    rng: Rng,
}

/// The chunks, made when they are due.
pub(super) fn frames(
    completion: Completion,
    replies: Vec<Reply>,
    usage: Usage,
    ask: &Ask,
    rng: Rng,
) -> Box<dyn Iterator<Item = Frame> + Send> {
    let usage = ask.include_usage.then_some(usage);
    let mut writer = Writer { completion, usage, obfuscate: ask.obfuscate, rng };
    let logprobs = ask.logprobs;
    let choices = (0..).zip(replies).flat_map(move |(index, reply)| choices(index, reply, logprobs));
    let steps = choices.map(Some).chain(std::iter::once(None));
    let frames = steps.flat_map(move |step| match step {
        Some((choice, paced)) => vec![writer.chunk(choice, paced)],
        None => writer.end(),
    });
    Box::new(frames)
}

/// The error that a stream sends in its middle.
pub(super) fn error_frame() -> Bytes {
    data(&ApiError::asked_for(StatusCode::INTERNAL_SERVER_ERROR, None).wire())
}

// === impl Writer ===

impl Writer {
    fn chunk(&mut self, choice: ChunkChoice, paced: bool) -> Frame {
        let usage = self.usage.map(|_| Given::Null);
        let padding = self.padding();
        Frame { bytes: data(&self.completion.chunk(&[choice], usage, padding)), paced }
    }

    fn end(&mut self) -> Vec<Frame> {
        let padding = self.padding();
        let usage =
            self.usage.map(|usage| data(&self.completion.chunk(&[], Some(Given::Value(usage)), padding)));
        let done = Bytes::from_static(b"data: [DONE]\n\n");
        usage.into_iter().chain([done]).map(|bytes| Frame { bytes, paced: false }).collect()
    }

    fn padding(&mut self) -> Option<String> {
        if !self.obfuscate {
            return None;
        }
        let length = usize::try_from(4 + self.rng.below(12)).unwrap_or(4);
        Some(seed::letters(&mut self.rng, length))
    }
}

/// All chunks of one choice, and whether the model takes time to write each.
fn choices(
    index: u32,
    reply: Reply,
    others: Option<usize>,
) -> impl Iterator<Item = (ChunkChoice, bool)> + Send {
    let made = move |delta, finish_reason| ChunkChoice { index, delta, logprobs: None, finish_reason };
    let content = if reply.text.is_some() { Given::Value(String::new()) } else { Given::Null };
    let role = Delta {
        role: Some("assistant"),
        content: Some(content),
        refusal: Some(Given::Null),
        ..Delta::default()
    };
    let text = synth::tokens(&reply.text.unwrap_or_default()).into_iter().map(move |token| {
        let logprobs = others.map(|others| wire::logprobs(&token, others));
        let delta = Delta { content: Some(Given::Value(token)), ..Delta::default() };
        ChunkChoice { logprobs, ..made(delta, None) }
    });
    let refusal = synth::tokens(&reply.refusal.unwrap_or_default()).into_iter().map(move |token| {
        let delta = Delta { refusal: Some(Given::Value(token)), ..Delta::default() };
        made(delta, None)
    });
    let calls = (0..).zip(reply.calls).flat_map(|(at, call)| fragments(at, call)).map(move |fragment| {
        let delta = Delta { tool_calls: Some([fragment]), ..Delta::default() };
        made(delta, None)
    });
    let cited = (!reply.annotations.is_empty()).then(|| {
        let delta = Delta { annotations: reply.annotations, ..Delta::default() };
        (made(delta, None), false)
    });
    let start = std::iter::once((made(role, None), false));
    let end = std::iter::once((made(Delta::default(), Some(reply.finish)), false));
    let text = text.chain(refusal);
    start
        .chain(text.map(|choice| (choice, true)))
        .chain(cited)
        .chain(calls.map(|choice| (choice, true)))
        .chain(end)
}

/// A call bit by bit: its id and name first, then only what it is called with.
fn fragments(at: u32, mut call: ToolCall) -> Vec<ToolCall> {
    let arguments = call.function.as_mut().map(|function| std::mem::take(&mut function.arguments));
    let input = call.custom.as_mut().map(|custom| std::mem::take(&mut custom.input));
    let bare = |function, custom| ToolCall { index: Some(at), id: None, kind: None, function, custom };
    let arguments = synth::tokens(&arguments.unwrap_or_default()).into_iter();
    let arguments = arguments.map(|arguments| bare(Some(Function { name: None, arguments }), None));
    let input = synth::tokens(&input.unwrap_or_default()).into_iter();
    let input = input.map(|input| bare(None, Some(Custom { name: None, input })));
    call.index = Some(at);
    std::iter::once(call).chain(arguments).chain(input).collect()
}

fn data<T: Serialize>(value: &T) -> Bytes {
    let mut bytes = b"data: ".to_vec();
    if serde_json::to_writer(&mut bytes, value).is_err() {
        bytes.truncate(6);
    }
    bytes.extend_from_slice(b"\n\n");
    bytes.into()
}
