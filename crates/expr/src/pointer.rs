//! JSON Pointer (RFC 6901): the way to a value within a value.

use std::fmt;

use serde_json::Value;

/// A pointer: the names and indexes on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Pointer(Vec<Box<str>>);

/// Why a text is no pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PointerError {
    /// It is not empty and does not begin with a slash (RFC 6901 §3).
    #[error("a JSON Pointer begins with `/`")]
    Start,
    /// A tilde is followed by neither `0` nor `1` (RFC 6901 §3).
    #[error("in a JSON Pointer `~` is written `~0`, and `/` within a name `~1`")]
    Escape,
}

// === impl Pointer ===

impl Pointer {
    /// Reads one; the empty text is the whole value.
    pub fn parse(text: &str) -> Result<Self, PointerError> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let rest = text.strip_prefix('/').ok_or(PointerError::Start)?;
        rest.split('/').map(unescape).collect::<Result<_, _>>().map(Self)
    }

    /// What it points to; `None`: there is nothing. `-`, the place behind an array's last, is nothing (RFC 6901 §4).
    pub fn find<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(value, |value, token| match value {
            Value::Object(members) => members.get(&**token),
            Value::Array(items) => items.get(Self::index(token)?),
            _ => None,
        })
    }

    /// The names and indexes, without escapes.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|token| &**token)
    }

    /// A token as an array's index: digits without a zero before them (RFC 6901 §4).
    pub fn index(token: &str) -> Option<usize> {
        let digits = token.bytes().all(|byte| byte.is_ascii_digit());
        (digits && (token == "0" || !token.starts_with('0'))).then(|| token.parse().ok())?
    }

    /// Whether it is the whole value.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The pointer to a member of what this one points to.
    #[must_use]
    pub fn join(&self, token: &str) -> Self {
        let mut tokens = self.0.clone();
        tokens.push(token.into());
        Self(tokens)
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|token| write!(f, "/{}", token.replace('~', "~0").replace('/', "~1")))
    }
}

fn unescape(token: &str) -> Result<Box<str>, PointerError> {
    if !token.contains('~') {
        return Ok(token.into());
    }
    let mut out = String::with_capacity(token.len());
    let mut parts = token.split('~');
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (character, rest) = match part.as_bytes().first() {
            Some(b'0') => ('~', part.strip_prefix('0')),
            Some(b'1') => ('/', part.strip_prefix('1')),
            _ => return Err(PointerError::Escape),
        };
        out.push(character);
        out.push_str(rest.unwrap_or_default());
    }
    Ok(out.into())
}

#[cfg(test)]
mod tests;
