//! The text in the arguments of a tool that takes text: `{"input":"..."}`, read as it comes.

use json::{Text, Value};

/// What stands before the text, white space aside.
const BEFORE: [&str; 4] = ["{", "\"input\"", ":", "\""];

/// Reads the text out of pieces of arguments.
#[derive(Debug, Default)]
pub(super) struct Input {
    /// How much of what stands before the text has come.
    seen: usize,
    /// Arguments that were not understood yet, as JSON.
    rest: String,
    /// What came of the arguments and cannot be decoded yet, as the literal of a string.
    torn: String,
    /// The text so far.
    given: String,
    /// Whether nothing more is read: the text has ended, or the arguments are of another shape.
    ended: bool,
}

// === impl Input ===

impl Input {
    /// Reads a piece of the arguments, the literal of a string; gives the text that it brings.
    pub(super) fn push(&mut self, literal: &str) -> String {
        if self.ended {
            return String::new();
        }
        self.torn.push_str(literal);
        let whole = self.torn.len() - torn_pair(&self.torn);
        let after = self.torn.split_off(whole);
        let decoded = std::mem::replace(&mut self.torn, after);
        self.rest.push_str(&Text::from_literal(&decoded).decode());
        while let Some(wanted) = BEFORE.get(self.seen) {
            let rest = self.rest.trim_start();
            if let Some(rest) = rest.strip_prefix(wanted) {
                self.rest = rest.to_owned();
                self.seen += 1;
            } else {
                self.ended = !wanted.starts_with(rest);
                return String::new();
            }
        }
        self.text()
    }

    /// Takes what is whole of the text.
    fn text(&mut self) -> String {
        let end = text_end(&self.rest);
        self.ended = self.rest.get(end..).is_some_and(|rest| rest.starts_with('"'));
        let after = self.rest.split_off(end);
        let literal = std::mem::replace(&mut self.rest, after);
        let piece = Text::from_literal(&literal).decode().into_owned();
        self.given.push_str(&piece);
        piece
    }

    /// The arguments are whole, here as the literal of a string: what was not given yet, and the whole text.
    /// Arguments of another shape are the text themselves.
    pub(super) fn end(self, literal: &str) -> (String, String) {
        let arguments = Text::from_literal(literal).decode().into_owned();
        let text = Value::parse(&arguments)
            .ok()
            .and_then(|value| value.get("input").as_text().map(|text| text.decode().into_owned()));
        let whole = text.unwrap_or(arguments);
        match whole.strip_prefix(&self.given) {
            Some(rest) => (rest.to_owned(), whole),
            // What was given cannot be taken back.
            None => (String::new(), self.given),
        }
    }
}

/// How much at the end of a literal is half of a pair of surrogates.
fn torn_pair(literal: &str) -> usize {
    let last = literal.len().saturating_sub(6);
    let Some(end) = literal.get(last..) else { return 0 };
    let high = end.strip_prefix("\\u").and_then(|digits| u32::from_str_radix(digits, 16).ok());
    // A backslash before it would make it no escape.
    let slashes = literal.get(..last).map_or(0, |before| before.len() - before.trim_end_matches('\\').len());
    if high.is_some_and(|high| (0xD800..0xDC00).contains(&high)) && slashes % 2 == 0 { end.len() } else { 0 }
}

/// Where the text that begins here ends, or what is whole of it: before its quote, or before an escape that is cut.
fn text_end(json: &str) -> usize {
    let bytes = json.as_bytes();
    let mut at = 0;
    loop {
        match bytes.get(at) {
            None => return at - torn_pair(json.get(..at).unwrap_or_default()),
            Some(b'"') => return at,
            Some(b'\\') => {
                let length = if bytes.get(at + 1) == Some(&b'u') { 6 } else { 2 };
                if at + length > bytes.len() {
                    return at - torn_pair(json.get(..at).unwrap_or_default());
                }
                at += length;
            }
            Some(_) => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends arguments through in pieces of `size` characters.
    fn through(arguments: &str, size: usize) -> (String, String) {
        let literal = Text::from_plain(arguments);
        let mut input = Input::default();
        let mut given = String::new();
        let mut pieces: Vec<String> = Vec::new();
        let mut escape = 0_usize;
        for character in literal.literal().chars() {
            match pieces.last_mut() {
                Some(last) if escape > 0 || last.chars().count() < size => last.push(character),
                _ => pieces.push(character.to_string()),
            }
            // An escape of the literal is never cut by a scanner.
            escape = if escape > 0 { escape - 1 } else { usize::from(character == '\\') };
        }
        for piece in &pieces {
            given.push_str(&input.push(piece));
        }
        let (rest, whole) = input.end(literal.literal());
        given.push_str(&rest);
        (given, whole)
    }

    #[test]
    fn text_comes_whole_however_it_is_cut() {
        for (arguments, text) in [
            (r#"{"input":"a\"b\\c\n\u00e9\ud83d\ude00 done"}"#, "a\"b\\c\n\u{e9}\u{1f600} done"),
            (r#" { "input" : "x" } "#, "x"),
            (r#"{"input":""}"#, ""),
            (r#"{"other":1,"input":"y"}"#, "y"),
            (r#"{"input":5}"#, r#"{"input":5}"#),
            ("plain text", "plain text"),
            ("", ""),
        ] {
            for size in 1..12 {
                assert_eq!(
                    through(arguments, size),
                    (text.to_owned(), text.to_owned()),
                    "{arguments} by {size}"
                );
            }
        }
    }

    #[test]
    fn a_pair_that_the_provider_tore_is_one_character() {
        let mut input = Input::default();
        let pieces = [r#"{\"input\":\"a"#, r"\ud83d", r"\ude00b", r#"\"}"#];
        let given: Vec<_> = pieces.iter().map(|piece| input.push(piece)).collect();
        assert_eq!(given, ["a", "", "\u{1f600}b", ""]);
        assert_eq!(input.end(&pieces.concat()), (String::new(), "a\u{1f600}b".to_owned()));
    }
}
