//! `array:sort` (Functions and Operators 3.1 §17.3.17), which orders members as `fn:sort` does items.

use super::{called, made, members, shared};
use crate::error::Result;
use crate::function::Call;
use crate::functions::Args;
use crate::functions::higher::{keys, sorted};
use crate::functions::sequence::as_text;
use crate::item::{Sequence, atomized};

pub(super) fn sort(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let eval = call.eval;
    let collation = args.collation(1, eval)?;
    let members = members(args, 0);
    let mut keyed = Vec::with_capacity(members.len());
    for member in members {
        let key = match args.items(2).first() {
            Some(function) => atomized(&called(eval, function, vec![shared(Some(member), eval)?])?, eval)?,
            None => atomized(member, eval)?,
        };
        eval.charge(key.len() + 1)?;
        keyed.push((key.iter().map(as_text).collect(), member));
    }
    let mut result = Vec::with_capacity(members.len());
    for (_, member) in sorted(keyed, &|left, right| keys(left, right, collation, eval))? {
        result.push(shared(Some(member), eval)?);
    }
    Ok(made(result))
}
