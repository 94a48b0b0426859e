use super::*;

const HOUR: Duration = Duration::from_hours(1);

fn open(folder: &std::path::Path, clock: &Clock, disk_budget: u64) -> SqliteState {
    let config =
        StateConfig { folder: folder.to_owned(), disk_budget, owner_budget: disk_budget, memory_budget: 600 };
    config.build(clock.clone()).unwrap()
}

fn key(name: &str) -> Key {
    Key::new("test", "owner", name)
}

#[tokio::test]
async fn values_outlive_the_process_and_end_in_time() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(Micros(1));
    let state = open(folder.path(), &clock, 1 << 20);
    state.put(&key("a"), Bytes::from_static(b"one"), HOUR).await.unwrap();
    state.put(&key("a"), Bytes::from_static(b"two"), HOUR).await.unwrap();
    // Not waited for, it is kept all the same.
    drop(state.put(&key("b"), Bytes::from_static(b"three"), 2 * HOUR));
    drop(state);
    let state = open(folder.path(), &clock, 1 << 20);
    assert_eq!(state.get(&key("a")).await.unwrap().unwrap(), "two");
    assert_eq!(state.get(&Key::new("test", "other", "a")).await.unwrap(), None);
    let listed = async || -> Vec<String> {
        let listed = state.list("test", "owner").await.unwrap();
        listed.into_iter().map(|(name, value)| format!("{name} {}", value.len())).collect()
    };
    assert_eq!(listed().await, ["a 3", "b 5"]);
    assert!(state.list("test", "other").await.unwrap().is_empty());
    clock.advance(HOUR);
    assert_eq!(listed().await, ["b 5"]);
    assert_eq!(state.get(&key("a")).await.unwrap(), None);
    assert_eq!(state.get(&key("b")).await.unwrap().unwrap(), "three");
    assert!(state.remove(&key("b")).await.unwrap() && !state.remove(&key("b")).await.unwrap());
}

#[tokio::test]
async fn the_oldest_goes_when_the_disk_budget_is_used_up() {
    let folder = tempfile::tempdir().unwrap();
    let state = open(folder.path(), &Clock::manual(Micros(1)), 40_000);
    for number in 0..50 {
        state.put(&key(&number.to_string()), Bytes::from(vec![7; 1_000]), HOUR).await.unwrap();
    }
    assert_eq!(state.get(&key("0")).await.unwrap(), None);
    assert_eq!(state.get(&key("49")).await.unwrap().unwrap().len(), 1_000);
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let connection = rusqlite::Connection::open(folder.path().join("state.db")).unwrap();
    connection.pragma_update(None, "user_version", 9).unwrap();
    let config =
        StateConfig { folder: folder.path().to_owned(), disk_budget: 1, owner_budget: 1, memory_budget: 1 };
    let error = config.build(Clock::manual(Micros(0))).unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 9, .. }), "{error}");
}

#[tokio::test]
async fn who_keeps_too_much_loses_its_own_oldest_and_nobody_elses() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(Micros(1));
    let open = || {
        let folder = folder.path().to_owned();
        StateConfig { folder, disk_budget: 1 << 20, owner_budget: 10_000, memory_budget: 600 }
            .build(clock.clone())
            .unwrap()
    };
    let of = |owner: &str, name: &str| Key::new("test", owner, name);
    let value = || Bytes::from(vec![7; 1_000]);
    let state = open();
    state.put(&of("quiet", "only"), value(), HOUR).await.unwrap();
    for number in 0..9 {
        state.put(&of("loud", &number.to_string()), value(), HOUR).await.unwrap();
    }
    // What was kept before counts after a restart as well.
    drop(state);
    let state = open();
    for number in 9..30 {
        state.put(&of("loud", &number.to_string()), value(), HOUR).await.unwrap();
    }
    assert_eq!(state.get(&of("loud", "19")).await.unwrap(), None);
    for number in 20..30 {
        assert!(state.get(&of("loud", &number.to_string())).await.unwrap().is_some(), "{number}");
    }
    assert!(state.get(&of("quiet", "only")).await.unwrap().is_some());
    // What is put in place of another is counted once, what is removed not at all.
    state.put(&of("loud", "29"), value(), HOUR).await.unwrap();
    assert!(state.remove(&of("loud", "20")).await.unwrap());
    state.put(&of("loud", "30"), value(), HOUR).await.unwrap();
    assert!(state.get(&of("loud", "21")).await.unwrap().is_some());
    let large = state.put(&of("loud", "large"), Bytes::from(vec![7; 10_001]), HOUR).await;
    assert_eq!(large, Err(StateError::TooLarge));
}

#[tokio::test]
async fn what_cannot_be_written_soon_enough_is_refused_and_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let config = StateConfig {
        folder: folder.path().to_owned(),
        disk_budget: 1 << 30,
        owner_budget: 1 << 30,
        memory_budget: 256 << 20,
    };
    let state = config.build(Clock::manual(Micros(1))).unwrap();
    let lock = rusqlite::Connection::open(folder.path().join("state.db")).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let value = Bytes::from(vec![7; LARGEST]);
    let fits = WAITING / LARGEST;
    let waiting: Vec<_> =
        (0..fits).map(|number| state.put(&key(&number.to_string()), value.clone(), HOUR)).collect();
    assert_eq!(state.put(&key("more"), value.clone(), HOUR).await, Err(StateError::Busy));
    assert_eq!(state.get(&key("more")).await.unwrap().unwrap().len(), LARGEST);
    lock.execute_batch("ROLLBACK").unwrap();
    for kept in waiting {
        kept.await.unwrap();
    }
    state.put(&key("more"), value, HOUR).await.unwrap();
}
