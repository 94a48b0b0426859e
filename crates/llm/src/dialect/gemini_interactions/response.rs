//! A whole answer, written as an interaction.

use super::assembly::Assembly;
use super::shell::{Shell, Standing, status};
use crate::canonical::Response;
use crate::{Context, Usage};

/// Writes the answer; gives the usage that it tells.
pub(super) fn encode(response: &Response<'_>, ctx: &Context, out: &mut Vec<u8>) -> Usage {
    let shell = Shell::new(response.model.as_ref(), ctx);
    let mut assembly = Assembly::new(false, ctx);
    for block in &response.blocks {
        assembly.whole(block, out);
    }
    assembly.stop(response.stop.as_ref(), out);
    let used = response.usage.unwrap_or_else(|| Usage::estimate(ctx.prompt_bytes, assembly.written()));
    let tier = response.service_tier.as_ref().map(|tier| tier.decode());
    let status = status(response.stop.as_ref(), assembly.called());
    let standing = Standing::Ended { status, usage: &used, tier: tier.as_deref() };
    shell.write(standing, Some(assembly.steps()), out);
    used
}
