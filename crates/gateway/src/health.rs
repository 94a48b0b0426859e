//! How targets fare, for people.

use base::Nanos;
use resilience::{HealthState, TargetHealth};
use serde::Serialize;
use snapshot::Target;

/// One target's health.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TargetView {
    /// `host:port`.
    pub target: String,
    /// Its share of the requests.
    pub weight: u32,
    /// Where it stands.
    pub state: TargetState,
    /// Failures in a row.
    pub consecutive_failures: u32,
    /// For how much longer it is ejected, in milliseconds.
    pub ejected_for_ms: Option<u64>,
}

/// Where a target stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TargetState {
    /// It gets calls.
    Healthy,
    /// It gets none for a while.
    Ejected,
    /// One call tries it.
    Probing,
}

impl TargetView {
    pub(crate) fn new(target: &Target, health: &TargetHealth, now: Nanos) -> Self {
        let (state, consecutive_failures, until) = match health.state() {
            HealthState::Well { failures, .. } => (TargetState::Healthy, failures, None),
            HealthState::Ejected { until, .. } => (TargetState::Ejected, 0, Some(until)),
            HealthState::Probing { .. } => (TargetState::Probing, 0, None),
        };
        let left = |until: Nanos| u64::try_from(until.since(now).as_millis()).unwrap_or(u64::MAX);
        Self {
            target: target.label.to_string(),
            weight: target.weight,
            state,
            consecutive_failures,
            ejected_for_ms: until.map(left),
        }
    }
}
