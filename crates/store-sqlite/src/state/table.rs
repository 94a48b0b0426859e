//! The table of `state.db`.

use std::fs;
use std::path::Path;

use base::Micros;
use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, params};
use stateport::{Key, LISTED};
use store::StoreError;

use crate::backend;

/// The format of the file.
const FORMAT: i64 = 1;

const TABLE: &str = "CREATE TABLE state (
    space TEXT NOT NULL, owner TEXT NOT NULL, name TEXT NOT NULL,
    until INTEGER NOT NULL, put INTEGER NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (space, owner, name));
CREATE INDEX state_until ON state (until);
CREATE INDEX state_put ON state (put);";

/// How long values whose time is over may lie before they are cleared away.
const CLEARING: i64 = 60_000_000;

/// Values that are cleared away at once, so that nobody waits for long.
const CLEARED: i64 = 1_000;

/// An open file.
#[derive(Debug)]
pub(super) struct Table {
    connection: Connection,
    budget: u64,
    /// Bytes of values in the table.
    bytes: u64,
    /// Numbers the values by when they were put.
    next: i64,
    cleared: Micros,
}

// === impl Table ===

impl Table {
    pub(super) fn open(folder: &Path, budget: u64) -> Result<Self, StoreError> {
        let named = |source| StoreError::Folder { path: folder.to_owned(), source };
        fs::create_dir_all(folder).map_err(named)?;
        let connection = Connection::open(folder.join("state.db")).map_err(backend)?;
        connection.pragma_update(None, "journal_mode", "WAL").map_err(backend)?;
        connection.pragma_update(None, "synchronous", "NORMAL").map_err(backend)?;
        let found: i64 =
            connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(backend)?;
        match found {
            0 => connection
                .execute_batch(&format!("BEGIN; {TABLE} PRAGMA user_version = {FORMAT}; COMMIT;"))
                .map_err(backend)?,
            FORMAT => {}
            found => return Err(StoreError::Newer { path: folder.to_owned(), found, known: FORMAT }),
        }
        let (bytes, next): (i64, i64) = connection
            .query_row(
                "SELECT COALESCE(SUM(LENGTH(value)), 0), COALESCE(MAX(put), 0) + 1 FROM state",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .map_err(backend)?;
        let bytes = u64::try_from(bytes).unwrap_or_default();
        Ok(Self { connection, budget, bytes, next, cleared: Micros(0) })
    }

    /// Runs operations in one transaction, and clears away what is over.
    pub(super) fn within(&mut self, now: Micros, run: impl FnOnce(&mut Self)) -> Result<(), rusqlite::Error> {
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        let (bytes, next) = (self.bytes, self.next);
        run(self);
        let done = self.clear(now).and_then(|()| self.connection.execute_batch("COMMIT"));
        if done.is_err() {
            // Nothing of it counts; the next transaction begins anew.
            self.connection.execute_batch("ROLLBACK").unwrap_or_default();
            (self.bytes, self.next) = (bytes, next);
        }
        done
    }

    pub(super) fn get(&mut self, key: &Key, now: Micros) -> Result<Option<Bytes>, rusqlite::Error> {
        let sql = "SELECT value FROM state WHERE space = ? AND owner = ? AND name = ? AND until > ?";
        let mut statement = self.connection.prepare_cached(sql)?;
        let value: Option<Vec<u8>> = statement
            .query_row(params![key.space, &*key.owner, key.name, now.0], |row| row.get(0))
            .optional()?;
        Ok(value.map(Bytes::from))
    }

    pub(super) fn list(
        &mut self,
        space: &str,
        owner: &str,
        now: Micros,
    ) -> Result<Vec<(String, Bytes)>, rusqlite::Error> {
        let sql =
            "SELECT name, value FROM state WHERE space = ? AND owner = ? AND until > ? ORDER BY name LIMIT ?";
        let mut statement = self.connection.prepare_cached(sql)?;
        let most = i64::try_from(LISTED).unwrap_or(i64::MAX);
        let rows = statement.query_map(params![space, owner, now.0, most], |row| {
            Ok((row.get(0)?, Bytes::from(row.get::<_, Vec<u8>>(1)?)))
        })?;
        rows.collect()
    }

    pub(super) fn put(&mut self, key: &Key, value: &[u8], until: Micros) -> Result<(), rusqlite::Error> {
        self.remove(key, Micros(i64::MIN))?;
        let sql = "INSERT INTO state (space, owner, name, until, put, value) VALUES (?, ?, ?, ?, ?, ?)";
        let row = params![key.space, &*key.owner, key.name, until.0, self.next, value];
        self.connection.prepare_cached(sql)?.execute(row)?;
        self.next += 1;
        self.bytes += value.len() as u64;
        Ok(())
    }

    pub(super) fn remove(&mut self, key: &Key, now: Micros) -> Result<bool, rusqlite::Error> {
        let sql =
            "DELETE FROM state WHERE space = ? AND owner = ? AND name = ? RETURNING LENGTH(value), until";
        let mut statement = self.connection.prepare_cached(sql)?;
        let found: Option<(i64, i64)> = statement
            .query_row(params![key.space, &*key.owner, key.name], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((length, until)) = found else { return Ok(false) };
        self.bytes = self.bytes.saturating_sub(u64::try_from(length).unwrap_or_default());
        Ok(until > now.0)
    }

    /// Takes away what is over, now and then, and the oldest where there is too much.
    fn clear(&mut self, now: Micros) -> Result<(), rusqlite::Error> {
        if now.0 >= self.cleared.0.saturating_add(CLEARING) {
            let sql = "DELETE FROM state WHERE rowid IN (SELECT rowid FROM state WHERE until <= ? LIMIT ?)
                RETURNING LENGTH(value)";
            let gone = lengths(&self.connection, sql, [now.0, CLEARED])?;
            self.bytes = self.bytes.saturating_sub(gone.iter().sum());
            // As long as there is more to clear, the next transaction goes on with it.
            if gone.len() < usize::try_from(CLEARED).unwrap_or(usize::MAX) {
                self.cleared = now;
            }
        }
        while self.bytes > self.budget {
            let sql = "DELETE FROM state WHERE rowid IN (SELECT rowid FROM state ORDER BY put LIMIT ?2)
                RETURNING LENGTH(value), ?1";
            let gone = lengths(&self.connection, sql, [0, 16])?;
            if gone.is_empty() {
                break;
            }
            self.bytes = self.bytes.saturating_sub(gone.iter().sum());
        }
        Ok(())
    }
}

fn lengths(connection: &Connection, sql: &str, parameters: [i64; 2]) -> Result<Vec<u64>, rusqlite::Error> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map(parameters, |row| row.get::<_, i64>(0))?;
    rows.map(|length| length.map(|length| u64::try_from(length).unwrap_or_default())).collect()
}
