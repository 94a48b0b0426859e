//! Comparisons (`XPath` 3.1 §3.7; Functions and Operators 3.1).

mod deep;
mod general;

use std::cmp::Ordering;

pub(crate) use deep::deep_equal;
pub(crate) use general::general;

use rust_decimal::Decimal;

use crate::ast::Comparison;
use crate::atomic::{Atomic, Value};
use crate::cast::numeric::{double, float};
use crate::collation::Collation;
use crate::error::{Error, Result};
use crate::eval::Eval;
use crate::moment;
use crate::types::Type;
use crate::version::Version;

/// Whether two values are equal (`eq`), by a collation where they are texts; `XPTY0004` where their types cannot be compared.
pub(crate) fn equal(left: &Atomic, right: &Atomic, collation: Collation, eval: &Eval<'_>) -> Result<bool> {
    match equality(left, right, collation, eval)? {
        Some(equal) => Ok(equal),
        None => Err(incomparable(left, right)),
    }
}

/// Whether two values are equal; `None` where their types cannot be compared.
fn equality(left: &Atomic, right: &Atomic, collation: Collation, eval: &Eval<'_>) -> Result<Option<bool>> {
    eval.charge(1)?;
    let (one_steps, other_steps) = (left.steps(), right.steps());
    Ok(match (&left.value, &right.value) {
        (Value::Text(left), Value::Text(right)) => {
            eval.charge(left.len().min(right.len()) / 64)?;
            Some(match collation {
                Collation::Codepoint => left == right,
                Collation::AsciiCaseless => collation.order(left, right).is_eq(),
            })
        }
        (Value::Boolean(left), Value::Boolean(right)) => Some(left == right),
        (Value::Duration(left), Value::Duration(right)) => Some(left == right),
        (Value::Moment(one), Value::Moment(other)) => (left.kind.base() == right.kind.base()).then(|| {
            moment::instant(one, moment::implicit(eval)) == moment::instant(other, moment::implicit(eval))
        }),
        (Value::Binary(one), Value::Binary(other)) => {
            eval.charge(one.len().min(other.len()) / 64)?;
            (left.kind == right.kind).then(|| one == other)
        }
        (Value::QName(left), Value::QName(right)) => {
            eval.charge(one_steps.min(other_steps))?;
            Some((&left.namespace, &left.local) == (&right.namespace, &right.local))
        }
        (left, right) => are_numbers(left, right).then(|| numbers(left, right) == Some(Ordering::Equal)),
    })
}

/// The order of two values (`lt`, `gt`); `None` where one is not a number.
pub(crate) fn order(
    left: &Atomic,
    right: &Atomic,
    collation: Collation,
    eval: &Eval<'_>,
) -> Result<Option<Ordering>> {
    eval.charge(1)?;
    let bases = (left.kind.base(), right.kind.base());
    let order = match (&left.value, &right.value) {
        (Value::Text(left), Value::Text(right)) => {
            eval.charge(left.len().min(right.len()) / 64)?;
            Some(collation.order(left, right))
        }
        (Value::Boolean(left), Value::Boolean(right)) => Some(left.cmp(right)),
        (Value::Duration(left), Value::Duration(right)) => match bases {
            (Type::YearMonthDuration, Type::YearMonthDuration) => Some(left.months.cmp(&right.months)),
            (Type::DayTimeDuration, Type::DayTimeDuration) => Some(left.nanos.cmp(&right.nanos)),
            _ => None,
        },
        (Value::Moment(left), Value::Moment(right)) => {
            let ordered = matches!(bases.0, Type::DateTime | Type::Date | Type::Time) && bases.0 == bases.1;
            ordered.then(|| {
                moment::instant(left, moment::implicit(eval))
                    .cmp(&moment::instant(right, moment::implicit(eval)))
            })
        }
        (Value::Binary(left), Value::Binary(right)) => {
            eval.charge(left.len().min(right.len()) / 64)?;
            (bases.0 == bases.1 && eval.version >= Version::V31).then(|| left.cmp(right))
        }
        (one, other) if are_numbers(one, other) => return Ok(numbers(one, other)),
        _ => None,
    };
    order.map(Some).ok_or_else(|| incomparable(left, right))
}

fn are_numbers(left: &Value, right: &Value) -> bool {
    let is_number = |value| {
        matches!(value, &(Value::Integer(_) | Value::Decimal(_) | Value::Float(_) | Value::Double(_)))
    };
    is_number(left) && is_number(right)
}

/// The order of two numbers; `None` where one is not a number.
fn numbers(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Integer(left), Value::Integer(right)) => Some(left.cmp(right)),
        (Value::Decimal(left), Value::Decimal(right)) => Some(left.cmp(right)),
        (Value::Integer(left), Value::Decimal(right)) => {
            // what is equal but for its fraction is ordered by this
            let fraction = Decimal::ZERO.cmp(&right.fract());
            Some(left.cmp(&right.trunc().mantissa()).then(fraction))
        }
        (Value::Decimal(_), Value::Integer(_)) => numbers(right, left).map(Ordering::reverse),
        (Value::Double(_), _) | (_, Value::Double(_)) => double(left)?.partial_cmp(&double(right)?),
        _ => float(left)?.partial_cmp(&float(right)?),
    }
}

fn incomparable(left: &Atomic, right: &Atomic) -> Error {
    Error::types(if left.kind == right.kind {
        format!("values of {} have no order", left.kind)
    } else {
        format!("{} and {} cannot be compared", left.kind, right.kind)
    })
}

/// A value comparison: `eq`, `lt` and so on of two values; untyped ones count as texts.
pub(crate) fn value(by: Comparison, left: &Atomic, right: &Atomic, eval: &Eval<'_>) -> Result<bool> {
    let collation = Collation::default();
    match by {
        Comparison::Equal => equal(left, right, collation, eval),
        Comparison::NotEqual => equal(left, right, collation, eval).map(|equal| !equal),
        _ => Ok(order(left, right, collation, eval)?.is_some_and(|order| holds(by, order))),
    }
}

/// Whether a comparison holds for what is in an order.
fn holds(by: Comparison, order: Ordering) -> bool {
    match by {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    }
}
