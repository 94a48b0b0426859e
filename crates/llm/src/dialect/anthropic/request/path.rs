//! Where something stands in a request, as Anthropic writes it (`messages.0.content.1`), and mistakes there in
//! Anthropic's words.

use std::fmt;

use json::{Data, Text, Value};

use crate::RequestError;

/// A place in a request. It borrows from the place around it, so that a request without mistakes makes no strings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Path<'p> {
    around: Option<&'p Self>,
    step: Step<'p>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'p> {
    Name(&'p str),
    Index(usize),
}

// === impl Path ===

impl<'p> Path<'p> {
    /// A member at the top.
    pub(super) fn top(name: &'p str) -> Self {
        Self { around: None, step: Step::Name(name) }
    }

    /// A member of the object here.
    pub(super) fn name<'s>(&'s self, name: &'s str) -> Path<'s> {
        Path { around: Some(self), step: Step::Name(name) }
    }

    /// An item of the array here.
    pub(super) fn item(&self, index: usize) -> Path<'_> {
        Path { around: Some(self), step: Step::Index(index) }
    }

    pub(super) fn missing(&self) -> RequestError {
        self.error("missing_required_parameter", "Field required")
    }

    /// The value is of a wrong type.
    pub(super) fn wrong(&self, expected: &str) -> RequestError {
        self.error("invalid_type", &format!("Input should be a valid {expected}"))
    }

    pub(super) fn invalid(&self, why: &str) -> RequestError {
        self.error("invalid_value", why)
    }

    /// It may be right for Anthropic, and no other provider can take it.
    pub(super) fn unsupported(&self, why: &str) -> RequestError {
        self.error("unsupported_value", why)
    }

    fn error(&self, code: &'static str, why: &str) -> RequestError {
        RequestError::new(self.to_string(), code, format!("{self}: {why}"))
    }

    /// The string that must stand here.
    pub(super) fn text<'a>(&self, value: &Value<'a>) -> Result<Text<'a>, RequestError> {
        match &value.data {
            Data::String(text) => Ok(text.clone()),
            Data::Null => Err(self.missing()),
            _ => Err(self.wrong("string")),
        }
    }

    /// The string that may stand here.
    pub(super) fn text_or_none<'a>(&self, value: &Value<'a>) -> Result<Option<Text<'a>>, RequestError> {
        if value.is_null() { Ok(None) } else { self.text(value).map(Some) }
    }

    /// The boolean that may stand here.
    pub(super) fn flag(&self, value: &Value<'_>) -> Result<Option<bool>, RequestError> {
        match value.data {
            Data::Bool(flag) => Ok(Some(flag)),
            Data::Null => Ok(None),
            _ => Err(self.wrong("boolean")),
        }
    }

    /// The object that must stand here.
    pub(super) fn object<'v, 'a>(&self, value: &'v Value<'a>) -> Result<&'v Value<'a>, RequestError> {
        match value.data {
            Data::Object(_) => Ok(value),
            Data::Null => Err(self.missing()),
            _ => Err(self.wrong("dictionary")),
        }
    }

    /// The array that must stand here.
    pub(super) fn list<'v, 'a>(&self, value: &'v Value<'a>) -> Result<&'v [Value<'a>], RequestError> {
        match &value.data {
            Data::Array(items) => Ok(items),
            Data::Null => Err(self.missing()),
            _ => Err(self.wrong("list")),
        }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(around) = self.around {
            write!(f, "{around}.")?;
        }
        match self.step {
            Step::Name(name) => f.write_str(name),
            Step::Index(index) => write!(f, "{index}"),
        }
    }
}
