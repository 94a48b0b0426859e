//! The port of events: what steps of flows tell webhooks.

use std::fmt;

use parking_lot::Mutex;

use crate::Pending;

/// Takes events in, whose delivery is somebody else's.
pub trait EventPort: fmt::Debug + Send + Sync + 'static {
    /// Takes an event in, unless there is one of its id. Once this is done it outlives a crash of the machine, and is delivered
    /// at least once.
    fn send(&self, event: NewEvent) -> Pending<Taken>;
}

/// An event to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// Its id, which receivers see, and by which it is taken in once.
    pub id: String,
    /// The team whose webhooks are told.
    pub team: String,
    /// Their environment.
    pub environment: String,
    /// The webhook of this name alone; `None`: all that want its type.
    pub webhook: Option<String>,
    /// Its type.
    pub kind: String,
    /// What is told, as JSON.
    pub data: String,
}

/// Whether an event was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It was, or had been before; these webhooks are told.
    Sent(Vec<String>),
    /// There is no webhook of this name.
    NoWebhook,
    /// It cannot be sent; in words.
    Refused(String),
}

/// Keeps events for somebody to look at, and delivers none.
#[derive(Debug, Default)]
pub struct MemoryEvents(Mutex<Vec<NewEvent>>);

// === impl MemoryEvents ===

impl MemoryEvents {
    /// What was taken in, in its order.
    pub fn taken(&self) -> Vec<NewEvent> {
        self.0.lock().clone()
    }
}

impl EventPort for MemoryEvents {
    fn send(&self, event: NewEvent) -> Pending<Taken> {
        let webhooks = event.webhook.clone().into_iter().collect();
        let mut events = self.0.lock();
        if !events.iter().any(|known| known.id == event.id) {
            events.push(event);
        }
        Box::pin(std::future::ready(Ok(Taken::Sent(webhooks))))
    }
}
