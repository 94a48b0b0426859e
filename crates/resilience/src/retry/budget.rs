//! The retry budget: retries may add a part to the calls of an upstream, and no more, so that they do
//! not bury a target that is already down.

use std::sync::atomic::{AtomicU64, Ordering};

use base::Nanos;

/// How many retries an upstream may get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetPolicy {
    /// Retries per hundred calls.
    pub percent: u32,
    /// Retries a second that are allowed in any case, so that an upstream with few calls is retried too.
    pub min_per_second: u32,
}

/// The balance of an upstream's retry budget; one for the whole process. Calls count for ten seconds.
#[derive(Debug)]
pub struct RetryBudget {
    policy: BudgetPolicy,
    calls: Recent,
    retries: Recent,
}

/// A count of the last ten seconds: each second in a slot of its own, which holds the second's number
/// in its upper half and the count in the lower one.
#[derive(Debug, Default)]
struct Recent {
    slots: [AtomicU64; SLOTS],
}

const SLOTS: usize = 10;
const SECOND: u64 = 1_000_000_000;
const COUNT: u64 = u32::MAX as u64;

impl RetryBudget {
    /// Nothing called, nothing retried.
    pub fn new(policy: BudgetPolicy) -> Self {
        Self { policy, calls: Recent::default(), retries: Recent::default() }
    }

    /// Counts a call (not its retries).
    pub fn deposit(&self, now: Nanos) {
        self.calls.add(now);
    }

    /// Pays for a retry; `false` if there is nothing left to pay with. Threads that ask at the same
    /// moment may together get one retry each too many.
    pub fn withdraw(&self, now: Nanos) -> bool {
        let earned = self.calls.sum(now) * u64::from(self.policy.percent) / 100;
        let granted = u64::from(self.policy.min_per_second) * SLOTS as u64;
        let left = self.retries.sum(now) < earned + granted;
        if left {
            self.retries.add(now);
        }
        left
    }
}

/// 20 retries per 100 calls, and 10 a second in any case.
impl Default for BudgetPolicy {
    fn default() -> Self {
        Self { percent: 20, min_per_second: 10 }
    }
}

impl Recent {
    fn add(&self, now: Nanos) {
        let second = second(now);
        let at = usize::try_from(second).unwrap_or(0) % SLOTS;
        let update = |slot: u64| {
            // Another thread may have read its clock a little later: the younger second stays.
            let count = if slot >> 32 < second { 0 } else { slot & COUNT };
            let second = second.max(slot >> 32);
            Some(second << 32 | (count + 1).min(COUNT))
        };
        let slot = &self.slots[at];
        slot.fetch_update(Ordering::Relaxed, Ordering::Relaxed, update).unwrap_or_default();
    }

    fn sum(&self, now: Nanos) -> u64 {
        let second = second(now);
        let slots = self.slots.iter().map(|slot| slot.load(Ordering::Relaxed));
        let recent = slots.filter(|slot| (slot >> 32) + SLOTS as u64 > second);
        recent.map(|slot| slot & COUNT).sum()
    }
}

/// Seconds since the clock's start, in 32 bits: enough for 136 years.
fn second(now: Nanos) -> u64 {
    (now.0 / SECOND).min(COUNT)
}
