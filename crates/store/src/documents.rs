//! Documents: current, past, and in the order in which they changed.

use base::Micros;
use domain::{DocId, Document, Kind};
use serde::{Deserialize, Serialize};

use crate::StoreError;

/// A document as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// The document.
    pub document: Document,
    /// The configuration revision that wrote it; its ETag.
    pub revision: u64,
    /// When it was first written.
    pub created_at: Micros,
    /// When it was last written.
    pub updated_at: Micros,
    /// Who last wrote it.
    pub updated_by: String,
}

/// What was done to a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Written for the first time.
    Created,
    /// Written again.
    Updated,
    /// Deleted.
    Deleted,
    /// Written again as it was at an earlier revision.
    RolledBack,
}

/// One past state of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The configuration revision.
    pub revision: u64,
    /// The document.
    pub id: DocId,
    /// When.
    pub at: Micros,
    /// Who.
    pub by: String,
    /// What was done.
    pub action: Action,
    /// The state from then on; `None`: deleted.
    pub document: Option<Document>,
}

/// What a writer expects to find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Nothing: the document is new.
    Absent,
    /// The document at this revision.
    Revision(u64),
    /// Whatever there is.
    Any,
}

/// One change of a batch.
#[derive(Clone, Debug)]
pub struct Write {
    /// Which document.
    pub id: DocId,
    /// Its new state; `None`: delete it.
    pub document: Option<Document>,
    /// What must be there before.
    pub expected: Expected,
    /// Whether an earlier state is written again.
    pub rollback: bool,
}

/// Which documents are listed. All that is given must hold.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of these teams; `None`: of all.
    pub teams: Option<Vec<String>>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// Of this environment.
    pub environment: Option<String>,
    /// Whose name or title contains this, without regard to case.
    pub contains: Option<String>,
    /// Behind this document in the order of team, environment, kind and name.
    pub after: Option<DocId>,
    /// At most so many.
    pub limit: usize,
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Whether more follow.
    pub more: bool,
}

/// Documents with their history.
pub trait Documents {
    /// The configuration revision: the number of the last batch written, 0 before the first.
    fn revision(&self) -> Result<u64, StoreError>;

    /// Every document.
    fn load_all(&self) -> Result<Vec<Document>, StoreError>;

    /// One document.
    fn get(&self, id: &DocId) -> Result<Option<Stored>, StoreError>;

    /// Documents in the order of team, environment, kind and name.
    fn list(&self, filter: &Filter) -> Result<Page<Stored>, StoreError>;

    /// Writes a batch whole or not at all, and gives its revision. It is on disk when this returns.
    fn write(&self, batch: &[Write], by: &str, at: Micros) -> Result<u64, StoreError>;

    /// A document's past, newest first, before a revision.
    fn history(&self, id: &DocId, before: Option<u64>, limit: usize) -> Result<Page<Entry>, StoreError>;

    /// A document's state as a revision wrote it.
    fn at_revision(&self, id: &DocId, revision: u64) -> Result<Option<Entry>, StoreError>;

    /// The change feed: what was written after a revision, oldest first.
    fn changes_since(&self, revision: u64, limit: usize) -> Result<Page<Entry>, StoreError>;
}
