//! A flow and the sources that it names, from files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use config::{FileMistake, Single};
use expr::Pointer;
use flow::document::{SourceDescription, SourceKind};
use flow::resolve::{Source, Sources};
use flow::{Document, Mistake, Program, short};
use openapi::Description;
use serde_json::Value;

use super::short::Short;

/// How deep documents may name each other.
const DEPTH: usize = 8;

/// A document with its sources.
pub(super) struct Read {
    pub(super) document: Document,
    pub(super) sources: Sources,
    form: Form,
}

/// How the document stands in its file.
enum Form {
    Arazzo(Single),
    Short(Short),
}

/// Reads a flow, an Arazzo document or in the short form, and the sources that lie in files; fails with every mistake in it.
pub(super) fn read(
    path: &Path,
    given: &[(String, PathBuf)],
) -> anyhow::Result<Result<Read, Vec<FileMistake>>> {
    let file = match single(path)? {
        Ok(file) => file,
        Err(mistake) => return Ok(Err(vec![*mistake])),
    };
    let value = file.to_json();
    if short::is_meant(&value) {
        let read = |(short, document, sources)| Read { document, sources, form: Form::Short(short) };
        return Ok(Short::read(file, path, given).map(read));
    }
    let document = match Document::read(&value) {
        Ok(document) => document,
        Err(mistakes) => return Ok(Err(placed(&file, &mistakes))),
    };
    let (sources, wrong) = load_all(&document, path, given, 0);
    if !wrong.is_empty() {
        return Ok(Err(placed(&file, &wrong)));
    }
    Ok(Ok(Read { document, sources, form: Form::Arazzo(file) }))
}

/// The sources of a document in a file; and where and why one could not be read.
pub(super) fn load_all(
    document: &Document,
    path: &Path,
    given: &[(String, PathBuf)],
    depth: usize,
) -> (Sources, Vec<Mistake>) {
    let (mut sources, mut wrong) = (Sources::new(), Vec::new());
    for source in &document.sources {
        match load(source, &source_path(path, source, given), depth) {
            Ok(Some(read)) => drop(sources.insert(source.name.clone(), read)),
            Ok(None) => {}
            Err(error) => {
                let message = format!("source `{}`: {error:#}", source.name);
                wrong.push(Mistake { at: source.at.join("url"), message });
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
    if let Some(mistake) = wrong.first() {
        anyhow::bail!("{}: {mistake}", path.display());
    }
    Ok(Some(Source::Arazzo(Arc::new(document), Arc::new(sources))))
}

pub(super) fn placed(file: &Single, mistakes: &[Mistake]) -> Vec<FileMistake> {
    mistakes.iter().map(|mistake| file.locate(&mistake.at.to_string(), &mistake.message)).collect()
}

// === impl Read ===

impl Read {
    /// The document compiled; fails with every mistake in it.
    pub(super) fn program(&self) -> Result<Program, Vec<FileMistake>> {
        Program::new(&self.document, &self.sources).map_err(|mistakes| self.placed(&mistakes))
    }

    pub(super) fn is_short(&self) -> bool {
        matches!(self.form, Form::Short(_))
    }

    /// The Arazzo document as it stands in the file, or is meant there.
    pub(super) fn to_json(&self) -> Value {
        match &self.form {
            Form::Arazzo(file) => file.to_json(),
            Form::Short(short) => short.arazzo.clone(),
        }
    }

    /// Where the file says what stands at a place of the document.
    pub(super) fn place(&self, at: &Pointer) -> Pointer {
        match &self.form {
            Form::Arazzo(_) => at.clone(),
            Form::Short(short) => short.place(at),
        }
    }

    /// Mistakes in the document with their lines.
    pub(super) fn placed(&self, mistakes: &[Mistake]) -> Vec<FileMistake> {
        match &self.form {
            Form::Arazzo(file) => placed(file, mistakes),
            Form::Short(short) => short.placed(mistakes),
        }
    }
}
