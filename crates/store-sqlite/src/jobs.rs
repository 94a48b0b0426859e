//! Jobs, in `jobs.db`: what is done is on disk. What is to be done, what is noted of it and what came of it are sealed.

mod format;
mod lists;
mod schedules;
mod sealed;
mod table;

use std::path::PathBuf;

use base::{Clock, Micros};
use bytes::Bytes;
use stateport::{Accepted, Ending, Fired, Job, JobLine, JobPort, JobQuery, NewJob, Pending, Watched};
use store::{StoreError, Vault};

pub use self::format::has_sealed_jobs;
use self::table::Table;
use crate::writer::Writer;

/// What it is built from.
#[derive(Debug)]
pub struct JobsConfig {
    /// The folder of `jobs.db`, which is made if it is not there.
    pub folder: PathBuf,
    /// Jobs are taken in as long as fewer bytes of them and their outcomes are kept.
    pub disk_budget: u64,
    /// What seals them.
    pub vault: Vault,
}

/// See the module's description. Dropped, it writes what still waits.
#[derive(Debug)]
pub struct SqliteJobs {
    writer: Writer<Table>,
}

// === impl JobsConfig ===

impl JobsConfig {
    /// Opens the file and starts the thread that writes it.
    pub fn build(self, clock: Clock) -> Result<SqliteJobs, StoreError> {
        let table = Table::open(&self.folder, self.disk_budget, self.vault)?;
        Ok(SqliteJobs { writer: Writer::start(table, &self.folder, clock)? })
    }
}

// === impl SqliteJobs ===

impl JobPort for SqliteJobs {
    fn accept(&self, job: NewJob, most: usize) -> Pending<Accepted> {
        self.writer.ask(move |table, now| table.accept(&job, most, now))
    }

    fn note(&self, id: &str, notes: Vec<Bytes>) -> Pending<()> {
        let id = id.to_owned();
        self.writer.ask(move |table, _| table.note(&id, &notes))
    }

    fn notes(&self, id: &str) -> Pending<Vec<Bytes>> {
        let id = id.to_owned();
        self.writer.ask(move |table, _| table.notes(&id))
    }

    fn end(&self, id: &str, end: Ending) -> Pending<bool> {
        let id = id.to_owned();
        self.writer.ask(move |table, now| table.end(&id, &end, now))
    }

    fn find(&self, owner: &str, id: &str) -> Pending<Option<Job>> {
        let (owner, id) = (owner.to_owned(), id.to_owned());
        self.writer.ask(move |table, now| table.find(Some(&owner), &id, now))
    }

    fn look(&self, id: &str) -> Pending<Option<Job>> {
        let id = id.to_owned();
        self.writer.ask(move |table, now| table.find(None, &id, now))
    }

    fn list(&self, which: JobQuery) -> Pending<Vec<JobLine>> {
        self.writer.ask(move |table, now| table.list(&which, now))
    }

    fn open(&self) -> Pending<Vec<Job>> {
        self.writer.ask(|table, _| table.unended())
    }

    fn watch(&self, schedule: &str, rule: &str) -> Pending<Watched> {
        let (schedule, rule) = (schedule.to_owned(), rule.to_owned());
        self.writer.ask(move |table, now| table.watch(&schedule, &rule, now))
    }

    fn fire(&self, schedule: &str, at: Micros, job: NewJob, most: usize) -> Pending<Fired> {
        let schedule = schedule.to_owned();
        self.writer.ask(move |table, now| table.fire(&schedule, at, (&job, most), now))
    }

    fn watched(&self) -> Pending<Vec<Watched>> {
        self.writer.ask(|table, _| table.watched())
    }

    fn unwatch(&self, schedule: &str) -> Pending<()> {
        let schedule = schedule.to_owned();
        self.writer.ask(move |table, _| table.unwatch(&schedule))
    }
}

#[cfg(test)]
mod tests;
