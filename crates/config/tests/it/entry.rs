//! What the fuzzer calls with any bytes (`fuzz/`).

use std::path::Path;

use domain::Document;

/// A file is read or its mistakes are told, and a document that could be read reads back as itself.
pub(crate) fn yaml(data: &[u8]) {
    let files = config::parse(Path::new("fuzz.yaml"), data);
    for document in &files.documents {
        let again = Document::from_json(document.to_json());
        assert_eq!(again.as_ref().ok(), Some(document), "{again:?}");
    }
    for mistake in &files.mistakes {
        assert!(!mistake.message.is_empty() && mistake.place.line > 0, "{mistake}");
    }
}
