//! Frames of `application/vnd.amazon.eventstream`, read incrementally and written: the form in which Amazon
//! streams answers. Every frame has its length, headers, a payload, and two checksums; a declared length is
//! believed only once its own checksum is right and it is not above the cap.

mod crc;

use std::ops::ControlFlow;

use self::crc::crc32;

/// Length of the frame, length of its headers, checksum of both.
const PRELUDE: usize = 12;

/// The checksum at the end.
const TRAILER: usize = 4;

/// The kind of a header's value that is a string.
const STRING: u8 = 7;

/// One frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    /// All of it, as it came.
    pub(crate) raw: &'a [u8],
    headers: &'a [u8],
    pub(crate) payload: &'a [u8],
}

/// Why nothing more can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A frame is larger than allowed.
    TooLarge { limit: usize },
    /// A checksum or a length is wrong.
    Damaged,
    /// The very first bytes are no frame.
    NoFrames,
}

/// Reads frames from pieces of a stream. Copies only what a piece cuts through.
#[derive(Clone, Debug)]
pub(crate) struct Parser {
    limit: usize,
    /// A frame whose end has not come.
    pending: Vec<u8>,
    /// Whether any frame was read.
    begun: bool,
    fault: Option<Fault>,
}

// === impl Frame ===

impl<'a> Frame<'a> {
    /// A header whose value is a string.
    pub(crate) fn header(&self, wanted: &str) -> Option<&'a str> {
        let mut rest = self.headers;
        while let Some((name, value, after)) = header(rest) {
            if name == wanted.as_bytes() {
                return std::str::from_utf8(value?).ok();
            }
            rest = after;
        }
        None
    }
}

/// A header's name, its value if that is a string, and what follows it.
type Header<'a> = (&'a [u8], Option<&'a [u8]>, &'a [u8]);

/// The header in front.
fn header(bytes: &[u8]) -> Option<Header<'_>> {
    let (&len, rest) = bytes.split_first()?;
    let (name, rest) = rest.split_at_checked(usize::from(len))?;
    let (&kind, rest) = rest.split_first()?;
    let (skipped, rest) = match kind {
        // Booleans are their kind.
        0 | 1 => (0, rest),
        2 => (1, rest),
        3 => (2, rest),
        4 => (4, rest),
        5 | 8 => (8, rest),
        6 | STRING => {
            let (len, rest) = rest.split_first_chunk::<2>()?;
            (usize::from(u16::from_be_bytes(*len)), rest)
        }
        9 => (16, rest),
        _ => return None,
    };
    let (value, rest) = rest.split_at_checked(skipped)?;
    Some((name, (kind == STRING).then_some(value), rest))
}

// === impl Parser ===

impl Parser {
    /// A parser that takes frames of at most `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, pending: Vec::new(), begun: false, fault: None }
    }

    /// Reads a piece and gives every frame that it completes, until one breaks off.
    pub(crate) fn push(
        &mut self,
        bytes: &[u8],
        mut each: impl FnMut(Frame<'_>) -> ControlFlow<()>,
    ) -> Result<(), Fault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        if self.pending.is_empty() {
            let used = self.frames(bytes, &mut each)?;
            self.pending.extend_from_slice(bytes.get(used..).unwrap_or_default());
        } else {
            let mut pending = std::mem::take(&mut self.pending);
            pending.extend_from_slice(bytes);
            let used = self.frames(&pending, &mut each)?;
            pending.drain(..used);
            self.pending = pending;
        }
        Ok(())
    }

    /// Gives the whole frames at the front of `bytes`; answers how many bytes they are.
    fn frames(
        &mut self,
        bytes: &[u8],
        each: &mut impl FnMut(Frame<'_>) -> ControlFlow<()>,
    ) -> Result<usize, Fault> {
        let mut used = 0;
        loop {
            let rest = bytes.get(used..).unwrap_or_default();
            match frame(rest, self.limit) {
                Ok(None) => return Ok(used),
                Ok(Some((frame, len))) => {
                    self.begun = true;
                    used += len;
                    if each(frame).is_break() {
                        return Ok(bytes.len());
                    }
                }
                Err(fault) => {
                    let fault = if fault == Fault::Damaged && !self.begun { Fault::NoFrames } else { fault };
                    self.fault = Some(fault);
                    return Err(fault);
                }
            }
        }
    }
}

/// The frame at the front of `bytes` and its length; none if its end has not come.
fn frame(bytes: &[u8], limit: usize) -> Result<Option<(Frame<'_>, usize)>, Fault> {
    let Some(prelude) = bytes.get(..PRELUDE) else { return Ok(None) };
    let (lengths, checksum) = prelude.split_at(PRELUDE - 4);
    if number(checksum) != Some(crc32(lengths)) {
        return Err(Fault::Damaged);
    }
    let (length, headers) = lengths.split_at(4);
    let length = number(length).and_then(|length| usize::try_from(length).ok()).unwrap_or(usize::MAX);
    let headers = number(headers).and_then(|headers| usize::try_from(headers).ok()).unwrap_or(usize::MAX);
    if length < headers.saturating_add(PRELUDE + TRAILER) {
        return Err(Fault::Damaged);
    }
    if length > limit {
        return Err(Fault::TooLarge { limit });
    }
    let Some(whole) = bytes.get(..length) else { return Ok(None) };
    let (checked, checksum) = whole.split_at(length - TRAILER);
    if number(checksum) != Some(crc32(checked)) {
        return Err(Fault::Damaged);
    }
    let (headers, payload) = checked.get(PRELUDE..).unwrap_or_default().split_at(headers);
    Ok(Some((Frame { raw: whole, headers, payload }, length)))
}

fn number(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.first_chunk::<4>()?))
}

/// Writes a frame with headers that are strings; `payload` writes what it carries.
pub(crate) fn write(out: &mut Vec<u8>, headers: &[(&str, &str)], payload: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; PRELUDE]);
    for (name, value) in headers {
        out.push(u8::try_from(name.len()).unwrap_or_default());
        out.extend_from_slice(name.as_bytes());
        out.push(STRING);
        out.extend_from_slice(&u16::try_from(value.len()).unwrap_or_default().to_be_bytes());
        out.extend_from_slice(value.as_bytes());
    }
    let headers = out.len() - start - PRELUDE;
    payload(out);
    let length = out.len() - start + TRAILER;
    let mut prelude = [0; PRELUDE];
    let (lengths, checksum) = prelude.split_at_mut(PRELUDE - 4);
    for (place, length) in lengths.chunks_exact_mut(4).zip([length, headers]) {
        place.copy_from_slice(&u32::try_from(length).unwrap_or_default().to_be_bytes());
    }
    checksum.copy_from_slice(&crc32(lengths).to_be_bytes());
    if let Some(place) = out.get_mut(start..start + PRELUDE) {
        place.copy_from_slice(&prelude);
    }
    let checksum = crc32(out.get(start..).unwrap_or_default());
    out.extend_from_slice(&checksum.to_be_bytes());
}

#[cfg(test)]
mod tests;
