//! The responses that are kept, for a while and up to a size; the oldest go first.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use base::Nanos;
use serde_json::Value;

/// How many responses are kept, and how many bytes of them.
const MOST: usize = 1_000;
const MOST_BYTES: usize = 64 << 20;

/// All responses that are kept.
#[derive(Debug, Default)]
pub(crate) struct Keep {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    responses: HashMap<String, Kept>,
    /// The ids, the oldest first; some may be gone by now.
    order: VecDeque<String>,
    /// In which response an item stands.
    items: HashMap<String, String>,
    bytes: usize,
}

/// One response.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    /// Who may see it.
    pub(super) owner: u64,
    /// As it is when it is ready.
    pub(super) response: Value,
    /// All that it answered: what came before it, and its own input.
    pub(super) input: Vec<Value>,
    /// When a response in the background is ready.
    pub(super) ready: Nanos,
    pub(super) cancelled: bool,
    pub(super) size: usize,
}

// === impl Keep ===

impl Keep {
    pub(crate) fn reset(&self) {
        *self.inner.lock().unwrap_or_else(PoisonError::into_inner) = Inner::default();
    }

    pub(super) fn put(&self, kept: Kept) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let id = kept.id().to_owned();
        for item in kept.input.iter().chain(kept.output()) {
            if let Some(item) = item.get("id").and_then(Value::as_str) {
                inner.items.entry(item.to_owned()).or_insert_with(|| id.clone());
            }
        }
        inner.bytes += kept.size;
        inner.order.push_back(id.clone());
        inner.responses.insert(id, kept);
        while inner.order.len() > MOST || inner.bytes > MOST_BYTES {
            let Some(oldest) = inner.order.pop_front() else { break };
            inner.remove(&oldest);
        }
    }

    pub(super) fn get(&self, owner: u64, id: &str) -> Option<Kept> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.responses.get(id).filter(|kept| kept.owner == owner).cloned()
    }

    /// Forgets a response; tells whether it was there.
    pub(super) fn delete(&self, owner: u64, id: &str) -> bool {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.responses.get(id).is_some_and(|kept| kept.owner == owner) && inner.remove(id).is_some()
    }

    pub(super) fn cancel(&self, owner: u64, id: &str) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = inner.responses.get_mut(id).filter(|kept| kept.owner == owner) {
            kept.cancelled = true;
        }
    }

    /// An item of a response, and the id of the thought that led to it.
    pub(super) fn item(&self, owner: u64, id: &str) -> Option<(Value, Option<String>)> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = inner.responses.get(inner.items.get(id)?).filter(|kept| kept.owner == owner)?;
        let mut thought = None;
        for item in kept.input.iter().chain(kept.output()) {
            let text = |name: &str| item.get(name).and_then(Value::as_str);
            if text("id") == Some(id) {
                return Some((item.clone(), thought));
            }
            thought = match text("type") {
                Some("reasoning") => text("id").map(str::to_owned),
                // Only what follows a thought at once is bound to it, and calls that are made together.
                Some("function_call" | "custom_tool_call") => thought,
                _ => None,
            };
        }
        None
    }
}

// === impl Inner ===

impl Inner {
    fn remove(&mut self, id: &str) -> Option<Kept> {
        let kept = self.responses.remove(id)?;
        self.bytes = self.bytes.saturating_sub(kept.size);
        self.items.retain(|_, response| response != id);
        Some(kept)
    }
}

// === impl Kept ===

impl Kept {
    pub(super) fn id(&self) -> &str {
        self.response.get("id").and_then(Value::as_str).unwrap_or_default()
    }

    /// The items of the answer.
    pub(super) fn output(&self) -> &[Value] {
        self.response.get("output").and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }
}
