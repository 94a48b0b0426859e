//! Header and trailer fields: one byte block and a list of spans into it. A parsed head is one copy and
//! no allocation a field; a field that the gateway adds is appended to the same block.

use crate::Known;

/// A piece of a message's byte block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Offset of the first byte.
    pub at: u32,
    /// Length in bytes.
    pub len: u32,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    name: Span,
    value: Span,
    known: Known,
}

/// An ordered list of fields. Names keep the case in which they came and compare without regard to it;
/// values are bytes without leading or trailing white space (RFC 9110 §5.5).
#[derive(Clone, Debug, Default)]
pub struct Fields {
    block: Vec<u8>,
    entries: Vec<Entry>,
}

/// Iterates over fields in order; see [`Fields::iter`].
#[derive(Clone, Debug)]
pub struct Iter<'a> {
    block: &'a [u8],
    entries: std::slice::Iter<'a, Entry>,
}

// === impl Fields ===

impl Fields {
    /// No fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// No fields yet, with room for `bytes` of block and `count` fields.
    pub fn with_capacity(bytes: usize, count: usize) -> Self {
        Self { block: Vec::with_capacity(bytes), entries: Vec::with_capacity(count) }
    }

    /// For codecs: adds a field whose bytes stand already in the block and are valid. Spans that leave
    /// the block read as empty.
    pub fn push_parsed(&mut self, known: Known, name: Span, value: Span) {
        self.entries.push(Entry { name, value, known });
    }

    /// For codecs: copies bytes into the block without making them a field.
    pub fn store(&mut self, bytes: &[u8]) -> Span {
        let at = u32::try_from(self.block.len()).unwrap_or(u32::MAX);
        self.block.extend_from_slice(bytes);
        Span { at, len: u32::try_from(bytes.len()).unwrap_or(u32::MAX) }
    }

    /// Stores texts with a copy of a span behind them.
    pub(crate) fn store_before(&mut self, texts: &[&str], rest: Span) -> Span {
        let at = self.block.len();
        for text in texts {
            self.block.extend_from_slice(text.as_bytes());
        }
        let range = rest.at as usize..rest.at as usize + rest.len as usize;
        if self.block.get(range.clone()).is_some() {
            self.block.extend_from_within(range);
        }
        let number = |value| u32::try_from(value).unwrap_or(u32::MAX);
        Span { at: number(at), len: number(self.block.len() - at) }
    }

    /// The bytes of a span; empty if it is not one of this block.
    pub fn bytes(&self, span: Span) -> &[u8] {
        slice(&self.block, span)
    }

    /// The number of fields.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The first value under a known name.
    pub fn get(&self, known: Known) -> Option<&[u8]> {
        self.entries.iter().find(|e| e.known == known).map(|e| slice(&self.block, e.value))
    }

    /// The first value under a known name, where it is UTF-8.
    pub fn get_str(&self, known: Known) -> Option<&str> {
        self.get(known).and_then(|value| std::str::from_utf8(value).ok())
    }

    /// Every value under a known name, in order.
    pub fn get_all(&self, known: Known) -> impl Iterator<Item = &[u8]> {
        self.entries.iter().filter(move |e| e.known == known).map(|e| slice(&self.block, e.value))
    }

    /// The first value under any name.
    pub fn get_named(&self, name: &str) -> Option<&[u8]> {
        let found = self.iter().find(|(n, _, _)| n.eq_ignore_ascii_case(name.as_bytes()));
        found.map(|(_, value, _)| value)
    }

    /// Every value under any name, in order.
    pub fn find_named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        Iter { block: &self.block, entries: self.entries.iter() }
            .filter(move |(n, _, _)| n.eq_ignore_ascii_case(name.as_bytes()))
            .map(|(_, value, _)| value)
    }

    /// Whether there is a field of a known name.
    pub fn has(&self, known: Known) -> bool {
        self.entries.iter().any(|e| e.known == known)
    }

    /// Adds a field under a known name. The value must be a valid one: see [`is_field_value`].
    pub fn push(&mut self, known: Known, value: &[u8]) {
        debug_assert!(is_field_value(value), "field value with a control character");
        self.push_line(known, known.name().as_bytes(), &[value]);
    }

    /// Adds a field under a known name whose value is made of parts.
    pub fn push_parts(&mut self, known: Known, value: &[&[u8]]) {
        debug_assert!(value.iter().all(|part| is_field_value(part)), "field value with a control character");
        self.push_line(known, known.name().as_bytes(), value);
    }

    /// Adds a field under a known name whose value `write` appends; it must append a valid value.
    pub fn push_with(&mut self, known: Known, write: impl FnOnce(&mut Vec<u8>)) {
        let name = self.store(known.name().as_bytes());
        self.block.extend_from_slice(b": ");
        let at = self.block.len();
        write(&mut self.block);
        let value = self.block.get(at..).unwrap_or_default();
        debug_assert!(is_field_value(value), "field value with a control character");
        let len = u32::try_from(value.len()).unwrap_or(u32::MAX);
        self.block.extend_from_slice(b"\r\n");
        let value = Span { at: u32::try_from(at).unwrap_or(u32::MAX), len };
        self.entries.push(Entry { name, value, known });
    }

    /// Adds a field under a known name whose value lies in the block already.
    pub(crate) fn push_span(&mut self, known: Known, value: Span) {
        let at = value.at as usize;
        let range = at..at + value.len as usize;
        if self.block.get(range.clone()).is_some() {
            self.push_with(known, |block| block.extend_from_within(range));
        }
    }

    /// Stores a whole line, so that it can be written as it lies there.
    fn push_line(&mut self, known: Known, name: &[u8], value: &[&[u8]]) {
        let length: usize = value.iter().map(|part| part.len()).sum();
        self.block.reserve(name.len() + length + 4);
        let name = self.store(name);
        self.block.extend_from_slice(b": ");
        let at = u32::try_from(self.block.len()).unwrap_or(u32::MAX);
        for part in value {
            self.block.extend_from_slice(part);
        }
        self.block.extend_from_slice(b"\r\n");
        let value = Span { at, len: u32::try_from(length).unwrap_or(u32::MAX) };
        self.entries.push(Entry { name, value, known });
    }

    /// Adds a field under any name. Returns `false`, and adds nothing, if the name is not a token or
    /// the value has a character that no field value may have.
    pub fn push_named(&mut self, name: &[u8], value: &[u8]) -> bool {
        if !is_token(name) || !is_field_value(value) {
            return false;
        }
        self.push_line(Known::of(name), name, &[value]);
        true
    }

    /// Replaces every field of a known name by one.
    pub fn set(&mut self, known: Known, value: &[u8]) {
        self.remove(known);
        self.push(known, value);
    }

    /// Removes every field of a known name.
    pub fn remove(&mut self, known: Known) {
        self.entries.retain(|e| e.known != known);
    }

    /// Removes every field of any name.
    pub fn remove_named(&mut self, name: &[u8]) {
        let block = &self.block;
        self.entries.retain(|e| !slice(block, e.name).eq_ignore_ascii_case(name));
    }

    /// Keeps the fields for which `keep(known, name, value)` holds.
    pub fn retain(&mut self, mut keep: impl FnMut(Known, &[u8], &[u8]) -> bool) {
        let block = &self.block;
        self.entries.retain(|e| keep(e.known, slice(block, e.name), slice(block, e.value)));
    }

    /// An upper bound for the bytes that all fields take as lines.
    pub fn lines_len(&self) -> usize {
        self.block.len() + 4 * self.entries.len()
    }

    /// For codecs: appends every field that `skip` does not hold back as a line `name: value` with CRLF, and
    /// tells how many. Lines that lie beside each other in the block are copied as one.
    pub fn write_lines(&self, out: &mut Vec<u8>, skip: impl Fn(Known) -> bool) -> usize {
        let (mut run, mut lines) = (0..0, 0);
        for entry in self.entries.iter().filter(|entry| entry.name.len > 0 && !skip(entry.known)) {
            lines += 1;
            match self.line_end(entry) {
                Some(end) if run.end == entry.name.at as usize => run.end = end,
                Some(end) => {
                    out.extend_from_slice(self.block.get(run).unwrap_or_default());
                    run = entry.name.at as usize..end;
                }
                None => {
                    out.extend_from_slice(self.block.get(run).unwrap_or_default());
                    run = 0..0;
                    out.extend_from_slice(slice(&self.block, entry.name));
                    out.extend_from_slice(b": ");
                    out.extend_from_slice(slice(&self.block, entry.value));
                    out.extend_from_slice(b"\r\n");
                }
            }
        }
        out.extend_from_slice(self.block.get(run).unwrap_or_default());
        lines
    }

    /// Where the line of a field ends, if it lies in the block just as it is to be written.
    fn line_end(&self, entry: &Entry) -> Option<usize> {
        let colon = entry.name.at as usize + entry.name.len as usize;
        let value = entry.value.at as usize;
        let end = value + entry.value.len as usize;
        let is_line = value == colon + 2
            && self.block.get(colon..value) == Some(b": ")
            && self.block.get(end..end + 2) == Some(b"\r\n");
        is_line.then_some(end + 2)
    }

    /// The fields in order: name as it came, value, known name.
    pub fn iter(&self) -> Iter<'_> {
        Iter { block: &self.block, entries: self.entries.iter() }
    }
}

impl<'a> IntoIterator for &'a Fields {
    type Item = (&'a [u8], &'a [u8], Known);
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

/// Equal if they have the same fields in the same order; the case of names does not count.
impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self.iter().zip(other).all(|(a, b)| a.0.eq_ignore_ascii_case(b.0) && a.1 == b.1)
    }
}

// === impl Iter ===

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a [u8], &'a [u8], Known);

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.entries.next()?;
        Some((slice(self.block, entry.name), slice(self.block, entry.value), entry.known))
    }
}

fn slice(block: &[u8], span: Span) -> &[u8] {
    let at = span.at as usize;
    block.get(at..at + span.len as usize).unwrap_or_default()
}

/// Whether the bytes are a token (RFC 9110 §5.6.2).
pub(crate) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(b))
}

/// Whether the bytes may be a field value (RFC 9110 §5.5): no control character but the tab.
pub(crate) fn is_field_value(bytes: &[u8]) -> bool {
    bytes.iter().all(|&b| b == b'\t' || (b >= 0x20 && b != 0x7f))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_order_and_case_and_compare_without_it() {
        let mut fields = Fields::new();
        assert!(fields.push_named(b"X-One", b"1"));
        fields.push(Known::Host, b"a.example");
        assert!(fields.push_named(b"HOST", b"b.example"));
        assert!(!fields.push_named(b"bad name", b"1"));
        assert!(!fields.push_named(b"x", b"a\r\nb: c"));
        assert_eq!(fields.get_all(Known::Host).collect::<Vec<_>>(), [b"a.example", b"b.example"]);
        assert_eq!(fields.get_named("x-one"), Some(&b"1"[..]));
        fields.set(Known::Host, b"c.example");
        fields.remove_named(b"x-ONE");
        let all: Vec<_> = fields.iter().collect();
        assert_eq!(all, [(&b"host"[..], &b"c.example"[..], Known::Host)]);
    }

    #[test]
    fn lines_are_written_however_they_lie() {
        let block = b"GET / HTTP/1.1\r\nA: 1\r\nB:2\r\nC: 3\r\nD:  4 \r\n\r\n";
        let mut fields = Fields::default();
        fields.block.extend_from_slice(block);
        for (name, value) in [(16, 19), (22, 24), (27, 30), (33, 37)] {
            let one = |at| Span { at, len: 1 };
            let known = Known::of(fields.bytes(one(name)));
            fields.push_parsed(known, one(name), one(value));
        }
        fields.push(Known::Via, b"1.1 w");
        assert!(fields.push_named(b"E", b""));
        fields.push_parts(Known::Age, &[b"1", b"0"]);
        let mut out = Vec::new();
        let lines = fields.write_lines(&mut out, |known| known == Known::Via);
        assert_eq!(lines, 6);
        assert_eq!(out, b"A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\nE: \r\nage: 10\r\n");
        assert!(out.len() <= fields.lines_len());
    }
}
