//! Durations times numbers, and by numbers and durations (Functions and Operators 3.1 §8.4).

use rust_decimal::Decimal;

use super::overflow;
use crate::ast::Operator;
use crate::atomic::{Duration, Value};
use crate::error::{Error, Result};
use crate::types::Type;

/// A number as a fraction; the lower part is above 0.
struct Fraction(i128, i128);

/// A duration of `xs:yearMonthDuration` or `xs:dayTimeDuration` times a number, or by one; `None` where the types do not fit.
/// What lies between two months (or nanoseconds) is rounded, from the middle upwards.
pub(crate) fn scaled(
    kind: Type,
    duration: Duration,
    number: &Value,
    operator: Operator,
) -> Result<Option<Duration>> {
    let number = match number {
        Value::Integer(_) | Value::Decimal(_) | Value::Double(_) => number.clone(),
        Value::Float(number) => Value::Double(f64::from(*number)),
        _ => return Ok(None),
    };
    let divides = operator == Operator::Divide;
    Ok(match kind {
        Type::YearMonthDuration => {
            let months = scale(duration.months.into(), &number, divides)?;
            Some(Duration { months: i64::try_from(months).map_err(|_| overflow())?, nanos: 0 })
        }
        Type::DayTimeDuration => {
            Some(Duration { months: 0, nanos: scale(duration.nanos, &number, divides)? })
        }
        _ => None,
    })
}

/// So many times a duration is another of the same type.
pub(crate) fn ratio(one: Duration, other: Duration) -> Result<Decimal> {
    let (one, other) = (i128::from(one.months) + one.nanos, i128::from(other.months) + other.nanos);
    if other == 0 {
        return Err(Error::new("FOAR0001", "a duration by none"));
    }
    let common = common(one.unsigned_abs(), other.unsigned_abs()).max(1);
    let lower = |number: i128| {
        let number = number.checked_div(i128::try_from(common).ok()?)?;
        Decimal::try_from_i128_with_scale(number, 0).ok()
    };
    lower(one)
        .zip(lower(other))
        .and_then(|(one, other)| one.checked_div(other))
        .map(|ratio| ratio.normalize())
        .ok_or_else(|| Error::new("FOAR0002", "the number of times does not fit"))
}

/// The greatest common divisor.
fn common(one: u128, other: u128) -> u128 {
    let (mut one, mut other) = (one, other);
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one
}

fn scale(amount: i128, number: &Value, divides: bool) -> Result<i128> {
    if let Value::Double(number) = number {
        if number.is_nan() {
            return Err(Error::new("FOCA0005", "a duration and a number that is none (NaN)"));
        }
        if number.is_infinite() {
            return if divides { Ok(0) } else { Err(overflow()) };
        }
    }
    if divides && is_zero(number) {
        return Err(overflow());
    }
    match exactly(amount, number, divides) {
        Some(scaled) => Ok(scaled),
        None => roughly(amount, number, divides),
    }
}

fn is_zero(number: &Value) -> bool {
    match number {
        Value::Integer(number) => *number == 0,
        Value::Decimal(number) => number.is_zero(),
        Value::Double(number) => *number == 0.0,
        _ => false,
    }
}

/// With whole numbers; `None` where they do not fit.
fn exactly(amount: i128, number: &Value, divides: bool) -> Option<i128> {
    let Fraction(upper, lower) = fraction(number)?;
    let (upper, lower) = if !divides {
        (amount.checked_mul(upper)?, lower)
    } else if upper < 0 {
        (amount.checked_mul(lower)?.checked_neg()?, upper.checked_neg()?)
    } else {
        (amount.checked_mul(lower)?, upper)
    };
    let twice = upper.checked_mul(2)?.checked_add(lower)?;
    Some(twice.div_euclid(lower.checked_mul(2)?))
}

/// With doubles.
#[expect(clippy::cast_precision_loss, reason = "it is rough")]
#[expect(clippy::cast_possible_truncation, reason = "the bounds are seen to")]
fn roughly(amount: i128, number: &Value, divides: bool) -> Result<i128> {
    use rust_decimal::prelude::ToPrimitive;

    let by = match number {
        Value::Integer(number) => *number as f64,
        Value::Decimal(number) => number.to_f64().ok_or_else(overflow)?,
        Value::Double(number) => *number,
        _ => return Err(overflow()),
    };
    let scaled = if divides { amount as f64 / by } else { amount as f64 * by };
    let rounded = (scaled + 0.5).floor();
    if rounded.abs() < 1.7e38 { Ok(rounded as i128) } else { Err(overflow()) }
}

/// A number as a fraction, a double by the shortest digits that stand for it; `None` where it does not fit.
fn fraction(number: &Value) -> Option<Fraction> {
    match number {
        Value::Integer(number) => Some(Fraction(*number, 1)),
        Value::Decimal(number) => Some(Fraction(number.mantissa(), power(number.scale())?)),
        Value::Double(number) => {
            let text = format!("{number:e}");
            let (digits, exponent) = text.split_once('e')?;
            let (whole, behind) = digits.split_once('.').unwrap_or((digits, ""));
            let upper: i128 = format!("{whole}{behind}").parse().ok()?;
            let exponent = exponent.parse::<i32>().ok()? - i32::try_from(behind.len()).ok()?;
            let power = power(exponent.unsigned_abs())?;
            if exponent < 0 {
                Some(Fraction(upper, power))
            } else {
                Some(Fraction(upper.checked_mul(power)?, 1))
            }
        }
        _ => None,
    }
}

fn power(exponent: u32) -> Option<i128> {
    10_i128.checked_pow(exponent)
}
