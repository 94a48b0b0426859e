//! Tokens (`XPath` 3.1 appendix A.2).

use std::borrow::Cow;

use rust_decimal::Decimal;

use crate::character::BLANKS;
use crate::error::{Error, Result};
use crate::number;
use crate::version::Version;

/// A token; names are the longest there can be.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'t> {
    /// `a`, or `p:a` with its prefix.
    Name(Option<&'t str>, &'t str),
    /// `Q{uri}a`; `*` for any name.
    Braced(&'t str, &'t str),
    /// `p:*`.
    AnyOf(&'t str),
    /// `*:a`.
    InAny(&'t str),
    Text(Cow<'t, str>),
    Integer(i128),
    Decimal(Decimal),
    Double(f64),
    Symbol(&'static str),
    End,
}

/// The symbols, those first that begin with another.
const SYMBOLS: [&str; 34] = [
    "...", "..", "::", ":=", ":", "//", "||", "!=", "<=", "<<", ">=", ">>", "=>", "(", ")", "[", "]", "{",
    "}", ",", ".", "/", "|", "!", "=", "<", ">", "+", "-", "*", "@", "$", "?", "#",
];

/// The tokens with their places; the last is the end.
pub(super) fn tokens(text: &str, version: Version) -> Result<Vec<(Token<'_>, usize)>> {
    let mut lexer = Lexer { text, at: 0, version };
    let mut tokens = Vec::new();
    loop {
        lexer.blank()?;
        let at = lexer.at;
        let token = lexer.next()?;
        let end = token == Token::End;
        tokens.push((token, at));
        if end {
            return Ok(tokens);
        }
    }
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    version: Version,
}

// === impl Token ===

impl Token<'_> {
    /// What it is, for people.
    pub(super) fn described(&self) -> String {
        match self {
            Self::Name(None, local) => format!("`{local}`"),
            Self::Name(Some(prefix), local) => format!("`{prefix}:{local}`"),
            Self::Braced(uri, local) => format!("`Q{{{uri}}}{local}`"),
            Self::AnyOf(prefix) => format!("`{prefix}:*`"),
            Self::InAny(local) => format!("`*:{local}`"),
            Self::Text(text) => format!("the text '{text}'"),
            Self::Integer(_) | Self::Decimal(_) | Self::Double(_) => "a number".to_owned(),
            Self::Symbol(symbol) => format!("`{symbol}`"),
            Self::End => "the end".to_owned(),
        }
    }
}

// === impl Lexer ===

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn take(&mut self, bytes: usize) -> &'t str {
        let taken = self.rest().get(..bytes).unwrap_or_default();
        self.at += taken.len();
        taken
    }

    /// White space, and comments (`(: … :)`), which may stand within each other.
    fn blank(&mut self) -> Result<()> {
        loop {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start_matches(BLANKS).len();
            if self.version == Version::V10 || !self.rest().starts_with("(:") {
                return Ok(());
            }
            let (begin, mut depth) = (self.at, 0_usize);
            loop {
                let rest = self.rest();
                if rest.starts_with("(:") {
                    depth += 1;
                    self.at += 2;
                } else if rest.starts_with(":)") {
                    depth -= 1;
                    self.at += 2;
                } else if let Some(character) = rest.chars().next() {
                    self.at += character.len_utf8();
                } else {
                    return Err(Error::syntax(format_args!(
                        "the comment at {} has no end",
                        self.place(begin)
                    )));
                }
                if depth == 0 {
                    break;
                }
            }
        }
    }

    fn next(&mut self) -> Result<Token<'t>> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok(Token::End) };
        let digit = |at: usize| rest.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
        match first {
            '\'' | '"' => self.text(first),
            '0'..='9' => self.number(),
            '.' if digit(1) => self.number(),
            'Q' if rest.starts_with("Q{") && self.version >= Version::V30 => self.braced(),
            '*' if rest.get(1..).is_some_and(|rest| rest.starts_with(':') && begins_name(rest.get(1..))) => {
                self.at += 2;
                Ok(Token::InAny(self.name()))
            }
            _ if starts_name(first) => Ok(self.qname()),
            _ => {
                let symbol = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol));
                let Some(symbol) = symbol else {
                    let place = self.place(self.at);
                    return Err(Error::syntax(format_args!("`{first}` at {place} stands for nothing")));
                };
                self.at += symbol.len();
                Ok(Token::Symbol(symbol))
            }
        }
    }

    fn name(&mut self) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|character| !continues_name(character)).unwrap_or(rest.len());
        self.take(end)
    }

    fn qname(&mut self) -> Token<'t> {
        let first = self.name();
        let Some(after) = self.rest().strip_prefix(':') else { return Token::Name(None, first) };
        if after.starts_with('*') {
            self.at += 2;
            Token::AnyOf(first)
        } else if begins_name(Some(after)) {
            self.at += 1;
            Token::Name(Some(first), self.name())
        } else {
            Token::Name(None, first)
        }
    }

    fn braced(&mut self) -> Result<Token<'t>> {
        let begin = self.at;
        self.at += 2;
        let end = self.rest().find(['}', '{']).filter(|end| self.rest().as_bytes().get(*end) == Some(&b'}'));
        let Some(end) = end else {
            return Err(Error::syntax(format_args!("`Q{{` at {} has no `}}`", self.place(begin))));
        };
        let uri = self.take(end).trim();
        self.at += 1;
        if self.rest().starts_with('*') {
            return Ok(Token::Braced(uri, self.take(1)));
        }
        if !begins_name(Some(self.rest())) {
            return Err(Error::syntax(format_args!(
                "a name must follow `Q{{{uri}}}` at {}",
                self.place(begin)
            )));
        }
        Ok(Token::Braced(uri, self.name()))
    }

    /// A text between quotes; twice a quote is one of it (not in `XPath` 1.0).
    fn text(&mut self, quote: char) -> Result<Token<'t>> {
        let begin = self.at;
        self.at += 1;
        let mut text = Cow::Borrowed("");
        loop {
            let Some(end) = self.rest().find(quote) else {
                return Err(Error::syntax(format_args!("the text at {} has no end", self.place(begin))));
            };
            let part = self.take(end);
            self.at += 1;
            if text.is_empty() {
                text = Cow::Borrowed(part);
            } else {
                text.to_mut().push_str(part);
            }
            if self.version == Version::V10 || !self.rest().starts_with(quote) {
                return Ok(Token::Text(text));
            }
            self.at += 1;
            text.to_mut().push(quote);
        }
    }

    fn number(&mut self) -> Result<Token<'t>> {
        let begin = self.at;
        let digits = |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let mut end = digits(self.rest());
        let part = |from: usize| self.rest().get(from..).unwrap_or_default();
        let point = part(end).starts_with('.') && !part(end).starts_with("..");
        if point {
            end += 1 + digits(part(end + 1));
        }
        let mut exponent = false;
        if self.version > Version::V10 && part(end).starts_with(['e', 'E']) {
            let sign = usize::from(part(end + 1).starts_with(['+', '-']));
            let many = digits(part(end + 1 + sign));
            exponent = many > 0;
            end += if exponent { 1 + sign + many } else { 0 };
        }
        let text = self.take(end);
        if self.version > Version::V10 && begins_name(Some(self.rest())) {
            let place = self.place(begin);
            return Err(Error::syntax(format_args!(
                "white space must follow the number `{text}` at {place}"
            )));
        }
        let large = || {
            Error::new("FOAR0002", format_args!("the number `{text}` at {} is too large", self.place(begin)))
        };
        if exponent || self.version == Version::V10 {
            return text.parse().map(Token::Double).map_err(|_| large());
        }
        if point {
            return number::decimal(text).map(Token::Decimal).ok_or_else(large);
        }
        number::integer(text).map(Token::Integer).ok_or_else(large)
    }

    fn place(&self, at: usize) -> usize {
        self.text.get(..at).map_or(0, |before| before.chars().count()) + 1
    }
}

fn begins_name(text: Option<&str>) -> bool {
    text.and_then(|text| text.chars().next()).is_some_and(starts_name)
}

/// Namespaces in XML 1.0 §3, `NCNameStartChar`.
pub(crate) fn starts_name(character: char) -> bool {
    matches!(character, 'A'..='Z' | '_' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
        | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}' | '\u{200D}' | '\u{2070}'..='\u{218F}'
        | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
        | '\u{10000}'..='\u{EFFFF}')
}

/// Namespaces in XML 1.0 §3, `NCNameChar`.
pub(crate) fn continues_name(character: char) -> bool {
    starts_name(character)
        || matches!(character, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}' | '\u{2040}')
}
