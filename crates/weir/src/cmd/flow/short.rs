//! A flow's file in the short form: its Arazzo document, and the lines of the file for what is wrong with that.

use std::path::{Path, PathBuf};

use config::{FileMistake, Single};
use expr::Pointer;
use flow::resolve::{self, Sources};
use flow::{Document, Mistake, short};
use serde_json::{Value, json};

use super::hand::Hand;
use super::read::{Wrong, load_all, placed};

/// A file in the short form.
pub(super) struct Short {
    file: Single,
    /// What it says; its steps are a list.
    value: Value,
    pub(super) arazzo: Value,
}

// === impl Short ===

impl Short {
    /// Exports a file and reads its sources; fails with every mistake in it.
    pub(super) fn read(
        file: Single,
        path: &Path,
        given: &[(String, PathBuf)],
    ) -> Result<(Self, Document, Sources), Vec<FileMistake>> {
        let mut read = Self { value: file.to_flow(), file, arazzo: Value::Null };
        let declared = short::declared(&read.value).map_err(|mistakes| read.placed(&mistakes))?;
        let (sources, wrong) = load_all(&declared, path, &Hand::new(path, given), 0);
        if !wrong.is_empty() {
            let names = declared.sources.iter().map(|source| json!({"name": source.name}));
            read.arazzo = json!({"sourceDescriptions": names.collect::<Value>()});
            let placed = |wrong| match wrong {
                Wrong::Here(mistake) => read.placed(&[mistake]),
                Wrong::There(mistake) => vec![mistake],
            };
            return Err(wrong.into_iter().flat_map(placed).collect());
        }
        read.arazzo = short::export(&read.value, &sources).map_err(|mistakes| read.written(&mistakes))?;
        match Document::draft(&read.arazzo) {
            (Some(document), mistakes) if mistakes.is_empty() => Ok((read, document, sources)),
            (document, mut mistakes) => {
                let more = document
                    .iter()
                    .flat_map(|document| resolve::unresolved(&read.arazzo, document, &sources));
                mistakes.extend(more);
                Err(read.placed(&mistakes))
            }
        }
    }

    /// Where the file says what stands at a place of the Arazzo document.
    pub(super) fn place(&self, at: &Pointer) -> Pointer {
        self.line(&short::place(&self.value, &self.arazzo, at))
    }

    /// Mistakes in the Arazzo document with their lines.
    pub(super) fn placed(&self, mistakes: &[Mistake]) -> Vec<FileMistake> {
        let one =
            |mistake: &Mistake| Mistake { at: self.place(&mistake.at), message: mistake.message.clone() };
        placed(&self.file, &mistakes.iter().map(one).collect::<Vec<_>>())
    }

    /// Mistakes in the short form with their lines.
    fn written(&self, mistakes: &[Mistake]) -> Vec<FileMistake> {
        let one =
            |mistake: &Mistake| Mistake { at: self.line(&mistake.at), message: mistake.message.clone() };
        placed(&self.file, &mistakes.iter().map(one).collect::<Vec<_>>())
    }

    /// A place of the value in the file: where steps are an object there, they have no numbers.
    fn line(&self, at: &Pointer) -> Pointer {
        Pointer::parse(&self.file.written(&at.to_string())).unwrap_or_else(|_| at.clone())
    }
}
