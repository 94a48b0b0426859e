//! Whether items are of a type, and how arguments become it (`XPath` 3.1 §2.5.5, §3.1.5.2 "function conversion rules").

mod kind;
mod subtype;

use std::fmt::Display;
use std::sync::Arc;

pub(crate) use kind::is_kind;
pub(crate) use subtype::signature;

use crate::atomic::{Atomic, Value};
use crate::cast::{self, cast, numeric};
use crate::error::{Error, Result};
use crate::eval::Eval;
use crate::function::Function;
use crate::item::{Item, Sequence, atomized, one};
use crate::sequence_type::{ItemType, Occurs, SequenceType, Signature};
use crate::types::Type;

/// Whether items are of a type. Fails where a prefix in it is not declared (`XPST0081`).
pub(crate) fn matches(items: &[Item], to: &SequenceType, eval: &Eval<'_>) -> Result<bool> {
    eval.charge(1)?;
    let SequenceType::Of(to, occurs) = to else { return Ok(items.is_empty()) };
    if !has_many(items.len(), *occurs) {
        return Ok(false);
    }
    if *to == ItemType::Any {
        return Ok(true);
    }
    eval.charge(items.len())?;
    for item in items {
        if !is_item(item, to, eval)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn has_many(items: usize, occurs: Occurs) -> bool {
    match occurs {
        Occurs::One => items == 1,
        Occurs::Optional => items <= 1,
        Occurs::Any => true,
        Occurs::Some => items > 0,
    }
}

/// Whether an item is of a type.
fn is_item(item: &Item, to: &ItemType, eval: &Eval<'_>) -> Result<bool> {
    match (item, to) {
        (_, ItemType::Any)
        | (Item::Function(_) | Item::Map(_) | Item::Array(_), ItemType::Function(None))
        | (Item::Map(_), ItemType::Map(None))
        | (Item::Array(_), ItemType::Array(None)) => Ok(true),
        (Item::Atomic(atomic), ItemType::Atomic(kind)) => Ok(atomic.kind.is(*kind)),
        (Item::Node(node), ItemType::Node(test)) => is_kind(node, test, eval),
        (Item::Function(function), ItemType::Function(Some(to))) => {
            eval.charge(function.parameters())?;
            Ok(function.arity() == to.parameters.len() && subtype::is_signature(&signature(item), to, eval)?)
        }
        (Item::Map(map), ItemType::Map(Some(to))) => {
            let mut entries = map.entries();
            all(&mut entries, |(key, value)| Ok(key.kind.is(to.0) && matches(value, &to.1, eval)?))
        }
        (Item::Array(members), ItemType::Array(Some(to))) => {
            all(&mut members.iter(), |member| matches(member, to, eval))
        }
        (Item::Map(map), ItemType::Function(Some(to))) => {
            let mut values = map.entries().map(|(_, value)| value);
            Ok(takes(to, Type::AnyAtomic)
                && subtype::may_be_empty(&to.result)
                && all(&mut values, |value| matches(value, &to.result, eval))?)
        }
        (Item::Array(members), ItemType::Function(Some(to))) => {
            Ok(takes(to, Type::Integer)
                && all(&mut members.iter(), |member| matches(member, &to.result, eval))?)
        }
        _ => Ok(false),
    }
}

/// Whether something holds for all.
fn all<T>(of: &mut dyn Iterator<Item = T>, holds: impl Fn(T) -> Result<bool>) -> Result<bool> {
    for one in of {
        if !holds(one)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether what a function takes is one value of a type.
fn takes(signature: &Signature, key: Type) -> bool {
    match signature.parameters.as_slice() {
        [SequenceType::Of(ItemType::Atomic(own), Occurs::One)] => own.is(key),
        _ => false,
    }
}

/// An argument, or a function's result, as its type says; `what` names it in errors. By the rules of `XPath` 1.0 where they
/// hold.
pub(crate) fn convert(
    mut items: Sequence,
    to: &SequenceType,
    what: &dyn Display,
    eval: &Eval<'_>,
) -> Result<Sequence> {
    let wrong = |items: &[Item]| {
        let given = given(items, to);
        Error::types(format_args!("{what} must be {to}, not {given}"))
    };
    let SequenceType::Of(item, occurs) = to else {
        return if items.is_empty() { Ok(items) } else { Err(wrong(&items)) };
    };
    if eval.compatible() && matches!(occurs, Occurs::One | Occurs::Optional) {
        items = old(items, item, eval)?;
    }
    match item {
        ItemType::Atomic(kind) => {
            let ready = |item: &Item| matches!(item, Item::Atomic(atomic) if atomic.kind.is(*kind));
            if !items.iter().all(ready) {
                items = atomics(&items, *kind, eval)?;
            }
        }
        ItemType::Function(Some(signature)) => {
            for item in &mut items {
                coerce(item, signature, what, eval)?;
            }
        }
        _ => {}
    }
    if matches(&items, to, eval)? { Ok(items) } else { Err(wrong(&items)) }
}

/// Items as `XPath` 1.0 takes them where one is wanted: the first of them, as a text or a number if that is wanted.
fn old(mut items: Sequence, to: &ItemType, eval: &Eval<'_>) -> Result<Sequence> {
    items.truncate(1);
    Ok(match to {
        ItemType::Atomic(Type::String) => match items.first() {
            Some(Item::Atomic(atomic)) => one(Atomic::from(cast::string(atomic, eval))),
            Some(item) => one(Atomic::from(item.string(eval)?)),
            None => one(Atomic::from("")),
        },
        ItemType::Atomic(Type::Double | Type::Numeric) => {
            let number = match atomized(&items, eval)?.first() {
                Some(value) => cast::to_number(value, eval)?,
                None => f64::NAN,
            };
            one(Atomic::from(number))
        }
        _ => items,
    })
}

/// The values of items, as a type wants them: untyped ones cast, numbers and URIs promoted. What is of another type stays.
fn atomics(items: &[Item], to: Type, eval: &Eval<'_>) -> Result<Sequence> {
    let mut converted = Vec::with_capacity(items.len());
    for atomic in atomized(items, eval)? {
        let promoted = match (&atomic.value, to) {
            _ if atomic.kind.is(to) => atomic,
            (_, Type::QName | Type::Notation) if atomic.kind == Type::Untyped => {
                return Err(Error::new("XPTY0117", format_args!("an untyped value is no {to}")));
            }
            _ if atomic.kind == Type::Untyped => cast(&atomic, to, eval)?,
            (Value::Integer(_) | Value::Decimal(_) | Value::Float(_), Type::Double) => {
                numeric::double(&atomic.value).map_or(atomic, Atomic::from)
            }
            (Value::Integer(_) | Value::Decimal(_), Type::Float) => {
                numeric::float(&atomic.value).map_or(atomic, Atomic::from)
            }
            (Value::Text(uri), Type::String) if atomic.kind == Type::Uri => Atomic::from(Arc::clone(uri)),
            _ => atomic,
        };
        converted.push(promoted.into());
    }
    Ok(converted)
}

/// A function as one of a signature (§3.1.5.3, "function coercion").
fn coerce(item: &mut Item, to: &Arc<Signature>, what: &dyn Display, eval: &Eval<'_>) -> Result<()> {
    let many = match item {
        Item::Function(function) => function.arity(),
        Item::Map(_) | Item::Array(_) => 1,
        Item::Node(_) | Item::Atomic(_) => return Ok(()),
    };
    let wanted = to.parameters.len();
    if many != wanted {
        let arguments = if wanted == 1 { "argument" } else { "arguments" };
        let text = format!("{what} must be a function of {wanted} {arguments}, not of {many}");
        return Err(Error::types(text));
    }
    if !is_item(item, &ItemType::Function(Some(Arc::clone(to))), eval)? {
        *item = Function::Coerced(item.clone(), Arc::clone(to)).into();
    }
    Ok(())
}

/// What items are, for people: of the wrong number, or the first that is of the wrong type.
pub(crate) fn given(items: &[Item], to: &SequenceType) -> String {
    let (first, fits) = match (items, to) {
        ([], _) => return "nothing".to_owned(),
        ([Item::Array(_)], SequenceType::Of(ItemType::Array(_), _)) => {
            return "an array with other members".to_owned();
        }
        ([Item::Map(_)], SequenceType::Of(ItemType::Map(_), _)) => {
            return "a map with other keys or values".to_owned();
        }
        ([only], _) => return only.described(),
        ([first, ..], SequenceType::Of(ItemType::Atomic(kind), occurs)) => {
            let wrong = |item: &&Item| !matches!(item, Item::Atomic(atomic) if atomic.kind.is(*kind));
            (items.iter().find(wrong).unwrap_or(first), has_many(items.len(), *occurs))
        }
        ([first, ..], SequenceType::Of(_, occurs)) => (first, has_many(items.len(), *occurs)),
        ([first, ..], SequenceType::Empty) => (first, false),
    };
    if fits { format!("what has {}", first.described()) } else { format!("{} items", items.len()) }
}
