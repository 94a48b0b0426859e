//! Functions on sequences (Functions and Operators 3.1 §14; `fn:position` and `fn:last` §15).

#![expect(clippy::unnecessary_wraps, reason = "the functions of the tables are of one type")]

use std::collections::HashMap;
use std::collections::hash_map::Entry as Place;
use std::sync::Arc;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{Args, Entry, nothing};
use crate::atomic::{Atomic, Value};
use crate::collation::Collation;
use crate::compare;
use crate::error::{Error, Result};
use crate::eval::Eval;
use crate::function::Call;
use crate::item::{Item, Sequence, one};
use crate::types::Type;
use crate::version::Version;
use crate::{moment, number};

pub(super) const TABLE: &[Entry] = &[
    (Version::V10, "fn:position() as xs:integer", position),
    (Version::V10, "fn:last() as xs:integer", last),
    (Version::V20, "fn:empty(item()*) as xs:boolean", empty),
    (Version::V20, "fn:exists(item()*) as xs:boolean", exists),
    (Version::V30, "fn:head(item()*) as item()?", head),
    (Version::V30, "fn:tail(item()*) as item()*", tail),
    (Version::V20, "fn:insert-before(item()*, xs:integer, item()*) as item()*", insert_before),
    (Version::V20, "fn:remove(item()*, xs:integer) as item()*", remove),
    (Version::V20, "fn:reverse(item()*) as item()*", reverse),
    (Version::V20, "fn:subsequence(item()*, xs:double) as item()*", subsequence),
    (Version::V20, "fn:subsequence(item()*, xs:double, xs:double) as item()*", subsequence),
    (Version::V20, "fn:unordered(item()*) as item()*", unordered),
    (Version::V20, "fn:distinct-values(xs:anyAtomicType*) as xs:anyAtomicType*", distinct_values),
    (Version::V20, "fn:distinct-values(xs:anyAtomicType*, xs:string) as xs:anyAtomicType*", distinct_values),
    (Version::V20, "fn:index-of(xs:anyAtomicType*, xs:anyAtomicType) as xs:integer*", index_of),
    (Version::V20, "fn:index-of(xs:anyAtomicType*, xs:anyAtomicType, xs:string) as xs:integer*", index_of),
    (Version::V20, "fn:deep-equal(item()*, item()*) as xs:boolean", deep_equal),
    (Version::V20, "fn:deep-equal(item()*, item()*, xs:string) as xs:boolean", deep_equal),
    (Version::V20, "fn:zero-or-one(item()*) as item()?", zero_or_one),
    (Version::V20, "fn:one-or-more(item()*) as item()+", one_or_more),
    (Version::V20, "fn:exactly-one(item()*) as item()", exactly_one),
];

fn position(call: &Call<'_>, _: &mut Args) -> Result<Sequence> {
    Ok(one(Atomic::from(call.focus()?.position)))
}

fn last(call: &Call<'_>, _: &mut Args) -> Result<Sequence> {
    Ok(one(Atomic::from(call.focus()?.size)))
}

fn empty(_: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    Ok(one(args.items(0).is_empty()))
}

fn exists(_: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    Ok(one(!args.items(0).is_empty()))
}

fn head(_: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    Ok(args.items(0).first().cloned().into_iter().collect())
}

fn tail(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    part(args.take(0), 1, usize::MAX, call.eval)
}

/// So many items from a place on.
fn part(mut items: Sequence, from: usize, many: usize, eval: &Eval<'_>) -> Result<Sequence> {
    items.truncate(from.saturating_add(many));
    items.drain(..from.min(items.len()));
    eval.charge(items.len())?;
    Ok(items)
}

/// A position from 1 as a place from 0.
fn place(position: Option<i128>) -> Option<usize> {
    usize::try_from(position?.checked_sub(1)?).ok()
}

fn insert_before(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let position = args.integer(1).unwrap_or(1).max(1);
    let (mut items, inserts) = (args.take(0), args.take(2));
    call.eval.charge(items.len() + inserts.len())?;
    let at = place(Some(position)).map_or(items.len(), |at| at.min(items.len()));
    items.splice(at..at, inserts);
    Ok(items)
}

fn remove(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let at = place(args.integer(1));
    let mut items = args.take(0);
    call.eval.charge(items.len())?;
    if let Some(at) = at.filter(|at| *at < items.len()) {
        items.remove(at);
    }
    Ok(items)
}

fn reverse(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let mut items = args.take(0);
    call.eval.charge(items.len())?;
    items.reverse();
    Ok(items)
}

fn subsequence(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let start = number::rounded(args.double(1).unwrap_or(f64::NAN));
    let end = match args.double(2) {
        Some(length) => start + number::rounded(length),
        None if args.len() > 2 => f64::NAN,
        None => f64::INFINITY,
    };
    let items = args.take(0);
    // The positions from `start` up to `end` without it; what is not a number leaves none.
    if start.is_nan() || end.is_nan() || end <= 1.0 {
        return nothing();
    }
    let first = whole(start.max(1.0)) - 1;
    let after = whole(end) - 1;
    part(items, first, after.saturating_sub(first), call.eval)
}

/// A whole number that is at least 1, or as much as there can be.
fn whole(number: f64) -> usize {
    number.to_usize().unwrap_or(usize::MAX)
}

fn unordered(_: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    Ok(args.take(0))
}

/// Values that are equal have the same one.
#[derive(PartialEq, Eq, Hash)]
enum Bucket {
    Text(Arc<str>),
    Boolean(bool),
    Integer(i128),
    Decimal(Decimal),
    Double(u64),
    Duration(i64, i128),
    Moment(i128),
    Binary(Arc<[u8]>),
    Name(Arc<str>, Box<str>),
}

/// As what numbers are compared: as the least exact that is among them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Exactness {
    Decimal,
    Double,
    Float,
}

// === impl Bucket ===

impl Bucket {
    fn of(atomic: &Atomic, collation: Collation, exactness: Exactness, eval: &Eval<'_>) -> Self {
        let exact = exactness == Exactness::Decimal;
        match &atomic.value {
            Value::Text(text) if collation == Collation::Codepoint => Self::Text(Arc::clone(text)),
            Value::Text(text) => Self::Text(text.to_ascii_lowercase().into()),
            Value::Boolean(value) => Self::Boolean(*value),
            Value::Integer(number) if exact => Self::Integer(*number),
            Value::Integer(number) => Self::number(number.to_f64(), exactness),
            Value::Decimal(number) if exact && number.is_integer() => {
                Self::Integer(number.trunc().mantissa())
            }
            Value::Decimal(number) if exact => Self::Decimal(*number),
            Value::Decimal(number) => Self::number(number.to_f64(), exactness),
            Value::Float(number) => Self::number(Some(f64::from(*number)), exactness),
            Value::Double(number) => Self::number(Some(*number), exactness),
            Value::Duration(duration) => Self::Duration(duration.months, duration.nanos),
            Value::Moment(value) => Self::Moment(moment::instant(value, moment::implicit(eval))),
            Value::Binary(bytes) => Self::Binary(Arc::clone(bytes)),
            Value::QName(name) => Self::Name(name.namespace.clone(), name.local.clone()),
        }
    }

    fn number(number: Option<f64>, exactness: Exactness) -> Self {
        let number = number.unwrap_or(f64::NAN);
        let number = match exactness {
            Exactness::Float => number.to_f32().map_or(f64::NAN, f64::from),
            Exactness::Decimal | Exactness::Double => number,
        };
        // -0 is 0, and one NaN is as another.
        Self::Double(if number.is_nan() { u64::MAX } else { (number + 0.0).to_bits() })
    }
}

// === impl Exactness ===

impl Exactness {
    fn of(item: &Item) -> Self {
        match item {
            Item::Atomic(Atomic { value: Value::Float(_), .. }) => Self::Float,
            Item::Atomic(Atomic { value: Value::Double(_), .. }) => Self::Double,
            _ => Self::Decimal,
        }
    }
}

/// Whether two values are equal; those that cannot be compared are not. Untyped values are texts.
fn same(left: &Atomic, right: &Atomic, collation: Collation, eval: &Eval<'_>) -> Result<bool> {
    match compare::equal(&as_text(left), &as_text(right), collation, eval) {
        Err(error) if error.code() == "XPTY0004" => Ok(false),
        result => result,
    }
}

/// A value of `xs:untypedAtomic` as one of `xs:string`.
pub(in crate::functions) fn as_text(atomic: &Atomic) -> Atomic {
    match atomic.kind {
        Type::Untyped => Atomic { kind: Type::String, value: atomic.value.clone() },
        _ => atomic.clone(),
    }
}

fn distinct_values(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let collation = args.collation(1, call.eval)?;
    let exactness = args.items(0).iter().map(Exactness::of).max().unwrap_or(Exactness::Decimal);
    let mut buckets: HashMap<Bucket, Vec<Atomic>> = HashMap::new();
    let mut distinct = Vec::new();
    for item in args.take(0) {
        let Item::Atomic(atomic) = item else { continue };
        call.eval.charge(1 + atomic.steps())?;
        match buckets.entry(Bucket::of(&atomic, collation, exactness, call.eval)) {
            Place::Vacant(place) => {
                place.insert(vec![atomic.clone()]);
            }
            Place::Occupied(mut place) => {
                let mut known = false;
                for other in place.get() {
                    known = known
                        || (atomic.is_nan() && other.is_nan())
                        || same(&atomic, other, collation, call.eval)?;
                }
                if known {
                    continue;
                }
                place.get_mut().push(atomic.clone());
            }
        }
        distinct.push(atomic.into());
    }
    Ok(distinct)
}

fn index_of(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let collation = args.collation(2, call.eval)?;
    let Some(search) = args.atomic(1) else { return nothing() };
    let mut found = Vec::new();
    for (item, position) in args.items(0).iter().zip(1_usize..) {
        if let Item::Atomic(atomic) = item
            && same(atomic, search, collation, call.eval)?
        {
            found.push(Atomic::from(position).into());
        }
    }
    Ok(found)
}

fn deep_equal(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let collation = args.collation(2, call.eval)?;
    Ok(one(compare::deep_equal(args.items(0), args.items(1), collation, call.eval)?))
}

fn zero_or_one(_: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let items = args.take(0);
    if items.len() > 1 {
        return Err(Error::new("FORG0003", "there is more than one item"));
    }
    Ok(items)
}

fn one_or_more(_: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let items = args.take(0);
    if items.is_empty() {
        return Err(Error::new("FORG0004", "there is no item"));
    }
    Ok(items)
}

fn exactly_one(_: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let items = args.take(0);
    if items.len() != 1 {
        return Err(Error::new("FORG0005", format_args!("there are {} items, not one", items.len())));
    }
    Ok(items)
}
