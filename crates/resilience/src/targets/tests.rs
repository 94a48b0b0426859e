use proptest::prelude::*;

use super::*;

fn set(weights: &[u32], percent: u8, when_none: WhenNoneHealthy) -> TargetSet {
    let member = |weight: &u32| Member { weight: *weight, health: Arc::default() };
    let ejection = EjectionPolicy {
        consecutive_failures: 1,
        base: Duration::from_secs(10),
        max_ejected_percent: percent,
        ..EjectionPolicy::default()
    };
    TargetSet::new(weights.iter().map(member).collect(), ejection, when_none)
}

fn seconds(seconds: u64) -> Nanos {
    Nanos(seconds * 1_000_000_000)
}

fn plain(index: usize) -> Pick {
    Pick { index, probe: false, forced: false }
}

fn indices(set: &TargetSet, now: Nanos, count: usize) -> Vec<usize> {
    (0..count).map(|_| set.pick(now, &[]).unwrap().index).collect()
}

#[test]
fn a_failed_target_is_left_out_tried_once_and_back() {
    let set = set(&[1, 1, 1], 50, WhenNoneHealthy::Fail);
    assert_eq!(indices(&set, seconds(1), 3), [0, 1, 2]);
    set.report_status(&plain(1), 503, seconds(1));
    let during = indices(&set, seconds(2), 10);
    assert!(!during.contains(&1));
    let picks: Vec<Pick> = (0..12).map(|_| set.pick(seconds(11), &[]).unwrap()).collect();
    let probes: Vec<&Pick> = picks.iter().filter(|pick| pick.index == 1).collect();
    assert_eq!(probes, [&Pick { index: 1, probe: true, forced: false }]);
    set.report(probes[0], Outcome::Success, seconds(12));
    assert!(indices(&set, seconds(12), 3).contains(&1));
}

#[test]
fn only_so_many_are_ejected_at_once() {
    let set = set(&[1, 1, 1, 1], 50, WhenNoneHealthy::Fail);
    (0..4).for_each(|at| set.report(&plain(at), Outcome::Failure, seconds(1)));
    let picked = indices(&set, seconds(1), 8);
    assert!((0..8).all(|at| picked[at] == 2 + at % 2), "{picked:?}");
}

#[test]
fn a_lone_target_may_be_ejected_unless_none_may() {
    let lone = set(&[1], 50, WhenNoneHealthy::Fail);
    lone.report(&plain(0), Outcome::Failure, seconds(1));
    assert_eq!(lone.pick(seconds(4), &[]), Err(NoTarget { retry_after: Some(Duration::from_secs(7)) }));
    assert_eq!(lone.pick(seconds(11), &[]), Ok(Pick { index: 0, probe: true, forced: false }));
    let never = set(&[1], 0, WhenNoneHealthy::Fail);
    never.report(&plain(0), Outcome::Failure, seconds(1));
    assert_eq!(never.pick(seconds(1), &[]), Ok(plain(0)));
}

#[test]
fn with_none_well_all_may_be_tried() {
    let set = set(&[1, 1], 100, WhenNoneHealthy::TryAll);
    (0..2).for_each(|at| set.report(&plain(at), Outcome::Failure, seconds(1)));
    let picks: Vec<Pick> = (0..2).map(|_| set.pick(seconds(2), &[]).unwrap()).collect();
    assert!(picks.iter().all(|pick| pick.forced));
    assert_ne!(picks[0].index, picks[1].index);
    assert_ne!(set.pick(seconds(2), &[0]).unwrap().index, 0);
    set.report(&picks[0], Outcome::Failure, seconds(3));
    assert!(set.pick(seconds(3), &[]).unwrap().forced);
    set.report(&picks[0], Outcome::Success, seconds(3));
    assert_eq!(set.pick(seconds(3), &[]), Ok(plain(picks[0].index)));
}

#[test]
fn another_attempt_goes_elsewhere_if_it_can() {
    let set = set(&[100, 1, 0], 50, WhenNoneHealthy::Fail);
    for _ in 0..5 {
        assert_eq!(set.pick(seconds(1), &[0]), Ok(plain(1)));
    }
    assert!(set.pick(seconds(1), &[0, 1]).is_ok());
    set.report(&plain(1), Outcome::Failure, seconds(1));
    assert_eq!(set.pick(seconds(1), &[0]), Ok(plain(0)));
}

#[test]
fn no_targets_give_no_target() {
    for weights in [&[][..], &[0], &[0, 0]] {
        let set = set(weights, 50, WhenNoneHealthy::TryAll);
        assert_eq!(set.pick(seconds(1), &[]), Err(NoTarget { retry_after: None }));
    }
}

proptest! {
    /// Whatever fails, never more targets are out than the policy allows, and as long as one is well
    /// every pick gives one that may be picked.
    #[test]
    fn picks_are_well_and_ejections_bounded(
        weights in prop::collection::vec(1_u32..5, 1..8),
        percent in 0_u8..=100,
        steps in prop::collection::vec((0_u64..4, any::<bool>(), 0_usize..9), 1..200),
    ) {
        let set = set(&weights, percent, WhenNoneHealthy::Fail);
        let mut now = 0;
        for (pause, fails, tried) in steps {
            now += pause;
            let tried: Vec<usize> = (0..tried).collect();
            match set.pick(seconds(now), &tried) {
                Ok(pick) => {
                    prop_assert!(!pick.forced);
                    let outcome = if fails { Outcome::Failure } else { Outcome::Success };
                    set.report(&pick, outcome, seconds(now));
                }
                Err(none) => {
                    prop_assert!(set.members().iter().all(|member| member.health.is_ejected()));
                    prop_assert!(none.retry_after.is_some());
                }
            }
            let out = set.members().iter().filter(|member| member.health.is_ejected()).count();
            let most = (weights.len() * usize::from(percent) / 100).max(usize::from(percent > 0));
            prop_assert!(out <= most, "{out} of {most}");
        }
    }
}
