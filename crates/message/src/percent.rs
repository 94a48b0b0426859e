//! Percent escapes undone (RFC 3986 §2.1), and nothing of what they may stand for.

/// What a plus sign is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plus {
    /// Itself, as in paths.
    Itself,
    /// A space, as in `application/x-www-form-urlencoded`.
    Space,
}

/// Text with its escapes undone. One that is none stays as it is, and what is no UTF-8 is replaced (WHATWG URL §1.3, §5.1).
pub fn decoded(text: &str, plus: Plus) -> String {
    let bytes: Vec<u8> = pieces(text, plus).map(|piece| piece.unwrap_or(b'%')).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The same where the text must be UTF-8: `None` where it is not.
pub fn as_text(text: &str, plus: Plus) -> Option<String> {
    String::from_utf8(pieces(text, plus).map(|piece| piece.unwrap_or(b'%')).collect()).ok()
}

/// The same where all must be well: `None` where an escape is none, or the text no UTF-8.
pub fn strictly_decoded(text: &str, plus: Plus) -> Option<String> {
    String::from_utf8(pieces(text, plus).collect::<Option<_>>()?).ok()
}

/// Byte by byte; `None` stands for a percent sign that begins no escape.
fn pieces(text: &str, plus: Plus) -> impl Iterator<Item = Option<u8>> + '_ {
    let mut rest = text.as_bytes();
    std::iter::from_fn(move || {
        let (first, behind) = rest.split_first()?;
        rest = behind;
        Some(match (first, behind) {
            (b'%', [high, low, after @ ..]) => match digit(*high).zip(digit(*low)) {
                Some((high, low)) => {
                    rest = after;
                    Some(high << 4 | low)
                }
                None => None,
            },
            (b'%', _) => None,
            (b'+', _) if plus == Plus::Space => Some(b' '),
            (other, _) => Some(*other),
        })
    })
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_and_what_is_none_stays() {
        for (text, loose, strict) in [
            ("a%2Fb+c", "a/b c", Some("a/b c")),
            ("%c3%a9", "é", Some("é")),
            ("%ff", "\u{fffd}", None),
            ("%zz%", "%zz%", None),
            ("%+1%2", "% 1%2", None),
            ("100%", "100%", None),
            ("%25%32%35", "%25", Some("%25")),
            ("", "", Some("")),
        ] {
            assert_eq!(decoded(text, Plus::Space), loose, "{text}");
            assert_eq!(strictly_decoded(text, Plus::Space).as_deref(), strict, "{text}");
        }
        assert_eq!(decoded("a+b", Plus::Itself), "a+b");
    }
}
