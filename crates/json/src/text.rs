//! The inside of a JSON string literal. Every wire format here is JSON, so a string is carried as it is
//! written, escapes and all, and only decoded where somebody looks into it.

use std::borrow::Cow;

/// A string as it stands between the quotes of a valid JSON literal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Text<'a> {
    literal: Cow<'a, str>,
}

// === impl Text ===

impl<'a> Text<'a> {
    /// From the inside of a literal that a scanner has validated.
    pub fn from_literal(literal: &'a str) -> Self {
        Self { literal: Cow::Borrowed(literal) }
    }

    /// From pieces of valid literals, joined.
    pub fn from_owned_literal(literal: String) -> Text<'static> {
        Text { literal: Cow::Owned(literal) }
    }

    /// From a string, escaping what must be.
    pub fn from_plain(plain: &str) -> Text<'static> {
        let mut literal = Vec::with_capacity(plain.len() + 8);
        super::write::push_escaped(&mut literal, plain);
        Text { literal: Cow::Owned(String::from_utf8(literal).unwrap_or_default()) }
    }

    /// As it is written, without the quotes.
    pub fn literal(&self) -> &str {
        &self.literal
    }

    /// Puts another behind it. Of many that are put behind one, each is copied once.
    pub fn append(&mut self, more: &Text<'_>) {
        self.literal.to_mut().push_str(&more.literal);
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.literal.is_empty()
    }

    /// Whether there is nothing but white space in it.
    pub fn is_blank(&self) -> bool {
        self.literal.trim().is_empty() || (self.escaped() && self.decode().trim().is_empty())
    }

    fn escaped(&self) -> bool {
        memchr::memchr(b'\\', self.literal.as_bytes()).is_some()
    }

    /// What it says. A lone surrogate, which JSON can write and Unicode cannot, becomes U+FFFD.
    pub fn decode(&self) -> Cow<'_, str> {
        if self.escaped() { Cow::Owned(unescape(&self.literal)) } else { Cow::Borrowed(&self.literal) }
    }

    /// Whether it says `plain`.
    pub fn is(&self, plain: &str) -> bool {
        let literal = self.literal.as_bytes();
        let same = literal.iter().zip(plain.as_bytes()).take_while(|&(a, b)| a == b && *a != b'\\').count();
        // Most names differ in their first byte.
        match literal.get(same) {
            None => same == plain.len(),
            Some(b'\\') => self.decode() == plain,
            Some(_) => false,
        }
    }

    /// What stands before and after the first `at`, which must not be written with escapes.
    pub fn split_once(&self, at: &str) -> Option<(Self, Self)> {
        match &self.literal {
            Cow::Borrowed(literal) => {
                let (head, tail) = literal.split_once(at)?;
                Some((Self::from_literal(head), Self::from_literal(tail)))
            }
            Cow::Owned(literal) => {
                let (head, tail) = literal.split_once(at)?;
                let owned = |part: &str| Self { literal: Cow::Owned(part.to_owned()) };
                Some((owned(head), owned(tail)))
            }
        }
    }

    /// The same string with lone surrogates replaced, since not every server takes them.
    pub fn sane(self) -> Self {
        if self.escaped() && has_lone_surrogate(&self.literal) {
            let plain = unescape(&self.literal);
            return Self::from_plain(&plain);
        }
        self
    }
}

fn hex4(digits: &str) -> Option<u32> {
    u32::from_str_radix(digits.get(..4)?, 16).ok()
}

/// Calls `each` with every piece: a run of text as it is, or one decoded character.
fn pieces(literal: &str, mut each: impl FnMut(Result<&str, Option<char>>)) {
    let mut rest = literal;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        let (plain, escape) = rest.split_at(at);
        each(Ok(plain));
        let mut after = escape.get(2..).unwrap_or_default();
        match escape.as_bytes().get(1) {
            Some(b'b') => each(Err(Some('\u{8}'))),
            Some(b'f') => each(Err(Some('\u{c}'))),
            Some(b'n') => each(Err(Some('\n'))),
            Some(b'r') => each(Err(Some('\r'))),
            Some(b't') => each(Err(Some('\t'))),
            Some(b'u') => {
                let (unit, used) = utf16(after);
                each(Err(unit));
                after = after.get(used..).unwrap_or_default();
            }
            Some(&other) => each(Err(Some(char::from(other)))),
            None => {}
        }
        rest = after;
    }
    each(Ok(rest));
}

/// The character that `\u` starts, `digits` standing after the `u`, and how much of it was used;
/// no character where a surrogate stands alone.
fn utf16(digits: &str) -> (Option<char>, usize) {
    let Some(first) = hex4(digits) else { return (None, digits.len()) };
    if !(0xD800..0xDC00).contains(&first) {
        return (char::from_u32(first), 4);
    }
    let second = digits.get(4..).and_then(|rest| rest.strip_prefix("\\u")).and_then(hex4);
    match second {
        Some(second @ 0xDC00..0xE000) => {
            (char::from_u32(0x1_0000 + ((first - 0xD800) << 10) + (second - 0xDC00)), 10)
        }
        _ => (None, 4),
    }
}

fn unescape(literal: &str) -> String {
    let mut plain = String::with_capacity(literal.len());
    pieces(literal, |piece| match piece {
        Ok(run) => plain.push_str(run),
        Err(character) => plain.push(character.unwrap_or(char::REPLACEMENT_CHARACTER)),
    });
    plain
}

fn has_lone_surrogate(literal: &str) -> bool {
    let mut lone = false;
    pieces(literal, |piece| lone |= piece == Err(None));
    lone
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(literal: &str, says: &str) {
        assert_eq!(Text::from_literal(literal).decode(), says);
        assert!(Text::from_literal(literal).is(says));
        assert_eq!(Text::from_plain(says).decode(), says);
    }

    #[test]
    fn says_what_the_escapes_mean() {
        check("", "");
        check("plain é", "plain é");
        check(r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t");
        check(r"\u0041\u00e9\ud83d\ude00!", "Aé😀!");
        check(r"a\ud800b\udc00c\ud800\ud800", "a\u{fffd}b\u{fffd}c\u{fffd}\u{fffd}");
    }

    #[test]
    fn is_nothing_else_than_it_says() {
        for (literal, other) in
            [("ab", "abc"), ("abc", "ab"), ("", "a"), ("a", ""), (r"a\u0062", "a"), (r"a\\", "a")]
        {
            assert!(!Text::from_literal(literal).is(other), "{literal} {other}");
        }
        assert!(!Text::from_literal(r"a\n").is(r"a\n"));
    }

    #[test]
    fn knows_white_space_however_it_is_written() {
        for blank in ["", "  ", r"\n", r" \u0020\t"] {
            assert!(Text::from_literal(blank).is_blank(), "{blank:?}");
        }
        assert!(!Text::from_literal(r"\n.").is_blank());
    }

    #[test]
    fn replaces_lone_surrogates_and_nothing_else() {
        assert_eq!(Text::from_literal(r"a\ud800").sane().literal(), "a\u{fffd}");
        assert_eq!(Text::from_literal(r"a\ud83d\ude00\n").sane().literal(), r"a\ud83d\ude00\n");
    }
}
