use proptest::prelude::*;

use super::*;

const SECOND: u64 = 1_000_000_000;

fn limit(quantity: u64, seconds: u64, burst: u64) -> Limit {
    Limit::new(quantity, Duration::from_secs(seconds), burst).unwrap()
}

#[test]
fn a_burst_passes_and_the_rest_by_rate() {
    let (state, limit) = (Gcra::new(), limit(60, 60, 3));
    let check = |at: u64| state.check(&limit, 1, Nanos(at));
    assert_eq!(
        check(0),
        Decision {
            allowed: true,
            remaining: 2,
            reset_after: Duration::from_secs(1),
            retry_after: Some(Duration::ZERO)
        }
    );
    assert_eq!((check(0).remaining, check(0).remaining), (1, 0));
    let refused = check(SECOND / 4);
    assert_eq!((refused.allowed, refused.remaining), (false, 0));
    assert_eq!(refused.retry_after, Some(Duration::from_millis(750)));
    assert_eq!(refused.reset_after, Duration::from_millis(2_750));
    assert!(!check(SECOND - 1).allowed);
    assert!(check(SECOND).allowed);
    assert!(!check(SECOND).allowed);
    assert_eq!(check(100 * SECOND).remaining, 2);
}

#[test]
fn costs_beyond_the_burst_never_pass() {
    let (state, limit) = (Gcra::new(), limit(10, 1, 5));
    let decision = state.check(&limit, 6, Nanos(0));
    assert_eq!((decision.allowed, decision.retry_after, decision.remaining), (false, None, 5));
    assert!(!state.check(&limit, u64::MAX, Nanos(0)).allowed);
    assert!(state.check(&limit, 5, Nanos(0)).allowed);
}

#[test]
fn a_refund_undoes_a_check() {
    let (state, limit) = (Gcra::new(), limit(10, 1, 5));
    state.check(&limit, 3, Nanos(SECOND));
    state.refund(&limit, 3);
    assert!(state.is_idle(Nanos(SECOND)));
    assert_eq!(state.check(&limit, 0, Nanos(SECOND)).remaining, 5);
    Gcra::new().refund(&limit, 100);
}

#[test]
fn a_slow_limit_replaced_by_a_fast_one_does_not_lock_out() {
    let state = Gcra::new();
    state.check(&limit(1, 3_600, 1_000), 1_000, Nanos(0));
    let fast = limit(100, 1, 100);
    let decision = state.check(&fast, 1, Nanos(0));
    assert!(decision.retry_after.unwrap() <= Duration::from_secs(2), "{decision:?}");
}

#[test]
fn numbers_that_make_no_limit_are_refused() {
    let second = Duration::from_secs(1);
    assert_eq!(Limit::new(0, second, 1), Err(LimitError::Zero));
    assert_eq!(Limit::new(1, Duration::ZERO, 1), Err(LimitError::Zero));
    assert_eq!(Limit::new(1, second, 0), Err(LimitError::Zero));
    assert_eq!(Limit::new(SECOND + 1, second, 1), Err(LimitError::TooFast));
    assert_eq!(Limit::new(1, Duration::MAX, 1), Err(LimitError::TooSlow));
    assert_eq!(Limit::new(1, second, u64::MAX), Err(LimitError::TooSlow));
}

#[test]
fn threads_together_never_pass_more_than_the_burst() {
    let (state, limit) = (Gcra::new(), limit(1, 3_600, 1_000));
    let passed = std::thread::scope(|scope| {
        let count = || (0..1_000).filter(|_| state.check(&limit, 1, Nanos(0)).allowed).count();
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(count)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum::<usize>()
    });
    assert_eq!(passed, 1_000);
}

/// The same limit as a bucket that fills with time, in exact fractions: the level in units times
/// `interval`, so that a nanosecond adds one.
struct Bucket {
    level: u128,
    at: u64,
}

impl Bucket {
    fn check(&mut self, limit: &Limit, cost: u64, now: u64) -> (bool, u64) {
        let (interval, full) = (u128::from(limit.interval), u128::from(limit.tolerance));
        self.level = (self.level + u128::from(now - self.at)).min(full);
        self.at = now;
        let price = u128::from(cost) * interval;
        let allowed = price <= self.level;
        if allowed {
            self.level -= price;
        }
        (allowed, u64::try_from(self.level / interval).unwrap())
    }
}

proptest! {
    #[test]
    fn it_is_a_token_bucket(
        quantity in 1_u64..1_000,
        millis in 1_u64..10_000,
        burst in 1_u64..50,
        calls in prop::collection::vec((0_u64..2_000_000_000, 0_u64..8), 1..100),
    ) {
        let limit = Limit::new(quantity, Duration::from_millis(millis), burst).unwrap();
        let (state, mut now) = (Gcra::new(), 0);
        let mut bucket = Bucket { level: u128::from(limit.tolerance), at: 0 };
        for (pause, cost) in calls {
            now += pause;
            let decision = state.check(&limit, cost, Nanos(now));
            prop_assert_eq!((decision.allowed, decision.remaining), bucket.check(&limit, cost, now));
        }
    }

    /// In no stretch of time does more pass than the burst and what the time earned.
    #[test]
    fn no_stretch_of_time_lets_more_through(
        quantity in 1_u64..100,
        burst in 1_u64..20,
        pauses in prop::collection::vec(0_u64..200_000_000, 1..200),
    ) {
        let limit = limit(quantity, 1, burst);
        let state = Gcra::new();
        let mut now = 0;
        let mut passed = Vec::new();
        for pause in pauses {
            now += pause;
            if state.check(&limit, 1, Nanos(now)).allowed {
                passed.push(now);
            }
        }
        for (first, start) in passed.iter().enumerate() {
            for (last, end) in passed.iter().enumerate().skip(first) {
                let earned = u128::from(end - start) * u128::from(quantity) / u128::from(SECOND);
                prop_assert!((last - first + 1) as u128 <= u128::from(burst) + earned);
            }
        }
    }

    /// Who waits as long as told, passes; who waits a nanosecond less, does not.
    #[test]
    fn retry_after_is_exact(
        quantity in 1_u64..1_000,
        burst in 1_u64..20,
        costs in prop::collection::vec(1_u64..8, 1..40),
    ) {
        let limit = limit(quantity, 1, burst);
        let state = Gcra::new();
        let mut now = 7;
        for cost in costs {
            let decision = state.check(&limit, cost, Nanos(now));
            let Some(wait) = decision.retry_after else { continue };
            if !decision.allowed {
                let wait = u64::try_from(wait.as_nanos()).unwrap();
                prop_assert!(!state.check(&limit, cost, Nanos(now + wait - 1)).allowed);
                now += wait;
                prop_assert!(state.check(&limit, cost, Nanos(now)).allowed);
            }
            let reset = now + u64::try_from(state.check(&limit, 0, Nanos(now)).reset_after.as_nanos()).unwrap();
            prop_assert!(state.is_idle(Nanos(reset)) && (reset == now || !state.is_idle(Nanos(reset - 1))));
        }
    }
}
