//! The normal form of a path (RFC 3986 §6.2.2), on which routes, rules and records agree.

use std::borrow::Cow;
use std::fmt;

#[cfg(test)]
mod tests;

/// Why a path cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathError {
    /// It does not begin with `/`.
    Relative,
    /// It is longer than 65,535 bytes.
    TooLong,
    /// A control character, a space, `\`, `?` or `#`, or an escaped control character.
    Character,
    /// `%` without two hexadecimal digits.
    Escape,
    /// `..` above the root.
    AboveRoot,
    /// A dot segment that only shows when `%2F`, `%5C` or `;` is read as a separator, as some servers do.
    HiddenDots,
}

/// Gives the normal form of a path without query: escapes in capitals, unreserved characters not
/// escaped, no dot segments, anything outside ASCII escaped. `%2F` stays, and so do empty segments.
/// An empty path is `/`. A path in normal form comes back as it is, without an allocation.
pub fn normalise(path: &str) -> Result<Cow<'_, str>, PathError> {
    if path.is_empty() {
        return Ok(Cow::Borrowed("/"));
    }
    if !path.starts_with('/') {
        return Err(PathError::Relative);
    }
    if path.len() > usize::from(u16::MAX) {
        return Err(PathError::TooLong);
    }
    let mut plain = true;
    let mut previous = b'/';
    for byte in path.bytes() {
        match class(byte) {
            Class::Plain => {}
            // A dot matters at the start of a segment alone.
            Class::Dot => plain &= previous != b'/',
            Class::Special => plain = false,
            Class::Bad => return Err(PathError::Character),
        }
        previous = byte;
    }
    if plain {
        return Ok(Cow::Borrowed(path));
    }
    let path = unescape(path)?;
    remove_dots(&path).map(Cow::Owned)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Plain,
    Dot,
    Special,
    Bad,
}

/// What a byte of a path asks for.
const fn class(byte: u8) -> Class {
    match byte {
        0..=b' ' | 0x7f | b'\\' | b'?' | b'#' => Class::Bad,
        0x80.. | b'%' => Class::Special,
        b'.' => Class::Dot,
        _ => Class::Plain,
    }
}

/// Decodes escaped unreserved characters, writes the other escapes in capitals, escapes what is not ASCII.
fn unescape(path: &str) -> Result<String, PathError> {
    let mut out = String::with_capacity(path.len() + 16);
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        if byte >= 0x80 {
            escape(&mut out, byte);
            continue;
        }
        if byte != b'%' {
            out.push(char::from(byte));
            continue;
        }
        let mut digit = || bytes.next().and_then(hex).ok_or(PathError::Escape);
        let value = digit()? << 4 | digit()?;
        match value {
            0..=0x1f | 0x7f => return Err(PathError::Character),
            b'-' | b'.' | b'_' | b'~' => out.push(char::from(value)),
            _ if value.is_ascii_alphanumeric() => out.push(char::from(value)),
            _ => escape(&mut out, value),
        }
    }
    if out.len() > usize::from(u16::MAX) {
        return Err(PathError::TooLong);
    }
    Ok(out)
}

/// RFC 3986 §5.2.4, but going above the root is an error.
fn remove_dots(path: &str) -> Result<String, PathError> {
    let mut out = String::with_capacity(path.len());
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            "." => {}
            ".." => {
                let parent = out.rfind('/').ok_or(PathError::AboveRoot)?;
                out.truncate(parent);
            }
            _ if hides_dots(segment) => return Err(PathError::HiddenDots),
            _ => {
                out.push('/');
                out.push_str(segment);
                continue;
            }
        }
        if last {
            out.push('/');
        }
    }
    Ok(out)
}

fn hides_dots(segment: &str) -> bool {
    if !segment.starts_with('.') && !segment.contains('%') {
        return false;
    }
    let dots = |part: &str| part == "." || part == "..";
    let separators = |part: &str| part.split(';').next().is_some_and(dots);
    let mut parts = segment.split("%2F").flat_map(|part| part.split("%5C"));
    parts.any(separators)
}

fn escape(out: &mut String, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.push('%');
    for digit in [byte >> 4, byte & 15] {
        out.push(char::from(DIGITS.get(usize::from(digit)).copied().unwrap_or(b'0')));
    }
}

fn hex(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Relative => "the path does not begin with `/`",
            Self::TooLong => "the path is longer than 65535 bytes",
            Self::Character => "the path has a control character or one that must be escaped",
            Self::Escape => "`%` is not followed by two hexadecimal digits",
            Self::AboveRoot => "the path's dot segments lead above the root",
            Self::HiddenDots => "the path hides dot segments behind escaped separators",
        })
    }
}

impl std::error::Error for PathError {}
