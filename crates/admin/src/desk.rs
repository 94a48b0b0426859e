//! What the API asks of whoever runs jobs and keeps schedules.

use std::pin::Pin;

use base::Micros;
use domain::DocId;
use serde_json::Value;
use stateport::{JobLine, JobQuery};

/// Runs jobs and keeps schedules.
pub trait JobDesk: Send + Sync {
    /// Jobs by what is asked for, the newest first.
    fn list(&self, which: JobQuery) -> Asked<Vec<JobListed>>;
    /// One of them.
    fn read(&self, id: String) -> Asked<Option<JobRead>>;
    /// Gives one up; `false`: it does not run.
    fn cancel(&self, id: &str) -> bool;
    /// When the schedules whose identities begin so are run.
    fn timetable(&self, below: String) -> Asked<Vec<ScheduleTimes>>;
    /// Runs a schedule's flow now; gives the job's id, none if there are too many.
    fn run(&self, schedule: DocId) -> Asked<Option<String>>;
}

/// An answer that may take a while; the error says in words what does not work.
pub type Asked<T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send>>;

/// A job as lists have it.
#[derive(Clone, Debug)]
pub struct JobListed {
    /// What it is.
    pub line: JobLine,
    /// How it stands, in a word.
    pub state: String,
}

/// A job with its steps and what came of it.
#[derive(Clone, Debug)]
pub struct JobRead {
    /// The service, or the schedule, that it is of.
    pub scope: String,
    /// Who alone finds it among callers.
    pub owner: String,
    /// The same that its caller is told.
    pub told: Value,
}

/// When a schedule is run.
#[derive(Clone, Debug)]
pub struct ScheduleTimes {
    /// Its document.
    pub id: DocId,
    /// When it is run next; none if it is suspended.
    pub next: Option<Micros>,
    /// The last of its times that came.
    pub last: Option<Micros>,
    /// The job of that time; none if it was passed over.
    pub job: Option<String>,
}
