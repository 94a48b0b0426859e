//! Comparisons of any items, which hold if they do for one pair (`XPath` 3.1 §3.7.2).

use std::cmp::Ordering;

use super::{holds, value};
use crate::ast::Comparison;
use crate::atomic::{Atomic, Value};
use crate::cast::{cast, string, to_number};
use crate::error::Result;
use crate::eval::Eval;
use crate::item::atomized;
use crate::item::{Item, truth};
use crate::types::Type;

/// Up to so many pairs are compared one by one, whatever their types.
const FEW: usize = 64;

/// A general comparison: `=`, `<` and so on of any items, which holds if it does for one pair; by the rules of `XPath` 1.0
/// (§3.7.2, "`XPath` 1.0 compatibility mode") where they hold.
pub(crate) fn general(by: Comparison, left: &[Item], right: &[Item], eval: &Eval<'_>) -> Result<bool> {
    if eval.compatible() {
        return old(by, left, right, eval);
    }
    let (left, right) = (atomized(left, eval)?, atomized(right, eval)?);
    if left.len().saturating_mul(right.len()) > FEW {
        if let Some((own, mut others)) = all(&left, text).zip(all(&right, text)) {
            charge(left.iter().chain(&right), eval)?;
            return Ok(any_pair(by, &own, &mut others));
        }
        if let Some((own, mut others)) = all(&left, integer).zip(all(&right, integer)) {
            charge(left.iter().chain(&right), eval)?;
            return Ok(any_pair(by, &own, &mut others));
        }
    }
    for one in &left {
        for other in &right {
            if pair(by, one, other, eval)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Whether a comparison holds for two values, of which an untyped one becomes what the other is.
fn pair(by: Comparison, left: &Atomic, right: &Atomic, eval: &Eval<'_>) -> Result<bool> {
    match (left.kind == Type::Untyped, right.kind == Type::Untyped) {
        (true, false) => value(by, &cast(left, counterpart(right.kind), eval)?, right, eval),
        (false, true) => value(by, left, &cast(right, counterpart(left.kind), eval)?, eval),
        _ => value(by, left, right, eval),
    }
}

/// What an untyped value becomes beside one of a type.
fn counterpart(kind: Type) -> Type {
    if kind.is(Type::Numeric) { Type::Double } else { kind.base() }
}

fn text(value: &Atomic) -> Option<&str> {
    value.as_text().map(|text| &**text)
}

fn integer(value: &Atomic) -> Option<i128> {
    match value.value {
        Value::Integer(number) => Some(number),
        _ => None,
    }
}

/// What all values are, if they are the same.
fn all<'a, T>(values: &'a [Atomic], is: impl Fn(&'a Atomic) -> Option<T>) -> Option<Vec<T>> {
    values.iter().map(is).collect()
}

/// Takes steps for values that are sorted.
fn charge<'a>(values: impl Iterator<Item = &'a Atomic>, eval: &Eval<'_>) -> Result<()> {
    for value in values {
        eval.charge(1 + text(value).map_or(0, str::len) / 64)?;
    }
    Ok(())
}

/// Whether a comparison holds for a pair: without looking at all of them.
fn any_pair<T: Ord>(by: Comparison, left: &[T], right: &mut [T]) -> bool {
    let (Some(least), Some(greatest)) = (left.iter().min(), left.iter().max()) else { return false };
    match by {
        Comparison::Equal => {
            right.sort_unstable();
            left.iter().any(|one| right.binary_search(one).is_ok())
        }
        Comparison::NotEqual => right.iter().any(|other| other != least || other != greatest),
        Comparison::Less | Comparison::LessOrEqual => {
            right.iter().max().is_some_and(|most| holds(by, least.cmp(most)))
        }
        Comparison::Greater | Comparison::GreaterOrEqual => {
            right.iter().min().is_some_and(|fewest| holds(by, greatest.cmp(fewest)))
        }
    }
}

/// By the rules of `XPath` 1.0 (§3.4): as truth values beside one, as numbers beside one or for an order, or as texts.
fn old(by: Comparison, left: &[Item], right: &[Item], eval: &Eval<'_>) -> Result<bool> {
    let ordered = !matches!(by, Comparison::Equal | Comparison::NotEqual);
    if (is_truth(left) || is_truth(right)) && (!ordered || are_nodes(left) || are_nodes(right)) {
        return Ok(holds(by, truth(left)?.cmp(&truth(right)?)));
    }
    let (left, right) = (atomized(left, eval)?, atomized(right, eval)?);
    let is_number = |value: &Atomic| value.kind.is(Type::Numeric);
    if ordered || left.iter().chain(&right).any(is_number) {
        let numbers = |values: &[Atomic]| -> Result<Vec<f64>> {
            values.iter().map(|value| to_number(value, eval)).collect()
        };
        let (left, right) = (numbers(&left)?, numbers(&right)?);
        for one in &left {
            eval.charge(right.len())?;
            let compared = |other: &f64| one.partial_cmp(other);
            // what is not a number differs from all
            let differs = by == Comparison::NotEqual;
            if right.iter().any(|other| compared(other).map_or(differs, |order: Ordering| holds(by, order))) {
                return Ok(true);
            }
        }
        return Ok(false);
    }
    charge(left.iter().chain(&right), eval)?;
    let strings = |values: &[Atomic]| values.iter().map(|value| string(value, eval)).collect::<Vec<_>>();
    Ok(any_pair(by, &strings(&left), &mut strings(&right)))
}

fn is_truth(items: &[Item]) -> bool {
    matches!(items, [Item::Atomic(Atomic { value: Value::Boolean(_), .. })])
}

fn are_nodes(items: &[Item]) -> bool {
    matches!(items, [] | [Item::Node(_), ..])
}
