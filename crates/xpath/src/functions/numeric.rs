//! Functions on numbers (Functions and Operators 3.1 §4.4, §4.5).

use crate::atomic::{Atomic, Value};
use crate::error::{Error, Result};
use crate::eval::Eval;
use crate::function::Call;
use crate::functions::{Args, Entry, nothing};
use crate::item::{Item, Sequence, atomized, one};
use crate::number::{Digits, Ties};
use crate::version::Version;
use crate::{cast, number};

pub(super) const TABLE: &[Entry] = &[
    (Version::V10, "fn:number() as xs:double", number_of_context),
    (Version::V10, "fn:number(xs:anyAtomicType?) as xs:double", number_of),
    (Version::V10, "fn:floor(xs:numeric?) as xs:numeric?", |call, args| each(call, args, floor)),
    (Version::V10, "fn:ceiling(xs:numeric?) as xs:numeric?", |call, args| each(call, args, ceiling)),
    (Version::V10, "fn:round(xs:numeric?) as xs:numeric?", |call, args| rounded(call, args, Ties::Up)),
    (Version::V30, "fn:round(xs:numeric?, xs:integer) as xs:numeric?", |call, args| {
        rounded(call, args, Ties::Up)
    }),
    (Version::V20, "fn:round-half-to-even(xs:numeric?) as xs:numeric?", |call, args| {
        rounded(call, args, Ties::Even)
    }),
    (Version::V20, "fn:round-half-to-even(xs:numeric?, xs:integer) as xs:numeric?", |call, args| {
        rounded(call, args, Ties::Even)
    }),
    (Version::V20, "fn:abs(xs:numeric?) as xs:numeric?", |call, args| each(call, args, abs)),
];

/// Past so many digits either way no number has any.
const MOST_PLACES: i64 = 5_000;

fn number_of_context(call: &Call<'_>, _: &mut Args) -> Result<Sequence> {
    match atomized(std::slice::from_ref(call.item()?), call.eval)?.as_slice() {
        [] => Ok(one(Atomic::from(f64::NAN))),
        [atomic] => Ok(one(Atomic::from(as_number(atomic, call.eval)?))),
        _ => Err(Error::types("the context item has several values")),
    }
}

fn number_of(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let number = args.atomic(0).map_or(Ok(f64::NAN), |atomic| as_number(atomic, call.eval))?;
    Ok(one(Atomic::from(number)))
}

/// A value as a double; not a number where it is none (`fn:number`).
pub(super) fn as_number(atomic: &Atomic, eval: &Eval<'_>) -> Result<f64> {
    if let Value::Double(number) = atomic.value {
        return Ok(number);
    }
    cast::to_number(atomic, eval)
}

/// What a function makes of the first argument; by the rules of `XPath` 1.0 of a double.
fn each(call: &Call<'_>, args: &Args, of: fn(&Value) -> Option<Atomic>) -> Result<Sequence> {
    if call.eval.compatible() {
        let number = args.atomic(0).map_or(Ok(f64::NAN), |atomic| as_number(atomic, call.eval))?;
        return Ok(of(&Value::Double(number)).map(Item::from).into_iter().collect());
    }
    let Some(atomic) = args.atomic(0) else {
        return nothing();
    };
    of(&atomic.value).map(one).ok_or_else(number::overflow)
}

fn abs(value: &Value) -> Option<Atomic> {
    Some(match value {
        Value::Integer(number) => number.checked_abs()?.into(),
        Value::Decimal(number) => number.abs().into(),
        Value::Float(number) => number.abs().into(),
        Value::Double(number) => number.abs().into(),
        _ => return None,
    })
}

fn floor(value: &Value) -> Option<Atomic> {
    Some(match value {
        Value::Integer(number) => (*number).into(),
        Value::Decimal(number) => (number.floor()).into(),
        Value::Float(number) => number.floor().into(),
        Value::Double(number) => number.floor().into(),
        _ => return None,
    })
}

fn ceiling(value: &Value) -> Option<Atomic> {
    Some(match value {
        Value::Integer(number) => (*number).into(),
        Value::Decimal(number) => (number.ceil()).into(),
        Value::Float(number) => number.ceil().into(),
        Value::Double(number) => number.ceil().into(),
        _ => return None,
    })
}

/// `fn:round` and `fn:round-half-to-even`.
fn rounded(call: &Call<'_>, args: &Args, ties: Ties) -> Result<Sequence> {
    let places = args.integer(1).unwrap_or(0);
    let bound = i128::from(MOST_PLACES);
    let places = i64::try_from(places.clamp(-bound, bound)).unwrap_or(0);
    if call.eval.compatible() {
        let number = args.atomic(0).map_or(Ok(f64::NAN), |atomic| as_number(atomic, call.eval))?;
        return Ok(one(Atomic::from(round_double(number, places, ties))));
    }
    let Some(atomic) = args.atomic(0) else {
        return nothing();
    };
    if let Value::Double(number) = atomic.value {
        // Each digit of a number near to zero costs more than one of a text.
        call.eval.charge(if places == 0 { 0 } else { fraction_digits(number) / 3 })?;
    }
    round(&atomic.value, places, ties).map(one).ok_or_else(number::overflow)
}

fn round(value: &Value, places: i64, ties: Ties) -> Option<Atomic> {
    let round_text = |text: &str| {
        let mut digits = Digits::read(text);
        digits.round(places, ties);
        digits.text()
    };
    Some(match value {
        Value::Integer(number) if places >= 0 => (*number).into(),
        Value::Integer(number) => number::integer(&round_text(&number.to_string()))?.into(),
        Value::Decimal(number) => number::decimal(&round_text(&number.to_string()))?.into(),
        Value::Float(number) if *number == 0.0 || !number.is_finite() => (*number).into(),
        Value::Float(number) => number::float(&round_text(&exact(f64::from(*number))))?.into(),
        Value::Double(number) => round_double(*number, places, ties).into(),
        _ => return None,
    })
}

fn round_double(number: f64, places: i64, ties: Ties) -> f64 {
    if number == 0.0 || !number.is_finite() {
        return number;
    }
    match (places, ties) {
        (0, Ties::Up) => number::rounded(number),
        (0, Ties::Even) => number.round_ties_even(),
        _ => {
            let mut digits = Digits::read(&exact(number));
            digits.round(places, ties);
            number::double(&digits.text()).unwrap_or(number)
        }
    }
}

/// All digits of a double.
fn exact(number: f64) -> String {
    let places = fraction_digits(number);
    format!("{number:.places$}")
}

/// So many digits after the point a double may have: it is a whole number of 2^-n, which has n.
fn fraction_digits(number: f64) -> usize {
    let exponent = (number.to_bits() >> 52) & 0x7ff;
    usize::try_from(1075u64.saturating_sub(exponent)).unwrap_or(0).min(1074)
}
