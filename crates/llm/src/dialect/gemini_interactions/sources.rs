//! Sources of a text, as annotations: Google counts in bytes.

use json::{Array, Object, Text};

use crate::canonical::Citation;
use crate::ruler::Ruler;

/// Sources of one text, which may come in several blocks.
#[derive(Debug, Default)]
pub(super) struct Sources {
    ruler: Ruler,
    /// Where the block that is being read began, in characters.
    start: u64,
    /// Sources, and the piece of the text that each is for.
    found: Vec<(Citation<'static>, Option<(usize, usize)>)>,
    /// How many of them are measured.
    measured: usize,
}

// === impl Sources ===

impl Sources {
    /// Takes in a piece of text.
    pub(super) fn text(&mut self, text: &str) {
        self.ruler.add(text);
    }

    /// Takes in a source of the block that is being read.
    pub(super) fn add(&mut self, citation: &Citation<'_>) {
        self.found.push((owned(citation), None));
    }

    /// The block has ended: where its pieces stand is known.
    pub(super) fn block_end(&mut self) {
        let byte = |character: u64| self.ruler.byte(self.start.saturating_add(character));
        for (citation, piece) in self.found.iter_mut().skip(self.measured) {
            *piece = citation.start.zip(citation.end).map(|(start, end)| (byte(start), byte(end)));
        }
        self.measured = self.found.len();
        self.start = self.ruler.characters();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Writes the list of annotations.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let mut list = Array::begin(out);
        for (citation, piece) in &self.found {
            let mut entry = list.object();
            named(citation, &mut entry);
            if let Some((start, end)) = piece {
                let number = |at: usize| u64::try_from(at).unwrap_or(u64::MAX);
                entry.number("start_index", number(*start)).number("end_index", number(*end));
            }
            entry.end();
        }
        list.end();
    }
}

fn owned(citation: &Citation<'_>) -> Citation<'static> {
    let own = |text: &Option<Text<'_>>| {
        text.as_ref().map(|text| Text::from_owned_literal(text.literal().to_owned()))
    };
    Citation {
        url: own(&citation.url),
        title: own(&citation.title),
        quote: own(&citation.quote),
        start: citation.start,
        end: citation.end,
    }
}

/// Writes what a source is: a page, or a file that was brought along.
fn named(citation: &Citation<'_>, entry: &mut Object<'_>) {
    if let Some(url) = &citation.url {
        entry.string("type", "url_citation").text("url", url);
        if let Some(title) = &citation.title {
            entry.text("title", title);
        }
        return;
    }
    entry.string("type", "file_citation");
    if let Some(title) = &citation.title {
        entry.text("file_name", title);
    }
    if let Some(quote) = &citation.quote {
        entry.text("source", quote);
    }
}
