//! Functions that look for a text in another (Functions and Operators 3.1 §5.5, §5.4.13).

use super::{made, words};
use crate::character::BLANKS;
use crate::collation::Collation;
use crate::error::Result;
use crate::function::Call;
use crate::functions::{Args, Entry};
use crate::item::{Item, Sequence, one};
use crate::version::Version;

pub(crate) const TABLE: &[Entry] = &[
    (Version::V10, "fn:contains(xs:string?, xs:string?) as xs:boolean", contains),
    (Version::V20, "fn:contains(xs:string?, xs:string?, xs:string) as xs:boolean", contains),
    (Version::V10, "fn:starts-with(xs:string?, xs:string?) as xs:boolean", starts_with),
    (Version::V20, "fn:starts-with(xs:string?, xs:string?, xs:string) as xs:boolean", starts_with),
    (Version::V20, "fn:ends-with(xs:string?, xs:string?) as xs:boolean", ends_with),
    (Version::V20, "fn:ends-with(xs:string?, xs:string?, xs:string) as xs:boolean", ends_with),
    (Version::V10, "fn:substring-before(xs:string?, xs:string?) as xs:string", substring_before),
    (Version::V20, "fn:substring-before(xs:string?, xs:string?, xs:string) as xs:string", substring_before),
    (Version::V10, "fn:substring-after(xs:string?, xs:string?) as xs:string", substring_after),
    (Version::V20, "fn:substring-after(xs:string?, xs:string?, xs:string) as xs:string", substring_after),
    (Version::V31, "fn:contains-token(xs:string*, xs:string) as xs:boolean", contains_token),
    (Version::V31, "fn:contains-token(xs:string*, xs:string, xs:string) as xs:boolean", contains_token),
];

/// The collation of a function of two texts, which are charged.
fn begin(call: &Call<'_>, args: &Args) -> Result<Collation> {
    call.eval.charge_text(args.string(0).len().saturating_add(args.string(1).len()))?;
    args.collation(2, call.eval)
}

/// Whether a relation holds between the two texts by their collation.
fn holds(call: &Call<'_>, args: &Args, relation: fn(&str, &str) -> bool) -> Result<Sequence> {
    let collation = begin(call, args)?;
    Ok(one(relation(&collation.key(args.string(0)), &collation.key(args.string(1)))))
}

fn contains(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    holds(call, args, |text, part| text.contains(part))
}

fn starts_with(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    holds(call, args, |text, part| text.starts_with(part))
}

fn ends_with(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    holds(call, args, |text, part| text.ends_with(part))
}

/// Where the second text stands in the first, in bytes: the keys of a collation are as long as their texts.
fn found(call: &Call<'_>, args: &Args) -> Result<Option<usize>> {
    let collation = begin(call, args)?;
    Ok(collation.key(args.string(0)).find(&*collation.key(args.string(1))))
}

fn substring_before(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let before = found(call, args)?.and_then(|at| args.string(0).get(..at));
    made(call, before.unwrap_or_default())
}

fn substring_after(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let after = found(call, args)?.and_then(|at| args.string(0).get(at + args.string(1).len()..));
    made(call, after.unwrap_or_default())
}

fn contains_token(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let collation = args.collation(2, call.eval)?;
    call.eval.charge_text(args.string(1).len())?;
    let token = collation.key(args.string(1).trim_matches(BLANKS));
    for item in args.items(0) {
        let text = match item {
            Item::Atomic(atomic) => atomic.as_text(),
            _ => None,
        };
        let text = text.map_or("", |text| text);
        call.eval.charge_text(text.len())?;
        if words(text).any(|word| collation.key(word) == token) {
            return Ok(one(true));
        }
    }
    Ok(one(false))
}
