//! The tables of `jobs.db`.

use std::fs;
use std::path::Path;

use base::Micros;
use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, ToSql, params};
use stateport::{Accepted, Ending, Job, NewJob};
use store::{StoreError, Vault};

use super::sealed::{self, DIGEST, KEY, NOTE, OUTCOME, TASK};
use crate::backend;
use crate::writer::Strokes;

const JOB: &str = "id, scope, owner, task, outcome, created, ended, until, name";

/// How long jobs whose time is over may lie before they are cleared away.
const CLEARING: i64 = 60_000_000;

/// Jobs that are cleared away at once, so that nobody waits for long.
const CLEARED: u16 = 1_000;

/// An open file.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) connection: Connection,
    pub(super) vault: Vault,
    budget: u64,
    /// Bytes of tasks, notes and outcomes.
    pub(super) bytes: u64,
    cleared: Micros,
}

// === impl Table ===

impl Strokes for Table {
    const FILE: &'static str = "jobs.db";

    fn is_told(error: &rusqlite::Error) -> bool {
        sealed::is_lost(error)
    }

    /// Clears away what is over, too.
    fn within(&mut self, now: Micros, run: impl FnOnce(&mut Self)) -> Result<(), rusqlite::Error> {
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        let done = self.clear(now);
        run(self);
        let done = done.and_then(|()| self.connection.execute_batch("COMMIT"));
        if done.is_err() {
            // Nothing of it counts; the next transaction begins anew.
            self.connection.execute_batch("ROLLBACK").unwrap_or_default();
            self.count().unwrap_or_default();
        }
        done
    }
}

impl Table {
    pub(super) fn open(folder: &Path, budget: u64, vault: Vault) -> Result<Self, StoreError> {
        let named = |source| StoreError::Folder { path: folder.to_owned(), source };
        fs::create_dir_all(folder).map_err(named)?;
        let connection = Connection::open(folder.join("jobs.db")).map_err(backend)?;
        connection.pragma_update(None, "journal_mode", "WAL").map_err(backend)?;
        connection.pragma_update(None, "synchronous", "FULL").map_err(backend)?;
        connection.pragma_update(None, "foreign_keys", true).map_err(backend)?;
        let mut table = Self { connection, vault, budget, bytes: 0, cleared: Micros(0) };
        table.bring_up(folder)?;
        table.count().map_err(backend)?;
        Ok(table)
    }

    fn count(&mut self) -> Result<(), rusqlite::Error> {
        let sql = "SELECT (SELECT COALESCE(SUM(LENGTH(task) + COALESCE(LENGTH(outcome), 0)), 0) FROM jobs)
            + (SELECT COALESCE(SUM(LENGTH(note)), 0) FROM notes)";
        let bytes: i64 = self.connection.query_row(sql, [], |row| row.get(0))?;
        self.bytes = bytes.unsigned_abs();
        Ok(())
    }

    pub(super) fn accept(
        &mut self,
        job: &NewJob,
        most: usize,
        now: Micros,
    ) -> Result<Accepted, rusqlite::Error> {
        let mark = |what, plain: &String| self.mark(&job.owner, what, plain);
        let key = job.key.as_ref().map(|(key, _)| mark(KEY, key)).transpose()?;
        let digest = job.key.as_ref().map(|(_, digest)| mark(DIGEST, digest)).transpose()?;
        if let Some(key) = &key {
            let sql = "DELETE FROM jobs WHERE owner = ? AND key = ? AND until <= ?";
            let params = params![job.owner, key, now.0];
            self.forget(sql, params)?;
            let sql = "SELECT id, digest FROM jobs WHERE owner = ? AND key = ?";
            let known: Option<(String, String)> = self
                .connection
                .prepare_cached(sql)?
                .query_row(params![job.owner, key], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            if let Some((id, before)) = known {
                let same = Some(before) == digest;
                return Ok(if same { Accepted::Known(id) } else { Accepted::Differs });
            }
        }
        let sql = "SELECT COUNT(*) FROM jobs WHERE scope = ? AND ended IS NULL";
        let open: i64 = self.connection.prepare_cached(sql)?.query_row([&job.scope], |row| row.get(0))?;
        if open.unsigned_abs() >= most as u64 {
            return Ok(Accepted::Full);
        }
        let task = self.seal(&job.id, TASK, &job.task)?;
        if self.bytes + task.len() as u64 > self.budget {
            return Ok(Accepted::NoRoom);
        }
        let sql = "INSERT INTO jobs (id, scope, owner, name, key, digest, task, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
        let row = params![job.id, job.scope, job.owner, job.name, key, digest, task, now.0];
        self.connection.prepare_cached(sql)?.execute(row)?;
        self.bytes += task.len() as u64;
        Ok(Accepted::New)
    }

    /// All of them or, if that fails, none.
    pub(super) fn note(&mut self, id: &str, notes: &[Bytes]) -> Result<(), rusqlite::Error> {
        let sealed: Result<Vec<_>, _> = notes.iter().map(|note| self.seal(id, NOTE, note)).collect();
        let sealed = sealed?;
        let all = self.connection.savepoint()?;
        let sql = "INSERT INTO notes (job, note) SELECT number, ?2 FROM jobs WHERE id = ?1 AND ended IS NULL";
        let mut bytes = 0;
        for note in sealed {
            if all.prepare_cached(sql)?.execute(params![id, note])? > 0 {
                bytes += note.len() as u64;
            }
        }
        all.commit()?;
        self.bytes += bytes;
        Ok(())
    }

    pub(super) fn notes(&mut self, id: &str) -> Result<Vec<Bytes>, rusqlite::Error> {
        let sql = "SELECT note FROM notes WHERE job = (SELECT number FROM jobs WHERE id = ?) ORDER BY number";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([id], |row| row.get::<_, Vec<u8>>(0))?;
        rows.map(|note| self.unseal(id, NOTE, &note?)).collect()
    }

    pub(super) fn end(
        &mut self,
        id: &str,
        Ending { came, outcome, keep }: &Ending,
        now: Micros,
    ) -> Result<bool, rusqlite::Error> {
        let until = now.0.saturating_add(i64::try_from(keep.as_micros()).unwrap_or(i64::MAX));
        let outcome = self.seal(id, OUTCOME, outcome)?;
        let sql =
            "UPDATE jobs SET came = ?, outcome = ?, ended = ?, until = ? WHERE id = ? AND ended IS NULL";
        let row = params![came, outcome, now.0, until, id];
        if self.connection.prepare_cached(sql)?.execute(row)? == 0 {
            return Ok(false);
        }
        let sql =
            "DELETE FROM notes WHERE job = (SELECT number FROM jobs WHERE id = ?) RETURNING LENGTH(note)";
        let gone = self.lengths(sql, params![id])?;
        self.bytes = (self.bytes + outcome.len() as u64).saturating_sub(gone.iter().sum());
        Ok(true)
    }

    /// One of this owner's, if an owner is named.
    pub(super) fn find(
        &mut self,
        owner: Option<&str>,
        id: &str,
        now: Micros,
    ) -> Result<Option<Job>, rusqlite::Error> {
        let sql = format!(
            "SELECT {JOB} FROM jobs WHERE id = ?1 AND (?2 IS NULL OR owner = ?2) AND (until IS NULL OR until > ?3)"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        statement.query_row(params![id, owner, now.0], |row| self.job(row)).optional()
    }

    pub(super) fn unended(&mut self) -> Result<Vec<Job>, rusqlite::Error> {
        let sql = format!("SELECT {JOB} FROM jobs WHERE ended IS NULL ORDER BY number");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let (jobs, mut closed) = (statement.query_map([], |row| self.job(row))?, 0);
        let mut open = Vec::new();
        for job in jobs {
            match job {
                Ok(job) => open.push(Job { task: Bytes::new(), ..job }),
                // It waits for its key.
                Err(error) if sealed::is_closed(&error) => closed += 1,
                Err(error) => return Err(error),
            }
        }
        if closed > 0 {
            tracing::warn!("{closed} jobs wait for the key file with which they were sealed");
        }
        Ok(open)
    }

    /// Takes away what is over, now and then.
    fn clear(&mut self, now: Micros) -> Result<(), rusqlite::Error> {
        if now.0 < self.cleared.0.saturating_add(CLEARING) {
            return Ok(());
        }
        let sql = "DELETE FROM jobs WHERE number IN (SELECT number FROM jobs WHERE until <= ? LIMIT ?)";
        // As long as there is more to clear, the next transaction goes on with it.
        if self.forget(sql, params![now.0, CLEARED])? < usize::from(CLEARED) {
            self.cleared = now;
        }
        Ok(())
    }

    /// Deletes jobs that have ended; gives how many there were.
    fn forget(&mut self, sql: &str, parameters: &[&dyn ToSql]) -> Result<usize, rusqlite::Error> {
        let sql = format!("{sql} RETURNING LENGTH(task) + COALESCE(LENGTH(outcome), 0)");
        let gone = self.lengths(&sql, parameters)?;
        self.bytes = self.bytes.saturating_sub(gone.iter().sum());
        Ok(gone.len())
    }

    fn lengths(&self, sql: &str, parameters: &[&dyn ToSql]) -> Result<Vec<u64>, rusqlite::Error> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(parameters, |row| row.get(0).map(i64::unsigned_abs))?;
        rows.collect()
    }
}
