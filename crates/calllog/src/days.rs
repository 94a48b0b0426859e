//! One SQLite file a day: retention is deleting a file or, where today's alone is too much, its oldest blocks.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use base::Micros;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags, params};

use crate::CallLogError;
use crate::block::{Block, FORMAT};

const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS blocks (
    seq INTEGER PRIMARY KEY, format INTEGER NOT NULL, calls INTEGER NOT NULL, oldest INTEGER NOT NULL,
    newest INTEGER NOT NULL, base INTEGER NOT NULL, traces BLOB NOT NULL, words BLOB NOT NULL, rows BLOB NOT NULL);
    CREATE INDEX IF NOT EXISTS blocks_by_time ON blocks (oldest, newest);";
const INSERT: &str = "INSERT INTO blocks (format, calls, oldest, newest, base, traces, words, rows)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)";

/// Deletes the oldest, in the proportion of the first number to the second.
const TRIM: &str = "DELETE FROM blocks WHERE seq <
    (SELECT MIN(seq) + (MAX(seq) - MIN(seq) + 1) * ? / ? FROM blocks)";
/// Bytes of a page: a block takes a few, each of which costs two system calls.
const PAGE: i64 = 16 * 1024;
/// Bytes of the write-ahead log before its pages go to their place.
const LOG: i64 = 4 << 20;
/// The part of the budget that trimming leaves free.
const SLACK: i64 = 16;

/// The day files of a folder.
#[derive(Debug)]
pub(crate) struct Days {
    folder: PathBuf,
    open: Mutex<Option<(String, Connection)>>,
}

impl Days {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, open: Mutex::new(None) }
    }

    /// The day of a time in UTC, as files are named.
    pub(crate) fn of(at: Micros) -> String {
        let at = Timestamp::from_microsecond(at.0).unwrap_or_default();
        at.to_zoned(TimeZone::UTC).date().to_string()
    }

    /// Appends a block to the file of a day.
    pub(crate) fn append(&self, day: &str, block: &Block) -> Result<(), CallLogError> {
        let mut open = self.open.lock();
        if open.as_ref().is_none_or(|(name, _)| name != day) {
            *open = Some((day.to_owned(), create(&self.path(day))?));
        }
        let Some((_, connection)) = open.as_mut() else { return Ok(()) };
        connection.prepare_cached(INSERT)?.execute(params![
            FORMAT,
            i64::try_from(block.calls).unwrap_or(i64::MAX),
            block.oldest.0,
            block.newest.0,
            block.base.0,
            block.traces,
            block.words.bytes(),
            block.rows,
        ])?;
        Ok(())
    }

    /// The days that are kept, newest first.
    pub(crate) fn list(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten().filter_map(Result::ok);
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let day = |name: String| name.strip_prefix("calls-")?.strip_suffix(".db").map(str::to_owned);
        let mut days: Vec<String> = names.filter_map(day).collect();
        days.sort_by(|a, b| b.cmp(a));
        days
    }

    /// Opens a day's file for reading; `None` if it is gone.
    pub(crate) fn read(&self, day: &str) -> Result<Option<Connection>, CallLogError> {
        let path = self.path(day);
        if !path.exists() {
            return Ok(None);
        }
        let connection = Connection::open_with_flags(
            path,
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        connection.busy_timeout(std::time::Duration::from_secs(2))?;
        // A file that was made this moment may not have its table yet.
        let ready =
            connection.query_row("SELECT COUNT(*) FROM sqlite_master WHERE name = 'blocks'", [], |row| {
                row.get::<_, i64>(0)
            })?;
        Ok((ready > 0).then_some(connection))
    }

    /// Deletes the files of days before `first`, and the oldest while all take more than `budget` bytes. The
    /// newest stays, without its oldest blocks if it takes more by itself.
    pub(crate) fn prune(&self, first: &str, budget: u64) -> Result<(), CallLogError> {
        let mut total = 0;
        for (at, day) in self.list().iter().enumerate() {
            total += self.bytes(day);
            if at > 0 && (day.as_str() < first || total > budget) {
                self.delete(day);
            }
        }
        self.trim(i64::try_from(budget).unwrap_or(i64::MAX))
    }

    fn delete(&self, day: &str) {
        for suffix in ["", "-wal", "-shm"] {
            let path = with_suffix(&self.path(day), suffix);
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    tracing::error!(path = %path.display(), %error, "old records could not be deleted");
                }
                _ => {}
            }
        }
    }

    /// Deletes the oldest blocks of the open file while they take more than `budget`. The file keeps its
    /// length; new blocks take the place of those that went.
    fn trim(&self, budget: i64) -> Result<(), CallLogError> {
        let open = self.open.lock();
        let Some((_, connection)) = open.as_ref() else { return Ok(()) };
        let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let used = (number("page_count")? - number("freelist_count")?) * number("page_size")?;
        if used > budget {
            // A little more than must be, so that not every look deletes.
            let excess = used - budget / SLACK * (SLACK - 1);
            connection.prepare_cached(TRIM)?.execute(params![excess, used])?;
        }
        Ok(())
    }

    /// Bytes of all files, and the oldest day.
    pub(crate) fn size(&self) -> (u64, Option<String>) {
        let days = self.list();
        (days.iter().map(|day| self.bytes(day)).sum(), days.last().cloned())
    }

    fn bytes(&self, day: &str) -> u64 {
        on_disk(&self.path(day))
    }

    fn path(&self, day: &str) -> PathBuf {
        self.folder.join(format!("calls-{day}.db"))
    }
}

fn create(path: &Path) -> Result<Connection, CallLogError> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "page_size", PAGE)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "wal_autocheckpoint", LOG / PAGE)?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.execute_batch(SCHEMA)?;
    Ok(connection)
}

/// Bytes of a day's file and its log.
pub(crate) fn on_disk(path: &Path) -> u64 {
    let length = |suffix| std::fs::metadata(with_suffix(path, suffix)).map_or(0, |meta| meta.len());
    length("") + length("-wal")
}

pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
