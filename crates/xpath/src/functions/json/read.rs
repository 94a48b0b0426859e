//! Reading JSON (RFC 8259). Extensions are not known: `liberal` changes nothing.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::Arc;

use super::escape;
use crate::atomic::Atomic;
use crate::error::{Error, Result};
use crate::eval::Eval;
use crate::item::{Item, one};

/// So deep may arrays and objects stand within each other.
const DEEPEST: usize = 64;

/// A JSON value.
#[derive(Debug)]
pub(super) enum Json<'a> {
    Null,
    Boolean(bool),
    /// As it is written.
    Number(&'a str),
    Text(Text),
    Array(Vec<Self>),
    Object(Vec<(Text, Self)>),
}

/// A string.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Text {
    pub(super) text: Arc<str>,
    /// Whether escape sequences are left in it.
    pub(super) escaped: bool,
}

/// How JSON is read.
pub(super) struct Options {
    pub(super) duplicates: Duplicates,
    /// Whether special characters become escape sequences.
    pub(super) escape: bool,
    /// What gives the text for characters that XML does not have.
    pub(super) fallback: Option<Item>,
}

/// What becomes of the members of an object with the same key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Duplicates {
    Reject,
    First,
    Last,
    Retain,
}

struct Reader<'a> {
    text: &'a str,
    /// The byte that is read next.
    at: usize,
    depth: usize,
    options: &'a Options,
    eval: &'a Eval<'a>,
}

/// Reads a text that is one JSON value; `FOJS0001` where it is none, `FOJS0003` where keys must not be the same but are.
pub(super) fn read<'a>(text: &'a str, options: &'a Options, eval: &'a Eval<'a>) -> Result<Json<'a>> {
    eval.charge_text(text.len())?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader { text, at: 0, depth: 0, options, eval };
    let value = reader.value()?;
    reader.blank();
    if reader.at < text.len() {
        return Err(reader.wrong("it goes on after its end"));
    }
    Ok(value)
}

// === impl Reader ===

impl<'a> Reader<'a> {
    fn wrong(&self, text: impl Display) -> Error {
        Error::new("FOJS0001", format_args!("no JSON at byte {}: {text}", self.at))
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blank(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Whether a byte comes next, after blanks; then it is passed.
    fn next(&mut self, byte: u8) -> bool {
        self.blank();
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn value(&mut self) -> Result<Json<'a>> {
        self.eval.charge(1)?;
        self.blank();
        match self.peek() {
            Some(b'{') => self.within(Self::object),
            Some(b'[') => self.within(Self::array),
            Some(b'"') => self.string().map(Json::Text),
            Some(b'-' | b'0'..=b'9') => self.number().map(Json::Number),
            _ => self.word(),
        }
    }

    /// What begins with a bracket, which is passed.
    fn within(&mut self, read: fn(&mut Self) -> Result<Json<'a>>) -> Result<Json<'a>> {
        if self.depth >= DEEPEST {
            return Err(Error::limit(format_args!("JSON stands more than {DEEPEST} deep")));
        }
        self.at += 1;
        self.depth += 1;
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn word(&mut self) -> Result<Json<'a>> {
        let words = [("null", Json::Null), ("true", Json::Boolean(true)), ("false", Json::Boolean(false))];
        for (word, value) in words {
            if self.rest().starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
        }
        Err(self.wrong("a value must stand here"))
    }

    fn array(&mut self) -> Result<Json<'a>> {
        let mut members = Vec::new();
        if self.next(b']') {
            return Ok(Json::Array(members));
        }
        loop {
            members.push(self.value()?);
            if self.next(b']') {
                return Ok(Json::Array(members));
            }
            if !self.next(b',') {
                return Err(self.wrong("`,` or `]` must stand here"));
            }
        }
    }

    fn object(&mut self) -> Result<Json<'a>> {
        let mut members: Vec<(Text, Json<'a>)> = Vec::new();
        let mut places: HashMap<Arc<str>, usize> = HashMap::new();
        if self.next(b'}') {
            return Ok(Json::Object(members));
        }
        loop {
            self.blank();
            if self.peek() != Some(b'"') {
                return Err(self.wrong("a key must stand here"));
            }
            let key = self.string()?;
            if !self.next(b':') {
                return Err(self.wrong("`:` must stand here"));
            }
            let value = self.value()?;
            let there = places.get(&key.text).and_then(|place| members.get_mut(*place));
            match (there, self.options.duplicates) {
                (Some(_), Duplicates::Reject) => {
                    return Err(Error::new("FOJS0003", format_args!("two keys are `{}`", key.text)));
                }
                (Some(_), Duplicates::First) => {}
                (Some(there), Duplicates::Last) => there.1 = value,
                _ => {
                    places.insert(Arc::clone(&key.text), members.len());
                    members.push((key, value));
                }
            }
            if self.next(b'}') {
                return Ok(Json::Object(members));
            }
            if !self.next(b',') {
                return Err(self.wrong("`,` or `}` must stand here"));
            }
        }
    }

    fn number(&mut self) -> Result<&'a str> {
        let start = self.at;
        self.at += usize::from(self.peek() == Some(b'-'));
        let zero = self.peek() == Some(b'0');
        if self.digits()? > 1 && zero {
            return Err(self.wrong("a number has zeros before it"));
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.peek(), Some(b'+' | b'-')));
            self.digits()?;
        }
        Ok(self.text.get(start..self.at).unwrap_or_default())
    }

    /// So many digits are passed, at least one.
    fn digits(&mut self) -> Result<usize> {
        let many = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        self.at += many;
        if many == 0 { Err(self.wrong("a digit must stand here")) } else { Ok(many) }
    }

    fn string(&mut self) -> Result<Text> {
        self.at += 1;
        let (mut text, mut escaped) = (String::new(), false);
        loop {
            let Some(one) = self.rest().chars().next() else {
                return Err(self.wrong("a string does not end"));
            };
            self.at += one.len_utf8();
            let code = match one {
                '"' => return Ok(Text::new(text, escaped)),
                '\0'..='\u{1f}' => return Err(self.wrong("a control character must be escaped")),
                '\\' => self.escaped()?,
                other => u32::from(other),
            };
            if self.options.escape {
                let start = text.len();
                escape::special(code, &mut text);
                escaped |= text.as_bytes().get(start) == Some(&b'\\');
            } else {
                match escape::xml(code) {
                    Some(one) => text.push(one),
                    None => self.fall_back(code, &mut text)?,
                }
            }
        }
    }

    /// The code point of an escape sequence after its backslash: that of a surrogate which has no other beside it.
    fn escaped(&mut self) -> Result<u32> {
        let wrong = "there is no such escape sequence";
        let (unit, length) = escape::sequence(self.rest()).ok_or_else(|| self.wrong(wrong))?;
        self.at += length;
        if let Some(after) = self.rest().strip_prefix('\\').filter(|_| (0xd800..0xdc00).contains(&unit)) {
            let second = escape::sequence(after);
            let pair = second.and_then(|(second, _)| char::decode_utf16([unit, second]).next()?.ok());
            if let (Some(pair), Some((_, length))) = (pair, second) {
                self.at += length + 1;
                return Ok(u32::from(pair));
            }
        }
        Ok(u32::from(unit))
    }

    /// Writes what stands for a code point which is no character of XML.
    fn fall_back(&self, code: u32, to: &mut String) -> Result<()> {
        let Some(function) = &self.options.fallback else {
            to.push('\u{fffd}');
            return Ok(());
        };
        let mut sequence = String::new();
        escape::special(code, &mut sequence);
        for item in self.eval.call(function, vec![one(Atomic::from(sequence))])? {
            let text = item.string(self.eval)?;
            self.eval.charge_text(text.len())?;
            to.push_str(&text);
        }
        Ok(())
    }
}
