//! Configuration files to a snapshot.

use std::path::Path;
use std::sync::Arc;

use config::{FileMistake, Seen};
use snapshot::{Change, Secrets, Snapshot};

/// What came of configuration files.
pub(crate) struct Compiled {
    /// The snapshot, or all mistakes in the order of files and lines.
    pub(crate) result: Result<Snapshot, Vec<FileMistake>>,
    /// The further files that the documents name, as they were.
    pub(crate) used: Vec<Seen>,
}

/// Reads and compiles a file or folder.
pub(crate) fn compile(path: &Path, revision: u64, secrets: &dyn Secrets) -> anyhow::Result<Compiled> {
    let mut files = config::load(path)?;
    let used = std::mem::take(&mut files.used);
    Ok(Compiled { result: snapshot(&files, revision, secrets), used })
}

fn snapshot(
    files: &config::Files,
    revision: u64,
    secrets: &dyn Secrets,
) -> Result<Snapshot, Vec<FileMistake>> {
    let change = |document: &domain::Document| Change {
        id: document.id.clone(),
        document: Some(Arc::new(document.clone())),
    };
    let changes: Vec<Change> = files.documents.iter().map(change).collect();
    let empty = Snapshot::empty();
    if files.mistakes.is_empty() {
        match empty.apply(&changes, revision, secrets) {
            Ok(snapshot) => return Ok(snapshot),
            Err(found) => return Err(located(files, Vec::new(), &found)),
        }
    }
    let found = empty.check(&changes, &files.unread, secrets);
    Err(located(files, files.mistakes.clone(), &found))
}

/// What was found in documents after they were read, placed in their files, with what the schema said before.
pub(crate) fn located(
    files: &config::Files,
    schema: Vec<FileMistake>,
    found: &[snapshot::Mistake],
) -> Vec<FileMistake> {
    // What the schema has said of a place need not be said twice.
    let said = |mistake: &FileMistake| {
        schema.iter().any(|other| other.file == mistake.file && other.place == mistake.place)
    };
    let found = found.iter().map(|mistake| files.locate(&mistake.document, &mistake.path, &mistake.message));
    let mut all: Vec<_> = found.filter(|mistake| !said(mistake)).collect();
    all.extend(schema);
    all.sort();
    all.dedup();
    all
}
