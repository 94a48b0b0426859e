//! Keys: what two atomic values have in common when they are the same key (Functions and Operators 3.1, `op:same-key`).

use std::sync::Arc;

use crate::atomic::{Atomic, Duration, Value};
use crate::moment;
use crate::types::Type;

/// A value as a key: equal for all values that are the same key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Text(Arc<str>),
    Boolean(bool),
    NotANumber,
    /// Above all numbers, or below them.
    Infinite(bool),
    Number(Exact),
    Duration(Duration),
    /// Of a type, with a zone or without one, at an instant.
    Moment(Type, bool, i128),
    Binary(Type, Arc<[u8]>),
    /// A namespace and a local name.
    QName(Type, Arc<str>, Box<str>),
}

/// A number without any loss: an integer that neither 2 nor 5 divides, times powers of both. Every decimal, float and double
/// has just one such form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Exact {
    digits: i128,
    twos: i32,
    fives: i32,
}

// === impl Key ===

impl Key {
    pub(super) fn of(value: &Atomic) -> Self {
        match &value.value {
            Value::Text(text) => Self::Text(Arc::clone(text)),
            Value::Boolean(value) => Self::Boolean(*value),
            Value::Integer(number) => Self::Number(Exact::new(*number, 0, 0)),
            Value::Decimal(number) => {
                let places = -i32::try_from(number.scale()).unwrap_or_default();
                Self::Number(Exact::new(number.mantissa(), places, places))
            }
            Value::Float(number) => Self::double(f64::from(*number)),
            Value::Double(number) => Self::double(*number),
            Value::Duration(duration) => Self::Duration(*duration),
            Value::Moment(moment) => {
                let kind = if value.kind == Type::DateTimeStamp { Type::DateTime } else { value.kind };
                Self::Moment(kind, moment.zone.is_some(), moment::instant(moment, 0))
            }
            Value::Binary(bytes) => Self::Binary(value.kind, Arc::clone(bytes)),
            Value::QName(name) => Self::QName(value.kind, name.namespace.clone(), name.local.clone()),
        }
    }

    fn double(number: f64) -> Self {
        if number.is_nan() {
            return Self::NotANumber;
        }
        if number.is_infinite() {
            return Self::Infinite(number > 0.0);
        }
        let bits = number.to_bits();
        let exponent = i32::try_from((bits >> 52) & 0x7ff).unwrap_or_default();
        let fraction = i128::from(bits & ((1 << 52) - 1));
        let digits = if exponent == 0 { fraction } else { fraction | (1 << 52) };
        let digits = if number.is_sign_negative() { -digits } else { digits };
        Self::Number(Exact::new(digits, exponent.max(1) - 1075, 0))
    }
}

// === impl Exact ===

impl Exact {
    fn new(mut digits: i128, mut twos: i32, mut fives: i32) -> Self {
        if digits == 0 {
            return Self { digits, twos: 0, fives: 0 };
        }
        while digits % 2 == 0 {
            digits /= 2;
            twos += 1;
        }
        while digits % 5 == 0 {
            digits /= 5;
            fives += 1;
        }
        Self { digits, twos, fives }
    }
}
