//! Answers to the calls of a run.

use serde_json::Value;

use crate::sieve::Sieve;
use crate::values::{Answer, Headers};

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
    /// A bound was reached, such as that of the answer's length.
    Bound(Box<str>),
}

// === impl Lost ===

impl Lost {
    /// An answer has more bytes than these.
    pub fn too_long(most: u64) -> Self {
        Self::Bound(format!("its answer is longer than {most} bytes").into())
    }
}

/// An answer before anything is asked of it.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) status: u16,
    pub(super) headers: Headers,
    pub(super) body: Vec<u8>,
}

// === impl Raw ===

impl Raw {
    pub(super) fn new(reply: Reply) -> Self {
        Self { status: reply.status, headers: Headers::from(reply.headers), body: reply.body }
    }

    /// What expressions can ask of it. A body is read as JSON if its media type says so, or if nothing says what it is
    /// and it can be, no further than it is asked for; it is text otherwise.
    pub(super) fn read(&self, asked: &Sieve) -> Answer {
        Answer { status: self.status, headers: self.headers.clone(), body: self.read_body(asked) }
    }

    fn read_body(&self, asked: &Sieve) -> Value {
        if self.body.is_empty() || asked.is_empty() {
            return Value::Null;
        }
        let kind = self.headers.get("content-type");
        let kind = kind.map(|kind| kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
        let may_be_json = kind.is_none_or(|kind| kind == "application/json" || kind.ends_with("+json"));
        let read = if may_be_json { asked.read(&self.body).ok() } else { None };
        let text = || String::from_utf8_lossy(&self.body).into_owned();
        read.unwrap_or_else(|| if asked.is_whole() { Value::String(text()) } else { Value::Null })
    }
}
