//! The formats of `jobs.db`, and how a file comes from an earlier one into that of today.

use std::path::Path;

use rusqlite::{Connection, Error, OpenFlags, params};
use store::StoreError;

use super::sealed::{DIGEST, KEY, NOTE, OUTCOME, TASK};
use super::table::Table;
use crate::backend;

/// That of today. In the one before, keys and digests lie as they came.
const TODAY: i64 = 4;
/// The last in which nothing is sealed.
const UNSEALED: i64 = 2;

const TABLES: &str = "CREATE TABLE jobs (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, scope TEXT NOT NULL, owner TEXT NOT NULL,
    key TEXT, digest TEXT, task BLOB NOT NULL, outcome BLOB,
    created INTEGER NOT NULL, ended INTEGER, until INTEGER);
CREATE UNIQUE INDEX jobs_key ON jobs (owner, key) WHERE key IS NOT NULL;
CREATE INDEX jobs_open ON jobs (scope) WHERE ended IS NULL;
CREATE INDEX jobs_until ON jobs (until) WHERE until IS NOT NULL;
CREATE TABLE notes (
    number INTEGER PRIMARY KEY, job INTEGER NOT NULL REFERENCES jobs (number) ON DELETE CASCADE, note BLOB NOT NULL);
CREATE INDEX notes_job ON notes (job);";

/// What a file of the first format lacks. Of what had ended in it, it is not known how.
const SECOND: &str = "ALTER TABLE jobs ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE jobs ADD COLUMN came TEXT NOT NULL DEFAULT '';
CREATE INDEX jobs_scope ON jobs (scope, number);
CREATE TABLE schedules (name TEXT PRIMARY KEY, rule TEXT NOT NULL, at INTEGER NOT NULL, fired INTEGER, job TEXT);";

/// Whether jobs lie sealed in a folder's `jobs.db`, which nobody has open.
pub fn has_sealed_jobs(folder: &Path) -> Result<bool, StoreError> {
    let path = folder.join("jobs.db");
    if !path.exists() {
        return Ok(false);
    }
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(backend)?;
    if found(&connection).map_err(backend)? <= UNSEALED {
        return Ok(false);
    }
    connection.query_row("SELECT EXISTS (SELECT 1 FROM jobs)", [], |row| row.get(0)).map_err(backend)
}

fn found(connection: &Connection) -> Result<i64, Error> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

// === impl Table ===

impl Table {
    /// Brings the file into the format of today. What lies there unsealed is sealed as soon as there is something to seal
    /// it with.
    pub(super) fn bring_up(&self, folder: &Path) -> Result<(), StoreError> {
        let found = found(&self.connection).map_err(backend)?;
        let missing = match found {
            0 => format!("{TABLES} {SECOND}"),
            1 => SECOND.to_owned(),
            UNSEALED..=TODAY => String::new(),
            found => return Err(StoreError::Newer { path: folder.to_owned(), found, known: TODAY }),
        };
        let format = match found {
            0 | TODAY => TODAY,
            found if self.vault.lost().is_some() => found.max(UNSEALED),
            _ => TODAY,
        };
        self.rewrite(&missing, found, format).map_err(backend)
    }

    /// Wherever this is cut short, the next start makes good what it lacks.
    fn rewrite(&self, missing: &str, from: i64, to: i64) -> Result<(), Error> {
        let seals = (1..TODAY).contains(&from) && to == TODAY;
        if seals {
            // What was deleted leaves the file, and then what is overwritten.
            self.connection.execute_batch("VACUUM")?;
            self.connection.pragma_update(None, "secure_delete", true)?;
        }
        self.connection.execute_batch(&format!("BEGIN; {missing}"))?;
        if seals && from <= UNSEALED {
            self.seal_all()?;
        }
        if seals {
            self.mark_all()?;
        }
        self.connection.execute_batch(&format!("PRAGMA user_version = {to}; COMMIT;"))?;
        // Until then the file is as it was, and what is new lies beside it.
        self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
        self.connection.pragma_update(None, "secure_delete", false)
    }

    fn seal_all(&self) -> Result<(), Error> {
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

    fn mark_all(&self) -> Result<(), Error> {
        let next = "SELECT number, owner, key, digest FROM jobs WHERE number > ? AND key IS NOT NULL ORDER BY number LIMIT 1";
        let put = "UPDATE jobs SET key = ?, digest = ? WHERE number = ?";
        let (mut next, mut put) = (self.connection.prepare(next)?, self.connection.prepare(put)?);
        let mut before = i64::MIN;
        loop {
            let mut rows = next.query([before])?;
            let Some(row) = rows.next()? else { return Ok(()) };
            let (number, owner, key): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let digest: Option<String> = row.get(3)?;
            drop(rows);
            let digest = digest.map(|digest| self.mark(&owner, DIGEST, &digest)).transpose()?;
            put.execute(params![self.mark(&owner, KEY, &key)?, digest, number])?;
            before = number;
        }
    }
}
