//! Keeps what vendors want to see again, for callers whose dialect or library loses it: under the id of its tool call,
//! for its caller alone.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes};
use llm::conversation::interactions;
use llm::{Dialect, Held, Kept, conversation, custody};
use memchr::memmem;
use stateport::{Key, Pending, StateError, StatePort};

use super::owner::Owner;
use super::{background, responses};
use crate::exchange::Exchange;

/// How long state waits for the next turn.
const KEEP: Duration = Duration::from_hours(24);

/// How long the events of an answer that was made in the background can be followed after its end.
const KEEP_LOG: Duration = Duration::from_hours(1);

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
    /// The same of one of Google's interactions, and what is kept of the one that it goes on from.
    interaction: Option<(Bytes, Option<Bytes>)>,
}

// === impl Keeper ===

impl Keeper {
    /// The keeper of this call's caller.
    pub(crate) fn of(x: &Exchange<'_>) -> Self {
        let state = Arc::clone(&x.shared().config.state);
        Self { state, owner: Owner::of(x), request: None, interaction: None }
    }

    /// The same for a request of Google's interactions whose answer is to be kept as a whole.
    pub(crate) fn keeping_interaction(self, request: Bytes, before: Option<Bytes>) -> Self {
        let interaction = conversation::wants_keeping(&request).then_some((request, before));
        Self { interaction, ..self }
    }

    /// What was kept of an interaction, of this caller's.
    pub(crate) async fn interaction(&self, id: &str) -> Result<Option<Bytes>, StateError> {
        self.state.get(&self.key_in("interactions", id)).await
    }

    /// Forgets an interaction.
    pub(crate) async fn forget_interaction(&self, id: &str) -> Result<bool, StateError> {
        self.state.remove(&self.key_in("interactions", id)).await
    }

    /// The same for a request of OpenAI's Responses whose answer is to be kept as a whole.
    pub(crate) fn keeping(self, request: &Bytes) -> Self {
        let request = conversation::wants_keeping(request).then(|| request.clone());
        Self { request, ..self }
    }

    /// Whose what is kept is.
    pub(crate) fn owner(&self) -> String {
        self.owner.to_string()
    }

    /// The same, not yet written.
    pub(crate) fn whose(&self) -> &Owner {
        &self.owner
    }

    /// The same for an answer that somebody else keeps.
    pub(crate) fn keeping_none(self) -> Self {
        Self { request: None, ..self }
    }

    /// Keeps the object of an answer to this request.
    pub(crate) fn keep_object(&self, request: &[u8], object: &[u8]) -> Pending<()> {
        match conversation::kept(request, object) {
            Some((id, kept)) => self.state.put(&self.answer_key(&id), Bytes::from(kept), responses::KEEP),
            None => Box::pin(std::future::ready(Err(StateError::Unavailable))),
        }
    }

    /// A sign of life of an answer that is being made.
    pub(crate) fn beat(&self, id: &str) {
        drop(self.state.put(&self.key_in("response_life", id), Bytes::from_static(b"1"), background::LOST));
    }

    /// Whether there was a sign of life lately.
    pub(crate) async fn lives(&self, id: &str) -> Result<bool, StateError> {
        Ok(self.state.get(&self.key_in("response_life", id)).await?.is_some())
    }

    /// Keeps the events of an answer for whoever follows it later.
    pub(crate) fn keep_log(&self, id: &str, log: &[(u64, Bytes)]) {
        let mut all = Vec::new();
        for (number, event) in log {
            all.extend_from_slice(&number.to_be_bytes());
            all.extend_from_slice(&(event.len() as u64).to_be_bytes());
            all.extend_from_slice(event);
        }
        if !all.is_empty() {
            drop(self.state.put(&self.key_in("response_log", id), Bytes::from(all), KEEP_LOG));
        }
    }

    /// The events that were kept, each with its number.
    pub(crate) async fn log(&self, id: &str) -> Result<Option<Vec<(u64, Bytes)>>, StateError> {
        let Some(mut all) = self.state.get(&self.key_in("response_log", id)).await? else { return Ok(None) };
        let mut log = Vec::new();
        while all.len() >= 16 {
            let (number, length) = (all.get_u64(), all.get_u64());
            let length = usize::try_from(length).unwrap_or(usize::MAX).min(all.len());
            log.push((number, all.split_to(length)));
        }
        Ok(Some(log))
    }

    /// Notes that the usage of an answer that its vendor makes in the background is not told yet.
    pub(crate) fn owe(&self, id: &str) {
        drop(self.state.put(&self.key_in("response_owed", id), Bytes::from_static(b"1"), responses::KEEP));
    }

    /// Whether it was still to be told; from now on it is not.
    pub(crate) async fn settle(&self, id: &str) -> bool {
        self.state.remove(&self.key_in("response_owed", id)).await.unwrap_or_default()
    }

    fn key_in(&self, space: &'static str, name: &str) -> Key {
        Key::new(space, self.owner.to_string(), name)
    }

    /// Keeps an answer's object, if its request wants that.
    pub(crate) fn keep_answer(&self, object: &[u8]) {
        if let Some((request, before)) = &self.interaction
            && let Some((id, kept)) = interactions::kept(request, before.as_deref(), object)
        {
            drop(self.state.put(&self.key_in("interactions", &id), Bytes::from(kept), responses::KEEP));
        }
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
