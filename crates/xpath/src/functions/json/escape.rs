//! Characters of JSON as escape sequences (RFC 8259 §7).

use crate::character::is_xml;

/// Writes a character of a JSON string; a quotation mark, a backslash, a solidus and what does not print are escaped.
pub(in crate::functions) fn character(one: char, to: &mut String) {
    match one {
        '"' | '/' => {
            to.push('\\');
            to.push(one);
        }
        _ => special(u32::from(one), to),
    }
}

/// Writes a code point; a backslash, what does not print and what is no character of XML are escaped.
pub(super) fn special(code: u32, to: &mut String) {
    let short = match code {
        0x08 => 'b',
        0x09 => 't',
        0x0a => 'n',
        0x0c => 'f',
        0x0d => 'r',
        0x5c => '\\',
        _ => match xml(code).filter(|one| !matches!(u32::from(*one), 0..=0x1f | 0x7f..=0x9f)) {
            Some(one) => return to.push(one),
            None => return unit(code, to),
        },
    };
    to.push('\\');
    to.push(short);
}

/// Writes `\uHHHH`, two of them for what is beyond 16 bits.
pub(in crate::functions) fn unit(code: u32, to: &mut String) {
    let mut buffer = [0; 2];
    let units = match char::from_u32(code).map(|one| &*one.encode_utf16(&mut buffer)) {
        Some([first, second]) => format!("\\u{first:04X}\\u{second:04X}"),
        _ => format!("\\u{code:04X}"),
    };
    to.push_str(&units);
}

/// The character of XML 1.0 that a code point is (§2.2).
pub(super) fn xml(code: u32) -> Option<char> {
    char::from_u32(code).filter(|one| is_xml(*one))
}

/// What follows the backslash of an escape sequence: the UTF-16 code unit that it stands for, and so many bytes it has.
pub(super) fn sequence(text: &str) -> Option<(u16, usize)> {
    let unit = match text.bytes().next()? {
        b'u' => {
            let digits = text.get(1..5).filter(|digits| digits.bytes().all(|one| one.is_ascii_hexdigit()))?;
            return Some((u16::from_str_radix(digits, 16).ok()?, 5));
        }
        b'b' => 0x08,
        b't' => 0x09,
        b'n' => 0x0a,
        b'f' => 0x0c,
        b'r' => 0x0d,
        byte @ (b'"' | b'\\' | b'/') => u16::from(byte),
        _ => return None,
    };
    Some((unit, 1))
}
