//! What request heads, response heads and trailer sections have in common: lines that end in CRLF, and
//! field lines (RFC 9112 §2.2, §5). One pass, one allocation for the bytes and one for the field list.

use memchr::{memchr, memchr_iter};
use message::{Fields, Known, Reason, Span};

use crate::{Limits, Reject, chars};

/// In what the sections differ.
#[derive(Debug)]
pub(crate) struct Rules {
    /// The grammar is broken.
    pub(crate) malformed: Reason,
    /// The length is stated in two ways.
    pub(crate) ambiguous: Reason,
    /// A transfer coding that is not known.
    pub(crate) coding: Reason,
    /// The first line is too long.
    pub(crate) line_too_long: Reason,
    /// The section is too long or has too many fields.
    pub(crate) too_large: Reason,
    /// White space between name and colon.
    pub(crate) spaced_colon: SpacedColon,
    /// What becomes of `Host`.
    pub(crate) host: Host,
}

/// White space between a field's name and its colon: refused in a request, removed from a response
/// (RFC 9112 §5.1).
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SpacedColon {
    Refuse,
    Remove,
}

/// Whether `Host` is noted and left out of the fields, or a field as any other.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Host {
    Note,
    Keep,
}

/// The fields that decide about framing and connection, as far as they were met.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Notes {
    seen: u8,
    doubled: u8,
    /// The value of the first `Host`, where it is noted.
    pub(crate) host: Span,
}

/// Reads lines off a buffer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    buf: &'a [u8],
    at: usize,
    lines: usize,
}

/// The fields of a complete section.
#[derive(Debug)]
pub(crate) struct Section {
    pub(crate) fields: Fields,
    pub(crate) notes: Notes,
    /// Bytes from the cursor's first line to the empty line and its end.
    pub(crate) len: usize,
}

const BARE_LF: &str = "a line ends in LF without CR (RFC 9112 §2.2)";

/// Room for the fields that a gateway adds, so that adding them rarely moves the block.
const SPARE: usize = 512;

// === impl Notes ===

impl Notes {
    pub(crate) const HOST: u8 = 1;
    pub(crate) const LENGTH: u8 = 2;
    pub(crate) const CODING: u8 = 4;
    pub(crate) const CONNECTION: u8 = 8;
    pub(crate) const EXPECT: u8 = 16;
    pub(crate) const UPGRADE: u8 = 32;

    /// Whether one of the fields of `mask` is there.
    pub(crate) fn has(self, mask: u8) -> bool {
        self.seen & mask != 0
    }

    /// Whether one of the fields of `mask` is there more than once.
    pub(crate) fn has_twice(self, mask: u8) -> bool {
        self.doubled & mask != 0
    }

    fn note(&mut self, mark: u8) {
        self.doubled |= self.seen & mark;
        self.seen |= mark;
    }
}

fn mark(known: Known) -> u8 {
    match known {
        Known::Host => Notes::HOST,
        Known::ContentLength => Notes::LENGTH,
        Known::TransferEncoding => Notes::CODING,
        Known::Connection => Notes::CONNECTION,
        Known::Expect => Notes::EXPECT,
        Known::Upgrade => Notes::UPGRADE,
        _ => 0,
    }
}

// === impl Cursor ===

impl<'a> Cursor<'a> {
    pub(crate) fn new(buf: &'a [u8]) -> Self {
        Self { buf, at: 0, lines: 0 }
    }

    /// The request line or status line without its end; `None` if it is not complete.
    pub(crate) fn first_line(&mut self, rules: &Rules, limits: &Limits) -> Result<Option<&'a [u8]>, Reject> {
        let limit = limits.request_line.saturating_add(2).min(limits.head);
        let long = Reject::new(rules.line_too_long, "the first line is longer than the limit (RFC 9112 §3)");
        self.line(rules, limit, long)
    }

    /// The next line without its end; `None` if it is not complete. `limit` bounds where it may end.
    fn line(&mut self, rules: &Rules, limit: usize, long: Reject) -> Result<Option<&'a [u8]>, Reject> {
        let rest = self.buf.get(self.at..).unwrap_or_default();
        let Some(lf) = memchr(b'\n', rest) else {
            return if self.buf.len() > limit { Err(long) } else { Ok(None) };
        };
        self.at += lf + 1;
        self.lines += 1;
        if self.at > limit {
            return Err(long);
        }
        match rest.get(..lf) {
            Some([line @ .., b'\r']) => Ok(Some(line)),
            _ => Err(Reject::new(rules.malformed, BARE_LF)),
        }
    }

    /// Every field line up to the empty line; `None` if that has not come.
    pub(crate) fn fields(mut self, rules: &Rules, limits: &Limits) -> Result<Option<Section>, Reject> {
        let long = Reject::new(rules.too_large, "the fields are longer than the limit (RFC 9110 §5.4)");
        let many = Reject::new(rules.too_large, "there are more fields than the limit (RFC 9110 §5.4)");
        let mut fields = Fields::with_capacity(self.buf.len().min(1536) + SPARE, 24);
        let mut notes = Notes::default();
        let mut count = 0;
        loop {
            let base = self.at;
            let Some(line) = self.line(rules, limits.head, long)? else { return Ok(None) };
            if line.is_empty() {
                break;
            }
            count += 1;
            if count > limits.fields {
                return Err(many);
            }
            let (known, name, value) = field(line, base, rules)?;
            let mark = mark(known);
            notes.note(mark);
            if mark == Notes::HOST && rules.host == Host::Note {
                if !notes.has_twice(Notes::HOST) {
                    notes.host = value;
                }
                continue;
            }
            fields.push_parsed(known, name, value);
        }
        let head = self.buf.get(..self.at).unwrap_or_default();
        // Every line ends in CRLF; any control character besides those, a bare CR too, is one too many.
        if chars::count_controls(head) != 2 * self.lines {
            return Err(Reject::new(rules.malformed, control(head)));
        }
        // The spans were taken relative to `head`, which becomes the start of the block.
        fields.store(head);
        Ok(Some(Section { fields, notes, len: self.at }))
    }
}

/// Splits a field line that starts at `base` of the section.
fn field(line: &[u8], base: usize, rules: &Rules) -> Result<(Known, Span, Span), Reject> {
    let len = chars::token_len(line);
    let mut colon = len;
    if line.get(colon) != Some(&b':') || len == 0 {
        colon = spaced_colon(line, len, rules)?;
    }
    let mut at = colon + 1;
    while let Some(b' ' | b'\t') = line.get(at) {
        at += 1;
    }
    let mut end = line.len();
    while end > at && matches!(line.get(end - 1), Some(b' ' | b'\t')) {
        end -= 1;
    }
    let known = Known::of(line.get(..len).unwrap_or_default());
    Ok((known, span(base, len), span(base + at, end.saturating_sub(at))))
}

/// Where the colon of a field line is that does not stand right behind a name, or why the line is refused.
#[cold]
fn spaced_colon(line: &[u8], len: usize, rules: &Rules) -> Result<usize, Reject> {
    let detail = match line.get(len) {
        Some(b' ' | b'\t') if len == 0 => {
            "a line starts with white space: folding is obsolete (RFC 9112 §5.2)"
        }
        Some(b':') => "a field has no name (RFC 9110 §5.1)",
        Some(b' ' | b'\t') => {
            let gap = line.get(len..).unwrap_or_default();
            let gap = gap.iter().position(|b| !matches!(b, b' ' | b'\t')).unwrap_or(gap.len());
            match line.get(len + gap) {
                Some(b':') if rules.spaced_colon == SpacedColon::Remove => return Ok(len + gap),
                Some(b':') => "white space stands before the colon of a field (RFC 9112 §5.1)",
                _ => "a field name has white space in it (RFC 9110 §5.1)",
            }
        }
        Some(_) => "a field name has a character that no token has (RFC 9110 §5.1)",
        None => "a field line has no colon (RFC 9112 §5)",
    };
    Err(Reject::new(rules.malformed, detail))
}

/// Which rule a head with a control character breaks.
#[cold]
fn control(head: &[u8]) -> &'static str {
    let bare_cr = memchr_iter(b'\r', head).any(|at| head.get(at + 1) != Some(&b'\n'));
    if head.contains(&0) {
        "a NUL stands in the head (RFC 9110 §5.5)"
    } else if bare_cr {
        "a CR stands without LF (RFC 9112 §2.2)"
    } else {
        "a control character stands in the head (RFC 9110 §5.5)"
    }
}

/// A span of the section; sections are far shorter than 4 GiB.
pub(crate) fn span(at: usize, len: usize) -> Span {
    Span { at: u32::try_from(at).unwrap_or(u32::MAX), len: u32::try_from(len).unwrap_or(u32::MAX) }
}
