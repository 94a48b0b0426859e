//! Requests a minute, by vendor and key: windows of whole minutes, as simple as a vendor's.

use std::collections::HashMap;

use base::Micros;
use parking_lot::Mutex;

use crate::areas::AreaId;

/// Counts requests in the current minute.
#[derive(Debug)]
pub(crate) struct Limiter {
    limit: u32,
    minute: Mutex<Minute>,
}

#[derive(Debug, Default)]
struct Minute {
    number: i64,
    used: HashMap<(usize, u64), u32>,
}

/// What a key has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Allowance {
    /// Requests a minute.
    pub(crate) limit: u32,
    /// Of these, how many are left.
    pub(crate) remaining: u32,
    /// Seconds until all are there again.
    pub(crate) reset: u32,
    /// Whether this request was one too many.
    pub(crate) exceeded: bool,
}

const MINUTE: i64 = 60_000_000;

/// What the headers tell when there is no limit.
const NOMINAL: u32 = 10_000;

/// Keys remembered in one minute; more than these share no count.
const MOST_KEYS: usize = 10_000;

// === impl Limiter ===

impl Limiter {
    pub(crate) fn new(limit: u32) -> Self {
        Self { limit, minute: Mutex::default() }
    }

    pub(crate) fn clear(&self) {
        *self.minute.lock() = Minute::default();
    }

    /// Counts a request.
    pub(crate) fn take(&self, area: AreaId, key: u64, now: Micros) -> Allowance {
        let reset = u32::try_from((MINUTE - now.0.rem_euclid(MINUTE) + 999_999) / 1_000_000).unwrap_or(60);
        if self.limit == 0 {
            return Allowance { limit: NOMINAL, remaining: NOMINAL - 1, reset, exceeded: false };
        }
        let mut minute = self.minute.lock();
        let number = now.0.div_euclid(MINUTE);
        if minute.number != number || minute.used.len() >= MOST_KEYS {
            *minute = Minute { number, used: HashMap::new() };
        }
        let used = minute.used.entry((area.index(), key)).or_default();
        *used = used.saturating_add(1);
        Allowance {
            limit: self.limit,
            remaining: self.limit.saturating_sub(*used),
            reset,
            exceeded: *used > self.limit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_its_requests_a_minute_and_then_the_next_minute() {
        let limiter = Limiter::new(2);
        let take = |key, now| {
            let allowance = limiter.take(AreaId::OpenAi, key, Micros(now));
            (allowance.exceeded, allowance.remaining, allowance.reset)
        };
        assert_eq!(take(1, 15_000_000), (false, 1, 45));
        assert_eq!(take(1, 15_500_000), (false, 0, 45));
        assert_eq!(take(1, 59_999_999), (true, 0, 1));
        assert_eq!(take(2, 59_999_999), (false, 1, 1));
        assert_eq!(take(1, 60_000_000), (false, 1, 60));
        assert!(!Limiter::new(0).take(AreaId::OpenAi, 1, Micros(0)).exceeded);
    }
}
