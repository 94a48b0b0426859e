//! Where a value stands, and the mistakes that are named by it.

use json::{Data, Text, Value};

use crate::RequestError;

/// The path of a value, such as `messages[0].content[1]`.
#[derive(Clone, Debug)]
pub(super) struct Path(String);

// === impl Path ===

impl Path {
    pub(super) fn top(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// A member of this.
    pub(super) fn name(&self, name: &str) -> Self {
        Self(format!("{}.{name}", self.0))
    }

    /// An item of this.
    pub(super) fn item(&self, index: usize) -> Self {
        Self(format!("{}[{index}]", self.0))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn missing(&self) -> RequestError {
        RequestError::missing(&self.0)
    }

    pub(super) fn invalid(&self, why: &str) -> RequestError {
        RequestError::invalid(&self.0, format!("`{}` {why}", self.0))
    }

    pub(super) fn unsupported(&self, why: &str) -> RequestError {
        RequestError::unsupported(&self.0, format!("`{}` {why}", self.0))
    }

    fn wrong(&self, expected: &str, value: &Value<'_>) -> RequestError {
        if value.is_null() {
            return self.missing();
        }
        RequestError::wrong_type(&self.0, expected, value.token().noun())
    }

    pub(super) fn object<'v, 'a>(&self, value: &'v Value<'a>) -> Result<&'v Value<'a>, RequestError> {
        if let Data::Object(_) = value.data { Ok(value) } else { Err(self.wrong("an object", value)) }
    }

    pub(super) fn list<'v, 'a>(&self, value: &'v Value<'a>) -> Result<&'v [Value<'a>], RequestError> {
        if let Data::Array(items) = &value.data { Ok(items) } else { Err(self.wrong("an array", value)) }
    }

    pub(super) fn text<'a>(&self, value: &Value<'a>) -> Result<Text<'a>, RequestError> {
        value.as_text().ok_or_else(|| self.wrong("a string", value))
    }

    pub(super) fn number<'a>(&self, value: &Value<'a>) -> Result<&'a str, RequestError> {
        if let Data::Number(number) = value.data { Ok(number) } else { Err(self.wrong("a number", value)) }
    }

    /// A whole number that is not negative.
    pub(super) fn count(&self, value: &Value<'_>) -> Result<u64, RequestError> {
        self.number(value)?.parse().map_err(|_| self.invalid("must be a whole number"))
    }

    /// The one member of a union: its name and value.
    pub(super) fn union<'v, 'a>(
        &self,
        value: &'v Value<'a>,
    ) -> Result<(&'v Text<'a>, &'v Value<'a>), RequestError> {
        let mut members = self.object(value)?.members().iter().filter(|(_, value)| !value.is_null());
        match (members.next(), members.next()) {
            (Some((name, value)), None) => Ok((name, value)),
            _ => Err(self.invalid("must have exactly one member")),
        }
    }
}
