//! What comes out of a run.

use std::time::Duration;

use super::reply::Lost;
use super::shape::Shaped;
use crate::values::Values;

/// What came out.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// What the workflow gives; of one that failed, nothing.
    pub outputs: Values,
    /// What it answers where it is published; none where it failed.
    pub answer: Option<Shaped>,
    /// Why optional steps are missing.
    pub absent: Vec<Failure>,
    /// What was done and could not be undone, and why.
    pub stuck: Vec<Failure>,
    /// Why it failed, if it did.
    pub failure: Option<Failure>,
    /// When it ended.
    pub at: Duration,
}

/// The step because of which a workflow failed.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// The step, behind those that called its workflow: `pay/charge`. Empty where it is no step.
    pub step: Box<str>,
    /// Why.
    pub reason: Reason,
    /// The status of its answer, if it had one.
    pub status: Option<u16>,
    /// How long its last attempt took.
    pub lasted: Duration,
    /// How often it was tried.
    pub attempts: u32,
}

/// Why a step failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// Its answer's status says so.
    #[error("it was answered {0}")]
    Status(u16),
    /// A criterion of its own did not pass.
    #[error("its success criteria do not pass")]
    Criteria,
    /// A criterion or a formula could not be evaluated, or the answer is not what it says that it is.
    #[error("{0}")]
    Unclear(Box<str>),
    /// Its time was over.
    #[error("it took too long")]
    Timeout,
    /// There was no answer.
    #[error("there is no answer: {0}")]
    Unreachable(Box<str>),
    /// Its request could not be written.
    #[error("its request cannot be written: {0}")]
    Request(Box<str>),
    /// A bound of the run was reached.
    #[error("{0}")]
    Bound(Box<str>),
    /// The caller left.
    #[error("the caller left")]
    GivenUp,
}

// === impl Failure ===

impl Failure {
    /// Of the run as a whole.
    pub fn whole(reason: Reason) -> Self {
        Self { step: Box::default(), reason, status: None, lasted: Duration::ZERO, attempts: 0 }
    }
}

// === impl Reason ===

impl Reason {
    pub(super) fn of(lost: &Lost) -> Self {
        match lost {
            Lost::Timeout => Self::Timeout,
            Lost::Unreachable(why) => Self::Unreachable(why.clone()),
            Lost::Bound(why) => Self::Bound(why.clone()),
        }
    }

    /// A word for it that does not change.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Status(_) => "status",
            Self::Criteria | Self::Unclear(_) => "criteria",
            Self::Timeout => "timeout",
            Self::Unreachable(_) => "unreachable",
            Self::Request(_) => "request",
            Self::Bound(_) => "bound",
            Self::GivenUp => "given_up",
        }
    }
}
