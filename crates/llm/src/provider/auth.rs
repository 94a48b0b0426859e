//! How a request proves whose it is: by a header with the key, or by a signature over all of it.

use std::borrow::Cow;
use std::fmt;

/// A request that is about to be sent, as a signature covers it.
#[derive(Clone, Copy, Debug)]
pub struct Unsigned<'a> {
    /// The method.
    pub method: &'a str,
    /// The host, with its port where that is not the scheme's own, as the `host` header has it.
    pub authority: &'a str,
    /// The whole path as it is sent, and the query where there is one.
    pub path: &'a str,
    /// Headers besides authentication, by lower-case names.
    pub headers: &'a [(Cow<'static, str>, String)],
    /// The body.
    pub body: &'a [u8],
}

/// A key that is of no use for a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// It has not the form that the provider's keys have.
    Malformed {
        /// The form that it must have.
        expected: &'static str,
    },
    /// Neither it nor the provider's address tells the region that a signature is for.
    NoRegion,
}

// === impl KeyError ===

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { expected } => write!(f, "the provider's key must be {expected}"),
            Self::NoRegion => {
                f.write_str("the provider's address tells no region; put `@` and the region behind its key")
            }
        }
    }
}

impl std::error::Error for KeyError {}
