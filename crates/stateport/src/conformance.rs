//! What whoever keeps jobs must do, as tests of its own run it.

use std::time::Duration;

use base::{Clock, Micros};
use bytes::Bytes;

use crate::{Accepted, Ending, Fired, JobPort, JobQuery, NewJob, Scope, Stands};

const HOUR: Duration = Duration::from_hours(1);

fn new(id: &str, owner: &str, key: Option<(&str, &str)>) -> NewJob {
    NewJob {
        id: id.into(),
        scope: "flows".into(),
        owner: owner.into(),
        name: format!("do {id}"),
        key: key.map(|(key, digest)| (key.into(), digest.into())),
        task: Bytes::from_static(b"do it"),
    }
}

fn ended(came: &str, outcome: &'static str) -> Ending {
    Ending { came: came.into(), outcome: Bytes::from_static(outcome.as_bytes()), keep: HOUR }
}

/// What lists give of jobs.
#[expect(clippy::unwrap_used, reason = "it is for tests alone")]
async fn listed(
    port: &dyn JobPort,
    scope: Scope,
    stands: Option<Stands>,
    before: Option<&str>,
) -> Vec<String> {
    let which = JobQuery { scope, stands, before: before.map(str::to_owned), limit: 2 };
    port.list(which).await.unwrap().into_iter().map(|line| line.id).collect()
}

/// All of it, for a keeper that has no jobs, whose clock is moved by hand, and that has room for at least 100 bytes and
/// at most 10,000.
///
/// # Panics
///
/// If it does otherwise.
#[expect(clippy::unwrap_used, reason = "it is for tests alone")]
pub async fn jobs(port: &dyn JobPort, clock: &Clock) {
    let is = |what: bool, words: &str| {
        assert!(what, "{words}");
    };
    let accept = async |job: NewJob| port.accept(job, 3).await.unwrap();
    is(accept(new("1", "a", Some(("k", "x")))).await == Accepted::New, "the first is taken in");
    is(
        accept(new("2", "a", Some(("k", "x")))).await == Accepted::Known("1".into()),
        "it is known by its key",
    );
    is(accept(new("2", "a", Some(("k", "y")))).await == Accepted::Differs, "its key means something else");
    is(accept(new("2", "b", Some(("k", "y")))).await == Accepted::New, "a key is its owner's");
    is(accept(new("3", "a", None)).await == Accepted::New, "a key is not needed");
    is(accept(new("4", "a", None)).await == Accepted::Full, "no more than so many are open");
    let other = NewJob { scope: "others".into(), ..new("4", "a", None) };
    is(accept(other).await == Accepted::New, "other scopes count for themselves");
    let large = NewJob { task: vec![0; 10_000].into(), scope: "large".into(), ..new("5", "a", None) };
    is(accept(large).await == Accepted::NoRoom, "there is room for so much");
    for notes in [&["one"][..], &["two", "three"]] {
        drop(port.note("1", notes.iter().copied().map(Bytes::from).collect()));
    }
    drop(port.note("2", vec![Bytes::from_static(b"other")]));
    port.note("none", vec![Bytes::new()]).await.unwrap();
    is(port.notes("1").await.unwrap() == ["one", "two", "three"], "notes are in their order");
    let open = async || -> Vec<String> {
        let open = port.open().await.unwrap();
        assert!(open.iter().all(|job| job.task.is_empty()), "they may be more than memory holds");
        open.into_iter().map(|job| job.id).collect()
    };
    is(open().await == ["1", "2", "3", "4"], "the oldest is the first");
    let before = port.find("a", "1").await.unwrap().unwrap();
    is(before.task == "do it" && before.outcome.is_none() && before.ended.is_none(), "it is under way");
    is(before.created == clock.wall(), "it began now");
    is(port.find("b", "1").await.unwrap().is_none(), "another's job is not found");
    is(port.end("1", ended("good", "done")).await.unwrap(), "it ends");
    is(!port.end("1", ended("bad", "again")).await.unwrap(), "it ends once");
    port.note("1", vec![Bytes::from_static(b"late")]).await.unwrap();
    is(port.notes("1").await.unwrap().is_empty(), "what has ended has no notes");
    let after = port.find("a", "1").await.unwrap().unwrap();
    is(after.outcome.as_deref() == Some(b"done"), "its outcome is kept");
    is(
        after.ended.is_some_and(|(at, until)| at == clock.wall() && until.0 - at.0 == 3_600_000_000),
        "for so long",
    );
    is(open().await == ["2", "3", "4"], "it is not open any more");
    is(
        accept(new("6", "a", Some(("k", "x")))).await == Accepted::Known("1".into()),
        "its key is kept with it",
    );
    let flows = || Scope::One("flows".into());
    let list = async |scope, stands, before| listed(port, scope, stands, before).await;
    is(list(flows(), None, None).await == ["3", "2"], "the newest is the first");
    is(list(flows(), None, Some("2")).await == ["1"], "a list goes on behind what was told");
    is(list(Scope::Below("o".into()), None, None).await == ["4"], "scopes may begin alike");
    is(list(flows(), Some(Stands::Open), Some("3")).await == ["2"], "those that have not ended");
    is(list(flows(), Some(Stands::Ended("good".into())), None).await == ["1"], "those that ended so");
    is(list(flows(), Some(Stands::Ended("bad".into())), None).await.is_empty(), "none ended so");
    let line = port.list(JobQuery { scope: flows(), before: Some("2".into()), stands: None, limit: 1 }).await;
    let line = line.unwrap().remove(0);
    is(line.name == "do 1" && line.owner == "a" && line.created == before.created, "what it is");
    is(line.ended == Some((clock.wall(), "good".into())), "how it ended");
    is(port.look("2").await.unwrap().is_some_and(|job| job.owner == "b"), "whosever it is");
    clock.advance(HOUR);
    is(port.look("1").await.unwrap().is_none(), "its time is over for everybody");
    is(list(flows(), None, Some("2")).await.is_empty(), "and in lists");
    is(port.find("a", "1").await.unwrap().is_none(), "it is found for so long");
    is(accept(new("6", "a", Some(("k", "y")))).await == Accepted::New, "and so is its key");
}

/// What whoever keeps jobs does for schedules, for a keeper that has none.
///
/// # Panics
///
/// If it does otherwise.
#[expect(clippy::unwrap_used, reason = "it is for tests alone")]
pub async fn schedules(port: &dyn JobPort, clock: &Clock) {
    let is = |what: bool, words: &str| {
        assert!(what, "{words}");
    };
    let begun = clock.wall();
    let later = |seconds: i64| Micros(begun.0 + 1_000_000 * seconds);
    let of = |id: &str| NewJob { scope: "nightly".into(), ..new(id, "nightly", Some((id, ""))) };
    let fire = async |id: &str, at, most| port.fire("nightly", at, of(id), most).await.unwrap();
    is(fire("0", later(1), 1).await == Fired::Before, "a schedule that is not known does not fire");
    let watched = port.watch("nightly", "daily").await.unwrap();
    is((watched.at, watched.last) == (begun, None), "its time begins now");
    is(fire("0", begun, 1).await == Fired::Before, "nothing is made up for from before");
    is(fire("1", later(60), 1).await == Fired::New, "its time has come");
    is(fire("1b", later(60), 1).await == Fired::Before, "a time comes once");
    is(fire("1c", later(59), 1).await == Fired::Before, "and none before it");
    clock.advance(HOUR);
    let watched = port.watch("nightly", "daily").await.unwrap();
    is(watched.last == Some((later(60), Some("1".into()))), "what came last is known");
    is(watched.at == later(60), "it is known how far it has come");
    is(fire("2", later(120), 1).await == Fired::Full, "the one before has not ended");
    is(port.look("2").await.unwrap().is_none(), "nothing was taken in");
    let watched = port.watched().await.unwrap();
    is(watched.len() == 1 && watched.iter().all(|one| one.schedule == "nightly"), "all are told");
    is(watched.iter().all(|one| one.last == Some((later(120), None))), "it was passed over");
    let large = NewJob { task: vec![0; 10_000].into(), ..of("3") };
    is(port.fire("nightly", later(180), large, 5).await.unwrap() == Fired::NoRoom, "there is no room");
    is(fire("3", later(180), 5).await == Fired::New, "it may be tried again");
    let watched = port.watch("nightly", "hourly").await.unwrap();
    is(watched.at == clock.wall(), "by another rule its time begins anew");
    port.unwatch("nightly").await.unwrap();
    is(port.watched().await.unwrap().is_empty(), "it is forgotten");
}
