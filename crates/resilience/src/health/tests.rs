use proptest::prelude::*;

use super::*;

fn policy() -> EjectionPolicy {
    EjectionPolicy {
        consecutive_failures: 3,
        base: Duration::from_secs(10),
        max: Duration::from_mins(1),
        ..EjectionPolicy::default()
    }
}

fn seconds(seconds: u64) -> Nanos {
    Nanos(seconds * 1_000_000_000)
}

fn fail(health: &TargetHealth, times: u32, now: Nanos) {
    (0..times).for_each(|_| health.record(Outcome::Failure, now, &policy(), || true));
}

fn ejected_until(health: &TargetHealth) -> Option<u64> {
    match health.state() {
        HealthState::Ejected { until, .. } => Some(until.0 / 1_000_000_000),
        _ => None,
    }
}

#[test]
fn failures_in_a_row_eject_and_a_success_between_forgives() {
    let health = TargetHealth::new();
    fail(&health, 2, seconds(1));
    health.record(Outcome::Success, seconds(1), &policy(), || true);
    fail(&health, 2, seconds(1));
    assert_eq!(health.availability(seconds(1)), Availability::Ready);
    fail(&health, 1, seconds(1));
    assert_eq!(health.availability(seconds(1)), Availability::Not(seconds(11)));
    assert_eq!(health.availability(seconds(11)), Availability::ProbeDue);
}

#[test]
fn one_call_probes_and_its_end_decides() {
    let health = TargetHealth::new();
    fail(&health, 3, seconds(0));
    assert!(!health.claim_probe(seconds(9), &policy()));
    assert!(health.claim_probe(seconds(10), &policy()));
    assert!(!health.claim_probe(seconds(10), &policy()));
    // Calls from before the ejection end meanwhile and change nothing.
    health.record(Outcome::Success, seconds(11), &policy(), || true);
    fail(&health, 5, seconds(11));
    assert!(matches!(health.state(), HealthState::Probing { .. }));
    health.record_probe(Outcome::Failure, seconds(12), &policy());
    assert_eq!(ejected_until(&health), Some(12 + 20));
    assert!(health.claim_probe(seconds(32), &policy()));
    health.record_probe(Outcome::Success, seconds(33), &policy());
    assert_eq!(health.availability(seconds(33)), Availability::Ready);
}

#[test]
fn ejections_double_up_to_the_longest_and_are_forgotten() {
    let health = TargetHealth::new();
    let mut now = 0;
    let mut times = Vec::new();
    fail(&health, 3, seconds(now));
    for _ in 0..6 {
        let until = ejected_until(&health).unwrap();
        times.push(until - now);
        now = until;
        assert!(health.claim_probe(seconds(now), &policy()));
        health.record_probe(Outcome::Failure, seconds(now), &policy());
    }
    assert_eq!(times, [10, 20, 40, 60, 60, 60]);
    now = ejected_until(&health).unwrap();
    assert!(health.claim_probe(seconds(now), &policy()));
    health.record_probe(Outcome::Success, seconds(now), &policy());
    fail(&health, 3, seconds(now + 61));
    assert_eq!(ejected_until(&health), Some(now + 61 + 10));
}

#[test]
fn a_lost_probe_does_not_keep_a_target_out() {
    let health = TargetHealth::new();
    fail(&health, 3, seconds(0));
    assert!(health.claim_probe(seconds(10), &policy()));
    assert_eq!(health.availability(seconds(19)), Availability::Not(seconds(20)));
    assert!(health.claim_probe(seconds(20), &policy()));
}

#[test]
fn statuses_count_as_the_policy_says() {
    assert_eq!(policy().outcome(503), Outcome::Failure);
    assert_eq!(policy().outcome(500), Outcome::Success);
    let none = EjectionPolicy { consecutive_failures: 0, ..policy() };
    let health = TargetHealth::new();
    (0..100).for_each(|_| health.record(Outcome::Failure, seconds(1), &none, || true));
    assert_eq!(health.availability(seconds(1)), Availability::Ready);
}

#[test]
fn health_is_kept_by_id_as_long_as_it_is_held() {
    let registry = HealthRegistry::new();
    let held = registry.get("shop/web/10.0.0.1:80");
    fail(&held, 3, seconds(0));
    registry.get("gone");
    registry.sweep();
    assert_eq!(registry.by_id.lock().len(), 1);
    let again = registry.get("shop/web/10.0.0.1:80");
    assert!(Arc::ptr_eq(&held, &again));
    assert!(matches!(again.state(), HealthState::Ejected { ejections: 1, .. }));
}

proptest! {
    /// Whatever happens: `troubled` is never wrong in the direction that matters, an ejection lies within
    /// the bounds, and a target that answers its probe is back.
    #[test]
    fn the_state_stays_sound(steps in prop::collection::vec((0_u8..5, 0_u64..30, any::<bool>()), 0..200)) {
        let (health, policy) = (TargetHealth::new(), policy());
        let mut now = 0;
        for (step, pause, may_eject) in steps {
            now += pause;
            let at = seconds(now);
            match step {
                0 => health.record(Outcome::Success, at, &policy, || may_eject),
                1 | 2 => health.record(Outcome::Failure, at, &policy, || may_eject),
                3 => {
                    if health.claim_probe(at, &policy) {
                        health.record_probe(Outcome::Success, at, &policy);
                        prop_assert_eq!(health.availability(at), Availability::Ready);
                    }
                }
                _ => {
                    if health.claim_probe(at, &policy) {
                        health.record_probe(Outcome::Failure, at, &policy);
                    }
                }
            }
            let state = health.state();
            prop_assert_eq!(health.troubled.load(Ordering::Relaxed), !state.is_untroubled());
            prop_assert_eq!(health.is_ejected(), state.is_ejected());
            if let HealthState::Ejected { until, ejections } = state {
                prop_assert!(ejections > 0 && until.since(at) <= policy.max);
            }
        }
    }
}
