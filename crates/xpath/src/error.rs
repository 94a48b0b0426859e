//! What goes wrong, by the codes of the specification.

use std::borrow::Cow;
use std::fmt::Display;

/// Why an expression cannot be read or evaluated: the code of the specification (`XPath` 3.1 appendix F, Functions and
/// Operators 3.1 appendix C) and what it is about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text} ({code})")]
pub struct Error {
    code: Cow<'static, str>,
    text: Box<str>,
}

/// What an evaluation comes to.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// So much of a text stands in an error.
const SHOWN: usize = 60;

// === impl Error ===

impl Error {
    /// An error of a code.
    pub(crate) fn new(code: impl Into<Cow<'static, str>>, text: impl Display) -> Self {
        Self { code: code.into(), text: text.to_string().into() }
    }

    /// A value is not of the type that must stand there.
    pub(crate) fn types(text: impl Display) -> Self {
        Self::new("XPTY0004", text)
    }

    /// The expression is not of the grammar.
    pub(crate) fn syntax(text: impl Display) -> Self {
        Self::new("XPST0003", text)
    }

    /// It takes more than an evaluation may (`XPath` 3.1 §2.3.1: an implementation's limit).
    pub(crate) fn limit(text: impl Display) -> Self {
        Self::new("XPDY0130", text)
    }

    /// Whether it is that an evaluation takes too much.
    pub(crate) fn is_limit(&self) -> bool {
        self.code == "XPDY0130"
    }

    /// The code, such as `XPTY0004`; one that is not of the specification is `Q{namespace}name`.
    pub fn code(&self) -> &str {
        &self.code
    }
}

/// The beginning of a text, for an error.
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
        None => Cow::Borrowed(text),
    }
}
