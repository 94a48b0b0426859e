//! Atomic values.

mod text;

use std::sync::Arc;

use rust_decimal::Decimal;

use crate::types::Type;

/// A value of an atomic type.
#[derive(Clone, Debug)]
pub(crate) struct Atomic {
    /// Its most exact type; the variant of the value belongs to it.
    pub(crate) kind: Type,
    pub(crate) value: Value,
}

/// What a value is, apart from its type.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    /// Of `xs:untypedAtomic`, `xs:string` and what is derived from it, and `xs:anyURI`.
    Text(Arc<str>),
    Boolean(bool),
    /// Of `xs:integer` and what is derived from it.
    Integer(i128),
    Decimal(Decimal),
    Float(f32),
    Double(f64),
    Duration(Duration),
    /// Of `xs:dateTime`, `xs:date`, `xs:time` and the parts of dates (`xs:gYear` and so on).
    Moment(Moment),
    /// Of `xs:hexBinary` and `xs:base64Binary`.
    Binary(Arc<[u8]>),
    QName(Arc<QName>),
}

/// A duration: of `xs:yearMonthDuration` the nanoseconds are 0, of `xs:dayTimeDuration` the months. Both have the same sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Duration {
    pub(crate) months: i64,
    /// 1,000,000,000 a second.
    pub(crate) nanos: i128,
}

/// A moment or the parts of one; the parts that its type does not have are those of 1972-01-01T00:00:00 (XML Schema 1.1
/// part 2, D.2.1, "seven-property model").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Moment {
    /// 0 is the year 1 BCE.
    pub(crate) year: i64,
    /// 1 to 12.
    pub(crate) month: u8,
    /// 1 to 31.
    pub(crate) day: u8,
    /// 0 to 23.
    pub(crate) hour: u8,
    pub(crate) minute: u8,
    /// 0 to 59.
    pub(crate) second: u8,
    pub(crate) nanos: u32,
    /// Minutes east of UTC, at most 840 either way; `None` without a zone.
    pub(crate) zone: Option<i16>,
}

/// An expanded name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct QName {
    /// Empty for none.
    pub(crate) prefix: Box<str>,
    /// Empty for none.
    pub(crate) namespace: Arc<str>,
    pub(crate) local: Box<str>,
}

// === impl Atomic ===

impl Atomic {
    /// A value of `xs:untypedAtomic`.
    pub(crate) fn untyped(text: impl Into<Arc<str>>) -> Self {
        Self { kind: Type::Untyped, value: Value::Text(text.into()) }
    }

    /// A value of `xs:anyURI`.
    pub(crate) fn uri(text: impl Into<Arc<str>>) -> Self {
        Self { kind: Type::Uri, value: Value::Text(text.into()) }
    }

    /// A moment of a type.
    pub(crate) fn moment(kind: Type, moment: Moment) -> Self {
        Self { kind, value: Value::Moment(moment) }
    }

    /// A duration of a type.
    pub(crate) fn duration(kind: Type, duration: Duration) -> Self {
        Self { kind, value: Value::Duration(duration) }
    }

    /// The text of a value that is one: untyped, a string or a URI.
    pub(crate) fn as_text(&self) -> Option<&Arc<str>> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The steps that it takes to copy, compare or hash it, beyond the first: it may be long.
    pub(crate) fn steps(&self) -> usize {
        let bytes = match &self.value {
            Value::Text(text) => text.len(),
            Value::Binary(bytes) => bytes.len(),
            Value::QName(name) => name.prefix.len() + name.namespace.len() + name.local.len(),
            _ => 0,
        };
        bytes / 64
    }

    /// Whether it is not a number.
    pub(crate) fn is_nan(&self) -> bool {
        match self.value {
            Value::Float(number) => number.is_nan(),
            Value::Double(number) => number.is_nan(),
            _ => false,
        }
    }
}

macro_rules! from {
    ($($from:ty => $kind:ident, $value:ident;)*) => {
        $(impl From<$from> for Atomic {
            fn from(value: $from) -> Self {
                Self { kind: Type::$kind, value: Value::$value(value.into()) }
            }
        })*
    };
}

from! {
    &str => String, Text;
    String => String, Text;
    Arc<str> => String, Text;
    bool => Boolean, Boolean;
    i128 => Integer, Integer;
    i64 => Integer, Integer;
    Decimal => Decimal, Decimal;
    f32 => Float, Float;
    f64 => Double, Double;
    Arc<QName> => QName, QName;
}

impl From<usize> for Atomic {
    fn from(value: usize) -> Self {
        Self::from(i128::try_from(value).unwrap_or(i128::MAX))
    }
}
