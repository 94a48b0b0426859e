//! What whoever keeps jobs must do, as tests of its own run it.

use std::time::Duration;

use base::Clock;
use bytes::Bytes;

use crate::{Accepted, JobPort, NewJob};

const HOUR: Duration = Duration::from_hours(1);

fn new(id: &str, owner: &str, key: Option<(&str, &str)>) -> NewJob {
    NewJob {
        id: id.into(),
        scope: "flows".into(),
        owner: owner.into(),
        key: key.map(|(key, digest)| (key.into(), digest.into())),
        task: Bytes::from_static(b"do it"),
    }
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
    let open = async || -> Vec<String> { port.open().await.unwrap().into_iter().map(|job| job.id).collect() };
    is(open().await == ["1", "2", "3", "4"], "the oldest is the first");
    let before = port.find("a", "1").await.unwrap().unwrap();
    is(before.task == "do it" && before.outcome.is_none() && before.ended.is_none(), "it is under way");
    is(before.created == clock.wall(), "it began now");
    is(port.find("b", "1").await.unwrap().is_none(), "another's job is not found");
    is(port.end("1", Bytes::from_static(b"done"), HOUR).await.unwrap(), "it ends");
    is(!port.end("1", Bytes::from_static(b"again"), HOUR).await.unwrap(), "it ends once");
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
    clock.advance(HOUR);
    is(port.find("a", "1").await.unwrap().is_none(), "it is found for so long");
    is(accept(new("6", "a", Some(("k", "y")))).await == Accepted::New, "and so is its key");
}
