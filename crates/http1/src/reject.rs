//! Why a message is refused.

use std::fmt;

use message::{BodyError, Reason};

/// A message that is not taken: the public reason, and the rule that it breaks. The connection that it
/// came on cannot be read any further: answer if that is still possible, then close.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reject {
    /// The public reason.
    pub reason: Reason,
    /// The broken rule with its RFC section, for the answer, the record and the log.
    pub detail: &'static str,
}

// === impl Reject ===

impl Reject {
    pub(crate) fn new(reason: Reason, detail: &'static str) -> Self {
        Self { reason, detail }
    }
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason.code(), self.detail)
    }
}

impl std::error::Error for Reject {}

impl From<Reject> for BodyError {
    fn from(reject: Reject) -> Self {
        Self::new(reject.reason, reject.detail)
    }
}
