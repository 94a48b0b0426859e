//! Values as text (Functions and Operators 3.1 §19.1.1, casts to `xs:string`).

use std::sync::Arc;

use super::{Atomic, QName, Value};
use crate::cast::binary;
use crate::types::Type;
use crate::{duration, moment, number};

impl Atomic {
    /// Its string value.
    pub(crate) fn string(&self) -> Arc<str> {
        match &self.value {
            Value::Text(text) => Arc::clone(text),
            Value::Boolean(true) => "true".into(),
            Value::Boolean(false) => "false".into(),
            Value::Integer(number) => number.to_string().into(),
            Value::Decimal(number) => number::decimal_text(number).into(),
            Value::Float(number) => number::float_text(*number).into(),
            Value::Double(number) => number::double_text(*number).into(),
            Value::Duration(duration) => duration::text(self.kind, duration).into(),
            Value::Moment(moment) => moment::text(self.kind.base(), moment).into(),
            Value::Binary(bytes) if self.kind == Type::HexBinary => binary::hex(bytes).into(),
            Value::Binary(bytes) => binary::base64(bytes).into(),
            Value::QName(name) => name.to_string().into(),
        }
    }
}

/// As it is written: with its prefix, where it has one.
impl std::fmt::Display for QName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.prefix.is_empty() {
            write!(f, "{}:", self.prefix)?;
        }
        f.write_str(&self.local)
    }
}
