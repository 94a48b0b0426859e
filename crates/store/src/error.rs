//! Why the store could not do what was asked.

use std::error::Error;
use std::path::PathBuf;

use domain::DocId;

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A document is not at the revision that the writer expected.
    #[error("`{id}` is at revision {}", found.map_or_else(|| "none: it does not exist".to_owned(), |r| r.to_string()))]
    Conflict {
        /// Which.
        id: DocId,
        /// Its revision; `None`: it does not exist.
        found: Option<u64>,
    },
    /// Another user has this address.
    #[error("a user with the address `{0}` exists already")]
    EmailTaken(String),
    /// The data was written by a newer version.
    #[error(
        "the data in `{path}` was written by a newer version of weir (format {found}, this one knows {known}); start that version, or another folder"
    )]
    Newer {
        /// Where.
        path: PathBuf,
        /// The format found.
        found: i64,
        /// The newest format known.
        known: i64,
    },
    /// Another process uses the data.
    #[error("the data in `{0}` is used by another process; stop it, or choose another folder with --data")]
    InUse(PathBuf),
    /// The folder cannot be used.
    #[error("the folder `{path}` cannot be used")]
    Folder {
        /// Where.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// What was read is not what was written.
    #[error("the stored {0} cannot be read")]
    Corrupt(String),
    /// The backend failed.
    #[error("the store failed")]
    Backend(#[source] Box<dyn Error + Send + Sync>),
}
