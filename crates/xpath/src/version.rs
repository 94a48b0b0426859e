//! The versions of `XPath`.

/// A version of the language; each has what the ones before it have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// `XPath` 1.0 (W3C Recommendation of 1999).
    V10,
    /// `XPath` 2.0 (second edition, 2010).
    V20,
    /// `XPath` 3.0 (2014).
    V30,
    /// `XPath` 3.1 (2017).
    V31,
}

// === impl Version ===

impl Version {
    /// As it is written: `3.1`.
    pub fn name(self) -> &'static str {
        match self {
            Self::V10 => "1.0",
            Self::V20 => "2.0",
            Self::V30 => "3.0",
            Self::V31 => "3.1",
        }
    }
}
