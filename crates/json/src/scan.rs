//! A strict RFC 8259 scanner over UTF-8 text. It validates everything it passes and copies nothing.

use std::fmt;
use std::ops::Range;

use super::Text;

/// How deep arrays and objects may nest.
pub(crate) const MAX_DEPTH: u16 = 128;

/// Where and why a text is not JSON that we accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// Byte offset of the mistake.
    pub at: usize,
    /// What is wrong.
    pub what: &'static str,
}

/// The kind of value that comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

/// Reads a JSON text from front to back. Entering a container is paired with calls of
/// [`Scanner::next_key`] or [`Scanner::next_item`] until they answer no.
#[derive(Clone, Debug)]
pub struct Scanner<'a> {
    text: &'a str,
    pos: usize,
    depth: u16,
    /// Whether the innermost container has given nothing yet.
    fresh: bool,
}

// === impl JsonError ===

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.what, self.at)
    }
}

impl std::error::Error for JsonError {}

// === impl Token ===

impl Token {
    /// The name with its article, as error messages say it.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}

// === impl Scanner ===

impl<'a> Scanner<'a> {
    /// Stands before the first byte.
    pub fn new(text: &'a str) -> Self {
        Self { text, pos: 0, depth: 0, fresh: true }
    }

    /// Offset of the next byte that was not read.
    pub fn pos(&self) -> usize {
        self.pos
    }

    /// The text between two offsets that this scanner gave.
    pub fn slice(&self, range: Range<usize>) -> &'a str {
        self.text.get(range).unwrap_or_default()
    }

    /// What was not read yet.
    pub fn rest(&self) -> &'a str {
        self.text.get(self.pos..).unwrap_or_default()
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.pos).copied()
    }

    /// The mistake that stands here.
    pub fn error<T>(&self, what: &'static str) -> Result<T, JsonError> {
        Err(JsonError { at: self.pos, what })
    }

    /// Passes white space.
    pub fn skip_space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.byte() {
            self.pos += 1;
        }
    }

    /// What comes next, after white space; reads no part of it.
    pub fn token(&mut self) -> Result<Token, JsonError> {
        self.skip_space();
        match self.byte() {
            Some(b'{') => Ok(Token::Object),
            Some(b'"') => Ok(Token::String),
            Some(b'[') => Ok(Token::Array),
            Some(b'-' | b'0'..=b'9') => Ok(Token::Number),
            Some(b't' | b'f') => Ok(Token::Bool),
            Some(b'n') => Ok(Token::Null),
            Some(_) => self.error("expected a value"),
            None => self.error("the text ends where a value should stand"),
        }
    }

    /// Steps into an object or array; the caller has seen [`Token::Object`] or [`Token::Array`].
    pub fn enter(&mut self) -> Result<(), JsonError> {
        if self.depth >= MAX_DEPTH {
            return self.error("nested too deeply");
        }
        self.pos += 1;
        self.depth += 1;
        self.fresh = true;
        Ok(())
    }

    fn leave(&mut self) {
        self.pos += 1;
        self.depth = self.depth.saturating_sub(1);
        self.fresh = false;
    }

    /// The next key of the object that was entered, its value standing next; `None` after its end.
    pub fn next_key(&mut self) -> Result<Option<Text<'a>>, JsonError> {
        self.skip_space();
        match self.byte() {
            Some(b'}') => {
                self.leave();
                return Ok(None);
            }
            Some(b',') if !self.fresh => {
                self.pos += 1;
                self.skip_space();
            }
            Some(_) if self.fresh => {}
            _ => return self.error("expected `,` or `}`"),
        }
        let key = self.string()?;
        self.skip_space();
        if self.byte() != Some(b':') {
            return self.error("expected `:`");
        }
        self.pos += 1;
        // What follows belongs to this member; the container has given something.
        self.fresh = false;
        Ok(Some(key))
    }

    /// Whether the array that was entered has another item, which then stands next.
    pub fn next_item(&mut self) -> Result<bool, JsonError> {
        self.skip_space();
        match self.byte() {
            Some(b']') => {
                self.leave();
                Ok(false)
            }
            Some(b',') if !self.fresh => {
                self.pos += 1;
                Ok(true)
            }
            Some(_) if self.fresh => {
                self.fresh = false;
                Ok(true)
            }
            _ => self.error("expected `,` or `]`"),
        }
    }

    /// Reads a string.
    pub fn string(&mut self) -> Result<Text<'a>, JsonError> {
        if self.byte() != Some(b'"') {
            return self.error("expected a string");
        }
        self.pos += 1;
        let start = self.pos;
        loop {
            self.pos += plain_run(self.text.as_bytes().get(self.pos..).unwrap_or_default());
            match self.byte() {
                Some(b'"') => {
                    let raw = self.slice(start..self.pos);
                    self.pos += 1;
                    return Ok(Text::from_literal(raw));
                }
                Some(b'\\') => self.escape()?,
                Some(_) => return self.error("control character in a string"),
                None => return self.error("the text ends within a string"),
            }
        }
    }

    fn escape(&mut self) -> Result<(), JsonError> {
        self.pos += 1;
        match self.byte() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.pos += 1,
            Some(b'u') => {
                let digits = self.text.as_bytes().get(self.pos + 1..self.pos + 5);
                if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
                    return self.error("wrong \\u escape in a string");
                }
                self.pos += 5;
            }
            _ => return self.error("wrong escape in a string"),
        }
        Ok(())
    }

    /// Reads a number, as it is written.
    pub fn number(&mut self) -> Result<&'a str, JsonError> {
        let start = self.pos;
        if self.byte() == Some(b'-') {
            self.pos += 1;
        }
        if self.byte() == Some(b'0') {
            self.pos += 1;
        } else {
            self.digits()?;
        }
        if self.byte() == Some(b'.') {
            self.pos += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.pos += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.pos += 1;
            }
            self.digits()?;
        }
        Ok(self.slice(start..self.pos))
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.pos;
        while let Some(b'0'..=b'9') = self.byte() {
            self.pos += 1;
        }
        if self.pos == start { self.error("expected a digit") } else { Ok(()) }
    }

    /// Reads `true` or `false`.
    pub fn bool(&mut self) -> Result<bool, JsonError> {
        if self.byte() == Some(b't') {
            self.word("true").map(|()| true)
        } else {
            self.word("false").map(|()| false)
        }
    }

    /// Reads `null`.
    pub fn null(&mut self) -> Result<(), JsonError> {
        self.word("null")
    }

    fn word(&mut self, word: &'static str) -> Result<(), JsonError> {
        let end = self.pos + word.len();
        if self.text.as_bytes().get(self.pos..end) != Some(word.as_bytes()) {
            return self.error("expected a value");
        }
        self.pos = end;
        Ok(())
    }

    /// Passes the value that stands next and gives the text it covers.
    pub fn skip(&mut self) -> Result<Range<usize>, JsonError> {
        let token = self.token()?;
        let start = self.pos;
        match token {
            Token::Null => self.null()?,
            Token::Bool => drop(self.bool()?),
            Token::Number => drop(self.number()?),
            Token::String => drop(self.string()?),
            Token::Array => {
                self.enter()?;
                while self.next_item()? {
                    self.skip()?;
                }
            }
            Token::Object => {
                self.enter()?;
                while self.next_key()?.is_some() {
                    self.skip()?;
                }
            }
        }
        Ok(start..self.pos)
    }

    /// Passes the value that stands next.
    pub fn pass(&mut self) -> Result<(), JsonError> {
        self.skip().map(|_| ())
    }

    /// Checks that nothing but white space is left.
    pub fn end(&mut self) -> Result<(), JsonError> {
        self.skip_space();
        if self.pos == self.text.len() { Ok(()) } else { self.error("text after the end of the value") }
    }
}

/// How many bytes from the front need no look within a string: neither quote, backslash nor control.
/// Eight at a time, since images arrive here as megabytes of base64.
fn plain_run(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let has_zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let mut run = 0;
    let (words, _) = bytes.as_chunks::<8>();
    for word in words {
        let word = u64::from_le_bytes(*word);
        let quote = has_zero(word ^ (ONES * u64::from(b'"')));
        let backslash = has_zero(word ^ (ONES * u64::from(b'\\')));
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
        let found = quote | backslash | control;
        if found != 0 {
            // The lowest hit is exact; higher ones may be borrowed from it.
            return run + (found.trailing_zeros() / 8) as usize;
        }
        run += 8;
    }
    let rest = bytes.get(run..).unwrap_or_default();
    run + rest.iter().position(|&byte| byte == b'"' || byte == b'\\' || byte < 0x20).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests;
