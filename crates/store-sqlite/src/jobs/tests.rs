use std::fs;
use std::path::Path;
use std::time::Duration;

use stateport::StateError;
use store::seal::Sealer;

use super::*;
use crate::writer::QUEUE;

const HOUR: Duration = Duration::from_hours(1);

fn open(folder: &Path, clock: &Clock) -> SqliteJobs {
    JobsConfig { folder: folder.to_owned(), disk_budget: 10_000, vault: vault(folder, true) }
        .build(clock.clone())
        .unwrap()
}

/// That of the folder's key file, which is made if it is to be.
fn vault(folder: &Path, makes: bool) -> Vault {
    let sealer = Sealer::open(&folder.join("key")).unwrap();
    if makes {
        sealer.make_key().unwrap();
    }
    Vault::of(&sealer, "jobs").unwrap()
}

/// Whether a text lies in one of the files of a folder.
fn lies(folder: &Path, text: &str) -> bool {
    let files = fs::read_dir(folder).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap());
    files.into_iter().any(|bytes| bytes.windows(text.len()).any(|part| part == text.as_bytes()))
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
    // 9,500 bytes are there, and five times what sealing adds; what has ended is cleared away when its time is over.
    assert_eq!(jobs.accept(new("3", 501 - 6 * Vault::LONGER), 10).await.unwrap(), Accepted::NoRoom);
    clock.advance(HOUR);
    assert_eq!(jobs.accept(new("3", 6_000), 10).await.unwrap(), Accepted::New);
    assert_eq!(jobs.accept(new("4", 501 - 5 * Vault::LONGER), 10).await.unwrap(), Accepted::NoRoom);
    assert_eq!(jobs.accept(new("4", 500 - 5 * Vault::LONGER), 10).await.unwrap(), Accepted::New);
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
    INSERT INTO jobs (id, scope, owner, key, digest, task, created)
        VALUES ('1', 's', 'o', 'a secret key', 'a secret digest', CAST('do a secret' AS BLOB), 5);
    INSERT INTO notes (job, note) VALUES (1, CAST('a secret note' AS BLOB)), (1, CAST('a secret more' AS BLOB));
    INSERT INTO jobs (id, scope, owner, task, outcome, created, ended, until)
        VALUES ('2', 's', 'o', x'07', CAST('a secret answer' AS BLOB), 5, 6, 1000);
    PRAGMA user_version = 1;";
    connection.execute_batch(first).unwrap();
    drop(connection);
    // Without the key file nothing is sealed, and nothing is lost.
    let vault = vault(folder.path(), false);
    let config = JobsConfig { folder: folder.path().to_owned(), disk_budget: 10_000, vault };
    assert!(config.build(Clock::manual(Micros(9))).unwrap().open().await.unwrap().is_empty());
    assert!(lies(folder.path(), "a secret note") && !has_sealed_jobs(folder.path()).unwrap());
    let jobs = open(folder.path(), &Clock::manual(Micros(9)));
    assert!(!lies(folder.path(), "secret") && has_sealed_jobs(folder.path()).unwrap());
    let key = Some(("a secret key".to_owned(), "a secret digest".to_owned()));
    let again = jobs.accept(NewJob { key, ..new("3", 1) }, 10).await.unwrap();
    assert_eq!(again, Accepted::Known("1".into()));
    let job = jobs.find("o", "1").await.unwrap().unwrap();
    assert_eq!((job.created, &*job.task), (Micros(5), &b"do a secret"[..]));
    assert_eq!(jobs.notes("1").await.unwrap(), ["a secret note", "a secret more"]);
    assert_eq!(jobs.find("o", "2").await.unwrap().unwrap().outcome.unwrap(), "a secret answer");
    let end = Ending { came: "good".into(), outcome: Bytes::new(), keep: HOUR };
    assert!(jobs.end("1", end).await.unwrap());
    let line = jobs.list(JobQuery { limit: 2, ..JobQuery::default() }).await.unwrap().remove(1);
    assert_eq!(line.ended, Some((Micros(9), "good".into())));
    assert!(jobs.watch("s", "daily").await.is_ok());
}

#[tokio::test]
async fn nothing_of_a_job_lies_open_in_its_files() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(Micros(1));
    let jobs = open(folder.path(), &clock);
    for id in ["1", "2"] {
        let task = Bytes::from_static(b"authorization: Bearer a-secret");
        let key = Some((format!("a-secret {id}"), "digest of a-secret".to_owned()));
        jobs.accept(NewJob { task, key, ..new(id, 0) }, 10).await.unwrap();
        jobs.note(id, vec![Bytes::from_static(b"it answered a-secret")]).await.unwrap();
        assert!(!lies(folder.path(), "secret"));
    }
    let outcome = Bytes::from_static(b"all came to a-secret");
    jobs.end("1", Ending { came: "good".into(), outcome: outcome.clone(), keep: HOUR }).await.unwrap();
    assert!(!lies(folder.path(), "secret"));
    drop(jobs);
    assert!(!lies(folder.path(), "secret"));
    let jobs = open(folder.path(), &clock);
    assert_eq!(jobs.look("1").await.unwrap().unwrap().outcome, Some(outcome));
    let open = jobs.open().await.unwrap().remove(0);
    assert_eq!(jobs.look(&open.id).await.unwrap().unwrap().task, "authorization: Bearer a-secret");
    assert_eq!(jobs.notes("2").await.unwrap(), ["it answered a-secret"]);
}

#[tokio::test]
async fn jobs_whose_key_file_is_lost_wait_for_it_and_no_more_are_taken_in() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(Micros(1));
    open(folder.path(), &clock).accept(new("1", 10), 10).await.unwrap();
    let elsewhere = folder.path().join("elsewhere");
    fs::rename(folder.path().join("key"), &elsewhere).unwrap();
    let vault = vault(folder.path(), false);
    let config = JobsConfig { folder: folder.path().to_owned(), disk_budget: 10_000, vault };
    let without = config.build(clock.clone()).unwrap();
    assert!(without.open().await.unwrap().is_empty());
    assert_eq!(without.look("1").await, Err(StateError::Unavailable));
    assert_eq!(without.accept(new("2", 10), 10).await, Err(StateError::Unavailable));
    assert_eq!(without.list(JobQuery { limit: 9, ..JobQuery::default() }).await.unwrap().len(), 1);
    drop(without);
    fs::rename(elsewhere, folder.path().join("key")).unwrap();
    assert_eq!(open(folder.path(), &clock).open().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let connection = rusqlite::Connection::open(folder.path().join("jobs.db")).unwrap();
    connection.pragma_update(None, "user_version", 9).unwrap();
    let config =
        JobsConfig { folder: folder.path().to_owned(), disk_budget: 1, vault: vault(folder.path(), true) };
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
