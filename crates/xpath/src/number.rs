//! Numbers: how they are written (XML Schema 1.1 part 2; Functions and Operators 3.1 §19.1.2), and one type as another.

mod digits;
mod grouping;

use std::fmt::{Display, LowerExp};

use rust_decimal::Decimal;

use crate::character::BLANKS;
use crate::error::Error;

pub(crate) use digits::{Digits, Ties};
pub(crate) use grouping::Grouping;

/// Reads a whole number: digits with a sign. Space around it does not count.
pub(crate) fn integer(text: &str) -> Option<i128> {
    text.trim_matches(BLANKS).parse().ok()
}

/// Reads a number with a point or without one, and no exponent. What is too fine for a decimal is rounded.
pub(crate) fn decimal(text: &str) -> Option<Decimal> {
    let text = text.trim_matches(BLANKS);
    if !is_decimal(text) {
        return None;
    }
    let number: Decimal = text.strip_prefix('+').unwrap_or(text).parse().ok()?;
    Some(if number.is_zero() { Decimal::ZERO } else { number.normalize() })
}

/// Reads a double: `1e3`, `INF`, `-INF`, `NaN`.
pub(crate) fn double(text: &str) -> Option<f64> {
    match text.trim_matches(BLANKS) {
        "INF" | "+INF" => Some(f64::INFINITY),
        "-INF" => Some(f64::NEG_INFINITY),
        "NaN" => Some(f64::NAN),
        text if is_double(text) => text.parse().ok(),
        _ => None,
    }
}

/// Reads a float.
pub(crate) fn float(text: &str) -> Option<f32> {
    match text.trim_matches(BLANKS) {
        "INF" | "+INF" => Some(f32::INFINITY),
        "-INF" => Some(f32::NEG_INFINITY),
        "NaN" => Some(f32::NAN),
        text if is_double(text) => text.parse().ok(),
        _ => None,
    }
}

/// Whether a text is digits with a sign and a point, or without.
fn is_decimal(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut digits = whole.bytes().chain(fraction.bytes());
    !(whole.is_empty() && fraction.is_empty()) && digits.all(|byte| byte.is_ascii_digit())
}

/// Whether a text is a decimal with an exponent or without one.
fn is_double(text: &str) -> bool {
    match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => {
            let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            is_decimal(mantissa) && !exponent.is_empty() && exponent.bytes().all(|byte| byte.is_ascii_digit())
        }
        None => is_decimal(text),
    }
}

/// A decimal as it is written.
pub(crate) fn decimal_text(number: &Decimal) -> String {
    if number.is_zero() { "0".to_owned() } else { number.normalize().to_string() }
}

/// A double as it is written: `1.0E6`, `0.5`, `INF`.
pub(crate) fn double_text(number: f64) -> String {
    written(number, number, (1e-6..1e6).contains(&number.abs()))
}

/// A float as it is written.
pub(crate) fn float_text(number: f32) -> String {
    written(number, f64::from(number), (1e-6..1e6).contains(&number.abs()))
}

/// A double as `XPath` 1.0 §4.2 writes it: never with an exponent.
pub(crate) fn old_text(number: f64) -> String {
    if number == 0.0 {
        "0".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() }
    } else {
        number.to_string()
    }
}

/// A number of which `value` is the value, with an exponent or plain.
fn written(number: impl Display + LowerExp, value: f64, plain: bool) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "INF".to_owned() } else { "-INF".to_owned() };
    }
    if plain || value == 0.0 || value.is_nan() {
        return number.to_string();
    }
    let text = format!("{number:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let point = if mantissa.contains('.') { "" } else { ".0" };
    format!("{mantissa}{point}E{exponent}")
}

/// The nearest whole number, the greater one of two (`fn:round`).
pub(crate) fn rounded(number: f64) -> f64 {
    let below = number.floor();
    let nearest = if number - below >= 0.5 { below + 1.0 } else { below };
    nearest.copysign(number)
}

/// The number does not fit.
pub(crate) fn overflow() -> Error {
    Error::new("FOAR0002", "the number is too large")
}

/// The double nearest to a whole number.
#[expect(clippy::cast_precision_loss, reason = "the nearest is what is meant")]
pub(crate) fn integer_double(number: i128) -> f64 {
    number as f64
}

/// The float nearest to a whole number.
#[expect(clippy::cast_precision_loss, reason = "the nearest is what is meant")]
pub(crate) fn integer_float(number: i128) -> f32 {
    number as f32
}

/// A whole number as a decimal; `None` where it is too large for one.
pub(crate) fn integer_decimal(number: i128) -> Option<Decimal> {
    Decimal::try_from_i128_with_scale(number, 0).ok()
}

/// The double nearest to a decimal.
pub(crate) fn decimal_double(number: &Decimal) -> f64 {
    decimal_text(number).parse().unwrap_or(f64::NAN)
}

/// The float nearest to a decimal.
pub(crate) fn decimal_float(number: &Decimal) -> f32 {
    decimal_text(number).parse().unwrap_or(f32::NAN)
}

/// A decimal without its fraction.
pub(crate) fn decimal_integer(number: &Decimal) -> i128 {
    number.trunc().normalize().mantissa()
}

/// A double without its fraction; `None` where it is none or too large.
#[expect(clippy::cast_possible_truncation, reason = "it is within bounds, and the fraction shall go")]
pub(crate) fn double_integer(number: f64) -> Option<i128> {
    let bound = -integer_double(i128::MIN);
    (number >= -bound && number < bound).then_some(number as i128)
}

#[cfg(test)]
mod tests;
