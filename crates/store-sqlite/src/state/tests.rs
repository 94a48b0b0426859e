use super::*;

const HOUR: Duration = Duration::from_hours(1);

fn open(folder: &std::path::Path, clock: &Clock, disk_budget: u64) -> SqliteState {
    let config = StateConfig { folder: folder.to_owned(), disk_budget, memory_budget: 600 };
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
    let config = StateConfig { folder: folder.path().to_owned(), disk_budget: 1, memory_budget: 1 };
    let error = config.build(Clock::manual(Micros(0))).unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 9, .. }), "{error}");
}
