//! The format of the file. Steps are only ever added; a file of a format that this version does not know
//! is left alone.

use std::path::Path;

use rusqlite::Connection;
use store::StoreError;

use crate::backend;

/// Each brings the file from the format of its place to the next.
const STEPS: &[&str] = &[
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
     CREATE TABLE documents (
        team TEXT NOT NULL, environment TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
        title TEXT NOT NULL, json TEXT NOT NULL, revision INTEGER NOT NULL,
        created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, updated_by TEXT NOT NULL,
        PRIMARY KEY (team, environment, kind, name)) WITHOUT ROWID;
     CREATE TABLE history (
        revision INTEGER NOT NULL, team TEXT NOT NULL, environment TEXT NOT NULL, kind TEXT NOT NULL,
        name TEXT NOT NULL, at INTEGER NOT NULL, by TEXT NOT NULL, action TEXT NOT NULL, json TEXT,
        PRIMARY KEY (team, environment, kind, name, revision)) WITHOUT ROWID;
     CREATE INDEX history_feed ON history (revision);
     CREATE TABLE users (
        id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT NOT NULL, password TEXT NOT NULL,
        roles TEXT NOT NULL, disabled INTEGER NOT NULL, created_at INTEGER NOT NULL) WITHOUT ROWID;
     CREATE TABLE sessions (
        hash BLOB PRIMARY KEY, user TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE, csrf TEXT NOT NULL,
        created_at INTEGER NOT NULL, seen_at INTEGER NOT NULL) WITHOUT ROWID;
     CREATE TABLE tokens (
        id TEXT PRIMARY KEY, hash BLOB NOT NULL UNIQUE, user TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        name TEXT NOT NULL, scopes TEXT NOT NULL, team TEXT, created_at INTEGER NOT NULL, expires_at INTEGER,
        last_used_at INTEGER) WITHOUT ROWID;",
    "CREATE TABLE messages (
        id TEXT PRIMARY KEY, event TEXT NOT NULL, payload BLOB NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
     CREATE TABLE deliveries (
        message TEXT NOT NULL REFERENCES messages (id), endpoint TEXT NOT NULL, state TEXT NOT NULL,
        attempts INTEGER NOT NULL, began INTEGER NOT NULL, due INTEGER NOT NULL,
        last_at INTEGER, last_status INTEGER, last_detail TEXT,
        PRIMARY KEY (message, endpoint)) WITHOUT ROWID;
     CREATE INDEX deliveries_due ON deliveries (due) WHERE state = 'waiting';
     CREATE INDEX deliveries_list ON deliveries (endpoint, began, message);
     CREATE INDEX deliveries_ended ON deliveries (due) WHERE state != 'waiting';
     CREATE TABLE endpoints (
        id TEXT PRIMARY KEY, failing_since INTEGER, off TEXT) WITHOUT ROWID;",
    "ALTER TABLE endpoints ADD COLUMN failed_at INTEGER;
     ALTER TABLE endpoints ADD COLUMN failed INTEGER NOT NULL DEFAULT 0;
     ALTER TABLE endpoints ADD COLUMN address TEXT;",
    "CREATE INDEX deliveries_of ON deliveries (endpoint, due) WHERE state = 'waiting';",
];

pub(crate) fn run(connection: &mut Connection, folder: &Path) -> Result<(), StoreError> {
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(backend)?;
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(StoreError::Newer { path: folder.to_owned(), found, known });
    }
    let transaction = connection.transaction().map_err(backend)?;
    for step in STEPS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.execute_batch(step).map_err(backend)?;
    }
    transaction.pragma_update(None, "user_version", known).map_err(backend)?;
    transaction.commit().map_err(backend)
}
