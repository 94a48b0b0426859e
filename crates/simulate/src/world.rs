//! What all requests of one simulator share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base::{Clock, Micros};
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::areas::AreaId;
use crate::config::Config;
use crate::dice::Dice;
use crate::ledger::Ledger;
use crate::limiter::Limiter;
use crate::prompt_cache::PromptCache;
use crate::shop::Shop;

/// The handlers' state.
pub(crate) type Shared = Arc<World>;

/// See the module.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    pub(crate) dice: Dice,
    pub(crate) ledger: Ledger,
    pub(crate) limiter: Limiter,
    pub(crate) prompts: PromptCache,
    pub(crate) shop: Mutex<Shop>,
    counters: [AtomicU64; AreaId::COUNT],
    closing: watch::Sender<bool>,
}

// === impl World ===

impl World {
    pub(crate) fn new(config: Config, clock: Clock) -> Self {
        let dice = Dice::new(config.seed);
        Self {
            dice,
            ledger: Ledger::new(config.recent, config.recent_body),
            limiter: Limiter::new(config.requests_per_minute),
            prompts: PromptCache::default(),
            shop: Mutex::new(Shop::generate(dice)),
            counters: std::array::from_fn(|_| AtomicU64::new(0)),
            closing: watch::Sender::new(false),
            config,
            clock,
        }
    }

    /// The number of this request among its area's, from 0.
    pub(crate) fn next_number(&self, area: AreaId) -> u64 {
        self.counters.get(area.index()).map_or(0, |counter| counter.fetch_add(1, Ordering::Relaxed))
    }

    /// As if newly built: data, counters, caches, limits and statistics.
    pub(crate) fn reset(&self) {
        for counter in &self.counters {
            counter.store(0, Ordering::Relaxed);
        }
        self.ledger.clear();
        self.limiter.clear();
        self.prompts.clear();
        *self.shop.lock() = Shop::generate(self.dice);
    }

    /// Seconds since 1970.
    pub(crate) fn unix_seconds(&self) -> i64 {
        self.clock.wall().0.div_euclid(1_000_000)
    }

    /// Waits, but not past the simulator's end.
    pub(crate) async fn pause(&self, duration: Duration) {
        if duration.is_zero() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(duration) => {}
            () = self.closed() => {}
        }
    }

    /// Waits for the simulator's end.
    pub(crate) async fn closed(&self) {
        // The sender lives as long as `self`, so that the only answer is that the value came.
        drop(self.closing.subscribe().wait_for(|closing| *closing).await);
    }

    /// Ends all waiting, so that what is open finishes at once.
    pub(crate) fn close(&self) {
        self.closing.send_replace(true);
    }
}

/// A time as RFC 3339 has it, whole seconds.
pub(crate) fn rfc3339(at: Micros) -> String {
    let second = at.0.div_euclid(1_000_000);
    jiff::Timestamp::from_second(second).map_or_else(|_| "1970-01-01T00:00:00Z".to_owned(), |at| at.to_string())
}
