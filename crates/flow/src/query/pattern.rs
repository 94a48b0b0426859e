//! Regular expressions of criteria. They run in linear time, whatever they say.

use regex::{Regex, RegexBuilder};

use super::{LENGTH, QueryError};

/// The memory that a compiled expression may take, in bytes.
const SIZE: usize = 1 << 20;

/// So deep may groups stand within each other.
const DEEPEST: u32 = 64;

/// A compiled expression.
#[derive(Clone, Debug)]
pub(crate) struct Pattern(Regex);

// === impl Pattern ===

impl Pattern {
    pub(crate) fn new(text: &str) -> Result<Self, QueryError> {
        if text.len() > LENGTH {
            return Err(QueryError::Long);
        }
        let built = RegexBuilder::new(text).size_limit(SIZE).dfa_size_limit(SIZE).nest_limit(DEEPEST).build();
        built.map(Self).map_err(QueryError::text)
    }

    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}
