//! `fn:format-number` (Functions and Operators 3.1 §4.7), by the decimal format that holds without any declaration.

mod picture;

use crate::atomic::{Atomic, Value};
use crate::error::{Error, Result};
use crate::function::Call;
use crate::functions::{Args, Entry};
use crate::item::{Sequence, one};
use crate::number::{self, Digits, Ties};
use crate::version::Version;

use picture::Picture;

pub(super) const TABLE: &[Entry] = &[
    (Version::V30, "fn:format-number(xs:numeric?, xs:string) as xs:string", format_number),
    (Version::V30, "fn:format-number(xs:numeric?, xs:string, xs:string?) as xs:string", format_number),
];

fn format_number(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    if let Some(name) = args.text(2) {
        return Err(Error::new("FODF1280", format_args!("there is no decimal format `{name}`")));
    }
    let text = args.string(1);
    call.eval.charge_text(text.len())?;
    let (positive, negative) = pictures(text).ok_or_else(|| invalid(text))?;
    let value = args.atomic(0).map_or(&Value::Double(f64::NAN), |atomic| &atomic.value);
    let made = written(value, &positive, &negative);
    call.eval.charge_text(made.len())?;
    Ok(one(Atomic::from(made)))
}

/// What a picture says for numbers that are not negative, and for those that are.
fn pictures(text: &str) -> Option<(Picture, Picture)> {
    let mut parts = text.split(';');
    let positive = Picture::read(parts.next()?)?;
    let negative = match parts.next() {
        Some(negative) => Picture::read(negative)?,
        None => Picture { prefix: format!("-{}", positive.prefix), ..positive.clone() },
    };
    parts.next().is_none().then_some((positive, negative))
}

fn written(value: &Value, positive: &Picture, negative: &Picture) -> String {
    let (text, is_negative) = match value {
        Value::Integer(number) => (number.to_string(), *number < 0),
        Value::Decimal(number) => {
            (number::decimal_text(number), number.is_sign_negative() && !number.is_zero())
        }
        Value::Float(number) => (number.to_string(), number.is_sign_negative()),
        Value::Double(number) => (number.to_string(), number.is_sign_negative()),
        _ => ("NaN".to_owned(), false),
    };
    let picture = if is_negative { negative } else { positive };
    match text.as_str() {
        "NaN" => text,
        "inf" | "-inf" => format!("{}Infinity{}", picture.prefix, picture.suffix),
        _ => with_digits(Digits::read(&text), picture),
    }
}

/// A number that is none of the special ones.
fn with_digits(mut digits: Digits, picture: &Picture) -> String {
    digits.shift(picture.factor);
    let mut exponent = 0;
    if picture.least_exponent > 0 {
        exponent = digits.magnitude().map_or(0, |magnitude| magnitude.saturating_sub(picture.scaling));
        digits.shift(-exponent);
    }
    digits.round(i64::try_from(picture.most_fraction).unwrap_or(i64::MAX), Ties::Even);
    let (whole, fraction) = digits.parts();
    let missing = picture.least_whole.saturating_sub(whole.len());
    let whole: Vec<char> =
        std::iter::repeat_n(0, missing).chain(whole).map(|digit| char::from(b'0' + digit)).collect();
    let missing = picture.least_fraction.saturating_sub(fraction.len());
    let fraction = fraction.into_iter().chain(std::iter::repeat_n(0, missing));

    let mut text = picture.prefix.clone();
    text.push_str(&picture.grouping.apply(&whole));
    for (index, digit) in fraction.enumerate() {
        if index == 0 {
            text.push('.');
        } else if picture.fraction_places.binary_search(&index).is_ok() {
            text.push(',');
        }
        text.push(char::from(b'0' + digit));
    }
    if picture.least_exponent > 0 {
        text.push_str(if exponent < 0 { "e-" } else { "e" });
        let exponent = exponent.unsigned_abs().to_string();
        text.extend(std::iter::repeat_n('0', picture.least_exponent.saturating_sub(exponent.len())));
        text.push_str(&exponent);
    }
    text.push_str(&picture.suffix);
    text
}

fn invalid(picture: &str) -> Error {
    Error::new("FODF1310", format_args!("`{picture}` is not a picture of a number"))
}
