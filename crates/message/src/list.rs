//! Lists in header fields (RFC 9110 §5.6.1).

/// What stands in quotes within a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quoted {
    /// A string, in which a backslash escapes what is behind it (RFC 9110 §5.6.4).
    String,
    /// An entity tag, in which it stands for itself (RFC 9110 §8.8.3).
    Tag,
}

/// The parts of a list as they are written, empty ones and spaces too. What stands in quotes is not parted; a quote that has no
/// end begins nothing. `by` is what parts them, an ASCII character.
pub fn parts(text: &str, by: u8, quoted: Quoted) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    // Behind a quote without an end there is none with one.
    let mut ends = true;
    std::iter::from_fn(move || {
        let whole = rest?;
        let mut at = 0;
        while let Some(byte) = whole.as_bytes().get(at) {
            if *byte == by {
                let (part, behind) = (whole.get(..at)?, whole.get(at + 1..)?);
                rest = Some(behind);
                return Some(part);
            }
            if *byte == b'"' && ends {
                match end(whole.as_bytes().get(at + 1..).unwrap_or_default(), quoted) {
                    Some(length) => at += length + 1,
                    None => ends = false,
                }
            }
            at += 1;
        }
        rest = None;
        Some(whole)
    })
}

/// Where the quote ends whose inside begins here.
fn end(inside: &[u8], quoted: Quoted) -> Option<usize> {
    let mut escaped = false;
    inside.iter().position(|byte| {
        let was_escaped = escaped;
        escaped = quoted == Quoted::String && *byte == b'\\' && !was_escaped;
        *byte == b'"' && !was_escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hold_parts_together_and_end_where_their_kind_says() {
        let check = |text: &str, quoted: Quoted, expect: &[&str]| {
            let found: Vec<&str> = parts(text, b',', quoted).collect();
            assert_eq!(found, expect, "{text} {quoted:?}");
        };
        for quoted in [Quoted::String, Quoted::Tag] {
            check("", quoted, &[""]);
            check("a", quoted, &["a"]);
            check("a, b,,c,", quoted, &["a", " b", "", "c", ""]);
            check("a=\"x,y\", b=\",\"\",\"", quoted, &["a=\"x,y\"", " b=\",\"\",\""]);
            check("a=\"x, b", quoted, &["a=\"x", " b"]);
            check("a=\"x,y\", b=\"z, c", quoted, &["a=\"x,y\"", " b=\"z", " c"]);
            check("\u{e4}, \"\u{fc},\"", quoted, &["\u{e4}", " \"\u{fc},\""]);
        }
        check("\"a\\\", b\", c", Quoted::String, &["\"a\\\", b\"", " c"]);
        check("\"a\\\\\", b", Quoted::String, &["\"a\\\\\"", " b"]);
        check("\"a\\\", \"b,c\"", Quoted::Tag, &["\"a\\\"", " \"b,c\""]);
        let by_semicolon: Vec<&str> = parts("a;b=\";\"; c", b';', Quoted::String).collect();
        assert_eq!(by_semicolon, ["a", "b=\";\"", " c"]);
    }
}
