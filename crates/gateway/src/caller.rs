//! Who calls.

use std::sync::Arc;

use snapshot::{Credential, KeyHash, Subscription};

/// The caller of a call, once authentication found out.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// The hash of what it showed.
    pub(crate) key: KeyHash,
    /// What that is.
    pub(crate) credential: Arc<Credential>,
    /// Under which it calls, where the service asks for one.
    pub(crate) subscription: Option<Arc<Subscription>>,
}
