//! The table of `state.db`.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use base::Micros;
use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, ToSql, params};
use stateport::{Key, LISTED};
use store::StoreError;

use crate::backend;
use crate::writer::Strokes;

/// The format of the file.
const FORMAT: i64 = 1;

const TABLE: &str = "CREATE TABLE state (
    space TEXT NOT NULL, owner TEXT NOT NULL, name TEXT NOT NULL,
    until INTEGER NOT NULL, put INTEGER NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (space, owner, name));
CREATE INDEX state_until ON state (until);
CREATE INDEX state_put ON state (put);";

/// An index that files of before budgets of owners lack; a version of then writes it as well.
const INDEX: &str = "CREATE INDEX IF NOT EXISTS state_owner ON state (owner, put)";

/// How long values whose time is over may lie before they are cleared away.
const CLEARING: i64 = 60_000_000;

/// Values that are cleared away at once, so that nobody waits for long.
const CLEARED: u16 = 1_000;

/// An open file.
#[derive(Debug)]
pub(super) struct Table {
    connection: Connection,
    budget: Budget,
    /// Bytes of values in the table.
    bytes: u64,
    /// Of them, those of each owner.
    owners: HashMap<String, u64>,
    /// Numbers the values by when they were put.
    next: i64,
    cleared: Micros,
}

/// The most that is kept, in bytes of values; the oldest goes first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    pub(super) whole: u64,
    /// Of one owner: what is too much of one's pushes out nobody else's.
    pub(super) owner: u64,
}

// === impl Table ===

impl Strokes for Table {
    const FILE: &'static str = "state.db";

    /// Clears away what is over, too.
    fn within(&mut self, now: Micros, run: impl FnOnce(&mut Self)) -> Result<(), rusqlite::Error> {
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        run(self);
        let done = self.clear(now).and_then(|()| self.connection.execute_batch("COMMIT"));
        if done.is_err() {
            // Nothing of it counts; the next transaction begins anew.
            self.connection.execute_batch("ROLLBACK").unwrap_or_default();
            self.count().unwrap_or_default();
        }
        done
    }
}

impl Table {
    pub(super) fn open(folder: &Path, budget: Budget) -> Result<Self, StoreError> {
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
        connection.execute_batch(INDEX).map_err(backend)?;
        let cleared = Micros(0);
        let mut table = Self { connection, budget, bytes: 0, owners: HashMap::new(), next: 0, cleared };
        table.count().map_err(backend)?;
        Ok(table)
    }

    /// Counts what is in the file.
    fn count(&mut self) -> Result<(), rusqlite::Error> {
        let sql = "SELECT COALESCE(MAX(put), 0) + 1 FROM state";
        self.next = self.connection.query_row(sql, [], |row| row.get(0))?;
        let sql = "SELECT owner, SUM(LENGTH(value)) FROM state GROUP BY owner";
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?)))?;
        self.owners = rows
            .map(|row| row.map(|(owner, bytes)| (owner, bytes.unsigned_abs())))
            .collect::<Result<_, _>>()?;
        self.bytes = self.owners.values().sum();
        Ok(())
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
        let length = value.len() as u64;
        self.bytes += length;
        let held = self.owners.entry(key.owner.to_string()).or_default();
        *held += length;
        while self.owners.get(&*key.owner).is_some_and(|held| *held > self.budget.owner) {
            let sql = "DELETE FROM state WHERE rowid IN
                (SELECT rowid FROM state WHERE owner = ? ORDER BY put LIMIT ?) RETURNING owner, LENGTH(value)";
            if self.delete(sql, params![&*key.owner, 1])? == 0 {
                break;
            }
        }
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
        drop(statement);
        self.gone(&key.owner, length.unsigned_abs());
        Ok(until > now.0)
    }

    /// Takes away what is over, now and then, and the oldest where there is too much.
    fn clear(&mut self, now: Micros) -> Result<(), rusqlite::Error> {
        if now.0 >= self.cleared.0.saturating_add(CLEARING) {
            let sql = "DELETE FROM state WHERE rowid IN (SELECT rowid FROM state WHERE until <= ? LIMIT ?)
                RETURNING owner, LENGTH(value)";
            // As long as there is more to clear, the next transaction goes on with it.
            if self.delete(sql, params![now.0, CLEARED])? < usize::from(CLEARED) {
                self.cleared = now;
            }
        }
        while self.bytes > self.budget.whole {
            let sql = "DELETE FROM state WHERE rowid IN (SELECT rowid FROM state ORDER BY put LIMIT 16)
                RETURNING owner, LENGTH(value)";
            if self.delete(sql, params![])? == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Deletes rows by a statement that gives back their owners and lengths; gives how many there were.
    fn delete(&mut self, sql: &str, parameters: &[&dyn ToSql]) -> Result<usize, rusqlite::Error> {
        let gone: Vec<(String, i64)> = {
            let mut statement = self.connection.prepare_cached(sql)?;
            let rows = statement.query_map(parameters, |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<Result<_, _>>()?
        };
        for (owner, length) in &gone {
            self.gone(owner, length.unsigned_abs());
        }
        Ok(gone.len())
    }

    fn gone(&mut self, owner: &str, length: u64) {
        self.bytes = self.bytes.saturating_sub(length);
        let Some(held) = self.owners.get_mut(owner) else { return };
        *held = held.saturating_sub(length);
        if *held == 0 {
            self.owners.remove(owner);
        }
    }
}
