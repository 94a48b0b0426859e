//! The store in one SQLite file (`weir.db`), with write-ahead log; a document that was acknowledged is on
//! disk. One process at a time. And what calls leave for later calls, in a file of its own (`state.db`), and calls that are
//! answered later (`jobs.db`).
#![warn(missing_docs)]

mod deliveries;
mod documents;
mod identities;
mod jobs;
mod migrate;
mod rows;
mod state;
mod writer;

use std::fmt;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::Path;

use parking_lot::{Mutex, MutexGuard};
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OptionalExtension, params};
use store::{Store, StoreError};

pub use self::jobs::{JobsConfig, SqliteJobs, has_sealed_jobs};
pub use self::state::{SqliteState, StateConfig};

/// See the crate's description.
pub struct SqliteStore {
    writer: Mutex<Connection>,
    reader: Mutex<Connection>,
    /// Held as long as the store is open.
    _lock: File,
}

impl SqliteStore {
    /// Opens the store in a folder, which is made if it is not there.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let named = |source| StoreError::Folder { path: folder.to_owned(), source };
        fs::create_dir_all(folder).map_err(named)?;
        let lock = folder.join("weir.lock");
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(lock).map_err(named)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => StoreError::InUse(folder.to_owned()),
            TryLockError::Error(source) => named(source),
        })?;
        let path = folder.join("weir.db");
        let mut writer = connect(&path)?;
        migrate::run(&mut writer, folder)?;
        let reader = connect(&path)?;
        reader.pragma_update(None, "query_only", true).map_err(backend)?;
        Ok(Self { writer: Mutex::new(writer), reader: Mutex::new(reader), _lock: lock })
    }

    /// Whether a secret is sealed in it, in documents, in their history or beside them.
    pub fn has_sealed(&self) -> Result<bool, StoreError> {
        let sql = r#"SELECT EXISTS (SELECT 1 FROM documents WHERE instr(json, '{"sealed":"v1:') > 0)
            OR EXISTS (SELECT 1 FROM history WHERE instr(json, '{"sealed":"v1:') > 0)
            OR EXISTS (SELECT 1 FROM meta WHERE value LIKE 'v1:%')"#;
        self.reader().query_row(sql, [], |row| row.get(0)).map_err(backend)
    }

    fn reader(&self) -> MutexGuard<'_, Connection> {
        self.reader.lock()
    }

    fn writer(&self) -> MutexGuard<'_, Connection> {
        self.writer.lock()
    }
}

impl Store for SqliteStore {
    fn meta(&self, key: &str) -> Result<Option<String>, StoreError> {
        let row = self
            .reader()
            .query_row("SELECT value FROM meta WHERE key = ?", [key], |row| row.get(0))
            .optional();
        row.map_err(backend)
    }

    fn set_meta(&self, key: &str, value: Option<&str>) -> Result<(), StoreError> {
        let writer = self.writer();
        let done = match value {
            Some(value) => {
                writer.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", params![key, value])
            }
            None => writer.execute("DELETE FROM meta WHERE key = ?", [key]),
        };
        done.map(|_| ()).map_err(backend)
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SqliteStore")
    }
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path).map_err(backend)?;
    connection.pragma_update(None, "journal_mode", "WAL").map_err(backend)?;
    connection.pragma_update(None, "synchronous", "FULL").map_err(backend)?;
    connection.pragma_update(None, "foreign_keys", true).map_err(backend)?;
    connection.busy_timeout(std::time::Duration::from_secs(5)).map_err(backend)?;
    connection.set_prepared_statement_cache_capacity(64);
    // SQLite's own `lower` knows ASCII alone.
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection
        .create_scalar_function("lower_case", 1, flags, |call| Ok(call.get::<String>(0)?.to_lowercase()))
        .map_err(backend)?;
    Ok(connection)
}

fn backend(error: rusqlite::Error) -> StoreError {
    StoreError::Backend(Box::new(error))
}
