//! Keeps what vendors want to see again, for callers whose dialect or library loses it: under the id of its tool call,
//! for its caller alone.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use llm::{Dialect, Held, Kept, custody};
use memchr::memmem;
use stateport::{Key, StatePort};

use crate::exchange::Exchange;

/// How long state waits for the next turn.
const KEEP: Duration = Duration::from_hours(24);

/// So long a call waits for what is kept of its conversation, all in all. Without it the call goes on; the vendor may
/// then think worse or refuse, which is for it to say.
const PATIENCE: Duration = Duration::from_millis(200);

/// Keeps state for one caller.
#[derive(Clone, Debug)]
pub(crate) struct Keeper {
    state: Arc<dyn StatePort>,
    owner: Arc<str>,
}

// === impl Keeper ===

impl Keeper {
    /// The keeper of this call's caller.
    pub(crate) fn of(x: &Exchange<'_>) -> Self {
        let owner = x.caller.as_ref().map(|caller| caller.credential.application.stable);
        let owner = owner.map_or_else(|| "public".into(), |stable| format!("{:016x}", stable.0).into());
        Self { state: Arc::clone(&x.shared().config.state), owner }
    }

    /// Keeps what an answer left. A full queue loses it, as a vendor's state may be lost in any case.
    pub(crate) fn keep(&self, kept: &Kept) {
        for (id, value) in kept {
            drop(self.state.put(&self.key(id), Bytes::copy_from_slice(value), KEEP));
        }
    }

    /// What was kept of the calls in a request and the client did not bring.
    pub(crate) async fn held(&self, dialect: Dialect, body: &[u8]) -> Option<Held> {
        // Most requests have no calls in them, in any dialect's word for them.
        if memmem::find(body, b"tool").is_none() && memmem::find(body, b"unction").is_none() {
            return None;
        }
        let ids = custody::missing(dialect, body).ok()?;
        let mut held = Held::default();
        let gather = async {
            for id in ids {
                if let Ok(Some(value)) = self.state.get(&self.key(&id)).await {
                    held.insert(id, &value);
                }
            }
        };
        // What came in time counts.
        tokio::time::timeout(PATIENCE, gather).await.unwrap_or_default();
        (!held.is_empty()).then_some(held)
    }

    fn key(&self, id: &str) -> Key {
        Key::new("custody", Arc::clone(&self.owner), id)
    }
}
