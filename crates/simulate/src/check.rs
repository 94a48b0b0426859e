//! A request's JSON, read field by field, as strictly as the vendors do. A mistake is neutral here; each vendor
//! says it in its own words.

use std::fmt::Write as _;

use serde_json::{Map, Value};

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Field<'a> {
    pub(crate) path: Path<'a>,
    pub(crate) value: &'a Value,
}

/// An object and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Object<'a> {
    pub(crate) path: Path<'a>,
    map: &'a Map<String, Value>,
}

/// The way to a value from the root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Path<'a>(Vec<Segment<'a>>);

/// One step of the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Segment<'a> {
    Name(&'a str),
    Index(usize),
}

/// A mistake in a request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Violation {
    /// `messages.0.content`.
    pub(crate) dotted: String,
    /// `messages[0].content`.
    pub(crate) bracketed: String,
    pub(crate) kind: Kind,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    /// The field must be there.
    Missing,
    /// There is no such field.
    Unknown,
    /// Another type belongs there; `expected` with its article.
    WrongType { expected: &'static str, got: &'static str },
    /// Another value belongs there.
    NotOneOf { got: String, allowed: Vec<&'static str> },
    /// The number is too small.
    Below { min: f64, got: f64, whole: bool },
    /// The number is too large.
    Above { max: f64, got: f64, whole: bool },
    /// The list has no items.
    Empty,
    /// The list or text is too long.
    TooLong { max: usize, got: usize },
    /// A rule of the vendor's own, in its own words, and its code.
    Rule { message: String, code: Option<&'static str> },
}

/// The result of a check.
pub(crate) type Checked<T> = Result<T, Violation>;

// === impl Field ===

impl<'a> Field<'a> {
    pub(crate) fn root(value: &'a Value) -> Self {
        Self { path: Path::default(), value }
    }

    pub(crate) fn object(&self) -> Checked<Object<'a>> {
        match self.value {
            Value::Object(map) => Ok(Object { path: self.path.clone(), map }),
            other => Err(self.path.wrong_type("an object", other)),
        }
    }

    pub(crate) fn array(&self) -> Checked<Vec<Self>> {
        let Value::Array(items) = self.value else {
            return Err(self.path.wrong_type("an array", self.value));
        };
        let item = |(index, value)| Self { path: self.path.then(Segment::Index(index)), value };
        Ok(items.iter().enumerate().map(item).collect())
    }

    pub(crate) fn text(&self) -> Checked<&'a str> {
        self.value.as_str().ok_or_else(|| self.path.wrong_type("a string", self.value))
    }

    pub(crate) fn boolean(&self) -> Checked<bool> {
        self.value.as_bool().ok_or_else(|| self.path.wrong_type("a boolean", self.value))
    }

    pub(crate) fn number(&self, min: f64, max: f64) -> Checked<f64> {
        let got = self.value.as_f64().ok_or_else(|| self.path.wrong_type("a number", self.value))?;
        self.range(got, min, max, false)
    }

    pub(crate) fn integer(&self, min: i64, max: i64) -> Checked<i64> {
        let whole = self.value.as_i64().or_else(|| whole_float(self.value));
        let got = whole.ok_or_else(|| self.path.wrong_type("an integer", self.value))?;
        if got < min {
            Err(self.path.violation(Kind::Below { min: float(min), got: float(got), whole: true }))
        } else if got > max {
            Err(self.path.violation(Kind::Above { max: float(max), got: float(got), whole: true }))
        } else {
            Ok(got)
        }
    }

    pub(crate) fn one_of(&self, allowed: &[&'static str]) -> Checked<&'static str> {
        let got = self.text()?;
        let known = allowed.iter().find(|known| **known == got).copied();
        known.ok_or_else(|| {
            self.path.violation(Kind::NotOneOf { got: got.to_owned(), allowed: allowed.to_vec() })
        })
    }

    fn range(&self, got: f64, min: f64, max: f64, whole: bool) -> Checked<f64> {
        if got < min {
            Err(self.path.violation(Kind::Below { min, got, whole }))
        } else if got > max {
            Err(self.path.violation(Kind::Above { max, got, whole }))
        } else {
            Ok(got)
        }
    }
}

// === impl Object ===

impl<'a> Object<'a> {
    /// Refuses fields that nobody knows.
    pub(crate) fn only(&self, known: &[&str]) -> Checked<()> {
        match self.map.keys().find(|name| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some(name) => Err(self.path.then(Segment::Name(name)).violation(Kind::Unknown)),
        }
    }

    /// A field that must be there; null counts as a value.
    pub(crate) fn required(&self, name: &'a str) -> Checked<Field<'a>> {
        let path = self.path.then(Segment::Name(name));
        match self.map.get(name) {
            Some(value) => Ok(Field { path, value }),
            None => Err(path.violation(Kind::Missing)),
        }
    }

    /// A field that may be absent or null.
    pub(crate) fn optional(&self, name: &'a str) -> Option<Field<'a>> {
        let value = self.map.get(name).filter(|value| !value.is_null())?;
        Some(Field { path: self.path.then(Segment::Name(name)), value })
    }

    /// Whether the field is there, null or not.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.map.contains_key(name)
    }

    /// A mistake in one of the object's fields.
    pub(crate) fn rule(&self, name: &'a str, message: impl Into<String>, code: Option<&'static str>) -> Violation {
        self.path.then(Segment::Name(name)).rule(message, code)
    }
}

// === impl Path ===

impl<'a> Path<'a> {
    pub(crate) fn then(&self, segment: Segment<'a>) -> Self {
        let mut longer = Vec::with_capacity(self.0.len() + 1);
        longer.extend_from_slice(&self.0);
        longer.push(segment);
        Self(longer)
    }

    pub(crate) fn violation(&self, kind: Kind) -> Violation {
        Violation { dotted: self.dotted(), bracketed: self.bracketed(), kind }
    }

    pub(crate) fn rule(&self, message: impl Into<String>, code: Option<&'static str>) -> Violation {
        self.violation(Kind::Rule { message: message.into(), code })
    }

    fn wrong_type(&self, expected: &'static str, got: &Value) -> Violation {
        self.violation(Kind::WrongType { expected, got: type_name(got) })
    }

    fn dotted(&self) -> String {
        let mut out = String::new();
        for segment in &self.0 {
            let dot = if out.is_empty() { "" } else { "." };
            // Writing to a string does not fail.
            drop(match segment {
                Segment::Name(name) => write!(out, "{dot}{name}"),
                Segment::Index(index) => write!(out, "{dot}{index}"),
            });
        }
        out
    }

    fn bracketed(&self) -> String {
        let mut out = String::new();
        for segment in &self.0 {
            let dot = if out.is_empty() { "" } else { "." };
            drop(match segment {
                Segment::Name(name) => write!(out, "{dot}{name}"),
                Segment::Index(index) => write!(out, "[{index}]"),
            });
        }
        out
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(number) if number.is_f64() => "a decimal",
        Value::Number(_) => "an integer",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// `1.0` is a whole number too.
fn whole_float(value: &Value) -> Option<i64> {
    let number = value.as_f64().filter(|number| number.fract() == 0.0)?;
    format!("{number:.0}").parse().ok()
}

#[expect(clippy::cast_precision_loss, reason = "only shown in a message")]
fn float(whole: i64) -> f64 {
    whole as f64
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_mistake_knows_its_place_and_kind() {
        let body = json!({"messages": [{"role": "user"}, {"role": 3}], "n": 1.5, "top": null});
        let root = Field::root(&body).object().unwrap();
        let messages = root.required("messages").unwrap().array().unwrap();
        let wrong = messages[1].object().unwrap().required("role").unwrap().text().unwrap_err();
        assert_eq!((wrong.dotted.as_str(), wrong.bracketed.as_str()), ("messages.1.role", "messages[1].role"));
        assert_eq!(wrong.kind, Kind::WrongType { expected: "a string", got: "an integer" });
        assert!(matches!(root.required("n").unwrap().integer(0, 9).unwrap_err().kind, Kind::WrongType { .. }));
        assert!(matches!(root.required("n").unwrap().number(0.0, 1.0).unwrap_err().kind, Kind::Above { .. }));
        assert_eq!(root.required("x").unwrap_err().kind, Kind::Missing);
        assert_eq!(root.only(&["messages", "n"]).unwrap_err().dotted, "top");
        assert!(root.optional("top").is_none() && root.has("top"));
        assert_eq!(Field::root(&json!(2.0)).integer(0, 9), Ok(2));
    }
}
