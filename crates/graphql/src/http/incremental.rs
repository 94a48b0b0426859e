//! Answers that come piece by piece (`@defer`): whether a client takes them, and in which of the two forms that clients read
//! today. Both stand in `multipart/mixed`, a part a piece, or in events.

use message::{Fields, Known};
use serde::Serialize;

use super::Media;
use super::accept::{weighed, weight};
use crate::serve::{Data, Piece};
use crate::{Error, Part};

/// The form of pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Each piece says where it belongs (`deferSpec=20220824`): what nearly all clients read.
    Paths,
    /// Each piece says which of those announced it is (`incrementalSpec=v0.2`).
    Ids,
}

/// The boundary of parts.
const BOUNDARY: &str = "-";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'p> {
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'p Data>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'p [Error],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pending: Vec<Pending<'p>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    incremental: Vec<Incremental<'p>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    completed: Vec<Completed<'p>>,
    has_next: bool,
}

#[derive(Serialize)]
struct Pending<'p> {
    id: String,
    path: &'p [Part],
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'p str>,
}

#[derive(Serialize)]
struct Incremental<'p> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// Null where something in it must not be null and is.
    data: Option<&'p Data>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'p [Part]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'p str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'p [Error],
}

#[derive(Serialize)]
struct Completed<'p> {
    id: String,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'p [Error],
}

/// The form in which a client takes an answer piece by piece, if it does and would not rather have a whole one; `media`: the type that it would have for a whole
/// one, which decides how pieces are carried.
pub fn form(fields: &Fields, media: Media) -> Option<Form> {
    let values = fields.get_all(Known::Accept).filter_map(|value| std::str::from_utf8(value).ok());
    let wanted = if media == Media::Events { "text/event-stream" } else { "multipart/mixed" };
    let least = if media == Media::Events { 1 } else { weight(fields, media).max(1) };
    values.flat_map(|value| value.split(',')).find_map(|range| {
        let takes = weighed(range).is_some_and(|(kind, weight)| kind == wanted && weight >= least);
        let range = range.to_ascii_lowercase().replace([' ', '"'], "");
        match () {
            () if !takes || range.contains("subscriptionspec=") => None,
            () if range.contains("incrementalspec=") => {
                range.contains("incrementalspec=v0.2").then_some(Form::Ids)
            }
            () if range.contains("deferspec=") => range.contains("deferspec=20220824").then_some(Form::Paths),
            () => Some(Form::Paths),
        }
    })
}

// === impl Form ===

impl Form {
    /// `Content-Type` of an answer in parts.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Paths => "multipart/mixed; boundary=\"-\"; deferSpec=20220824",
            Self::Ids => "multipart/mixed; boundary=\"-\"; incrementalSpec=v0.2",
        }
    }

    /// A piece as JSON.
    pub fn json(self, piece: &Piece) -> Vec<u8> {
        let told = match self {
            Self::Paths => paths(piece),
            Self::Ids => ids(piece),
        };
        serde_json::to_vec(&told).unwrap_or_default()
    }
}

/// A piece as a part of `multipart/mixed`. The delimiter of the next part stands behind it, so that it is known to be whole.
pub fn part(json: &[u8], first: bool, more: bool) -> Vec<u8> {
    let mut part = if first { format!("\r\n--{BOUNDARY}") } else { String::new() }.into_bytes();
    part.extend_from_slice(b"\r\nContent-Type: application/json; charset=utf-8\r\n\r\n");
    part.extend_from_slice(json);
    let end = if more { "" } else { "--\r\n" };
    part.extend_from_slice(format!("\r\n--{BOUNDARY}{end}").as_bytes());
    part
}

fn paths(piece: &Piece) -> Told<'_> {
    let (data, errors) = first(piece);
    let incremental = piece.parts.iter().map(|(part, data, errors)| Incremental {
        id: None,
        data: data.as_ref(),
        path: Some(&part.path),
        label: part.label.as_deref(),
        errors,
    });
    let incremental = incremental.collect();
    Told { data, errors, pending: Vec::new(), incremental, completed: Vec::new(), has_next: piece.more }
}

fn ids(piece: &Piece) -> Told<'_> {
    let (data, errors) = first(piece);
    let pending = piece.pending.iter().map(|part| Pending {
        id: part.id.to_string(),
        path: &part.path,
        label: part.label.as_deref(),
    });
    let come = piece.parts.iter().filter(|(_, data, _)| data.is_some());
    let incremental = come.map(|(part, data, errors)| Incremental {
        id: Some(part.id.to_string()),
        data: data.as_ref(),
        path: None,
        label: None,
        errors,
    });
    let completed = piece.parts.iter().map(|(part, data, errors)| Completed {
        id: part.id.to_string(),
        errors: if data.is_some() { &[] } else { errors },
    });
    Told {
        data,
        errors,
        pending: pending.collect(),
        incremental: incremental.collect(),
        completed: completed.collect(),
        has_next: piece.more,
    }
}

fn first(piece: &Piece) -> (Option<&Data>, &[Error]) {
    piece.first.as_ref().map_or((None, &[]), |first| (first.data.as_ref(), &first.errors))
}
