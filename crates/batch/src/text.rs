//! Text with references in it, `{$ref:ITEM.body#/id}`: in a path, where values are encoded, and in header fields.

use expr::Pointer;
use flow::Mistakes;
use message::Fields;
use openapi::style::{Form, Style};
use serde_json::Value;

use crate::answer::Answer;
use crate::names::Names;
use crate::reference::{Lacking, Reference};

/// With what a reference in text begins.
const OPEN: &str = "{$ref:";

/// The longest value of a reference in text, and the longest text with values in it.
const LONGEST: usize = 16 << 10;

/// How values stand in an address: everything but unreserved characters is encoded (RFC 3986 §2.3).
const ENCODED: Form = Form { style: Style::Simple, explode: false, reserved: false, encoded: true };

/// Text with references in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Plain(Box<str>),
    Value(Reference),
}

// === impl Text ===

impl Text {
    /// Reads the text of an item.
    pub(crate) fn read(
        names: &Names,
        own: usize,
        (at, text): (&Pointer, &str),
        mistakes: &mut Mistakes,
    ) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once(OPEN) {
            let Some((inner, after)) = behind.split_once('}') else {
                mistakes.add(at, format_args!("`{OPEN}` has no `}}`"));
                break;
            };
            if !before.is_empty() {
                pieces.push(Piece::Plain(before.into()));
            }
            pieces.extend(names.reference(own, (at, inner.trim()), mistakes).map(Piece::Value));
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Plain(rest.into()));
        }
        Self(pieces)
    }

    /// A reference that is the whole text.
    pub(crate) fn of(reference: Reference) -> Self {
        Self(vec![Piece::Value(reference)])
    }

    /// The references in it.
    pub(crate) fn references(&self) -> impl Iterator<Item = &Reference> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Plain(_) => None,
            Piece::Value(reference) => Some(reference),
        })
    }

    /// What stands for itself in it.
    pub(crate) fn plain(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Plain(text) => Some(&**text),
            Piece::Value(_) => None,
        })
    }

    /// Whether it begins so by what stands for itself.
    pub(crate) fn starts_with(&self, first: char) -> bool {
        matches!(self.0.first(), Some(Piece::Plain(text)) if text.starts_with(first))
    }

    /// The text as it is written, with references in braces.
    pub(crate) fn written(&self) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Plain(text) => text.to_string(),
            Piece::Value(reference) => format!("{{{}}}", reference.text),
        };
        self.0.iter().map(piece).collect()
    }

    /// The text, if there is no reference in it.
    pub(crate) fn whole(&self) -> Option<&str> {
        match &*self.0 {
            [Piece::Plain(text)] => Some(text),
            _ => None,
        }
    }

    /// As a path and query: each value is a part of the segment or parameter where it stands, whatever is in it.
    pub(crate) fn target(&self, answers: &[Option<Answer>]) -> Result<String, Lacking> {
        let mut out = String::new();
        // Where values stand in the path.
        let mut places = Vec::new();
        for piece in &self.0 {
            match piece {
                Piece::Plain(text) => out.push_str(text),
                Piece::Value(reference) => {
                    if !out.contains('?') {
                        places.push((out.len(), reference));
                    }
                    out.push_str(&ENCODED.write("", &Value::String(short(reference, &out, answers)?)));
                }
            }
        }
        let path = out.split('?').next().unwrap_or_default();
        let mut start = 0;
        for segment in path.split('/') {
            let end = start + segment.len();
            let within = places.iter().find(|(at, _)| (start..=end).contains(at));
            if let Some((_, reference)) = within
                && matches!(segment, "" | "." | "..")
            {
                return Err(Lacking::Segment(reference.text.clone()));
            }
            start = end + 1;
        }
        Ok(out)
    }

    /// As the value of a header field.
    pub(crate) fn field(&self, answers: &[Option<Answer>]) -> Result<String, Lacking> {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Plain(text) => out.push_str(text),
                Piece::Value(reference) => {
                    let value = short(reference, &out, answers)?;
                    if !Fields::new().push_named(b"x", value.as_bytes()) {
                        return Err(Lacking::Field(reference.text.clone()));
                    }
                    out.push_str(&value);
                }
            }
        }
        Ok(out)
    }
}

/// The value of a reference, if the text stays short with it.
fn short(reference: &Reference, before: &str, answers: &[Option<Answer>]) -> Result<String, Lacking> {
    let value = reference.in_text(answers)?;
    if before.len() + value.len() > LONGEST { Err(Lacking::Size(reference.text.clone())) } else { Ok(value) }
}
