//! Server-sent events, read incrementally as the WHATWG standard defines them, and bounded.
//!
//! Lines end in LF, CR LF or CR, wherever the input is cut; comments and blank lines carry nothing; several
//! `data` lines are joined by LF; one space after the colon is dropped; a byte order mark at the front too.
//! Two things differ from the standard on purpose: an event at the end of the stream counts without its
//! blank line, since some providers end so; and a blank line that ends in CR, the last byte at hand, waits
//! for the next byte, so that CR LF is never torn and the bytes of each event are the same for every cut.

use std::fmt;

/// One event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// The event's name; empty if it has none.
    pub name: &'a [u8],
    /// The data, lines joined by LF.
    pub data: &'a [u8],
}

/// What stands up to and including a blank line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block<'a> {
    /// The bytes as they came.
    pub raw: &'a [u8],
    /// The event in them; none if they hold comments or nothing.
    pub event: Option<Event<'a>>,
}

/// An event is larger than allowed. The parser gives nothing more after this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge {
    /// The limit, in bytes.
    pub limit: usize,
}

/// Reads events from pieces of a stream. Copies only what a piece cuts through, and what has several
/// `data` lines.
#[derive(Clone, Debug)]
pub struct Parser {
    limit: usize,
    /// A block whose end has not come.
    pending: Vec<u8>,
    scan: Scan,
    /// No block was read: a byte order mark may stand here.
    at_start: bool,
    failed: bool,
    joined: Vec<u8>,
}

/// How far a block was searched for its end.
#[derive(Clone, Copy, Debug, Default)]
struct Scan {
    pos: usize,
    line_start: usize,
}

const BOM: &[u8] = b"\xef\xbb\xbf";

// === impl TooLarge ===

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an event of the stream is larger than {} bytes", self.limit)
    }
}

impl std::error::Error for TooLarge {}

// === impl Parser ===

impl Parser {
    /// A parser that takes events of at most `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            pending: Vec::new(),
            scan: Scan::default(),
            at_start: true,
            failed: false,
            joined: Vec::new(),
        }
    }

    /// Reads a piece and gives every block that it completes.
    pub fn push(&mut self, bytes: &[u8], mut each: impl FnMut(Block<'_>)) -> Result<(), TooLarge> {
        if self.failed {
            return Err(TooLarge { limit: self.limit });
        }
        if self.pending.is_empty() {
            let used = self.blocks(bytes, &mut each)?;
            self.pending.extend_from_slice(bytes.get(used..).unwrap_or_default());
        } else {
            let mut pending = std::mem::take(&mut self.pending);
            pending.extend_from_slice(bytes);
            let used = self.blocks(&pending, &mut each)?;
            pending.drain(..used);
            self.pending = pending;
        }
        Ok(())
    }

    /// The stream has ended: gives what lacked its blank line.
    pub fn finish(&mut self, mut each: impl FnMut(Block<'_>)) -> Result<(), TooLarge> {
        if self.failed {
            return Err(TooLarge { limit: self.limit });
        }
        let pending = std::mem::take(&mut self.pending);
        self.scan = Scan::default();
        if !pending.is_empty() {
            self.give(&pending, &mut each);
        }
        Ok(())
    }

    /// Gives the whole blocks at the front of `bytes`; answers how many bytes they are.
    fn blocks(&mut self, bytes: &[u8], each: &mut impl FnMut(Block<'_>)) -> Result<usize, TooLarge> {
        let mut used = 0;
        loop {
            let rest = bytes.get(used..).unwrap_or_default();
            let end = self.scan.block_end(rest);
            if end.unwrap_or(rest.len()) > self.limit {
                self.failed = true;
                return Err(TooLarge { limit: self.limit });
            }
            let Some(end) = end else { return Ok(used) };
            self.scan = Scan::default();
            self.give(rest.get(..end).unwrap_or_default(), each);
            used += end;
        }
    }

    fn give(&mut self, raw: &[u8], each: &mut impl FnMut(Block<'_>)) {
        let text = if self.at_start { raw.strip_prefix(BOM).unwrap_or(raw) } else { raw };
        self.at_start = false;
        each(Block { raw, event: event(text, &mut self.joined) });
    }
}

// === impl Scan ===

impl Scan {
    /// Where the block at the front of `bytes` ends, its blank line included.
    fn block_end(&mut self, bytes: &[u8]) -> Option<usize> {
        loop {
            let rest = bytes.get(self.pos..).unwrap_or_default();
            let Some(found) = memchr::memchr2(b'\n', b'\r', rest) else {
                self.pos = bytes.len();
                return None;
            };
            let at = self.pos + found;
            let end = match (bytes.get(at), bytes.get(at + 1)) {
                (Some(b'\r'), None) => {
                    self.pos = at;
                    return None;
                }
                (Some(b'\r'), Some(b'\n')) => at + 2,
                _ => at + 1,
            };
            if at == self.line_start {
                return Some(end);
            }
            *self = Self { pos: end, line_start: end };
        }
    }
}

/// The event that a block of lines holds.
fn event<'a>(mut lines: &'a [u8], joined: &'a mut Vec<u8>) -> Option<Event<'a>> {
    let mut name: &[u8] = &[];
    let mut first: Option<&[u8]> = None;
    joined.clear();
    while !lines.is_empty() {
        let end = memchr::memchr2(b'\n', b'\r', lines).unwrap_or(lines.len());
        let (line, rest) = lines.split_at(end);
        lines = rest.get(1..).unwrap_or_default();
        let (field, value) = field(line);
        match (field, first) {
            (b"data", None) => first = Some(value),
            (b"data", Some(before)) => {
                if joined.is_empty() {
                    joined.extend_from_slice(before);
                }
                joined.push(b'\n');
                joined.extend_from_slice(value);
            }
            (b"event", _) => name = value,
            _ => {}
        }
    }
    let data = if joined.is_empty() { first? } else { joined };
    Some(Event { name, data })
}

/// A line's field name and value.
fn field(line: &[u8]) -> (&[u8], &[u8]) {
    let Some(colon) = memchr::memchr(b':', line) else { return (line, &[]) };
    let (field, value) = line.split_at(colon);
    let value = value.get(1..).unwrap_or_default();
    (field, value.strip_prefix(b" ").unwrap_or(value))
}

#[cfg(test)]
mod tests;
