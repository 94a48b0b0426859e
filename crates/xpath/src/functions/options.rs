//! Options in a map (Functions and Operators 3.1 §1.5, "option parameter conventions"): those that a function does not know
//! are left alone, the values of the others are converted as arguments are.

use std::sync::Arc;

use crate::atomic::{Atomic, Value};
use crate::convert;
use crate::error::{Error, Result};
use crate::eval::Eval;
use crate::item::{Item, Sequence};
use crate::map::Map;
use crate::sequence_type::{ItemType, Occurs, SequenceType, Signature};
use crate::types::Type;

/// The value of an option as a type; `None` where it is not given.
pub(super) fn option(
    map: &Map,
    name: &str,
    to: ItemType,
    occurs: Occurs,
    eval: &Eval<'_>,
) -> Result<Option<Sequence>> {
    let Some(value) = map.get(&Atomic::from(name)) else { return Ok(None) };
    eval.charge(value.len())?;
    let what = format!("the option `{name}`");
    convert::convert(value.clone(), &SequenceType::Of(to, occurs), &what, eval).map(Some)
}

/// An option that is true or false.
pub(super) fn boolean(map: &Map, name: &str, eval: &Eval<'_>) -> Result<Option<bool>> {
    let value = option(map, name, ItemType::Atomic(Type::Boolean), Occurs::One, eval)?;
    Ok(value.and_then(|items| match items.first() {
        Some(Item::Atomic(Atomic { value: Value::Boolean(value), .. })) => Some(*value),
        _ => None,
    }))
}

/// An option that is a text.
pub(super) fn text(map: &Map, name: &str, eval: &Eval<'_>) -> Result<Option<Arc<str>>> {
    let value = option(map, name, ItemType::Atomic(Type::String), Occurs::One, eval)?;
    Ok(value.and_then(|items| match items.first() {
        Some(Item::Atomic(value)) => value.as_text().cloned(),
        _ => None,
    }))
}

/// An option that is a function of a text which gives a text.
pub(super) fn rewrite(map: &Map, name: &str, eval: &Eval<'_>) -> Result<Option<Item>> {
    let string = || SequenceType::Of(ItemType::Atomic(Type::String), Occurs::One);
    let signature = Signature { parameters: vec![string()], result: string() };
    let to = ItemType::Function(Some(Arc::new(signature)));
    Ok(option(map, name, to, Occurs::One, eval)?.and_then(|mut items| items.pop()))
}

/// An option has a value that it cannot have.
pub(super) fn wrong(name: &str, value: &str) -> Error {
    Error::new("FOJS0005", format_args!("the option `{name}` cannot be `{value}`"))
}
