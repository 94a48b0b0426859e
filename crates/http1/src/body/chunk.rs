//! The line before a chunk: size and extensions (RFC 9112 §7.1). Extensions are read to the letter of
//! their grammar, so that no other reader can see the line end elsewhere, and then ignored.

use memchr::memchr;

use crate::chars;

/// A chunk's first line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The number of data bytes; 0 for the last chunk.
    pub(super) size: u64,
    /// Bytes of the line, with its end.
    pub(super) len: usize,
    /// Bytes of extensions in it.
    pub(super) extensions: usize,
}

/// Hexadecimal digits of a size that fits 64 bits.
const MAX_DIGITS: usize = 16;

/// Bytes of extensions that one body may have, over all its chunks (RFC 9112 §7.1.1).
pub(super) const MAX_EXTENSIONS: usize = 4096;

const BAD_EXTENSION: &str = "a chunk extension breaks its grammar (RFC 9112 §7.1.1)";

/// The line at the start of `buf`; `None` if it is not complete. `extensions` were there before.
pub(super) fn line(buf: &[u8], extensions: usize) -> Result<Option<Line>, &'static str> {
    let (size, digits) = size(buf)?;
    let rest = buf.get(digits..).unwrap_or_default();
    // Nearly every chunk has no extension.
    match rest {
        [b'\r', b'\n', ..] if digits > 0 => return Ok(Some(Line { size, len: digits + 2, extensions: 0 })),
        [] | [b'\r'] => return Ok(None),
        [b'\r', ..] => return Err("a CR stands without LF in a chunk's first line (RFC 9112 §2.2)"),
        [b'\n', ..] => return Err("a chunk's first line ends in LF without CR (RFC 9112 §2.2)"),
        _ => {}
    }
    let room = MAX_EXTENSIONS.saturating_sub(extensions);
    let too_long = "chunk extensions are longer than 4096 bytes in all (RFC 9112 §7.1.1)";
    let Some(lf) = memchr(b'\n', rest) else {
        return if rest.len() > room + 1 { Err(too_long) } else { Ok(None) };
    };
    let Some([extension @ .., b'\r']) = rest.get(..lf) else {
        return Err("a chunk's first line ends in LF without CR (RFC 9112 §2.2)");
    };
    if extension.len() > room {
        return Err(too_long);
    }
    check_extensions(extension)?;
    Ok(Some(Line { size, len: digits + lf + 1, extensions: extension.len() }))
}

/// The size so far and the number of its digits; fewer than one is an error as soon as it is sure.
fn size(buf: &[u8]) -> Result<(u64, usize), &'static str> {
    let mut size = 0_u64;
    let mut digits = 0;
    for &b in buf {
        let Some(digit) = char::from(b).to_digit(16) else { break };
        digits += 1;
        if digits > MAX_DIGITS {
            return Err("a chunk size has more than 16 digits (RFC 9112 §7.1)");
        }
        size = size << 4 | u64::from(digit);
    }
    if digits == 0 && !buf.is_empty() {
        return Err("a chunk does not start with a hexadecimal size (RFC 9112 §7.1)");
    }
    Ok((size, digits))
}

/// `*( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] )`
fn check_extensions(mut rest: &[u8]) -> Result<(), &'static str> {
    while !rest.is_empty() {
        let [b';', after @ ..] = skip_white(rest) else { return Err(BAD_EXTENSION) };
        rest = take_token(skip_white(after))?;
        if let [b'=', after @ ..] = skip_white(rest) {
            rest = match skip_white(after) {
                [b'"', quoted @ ..] => take_quoted(quoted)?,
                value => take_token(value)?,
            };
        }
    }
    Ok(())
}

fn skip_white(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = bytes {
        bytes = rest;
    }
    bytes
}

fn take_token(bytes: &[u8]) -> Result<&[u8], &'static str> {
    match chars::token_len(bytes) {
        0 => Err(BAD_EXTENSION),
        len => Ok(bytes.get(len..).unwrap_or_default()),
    }
}

/// What stands behind a quoted string whose opening quote is gone (RFC 9110 §5.6.4).
fn take_quoted(mut bytes: &[u8]) -> Result<&[u8], &'static str> {
    loop {
        bytes = match bytes {
            [b'"', rest @ ..] => return Ok(rest),
            [b'\\', b'\t' | b' '..=b'~' | 0x80.., rest @ ..] => rest,
            [b'\\', ..] => return Err(BAD_EXTENSION),
            [b'\t' | b' '..=b'~' | 0x80.., rest @ ..] => rest,
            _ => return Err(BAD_EXTENSION),
        };
    }
}
