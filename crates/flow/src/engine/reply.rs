//! Answers to the calls of a run.

use std::collections::HashMap;

use serde_json::Value;

use crate::values::Answer;

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// Its header fields, names in lower case.
    pub headers: Vec<(Box<str>, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lost {
    /// It did not come in time.
    Timeout,
    /// The call could not be made, or broke off.
    Unreachable(Box<str>),
}

// === impl Reply ===

impl Reply {
    /// What expressions can ask of it. A body is read as JSON if its media type says so, or if nothing says what it is
    /// and it can be; it is text otherwise.
    pub(super) fn read(self) -> Answer {
        let mut headers = HashMap::with_capacity(self.headers.len());
        for (name, value) in self.headers {
            headers.entry(name).or_insert(value);
        }
        let body = read_body(headers.get("content-type").map(String::as_str), &self.body);
        Answer { status: self.status, headers, body }
    }
}

fn read_body(kind: Option<&str>, body: &[u8]) -> Value {
    if body.is_empty() {
        return Value::Null;
    }
    let kind = kind.map(|kind| kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    let may_be_json = kind.is_none_or(|kind| kind == "application/json" || kind.ends_with("+json"));
    let read = if may_be_json { serde_json::from_slice(body).ok() } else { None };
    read.unwrap_or_else(|| Value::String(String::from_utf8_lossy(body).into_owned()))
}
