//! Functions on arrays (Functions and Operators 3.1 §17.3).

mod sort;

use std::rc::Rc;

use super::{Args, Entry};
use crate::array::Array;
use crate::atomic::{Atomic, Value};
use crate::error::{Error, Result};
use crate::eval::Eval;
use crate::function::Call;
use crate::item::{self, Item, Sequence, one};
use crate::version::Version;

pub(super) const TABLE: &[Entry] = &[
    (Version::V31, "array:size(array(*)) as xs:integer", size),
    (Version::V31, "array:get(array(*), xs:integer) as item()*", get),
    (Version::V31, "array:put(array(*), xs:integer, item()*) as array(*)", put),
    (Version::V31, "array:append(array(*), item()*) as array(*)", append),
    (Version::V31, "array:subarray(array(*), xs:integer) as array(*)", subarray),
    (Version::V31, "array:subarray(array(*), xs:integer, xs:integer) as array(*)", subarray),
    (Version::V31, "array:remove(array(*), xs:integer*) as array(*)", remove),
    (Version::V31, "array:insert-before(array(*), xs:integer, item()*) as array(*)", insert_before),
    (Version::V31, "array:head(array(*)) as item()*", head),
    (Version::V31, "array:tail(array(*)) as array(*)", tail),
    (Version::V31, "array:reverse(array(*)) as array(*)", reverse),
    (Version::V31, "array:join(array(*)*) as array(*)", join),
    (Version::V31, "array:for-each(array(*), function(item()*) as item()*) as array(*)", for_each),
    (Version::V31, "array:filter(array(*), function(item()*) as xs:boolean) as array(*)", filter),
    (
        Version::V31,
        "array:fold-left(array(*), item()*, function(item()*, item()*) as item()*) as item()*",
        fold_left,
    ),
    (
        Version::V31,
        "array:fold-right(array(*), item()*, function(item()*, item()*) as item()*) as item()*",
        fold_right,
    ),
    (
        Version::V31,
        "array:for-each-pair(array(*), array(*), function(item()*, item()*) as item()*) as array(*)",
        for_each_pair,
    ),
    (Version::V31, "array:sort(array(*)) as array(*)", sort::sort),
    (Version::V31, "array:sort(array(*), xs:string?) as array(*)", sort::sort),
    (
        Version::V31,
        "array:sort(array(*), xs:string?, function(item()*) as xs:anyAtomicType*) as array(*)",
        sort::sort,
    ),
    (Version::V31, "array:flatten(item()*) as item()*", flatten),
];

fn size(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    call.eval.charge(1)?;
    Ok(one(Atomic::from(members(args, 0).len())))
}

fn get(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let members = members(args, 0);
    let at = place(args, 1, members.len())?;
    shared(members.get(at), call.eval)
}

fn put(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let at = place(args, 1, members(args, 0).len())?;
    let value = args.take(2);
    let mut members = taken(call, args)?;
    if let Some(member) = members.get_mut(at) {
        *member = value;
    }
    Ok(made(members))
}

fn append(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let value = args.take(1);
    let mut members = taken(call, args)?;
    members.push(value);
    Ok(made(members))
}

fn subarray(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let members = members(args, 0);
    let start = place(args, 1, members.len() + 1)?;
    let end = match args.integer(2) {
        None => members.len(),
        Some(length) if length < 0 => {
            return Err(Error::new("FOAY0002", format_args!("an array cannot have {length} members")));
        }
        Some(length) => usize::try_from(length)
            .ok()
            .and_then(|length| start.checked_add(length))
            .filter(|end| *end <= members.len())
            .ok_or_else(|| {
                beyond(length.saturating_add(1).saturating_add_unsigned(start as u128), members.len())
            })?,
    };
    let part = members.get(start..end).unwrap_or_default();
    call.eval.charge(weight(part))?;
    Ok(made(part.to_vec()))
}

fn remove(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let size = members(args, 0).len();
    call.eval.charge(size / 16)?;
    let mut gone = vec![false; size];
    for item in args.items(1) {
        if let Item::Atomic(Atomic { value: Value::Integer(position), .. }) = item {
            let at = index(*position, size).ok_or_else(|| beyond(*position, size))?;
            if let Some(gone) = gone.get_mut(at) {
                *gone = true;
            }
        }
    }
    let mut gone = gone.into_iter();
    let mut members = taken(call, args)?;
    members.retain(|_| !gone.next().unwrap_or(false));
    Ok(made(members))
}

fn insert_before(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let at = place(args, 1, members(args, 0).len() + 1)?;
    let value = args.take(2);
    let mut members = taken(call, args)?;
    call.eval.charge(members.len() / 16)?;
    if at <= members.len() {
        members.insert(at, value);
    }
    Ok(made(members))
}

fn head(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let first = members(args, 0).first();
    if first.is_none() {
        return Err(beyond(1, 0));
    }
    shared(first, call.eval)
}

fn tail(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let Some((_, rest)) = members(args, 0).split_first() else { return Err(beyond(1, 0)) };
    call.eval.charge(weight(rest))?;
    Ok(made(rest.to_vec()))
}

fn reverse(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let mut members = taken(call, args)?;
    call.eval.charge(members.len() / 16)?;
    members.reverse();
    Ok(made(members))
}

fn join(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let mut joined = Vec::new();
    for item in args.items(0) {
        if let Item::Array(members) = item {
            call.eval.charge(weight(members) + 1)?;
            joined.extend_from_slice(members);
        }
    }
    Ok(made(joined))
}

fn for_each(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let Some(function) = args.items(1).first() else { return super::nothing() };
    let mut made_of = Vec::new();
    for member in members(args, 0) {
        made_of.push(called(call.eval, function, vec![shared(Some(member), call.eval)?])?);
    }
    Ok(made(made_of))
}

fn filter(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let Some(function) = args.items(1).first() else { return super::nothing() };
    let mut left = Vec::new();
    for member in members(args, 0) {
        let result = called(call.eval, function, vec![shared(Some(member), call.eval)?])?;
        if item::truth(&result)? {
            left.push(shared(Some(member), call.eval)?);
        }
    }
    Ok(made(left))
}

fn fold_left(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let mut result = args.take(1);
    let Some(function) = args.items(2).first() else { return super::nothing() };
    for member in members(args, 0) {
        result = called(call.eval, function, vec![result, shared(Some(member), call.eval)?])?;
    }
    Ok(result)
}

fn fold_right(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let mut result = args.take(1);
    let Some(function) = args.items(2).first() else { return super::nothing() };
    for member in members(args, 0).iter().rev() {
        result = called(call.eval, function, vec![shared(Some(member), call.eval)?, result])?;
    }
    Ok(result)
}

fn for_each_pair(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let Some(function) = args.items(2).first() else { return super::nothing() };
    let mut made_of = Vec::new();
    for (left, right) in members(args, 0).iter().zip(members(args, 1)) {
        let arguments = vec![shared(Some(left), call.eval)?, shared(Some(right), call.eval)?];
        made_of.push(called(call.eval, function, arguments)?);
    }
    Ok(made(made_of))
}

fn flatten(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let mut flat = Vec::new();
    let mut left: Vec<&Item> = args.items(0).iter().rev().collect();
    while let Some(item) = left.pop() {
        call.eval.charge(1)?;
        if let Item::Array(members) = item {
            let start = left.len();
            left.extend(members.iter().flatten());
            if let Some(added) = left.get_mut(start..) {
                added.reverse();
            }
        } else {
            flat.push(item.clone());
        }
    }
    Ok(flat)
}

/// The members of an argument that is an array.
fn members(args: &Args, index: usize) -> &[Sequence] {
    args.array(index).map(|members| members.as_slice()).unwrap_or_default()
}

/// The members of the first argument, to be changed; copies if others hold the array as well.
fn taken(call: &Call<'_>, args: &mut Args) -> Result<Vec<Sequence>> {
    let Some(Item::Array(members)) = args.take(0).pop() else { return Ok(Vec::new()) };
    match Rc::try_unwrap(members) {
        Ok(members) => Ok(members.into_members()),
        Err(members) => {
            call.eval.charge(weight(&members))?;
            Ok(members.to_vec())
        }
    }
}

/// A copy of a member.
fn shared(member: Option<&Sequence>, eval: &Eval<'_>) -> Result<Sequence> {
    let Some(member) = member else { return super::nothing() };
    eval.charge(member.len())?;
    Ok(member.clone())
}

/// What a function makes of arguments.
fn called(eval: &Eval<'_>, function: &Item, arguments: Vec<Sequence>) -> Result<Sequence> {
    eval.charge(1)?;
    eval.call(function, arguments)
}

/// So many steps does a copy of members take.
fn weight(members: &[Sequence]) -> usize {
    members.iter().map(|member| member.len() + 1).sum()
}

/// Where a position among so many places is.
fn index(position: i128, places: usize) -> Option<usize> {
    usize::try_from(position.checked_sub(1)?).ok().filter(|at| *at < places)
}

/// Where the position in an argument is, among so many places.
fn place(args: &Args, argument: usize, places: usize) -> Result<usize> {
    let position = args.integer(argument).unwrap_or(1);
    index(position, places).ok_or_else(|| beyond(position, members(args, 0).len()))
}

fn beyond(position: i128, size: usize) -> Error {
    Error::new("FOAY0001", format_args!("an array of {size} members has no position {position}"))
}

fn made(members: Vec<Sequence>) -> Sequence {
    one(Array::from(members))
}
