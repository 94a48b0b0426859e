use proptest::prelude::*;

use super::*;

#[test]
fn permits_are_given_up_to_the_limit_and_come_back() {
    let all = Arc::new(Inflights::new());
    let permits: Vec<_> = (0..3).map(|_| all.acquire("a", 3).unwrap()).collect();
    assert!(all.acquire("a", 3).is_none());
    assert!(all.acquire("b", 0).is_none());
    let other = all.acquire("b", 1).unwrap();
    let fourth = all.acquire("a", 4).unwrap();
    drop(permits);
    assert_eq!((all.count("a"), all.count("b")), (1, 1));
    drop((fourth, other));
    assert!(all.shards.iter().all(|shard| shard.lock().is_empty()));
}

#[test]
fn threads_never_hold_more_than_the_limit() {
    let all = Arc::new(Inflights::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..5_000 {
                    let permit = all.acquire("a", 2);
                    assert!(all.count("a") <= 2);
                    drop(permit);
                }
            });
        }
    });
    assert_eq!(all.count("a"), 0);
}

proptest! {
    #[test]
    fn the_count_is_the_number_of_permits(steps in prop::collection::vec((any::<bool>(), 0_u32..6), 0..100)) {
        let all = Arc::new(Inflights::new());
        let mut permits = Vec::new();
        for (acquire, max) in steps {
            let before = permits.len();
            if !acquire {
                permits.pop();
            } else if let Some(permit) = all.acquire(7_u64, max) {
                prop_assert!(before < max as usize);
                permits.push(permit);
            } else {
                prop_assert!(before >= max as usize);
            }
            prop_assert_eq!(all.count(7_u64) as usize, permits.len());
        }
    }
}
