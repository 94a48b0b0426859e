//! The snapshot that counts now.

use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};

use crate::Snapshot;

/// A handle on the snapshot that counts now; clones are the same handle.
#[derive(Clone, Debug)]
pub struct Live(Arc<ArcSwap<Snapshot>>);

impl Live {
    /// Starts with a snapshot.
    pub fn new(snapshot: Snapshot) -> Self {
        Self(Arc::new(ArcSwap::from_pointee(snapshot)))
    }

    /// The snapshot, to be kept for a while.
    pub fn load(&self) -> Arc<Snapshot> {
        self.0.load_full()
    }

    /// The snapshot, for a look: no reference is counted.
    pub fn peek(&self) -> Guard<Arc<Snapshot>> {
        self.0.load()
    }

    /// Swaps the whole; calls under way end on the one they began with.
    pub fn publish(&self, snapshot: Arc<Snapshot>) {
        self.0.store(snapshot);
    }
}
