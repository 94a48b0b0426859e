use super::*;

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
        drop(jobs.note(id, vec![8; 500].into()));
    }
    drop(jobs.end("1", vec![9; 3_000].into(), HOUR));
    drop(jobs);
    let jobs = open(folder.path(), &clock);
    assert_eq!(jobs.open().await.unwrap().len(), 1);
    assert_eq!(jobs.notes("2").await.unwrap(), [vec![8; 500]]);
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
