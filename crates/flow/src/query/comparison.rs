//! Comparisons of what a `JSONPath` finds, as criteria: `$.access_token != null`, `$.status == 'accepted'`. RFC 9535 has them
//! in filters alone; the specification's own examples and tests have them as whole conditions.

use expr::condition::{Operator, compare};
use serde_json::Value;
use serde_json_path::JsonPath;

use super::path;
use crate::document::QueryKind;

/// A comparison.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Comparison {
    left: Operand,
    operator: Operator,
    right: Operand,
}

#[derive(Clone, Debug, PartialEq)]
enum Operand {
    Literal(Value),
    Path(JsonPath),
}

// === impl Comparison ===

impl Comparison {
    pub(super) fn parse(kind: QueryKind, text: &str) -> Option<Self> {
        let (left, operator, right) = split(text)?;
        let left = Operand::parse(kind, left)?;
        Some(Self { left, operator, right: Operand::parse(kind, right)? })
    }

    /// Compared as simple conditions compare; a path that finds nothing is `null`, one that finds several a list.
    pub(super) fn passes(&self, context: &Value) -> bool {
        compare(self.operator, &self.left.value(context), &self.right.value(context))
    }
}

// === impl Operand ===

impl Operand {
    fn parse(kind: QueryKind, text: &str) -> Option<Self> {
        let text = text.trim();
        if text.starts_with('$') {
            let read = if kind == QueryKind::OldPath { path::parse_old(text) } else { path::parse(text) };
            return read.ok().map(Self::Path);
        }
        let single = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\''));
        match single {
            Some(single) => (!single.contains(['\'', '\\'])).then(|| Self::Literal(single.into())),
            None => serde_json::from_str(text).ok().map(Self::Literal),
        }
    }

    fn value(&self, context: &Value) -> Value {
        match self {
            Self::Literal(value) => value.clone(),
            Self::Path(path) => {
                let mut found = path.query(context).all();
                match found.len() {
                    0 => Value::Null,
                    1 => found.remove(0).clone(),
                    _ => Value::Array(found.into_iter().cloned().collect()),
                }
            }
        }
    }
}

/// What stands before and behind the first operator outside of quotes and brackets.
fn split(text: &str) -> Option<(&str, Operator, &str)> {
    let (mut depth, mut quote) = (0usize, None);
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (None, '\'' | '"') => quote = Some(character),
            (None, '[' | '(') => depth += 1,
            (None, ']' | ')') => depth = depth.saturating_sub(1),
            (None, '<' | '>' | '=' | '!') if depth == 0 => {
                let (left, rest) = text.split_at_checked(at)?;
                let (operator, right) = Operator::at_front(rest)?;
                return Some((left, operator, right));
            }
            _ => {}
        }
    }
    None
}
