//! Many documents carried into a store at once, while nobody serves from it: checked together with what
//! is stored, written whole or not at all.

use std::fmt;
use std::sync::Arc;

use base::Micros;
use domain::{DocId, Document};
use snapshot::{Change, Mistake, Snapshot};
use store::seal::Sealer;
use store::{Expected, Store, Write};

use crate::ControlError;
use crate::secrets::{self, StoreSecrets};

/// A store that documents are to be carried into.
pub struct Import<'a> {
    store: &'a dyn Store,
    sealer: &'a Sealer,
    stored: Snapshot,
}

/// What an import did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Imported {
    /// Documents written.
    pub written: usize,
    /// Documents that were there already, word for word.
    pub unchanged: usize,
    /// The configuration revision.
    pub revision: u64,
}

/// Reads and compiles all that a store has; every mistake in it is given back. What cannot work is said in the log alone,
/// since a newer Weir may know what the one that took it did not.
pub(crate) fn compile_all(
    store: &dyn Store,
    sealer: &Sealer,
) -> Result<Result<Snapshot, Vec<Mistake>>, ControlError> {
    let change = |document: Document| Change { id: document.id.clone(), document: Some(Arc::new(document)) };
    let changes: Vec<Change> = store.load_all()?.into_iter().map(change).collect();
    let restored = Snapshot::restore(&changes, store.revision()?, &StoreSecrets { sealer });
    Ok(restored.map(|(snapshot, useless)| {
        for mistake in useless {
            tracing::warn!("the stored configuration has what cannot work: {mistake}");
        }
        snapshot
    }))
}

// === impl Import ===

impl<'a> Import<'a> {
    /// Reads the store; every mistake in what is stored is given back.
    pub fn open(
        store: &'a dyn Store,
        sealer: &'a Sealer,
    ) -> Result<Result<Self, Vec<Mistake>>, ControlError> {
        Ok(compile_all(store, sealer)?.map(|stored| Self { store, sealer, stored }))
    }

    /// Every mistake that writing the documents would make. `unread` are documents that could not be read;
    /// references to them are not mistakes of their own.
    pub fn check(&self, documents: &[Document], unread: &[DocId]) -> Vec<Mistake> {
        let change = |document: &Document| Change {
            id: document.id.clone(),
            document: Some(Arc::new(document.clone())),
        };
        let changes: Vec<Change> = documents.iter().map(change).collect();
        self.stored.check(&changes, unread, &StoreSecrets { sealer: self.sealer })
    }

    /// Writes new and changed documents in one batch, and leaves all others as they are.
    pub fn write(
        &self,
        documents: Vec<Document>,
        by: &str,
        at: Micros,
    ) -> Result<Result<Imported, Vec<Mistake>>, ControlError> {
        let given = documents.len();
        let mut batch = Vec::new();
        for mut document in documents {
            let old = self.stored.document(&document.id);
            if let Some(old) = old {
                secrets::reuse(self.sealer, &mut document, old);
            }
            secrets::seal(self.sealer, &mut document, old.map(AsRef::as_ref))?;
            if old.is_none_or(|old| !old.is_written_as(&document)) {
                let id = document.id.clone();
                batch.push(Write { id, document: Some(document), expected: Expected::Any, rollback: false });
            }
        }
        let changes: Vec<Change> = batch.iter().map(crate::documents::change).collect();
        let mistakes = self.stored.check(&changes, &[], &StoreSecrets { sealer: self.sealer });
        if !mistakes.is_empty() {
            return Ok(Err(mistakes));
        }
        let revision = self.store.write(&batch, by, at)?;
        Ok(Ok(Imported { written: batch.len(), unchanged: given - batch.len(), revision }))
    }
}

impl fmt::Debug for Import<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Import").field("stored", &self.stored).finish_non_exhaustive()
    }
}
