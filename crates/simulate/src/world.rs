//! What all requests share, and what belongs to one.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base::{Clock, Rng};
use http::HeaderMap;
use tokio_util::sync::CancellationToken;

use crate::config::{Config, Latency};
use crate::dist::{self, Distribution};
use crate::fault::{FaultError, Faults};
use crate::limit::Limits;
use crate::openai::{Batch, File, Keep, Shelf};
use crate::seed;
use crate::shop::Shop;
use crate::stats::Stats;
use crate::synth::Cache;

/// The header that asks for faults.
pub(crate) const FAULT_HEADER: &str = "x-simulate";

/// What all requests share.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    pub(crate) shop: Shop,
    pub(crate) stats: Stats,
    pub(crate) limits: Limits,
    pub(crate) cache: Cache,
    /// OpenAI's responses that are kept.
    pub(crate) responses: Keep,
    /// OpenAI's files and batches.
    pub(crate) files: Shelf<File>,
    pub(crate) batches: Shelf<Batch>,
    /// Cancelled when the server shuts down, so that stalled answers end.
    pub(crate) closing: CancellationToken,
    next: AtomicU64,
}

/// One request's number and the faults that lie on it.
#[derive(Clone, Debug)]
pub(crate) struct Ticket {
    /// Counted from 1 since the start or the last reset.
    pub(crate) number: u64,
    /// What its header asks for.
    asked: Result<Faults, FaultError>,
    /// What the configuration's rates drew for it.
    drawn: Faults,
}

// === impl World ===

impl World {
    pub(crate) fn new(config: Config, clock: Clock) -> Self {
        Self {
            shop: Shop::new(config.seed),
            stats: Stats::new(config.recent),
            limits: Limits::new(config.rate_limit),
            cache: Cache::default(),
            responses: Keep::default(),
            files: Shelf::default(),
            batches: Shelf::default(),
            closing: CancellationToken::new(),
            next: AtomicU64::new(0),
            clock,
            config,
        }
    }

    /// Forgets everything since the start.
    pub(crate) fn reset(&self) {
        self.next.store(0, Ordering::Relaxed);
        self.stats.reset();
        self.limits.reset();
        self.cache.reset();
        self.responses.reset();
        self.files.reset();
        self.batches.reset();
        self.shop.reset();
    }

    /// A generator for one purpose of one request.
    pub(crate) fn rng(&self, label: &str, ticket: &Ticket) -> Rng {
        seed::rng(self.config.seed, label, ticket.number)
    }

    /// Numbers a request and draws its share of the configured faults.
    pub(crate) fn ticket(&self, headers: &HeaderMap) -> Ticket {
        let number = self.next.fetch_add(1, Ordering::Relaxed) + 1;
        let mut rng = seed::rng(self.config.seed, "faults", number);
        let mut drawn = Faults::default();
        if dist::unit(&mut rng) < self.config.error_rate {
            drawn.status = seed::pick(&mut rng, &self.config.error_statuses).copied();
            drawn.retry_after = (drawn.status == Some(429)).then_some(1);
        }
        if dist::unit(&mut rng) < self.config.cut_rate {
            drawn.cut_after = Some(seed::between(&mut rng, 1, 6));
        }
        let mut texts = headers.get_all(FAULT_HEADER).iter();
        let asked = texts.try_fold(Faults::default(), |below, value| {
            let text = String::from_utf8_lossy(value.as_bytes());
            Ok(Faults::parse(&text)?.over(below))
        });
        Ticket { number, asked, drawn }
    }

    /// What stands in for a latency that nothing was asked for.
    pub(crate) fn latency(&self, natural: Distribution) -> Distribution {
        match self.config.latency {
            Latency::Natural => natural,
            Latency::None => Distribution::ZERO,
            Latency::All(all) => all,
        }
    }

    /// What stands in for the pauses while a model writes.
    pub(crate) fn pause_between(&self, natural: Distribution) -> Distribution {
        match self.config.latency {
            Latency::Natural => natural,
            Latency::None | Latency::All(_) => Distribution::ZERO,
        }
    }

    /// Waits, but not past the shutdown.
    pub(crate) async fn pause(&self, time: Duration) {
        pause(&self.closing, time).await;
    }
}

/// Waits for `time` or until the server shuts down, whichever comes first.
pub(crate) async fn pause(closing: &CancellationToken, time: Duration) {
    if time.is_zero() {
        return;
    }
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        () = closing.cancelled() => {}
    }
}

// === impl Ticket ===

impl Ticket {
    /// The faults: the header's word over the model name's over what was drawn.
    pub(crate) fn faults(&self, of_model: Faults) -> Result<Faults, FaultError> {
        Ok(self.asked.clone()?.over(of_model).over(self.drawn))
    }
}
