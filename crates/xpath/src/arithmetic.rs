//! Arithmetic (`XPath` 3.1 §3.5; Functions and Operators 3.1 §4.2, §8.4, §9.7).

use rust_decimal::Decimal;

use crate::ast::Operator;
use crate::atomic::{Atomic, Value};
use crate::cast::numeric;
use crate::error::{Error, Result};
use crate::eval::Eval;
use crate::types::Type;
use crate::{moment, number};

/// Two numbers of one type.
enum Pair {
    Integers(i128, i128),
    Decimals(Decimal, Decimal),
    Floats(f32, f32),
    Doubles(f64, f64),
}

/// What an operator makes of two values that are typed (untyped ones are doubles by now).
pub(crate) fn binary(operator: Operator, left: &Atomic, right: &Atomic, eval: &Eval<'_>) -> Result<Atomic> {
    if is_temporal(left) || is_temporal(right) {
        return moment::calculate(operator, left, right, eval);
    }
    match pair(left, right)? {
        Some(Pair::Integers(left, right)) => integers(operator, left, right),
        Some(Pair::Decimals(left, right)) => decimals(operator, left, right),
        Some(Pair::Floats(left, right)) => floats(operator, left, right),
        Some(Pair::Doubles(left, right)) => doubles(operator, left, right),
        None => {
            let (left, right) = (left.kind.name(), right.kind.name());
            Err(Error::types(format_args!("there is no arithmetic of xs:{left} and xs:{right}")))
        }
    }
}

/// `-a`.
pub(crate) fn negate(value: &Atomic) -> Result<Atomic> {
    Ok(match value.value {
        Value::Integer(number) => number.checked_neg().ok_or_else(number::overflow)?.into(),
        Value::Decimal(number) if number.is_zero() => Decimal::ZERO.into(),
        Value::Decimal(number) => (-number).into(),
        Value::Float(number) => (-number).into(),
        Value::Double(number) => (-number).into(),
        _ => return Err(Error::types(format_args!("xs:{} has no negative", value.kind.name()))),
    })
}

/// A number as one of `xs:decimal`, `xs:float` or `xs:double` (`XPath` 3.1 appendix B.1, "type promotion"); a whole one may
/// stand for a decimal. Anything else as it is.
pub(crate) fn promote(value: &Atomic, to: Type) -> Result<Atomic> {
    Ok(match to {
        Type::Double => double(value)?.into(),
        Type::Float => float(value)?.into(),
        _ => value.clone(),
    })
}

/// The type that two numbers must both become; `None` where one is no number.
pub(crate) fn common(left: &Atomic, right: &Atomic) -> Option<Type> {
    let order = |atomic: &Atomic| match atomic.value {
        Value::Integer(_) => Some(Type::Integer),
        Value::Decimal(_) => Some(Type::Decimal),
        Value::Float(_) => Some(Type::Float),
        Value::Double(_) => Some(Type::Double),
        _ => None,
    };
    let (left, right) = (order(left)?, order(right)?);
    let all = [Type::Double, Type::Float, Type::Decimal, Type::Integer];
    all.into_iter().find(|kind| left == *kind || right == *kind)
}

fn is_temporal(atomic: &Atomic) -> bool {
    matches!(atomic.value, Value::Moment(_) | Value::Duration(_))
}

fn pair(left: &Atomic, right: &Atomic) -> Result<Option<Pair>> {
    Ok(Some(match (common(left, right), &left.value, &right.value) {
        (Some(Type::Double), ..) => Pair::Doubles(double(left)?, double(right)?),
        (Some(Type::Float), ..) => Pair::Floats(float(left)?, float(right)?),
        (Some(_), Value::Integer(left), Value::Integer(right)) => Pair::Integers(*left, *right),
        (Some(_), ..) => Pair::Decimals(decimal(left)?, decimal(right)?),
        (None, ..) => return Ok(None),
    }))
}

fn double(atomic: &Atomic) -> Result<f64> {
    numeric::double(&atomic.value).ok_or_else(|| no_number(atomic))
}

fn float(atomic: &Atomic) -> Result<f32> {
    numeric::float(&atomic.value).ok_or_else(|| no_number(atomic))
}

fn decimal(atomic: &Atomic) -> Result<Decimal> {
    match &atomic.value {
        Value::Integer(number) => number::integer_decimal(*number).ok_or_else(number::overflow),
        Value::Decimal(number) => Ok(*number),
        _ => Err(no_number(atomic)),
    }
}

fn integers(operator: Operator, left: i128, right: i128) -> Result<Atomic> {
    let made = match operator {
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        Operator::Divide => {
            let (left, right) = (number::integer_decimal(left), number::integer_decimal(right));
            return decimals(
                operator,
                left.ok_or_else(number::overflow)?,
                right.ok_or_else(number::overflow)?,
            );
        }
        Operator::DivideWhole | Operator::Remainder if right == 0 => return Err(by_zero()),
        Operator::DivideWhole => left.checked_div(right),
        Operator::Remainder => Some(left.wrapping_rem(right)),
    };
    made.map(Atomic::from).ok_or_else(number::overflow)
}

fn decimals(operator: Operator, left: Decimal, right: Decimal) -> Result<Atomic> {
    if right.is_zero() && matches!(operator, Operator::Divide | Operator::DivideWhole | Operator::Remainder) {
        return Err(by_zero());
    }
    let made = match operator {
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        Operator::Divide => left.checked_div(right),
        Operator::DivideWhole => {
            // Without the remainder the quotient is whole, so it is not rounded.
            let remainder = left.checked_rem(right);
            let quotient =
                remainder.and_then(|rest| left.checked_sub(rest)).and_then(|whole| whole.checked_div(right));
            return quotient
                .map(|number| number::decimal_integer(&number.round()).into())
                .ok_or_else(number::overflow);
        }
        Operator::Remainder => left.checked_rem(right),
    };
    let made = made.ok_or_else(number::overflow)?;
    Ok(if made.is_zero() { Decimal::ZERO } else { made }.into())
}

#[expect(clippy::cast_possible_truncation, reason = "the nearest float is what is meant")]
fn floats(operator: Operator, left: f32, right: f32) -> Result<Atomic> {
    // A double holds twice the digits of a float, so rounding it gives the float that is nearest to the exact result.
    let made = real(operator, f64::from(left), f64::from(right)) as f32;
    match operator {
        Operator::DivideWhole => whole(f64::from(right), f64::from(made)),
        _ => Ok(made.into()),
    }
}

fn doubles(operator: Operator, left: f64, right: f64) -> Result<Atomic> {
    let made = real(operator, left, right);
    match operator {
        Operator::DivideWhole => whole(right, made),
        _ => Ok(made.into()),
    }
}

fn real(operator: Operator, left: f64, right: f64) -> f64 {
    match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide | Operator::DivideWhole => left / right,
        Operator::Remainder => left % right,
    }
}

/// `idiv`, by the divisor and the quotient.
fn whole(right: f64, quotient: f64) -> Result<Atomic> {
    if right == 0.0 {
        return Err(by_zero());
    }
    number::double_integer(quotient).map(Atomic::from).ok_or_else(number::overflow)
}

fn by_zero() -> Error {
    Error::new("FOAR0001", "a division by zero")
}

fn no_number(atomic: &Atomic) -> Error {
    Error::types(format_args!("xs:{} is not a number", atomic.kind.name()))
}

#[cfg(test)]
mod tests;
