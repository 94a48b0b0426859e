//! Changing a request by splicing bytes.

use std::ops::Range;

use json::push_string;

use super::Peek;
use super::peek::Options;

/// What to change in a request. State of other vendors in it (`thinking_blocks` of assistant messages, sealed
/// blocks of thinking: Weir itself gave them to the client) is taken out in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rewrite<'a> {
    /// The model's name for the provider; none to leave it.
    pub model: Option<&'a str>,
    /// Whether to ask for usage at the end of a stream; where not, the client's own wish is left.
    pub include_usage: bool,
    /// What the provider calls the answer that the request goes on from; none to leave it.
    pub previous: Option<&'a str>,
}

/// The request with the changes spliced in; every other byte is as it was. `peek` must be of this very body.
pub fn rewrite(body: &[u8], peek: &Peek, change: Rewrite<'_>) -> Vec<u8> {
    let mut edits: Vec<(Range<usize>, Vec<u8>)> = Vec::with_capacity(4 + peek.foreign.len());
    if let Some(model) = change.model {
        edits.extend(name_model(peek, model));
    }
    if change.include_usage && !peek.include_usage {
        edits.push(ask_for_usage(peek));
    }
    if let (Some(previous), Some(_)) = (change.previous, &peek.previous) {
        let mut quoted = Vec::with_capacity(previous.len() + 2);
        push_string(&mut quoted, previous);
        edits.push((peek.previous_at.clone(), quoted));
    }
    edits.extend(peek.foreign.iter().map(|span| (span.clone(), Vec::new())));
    edits.sort_by_key(|(span, _)| span.start);
    splice(body, &edits)
}

/// What the body says of the model counts with its provider, also where the address says another.
fn name_model(peek: &Peek, model: &str) -> Option<(Range<usize>, Vec<u8>)> {
    match &peek.written {
        Some((written, _)) if written == model => None,
        Some((_, span)) => {
            let mut quoted = Vec::with_capacity(model.len() + 2);
            push_string(&mut quoted, model);
            Some((span.clone(), quoted))
        }
        None => {
            let mut member = b"\"model\":".to_vec();
            push_string(&mut member, model);
            peek.front.map(|front| in_front(front, member))
        }
    }
}

/// A member before all others.
fn in_front((at, others): (usize, bool), mut member: Vec<u8>) -> (Range<usize>, Vec<u8>) {
    if others {
        member.push(b',');
    }
    (at..at, member)
}

fn ask_for_usage(peek: &Peek) -> (Range<usize>, Vec<u8>) {
    match &peek.options {
        Options::Usage(span) => (span.clone(), b"true".to_vec()),
        Options::Null(span) => (span.clone(), br#"{"include_usage":true}"#.to_vec()),
        Options::Object { inside, empty } => {
            let member = if *empty { &br#""include_usage":true"#[..] } else { br#""include_usage":true,"# };
            (*inside..*inside, member.to_vec())
        }
        Options::Absent => {
            let member = br#""stream_options":{"include_usage":true}"#;
            match &peek.written {
                Some((_, span)) => (span.end..span.end, [&b","[..], &member[..]].concat()),
                None => in_front(peek.front.unwrap_or_default(), member.to_vec()),
            }
        }
    }
}

fn splice(body: &[u8], edits: &[(Range<usize>, Vec<u8>)]) -> Vec<u8> {
    let added: usize = edits.iter().map(|(_, new)| new.len()).sum();
    let mut out = Vec::with_capacity(body.len() + added);
    let mut copied = 0;
    for (span, new) in edits {
        out.extend_from_slice(body.get(copied..span.start).unwrap_or_default());
        out.extend_from_slice(new);
        copied = span.end;
    }
    out.extend_from_slice(body.get(copied..).unwrap_or_default());
    out
}
