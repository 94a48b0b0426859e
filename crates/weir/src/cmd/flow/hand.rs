//! The documents at hand: where the sources of a document lie. One that says its own address (`$self`) is found by it,
//! wherever it lies; others by where they lie.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use flow::Document;
use flow::document::SourceDescription;
use serde_json::Value;

use super::read::single;

/// So many files of a folder are looked at for their addresses, of at most so many bytes.
const FILES: usize = 1_000;
const LONGEST: u64 = 4 << 20;

/// What is at hand.
pub(super) struct Hand<'g> {
    /// The files that are said for sources of the document itself.
    given: &'g [(String, PathBuf)],
    /// Files by the addresses that the documents in them give themselves.
    own: HashMap<String, PathBuf>,
}

// === impl Hand ===

impl<'g> Hand<'g> {
    /// What lies in the folders of a document and of the files that are given.
    pub(super) fn new(path: &Path, given: &'g [(String, PathBuf)]) -> Self {
        let mut own = HashMap::new();
        let files = std::iter::once(path).chain(given.iter().map(|(_, file)| file.as_path()));
        let mut folders: Vec<&Path> = files.map(folder).collect();
        folders.dedup();
        for file in folders.iter().flat_map(|folder| listed(folder)).take(FILES) {
            if let Some(address) = own_address(&file) {
                own.entry(address).or_insert(file);
            }
        }
        Self { given, own }
    }

    /// The file of a source of the document in `path`; `depth` is 0 for the document that all begins with.
    pub(super) fn file(
        &self,
        (document, path): (&Document, &Path),
        source: &SourceDescription,
        depth: usize,
    ) -> PathBuf {
        let given = self.given.iter().find(|(name, _)| depth == 0 && **name == *source.name);
        if let Some((_, file)) = given {
            return file.clone();
        }
        let address = document.address_of(source, &url_of(path));
        if let Some(file) = self.own.get(&address) {
            return file.clone();
        }
        let beside = path.parent().unwrap_or(Path::new("")).join(&*source.url);
        // A relative `$self` leads elsewhere, and an address may be written with escapes.
        match path_of(&address).filter(|file| file.exists()) {
            Some(file) if document.own.is_some() || !beside.exists() => file,
            _ => beside,
        }
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."))
}

/// The files of a folder that may be documents, sorted.
fn listed(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let is_document = |file: &PathBuf| {
        file.extension().is_some_and(|kind| ["yaml", "yml", "json"].iter().any(|known| kind == *known))
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_document).collect();
    files.sort();
    files
}

/// The address that the document in a file gives itself.
fn own_address(file: &Path) -> Option<String> {
    let meta = std::fs::metadata(file).ok().filter(|meta| meta.is_file() && meta.len() <= LONGEST)?;
    let text = (meta.len() > 0).then(|| std::fs::read_to_string(file).ok()).flatten()?;
    // Most files have none, and need not be read as what they are.
    if !text.contains("$self") {
        return None;
    }
    let value = single(file).ok()?.ok()?.to_json();
    let own = value.get("$self").and_then(Value::as_str)?;
    Some(flow::document::resolve(&url_of(file), own))
}

/// `file:` and a path.
fn url_of(path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut url = "file://".to_owned();
    for byte in path.to_string_lossy().bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => url.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => url.push(char::from(byte)),
            // Writing to a string cannot fail.
            byte => write!(url, "%{byte:02X}").unwrap_or_default(),
        }
    }
    url
}

/// The path of an address that is a file's.
fn path_of(url: &str) -> Option<PathBuf> {
    let mut bytes = url.strip_prefix("file://")?.bytes();
    let mut path = Vec::new();
    while let Some(byte) = bytes.next() {
        let mut digit = || char::from(bytes.next()?).to_digit(16);
        path.push(if byte == b'%' { u8::try_from(digit()? * 16 + digit()?).ok()? } else { byte });
    }
    Some(String::from_utf8(path).ok()?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, name: &str, own: &str, source: &str) -> (Document, PathBuf) {
        let text = format!(
            "arazzo: 1.1.0\n{own}\ninfo: {{title: t, version: '1'}}\nsourceDescriptions: [{{name: other, url: '{source}'}}]\nworkflows: [{{workflowId: w, steps: [{{stepId: a, operationId: x}}]}}]\n"
        );
        let file = folder.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, text).unwrap();
        let value = single(&file).unwrap().unwrap().to_json();
        (Document::read(&value).unwrap(), file)
    }

    #[test]
    fn documents_are_found_by_their_own_addresses_before_where_they_lie() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let (_, moved) =
            write(at, "moved here.yaml", "$self: https://flows.example/canonical/other.yaml", "x");
        let file = |own: &str, source: &str| {
            let (document, path) = write(at, "flows/main.yaml", own, source);
            let given = [("unused".to_owned(), moved.clone())];
            let hand = Hand::new(&path, &given);
            hand.file((&document, &path), &document.sources[0], 0)
        };
        let base = "$self: https://flows.example/a/main.yaml";
        assert_eq!(file("", "https://flows.example/canonical/other.yaml"), moved);
        assert_eq!(file(base, "../canonical/other.yaml"), moved);
        // What is not found by an address lies beside the document.
        assert_eq!(file(base, "../specs/shop.yaml"), at.join("flows/../specs/shop.yaml"));
        // A relative `$self` is resolved against where the document is from.
        let (_, shop) = write(at, "flows/inner/shop 1.yaml", "", "x");
        assert_eq!(file("$self: inner/main.yaml", "shop%201.yaml"), std::path::absolute(shop).unwrap());
        let (_, sibling) = write(at, "flows/sibling.yaml", "$self: far/away.yaml", "x");
        assert_eq!(file("", "far/away.yaml"), sibling);
    }
}
