//! A document as it is read out.

use base::Micros;
use serde::Serialize;
use serde_json::Value;
use store::Stored;

use crate::secrets;

/// The document with its revision; secrets are masked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DocumentView {
    /// `kind`, `team`, `environment`, `name`, `title`, `description`, `labels`, `spec`.
    #[serde(flatten)]
    pub document: Value,
    /// The revision that wrote it; its ETag.
    pub revision: u64,
    /// When it was first written.
    pub created_at: Micros,
    /// When it was last written.
    pub updated_at: Micros,
    /// Who last wrote it.
    pub updated_by: String,
}

impl From<Stored> for DocumentView {
    fn from(stored: Stored) -> Self {
        let Stored { mut document, revision, created_at, updated_at, updated_by } = stored;
        secrets::mask(&mut document);
        Self { document: document.to_json(), revision, created_at, updated_at, updated_by }
    }
}
