//! The port.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

/// What an operation gives when it is done.
pub type Pending<T> = Pin<Box<dyn Future<Output = Result<T, StateError>> + Send>>;

/// The most values that are listed.
pub const LISTED: usize = 10_000;

/// Values under keys, each with an end. An operation begins when it is called, whether or not its outcome is waited for,
/// and waits for no disk on the thread that asks.
pub trait StatePort: fmt::Debug + Send + Sync + 'static {
    /// The value of a key, unless its time is over.
    fn get(&self, key: &Key) -> Pending<Option<Bytes>>;
    /// Keeps a value for a time, in place of the one that was there. Once this is done, another call finds it.
    fn put(&self, key: &Key, value: Bytes, keep: Duration) -> Pending<()>;
    /// Forgets a key; gives whether it was there.
    fn remove(&self, key: &Key) -> Pending<bool>;
    /// What an owner has in a space: names and values by name, at most [`LISTED`] of them. Only what is kept is in it, not
    /// what is still on its way.
    fn list(&self, space: &'static str, owner: &str) -> Pending<Vec<(String, Bytes)>>;
}

/// Names a value. What belongs to one owner is found by nobody else.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// What kind of value.
    pub space: &'static str,
    /// Whose it is, such as an application's stable id.
    pub owner: Arc<str>,
    /// Which one of its owner's.
    pub name: String,
}

/// Why a value cannot be read or kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// More is asked for than can be done at the moment.
    #[error("too many operations are waiting")]
    Busy,
    /// What keeps the values does not work; the process log says why.
    #[error("the state cannot be reached")]
    Unavailable,
    /// The value is larger than is kept.
    #[error("the value is too large")]
    TooLarge,
}

// === impl Key ===

impl Key {
    /// A key.
    pub fn new(space: &'static str, owner: impl Into<Arc<str>>, name: impl Into<String>) -> Self {
        Self { space, owner: owner.into(), name: name.into() }
    }
}
