//! One SQLite file a day: retention is deleting a file.

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
    newest INTEGER NOT NULL, base INTEGER NOT NULL, traces BLOB NOT NULL, words BLOB NOT NULL, rows BLOB NOT NULL);";
const INSERT: &str = "INSERT INTO blocks (format, calls, oldest, newest, base, traces, words, rows)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)";

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

    /// Deletes the files of days before the last `keep`, and the oldest while all take more than `budget`.
    /// The newest stays.
    pub(crate) fn prune(&self, keep: usize, budget: u64) {
        let days = self.list();
        let mut total = 0;
        for (at, day) in days.iter().enumerate() {
            total += self.bytes(day);
            if at > 0 && (at >= keep || total > budget) {
                for suffix in ["", "-wal", "-shm"] {
                    // One that is gone already is as good as deleted.
                    std::fs::remove_file(with_suffix(&self.path(day), suffix)).unwrap_or_default();
                }
            }
        }
    }

    /// Bytes of all files, and the oldest day.
    pub(crate) fn size(&self) -> (u64, Option<String>) {
        let days = self.list();
        (days.iter().map(|day| self.bytes(day)).sum(), days.last().cloned())
    }

    fn bytes(&self, day: &str) -> u64 {
        let length =
            |suffix| std::fs::metadata(with_suffix(&self.path(day), suffix)).map_or(0, |meta| meta.len());
        length("") + length("-wal")
    }

    fn path(&self, day: &str) -> PathBuf {
        self.folder.join(format!("calls-{day}.db"))
    }
}

fn create(path: &Path) -> Result<Connection, CallLogError> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.execute_batch(SCHEMA)?;
    Ok(connection)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
