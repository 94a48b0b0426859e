//! What a route may ask of a request beyond host, path and method.

use std::fmt;

/// A request's fields and query, as far as conditions look at them.
pub trait Facts {
    /// Whether `test` holds for a value of the header field `name` (in lower case).
    fn any_header(&self, name: &str, test: &mut dyn FnMut(&[u8]) -> bool) -> bool;

    /// Whether `test` holds for a value of the query parameter `name`; a parameter without `=` has an
    /// empty value.
    fn any_query(&self, name: &str, test: &mut dyn FnMut(&[u8]) -> bool) -> bool;
}

/// A request without fields or query.
#[derive(Clone, Copy, Debug)]
pub struct NoFacts;

/// One condition; a route's conditions must all hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Condition {
    /// A value of a header field passes the test; the name is in lower case.
    Header(Box<str>, Test),
    /// A value of a query parameter passes the test.
    Query(Box<str>, Test),
    /// The condition does not hold.
    Not(Box<Self>),
}

/// What is asked of a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Test {
    /// There is one.
    Present,
    /// It is this, byte by byte.
    Equals(Box<str>),
    /// It begins with this.
    StartsWith(Box<str>),
    /// It is one of these.
    OneOf(Box<[Box<str>]>),
}

// === impl Condition ===

impl Condition {
    /// Whether the condition holds for a request.
    pub fn holds(&self, facts: &dyn Facts) -> bool {
        match self {
            Self::Header(name, test) => facts.any_header(name, &mut |value| test.passes(value)),
            Self::Query(name, test) => facts.any_query(name, &mut |value| test.passes(value)),
            Self::Not(inner) => !inner.holds(facts),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(name, test) => write!(f, "header {name} {test}"),
            Self::Query(name, test) => write!(f, "query {name} {test}"),
            Self::Not(inner) => write!(f, "not ({inner})"),
        }
    }
}

// === impl Test ===

impl Test {
    fn passes(&self, value: &[u8]) -> bool {
        match self {
            Self::Present => true,
            Self::Equals(wanted) => value == wanted.as_bytes(),
            Self::StartsWith(wanted) => value.starts_with(wanted.as_bytes()),
            Self::OneOf(wanted) => wanted.iter().any(|wanted| value == wanted.as_bytes()),
        }
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Present => f.write_str("is present"),
            Self::Equals(value) => write!(f, "is {value:?}"),
            Self::StartsWith(value) => write!(f, "starts with {value:?}"),
            Self::OneOf(values) => write!(f, "is one of {values:?}"),
        }
    }
}

// === impl NoFacts ===

impl Facts for NoFacts {
    fn any_header(&self, _: &str, _: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        false
    }

    fn any_query(&self, _: &str, _: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        false
    }
}
