//! An Arazzo document and the sources that it names, from files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use config::{FileMistake, Single};
use flow::Document;
use flow::document::{SourceDescription, SourceKind};
use flow::resolve::{Source, Sources};
use openapi::Description;
use serde_json::Value;

/// How deep documents may name each other.
const DEPTH: usize = 8;

/// A document with its sources.
pub(super) struct Read {
    pub(super) document: Document,
    pub(super) sources: Sources,
    file: Single,
}

/// Reads a document and the sources that lie in files; fails with every mistake in it.
pub(super) fn read(
    path: &Path,
    given: &[(String, PathBuf)],
) -> anyhow::Result<Result<Read, Vec<FileMistake>>> {
    let file = match single(path)? {
        Ok(file) => file,
        Err(mistake) => return Ok(Err(vec![*mistake])),
    };
    let document = match Document::read(&file.to_json()) {
        Ok(document) => document,
        Err(mistakes) => return Ok(Err(placed(&file, &mistakes))),
    };
    let (sources, wrong) = load_all(&document, path, given, 0);
    let mistake = |(at, message): (String, String)| file.locate(&at, &message);
    let mistakes: Vec<FileMistake> = wrong.into_iter().map(mistake).collect();
    Ok(if mistakes.is_empty() { Ok(Read { document, sources, file }) } else { Err(mistakes) })
}

/// The sources of a document in a file; and where and why one could not be read.
pub(super) fn load_all(
    document: &Document,
    path: &Path,
    given: &[(String, PathBuf)],
    depth: usize,
) -> (Sources, Vec<(String, String)>) {
    let (mut sources, mut wrong) = (Sources::new(), Vec::new());
    for source in &document.sources {
        match load(source, &source_path(path, source, given), depth) {
            Ok(Some(read)) => drop(sources.insert(source.name.clone(), read)),
            Ok(None) => {}
            Err(error) => {
                wrong.push((format!("{}/url", source.at), format!("source `{}`: {error:#}", source.name)));
            }
        }
    }
    (sources, wrong)
}

/// The OpenAPI descriptions of a document as they are written, by the names that a program gives them. What cannot be read is
/// left out: it was told when the document was read.
pub(super) fn written(document: &Document, path: &Path, given: &[(String, PathBuf)]) -> Vec<(String, Value)> {
    let mut ahead = vec![(document.clone(), path.to_owned(), String::new(), 0)];
    let mut found = Vec::new();
    while let Some((document, path, prefix, depth)) = ahead.pop() {
        for source in &document.sources {
            let file = source_path(&path, source, if depth == 0 { given } else { &[] });
            let Ok(Ok(file_read)) = single(&file) else { continue };
            let value = file_read.to_json();
            let name = format!("{prefix}{}", source.name);
            match Document::read(&value) {
                Ok(inner) if value.get("arazzo").is_some() && depth < DEPTH => {
                    ahead.push((inner, file, format!("{name}/"), depth + 1));
                }
                _ => found.push((name, value)),
            }
        }
    }
    found
}

/// The file of a source: the one that is given, else where its `url` leads to from the document.
pub(super) fn source_path(
    document: &Path,
    source: &SourceDescription,
    given: &[(String, PathBuf)],
) -> PathBuf {
    let own = given.iter().find(|(name, _)| **name == *source.name).map(|(_, file)| file.clone());
    own.unwrap_or_else(|| document.parent().unwrap_or(Path::new("")).join(&*source.url))
}

pub(super) fn single(path: &Path) -> anyhow::Result<Result<Single, Box<FileMistake>>> {
    let text = std::fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    Ok(Single::parse(path, &text))
}

/// A source; none where it describes messages, which are not sent.
fn load(source: &SourceDescription, path: &Path, depth: usize) -> anyhow::Result<Option<Source>> {
    if source.kind == Some(SourceKind::AsyncApi) {
        return Ok(None);
    }
    if source.url.contains("://") && !path.exists() {
        anyhow::bail!("it is not fetched from `{}`; say `--source {}=FILE`", source.url, source.name);
    }
    let value = single(path)?.map_err(|mistake| anyhow::anyhow!("{mistake}"))?.to_json();
    let arazzo = source.kind == Some(SourceKind::Arazzo) || value.get("arazzo").is_some();
    if !arazzo {
        return Ok(Some(Source::OpenApi(Arc::new(Description::read(&value)?))));
    }
    let document = Document::read(&value).map_err(|mistakes| {
        let all: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("{}: {}", path.display(), all.join("; "))
    })?;
    if depth == DEPTH {
        anyhow::bail!("documents name each other more than {DEPTH} deep");
    }
    let (sources, wrong) = load_all(&document, path, &[], depth + 1);
    if let Some((at, message)) = wrong.first() {
        anyhow::bail!("{}: {at}: {message}", path.display());
    }
    Ok(Some(Source::Arazzo(Arc::new(document), Arc::new(sources))))
}

pub(super) fn placed(file: &Single, mistakes: &[flow::Mistake]) -> Vec<FileMistake> {
    mistakes.iter().map(|mistake| file.locate(&mistake.at.to_string(), &mistake.message)).collect()
}

// === impl Read ===

impl Read {
    /// The document as it is written.
    pub(super) fn value(&self) -> Value {
        self.file.to_json()
    }

    /// What the document says.
    pub(super) fn to_json(&self) -> Value {
        self.file.to_json()
    }

    /// Mistakes in the document with their lines.
    pub(super) fn placed(&self, mistakes: &[flow::Mistake]) -> Vec<FileMistake> {
        placed(&self.file, mistakes)
    }
}
