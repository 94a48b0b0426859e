//! Functions on maps (Functions and Operators 3.1 §17.1).

use std::rc::Rc;

use super::{Args, Entry, options};
use crate::array::Array;
use crate::atomic::Atomic;
use crate::error::{Error, Result};
use crate::function::Call;
use crate::item::{Item, Sequence, one};
use crate::map::Map;
use crate::version::Version;

pub(super) const TABLE: &[Entry] = &[
    (Version::V31, "map:merge(map(*)*) as map(*)", merge),
    (Version::V31, "map:merge(map(*)*, map(*)) as map(*)", merge),
    (Version::V31, "map:size(map(*)) as xs:integer", size),
    (Version::V31, "map:keys(map(*)) as xs:anyAtomicType*", keys),
    (Version::V31, "map:contains(map(*), xs:anyAtomicType) as xs:boolean", contains),
    (Version::V31, "map:get(map(*), xs:anyAtomicType) as item()*", get),
    (Version::V31, "map:find(item()*, xs:anyAtomicType) as array(*)", find),
    (Version::V31, "map:put(map(*), xs:anyAtomicType, item()*) as map(*)", put),
    (Version::V31, "map:entry(xs:anyAtomicType, item()*) as map(*)", entry),
    (Version::V31, "map:remove(map(*), xs:anyAtomicType*) as map(*)", remove),
    (
        Version::V31,
        "map:for-each(map(*), function(xs:anyAtomicType, item()*) as item()*) as item()*",
        for_each,
    ),
];

/// What becomes of a key that several maps have.
#[derive(Clone, Copy)]
enum Duplicates {
    First,
    Last,
    Combine,
    Reject,
}

fn merge(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let duplicates = match args.map(1) {
        Some(map) => duplicates(map, call)?,
        None => Duplicates::First,
    };
    let mut maps = args.take(0).into_iter();
    let mut merged = match maps.next() {
        Some(Item::Map(first)) => owned(first, call)?,
        _ => Map::default(),
    };
    for map in maps {
        let Item::Map(map) = map else { continue };
        for (key, value) in map.entries() {
            call.eval.charge(value.len() + 1 + key.steps())?;
            match duplicates {
                Duplicates::Last => merged.put(key.clone(), value.clone()),
                Duplicates::Combine => call.eval.charge(merged.append(key, value))?,
                _ if merged.get(key).is_none() => merged.put(key.clone(), value.clone()),
                Duplicates::First => {}
                Duplicates::Reject => {
                    let text = format!("several maps have the key `{}`", key.string());
                    return Err(Error::new("FOJS0003", text));
                }
            }
        }
    }
    Ok(made(merged))
}

fn duplicates(map: &Map, call: &Call<'_>) -> Result<Duplicates> {
    let Some(value) = options::text(map, "duplicates", call.eval)? else { return Ok(Duplicates::First) };
    match &*value {
        "use-first" | "use-any" => Ok(Duplicates::First),
        "use-last" => Ok(Duplicates::Last),
        "combine" => Ok(Duplicates::Combine),
        "reject" => Ok(Duplicates::Reject),
        other => Err(options::wrong("duplicates", other)),
    }
}

fn size(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    call.eval.charge(1)?;
    let size = args.map(0).map_or(0, |map| map.len());
    Ok(one(Atomic::from(size)))
}

fn keys(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let Some(map) = args.map(0) else { return super::nothing() };
    call.eval.charge(map.len())?;
    Ok(map.entries().map(|(key, _)| Item::from(key.clone())).collect())
}

fn contains(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    Ok(one(value(call, args)?.is_some()))
}

fn get(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let Some(value) = value(call, args)? else { return super::nothing() };
    call.eval.charge(value.len())?;
    Ok(value.clone())
}

/// What the map of the first argument has for the key of the second.
fn value<'a>(call: &Call<'_>, args: &'a Args) -> Result<Option<&'a Sequence>> {
    let (Some(map), Some(key)) = (args.map(0), args.atomic(1)) else { return Ok(None) };
    call.eval.charge(key.steps())?;
    Ok(map.get(key))
}

/// The values of a key in all maps, however deep they stand in arrays and maps.
fn find(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let Some(key) = args.atomic(1) else { return super::nothing() };
    let mut found: Vec<Sequence> = Vec::new();
    let mut left: Vec<&Item> = args.items(0).iter().rev().collect();
    while let Some(item) = left.pop() {
        call.eval.charge(1)?;
        let start = left.len();
        match item {
            Item::Array(members) => left.extend(members.iter().flatten()),
            Item::Map(map) => {
                call.eval.charge(key.steps())?;
                if let Some(value) = map.get(key) {
                    call.eval.charge(value.len())?;
                    found.push(value.clone());
                }
                left.extend(map.entries().flat_map(|(_, value)| value));
            }
            _ => {}
        }
        if let Some(added) = left.get_mut(start..) {
            added.reverse();
        }
    }
    Ok(one(Array::from(found)))
}

fn put(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let Some(key) = args.atomic(1).cloned() else { return super::nothing() };
    call.eval.charge(key.steps())?;
    let value = args.take(2);
    let mut map = taken(call, args)?;
    map.put(key, value);
    Ok(made(map))
}

fn entry(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let mut map = Map::default();
    if let Some(key) = args.atomic(0).cloned() {
        call.eval.charge(key.steps())?;
        map.put(key, args.take(1));
    }
    Ok(made(map))
}

fn remove(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let mut map = taken(call, args)?;
    for key in args.items(1) {
        if let Item::Atomic(key) = key {
            call.eval.charge(1 + key.steps())?;
            map.remove(key);
        }
    }
    Ok(made(map))
}

fn for_each(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let (Some(map), Some(function)) = (args.map(0), args.items(1).first()) else { return super::nothing() };
    let mut result = Vec::new();
    for (key, value) in map.entries() {
        call.eval.charge(value.len() + 1)?;
        let items = call.eval.call(function, vec![one(key.clone()), value.clone()])?;
        call.eval.charge(items.len())?;
        result.extend(items);
    }
    Ok(result)
}

/// The first argument, a map that may be changed.
fn taken(call: &Call<'_>, args: &mut Args) -> Result<Map> {
    match args.take(0).pop() {
        Some(Item::Map(map)) => owned(map, call),
        _ => Ok(Map::default()),
    }
}

/// A map that may be changed: a copy if it is held by others as well.
fn owned(map: Rc<Map>, call: &Call<'_>) -> Result<Map> {
    Rc::try_unwrap(map).or_else(|map| {
        call.eval.charge(1 + map.entries().map(|(key, _)| 1 + key.steps()).sum::<usize>())?;
        Ok((*map).clone())
    })
}

fn made(map: Map) -> Sequence {
    vec![Item::Map(Rc::new(map))]
}
