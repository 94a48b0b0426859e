//! The generic cell rate algorithm: a rate limit that keeps one number.
//!
//! That number is the theoretical arrival time: the moment at which all that was spent so far will have
//! been earned back. A call of cost `c` moves it `c` emission intervals into the future, and passes if
//! it then lies no further ahead than the burst is worth. It is the continuous form of a leaky bucket:
//! there is no window whose edge lets twice the limit through.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base::Nanos;

#[cfg(test)]
mod tests;

/// A rate: `quantity` in `window`, of which `burst` may come at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Limit {
    quantity: u64,
    window: Duration,
    burst: u64,
    /// Nanoseconds that earn one unit, rounded up: never more passes than was asked for.
    interval: u64,
    /// Nanoseconds that the burst is worth.
    tolerance: u64,
}

/// Why numbers do not make a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitError {
    /// Quantity, window or burst is zero.
    Zero,
    /// More than one unit a nanosecond: too fast to be told from no limit.
    TooFast,
    /// The burst takes longer than a hundred years to earn.
    TooSlow,
}

/// The state of one limit for one key. Every operation is one atomic exchange.
#[derive(Debug, Default)]
pub struct Gcra {
    /// The theoretical arrival time, in nanoseconds of the clock's line; 0 if nothing was ever spent.
    arrival: AtomicU64,
}

/// Whether a call may pass, and where its limit stands now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// It may.
    pub allowed: bool,
    /// How many units could be spent at once now.
    pub remaining: u64,
    /// Until the whole burst is there again, if nothing is spent.
    pub reset_after: Duration,
    /// Until a call of the same cost can pass: zero if this one did, `None` if none ever can, since it
    /// costs more than the burst.
    pub retry_after: Option<Duration>,
}

/// A hundred years in nanoseconds.
const LONGEST: u128 = 100 * 366 * 86_400 * 1_000_000_000;

// === impl Limit ===

impl Limit {
    /// `quantity` units in `window`, `burst` of them at once (usually `quantity`).
    pub fn new(quantity: u64, window: Duration, burst: u64) -> Result<Self, LimitError> {
        if quantity == 0 || window.is_zero() || burst == 0 {
            return Err(LimitError::Zero);
        }
        if window.as_nanos() < u128::from(quantity) {
            return Err(LimitError::TooFast);
        }
        let interval = window.as_nanos().div_ceil(u128::from(quantity));
        let tolerance = interval.saturating_mul(u128::from(burst));
        if tolerance > LONGEST {
            return Err(LimitError::TooSlow);
        }
        let fits = |nanos: u128| u64::try_from(nanos).map_err(|_| LimitError::TooSlow);
        Ok(Self { quantity, window, burst, interval: fits(interval)?, tolerance: fits(tolerance)? })
    }

    /// Units earned in a window.
    pub const fn quantity(&self) -> u64 {
        self.quantity
    }

    /// The window.
    pub const fn window(&self) -> Duration {
        self.window
    }

    /// Units that may be spent at once.
    pub const fn burst(&self) -> u64 {
        self.burst
    }

    fn decision(&self, ahead: u64, allowed: bool, retry_after: Option<Duration>) -> Decision {
        Decision {
            allowed,
            remaining: self.tolerance.saturating_sub(ahead) / self.interval,
            reset_after: Duration::from_nanos(ahead),
            retry_after,
        }
    }
}

// === impl Gcra ===

impl Gcra {
    /// Nothing spent.
    pub const fn new() -> Self {
        Self { arrival: AtomicU64::new(0) }
    }

    /// Spends `cost` units if they are there; a cost of 0 only asks. What was spent under another limit
    /// counts on, but for no longer than this limit could have caused.
    pub fn check(&self, limit: &Limit, cost: u64, now: Nanos) -> Decision {
        let price = limit.interval.saturating_mul(cost);
        let mut present = self.arrival.load(Ordering::Relaxed);
        loop {
            let ahead = limit.ahead(present, now);
            let wanted = ahead.saturating_add(price);
            if wanted > limit.tolerance {
                let wait = Duration::from_nanos(wanted - limit.tolerance);
                let ever = price <= limit.tolerance;
                // Asking, or being refused for debt, must not look like having passed.
                return limit.decision(ahead, false, ever.then_some(wait));
            }
            let passed = limit.decision(wanted, true, Some(Duration::ZERO));
            if cost == 0 {
                return passed;
            }
            match self.exchange(present, now.0.saturating_add(wanted)) {
                Ok(_) => return passed,
                Err(newer) => present = newer,
            }
        }
    }

    /// Gives back what [`Gcra::check`] spent on a call that did not happen.
    pub fn refund(&self, limit: &Limit, cost: u64) {
        let price = limit.interval.saturating_mul(cost);
        let mut present = self.arrival.load(Ordering::Relaxed);
        while let Err(newer) = self.exchange(present, present.saturating_sub(price)) {
            present = newer;
        }
    }

    /// Whether everything spent has been earned back: a new state would behave the same.
    pub fn is_idle(&self, now: Nanos) -> bool {
        self.arrival.load(Ordering::Relaxed) <= now.0
    }

    /// The theoretical arrival time.
    pub(crate) fn arrival(&self) -> u64 {
        self.arrival.load(Ordering::Relaxed)
    }

    fn exchange(&self, from: u64, to: u64) -> Result<u64, u64> {
        // One number is all there is to agree on, so that no order with other memory matters.
        self.arrival.compare_exchange_weak(from, to, Ordering::Relaxed, Ordering::Relaxed)
    }
}

impl Limit {
    /// How far a theoretical arrival time lies ahead.
    fn ahead(&self, arrival: u64, now: Nanos) -> u64 {
        arrival.saturating_sub(now.0).min(self.furthest())
    }

    /// The most that can be owed: the burst and one window of debt.
    fn furthest(&self) -> u64 {
        let window = u64::try_from(self.window.as_nanos()).unwrap_or(u64::MAX);
        self.tolerance.saturating_add(window)
    }
}

// === impl LimitError ===

impl fmt::Display for LimitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Zero => "quantity, window and burst must be more than zero",
            Self::TooFast => "the limit is more than one a nanosecond",
            Self::TooSlow => "the burst takes more than a hundred years to earn",
        })
    }
}

impl std::error::Error for LimitError {}
