//! Functions that take functions (Functions and Operators 3.1 §16).

#![expect(clippy::unnecessary_wraps, reason = "the functions of the tables are of one type")]

use std::cmp::Ordering;

use super::sequence::as_text;
use super::{Args, Entry, nothing};
use crate::atomic::{Atomic, QName, Value};
use crate::collation::Collation;
use crate::compare;
use crate::error::{Error, Result};
use crate::eval::Eval;
use crate::function::{Call, Function};
use crate::item::{Item, Sequence, atomized, one};
use crate::parse;
use crate::types::Type;
use crate::version::Version;

pub(super) const TABLE: &[Entry] = &[
    (Version::V30, "fn:for-each(item()*, function(item()) as item()*) as item()*", for_each),
    (Version::V30, "fn:filter(item()*, function(item()) as xs:boolean) as item()*", filter),
    (
        Version::V30,
        "fn:fold-left(item()*, item()*, function(item()*, item()) as item()*) as item()*",
        fold_left,
    ),
    (
        Version::V30,
        "fn:fold-right(item()*, item()*, function(item(), item()*) as item()*) as item()*",
        fold_right,
    ),
    (
        Version::V30,
        "fn:for-each-pair(item()*, item()*, function(item(), item()) as item()*) as item()*",
        for_each_pair,
    ),
    (Version::V31, "fn:sort(item()*) as item()*", sort),
    (Version::V31, "fn:sort(item()*, xs:string?) as item()*", sort),
    (Version::V31, "fn:sort(item()*, xs:string?, function(item()) as xs:anyAtomicType*) as item()*", sort),
    (Version::V31, "fn:apply(function(*), array(*)) as item()*", apply),
    (Version::V30, "fn:function-lookup(xs:QName, xs:integer) as function(*)?", function_lookup),
    (Version::V30, "fn:function-name(function(*)) as xs:QName?", function_name),
    (Version::V30, "fn:function-arity(function(*)) as xs:integer", function_arity),
];

/// An argument that is a function.
fn function(args: &mut Args, index: usize) -> Result<Item> {
    args.take(index).pop().ok_or_else(|| Error::types("there is no function"))
}

fn for_each(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let (items, action) = (args.take(0), function(args, 1)?);
    let mut made = Vec::new();
    for item in items {
        made.extend(call.eval.call(&action, vec![vec![item]])?);
    }
    call.eval.charge(made.len())?;
    Ok(made)
}

fn filter(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let (items, test) = (args.take(0), function(args, 1)?);
    let mut kept = Vec::new();
    for item in items {
        let passed = call.eval.call(&test, vec![vec![item.clone()]])?;
        match passed.as_slice() {
            [Item::Atomic(Atomic { value: Value::Boolean(true), .. })] => kept.push(item),
            [Item::Atomic(Atomic { value: Value::Boolean(false), .. })] => {}
            _ => return Err(Error::types("the function of fn:filter must give one xs:boolean")),
        }
    }
    call.eval.charge(kept.len())?;
    Ok(kept)
}

fn fold_left(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let (items, mut result, action) = (args.take(0), args.take(1), function(args, 2)?);
    for item in items {
        result = call.eval.call(&action, vec![result, vec![item]])?;
    }
    Ok(result)
}

fn fold_right(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let (items, mut result, action) = (args.take(0), args.take(1), function(args, 2)?);
    for item in items.into_iter().rev() {
        result = call.eval.call(&action, vec![vec![item], result])?;
    }
    Ok(result)
}

fn for_each_pair(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let (left, right, action) = (args.take(0), args.take(1), function(args, 2)?);
    let mut made = Vec::new();
    for (left, right) in left.into_iter().zip(right) {
        made.extend(call.eval.call(&action, vec![vec![left], vec![right]])?);
    }
    call.eval.charge(made.len())?;
    Ok(made)
}

fn sort(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let collation = args.collation(1, call.eval)?;
    let key = args.take(2).pop();
    let mut keyed = Vec::new();
    for item in args.take(0) {
        let key = match &key {
            Some(key) => atomized(&call.eval.call(key, vec![vec![item.clone()]])?, call.eval)?,
            None => atomized(std::slice::from_ref(&item), call.eval)?,
        };
        call.eval.charge(1 + key.len())?;
        keyed.push((key.iter().map(as_text).collect(), item));
    }
    let sorted = sorted(keyed, &|left, right| keys(left, right, collation, call.eval))?;
    Ok(sorted.into_iter().map(|(_, item)| item).collect())
}

/// An item with what it is sorted by.
pub(in crate::functions) type Keyed<T> = (Vec<Atomic>, T);

/// The order of keys, which may be none.
pub(in crate::functions) type Order<'a> = dyn Fn(&[Atomic], &[Atomic]) -> Result<Ordering> + 'a;

/// Sorts by keys; those with equal ones keep their order. (The standard library's sort may panic by an order that is none,
/// as that of floats among decimals is.)
pub(in crate::functions) fn sorted<T>(mut items: Vec<Keyed<T>>, order: &Order<'_>) -> Result<Vec<Keyed<T>>> {
    if items.len() < 2 {
        return Ok(items);
    }
    let right = items.split_off(items.len() / 2);
    let mut left = sorted(items, order)?.into_iter().peekable();
    let mut right = sorted(right, order)?.into_iter().peekable();
    let mut merged = Vec::with_capacity(left.len() + right.len());
    while let (Some((one, _)), Some((other, _))) = (left.peek(), right.peek()) {
        let next = if order(one, other)? == Ordering::Greater { right.next() } else { left.next() };
        merged.extend(next);
    }
    merged.extend(left);
    merged.extend(right);
    Ok(merged)
}

/// The order of keys for `fn:sort`: by their first values that differ; what is not a number comes before what is one.
pub(in crate::functions) fn keys(
    left: &[Atomic],
    right: &[Atomic],
    collation: Collation,
    eval: &Eval<'_>,
) -> Result<Ordering> {
    for (left, right) in left.iter().zip(right) {
        let order = match (left.is_nan() && is_number(right), right.is_nan() && is_number(left)) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => match compare::order(left, right, collation, eval) {
                Ok(order) => order.unwrap_or(Ordering::Equal),
                // What has no order may be equal.
                Err(error) if error.code() == "XPTY0004" => {
                    match compare::equal(left, right, collation, eval) {
                        Ok(true) => Ordering::Equal,
                        Err(limit) if limit.is_limit() => return Err(limit),
                        _ => return Err(error),
                    }
                }
                Err(error) => return Err(error),
            },
        };
        if order != Ordering::Equal {
            return Ok(order);
        }
    }
    eval.charge(1)?;
    Ok(left.len().cmp(&right.len()))
}

fn is_number(atomic: &Atomic) -> bool {
    atomic.kind.is(Type::Numeric)
}

fn apply(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let function = function(args, 0)?;
    let members = args.array(1).map(|members| members.as_slice()).unwrap_or_default();
    call.eval.charge(1 + members.iter().map(|member| 1 + member.len()).sum::<usize>())?;
    let arguments = members.to_vec();
    let arity = arity(&function);
    if arity != arguments.len() {
        let text = format!("a function of {arity} parameters is given {} arguments", arguments.len());
        return Err(Error::new("FOAP0001", text));
    }
    call.eval.call(&function, arguments)
}

fn arity(function: &Item) -> usize {
    match function {
        Item::Function(function) => function.arity(),
        _ => 1,
    }
}

fn function_lookup(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let (Some(Atomic { value: Value::QName(name), .. }), Some(arity)) = (args.atomic(0), args.integer(1))
    else {
        return nothing();
    };
    let Ok(arity) = usize::try_from(arity) else { return nothing() };
    let Some(prefix) = parse::prefix_of(&name.namespace) else { return nothing() };
    if prefix == "xs" {
        let kind = Type::named(&name.local).filter(|_| arity == 1);
        let kind = kind.filter(|kind| !matches!(kind, Type::AnyAtomic | Type::Notation));
        return Ok(kind.map(|kind| Function::Constructor(kind).into()).into_iter().collect());
    }
    let found = parse::lookup(prefix, &name.local, arity, call.eval.version);
    Ok(found.map(|one| Function::Named(one, arity, call.focus.cloned()).into()).into_iter().collect())
}

fn function_name(_: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    Ok(args.items(0).first().and_then(name).map(Item::from).into_iter().collect())
}

/// The name of a function; none of those that are made in an expression.
fn name(mut function: &Item) -> Option<QName> {
    let (prefix, local) = loop {
        let Item::Function(own) = function else { return None };
        match &**own {
            Function::Named(builtin, ..) => break (builtin.prefix, builtin.local),
            Function::Constructor(kind) => break ("xs", kind.name()),
            Function::Coerced(other, _) => function = other,
            Function::Inline(..) | Function::Partial(..) => return None,
        }
    };
    let namespace = parse::namespace_of(prefix).unwrap_or_default();
    Some(QName { prefix: prefix.into(), namespace: namespace.into(), local: local.into() })
}

fn function_arity(_: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    Ok(one(Atomic::from(args.items(0).first().map_or(0, arity))))
}
