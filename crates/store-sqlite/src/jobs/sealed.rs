//! What is sealed in `jobs.db`: a job's fields may prove who its caller is, and so may what was answered.

use std::error::Error as _;

use base::Micros;
use bytes::Bytes;
use rusqlite::types::Type;
use rusqlite::{Error, Row, params};
use stateport::Job;
use store::seal::SealError;

use super::table::Table;

/// What is sealed of a job.
pub(super) const TASK: &str = "task";
pub(super) const NOTE: &str = "note";
pub(super) const OUTCOME: &str = "outcome";

// === impl Table ===

impl Table {
    pub(super) fn seal(&self, job: &str, what: &str, plain: &[u8]) -> Result<Vec<u8>, Error> {
        self.vault.seal(job, what, plain).map_err(|error| Error::ToSqlConversionFailure(Box::new(error)))
    }

    pub(super) fn unseal(&self, job: &str, what: &str, sealed: &[u8]) -> Result<Bytes, Error> {
        let closed = |error| Error::FromSqlConversionFailure(0, Type::Blob, Box::new(error));
        self.vault.open(job, what, sealed).map(Bytes::from).map_err(closed)
    }

    /// A job, from the columns that [`super::table`] asks for.
    pub(super) fn job(&self, row: &Row<'_>) -> Result<Job, Error> {
        let id: String = row.get(0)?;
        let (ended, until): (Option<i64>, Option<i64>) = (row.get(6)?, row.get(7)?);
        let outcome: Option<Vec<u8>> = row.get(4)?;
        Ok(Job {
            scope: row.get(1)?,
            owner: row.get(2)?,
            task: self.unseal(&id, TASK, &row.get::<_, Vec<u8>>(3)?)?,
            outcome: outcome.map(|outcome| self.unseal(&id, OUTCOME, &outcome)).transpose()?,
            created: Micros(row.get(5)?),
            name: row.get(8)?,
            ended: ended.zip(until).map(|(ended, until)| (Micros(ended), Micros(until))),
            id,
        })
    }

    /// Seals what a file of an earlier format has.
    pub(super) fn seal_all(&self) -> Result<(), Error> {
        let notes = "SELECT notes.number, jobs.id, note FROM notes JOIN jobs ON jobs.number = notes.job
            WHERE notes.number > ? ORDER BY notes.number LIMIT 1";
        let column = |column: &str| {
            format!(
                "SELECT number, id, {column} FROM jobs WHERE number > ? AND {column} IS NOT NULL ORDER BY number LIMIT 1"
            )
        };
        self.seal_each(&column(TASK), "UPDATE jobs SET task = ? WHERE number = ?", TASK)?;
        self.seal_each(&column(OUTCOME), "UPDATE jobs SET outcome = ? WHERE number = ?", OUTCOME)?;
        self.seal_each(notes, "UPDATE notes SET note = ? WHERE number = ?", NOTE)
    }

    /// One after the other, since all of them may not fit into memory.
    fn seal_each(&self, next: &str, put: &str, what: &str) -> Result<(), Error> {
        let (mut next, mut put) = (self.connection.prepare(next)?, self.connection.prepare(put)?);
        let mut before = i64::MIN;
        loop {
            let mut rows = next.query([before])?;
            let Some(row) = rows.next()? else { return Ok(()) };
            let (number, job, plain): (i64, String, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            drop(rows);
            put.execute(params![self.seal(&job, what, &plain)?, number])?;
            before = number;
        }
    }

    /// Takes what was overwritten out of the file.
    pub(super) fn wipe(&self) {
        let wiped = self.connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE);");
        if let Err(error) = wiped {
            tracing::warn!(%error, "jobs.db may still hold what was overwritten when it was sealed");
        }
    }
}

/// Whether something is there and cannot be opened, by this key at least.
pub(super) fn is_closed(error: &Error) -> bool {
    error.source().is_some_and(<dyn std::error::Error>::is::<SealError>)
}
