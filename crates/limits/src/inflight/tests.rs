use proptest::prelude::*;

use super::*;

#[test]
fn permits_are_given_up_to_the_limit_and_come_back() {
    let inflight = Arc::new(Inflight::default());
    let permits: Vec<_> = (0..3).map(|_| inflight.acquire(3).unwrap()).collect();
    assert!(inflight.acquire(3).is_none());
    assert!(inflight.acquire(0).is_none());
    let fourth = inflight.acquire(4).unwrap();
    drop(permits);
    assert_eq!(inflight.count(), 1);
    drop(fourth);
    assert_eq!(inflight.count(), 0);
}

#[test]
fn counters_live_as_long_as_somebody_holds_them() {
    let all = Inflights::new();
    let a = all.get("a");
    let permit = all.get("b").acquire(1).unwrap();
    assert!(Arc::ptr_eq(&a, &all.get("a")));
    all.sweep();
    assert_eq!(all.len(), 2);
    assert!(all.get("b").acquire(1).is_none());
    drop((a, permit));
    all.sweep();
    assert!(all.is_empty());
}

#[test]
fn threads_never_hold_more_than_the_limit() {
    let inflight = Arc::new(Inflight::default());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..5_000 {
                    let permit = inflight.acquire(2);
                    assert!(inflight.count() <= 2);
                    drop(permit);
                }
            });
        }
    });
    assert_eq!(inflight.count(), 0);
}

proptest! {
    #[test]
    fn the_count_is_the_number_of_permits(steps in prop::collection::vec((any::<bool>(), 0_u32..6), 0..100)) {
        let inflight = Arc::new(Inflight::default());
        let mut permits = Vec::new();
        for (acquire, max) in steps {
            let before = permits.len();
            if !acquire {
                permits.pop();
            } else if let Some(permit) = inflight.acquire(max) {
                prop_assert!(before < max as usize);
                permits.push(permit);
            } else {
                prop_assert!(before >= max as usize);
            }
            prop_assert_eq!(inflight.count() as usize, permits.len());
        }
    }
}
