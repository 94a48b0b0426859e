//! Whose something is that outlives a call: an application's, or that of all who call a service without a name.

use std::fmt;
use std::sync::Arc;

use snapshot::{Credential, Route};

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
