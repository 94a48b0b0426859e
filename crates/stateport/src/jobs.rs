//! The port of jobs: calls that were accepted and are answered later. What is done outlives a crash.

use std::fmt;
use std::time::Duration;

use base::Micros;
use bytes::Bytes;

use crate::Pending;

/// Keeps jobs. An operation begins when it is called, whether or not its outcome is waited for, and those of one job are
/// done in their order; once its outcome is there, it outlives a crash of the machine.
pub trait JobPort: fmt::Debug + Send + Sync + 'static {
    /// Takes a job in, if fewer than so many of its scope have not ended.
    fn accept(&self, job: NewJob, most: usize) -> Pending<Accepted>;
    /// Notes what happened in a job, all of it or none; of one that is not there or has ended, nothing.
    fn note(&self, id: &str, notes: Vec<Bytes>) -> Pending<()>;
    /// What was noted in a job, in its order.
    fn notes(&self, id: &str) -> Pending<Vec<Bytes>>;
    /// Ends a job and forgets its notes; gives whether it had not ended before.
    fn end(&self, id: &str, end: Ending) -> Pending<bool>;
    /// A job of this owner's.
    fn find(&self, owner: &str, id: &str) -> Pending<Option<Job>>;
    /// A job, whosever it is.
    fn look(&self, id: &str) -> Pending<Option<Job>>;
    /// Jobs without what they are to do and what came of it, the newest first.
    fn list(&self, which: JobQuery) -> Pending<Vec<JobLine>>;
    /// All that have not ended, the oldest first, without what they are to do: they may be more than memory holds.
    fn open(&self) -> Pending<Vec<Job>>;
    /// Keeps the time of a schedule by this rule, from now on if it did not before; gives how it stands.
    fn watch(&self, schedule: &str, rule: &str) -> Pending<Watched>;
    /// Takes in the job of a time of a schedule, once, and unless so many of the job's scope have not ended.
    fn fire(&self, schedule: &str, at: Micros, job: NewJob, most: usize) -> Pending<Fired>;
    /// All schedules whose time is kept, by their names.
    fn watched(&self) -> Pending<Vec<Watched>>;
    /// Keeps the time of a schedule no more.
    fn unwatch(&self, schedule: &str) -> Pending<()>;
}

/// A job that is to be taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    /// Names it.
    pub id: String,
    /// Those of one scope are counted together.
    pub scope: String,
    /// Who alone finds it.
    pub owner: String,
    /// What it does, in a word, for lists.
    pub name: String,
    /// What its owner calls it, and a digest of what was asked for: it is taken in once.
    pub key: Option<(String, String)>,
    /// What is to be done.
    pub task: Bytes,
}

/// A job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Names it.
    pub id: String,
    /// Those of one scope are counted together.
    pub scope: String,
    /// Who alone finds it.
    pub owner: String,
    /// What it does, in a word.
    pub name: String,
    /// What is to be done.
    pub task: Bytes,
    /// What came of it, once it has ended.
    pub outcome: Option<Bytes>,
    /// When it was taken in.
    pub created: Micros,
    /// When it ended, and until when it is found.
    pub ended: Option<(Micros, Micros)>,
}

/// Whether a job was taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// It was.
    New,
    /// It was before, under this id.
    Known(String),
    /// Its owner calls something else by its key.
    Differs,
    /// So many of its scope have not ended.
    Full,
    /// There is no more room for any.
    NoRoom,
}

/// The end of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// How it ended, in a word.
    pub came: String,
    /// What came of it.
    pub outcome: Bytes,
    /// How long it is found.
    pub keep: Duration,
}

/// Which jobs are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobQuery {
    /// Those of one scope, or of all that begin so.
    pub scope: Scope,
    /// Those that stand so.
    pub stands: Option<Stands>,
    /// Those before this one.
    pub before: Option<String>,
    /// At most so many.
    pub limit: usize,
}

/// Scopes of jobs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// This one.
    One(String),
    /// All that begin so.
    Below(String),
}

/// How jobs stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stands {
    /// They have not ended.
    Open,
    /// They ended by this word.
    Ended(String),
}

/// A job as lists have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobLine {
    /// Names it.
    pub id: String,
    /// Those of one scope are counted together.
    pub scope: String,
    /// Who alone finds it.
    pub owner: String,
    /// What it does, in a word.
    pub name: String,
    /// When it was taken in.
    pub created: Micros,
    /// When it ended, and how in a word.
    pub ended: Option<(Micros, String)>,
}

/// How far a schedule has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// Names it.
    pub schedule: String,
    /// Up to here nothing is to be made up for.
    pub at: Micros,
    /// The last of its times, and the job of it; none: it was passed over.
    pub last: Option<(Micros, Option<String>)>,
}

/// What became of a time of a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fired {
    /// Its job was taken in.
    New,
    /// It, or a later one, had come before; or the schedule's time is not kept.
    Before,
    /// It is passed over: so many have not ended.
    Full,
    /// There is no more room for jobs. It may be tried again.
    NoRoom,
}

impl Default for Scope {
    fn default() -> Self {
        Self::Below(String::new())
    }
}
