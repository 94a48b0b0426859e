//! Passive ejection: a target that keeps failing is left out for a while, then tried with one call.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base::Nanos;
use parking_lot::Mutex;

use crate::statuses::Statuses;

mod state;
#[cfg(test)]
mod tests;

pub use state::HealthState;

/// When targets are ejected, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EjectionPolicy {
    /// Failures in a row that eject a target; 0 ejects none.
    pub consecutive_failures: u32,
    /// The first ejection's time; each further one takes twice as long.
    pub base: Duration,
    /// The longest ejection. A target that stays well for this long starts from `base` again.
    pub max: Duration,
    /// The part of the targets that may be ejected at once, in percent; one target may be in any case,
    /// unless this is 0.
    pub max_ejected_percent: u8,
    /// Statuses that count as failures, besides having no answer.
    pub failure_statuses: Statuses,
}

/// How a call to a target ended, as far as the target's health goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It answered, and the status is no failure.
    Success,
    /// It did not answer, or with a status that counts as a failure.
    Failure,
}

/// The health of one target. Kept by its stable id, so that it outlives a change of configuration.
#[derive(Debug, Default)]
pub struct TargetHealth {
    /// The state is anything but well and without failures; spares the lock on nearly every call.
    troubled: AtomicBool,
    state: Mutex<HealthState>,
}

/// The health of all targets of the process by stable id.
#[derive(Debug, Default)]
pub struct HealthRegistry {
    by_id: Mutex<HashMap<Box<str>, Arc<TargetHealth>>>,
}

/// Whether a target may be picked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Availability {
    /// It may.
    Ready,
    /// Its ejection is over; one call may try it.
    ProbeDue,
    /// Not before this time; [`Nanos`]' largest value if no time is known.
    Not(Nanos),
}

// === impl EjectionPolicy ===

impl EjectionPolicy {
    /// What a status says about the target that answered it.
    pub fn outcome(&self, status: u16) -> Outcome {
        if self.failure_statuses.contains(status) { Outcome::Failure } else { Outcome::Success }
    }
}

/// Five failures in a row (no answer, or 502, 503, 504); 10 seconds to 5 minutes; half of the targets at most.
impl Default for EjectionPolicy {
    fn default() -> Self {
        Self {
            consecutive_failures: 5,
            base: Duration::from_secs(10),
            max: Duration::from_mins(5),
            max_ejected_percent: 50,
            failure_statuses: Statuses::of([502..=504]),
        }
    }
}

// === impl TargetHealth ===

impl TargetHealth {
    /// Well.
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts how a call ended that had been let through as usual.
    ///
    /// `may_eject` is asked only when the target has failed often enough to be ejected.
    pub fn record(
        &self,
        outcome: Outcome,
        now: Nanos,
        policy: &EjectionPolicy,
        may_eject: impl FnOnce() -> bool,
    ) {
        if outcome == Outcome::Success && !self.troubled.load(Ordering::Relaxed) {
            return;
        }
        // The other targets' states are asked before this one is locked, so that no two wait for each other.
        let due = outcome == Outcome::Failure && self.state.lock().is_last_straw(policy);
        let may_eject = due && may_eject();
        self.change(|state| state.after(outcome, now, policy, may_eject));
    }

    /// Counts how a probing call ended.
    pub fn record_probe(&self, outcome: Outcome, now: Nanos, policy: &EjectionPolicy) {
        self.change(|state| state.after_probe(outcome, now, policy));
    }

    /// Takes the one call that may try the target after its ejection; `false` if another has it.
    pub fn claim_probe(&self, now: Nanos, policy: &EjectionPolicy) -> bool {
        let mut claimed = false;
        self.change(|state| match state.claim(now, policy) {
            Some(probing) => {
                claimed = true;
                probing
            }
            None => state,
        });
        claimed
    }

    /// How it stands, for showing.
    pub fn state(&self) -> HealthState {
        *self.state.lock()
    }

    pub(crate) fn availability(&self, now: Nanos) -> Availability {
        if !self.troubled.load(Ordering::Relaxed) {
            return Availability::Ready;
        }
        self.state.lock().availability(now)
    }

    pub(crate) fn is_ejected(&self) -> bool {
        self.troubled.load(Ordering::Relaxed) && self.state.lock().is_ejected()
    }

    fn change(&self, change: impl FnOnce(HealthState) -> HealthState) {
        let mut state = self.state.lock();
        *state = change(*state);
        self.troubled.store(!state.is_untroubled(), Ordering::Relaxed);
    }
}

// === impl HealthRegistry ===

impl HealthRegistry {
    /// No targets.
    pub fn new() -> Self {
        Self::default()
    }

    /// The health of the target of a stable id (upstream and address); well if it is new.
    pub fn get(&self, id: &str) -> Arc<TargetHealth> {
        let mut by_id = self.by_id.lock();
        if let Some(present) = by_id.get(id) {
            return Arc::clone(present);
        }
        Arc::clone(by_id.entry(id.into()).or_default())
    }

    /// Forgets the targets that no configuration holds.
    pub fn sweep(&self) {
        self.by_id.lock().retain(|_, health| Arc::strong_count(health) > 1);
    }
}
