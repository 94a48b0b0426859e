use std::collections::HashMap;
use std::time::Duration;

use proptest::prelude::*;

use super::*;

const SECOND: u64 = 1_000_000_000;

fn per_second(burst: u64) -> Limit {
    Limit::new(burst, Duration::from_secs(1), burst).unwrap()
}

#[test]
fn keys_are_counted_apart_and_alike() {
    let (limiter, limit) = (Limiter::new(1_000), per_second(1));
    let (a, b) = (limiter.key(("plan", "a")), limiter.key(("plan", "b")));
    assert_eq!(a, limiter.key(("plan", "a")));
    assert_ne!(a, b);
    assert!(limiter.check(a, &limit, 1, Nanos(0)).allowed);
    assert!(!limiter.check(a, &limit, 1, Nanos(0)).allowed);
    assert!(limiter.check(b, &limit, 1, Nanos(0)).allowed);
    limiter.refund(a, &limit, 1);
    assert!(limiter.check(a, &limit, 1, Nanos(0)).allowed);
}

#[test]
fn the_number_of_keys_is_bounded_whatever_comes() {
    let (limiter, limit) = (Limiter::new(1_000), per_second(1));
    let victim = limiter.key("victim");
    let slow = Limit::new(1, Duration::from_hours(1), 1).unwrap();
    assert!(limiter.check(victim, &slow, 1, Nanos(0)).allowed);
    for at in 0..100_000_u64 {
        limiter.check(limiter.key(at), &limit, 1, Nanos(at));
    }
    let stats = limiter.stats();
    assert!(stats.keys <= 64 * 1_000_usize.div_ceil(64), "{stats:?}");
    assert!(stats.evicted > 90_000, "{stats:?}");
    // Keys with little to earn back go before one that was used up for an hour.
    assert!(!limiter.check(victim, &slow, 1, Nanos(200_000)).allowed);
}

#[test]
fn a_full_shard_frees_its_idle_keys_before_others() {
    let (limiter, limit) = (Limiter::new(6_400), per_second(1));
    // A shard has room for 100 keys and gets 47 a round.
    for round in 0..10_u64 {
        for at in 0..3_000 {
            limiter.check(limiter.key((round, at)), &limit, 1, Nanos(round * 2 * SECOND));
        }
    }
    assert_eq!(limiter.stats().evicted, 0);
}

proptest! {
    /// With room for all, the limiter is one exact state a key.
    #[test]
    fn many_keys_behave_as_each_alone(calls in prop::collection::vec((0_u64..20, 0_u64..100_000_000, 1_u64..3), 1..300)) {
        let (limiter, limit) = (Limiter::new(100_000), per_second(5));
        let mut alone: HashMap<u64, Gcra> = HashMap::new();
        let mut now = Nanos(0);
        for (at, pause, cost) in calls {
            now = now + Duration::from_nanos(pause);
            let expect = alone.entry(at).or_default().check(&limit, cost, now);
            prop_assert_eq!(limiter.check(limiter.key(at), &limit, cost, now), expect);
        }
    }
}
