//! A gateway of a command's own: it listens nowhere, and keeps nothing.

use std::sync::Arc;

use base::{Clock, Rng, Secret};
use gateway::{Config, Gateway, Sink};
use snapshot::{Live, Snapshot};
use stateport::MemoryEvents;
use trace::CallRecord;

/// What is shown itself is not kept.
struct Forget;

impl Sink for Forget {
    fn record(&self, _: Box<CallRecord>) {}
}

/// A gateway with these documents; its events are left there.
pub(crate) fn gateway(snapshot: Snapshot, events: Arc<MemoryEvents>) -> Gateway {
    let clock = Clock::system();
    let config = Config {
        live: Live::new(snapshot),
        sink: Arc::new(Forget),
        clock: clock.clone(),
        trusted: Arc::new(|_| false),
        pseudonym: "weir-command".into(),
        reasons_at: "".into(),
        body_limit: None,
        ai_body_limit: 32 << 20,
        state: Arc::new(stateport::Memory::new(clock.clone(), 1 << 20)),
        files: Arc::new(stateport::Memory::new(clock.clone(), 1 << 20)),
        jobs: Arc::new(stateport::MemoryJobs::new(clock, 1 << 20)),
        events,
        seal_key: Secret::new(seal_key()),
    };
    config.build()
}

fn seal_key() -> [u8; 32] {
    let mut rng = Rng::from_system();
    std::array::from_fn(|_| rng.next_u64().to_le_bytes()[0])
}
