//! Whose something is that outlives a call: an application's, or that of all who call a service without a name.

use std::fmt;
use std::sync::Arc;

use llm::{ApiError, ErrorKind};
use message::Reason;
use snapshot::{Credential, Route};

use super::errand::DIALECT;
use super::refusal_of;
use crate::Refusal;
use crate::exchange::Exchange;

/// See the module's description. What it shows is the document's whole identity, which no two owners share.
#[derive(Clone)]
pub(crate) enum Owner {
    Application(Arc<Credential>),
    /// Those who call this route's service without a name.
    Callers(Arc<Route>),
    /// Who calls before a route is known.
    Nobody,
}

// === impl Owner ===

impl Owner {
    /// The owner of what this call leaves.
    pub(crate) fn of(x: &Exchange<'_>) -> Self {
        match (&x.caller, &x.route) {
            (Some(caller), _) => Self::Application(Arc::clone(&caller.credential)),
            (None, Some(route)) => Self::Callers(Arc::clone(route)),
            (None, None) => Self::Nobody,
        }
    }

    /// Refuses who has no name where all such callers would share what is kept, and its list.
    pub(crate) fn named(x: &Exchange<'_>, what: &str) -> Result<(), Refusal> {
        if x.caller.is_some() {
            return Ok(());
        }
        let message = format!("{what} belong to an application: send its key.");
        let error = ApiError::new(401, ErrorKind::Authentication, message);
        Err(refusal_of(DIALECT, &error, Reason::CredentialMissing))
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Application(credential) => write!(f, "{}", credential.application.id),
            Self::Callers(route) => write!(f, "callers of {}", route.service.id),
            Self::Nobody => f.write_str("nobody"),
        }
    }
}

impl fmt::Debug for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
