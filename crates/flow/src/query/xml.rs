//! `XPath` over XML that is kept as text.

use std::time::Duration;

use serde_json::{Map, Number, Value};
use xpath::{Document, Found, Version};

use super::QueryError;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct XPath(xpath::XPath);

// === impl XPath ===

impl XPath {
    /// Reads an expression of a version, times ten (31).
    pub(super) fn new(text: &str, version: u8) -> Result<Self, QueryError> {
        let version = match version {
            10 => Version::V10,
            20 => Version::V20,
            30 => Version::V30,
            _ => Version::V31,
        };
        xpath::XPath::parse(text, version).map(Self).map_err(QueryError::text)
    }

    /// By the effective boolean value (`XPath` 3.1 §2.4.3, 1.0 §4.3).
    pub(super) fn passes(&self, xml: &str, now: Duration) -> Result<bool, QueryError> {
        self.0.passes(&parse(xml, now)?).map_err(QueryError::text)
    }

    /// What it finds.
    pub(super) fn select(&self, xml: &str, now: Duration) -> Result<Vec<Value>, QueryError> {
        let found = self.0.select(&parse(xml, now)?).map_err(QueryError::text)?;
        Ok(found.into_iter().map(json).collect())
    }

    /// Puts text into the elements, attributes and texts that are found. Fails if there are none.
    pub(crate) fn replace(&self, xml: &str, text: &str, now: Duration) -> Result<String, QueryError> {
        let replaced = self.0.replace(&parse(xml, now)?, text).map_err(QueryError::text)?;
        replaced.ok_or(QueryError::None)
    }
}

fn parse(xml: &str, now: Duration) -> Result<Document, QueryError> {
    Document::parse(xml, now).map_err(QueryError::text)
}

/// An item as JSON; of a map's and an array's members one item stands by itself, and none is `null`. Numbers that JSON does not
/// have are text.
fn json(found: Found) -> Value {
    match found {
        Found::Boolean(value) => value.into(),
        Found::Integer(number) => match i64::try_from(number) {
            Ok(number) => number.into(),
            Err(_) => u64::try_from(number).map_or_else(|_| number.to_string().into(), Value::from),
        },
        Found::Number(number) => {
            Number::from_f64(number).map_or_else(|| unwritten(number).into(), Value::Number)
        }
        Found::Text(text) => (*text).into(),
        Found::List(members) => members.into_iter().map(member).collect(),
        Found::Members(entries) => {
            let entries = entries.into_iter().map(|(key, value)| (key.to_string(), member(value)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
    }
}

fn member(mut items: Vec<Found>) -> Value {
    match items.len() {
        1 => items.pop().map_or(Value::Null, json),
        0 => Value::Null,
        _ => items.into_iter().map(json).collect(),
    }
}

fn unwritten(number: f64) -> &'static str {
    if number.is_nan() {
        "NaN"
    } else if number > 0.0 {
        "INF"
    } else {
        "-INF"
    }
}
