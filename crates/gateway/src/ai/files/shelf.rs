//! Files that Weir keeps, and the list of all of an owner's, also of those that a provider keeps. The content lies in the
//! store in pieces; nobody holds it whole.

use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use base::Clock;
use bytes::{Bytes, BytesMut};
use message::{Body, BodyError, Frame, Reason, Stream};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use stateport::{Key, LISTED, Pending, StateError, StatePort};

use crate::exchange::Exchange;

use super::super::owner::Owner;

/// The length of a piece of content, in bytes.
const PIECE: usize = 1 << 20;

/// The most that one owner may keep, in bytes, and in files.
const OF_OWNER: u64 = 3 << 29;
const FILES: usize = LISTED - 1_000;

/// How long a file is kept where nothing else is asked for.
pub(crate) const KEEP: Duration = Duration::from_hours(24 * 30);

/// How much longer the content is kept than what is told of it: it comes first, and must not end before.
const LONGER: Duration = Duration::from_hours(1);

/// How long a file of a provider's stays in the list.
const LISTED_FOR: Duration = Duration::from_hours(24 * 365);

/// A file, as clients are told of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct File {
    pub(crate) told: Map<String, Value>,
    /// Whether its content lies here; else its provider has it.
    pub(crate) kept: bool,
}

/// The files of one owner.
#[derive(Clone, Debug)]
pub(crate) struct Shelf {
    state: Arc<dyn StatePort>,
    owner: Arc<str>,
    clock: Clock,
}

/// A file that is being written. Dropped before its end, it leaves nothing.
#[derive(Debug)]
pub(crate) struct Writer {
    shelf: Shelf,
    id: String,
    buffer: BytesMut,
    pieces: usize,
    bytes: u64,
    /// The most that it may have, in bytes.
    limit: u64,
    /// How long it is kept at most.
    keep: Duration,
    finished: bool,
}

/// Why a file cannot be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unkept {
    /// It is larger than its limit, in bytes.
    TooLarge(u64),
    /// Its owner has as many files as may be.
    TooMany,
    State(StateError),
}

/// What a file that Weir makes is called.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Title<'a> {
    pub(crate) filename: &'a str,
    pub(crate) purpose: &'a str,
    /// How long it is kept, where that is asked for.
    pub(crate) keep: Option<Duration>,
}

// === impl File ===

impl File {
    pub(crate) fn id(&self) -> &str {
        self.told.get("id").and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn purpose(&self) -> &str {
        self.told.get("purpose").and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.told.get("bytes").and_then(Value::as_u64).unwrap_or_default()
    }

    pub(crate) fn created(&self) -> i64 {
        self.told.get("created_at").and_then(Value::as_i64).unwrap_or_default()
    }

    /// In how many pieces its content lies.
    fn pieces(&self) -> usize {
        usize::try_from(self.bytes().div_ceil(PIECE as u64)).unwrap_or_default()
    }
}

// === impl Shelf ===

impl Shelf {
    /// The shelf of this call's caller.
    pub(crate) fn of(x: &Exchange<'_>) -> Self {
        let config = &x.shared().config;
        Self::new(Arc::clone(&config.files), Owner::of(x).to_string(), config.clock.clone())
    }

    pub(crate) fn new(state: Arc<dyn StatePort>, owner: impl Into<Arc<str>>, clock: Clock) -> Self {
        Self { state, owner: owner.into(), clock }
    }

    /// All files, the newest first.
    pub(crate) async fn all(&self) -> Result<Vec<File>, StateError> {
        let listed = self.state.list("files", &self.owner).await?;
        let mut files: Vec<File> =
            listed.iter().filter_map(|(_, value)| serde_json::from_slice(value).ok()).collect();
        files.sort_by(|a, b| (b.created(), b.id()).cmp(&(a.created(), a.id())));
        Ok(files)
    }

    pub(crate) async fn find(&self, id: &str) -> Result<Option<File>, StateError> {
        let found = self.state.get(&self.key(id)).await?;
        Ok(found.and_then(|value| serde_json::from_slice(&value).ok()))
    }

    /// Puts a file of a provider's on the list.
    pub(crate) async fn list(&self, told: Map<String, Value>) -> Result<(), StateError> {
        self.note(&File { told, kept: false }, LISTED_FOR).await
    }

    /// Takes a file away, with what is kept of it.
    pub(crate) async fn forget(&self, file: &File) -> Result<(), StateError> {
        self.state.remove(&self.key(file.id())).await?;
        if file.kept {
            for at in 0..file.pieces() {
                self.state.remove(&self.piece(file.id(), at)).await?;
            }
        }
        Ok(())
    }

    /// Begins a file of at most `limit` bytes, which is kept so long where that is known.
    pub(crate) async fn write(
        &self,
        id: String,
        limit: u64,
        keep: Option<Duration>,
    ) -> Result<Writer, Unkept> {
        let files = self.all().await.map_err(Unkept::State)?;
        let used: u64 = files.iter().filter(|file| file.kept).map(File::bytes).sum();
        if files.len() >= FILES {
            return Err(Unkept::TooMany);
        }
        let limit = limit.min(OF_OWNER.saturating_sub(used));
        let (shelf, keep) = (self.clone(), keep.unwrap_or(KEEP));
        Ok(Writer { shelf, id, buffer: BytesMut::new(), pieces: 0, bytes: 0, limit, keep, finished: false })
    }

    /// The content of a file that is kept.
    pub(crate) fn content(&self, file: &File) -> Body {
        Body::stream(Content {
            shelf: self.clone(),
            file: file.clone(),
            next: 0,
            pending: None,
            left: file.bytes(),
        })
    }

    async fn note(&self, file: &File, keep: Duration) -> Result<(), StateError> {
        let value = serde_json::to_vec(file).unwrap_or_default();
        self.state.put(&self.key(file.id()), value.into(), keep).await
    }

    fn now(&self) -> i64 {
        self.clock.wall().0 / 1_000_000
    }

    fn key(&self, id: &str) -> Key {
        Key::new("files", Arc::clone(&self.owner), id)
    }

    fn piece(&self, id: &str, at: usize) -> Key {
        Key::new("file pieces", Arc::clone(&self.owner), format!("{id}/{at:06}"))
    }
}

// === impl Writer ===

impl Writer {
    /// Takes content.
    pub(crate) async fn add(&mut self, mut data: Bytes) -> Result<(), Unkept> {
        self.bytes += data.len() as u64;
        if self.bytes > self.limit {
            return Err(Unkept::TooLarge(self.limit));
        }
        while !data.is_empty() {
            let taken = data.split_to(data.len().min(PIECE - self.buffer.len()));
            self.buffer.extend_from_slice(&taken);
            if self.buffer.len() == PIECE {
                self.flush().await?;
            }
        }
        Ok(())
    }

    /// Ends the file; from here on it can be found.
    pub(crate) async fn finish(mut self, title: Title<'_>) -> Result<File, Unkept> {
        if !self.buffer.is_empty() {
            self.flush().await?;
        }
        let now = self.shelf.now();
        let keep = title.keep.unwrap_or(KEEP).min(self.keep);
        let told = json!({
            "id": self.id,
            "object": "file",
            "bytes": self.bytes,
            "created_at": now,
            "expires_at": now + i64::try_from(keep.as_secs()).unwrap_or_default(),
            "filename": title.filename,
            "purpose": title.purpose,
            "status": "processed",
            "status_details": null,
        });
        let told = if let Value::Object(told) = told { told } else { Map::new() };
        let file = File { told, kept: true };
        self.shelf.note(&file, keep).await.map_err(Unkept::State)?;
        self.finished = true;
        Ok(file)
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many bytes it may still take.
    pub(crate) fn room(&self) -> u64 {
        self.limit.saturating_sub(self.bytes)
    }

    async fn flush(&mut self) -> Result<(), Unkept> {
        let piece = std::mem::take(&mut self.buffer).freeze();
        let key = self.shelf.piece(&self.id, self.pieces);
        self.pieces += 1;
        self.shelf.state.put(&key, piece, self.keep + LONGER).await.map_err(Unkept::State)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.finished {
            for at in 0..self.pieces {
                // It begins when it is called, and nobody waits for its outcome.
                drop(self.shelf.state.remove(&self.shelf.piece(&self.id, at)));
            }
        }
    }
}

/// The content of a file, piece by piece.
struct Content {
    shelf: Shelf,
    file: File,
    next: usize,
    pending: Option<Pending<Option<Bytes>>>,
    left: u64,
}

impl Stream for Content {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame, BodyError>>> {
        if self.next >= self.file.pieces() {
            return Poll::Ready(None);
        }
        let (shelf, id, next) = (&self.shelf, self.file.id(), self.next);
        let pending = self.pending.get_or_insert_with(|| shelf.state.get(&shelf.piece(id, next)));
        let piece = ready!(pending.as_mut().poll(cx));
        self.pending = None;
        self.next += 1;
        Poll::Ready(Some(match piece {
            Ok(Some(piece)) => {
                self.left = self.left.saturating_sub(piece.len() as u64);
                Ok(Frame::Data(piece))
            }
            Ok(None) => Err(BodyError::new(Reason::InternalError, "a piece of the file is no longer there")),
            Err(error) => Err(BodyError::new(Reason::Overloaded, error.to_string())),
        }))
    }

    fn remaining(&self) -> Option<u64> {
        Some(self.left)
    }
}

#[cfg(test)]
mod tests;
