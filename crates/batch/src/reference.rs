//! References: a part of another item's answer, named as `ITEM.status`, `ITEM.headers.NAME`, `ITEM.body` or
//! `ITEM.body#/POINTER`; the item by its id or by its place in the list.

use std::borrow::Cow;

use expr::{Pointer, PointerError};
use serde_json::Value;

use crate::answer::Answer;

/// A part of another item's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The item, by its place.
    pub item: usize,
    /// The part.
    pub part: Part,
    /// As it is written.
    pub text: Box<str>,
}

/// A part of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Its status, a number.
    Status,
    /// The first field of this name.
    Header(Box<str>),
    /// Its body, or what a pointer finds in it.
    Body(Pointer),
}

/// Why a text is no reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReferenceError {
    /// It names no part.
    #[error(
        "`{0}` is no reference: one is `ITEM.body`, `ITEM.body#/POINTER`, `ITEM.status` or `ITEM.headers.NAME`"
    )]
    Form(Box<str>),
    /// Its pointer is none.
    #[error("`{0}`: {1}")]
    Pointer(Box<str>, PointerError),
}

/// Why a reference cannot stand for anything now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Lacking {
    /// The answer has no such part.
    #[error("`{0}` has no value: the answer lacks it")]
    Value(Box<str>),
    /// Its value cannot stand in text.
    #[error("`{0}` is {1}, which cannot stand in a path or a header field")]
    Text(Box<str>, &'static str),
    /// A segment of the path would not be one.
    #[error("`{0}` makes a segment of the path empty, `.` or `..`")]
    Segment(Box<str>),
    /// The request would be too long.
    #[error("`{0}` makes the request longer than one may be")]
    Size(Box<str>),
    /// A header field may not have the value.
    #[error("`{0}` has a control character, which no header field has (RFC 9110 §5.5)")]
    Field(Box<str>),
}

/// What stands before `.body` and its like, and the part.
pub(crate) fn split(text: &str) -> Result<(&str, Part), ReferenceError> {
    // An id may have dots itself, so the part begins at the first dot behind which there is one.
    for (at, _) in text.match_indices('.') {
        let (item, rest) = text.split_at(at);
        let rest = rest.strip_prefix('.').unwrap_or_default();
        if item.is_empty() {
            continue;
        }
        if rest == "status" {
            return Ok((item, Part::Status));
        }
        if let Some(name) = rest.strip_prefix("headers.").filter(|name| !name.is_empty()) {
            return Ok((item, Part::Header(name.to_ascii_lowercase().into())));
        }
        if rest == "body" {
            return Ok((item, Part::Body(Pointer::default())));
        }
        if let Some(pointer) = rest.strip_prefix("body#") {
            let pointer = Pointer::parse(pointer).map_err(|e| ReferenceError::Pointer(text.into(), e))?;
            return Ok((item, Part::Body(pointer)));
        }
    }
    Err(ReferenceError::Form(text.into()))
}

// === impl Reference ===

impl Reference {
    /// What it stands for.
    pub(crate) fn value<'a>(&self, answers: &'a [Option<Answer>]) -> Result<Cow<'a, Value>, Lacking> {
        let answer = answers.get(self.item).and_then(Option::as_ref);
        let value = answer.and_then(|answer| match &self.part {
            Part::Status => Some(Cow::Owned(answer.status.into())),
            Part::Header(name) => {
                let value = answer.fields.get_named(name)?;
                Some(Cow::Owned(Value::String(String::from_utf8_lossy(value).into_owned())))
            }
            Part::Body(pointer) => pointer.find(answer.value()?).map(Cow::Borrowed),
        });
        value.ok_or_else(|| Lacking::Value(self.text.clone()))
    }

    /// What it stands for in text.
    pub(crate) fn in_text(&self, answers: &[Option<Answer>]) -> Result<String, Lacking> {
        let wrong = |what| Err(Lacking::Text(self.text.clone(), what));
        match &*self.value(answers)? {
            Value::String(text) => Ok(text.clone()),
            number @ Value::Number(_) => Ok(number.to_string()),
            Value::Bool(value) => Ok(value.to_string()),
            Value::Null => wrong("null"),
            Value::Array(_) => wrong("a list"),
            Value::Object(_) => wrong("an object"),
        }
    }
}
