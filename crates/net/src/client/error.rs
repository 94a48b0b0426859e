//! Why a request to an upstream failed.

use std::borrow::Cow;
use std::fmt;
use std::io;

use message::{Body, BodyError, Reason};
use trace::Attempt;

/// A request that got no answer.
#[derive(Debug)]
pub struct SendError {
    /// The public reason; it says whose doing it is.
    pub reason: Reason,
    /// What happened, for the record and the log.
    pub detail: Cow<'static, str>,
    /// Some of the request went out: the upstream may have acted on it. If not, it may be sent again
    /// whatever its method.
    pub sent: bool,
    /// The body that was given is whole and can be sent once more.
    pub body_intact: bool,
    /// See [`Response::stale`](crate::Response::stale).
    pub stale: Option<Box<Attempt>>,
}

/// How one attempt failed.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) reason: Reason,
    pub(super) detail: Cow<'static, str>,
    /// Bytes of the request that the kernel took.
    pub(super) written: u64,
    /// The upstream closed before a byte of an answer.
    pub(super) stale: bool,
    /// The request's body, if it was not touched.
    pub(super) body: Option<Box<Body>>,
}

// === impl SendError ===

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reason.code(), self.detail)
    }
}

impl std::error::Error for SendError {}

// === impl Fault ===

impl Fault {
    pub(super) fn new(reason: Reason, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { reason, detail: detail.into(), written: 0, stale: false, body: None }
    }

    /// A failure of the connection once it stood.
    pub(super) fn broken(error: &io::Error) -> Self {
        Self { stale: true, ..Self::new(Reason::UpstreamReset, error.to_string()) }
    }

    pub(super) fn with_body(mut self, body: Option<Body>) -> Self {
        self.body = body.map(Box::new);
        self
    }
}

impl From<BodyError> for Fault {
    fn from(error: BodyError) -> Self {
        Self::new(error.reason, error.detail)
    }
}

impl From<http1::Reject> for Fault {
    fn from(reject: http1::Reject) -> Self {
        Self::new(reject.reason, reject.detail)
    }
}
