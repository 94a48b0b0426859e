//! Arithmetic where a side is a moment or a duration (Functions and Operators 3.1 §8.4, §9.7).

use super::{DAY, Moment, calendar, implicit, instant, overflow};
use crate::ast::Operator;
use crate::atomic::{Atomic, Duration, Value};
use crate::duration;
use crate::error::{Error, Result};
use crate::eval::Eval;
use crate::types::Type;

/// Arithmetic where a side is a moment or a duration (Functions and Operators 3.1 §8.4, §9.7); `XPTY0004` where the types do
/// not fit.
pub(crate) fn calculate(
    operator: Operator,
    left: &Atomic,
    right: &Atomic,
    eval: &Eval<'_>,
) -> Result<Atomic> {
    use Operator::{Add, Divide, Multiply, Subtract};

    match (&left.value, operator, &right.value) {
        (Value::Moment(one), Subtract, Value::Moment(other)) => {
            let kind = base(left.kind);
            if kind == base(right.kind) && matches!(kind, Type::DateTime | Type::Date | Type::Time) {
                return difference(one, other, implicit(eval));
            }
        }
        (Value::Moment(moment), Add, Value::Duration(duration))
        | (Value::Duration(duration), Add, Value::Moment(moment)) => {
            let (at, by) = if matches!(left.value, Value::Moment(_)) { (left, right) } else { (right, left) };
            if let Some(shift) = shifting(at.kind, by.kind) {
                let moment = shift(*moment, *duration)?;
                return Ok(Atomic::moment(base(at.kind), moment));
            }
        }
        (Value::Moment(moment), Subtract, Value::Duration(duration)) => {
            if let Some(shift) = shifting(left.kind, right.kind) {
                let moment = shift(*moment, duration::negated(*duration)?)?;
                return Ok(Atomic::moment(base(left.kind), moment));
            }
        }
        (Value::Duration(one), Add | Subtract | Divide, Value::Duration(other)) => {
            let (kind, other_kind) = (left.kind, right.kind);
            if kind == other_kind && kind != Type::Duration {
                return durations(operator, kind, *one, *other);
            }
        }
        (Value::Duration(one), Multiply | Divide, number) => {
            if let Some(product) = duration::scaled(left.kind, *one, number, operator)? {
                return Ok(Atomic::duration(left.kind, product));
            }
        }
        (number, Multiply, Value::Duration(other)) => {
            if let Some(product) = duration::scaled(right.kind, *other, number, operator)? {
                return Ok(Atomic::duration(right.kind, product));
            }
        }
        _ => {}
    }
    let text = format!("xs:{} and xs:{} cannot be reckoned with so", left.kind.name(), right.kind.name());
    Err(Error::types(text))
}

/// `xs:dateTime` for what is derived from it.
fn base(kind: Type) -> Type {
    if kind == Type::DateTimeStamp { Type::DateTime } else { kind }
}

/// The time from a moment to another.
fn difference(one: &Moment, other: &Moment, implicit: i16) -> Result<Atomic> {
    let nanos =
        instant(one, implicit).checked_sub(instant(other, implicit)).ok_or_else(duration::overflow)?;
    Ok(Atomic::duration(Type::DayTimeDuration, Duration { months: 0, nanos }))
}

fn durations(operator: Operator, kind: Type, one: Duration, other: Duration) -> Result<Atomic> {
    let sum = match operator {
        Operator::Divide => return duration::ratio(one, other).map(Atomic::from),
        Operator::Add => duration::sum(one, other)?,
        _ => duration::sum(one, duration::negated(other)?)?,
    };
    Ok(Atomic::duration(kind, sum))
}

/// How a duration of a type is added to a moment of a type, if it can be.
fn shifting(moment: Type, duration: Type) -> Option<fn(Moment, Duration) -> Result<Moment>> {
    match (base(moment), duration) {
        (Type::DateTime | Type::Date, Type::YearMonthDuration) => Some(add_months),
        (Type::DateTime, Type::DayTimeDuration) => Some(add_time),
        (Type::Date, Type::DayTimeDuration) => Some(|moment, by| add_time(moment, by).map(Moment::date)),
        (Type::Time, Type::DayTimeDuration) => Some(turn),
        _ => None,
    }
}

/// The same day some months later, or the last day of a shorter month.
fn add_months(moment: Moment, by: Duration) -> Result<Moment> {
    let months = i128::from(moment.year) * 12 + i128::from(moment.month) - 1 + i128::from(by.months);
    let year = months.div_euclid(12);
    let month = super::part(months.rem_euclid(12) + 1);
    let day = moment.day.min(calendar::length(year, month));
    let year = i64::try_from(year).map_err(|_| overflow())?;
    Ok(Moment { year, month, day, ..moment })
}

fn add_time(moment: Moment, by: Duration) -> Result<Moment> {
    let local = moment.local().checked_add(by.nanos).ok_or_else(overflow)?;
    Moment::at(local, moment.zone).ok_or_else(overflow)
}

/// A time of day some time later, of whichever day.
fn turn(moment: Moment, by: Duration) -> Result<Moment> {
    let within = (moment.since_midnight() + by.nanos.rem_euclid(DAY)).rem_euclid(DAY);
    let turned = Moment::at(within, moment.zone).ok_or_else(overflow)?;
    Ok(turned.time())
}
