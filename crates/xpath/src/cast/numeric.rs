//! Numbers as others (Functions and Operators 3.1 §19.1.2, §19.1.3).

use rust_decimal::Decimal;

use crate::atomic::Value;
use crate::error::{Error, Result};
use crate::number;
use crate::types::Type;

/// So many digits every decimal can have.
const DIGITS: usize = 28;

/// A number or a truth value as one of another type: a boolean, an integer, a decimal, a float or a double. `None` for
/// other types and values.
pub(super) fn convert(value: &Value, to: Type) -> Result<Option<Value>> {
    let number = match value {
        Value::Boolean(truth) => &Value::Integer(i128::from(*truth)),
        Value::Integer(_) | Value::Decimal(_) | Value::Float(_) | Value::Double(_) => value,
        _ => return Ok(None),
    };
    Ok(match to {
        Type::Boolean => Some(Value::Boolean(is_true(number))),
        Type::Integer => Some(Value::Integer(whole(number)?)),
        Type::Decimal => Some(Value::Decimal(decimal(number)?)),
        Type::Float => float(number).map(Value::Float),
        Type::Double => double(number).map(Value::Double),
        _ => None,
    })
}

fn is_true(number: &Value) -> bool {
    match number {
        Value::Integer(number) => *number != 0,
        Value::Decimal(number) => !number.is_zero(),
        Value::Float(number) => *number != 0.0 && !number.is_nan(),
        Value::Double(number) => *number != 0.0 && !number.is_nan(),
        _ => false,
    }
}

/// A number without its fraction.
fn whole(number: &Value) -> Result<i128> {
    let double = match number {
        Value::Integer(number) => return Ok(*number),
        Value::Decimal(number) => return Ok(number::decimal_integer(number)),
        Value::Float(number) => f64::from(*number),
        Value::Double(number) => *number,
        _ => f64::NAN,
    };
    finite(double, Type::Integer)?;
    number::double_integer(double).ok_or_else(|| {
        Error::new(
            "FOCA0003",
            format_args!("{} is too large for {}", number::double_text(double), Type::Integer),
        )
    })
}

/// A number as the nearest decimal.
fn decimal(number: &Value) -> Result<Decimal> {
    let double = match number {
        Value::Integer(number) => {
            return number::integer_decimal(*number).ok_or_else(|| too_large(number));
        }
        Value::Decimal(number) => return Ok(*number),
        Value::Float(number) => f64::from(*number),
        Value::Double(number) => *number,
        _ => f64::NAN,
    };
    finite(double, Type::Decimal)?;
    let whole = if double.abs() < 1.0 { 0 } else { format!("{:.0}", double.abs().trunc()).len() };
    let text = format!("{double:.*}", DIGITS.saturating_sub(whole));
    number::decimal(&text).ok_or_else(|| too_large(&number::double_text(double)))
}

fn too_large(number: &dyn std::fmt::Display) -> Error {
    Error::new("FOCA0001", format_args!("{number} is too large for {}", Type::Decimal))
}

fn finite(double: f64, to: Type) -> Result<()> {
    if double.is_finite() {
        return Ok(());
    }
    Err(Error::new("FOCA0002", format_args!("{} is no {to}", number::double_text(double))))
}

/// A number as the nearest double.
pub(crate) fn double(number: &Value) -> Option<f64> {
    match number {
        Value::Integer(number) => Some(number::integer_double(*number)),
        Value::Decimal(number) => Some(number::decimal_double(number)),
        Value::Float(number) => Some(f64::from(*number)),
        Value::Double(number) => Some(*number),
        _ => None,
    }
}

/// A number as the nearest float.
pub(crate) fn float(number: &Value) -> Option<f32> {
    #[expect(clippy::cast_possible_truncation, reason = "what is too large becomes infinite")]
    match number {
        Value::Integer(number) => Some(number::integer_float(*number)),
        Value::Decimal(number) => Some(number::decimal_float(number)),
        Value::Float(number) => Some(*number),
        Value::Double(number) => Some(*number as f32),
        _ => None,
    }
}
