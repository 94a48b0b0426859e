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
    /// Ends a job and forgets its notes; gives whether it had not ended before. It is found for so long.
    fn end(&self, id: &str, outcome: Bytes, keep: Duration) -> Pending<bool>;
    /// A job of this owner's.
    fn find(&self, owner: &str, id: &str) -> Pending<Option<Job>>;
    /// All that have not ended, the oldest first.
    fn open(&self) -> Pending<Vec<Job>>;
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
