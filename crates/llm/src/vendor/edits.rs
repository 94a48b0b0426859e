//! Changes to a JSON text that leave every other byte as it was.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use json::{Text, Value, push_string};

/// Changes of one text.
#[derive(Debug)]
pub(crate) struct Edits<'t> {
    text: &'t str,
    changes: Vec<(Range<usize>, String)>,
    gone: BTreeMap<usize, Gone>,
}

/// What is taken out of one object or array. All of it goes at once, so that each goes with a comma of its own.
#[derive(Debug)]
struct Gone {
    /// Where each member or item begins and ends.
    spans: Vec<(usize, usize)>,
    /// The places of those that go.
    places: BTreeSet<usize>,
}

// === impl Edits ===

impl<'t> Edits<'t> {
    pub(crate) fn of(text: &'t str) -> Self {
        Self { text, changes: Vec::new(), gone: BTreeMap::new() }
    }

    /// Where a piece of the text stands in it.
    fn span(&self, piece: &str) -> Range<usize> {
        let start = piece.as_ptr().addr().saturating_sub(self.text.as_ptr().addr());
        start..start + piece.len()
    }

    /// Puts JSON in a value's place.
    pub(crate) fn replace(&mut self, value: &Value<'t>, json: String) {
        let span = self.span(value.raw);
        self.changes.push((span, json));
    }

    /// Puts a string in a value's place.
    pub(crate) fn replace_string(&mut self, value: &Value<'t>, plain: &str) {
        self.replace(value, quoted(plain));
    }

    /// Gives a member another name.
    pub(crate) fn rename(&mut self, key: &Text<'t>, name: &str) {
        let span = self.span(key.literal());
        let quoted = quoted(name);
        let inner = quoted.get(1..quoted.len() - 1).unwrap_or_default();
        self.changes.push((span, inner.to_owned()));
    }

    /// Puts a member at the front of an object that keeps at least one of its own.
    pub(crate) fn insert(&mut self, object: &Value<'t>, name: &str, json: &str) {
        let at = self.span(object.raw).start + 1;
        self.changes.push((at..at, format!("{}:{json},", quoted(name))));
    }

    /// Puts an item at the end of an array that has some.
    pub(crate) fn append(&mut self, array: &Value<'_>, json: &str) {
        let at = self.span(array.raw).end.saturating_sub(1);
        self.changes.push((at..at, format!(",{json}")));
    }

    /// Takes members out of an object, by their places in it.
    pub(crate) fn remove(&mut self, object: &Value<'t>, gone: &[usize]) {
        if gone.is_empty() {
            return;
        }
        let members = object.members();
        let spans = members.iter().map(|(key, value)| {
            let end = self.span(value.raw).end;
            (self.span(key.literal()).start.saturating_sub(1), end)
        });
        let spans: Vec<(usize, usize)> = spans.collect();
        self.take_out(object, spans, gone);
    }

    /// Takes items out of an array, by their places in it.
    pub(crate) fn remove_items(&mut self, array: &Value<'t>, gone: &[usize]) {
        if gone.is_empty() {
            return;
        }
        let spans = array.items().iter().map(|item| {
            let span = self.span(item.raw);
            (span.start, span.end)
        });
        let spans: Vec<(usize, usize)> = spans.collect();
        self.take_out(array, spans, gone);
    }

    fn take_out(&mut self, whole: &Value<'t>, spans: Vec<(usize, usize)>, gone: &[usize]) {
        let start = self.span(whole.raw).start;
        let all = self.gone.entry(start).or_insert_with(|| Gone { spans, places: BTreeSet::new() });
        all.places.extend(gone);
    }

    /// Each goes with the comma before it; as long as nothing before it stays, with the one behind it.
    fn cut(&mut self, Gone { spans, places }: &Gone) {
        let mut kept = false;
        for (i, &(start, end)) in spans.iter().enumerate() {
            if !places.contains(&i) {
                kept = true;
                continue;
            }
            let before = i.checked_sub(1).and_then(|before| spans.get(before)).map(|span| span.1);
            let span = match (kept, before, spans.get(i + 1)) {
                (true, Some(before), _) => before..end,
                (_, _, Some(next)) => start..next.0,
                _ => start..end,
            };
            self.changes.push((span, String::new()));
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.gone.is_empty()
    }

    /// The text with the changes. Of two that overlap the first holds.
    pub(crate) fn apply(mut self) -> Vec<u8> {
        for gone in std::mem::take(&mut self.gone).values() {
            self.cut(gone);
        }
        self.changes.sort_by_key(|(span, _)| (span.start, span.end));
        let added: usize = self.changes.iter().map(|(_, new)| new.len()).sum();
        let mut out = Vec::with_capacity(self.text.len() + added);
        let mut copied = 0;
        for (span, new) in &self.changes {
            if span.start < copied {
                continue;
            }
            out.extend_from_slice(self.text.get(copied..span.start).unwrap_or_default().as_bytes());
            out.extend_from_slice(new.as_bytes());
            copied = span.end;
        }
        out.extend_from_slice(self.text.get(copied..).unwrap_or_default().as_bytes());
        out
    }
}

/// A string as JSON.
pub(crate) fn quoted(plain: &str) -> String {
    let mut out = Vec::with_capacity(plain.len() + 2);
    push_string(&mut out, plain);
    String::from_utf8(out).unwrap_or_default()
}
