//! Keeps what vendors want to see again, for callers whose dialect or library loses it: under the id of its tool call,
//! for its caller alone.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use llm::{Dialect, Held, Kept, conversation, custody};
use memchr::memmem;
use stateport::{Key, StateError, StatePort};

use super::owner::Owner;
use super::responses;
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
    owner: Owner,
    /// The request whose answer is to be kept as a whole.
    request: Option<Bytes>,
}

// === impl Keeper ===

impl Keeper {
    /// The keeper of this call's caller.
    pub(crate) fn of(x: &Exchange<'_>) -> Self {
        Self { state: Arc::clone(&x.shared().config.state), owner: Owner::of(x), request: None }
    }

    /// The same for a request of OpenAI's Responses whose answer is to be kept as a whole.
    pub(crate) fn keeping(self, request: &Bytes) -> Self {
        let request = conversation::wants_keeping(request).then(|| request.clone());
        Self { request, ..self }
    }

    /// Keeps an answer's object, if its request wants that.
    pub(crate) fn keep_answer(&self, object: &[u8]) {
        let Some(request) = &self.request else { return };
        if let Some((id, kept)) = conversation::kept(request, object) {
            drop(self.state.put(&self.answer_key(&id), Bytes::from(kept), responses::KEEP));
        }
    }

    /// What was kept of an answer, of this caller's.
    pub(crate) async fn answer(&self, id: &str) -> Result<Option<Bytes>, StateError> {
        self.state.get(&self.answer_key(id)).await
    }

    /// Forgets an answer.
    pub(crate) async fn forget(&self, id: &str) -> Result<bool, StateError> {
        self.state.remove(&self.answer_key(id)).await
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

    fn answer_key(&self, id: &str) -> Key {
        Key::new("responses", self.owner.to_string(), id)
    }

    fn key(&self, id: &str) -> Key {
        Key::new("custody", self.owner.to_string(), id)
    }
}
