use base::Micros;
use stateport::StateError;

use super::*;
use crate::writer::QUEUE;

const HOUR: Duration = Duration::from_hours(1);

fn open(folder: &std::path::Path, clock: &Clock) -> SqliteJobs {
    JobsConfig { folder: folder.to_owned(), disk_budget: 10_000 }.build(clock.clone()).unwrap()
}

fn new(id: &str, task: usize) -> NewJob {
    let key = Some((format!("key of {id}"), "x".to_owned()));
    NewJob { id: id.into(), scope: "s".into(), owner: "o".into(), key, task: vec![7; task].into() }
}

#[tokio::test]
async fn they_are_kept_as_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(Micros(1));
    stateport::conformance::jobs(&open(folder.path(), &clock), &clock).await;
}

#[tokio::test]
async fn what_was_not_waited_for_is_there_after_a_restart_and_counts() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(Micros(1));
    let jobs = open(folder.path(), &clock);
    for id in ["1", "2"] {
        drop(jobs.accept(new(id, 3_000), 10));
        drop(jobs.note(id, vec![vec![8; 200].into(), vec![9; 300].into()]));
    }
    drop(jobs.end("1", vec![9; 3_000].into(), HOUR));
    drop(jobs);
    let jobs = open(folder.path(), &clock);
    assert_eq!(jobs.open().await.unwrap().len(), 1);
    assert_eq!(jobs.notes("2").await.unwrap(), [vec![8; 200], vec![9; 300]]);
    let ended = jobs.find("o", "1").await.unwrap().unwrap();
    assert_eq!(ended.outcome.unwrap().len(), 3_000);
    assert_eq!(jobs.accept(new("1", 3_000), 10).await.unwrap(), Accepted::Known("1".into()));
    // 9,500 bytes are there; what has ended is cleared away when its time is over.
    assert_eq!(jobs.accept(new("3", 501), 10).await.unwrap(), Accepted::NoRoom);
    clock.advance(HOUR);
    assert_eq!(jobs.accept(new("3", 6_000), 10).await.unwrap(), Accepted::New);
    assert_eq!(jobs.accept(new("4", 501), 10).await.unwrap(), Accepted::NoRoom);
    assert_eq!(jobs.accept(new("4", 500), 10).await.unwrap(), Accepted::New);
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let connection = rusqlite::Connection::open(folder.path().join("jobs.db")).unwrap();
    connection.pragma_update(None, "user_version", 9).unwrap();
    let config = JobsConfig { folder: folder.path().to_owned(), disk_budget: 1 };
    let error = config.build(Clock::manual(Micros(0))).unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 9, .. }), "{error}");
}

#[tokio::test]
async fn a_full_queue_refuses_and_takes_in_when_there_is_room_again() {
    let folder = tempfile::tempdir().unwrap();
    let jobs = open(folder.path(), &Clock::manual(Micros(1)));
    jobs.accept(new("1", 10), 10).await.unwrap();
    let lock = rusqlite::Connection::open(folder.path().join("jobs.db")).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let one = || jobs.note("1", vec![vec![8].into()]);
    // The thread may hold one of them while the rest waits.
    let waiting: Vec<_> = (0..=QUEUE + 1).map(|_| one()).collect();
    let refused = one();
    lock.execute_batch("ROLLBACK").unwrap();
    assert_eq!(refused.await, Err(StateError::Busy));
    let mut taken = 0;
    for kept in waiting {
        match kept.await {
            Ok(()) => taken += 1,
            refused => assert_eq!(refused, Err(StateError::Busy)),
        }
    }
    assert!(taken >= QUEUE, "{taken}");
    one().await.unwrap();
    assert_eq!(jobs.notes("1").await.unwrap().len(), taken + 1);
}
