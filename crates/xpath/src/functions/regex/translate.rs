//! Regular expressions of `XPath` in the syntax of the crate `regex`: the grammar of XML Schema 1.1 part 2 appendix G with the
//! additions of Functions and Operators 3.1 §5.6.1. What is written is case-sensitive and has no flags: they are worked in.

mod class;

use super::case;
use crate::error::{Error, Result};

/// So deep may groups and classes stand within each other.
const DEEPEST: usize = 60;

/// How a pattern is read and matched (Functions and Operators 3.1 §5.6.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(super) struct Flags {
    /// `s`: `.` is any character.
    pub(super) dot_all: bool,
    /// `m`: `^` and `$` hold at lines.
    pub(super) multiline: bool,
    /// `i`.
    pub(super) caseless: bool,
    /// `x`: blanks in the pattern are left out.
    pub(super) spaced: bool,
    /// `q`: all characters stand for themselves.
    pub(super) literal: bool,
}

/// A pattern that was read.
#[derive(Debug)]
pub(super) struct Translated {
    /// In the syntax of the crate.
    pub(super) text: String,
    /// The group that each group stands in; the first is the whole of it.
    pub(super) groups: Vec<usize>,
    /// About so many states its automaton has.
    pub(super) size: usize,
    /// Whether a search may look far beyond what it finds: something follows what is repeated without an end, which may
    /// be found or not.
    pub(super) lingers: bool,
    /// Whether a `^` is in it.
    pub(super) start: bool,
}

/// A part that was read.
#[derive(Clone, Copy, Default)]
struct Part {
    /// About so many states it has.
    size: usize,
    /// Whether something in it is repeated without an end.
    endless: bool,
}

/// What reads a pattern.
struct Translator<'a> {
    pattern: Vec<char>,
    next: usize,
    flags: Flags,
    /// What `^` is written as.
    begin: &'a str,
    /// The groups around what is read, the innermost last.
    open: Vec<usize>,
    depth: usize,
    made: Translated,
}

// === impl Flags ===

impl Flags {
    /// Reads flags; `FORX0001` for what is none.
    pub(super) fn parse(text: &str) -> Result<Self> {
        let mut flags = Self::default();
        for flag in text.chars() {
            match flag {
                's' => flags.dot_all = true,
                'm' => flags.multiline = true,
                'i' => flags.caseless = true,
                'x' => flags.spaced = true,
                'q' => flags.literal = true,
                _ => {
                    return Err(Error::new(
                        "FORX0001",
                        format_args!("`{flag}` is no flag of a regular expression"),
                    ));
                }
            }
        }
        Ok(flags)
    }
}

/// Reads a pattern; `FORX0002` where it is none. A `^` is written as given.
pub(super) fn translate(pattern: &str, flags: Flags, begin: &str) -> Result<Translated> {
    let spaced = flags.spaced && !flags.literal;
    let pattern = if spaced { without_blanks(pattern) } else { pattern.chars().collect() };
    let made = Translated { text: String::new(), groups: vec![0], size: 0, lingers: false, start: false };
    let mut translator = Translator { pattern, next: 0, flags, begin, open: vec![0], depth: 0, made };
    if flags.literal {
        while let Some(character) = translator.take() {
            translator.literal(character);
            translator.made.size += 1;
        }
        return Ok(translator.made);
    }
    translator.made.size = translator.alternatives()?.size;
    match translator.peek() {
        None => Ok(translator.made),
        Some(_) => Err(wrong("a `)` closes nothing")),
    }
}

fn wrong(text: impl std::fmt::Display) -> Error {
    Error::new("FORX0002", format_args!("the regular expression is none: {text}"))
}

/// A pattern without its blanks, but for those in classes.
fn without_blanks(pattern: &str) -> Vec<char> {
    let (mut kept, mut escaped, mut depth) = (Vec::new(), false, 0_usize);
    for character in pattern.chars() {
        if depth == 0 && crate::character::is_blank(character) {
            continue;
        }
        match character {
            _ if escaped => {}
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        escaped = character == '\\' && !escaped;
        kept.push(character);
    }
    kept
}

/// Writes a character that stands for itself, in a class and out of one.
fn write(character: char, to: &mut String) {
    if character.is_ascii_alphanumeric() {
        to.push(character);
    } else {
        to.extend(character.escape_unicode());
    }
}

// === impl Part ===

impl Part {
    fn sized(size: usize) -> Self {
        Self { size, endless: false }
    }
}

// === impl Translator ===

impl Translator<'_> {
    fn peek(&self) -> Option<char> {
        self.ahead(0)
    }

    fn ahead(&self, by: usize) -> Option<char> {
        self.pattern.get(self.next + by).copied()
    }

    fn take(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.next += 1;
        Some(character)
    }

    fn eat(&mut self, character: char) -> bool {
        let there = self.peek() == Some(character);
        self.next += usize::from(there);
        there
    }

    fn write(&mut self, text: &str) {
        self.made.text.push_str(text);
    }

    fn deeper(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Error::limit(format_args!("a regular expression is more than {DEEPEST} deep")));
        }
        Ok(())
    }

    /// A character that stands for itself, and its variants.
    fn literal(&mut self, character: char) {
        let text = &mut self.made.text;
        let mut variants = self
            .flags
            .caseless
            .then(|| case::variants(character, character))
            .into_iter()
            .flatten()
            .peekable();
        if variants.peek().is_none() {
            return write(character, text);
        }
        text.push('[');
        write(character, text);
        variants.for_each(|one| write(one, text));
        text.push(']');
    }

    /// `a|b`.
    fn alternatives(&mut self) -> Result<Part> {
        let mut all = Part::default();
        loop {
            let mut endless = false;
            while !matches!(self.peek(), None | Some('|' | ')')) {
                self.made.lingers |= endless;
                let piece = self.piece()?;
                all.size = all.size.saturating_add(piece.size);
                endless = piece.endless;
            }
            all.endless |= endless;
            if !self.eat('|') {
                return Ok(all);
            }
            self.made.text.push('|');
        }
    }

    /// An atom with how often it stands.
    fn piece(&mut self) -> Result<Part> {
        let mut piece = self.atom()?;
        let most = match self.peek() {
            Some(sign @ ('?' | '*' | '+')) => {
                self.next += 1;
                self.made.text.push(sign);
                piece.size = piece.size.saturating_add(1);
                (sign == '?').then_some(1)
            }
            Some('{') => {
                self.next += 1;
                let (least, most) = self.quantity()?;
                let times = most.unwrap_or(least).max(1);
                piece.size = piece.size.saturating_mul(usize::try_from(times).unwrap_or(usize::MAX));
                most
            }
            _ => return Ok(piece),
        };
        if self.eat('?') {
            self.made.text.push('?');
        }
        self.made.lingers |= piece.endless && most.is_none_or(|most| most > 1);
        piece.endless |= most.is_none();
        Ok(piece)
    }

    /// `{2}`, `{2,}` or `{2,3}` after its brace: how often at least and at most.
    fn quantity(&mut self) -> Result<(u32, Option<u32>)> {
        let least = self.number()?;
        self.write(&format!("{{{least}"));
        let mut most = Some(least);
        if self.eat(',') {
            self.made.text.push(',');
            if self.peek() == Some('}') {
                most = None;
            } else {
                let number = self.number()?;
                self.write(&number.to_string());
                most = Some(number);
            }
        }
        if !self.eat('}') {
            return Err(wrong("a quantity has no `}`"));
        }
        if let Some(most) = most.filter(|most| *most < least) {
            return Err(wrong(format_args!("a quantity is from {least} to {most}")));
        }
        self.made.text.push('}');
        Ok((least, most))
    }

    fn number(&mut self) -> Result<u32> {
        let mut digits = String::new();
        while let Some(digit) = self.peek().filter(char::is_ascii_digit) {
            self.next += 1;
            digits.push(digit);
        }
        if digits.is_empty() {
            return Err(wrong("a quantity has no number"));
        }
        let number = digits.parse::<u32>();
        number.map_err(|_| Error::limit(format_args!("a regular expression repeats {digits} times")))
    }

    fn atom(&mut self) -> Result<Part> {
        let Some(character) = self.take() else {
            return Ok(Part::default());
        };
        match character {
            '(' => return self.group(),
            '[' => {
                let (class, size) = self.class()?;
                self.write(&class);
                return Ok(Part::sized(size));
            }
            '\\' => return self.escape(),
            '.' => {
                self.write(if self.flags.dot_all { "(?s:.)" } else { "[^\\n\\r]" });
                return Ok(Part::sized(4)); // a byte to four of UTF-8
            }
            '^' => {
                self.made.start = true;
                self.write(self.begin);
            }
            '$' => self.write(if self.flags.multiline { "(?m:$)" } else { "(?:\\z)" }),
            '?' | '*' | '+' | '{' => return Err(wrong(format_args!("`{character}` follows nothing"))),
            '}' | ']' => return Err(wrong(format_args!("a `{character}` closes nothing"))),
            other => self.literal(other),
        }
        Ok(Part::sized(1))
    }

    /// `(a)` or `(?:a)` after its parenthesis.
    fn group(&mut self) -> Result<Part> {
        self.deeper()?;
        let counted = !self.eat('?');
        if counted {
            self.made.text.push('(');
            let around = self.open.last().copied().unwrap_or_default();
            self.open.push(self.made.groups.len());
            self.made.groups.push(around);
        } else if self.eat(':') {
            self.write("(?:");
        } else {
            return Err(wrong("what follows `(?` is no `:`"));
        }
        let mut part = self.alternatives()?;
        if !self.eat(')') {
            return Err(wrong("a `(` is not closed"));
        }
        self.made.text.push(')');
        if counted {
            self.open.pop();
        }
        self.depth -= 1;
        part.size = part.size.saturating_add(1);
        Ok(part)
    }

    /// What follows a `\` outside of classes.
    fn escape(&mut self) -> Result<Part> {
        if let Some(digit) = self.peek().filter(char::is_ascii_digit) {
            let there =
                digit.to_digit(10).is_some_and(|one| one > 0 && (one as usize) < self.made.groups.len());
            let why =
                if there { "is not supported, as it takes too long" } else { "is to no group before it" };
            return Err(wrong(format_args!("the back-reference `\\{digit}` {why}")));
        }
        match self.escaped()? {
            class::Escaped::Character(character) => {
                self.literal(character);
                Ok(Part::sized(1))
            }
            class::Escaped::Class(class, size) => {
                self.write(&class);
                Ok(Part::sized(size))
            }
        }
    }
}
