//! A streamed answer, written as chat completion chunks.

use json::{Object, Text, push_number, push_string};

use super::{error, response, usage};
use crate::canonical::{BlockStart, Citation, Delta, Event, Origin, Stop};
use crate::dialect::StreamEncoder;
use crate::{ApiError, Context, Usage};

/// The last line of a stream that went well.
const DONE: &[u8] = b"data: [DONE]\n\n";

/// Writes one stream.
#[derive(Debug)]
pub(super) struct Encoder {
    ctx: Context,
    /// What every chunk begins with, up to its choices.
    head: Vec<u8>,
    /// Tool calls begun.
    tools: u64,
    /// Thinking blocks begun.
    thinking: u64,
    /// Whether the block that is open is one of them.
    in_thinking: bool,
}

/// Writes an error that ends a stream; no `[DONE]` follows it.
pub(super) fn write_error(error: &ApiError, out: &mut Vec<u8>) {
    out.extend_from_slice(b"data: ");
    error::encode(error, out);
    out.extend_from_slice(b"\n\n");
}

impl StreamEncoder for Encoder {
    fn write(&mut self, event: &Event<'_>, usage: &Usage, out: &mut Vec<u8>) {
        match event {
            Event::Start { id, model } => {
                self.head = head(id.as_ref(), model.as_ref(), &self.ctx);
                self.chunk(out, |delta| {
                    delta.string("role", "assistant").string("content", "").raw("refusal", "null");
                });
            }
            Event::Block(start) => self.block(start, out),
            Event::Delta(delta) => self.delta(delta, out),
            Event::BlockEnd | Event::Usage { .. } | Event::Skipped | Event::Pause => {}
            Event::Stop(stop) => self.stop(stop, out),
            Event::End => {
                if self.ctx.include_usage {
                    out.extend_from_slice(&self.head);
                    out.extend_from_slice(b"[],\"usage\":");
                    usage::write(usage, out);
                    out.extend_from_slice(b"}\n\n");
                }
                out.extend_from_slice(DONE);
            }
            Event::Error(error) => write_error(error, out),
        }
    }
}

// === impl Encoder ===

impl Encoder {
    pub(super) fn new(ctx: &Context) -> Self {
        Self { ctx: ctx.clone(), head: Vec::new(), tools: 0, thinking: 0, in_thinking: false }
    }

    fn chunk(&self, out: &mut Vec<u8>, delta: impl FnOnce(&mut Object<'_>)) {
        self.choice(out, delta, |choice| {
            choice.raw("logprobs", "null").raw("finish_reason", "null");
        });
    }

    fn choice(
        &self,
        out: &mut Vec<u8>,
        delta: impl FnOnce(&mut Object<'_>),
        finish: impl FnOnce(&mut Object<'_>),
    ) {
        out.extend_from_slice(&self.head);
        out.push(b'[');
        let mut choice = Object::begin(out);
        choice.number("index", 0);
        let mut object = choice.object("delta");
        delta(&mut object);
        object.end();
        finish(&mut choice);
        choice.end();
        let usage: &[u8] = if self.ctx.include_usage { b"],\"usage\":null}\n\n" } else { b"]}\n\n" };
        out.extend_from_slice(usage);
    }

    fn block(&mut self, start: &BlockStart<'_>, out: &mut Vec<u8>) {
        self.in_thinking = false;
        match start {
            // The dialect has no place for a picture.
            BlockStart::Text | BlockStart::Image { .. } => {}
            BlockStart::Thinking => {
                self.thinking += 1;
                self.in_thinking = true;
            }
            BlockStart::Redacted(state) => {
                self.thinking += 1;
                self.thinking_block(out, None, |block| {
                    block
                        .string("type", "redacted_thinking")
                        .text("data", &state.sealed_in(Origin::Anthropic));
                });
            }
            BlockStart::ToolUse { id, name, state } => {
                self.tools += 1;
                self.tool_call(out, |call| {
                    call.text("id", id).string("type", "function");
                    let mut function = call.object("function");
                    function.text("name", name).string("arguments", "");
                    function.end();
                    response::call_state(state.as_ref(), call);
                });
            }
        }
    }

    fn delta(&self, delta: &Delta<'_>, out: &mut Vec<u8>) {
        match delta {
            Delta::Text(text) => self.chunk(out, |delta| {
                delta.text("content", text);
            }),
            Delta::Thinking(text) => self.thinking_block(out, Some(text), |block| {
                block.string("type", "thinking").text("thinking", text);
            }),
            Delta::State(state) if self.in_thinking => self.thinking_block(out, None, |block| {
                block.string("type", "thinking").string("thinking", "");
                block.text("signature", &state.sealed_in(Origin::Anthropic));
            }),
            // Text has no place for state here.
            Delta::State(_) | Delta::Citation(Citation { url: None, .. }) => {}
            Delta::Citation(citation) => self.chunk(out, |delta| {
                response::annotations(std::iter::once(citation), delta);
            }),
            Delta::Logprobs(content) => self.choice(
                out,
                |_| {},
                |choice| {
                    response::logprobs(Some(content), choice);
                    choice.raw("finish_reason", "null");
                },
            ),
            Delta::Arguments(json) => self.tool_call(out, |call| {
                let mut function = call.object("function");
                function.text("arguments", json);
                function.end();
            }),
        }
    }

    fn tool_call(&self, out: &mut Vec<u8>, write: impl FnOnce(&mut Object<'_>)) {
        self.chunk(out, |delta| {
            let mut calls = delta.array("tool_calls");
            let mut call = calls.object();
            call.number("index", self.tools.saturating_sub(1));
            write(&mut call);
            call.end();
            calls.end();
        });
    }

    /// A fragment of a thinking block; the `index` is what client libraries join list items by.
    fn thinking_block(
        &self,
        out: &mut Vec<u8>,
        text: Option<&Text<'_>>,
        write: impl FnOnce(&mut Object<'_>),
    ) {
        self.chunk(out, |delta| {
            if let Some(text) = text {
                delta.text("reasoning_content", text);
            }
            let mut blocks = delta.array("thinking_blocks");
            let mut block = blocks.object();
            block.number("index", self.thinking.saturating_sub(1));
            write(&mut block);
            block.end();
            blocks.end();
        });
    }

    fn stop(&self, stop: &Stop<'_>, out: &mut Vec<u8>) {
        let refusal = |delta: &mut Object<'_>| {
            if let Some(refusal) = &stop.refusal {
                delta.text("refusal", refusal);
            }
        };
        self.choice(out, refusal, |choice| {
            choice.raw("logprobs", "null");
            response::finish(Some(stop), choice);
        });
    }
}

fn head(id: Option<&Text<'_>>, model: Option<&Text<'_>>, ctx: &Context) -> Vec<u8> {
    let mut head = Vec::with_capacity(160);
    head.extend_from_slice(b"data: {\"id\":");
    push_string(&mut head, &response::id(id, ctx));
    head.extend_from_slice(b",\"object\":\"chat.completion.chunk\",\"created\":");
    push_number(&mut head, u64::try_from(ctx.created).unwrap_or_default());
    head.extend_from_slice(b",\"model\":");
    response::model(model, ctx, &mut head);
    head.extend_from_slice(b",\"system_fingerprint\":null,\"choices\":");
    head
}
