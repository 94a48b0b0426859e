//! Queries (Arazzo 1.1.0, "Expression Type Object"): JSON Pointer, `JSONPath` and `XPath`, and the patterns of criteria. Each
//! is compiled once and has bounds, so that none can take long.

mod comparison;
mod path;
mod pattern;
mod xml;

use std::time::Duration;

use expr::Pointer;
use serde_json::Value;
use serde_json_path::{JsonPath, NormalizedPath};

use crate::document::QueryKind;
use comparison::Comparison;
pub(crate) use pattern::Pattern;
pub(crate) use xml::XPath;

/// A query may have so many bytes.
pub(crate) const LENGTH: usize = 8 << 10;

/// A compiled query.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Compiled {
    Pointer(Pointer),
    Path(Box<JsonPath>),
    /// What a criterion may say instead of a path.
    Comparison(Box<Comparison>),
    XPath(XPath),
}

/// Why there is no query, or nothing that it finds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum QueryError {
    #[error("a query has at most {LENGTH} bytes")]
    Long,
    #[error("{0}")]
    Text(Box<str>),
    #[error("it points to nothing")]
    Nothing,
    #[error("it finds nothing")]
    None,
    #[error("XPath is applied to XML as text, not to {0}")]
    NotXml(&'static str),
}

// === impl Compiled ===

impl Compiled {
    /// Compiles a way to parts of a value.
    pub(crate) fn new(kind: QueryKind, text: &str) -> Result<Self, QueryError> {
        if text.len() > LENGTH {
            return Err(QueryError::Long);
        }
        match kind {
            QueryKind::Pointer => {
                let pointer = Pointer::parse(text.strip_prefix('#').unwrap_or(text));
                pointer.map(Self::Pointer).map_err(QueryError::text)
            }
            QueryKind::Path => path::parse(text).map(Box::new).map(Self::Path),
            QueryKind::OldPath => path::parse_old(text).map(Box::new).map(Self::Path),
            QueryKind::XPath(version) => XPath::new(text, version).map(Self::XPath),
        }
    }

    /// Compiles what a criterion asserts: a query, or a comparison of what a path finds (`$.state == 'done'`).
    pub(crate) fn condition(kind: QueryKind, text: &str) -> Result<Self, QueryError> {
        let error = match Self::new(kind, text) {
            Err(error) if matches!(kind, QueryKind::Path | QueryKind::OldPath) => error,
            compiled => return compiled,
        };
        Comparison::parse(kind, text).map(Box::new).map(Self::Comparison).ok_or(error)
    }

    /// Whether a criterion that says this passes. `now` is since 1970-01-01T00:00:00Z.
    pub(crate) fn passes(&self, context: &Value, now: Duration) -> Result<bool, QueryError> {
        Ok(match self {
            Self::Pointer(pointer) => pointer.find(context).is_some(),
            Self::Path(path) => !path.query(context).is_empty(),
            Self::Comparison(comparison) => comparison.passes(context),
            Self::XPath(path) => path.passes(text_of(context)?, now)?,
        })
    }

    /// The part that it selects: what a pointer points to; else the only thing that is found, or a list of all.
    pub(crate) fn select(&self, context: &Value, now: Duration) -> Result<Value, QueryError> {
        let mut found: Vec<Value> = match self {
            Self::Pointer(pointer) => return pointer.find(context).cloned().ok_or(QueryError::Nothing),
            Self::Path(path) => path.query(context).all().into_iter().cloned().collect(),
            Self::Comparison(comparison) => vec![comparison.passes(context).into()],
            Self::XPath(path) => path.select(text_of(context)?, now)?,
        };
        match found.len() {
            0 => Err(QueryError::None),
            1 => Ok(found.remove(0)),
            _ => Ok(Value::Array(found)),
        }
    }

    /// The places that are to be replaced in a value, as pointers; a pointer's own need not be there yet.
    pub(crate) fn places(&self, value: &Value) -> Vec<String> {
        match self {
            Self::Pointer(pointer) => vec![pointer.to_string()],
            Self::Path(path) => {
                path.query_located(value).locations().map(NormalizedPath::to_json_pointer).collect()
            }
            Self::Comparison(_) | Self::XPath(_) => Vec::new(),
        }
    }
}

// === impl QueryError ===

impl QueryError {
    pub(crate) fn text(error: impl std::fmt::Display) -> Self {
        Self::Text(error.to_string().into())
    }
}

fn text_of(value: &Value) -> Result<&str, QueryError> {
    match value {
        Value::String(text) => Ok(text),
        Value::Array(_) => Err(QueryError::NotXml("a list")),
        Value::Object(_) => Err(QueryError::NotXml("an object")),
        _ => Err(QueryError::NotXml("a single value")),
    }
}

#[cfg(test)]
mod tests;
