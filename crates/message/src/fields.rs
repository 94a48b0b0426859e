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

    /// For codecs: starts from a whole head's bytes, whose lines [`Fields::push_parsed`] then names.
    pub fn from_block(block: &[u8], count: usize) -> Self {
        let mut fields = Self::with_capacity(block.len() + 512, count + 12);
        fields.block.extend_from_slice(block);
        fields
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
        let name = self.store(known.name().as_bytes());
        let value = self.store(value);
        self.entries.push(Entry { name, value, known });
    }

    /// Adds a field under any name. Returns `false`, and adds nothing, if the name is not a token or
    /// the value has a character that no field value may have.
    pub fn push_named(&mut self, name: &[u8], value: &[u8]) -> bool {
        if !is_token(name) || !is_field_value(value) {
            return false;
        }
        let known = Known::of(name);
        let name = self.store(name);
        let value = self.store(value);
        self.entries.push(Entry { name, value, known });
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
}
