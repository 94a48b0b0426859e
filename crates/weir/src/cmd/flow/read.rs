//! A flow and the sources that it names, from files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use config::{FileMistake, Single};
use expr::Pointer;
use flow::document::{SourceDescription, SourceKind};
use flow::resolve::{self, Source, Sources};
use flow::{Document, Mistake, Program, short};
use openapi::Description;
use serde_json::Value;

use super::hand::Hand;
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

/// What is wrong with a source.
pub(super) enum Wrong {
    /// It cannot be had: where the document names it, and why.
    Here(Mistake),
    /// It has mistakes.
    There(FileMistake),
}

/// Why there is no source.
enum Unread {
    Cannot(anyhow::Error),
    Mistakes(Vec<FileMistake>),
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
    let (document, mut mistakes) = Document::draft(&value);
    let Some(document) = document else { return Ok(Err(placed(&file, &mistakes))) };
    let (sources, wrong) = load_all(&document, path, &Hand::new(path, given), 0);
    if !mistakes.is_empty() {
        mistakes.extend(resolve::unresolved(&value, &document, &sources));
    }
    let mut mistakes = placed(&file, &mistakes);
    mistakes.extend(wrong.into_iter().map(|wrong| wrong.placed(&file)));
    if !mistakes.is_empty() {
        return Ok(Err(mistakes));
    }
    Ok(Ok(Read { document, sources, form: Form::Arazzo(file) }))
}

/// The sources of a document in a file; and what is wrong with them.
pub(super) fn load_all(
    document: &Document,
    path: &Path,
    hand: &Hand<'_>,
    depth: usize,
) -> (Sources, Vec<Wrong>) {
    let (mut sources, mut wrong) = (Sources::new(), Vec::new());
    for source in &document.sources {
        match load(source, &hand.file((document, path), source, depth), (hand, depth)) {
            Ok(Some(read)) => drop(sources.insert(source.name.clone(), read)),
            Ok(None) => {}
            Err(Unread::Cannot(error)) => {
                let message = format!("source `{}`: {error:#}", source.name);
                wrong.push(Wrong::Here(Mistake { at: source.at.join("url"), message }));
            }
            Err(Unread::Mistakes(mistakes)) => wrong.extend(mistakes.into_iter().map(Wrong::There)),
        }
    }
    (sources, wrong)
}

/// The OpenAPI descriptions of a document as they are written, by the names that a program gives them. What cannot be read is
/// left out: it was told when the document was read.
pub(super) fn written(document: &Document, path: &Path, given: &[(String, PathBuf)]) -> Vec<(String, Value)> {
    let hand = Hand::new(path, given);
    let mut ahead = vec![(document.clone(), path.to_owned(), String::new(), 0)];
    let mut found = Vec::new();
    while let Some((document, path, prefix, depth)) = ahead.pop() {
        for source in &document.sources {
            let file = hand.file((&document, &path), source, depth);
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

pub(super) fn single(path: &Path) -> anyhow::Result<Result<Single, Box<FileMistake>>> {
    let text = std::fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    Ok(Single::parse(path, &text))
}

/// A source; none where it describes messages, which are not sent.
fn load(
    source: &SourceDescription,
    path: &Path,
    (hand, depth): (&Hand<'_>, usize),
) -> Result<Option<Source>, Unread> {
    if source.kind == Some(SourceKind::AsyncApi) {
        return Ok(None);
    }
    if source.url.contains("://") && !path.exists() {
        let (url, name) = (&source.url, &source.name);
        return Err(anyhow::anyhow!("it is not fetched from `{url}`; say `--source {name}=FILE`").into());
    }
    let file = single(path)?.map_err(|mistake| Unread::Mistakes(vec![*mistake]))?;
    let value = file.to_json();
    let arazzo = source.kind == Some(SourceKind::Arazzo) || value.get("arazzo").is_some();
    if !arazzo {
        let description = Description::read(&value).map_err(anyhow::Error::new)?;
        return Ok(Some(Source::OpenApi(Arc::new(description))));
    }
    let document = Document::read(&value).map_err(|mistakes| Unread::Mistakes(placed(&file, &mistakes)))?;
    if depth == DEPTH {
        return Err(anyhow::anyhow!("documents name each other more than {DEPTH} deep").into());
    }
    let (sources, wrong) = load_all(&document, path, hand, depth + 1);
    if !wrong.is_empty() {
        return Err(Unread::Mistakes(wrong.into_iter().map(|wrong| wrong.placed(&file)).collect()));
    }
    Ok(Some(Source::Arazzo(Arc::new(document), Arc::new(sources))))
}

pub(super) fn placed(file: &Single, mistakes: &[Mistake]) -> Vec<FileMistake> {
    mistakes.iter().map(|mistake| file.locate(&mistake.at.to_string(), &mistake.message)).collect()
}

// === impl Wrong ===

impl Wrong {
    /// Where it stands; `file` is that of the document that names the source.
    fn placed(self, file: &Single) -> FileMistake {
        match self {
            Self::Here(mistake) => file.locate(&mistake.at.to_string(), &mistake.message),
            Self::There(mistake) => mistake,
        }
    }
}

// === impl Unread ===

impl From<anyhow::Error> for Unread {
    fn from(error: anyhow::Error) -> Self {
        Self::Cannot(error)
    }
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
