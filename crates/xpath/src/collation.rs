//! Collations (Functions and Operators 3.1 §5.3): two are there. For those of the Unicode Collation Algorithm code points
//! stand in, which §5.3.4 allows as the last resort, but where `fallback=no` forbids it.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::error::{Error, Result};

/// How texts are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Collation {
    /// By code points: the default.
    #[default]
    Codepoint,
    /// As HTML does, without regard to the case of ASCII.
    AsciiCaseless,
}

// === impl Collation ===

impl Collation {
    /// The collation of a URI; `FOCH0002` where there is none. There is nothing to resolve a relative one against.
    pub(crate) fn named(uri: &str) -> Result<Self> {
        let unicode = uri.strip_prefix("http://www.w3.org/2013/collation/UCA").is_some_and(|parameters| {
            let mut each = parameters.trim_start_matches('?').split(';');
            (parameters.is_empty() || parameters.starts_with('?')) && each.all(|one| one != "fallback=no")
        });
        if unicode {
            return Ok(Self::Codepoint);
        }
        match [Self::Codepoint, Self::AsciiCaseless].into_iter().find(|one| one.uri() == uri) {
            Some(collation) => Ok(collation),
            None => Err(Error::new("FOCH0002", format_args!("there is no collation `{uri}`"))),
        }
    }

    /// Its URI.
    pub(crate) fn uri(self) -> &'static str {
        match self {
            Self::Codepoint => "http://www.w3.org/2005/xpath-functions/collation/codepoint",
            Self::AsciiCaseless => {
                "http://www.w3.org/2005/xpath-functions/collation/html-ascii-case-insensitive"
            }
        }
    }

    /// The order of two texts.
    pub(crate) fn order(self, left: &str, right: &str) -> Ordering {
        match self {
            Self::Codepoint => left.cmp(right), // the bytes of UTF-8 have the order of their code points
            Self::AsciiCaseless => {
                let [left, right] = [left, right].map(|one| one.bytes().map(|b| b.to_ascii_lowercase()));
                left.cmp(right)
            }
        }
    }

    /// A text that is by its code points what the given one is by the collation; as long in bytes.
    pub(crate) fn key(self, text: &str) -> Cow<'_, str> {
        match self {
            Self::Codepoint => Cow::Borrowed(text),
            Self::AsciiCaseless => Cow::Owned(text.to_ascii_lowercase()),
        }
    }
}
