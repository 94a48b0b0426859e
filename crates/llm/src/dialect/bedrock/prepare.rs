//! A schema that a request holds as a string with JSON in it, put in as JSON: the canonical form borrows schemas from
//! the request's text.

use std::borrow::Cow;
use std::ops::Range;

use json::{Data, Scanner, Token, Value};

const PATH: [&str; 5] = ["outputConfig", "textFormat", "structure", "jsonSchema", "schema"];

/// The request with its schema as an object. What is no schema stays, for the reader to refuse.
pub(super) fn inline_schema(text: &str) -> Cow<'_, str> {
    let Some(span) = find(text) else { return Cow::Borrowed(text) };
    let written = text.get(span.clone()).unwrap_or_default();
    let Some(schema) = Value::parse(written).ok().and_then(|value| value.as_text()) else {
        return Cow::Borrowed(text);
    };
    let schema = schema.decode();
    if !matches!(Value::parse(&schema), Ok(Value { data: Data::Object(_), .. })) {
        return Cow::Borrowed(text);
    }
    let parts = [text.get(..span.start), Some(&*schema), text.get(span.end..)];
    Cow::Owned(parts.into_iter().flatten().collect())
}

/// Where the schema stands.
fn find(text: &str) -> Option<Range<usize>> {
    let mut scanner = Scanner::new(text);
    for name in PATH {
        if scanner.token().ok()? != Token::Object {
            return None;
        }
        scanner.enter().ok()?;
        while !scanner.next_key().ok()??.is(name) {
            scanner.pass().ok()?;
        }
    }
    scanner.skip().ok()
}
