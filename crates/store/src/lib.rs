//! What the control plane keeps: documents with their history, identities, events on their way to
//! webhooks, and a few values by name.
//! Traits alone, with the suite that every backend passes; no SQL. The methods block: callers run them
//! on threads that may.
#![warn(missing_docs)]

pub mod conformance;
mod deliveries;
mod documents;
mod error;
mod identities;
pub mod seal;
mod vault;

pub use deliveries::{Attempted, Deliveries, Delivery, DeliveryFilter, DeliveryState, Message, Replay};
pub use documents::{Action, Documents, Entry, Expected, Filter, Page, Stored, Write};
pub use error::StoreError;
pub use identities::{Identities, Session, Token, User, UserId};
pub use vault::Vault;

/// A backend: all that is kept in one place.
pub trait Store: Documents + Identities + Deliveries + Send + Sync {
    /// The value under a name.
    fn meta(&self, key: &str) -> Result<Option<String>, StoreError>;

    /// Sets or removes the value under a name.
    fn set_meta(&self, key: &str, value: Option<&str>) -> Result<(), StoreError>;
}
