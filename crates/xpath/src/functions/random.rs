//! `fn:random-number-generator` (Functions and Operators 3.1 §4.9.1). Nothing in it is left to chance: a seed always gives
//! the same numbers, and without one the moment of the evaluation is the seed.

use std::sync::LazyLock;

use crate::atomic::Atomic;
use crate::error::Result;
use crate::eval::Eval;
use crate::function::{Builtin, Call, Function};
use crate::functions::{Args, Entry};
use crate::item::{Item, Sequence, one};
use crate::map::Map;
use crate::version::Version;
use crate::{moment, parse};

pub(super) const TABLE: &[Entry] = &[
    (Version::V31, "fn:random-number-generator() as map(*)", |call, _| {
        let now = moment::instant(&call.eval.now, 0);
        generator(hash(&now.to_le_bytes()), call.eval)
    }),
    (Version::V31, "fn:random-number-generator(xs:anyAtomicType?) as map(*)", |call, args| {
        let Some(seed) = args.atomic(0) else { return generator(0, call.eval) };
        call.eval.charge(seed.steps())?;
        generator(hash(seed.string().as_bytes()), call.eval)
    }),
];

/// The steps that it takes to make a generator: a map with two functions that have arguments.
const MADE: usize = 32;

/// What stands in a generator. An expression cannot name it.
static NEXT: LazyLock<Option<Builtin>> = LazyLock::new(|| {
    parse::builtin(Version::V31, "random:next(xs:integer) as map(*)", |call, args| {
        generator(state(args), call.eval)
    })
});

static PERMUTE: LazyLock<Option<Builtin>> =
    LazyLock::new(|| parse::builtin(Version::V31, "random:permute(xs:integer, item()*) as item()*", permute));

/// The number of a state, and the functions that go on from it.
fn generator(state: u64, eval: &Eval<'_>) -> Result<Sequence> {
    eval.charge(MADE)?;
    let next = advanced(state);
    let mut map = Map::default();
    map.put("number".into(), one(Atomic::from(fraction(mixed(next)))));
    map.put("next".into(), function(NEXT.as_ref(), vec![Some(whole(next))]));
    map.put("permute".into(), function(PERMUTE.as_ref(), vec![Some(whole(next)), None]));
    Ok(one(Item::Map(map.into())))
}

/// A function with the state given.
fn function(builtin: Option<&'static Builtin>, given: Vec<Option<Sequence>>) -> Sequence {
    let function = builtin.map(|builtin| Function::Named(builtin, given.len(), None));
    function.map(|function| one(Item::from(Function::Partial(function.into(), given)))).unwrap_or_default()
}

fn permute(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let mut state = state(args);
    let mut items = args.take(1);
    call.eval.charge(items.len())?;
    for last in (1..items.len()).rev() {
        let choices = u64::try_from(last).unwrap_or(u64::MAX).saturating_add(1);
        items.swap(last, usize::try_from(mixed(state) % choices).unwrap_or(0));
        state = advanced(state);
    }
    Ok(items)
}

fn state(args: &Args) -> u64 {
    args.integer(0).and_then(|state| u64::try_from(state).ok()).unwrap_or(0)
}

fn whole(state: u64) -> Sequence {
    one(Atomic::from(i128::from(state)))
}

/// The next state of `SplitMix64`.
fn advanced(state: u64) -> u64 {
    state.wrapping_add(0x9e37_79b9_7f4a_7c15)
}

/// The number that `SplitMix64` makes of a state.
fn mixed(state: u64) -> u64 {
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// From 0 up to 1, without it.
#[expect(clippy::cast_precision_loss, reason = "a double holds the 53 bits that are left")]
fn fraction(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

/// FNV-1a.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
