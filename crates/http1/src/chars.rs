//! Which bytes may stand where.

/// A token character (RFC 9110 §5.6.2).
const TOKEN: u8 = 1;
/// May stand in the path of a request target.
const PATH: u8 = 2;
/// May stand in the query of a request target.
const QUERY: u8 = 4;
/// May stand in a registered name: unreserved or sub-delims (RFC 3986 §3.2.2).
const NAME: u8 = 8;

static CLASSES: [u8; 256] = build();

#[expect(clippy::indexing_slicing, reason = "runs at compile time, where a wrong index is a compile error")]
const fn build() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut b = 0_u8;
    loop {
        classes[b as usize] = class(b);
        if b == u8::MAX {
            return classes;
        }
        b += 1;
    }
}

/// Path and query take every visible ASCII character that clients leave unescaped, which is more than
/// RFC 3986 lets stand: the WHATWG URL standard keeps `[ ] ^ ` { | }` and, in queries, `\`. A fragment's
/// `#` and the delimiters `" < >` are escaped by both, so that they are refused.
const fn class(b: u8) -> u8 {
    let unreserved = b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    let sub_delim = matches!(b, b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=');
    let token = b.is_ascii_alphanumeric()
        || matches!(b, b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^')
        || matches!(b, b'_' | b'`' | b'|' | b'~');
    let query = b.is_ascii_graphic() && !matches!(b, b'#' | b'"' | b'<' | b'>');
    let path = query && !matches!(b, b'?' | b'\\');
    let mut class = 0;
    if token {
        class |= TOKEN;
    }
    if path {
        class |= PATH;
    }
    if query {
        class |= QUERY;
    }
    if unreserved || sub_delim {
        class |= NAME;
    }
    class
}

fn has(b: u8, class: u8) -> bool {
    CLASSES.get(usize::from(b)).is_some_and(|&classes| classes & class != 0)
}

/// The number of token characters at the start.
pub(crate) fn token_len(bytes: &[u8]) -> usize {
    bytes.iter().position(|&b| !has(b, TOKEN)).unwrap_or(bytes.len())
}

/// Whether the bytes are a token (RFC 9110 §5.6.2).
pub(crate) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && token_len(bytes) == bytes.len()
}

/// The number of path characters at the start.
pub(crate) fn path_len(bytes: &[u8]) -> usize {
    bytes.iter().position(|&b| !has(b, PATH)).unwrap_or(bytes.len())
}

/// Whether every byte may stand in a query.
pub(crate) fn is_query(bytes: &[u8]) -> bool {
    bytes.iter().all(|&b| has(b, QUERY))
}

/// Whether the byte may stand unescaped in a registered name.
pub(crate) fn is_name_char(b: u8) -> bool {
    has(b, NAME)
}

/// The number of control characters other than the tab (RFC 9110 §5.5); line ends count. Written without
/// branches and summed in bytes, so that it runs over many bytes at a time.
pub(crate) fn count_controls(bytes: &[u8]) -> usize {
    let count = |chunk: &[u8]| {
        chunk.iter().fold(0_u8, |sum, &b| {
            let control = u8::from(b < 0x20) & u8::from(b != b'\t') | u8::from(b == 0x7f);
            sum.wrapping_add(control)
        })
    };
    // A sum over no more than 255 bytes fits one.
    bytes.chunks(128).map(|chunk| usize::from(count(chunk))).sum()
}

/// Whether every byte is visible ASCII.
pub(crate) fn is_visible(bytes: &[u8]) -> bool {
    bytes.iter().fold(0_u8, |found, &b| found | u8::from(b <= 0x20) | u8::from(b >= 0x7f)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_agree_with_the_grammar() {
        for b in 0..=u8::MAX {
            let token = b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
            assert_eq!(is_token(&[b]), token, "{b:#x}");
            let control = (b < 0x20 && b != b'\t') || b == 0x7f;
            assert_eq!(count_controls(&[b; 300]), if control { 300 } else { 0 }, "{b:#x}");
            assert_eq!(is_visible(&[b]), b.is_ascii_graphic(), "{b:#x}");
            assert_eq!(is_query(&[b]), b.is_ascii_graphic() && !b"#\"<>".contains(&b), "{b:#x}");
            assert_eq!(path_len(&[b]) == 1, is_query(&[b]) && !b"?\\".contains(&b), "{b:#x}");
            let name = b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&b);
            assert_eq!(is_name_char(b), name, "{b:#x}");
        }
    }
}
