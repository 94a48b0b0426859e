//! What is sealed in `jobs.db`: a job's fields may prove who its caller is, and so may what was answered.

use std::error::Error as _;

use base::Micros;
use bytes::Bytes;
use rusqlite::types::Type;
use rusqlite::{Error, Row};
use stateport::Job;
use store::seal::SealError;

use super::table::Table;

/// What is sealed of a job.
pub(super) const TASK: &str = "task";
pub(super) const NOTE: &str = "note";
pub(super) const OUTCOME: &str = "outcome";

/// What is marked: it is compared, and not read.
pub(super) const KEY: &str = "key";
pub(super) const DIGEST: &str = "digest";

// === impl Table ===

impl Table {
    pub(super) fn seal(&self, job: &str, what: &str, plain: &[u8]) -> Result<Vec<u8>, Error> {
        self.vault.seal(job, what, plain).map_err(|error| Error::ToSqlConversionFailure(Box::new(error)))
    }

    pub(super) fn mark(&self, owner: &str, what: &str, plain: &str) -> Result<String, Error> {
        let marked = self.vault.mark(owner, what, plain.as_bytes());
        marked.map_err(|error| Error::ToSqlConversionFailure(Box::new(error)))
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
}

/// Whether something is there and cannot be opened, by this key at least.
pub(super) fn is_closed(error: &Error) -> bool {
    error.source().is_some_and(<dyn std::error::Error>::is::<SealError>)
}

/// Whether the key file is gone.
pub(super) fn is_lost(error: &Error) -> bool {
    let source = error.source().and_then(|source| source.downcast_ref::<SealError>());
    matches!(source, Some(SealError::Lost(_)))
}
