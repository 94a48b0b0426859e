//! A whole answer.

use super::Shape;
use super::answer::{Said, Writer, reason};
use crate::canonical::{Block, Response};
use crate::{Context, Usage};

/// Writes the answer; gives the usage that it tells. What a model said of a refusal is its text, where it said
/// nothing else. Sealed reasoning, sources and pictures have no place here.
pub(super) fn encode(response: &Response<'_>, shape: Shape, ctx: &Context, out: &mut Vec<u8>) -> Usage {
    let mut said = Said { logprobs: response.logprobs.as_deref(), ..Said::default() };
    for block in &response.blocks {
        match block {
            Block::Text { text, .. } if text.is_empty() => {}
            Block::Text { text, .. } => said.text.push(text),
            Block::Thinking { text, .. } => said.thinking.push(text),
            Block::ToolUse { id, name, arguments, .. } => said.calls.push((id, name, arguments)),
            Block::Redacted(_) | Block::Image { .. } => {}
        }
    }
    if said.text.is_empty() {
        said.text.extend(response.stop.as_ref().and_then(|stop| stop.refusal.as_ref()));
    }
    let used = response.usage.unwrap_or_else(|| Usage::estimate(ctx.prompt_bytes, said.len()));
    let mut writer = Writer::new(shape, ctx);
    writer.answered_by(response.model.as_ref());
    writer.write(&said, Some((reason(response.stop.as_ref()), &used)), out);
    used
}
