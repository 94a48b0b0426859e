//! The state machine of a target's passive health.

use std::time::Duration;

use base::Nanos;

use super::{Availability, EjectionPolicy, Outcome};

/// Where a target stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HealthState {
    /// It gets calls.
    Well {
        /// Failures in a row.
        failures: u32,
        /// Ejections before, none of them long ago.
        ejections: u32,
        /// Since when it has been well.
        since: Nanos,
    },
    /// It gets no calls.
    Ejected {
        /// Until when; then one call tries it.
        until: Nanos,
        /// Which ejection this is, from 1.
        ejections: u32,
    },
    /// One call tries it.
    Probing {
        /// When another call may try, if the one under way has not come back.
        until: Nanos,
        /// Which ejection came before, from 1.
        ejections: u32,
    },
}

impl HealthState {
    /// After a call that had been let through as usual. The ends of calls that were under way when the
    /// target was ejected change nothing.
    pub(super) fn after(
        self,
        outcome: Outcome,
        now: Nanos,
        policy: &EjectionPolicy,
        may_eject: bool,
    ) -> Self {
        match (self, outcome) {
            (Self::Well { ejections, since, .. }, Outcome::Success) => Self::Well {
                failures: 0,
                // Long ago is forgotten here, so that the state becomes untroubled.
                ejections: if now.since(since) > policy.max { 0 } else { ejections },
                since,
            },
            (Self::Well { ejections, since, failures }, Outcome::Failure) => {
                let forgotten = now.since(since) > policy.max;
                if may_eject && self.is_last_straw(policy) {
                    return Self::eject(if forgotten { 0 } else { ejections }, now, policy);
                }
                Self::Well { failures: failures.saturating_add(1), ejections, since }
            }
            (ejected, _) => ejected,
        }
    }

    /// After the call that tried it, or one that was made although it was ejected.
    pub(super) fn after_probe(self, outcome: Outcome, now: Nanos, policy: &EjectionPolicy) -> Self {
        match (self, outcome) {
            (Self::Ejected { ejections, .. } | Self::Probing { ejections, .. }, Outcome::Success) => {
                Self::Well { failures: 0, ejections, since: now }
            }
            (Self::Probing { ejections, .. }, Outcome::Failure) => Self::eject(ejections, now, policy),
            (other, _) => other,
        }
    }

    /// The state in which the call that asks tries the target, if it may.
    pub(super) fn claim(self, now: Nanos, policy: &EjectionPolicy) -> Option<Self> {
        match self {
            Self::Ejected { until, ejections } | Self::Probing { until, ejections } if until <= now => {
                Some(Self::Probing { until: now + policy.base, ejections })
            }
            _ => None,
        }
    }

    pub(super) fn availability(self, now: Nanos) -> Availability {
        match self {
            Self::Well { .. } => Availability::Ready,
            Self::Ejected { until, .. } | Self::Probing { until, .. } if until <= now => {
                Availability::ProbeDue
            }
            Self::Ejected { until, .. } | Self::Probing { until, .. } => Availability::Not(until),
        }
    }

    /// One more failure ejects it.
    pub(super) const fn is_last_straw(self, policy: &EjectionPolicy) -> bool {
        match self {
            Self::Well { failures, .. } => {
                policy.consecutive_failures > 0 && failures.saturating_add(1) >= policy.consecutive_failures
            }
            _ => false,
        }
    }

    pub(super) const fn is_ejected(self) -> bool {
        !matches!(self, Self::Well { .. })
    }

    /// A success changes nothing.
    pub(super) const fn is_untroubled(self) -> bool {
        matches!(self, Self::Well { failures: 0, ejections: 0, .. })
    }

    fn eject(before: u32, now: Nanos, policy: &EjectionPolicy) -> Self {
        let factor = 1_u32.checked_shl(before).unwrap_or(u32::MAX);
        let time = policy.base.checked_mul(factor).unwrap_or(Duration::MAX);
        Self::Ejected { until: now + time.min(policy.max), ejections: before.saturating_add(1) }
    }
}

impl Default for HealthState {
    fn default() -> Self {
        Self::Well { failures: 0, ejections: 0, since: Nanos(0) }
    }
}
