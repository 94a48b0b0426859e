use std::time::Duration;

use stateport::StateError;

use super::*;
use crate::writer::QUEUE;

const HOUR: Duration = Duration::from_hours(1);

fn open(folder: &std::path::Path, clock: &Clock) -> SqliteJobs {
    JobsConfig { folder: folder.to_owned(), disk_budget: 10_000 }.build(clock.clone()).unwrap()
}

fn new(id: &str, task: usize) -> NewJob {
    let key = Some((format!("key of {id}"), "x".to_owned()));
    NewJob {
        id: id.into(),
        scope: "s".into(),
        owner: "o".into(),
        name: "n".into(),
        key,
        task: vec![7; task].into(),
    }
}

#[tokio::test]
async fn they_are_kept_as_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(Micros(1));
    stateport::conformance::jobs(&open(folder.path(), &clock), &clock).await;
    let folder = tempfile::tempdir().unwrap();
    stateport::conformance::schedules(&open(folder.path(), &clock), &clock).await;
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
    drop(jobs.end("1", Ending { came: "good".into(), outcome: vec![9; 3_000].into(), keep: HOUR }));
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
async fn a_time_of_a_schedule_comes_once_also_for_two_who_keep_one_file_and_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(Micros(1));
    let (one, other) = (open(folder.path(), &clock), open(folder.path(), &clock));
    for jobs in [&one, &other] {
        jobs.watch("s", "daily").await.unwrap();
    }
    let mut fired = Vec::new();
    for (number, jobs) in [&one, &other].into_iter().enumerate() {
        let job = NewJob { key: None, ..new(&number.to_string(), 10) };
        fired.push(jobs.fire("s", Micros(60), job, 10).await.unwrap());
    }
    assert_eq!(fired, [Fired::New, Fired::Before]);
    drop((one, other));
    let again = open(folder.path(), &clock);
    assert_eq!(again.fire("s", Micros(60), new("3", 10), 10).await.unwrap(), Fired::Before);
    assert_eq!(again.open().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_time_that_cannot_be_written_leaves_no_job() {
    let folder = tempfile::tempdir().unwrap();
    let jobs = open(folder.path(), &Clock::manual(Micros(1)));
    jobs.watch("s", "daily").await.unwrap();
    let other = rusqlite::Connection::open(folder.path().join("jobs.db")).unwrap();
    let breaks = "CREATE TRIGGER breaks BEFORE UPDATE ON schedules BEGIN SELECT RAISE(ABORT, 'full'); END";
    other.execute_batch(breaks).unwrap();
    assert!(jobs.fire("s", Micros(60), new("1", 6_000), 10).await.is_err());
    assert!(jobs.open().await.unwrap().is_empty());
    other.execute_batch("DROP TRIGGER breaks").unwrap();
    // It takes no room, and the time comes all the same.
    assert_eq!(jobs.fire("s", Micros(60), new("2", 9_000), 10).await.unwrap(), Fired::New);
    assert_eq!(jobs.open().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_file_of_the_first_format_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let connection = rusqlite::Connection::open(folder.path().join("jobs.db")).unwrap();
    let first = "CREATE TABLE jobs (
        number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, scope TEXT NOT NULL, owner TEXT NOT NULL,
        key TEXT, digest TEXT, task BLOB NOT NULL, outcome BLOB,
        created INTEGER NOT NULL, ended INTEGER, until INTEGER);
    CREATE TABLE notes (
        number INTEGER PRIMARY KEY, job INTEGER NOT NULL REFERENCES jobs (number) ON DELETE CASCADE, note BLOB NOT NULL);
    INSERT INTO jobs (id, scope, owner, task, created) VALUES ('1', 's', 'o', x'07', 5);
    PRAGMA user_version = 1;";
    connection.execute_batch(first).unwrap();
    drop(connection);
    let jobs = open(folder.path(), &Clock::manual(Micros(9)));
    assert_eq!(jobs.find("o", "1").await.unwrap().unwrap().created, Micros(5));
    let end = Ending { came: "good".into(), outcome: Bytes::new(), keep: HOUR };
    assert!(jobs.end("1", end).await.unwrap());
    let line = jobs.list(JobQuery { limit: 1, ..JobQuery::default() }).await.unwrap().remove(0);
    assert_eq!(line.ended, Some((Micros(9), "good".into())));
    assert!(jobs.watch("s", "daily").await.is_ok());
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
