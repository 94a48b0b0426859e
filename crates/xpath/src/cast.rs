//! Casts (Functions and Operators 3.1 §18, §19).

pub(crate) mod binary;
pub(crate) mod name;
pub(crate) mod numeric;
mod read;

use std::borrow::Cow;
use std::sync::Arc;

use crate::atomic::{Atomic, Duration, Moment, Value};
use crate::error::{Error, Result, shown};
use crate::eval::Eval;
use crate::number;
use crate::types::Type;

/// A value as one of another type; `FORG0001` where it cannot be one, `XPTY0004` where its type never can.
pub(crate) fn cast(value: &Atomic, to: Type, eval: &Eval<'_>) -> Result<Atomic> {
    if matches!(to, Type::AnyAtomic | Type::Notation) {
        return Err(Error::new("XPST0080", format_args!("nothing is cast to {to}")));
    }
    if value.kind == to || (to == Type::Numeric && value.kind.is(to)) {
        return Ok(value.clone());
    }
    match (&value.value, to.base()) {
        (_, Type::Error) => Err(Error::new("FORG0001", format_args!("no value is an {to}"))),
        (_, Type::Untyped) => {
            let text = string(value, eval);
            eval.charge(text.len() / 64)?;
            Ok(Atomic::untyped(text))
        }
        (_, Type::String) => text(&string(value, eval), to, eval),
        (_, Type::Numeric) => cast(value, Type::Double, eval).map_err(|error| match error.code() {
            "XPTY0004" => Error::new("FORG0001", error),
            _ => error,
        }),
        (Value::Text(text), _) if value.kind != Type::Uri => {
            // it is looked through several times
            eval.charge(text.len() / 32)?;
            restricted(read::value(text, to, eval)?, to)
        }
        (_, base) => match convert(value, base)? {
            Some(value) => restricted(value, to),
            None => Err(Error::types(format_args!("{} is never cast to {to}", value.kind))),
        },
    }
}

/// A value's number as `fn:number` takes it: not a number where it is none.
pub(crate) fn to_number(value: &Atomic, eval: &Eval<'_>) -> Result<f64> {
    match cast(value, Type::Double, eval) {
        Ok(Atomic { value: Value::Double(number), .. }) => Ok(number),
        Err(error) if error.is_limit() => Err(error),
        _ => Ok(f64::NAN),
    }
}

/// The text of a value, by the rules of `XPath` 1.0 (§4.2) where they hold.
pub(crate) fn string(value: &Atomic, eval: &Eval<'_>) -> Arc<str> {
    match value.value {
        Value::Double(number) if eval.compatible() => number::old_text(number).into(),
        _ => value.string(),
    }
}

/// A text as one of a type of texts.
fn text(text: &Arc<str>, to: Type, eval: &Eval<'_>) -> Result<Atomic> {
    eval.charge(text.len() / 64)?;
    let normal = match to {
        Type::String => Cow::Borrowed(&**text),
        Type::NormalizedString => read::replace(text),
        _ => read::collapse(text),
    };
    if !name::is_valid(&normal, to) {
        return Err(Error::new("FORG0001", format_args!("`{}` is no {to}", shown(&normal))));
    }
    let text = if normal.len() == text.len() && *normal == **text { Arc::clone(text) } else { normal.into() };
    Ok(Atomic { kind: to, value: Value::Text(text) })
}

/// A value of the type that another restricts as one of that.
fn restricted(value: Value, to: Type) -> Result<Atomic> {
    let fits = match &value {
        Value::Integer(number) => to.range().contains(number),
        Value::Moment(moment) => to != Type::DateTimeStamp || moment.zone.is_some(),
        _ => true,
    };
    let atomic = Atomic { kind: to, value };
    if fits {
        return Ok(atomic);
    }
    let text = Atomic { kind: to.base(), ..atomic }.string();
    Err(Error::new("FORG0001", format_args!("`{text}` is no {to}")))
}

/// A value that is no text as one of a type that is none; `None` where there is no such cast.
fn convert(value: &Atomic, to: Type) -> Result<Option<Value>> {
    Ok(match &value.value {
        Value::Duration(of) => duration(*of, to).map(Value::Duration),
        Value::Moment(of) => moment(*of, value.kind.base(), to).map(Value::Moment),
        Value::Binary(bytes) if matches!(to, Type::HexBinary | Type::Base64Binary) => {
            Some(Value::Binary(Arc::clone(bytes)))
        }
        other => numeric::convert(other, to)?,
    })
}

/// A duration's part of a type (§19.1.4).
fn duration(of: Duration, to: Type) -> Option<Duration> {
    match to {
        Type::Duration => Some(of),
        Type::YearMonthDuration => Some(Duration { nanos: 0, ..of }),
        Type::DayTimeDuration => Some(Duration { months: 0, ..of }),
        _ => None,
    }
}

/// A moment's part of a type (§19.1.5).
fn moment(of: Moment, from: Type, to: Type) -> Option<Moment> {
    let day = Moment { hour: 0, minute: 0, second: 0, nanos: 0, ..of };
    match (from, to) {
        _ if from == to => Some(of),
        (Type::DateTime, Type::Time) => Some(Moment { year: 1972, month: 1, day: 1, ..of }),
        (Type::DateTime, Type::Date) | (Type::Date, Type::DateTime) => Some(day),
        (Type::DateTime | Type::Date, Type::GYearMonth) => Some(Moment { day: 1, ..day }),
        (Type::DateTime | Type::Date, Type::GYear) => Some(Moment { month: 1, day: 1, ..day }),
        (Type::DateTime | Type::Date, Type::GMonthDay) => Some(Moment { year: 1972, ..day }),
        (Type::DateTime | Type::Date, Type::GMonth) => Some(Moment { year: 1972, day: 1, ..day }),
        (Type::DateTime | Type::Date, Type::GDay) => Some(Moment { year: 1972, month: 1, ..day }),
        _ => None,
    }
}
