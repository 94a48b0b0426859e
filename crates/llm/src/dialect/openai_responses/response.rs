//! A whole answer, written as a response.

use super::assembly::Assembly;
use super::events::Events;
use super::shell::{Shell, Standing, tier};
use crate::canonical::{Block, BlockStart, Delta, Response};
use crate::{Context, Usage};

/// Writes the answer; gives the usage that it tells.
///
/// Its id is the provider's behind `resp_`, or the request's; those of its items are made from it.
pub(super) fn encode(response: &Response<'_>, ctx: &Context, out: &mut Vec<u8>) -> Usage {
    let shell = Shell::new(response.id.as_ref(), response.model.as_ref(), ctx);
    let mut assembly = Assembly::new(Events::silent(), &shell.id, ctx);
    // Log-probabilities are of all the text: they go where it begins.
    let mut logprobs = response.logprobs.as_deref();
    for block in &response.blocks {
        if let (Block::Text { .. }, Some(content)) = (block, logprobs) {
            assembly.begin(&BlockStart::Text, out);
            assembly.piece(&Delta::Logprobs(content), out);
            logprobs = None;
        }
        assembly.whole(block, out);
    }
    assembly.stop(response.stop.as_ref(), out);
    let used = response.usage.unwrap_or_else(|| Usage::estimate(ctx.prompt_bytes, assembly.written()));
    let standing = Standing::Ended { stop: response.stop.as_ref(), usage: &used };
    shell.write(standing, tier(response), assembly.items(), out);
    used
}
