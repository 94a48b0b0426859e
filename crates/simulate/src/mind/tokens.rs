//! The simulator's tokens: a token is up to eight characters of a word together with the white space before it.
//! All counts that a simulated vendor reports are by this rule, and streams are cut at these borders.

/// The longest token, in characters, white space before it not counted.
const LONGEST: usize = 8;

/// Cuts a text into tokens, without losing a byte.
pub(crate) fn pieces(text: &str) -> Vec<&str> {
    let mut out = Vec::with_capacity(text.len() / 6);
    let (mut start, mut letters) = (0, 0);
    for (at, character) in text.char_indices() {
        let space = character.is_whitespace();
        if (space && letters > 0) || letters == LONGEST {
            out.extend(text.get(start..at));
            (start, letters) = (at, 0);
        }
        letters += usize::from(!space);
    }
    out.extend(text.get(start..).filter(|rest| !rest.is_empty()));
    out
}

/// How many tokens a text has.
pub(crate) fn count(text: &str) -> u64 {
    let (mut tokens, mut letters, mut open) = (0, 0, false);
    for character in text.chars() {
        let space = character.is_whitespace();
        if (space && letters > 0) || letters == LONGEST {
            tokens += 1;
            letters = 0;
        }
        letters += usize::from(!space);
        open = true;
    }
    tokens + u64::from(open)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_and_the_count_agrees() {
        for (text, tokens) in [
            ("", 0),
            ("one two", 2),
            (" a\n\nb ", 3),
            ("considerable", 2),
            ("12345678", 1),
            ("123456789", 2),
            ("größe ✓✓ 日本語日本語日本語", 4),
        ] {
            assert_eq!(pieces(text).concat(), text);
            assert_eq!(pieces(text).len(), tokens, "{text}");
            assert_eq!(count(text), tokens as u64, "{text}");
        }
    }
}
