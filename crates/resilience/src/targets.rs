//! The targets of one upstream: balancing among those that are well.

use std::sync::Arc;
use std::time::Duration;

use base::Nanos;
use parking_lot::Mutex;

use crate::balance::SmoothWrr;
use crate::health::{Availability, EjectionPolicy, Outcome, TargetHealth};

#[cfg(test)]
mod tests;

/// What happens to a call when no target is well.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenNoneHealthy {
    /// It fails at once.
    #[default]
    Fail,
    /// It goes to one of all targets, as if all were well.
    TryAll,
}

/// One target of a set.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its share; 0 gets no calls.
    pub weight: u32,
    /// Its health, from the registry.
    pub health: Arc<TargetHealth>,
}

/// The targets of an upstream. One for the whole process: its rotation and health are shared.
#[derive(Debug)]
pub struct TargetSet {
    members: Vec<Member>,
    rotation: Mutex<SmoothWrr>,
    ejection: EjectionPolicy,
    when_none: WhenNoneHealthy,
}

/// The target of an attempt. Report its end, or a probe stays claimed until it times out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pick {
    /// Its place in the set.
    pub index: usize,
    /// It was ejected, and this attempt tries whether it is back.
    pub probe: bool,
    /// No target is well, and this one was taken nevertheless.
    pub forced: bool,
}

/// No target may be picked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoTarget {
    /// When the first of the ejected may be tried again; `None` if none is ejected.
    pub retry_after: Option<Duration>,
}

// === impl TargetSet ===

impl TargetSet {
    /// A set of targets.
    pub fn new(members: Vec<Member>, ejection: EjectionPolicy, when_none: WhenNoneHealthy) -> Self {
        let rotation = SmoothWrr::new(members.iter().map(|member| member.weight));
        Self { members, rotation: Mutex::new(rotation), ejection, when_none }
    }

    /// The targets.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The target for the next attempt. Those already `tried` for this call are taken only if no other
    /// is well.
    pub fn pick(&self, now: Nanos, tried: &[usize]) -> Result<Pick, NoTarget> {
        let fresh = |at: usize| !tried.contains(&at);
        if let Some(pick) = self.pick_among(now, fresh) {
            return Ok(pick);
        }
        if !tried.is_empty()
            && let Some(pick) = self.pick_among(now, |at| !fresh(at))
        {
            return Ok(pick);
        }
        if self.when_none == WhenNoneHealthy::TryAll {
            let mut rotation = self.rotation.lock();
            if let Some(index) = rotation.pick(fresh).or_else(|| rotation.pick(|_| true)) {
                return Ok(Pick { index, probe: false, forced: true });
            }
        }
        Err(self.no_target(now))
    }

    /// Reports how an attempt ended.
    pub fn report(&self, pick: &Pick, outcome: Outcome, now: Nanos) {
        let Some(member) = self.members.get(pick.index) else { return };
        if pick.probe || pick.forced {
            member.health.record_probe(outcome, now, &self.ejection);
        }
        if !pick.probe {
            let may_eject = || self.may_eject();
            member.health.record(outcome, now, &self.ejection, may_eject);
        }
    }

    /// Reports the end of an attempt by the status answered.
    pub fn report_status(&self, pick: &Pick, status: u16, now: Nanos) {
        self.report(pick, self.ejection.outcome(status), now);
    }

    fn pick_among(&self, now: Nanos, eligible: impl Fn(usize) -> bool) -> Option<Pick> {
        let available = |at: usize| {
            let health = self.members.get(at).map(|member| &member.health);
            eligible(at)
                && health.is_some_and(|health| !matches!(health.availability(now), Availability::Not(_)))
        };
        // Another thread may take the probe between the look and the claim; then look again.
        for _ in 0..=self.members.len() {
            let index = self.next(available)?;
            let health = &self.members.get(index)?.health;
            let probe = match health.availability(now) {
                Availability::Ready => false,
                Availability::ProbeDue if health.claim_probe(now, &self.ejection) => true,
                _ => continue,
            };
            return Some(Pick { index, probe, forced: false });
        }
        None
    }

    /// The next in turn; a lone target needs no turns.
    fn next(&self, available: impl Fn(usize) -> bool) -> Option<usize> {
        match self.members.as_slice() {
            [only] => (only.weight > 0 && available(0)).then_some(0),
            _ => self.rotation.lock().pick(available),
        }
    }

    /// Whether one more target may be ejected.
    fn may_eject(&self) -> bool {
        let percent = usize::from(self.ejection.max_ejected_percent);
        let ejected = self.members.iter().filter(|member| member.health.is_ejected()).count();
        percent > 0 && (ejected == 0 || (ejected + 1) * 100 <= self.members.len() * percent)
    }

    fn no_target(&self, now: Nanos) -> NoTarget {
        let times = self.members.iter().filter(|member| member.weight > 0);
        let times = times.filter_map(|member| match member.health.availability(now) {
            Availability::Not(Nanos(u64::MAX)) => None,
            Availability::Not(until) => Some(until.since(now)),
            Availability::Ready | Availability::ProbeDue => Some(Duration::ZERO),
        });
        NoTarget { retry_after: times.min() }
    }
}

// === impl NoTarget ===

impl std::fmt::Display for NoTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no target is well")
    }
}

impl std::error::Error for NoTarget {}
