use proptest::prelude::*;

use base::Rng;

use super::*;

fn request(failure: Failure) -> RetryRequest<'static> {
    RetryRequest { attempts: 1, method: &Method::Get, replayable: true, failure, time_left: None }
}

fn decide(policy: &RetryPolicy, request: RetryRequest<'_>) -> RetryDecision {
    let budget = RetryBudget::new(BudgetPolicy::default());
    policy.decide(&request, &budget, Nanos(0), &mut Rng::seeded(1))
}

fn check(request: RetryRequest<'_>, expect: Option<NoRetry>) {
    let why = match decide(&RetryPolicy::default(), request) {
        RetryDecision::After(_) => None,
        RetryDecision::No(why) => Some(why),
    };
    assert_eq!(why, expect, "{request:?}");
}

#[test]
fn what_was_not_sent_may_be_sent_again_whatever_the_method() {
    let post = RetryRequest { method: &Method::Post, ..request(Failure::Connect) };
    check(post, None);
    check(RetryRequest { replayable: false, ..post }, Some(NoRetry::BodyGone));
}

#[test]
fn what_may_have_taken_effect_is_sent_again_only_if_idempotent() {
    for failure in [Failure::Reset, Failure::Status(503, None)] {
        for method in ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"] {
            let method = &Method::parse(method.as_bytes()).unwrap();
            check(RetryRequest { method, ..request(failure) }, None);
        }
        for method in ["POST", "PATCH", "CONNECT", "PURGE", "get"] {
            let method = &Method::parse(method.as_bytes()).unwrap();
            check(RetryRequest { method, ..request(failure) }, Some(NoRetry::Unsafe));
        }
        let any = RetryPolicy { any_method: true, ..RetryPolicy::default() };
        let posted = decide(&any, RetryRequest { method: &Method::Post, ..request(failure) });
        assert!(matches!(posted, RetryDecision::After(_)));
    }
}

#[test]
fn the_policy_names_failures_and_attempts() {
    check(request(Failure::Timeout), Some(NoRetry::NotRetryable));
    check(request(Failure::Status(500, None)), Some(NoRetry::NotRetryable));
    check(request(Failure::Status(504, None)), None);
    check(RetryRequest { attempts: 2, ..request(Failure::Reset) }, None);
    check(RetryRequest { attempts: 3, ..request(Failure::Reset) }, Some(NoRetry::Exhausted));
    let timeouts = RetryPolicy { on_timeout: true, ..RetryPolicy::default() };
    assert!(matches!(decide(&timeouts, request(Failure::Timeout)), RetryDecision::After(_)));
}

#[test]
fn waits_asked_for_are_kept_or_too_long() {
    let after = |millis| Failure::Status(503, Some(Duration::from_millis(millis)));
    let policy = RetryPolicy::default();
    assert_eq!(decide(&policy, request(after(700))), RetryDecision::After(Duration::from_millis(700)));
    check(request(after(1_001)), Some(NoRetry::TooLong));
    let left =
        |millis| RetryRequest { time_left: Some(Duration::from_millis(millis)), ..request(after(700)) };
    check(left(700), Some(NoRetry::TooLong));
    check(left(701), None);
}

#[test]
fn the_budget_is_a_part_of_the_calls_of_ten_seconds() {
    let budget = RetryBudget::new(BudgetPolicy { percent: 20, min_per_second: 1 });
    let at = |second: u64| Nanos(second * 1_000_000_000);
    (0..100).for_each(|_| budget.deposit(at(5)));
    let paid = (0..100).filter(|_| budget.withdraw(at(5))).count();
    assert_eq!(paid, 20 + 10);
    assert!(!budget.withdraw(at(14)));
    // The calls and retries of second 5 have left the ten seconds.
    assert_eq!((0..100).filter(|_| budget.withdraw(at(15))).count(), 10);
    assert!(budget.withdraw(at(1_000)));
}

#[test]
fn a_spent_budget_ends_retries() {
    let budget = RetryBudget::new(BudgetPolicy { percent: 0, min_per_second: 0 });
    let decision =
        RetryPolicy::default().decide(&request(Failure::Reset), &budget, Nanos(0), &mut Rng::seeded(1));
    assert_eq!(decision, RetryDecision::No(NoRetry::OverBudget));
}

proptest! {
    #[test]
    fn waits_stay_within_their_bound_and_spread(seed in any::<u64>(), attempts in 1_u8..=255) {
        let backoff = Backoff { base: Duration::from_millis(25), max: Duration::from_secs(1) };
        let mut rng = Rng::seeded(seed);
        let bound = Duration::from_millis(25 << u32::from(attempts - 1).min(10)).min(backoff.max);
        let waits: Vec<Duration> = (0..50).map(|_| backoff.wait(attempts, &mut rng)).collect();
        prop_assert!(waits.iter().all(|wait| *wait <= bound));
        prop_assert!(waits.iter().any(|wait| *wait < bound / 2) && waits.iter().any(|wait| *wait > bound / 2));
    }

    /// In no ten seconds are there more retries than the budget of these ten seconds.
    #[test]
    fn retries_stay_within_the_budget(steps in prop::collection::vec((0_u64..900, any::<bool>()), 1..300)) {
        let policy = BudgetPolicy { percent: 20, min_per_second: 1 };
        let budget = RetryBudget::new(policy);
        let (mut millis, mut calls, mut retries) = (0, Vec::new(), Vec::new());
        for (pause, is_call) in steps {
            millis += pause;
            let now = Nanos(millis * 1_000_000);
            let second = millis / 1_000;
            if is_call {
                budget.deposit(now);
                calls.push(second);
            } else {
                let recent = |times: &[u64]| times.iter().filter(|time| **time + 10 > second).count();
                let expect = recent(&retries) < recent(&calls) * 20 / 100 + 10;
                prop_assert_eq!(budget.withdraw(now), expect);
                if expect {
                    retries.push(second);
                }
            }
        }
    }

    #[test]
    fn nothing_unsafe_is_ever_retried(
        method in prop::sample::select(&["POST", "PATCH", "LOCK"][..]),
        attempts in 1_u8..5,
        status in 100_u16..600,
    ) {
        let policy = RetryPolicy { on_timeout: true, statuses: Statuses::of([100..=599]), ..RetryPolicy::default() };
        for failure in [Failure::Reset, Failure::Timeout, Failure::Status(status, None)] {
            let method = &Method::parse(method.as_bytes()).unwrap();
            let decision = decide(&policy, RetryRequest { attempts, method, ..request(failure) });
            prop_assert!(matches!(decision, RetryDecision::No(_)));
        }
    }
}
