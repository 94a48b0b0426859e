//! Errors as GraphQL tells them (October 2021, §7.1.2), and nothing of when they occur.

use async_graphql_parser::Pos;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// An error in the answer to a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Error {
    /// What is wrong, for who develops the client.
    pub message: Box<str>,
    /// Where in the query's text.
    pub locations: Vec<Location>,
    /// Where in the answer; empty for errors of the request as a whole.
    pub path: Vec<Part>,
    /// Its name, which a program can look at: `extensions.code`.
    pub code: Option<&'static str>,
    /// What to do about it: `extensions.hint`.
    pub hint: Option<Box<str>>,
}

/// A place in a query's text; both numbers begin with 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Location {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

/// A part of a path into an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Part {
    /// The key of a field.
    Key(String),
    /// The place in a list, from 0.
    Index(usize),
}

// === impl Error ===

impl Error {
    /// An error of the request as a whole.
    pub fn new(message: impl Into<Box<str>>) -> Self {
        Self { message: message.into(), ..Self::default() }
    }

    /// The same with a name.
    pub fn coded(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    /// The same with a place in the query.
    pub fn at(mut self, place: impl Into<Location>) -> Self {
        self.locations.push(place.into());
        self
    }

    /// The same with advice.
    pub fn hinted(mut self, hint: impl Into<Box<str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("message", &self.message)?;
        if !self.locations.is_empty() {
            map.serialize_entry("locations", &self.locations)?;
        }
        if !self.path.is_empty() {
            map.serialize_entry("path", &self.path)?;
        }
        if self.code.is_some() || self.hint.is_some() {
            map.serialize_entry("extensions", &Extensions { code: self.code, hint: self.hint.as_deref() })?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct Extensions<'e> {
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'e str>,
}

// === impl Location ===

impl From<Pos> for Location {
    fn from(pos: Pos) -> Self {
        Self { line: pos.line, column: pos.column }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_error_has_the_members_that_the_specification_names() {
        let error = Error::new("no").at(Location { line: 1, column: 3 }).coded("DEPTH").hinted("less");
        let error = Error { path: vec![Part::Key("a".into()), Part::Index(0)], ..error };
        assert_eq!(
            serde_json::to_value(&error).unwrap(),
            json!({
                "message": "no", "locations": [{"line": 1, "column": 3}], "path": ["a", 0],
                "extensions": {"code": "DEPTH", "hint": "less"},
            })
        );
        assert_eq!(serde_json::to_value(Error::new("no")).unwrap(), json!({"message": "no"}));
    }
}
