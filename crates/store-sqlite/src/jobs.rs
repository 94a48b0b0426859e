//! Jobs, in `jobs.db`: what is done is on disk.

mod table;

use std::path::PathBuf;
use std::time::Duration;

use base::Clock;
use bytes::Bytes;
use stateport::{Accepted, Job, JobPort, NewJob, Pending};
use store::StoreError;

use self::table::Table;
use crate::writer::Writer;

/// What it is built from.
#[derive(Clone, Debug)]
pub struct JobsConfig {
    /// The folder of `jobs.db`, which is made if it is not there.
    pub folder: PathBuf,
    /// Jobs are taken in as long as fewer bytes of them and their outcomes are kept.
    pub disk_budget: u64,
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
        let table = Table::open(&self.folder, self.disk_budget)?;
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

    fn end(&self, id: &str, outcome: Bytes, keep: Duration) -> Pending<bool> {
        let id = id.to_owned();
        self.writer.ask(move |table, now| table.end(&id, &outcome, keep, now))
    }

    fn find(&self, owner: &str, id: &str) -> Pending<Option<Job>> {
        let (owner, id) = (owner.to_owned(), id.to_owned());
        self.writer.ask(move |table, now| table.find(&owner, &id, now))
    }

    fn open(&self) -> Pending<Vec<Job>> {
        self.writer.ask(|table, _| table.unended())
    }
}

#[cfg(test)]
mod tests;
