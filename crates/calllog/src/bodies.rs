//! Bodies of calls, apart from their records: one SQLite file a day, a row a call, read only by the call's id. Retention is
//! deleting a file, or a day's oldest rows where it takes too much by itself.

use std::path::{Path, PathBuf};

use base::RequestId;
use parking_lot::Mutex;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use trace::codec::{DecodeError, put, take};
use trace::{BodyPart, CallRecord, KeptBody};

use crate::CallLogError;
use crate::days::{Days, on_disk, with_suffix};
use crate::words::{put_text, take_bytes, take_text};

const SCHEMA: &str =
    "CREATE TABLE IF NOT EXISTS bodies (seq INTEGER PRIMARY KEY, id BLOB NOT NULL, data BLOB NOT NULL);
    CREATE INDEX IF NOT EXISTS bodies_by_id ON bodies (id);";
const INSERT: &str = "INSERT INTO bodies (id, data) VALUES (?, ?)";
const SELECT: &str = "SELECT data FROM bodies WHERE id = ?";
/// Deletes the oldest, in the proportion of the first number to the second.
const TRIM: &str = "DELETE FROM bodies WHERE seq <
    (SELECT MIN(seq) + (MAX(seq) - MIN(seq) + 1) * ? / ? FROM bodies)";
/// The version of rows that is written.
const FORMAT: u64 = 1;
/// The part of the budget that trimming leaves free.
const SLACK: i64 = 16;

/// Bodies that wait to be written.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    rows: Vec<(RequestId, Vec<u8>)>,
    pub(crate) bytes: usize,
}

/// The files of a folder.
#[derive(Debug)]
pub(crate) struct BodyFiles {
    folder: PathBuf,
    open: Mutex<Option<(String, Connection)>>,
}

// === impl Waiting ===

impl Waiting {
    /// Takes a record's bodies, without their secrets.
    pub(crate) fn add(&mut self, record: &mut CallRecord) {
        let bodies = std::mem::take(&mut record.bodies);
        if bodies.is_empty() {
            return;
        }
        let mut row = Vec::with_capacity(bodies.iter().map(KeptBody::weight).sum());
        put(&mut row, FORMAT);
        put(&mut row, bodies.len() as u64);
        for body in &bodies {
            write(&mut row, body);
        }
        self.bytes += row.len();
        self.rows.push((record.id, row));
    }
}

// === impl BodyFiles ===

impl BodyFiles {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, open: Mutex::new(None) }
    }

    /// Writes what waits into the files of the days on which the calls began.
    pub(crate) fn append(&self, waiting: &mut Waiting) -> Result<(), CallLogError> {
        let rows = std::mem::take(&mut waiting.rows);
        waiting.bytes = 0;
        let mut open = self.open.lock();
        for of_day in rows.chunk_by(|(a, _), (b, _)| Days::of(a.made()) == Days::of(b.made())) {
            let Some((first, _)) = of_day.first() else { continue };
            let day = Days::of(first.made());
            if open.as_ref().is_none_or(|(name, _)| *name != day) {
                *open = Some((day.clone(), create(&self.path(&day))?));
            }
            let Some((_, connection)) = open.as_mut() else { continue };
            let write = connection.transaction()?;
            for (id, row) in of_day {
                write.prepare_cached(INSERT)?.execute(params![id.as_bytes(), row])?;
            }
            write.commit()?;
        }
        Ok(())
    }

    /// The bodies of a call; none if none are kept.
    pub(crate) fn read(&self, id: RequestId) -> Result<Vec<KeptBody>, CallLogError> {
        let path = self.path(&Days::of(id.made()));
        if !path.exists() {
            return Ok(Vec::new());
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(std::time::Duration::from_secs(2))?;
        let row: Option<Vec<u8>> =
            connection.query_row(SELECT, params![id.as_bytes()], |row| row.get(0)).optional()?;
        Ok(row.map(|row| read(&row)).transpose()?.unwrap_or_default())
    }

    /// Deletes the files of days before `first`, and the oldest while all take more than `budget` bytes.
    pub(crate) fn prune(&self, first: &str, budget: u64) -> Result<(), CallLogError> {
        let mut total = 0;
        for (at, day) in self.list().iter().enumerate() {
            total += self.bytes(day);
            // The newest may still be written.
            if day.as_str() < first || (at > 0 && total > budget) {
                self.delete(day);
            }
        }
        self.trim(i64::try_from(budget).unwrap_or(i64::MAX))
    }

    fn delete(&self, day: &str) {
        let mut open = self.open.lock();
        if open.as_ref().is_some_and(|(name, _)| name == day) {
            *open = None;
        }
        for suffix in ["", "-wal", "-shm"] {
            // What is not there needs no deleting, and what stays is tried again.
            std::fs::remove_file(with_suffix(&self.path(day), suffix)).unwrap_or_default();
        }
    }

    fn trim(&self, budget: i64) -> Result<(), CallLogError> {
        let open = self.open.lock();
        let Some((_, connection)) = open.as_ref() else { return Ok(()) };
        let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let used = (number("page_count")? - number("freelist_count")?) * number("page_size")?;
        if used > budget {
            let excess = used - budget / SLACK * (SLACK - 1);
            connection.prepare_cached(TRIM)?.execute(params![excess, used])?;
        }
        Ok(())
    }

    /// The days that are kept, newest first.
    fn list(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.folder).into_iter().flatten().filter_map(Result::ok);
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let day = |name: String| name.strip_prefix("bodies-")?.strip_suffix(".db").map(str::to_owned);
        let mut days: Vec<String> = names.filter_map(day).collect();
        days.sort_by(|a, b| b.cmp(a));
        days
    }

    /// Bytes of all files.
    pub(crate) fn size(&self) -> u64 {
        self.list().iter().map(|day| self.bytes(day)).sum()
    }

    fn bytes(&self, day: &str) -> u64 {
        on_disk(&self.path(day))
    }

    fn path(&self, day: &str) -> PathBuf {
        self.folder.join(format!("bodies-{day}.db"))
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

fn write(out: &mut Vec<u8>, body: &KeptBody) {
    let part = BodyPart::ALL.iter().position(|part| *part == body.part).unwrap_or(0);
    put(out, part as u64);
    put(out, u64::from(body.attempt));
    for text in [&*body.format, &*body.media_type, &*body.to] {
        put_text(out, text);
    }
    put(out, body.total);
    // Masked bytes may be fewer: whether something was cut off is kept apart.
    put(out, body.bytes.len() as u64);
    let masked = trace::body(&body.media_type, &body.bytes);
    put(out, masked.len() as u64);
    out.extend_from_slice(&masked);
    put(out, body.arrivals.len() as u64);
    for (at, bytes) in &body.arrivals {
        put(out, u64::from(*at));
        put(out, *bytes);
    }
}

fn read(mut row: &[u8]) -> Result<Vec<KeptBody>, DecodeError> {
    let row = &mut row;
    if take(row)? != FORMAT {
        return Err(DecodeError);
    }
    let bodies = take(row)?;
    (0..bodies).map(|_| read_one(row)).collect()
}

fn read_one(row: &mut &[u8]) -> Result<KeptBody, DecodeError> {
    let length = |value: u64| usize::try_from(value).map_err(|_| DecodeError);
    let short = |value: u64| u32::try_from(value).map_err(|_| DecodeError);
    let part = *BodyPart::ALL.get(length(take(row)?)?).ok_or(DecodeError)?;
    let attempt = u8::try_from(take(row)?).map_err(|_| DecodeError)?;
    let format = take_text(row)?.to_owned().into();
    let (media_type, to) = (take_text(row)?.into(), take_text(row)?.into());
    let (total, before) = (take(row)?, take(row)?);
    let masked = length(take(row)?)?;
    let bytes = take_bytes(row, masked)?.to_vec();
    let arrivals = take(row)?;
    let arrivals = (0..arrivals).map(|_| Ok((short(take(row)?)?, take(row)?)));
    let arrivals = arrivals.collect::<Result<_, DecodeError>>()?;
    // Lengths are those of what was masked, so that a whole body looks whole.
    let total = if total == before { masked as u64 } else { total };
    Ok(KeptBody { part, attempt, format, media_type, to, total, bytes, arrivals })
}
