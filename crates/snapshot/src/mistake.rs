//! What is wrong with a configuration.

use std::fmt;

use domain::DocId;

/// One mistake: the document, the place in it, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Mistake {
    /// The document.
    #[serde(serialize_with = "as_text")]
    pub document: DocId,
    /// A JSON Pointer (RFC 6901) into the document.
    pub path: String,
    /// What is wrong and the way out.
    pub message: String,
    /// Another document that the message names, as `` `ID` ``.
    #[serde(skip)]
    pub other: Option<DocId>,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}: {}", self.document, self.path, self.message)
    }
}

fn as_text<S: serde::Serializer>(id: &DocId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}

/// Gathers the mistakes of one document.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    pub(crate) document: &'a DocId,
    pub(crate) mistakes: &'a mut Vec<Mistake>,
}

impl Report<'_> {
    /// Notes a mistake at a pointer such as `/spec/paths/0`.
    pub(crate) fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        let (path, message) = (path.into(), message.into());
        self.mistakes.push(Mistake { document: self.document.clone(), path, message, other: None });
    }
}
