//! A place where the data plane keeps what it made from a compiled thing: a pool's key, a limiter's handle.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// Set once, by whoever runs the snapshot; it lives as long as the compiled thing, also across snapshots
/// that share it.
#[derive(Default)]
pub struct Attachment(OnceLock<Arc<dyn Any + Send + Sync>>);

impl Attachment {
    /// What is attached, made by `make` at the first call. One place holds one type.
    pub fn get_or_init<T: Any + Send + Sync>(&self, make: impl FnOnce() -> T) -> Option<&T> {
        self.0.get_or_init(|| Arc::new(make())).downcast_ref()
    }
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Attachment")
    }
}
