//! The tokens of a query (October 2021, §2.1), counted before anything is parsed, and the text that has no more than them.

use async_graphql_parser::Pos;

use crate::guard::Limits;
use crate::{Error, Location};

/// So deep may brackets be nested, whatever a limit says: parsers go down with them.
pub(crate) const NESTING: usize = 100;

/// What is known of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scan {
    /// The tokens, with no more between them than keeps them apart.
    pub(crate) normal: String,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    Open,
    Close,
    Other,
    Word,
    Number,
    Text,
}

/// Reads a text token by token.
pub(crate) struct Scanner<'t> {
    text: &'t str,
    at: usize,
    place: Pos,
}

/// Reads the tokens of a text, no more than are allowed.
pub(crate) fn scan(text: &str, limits: &Limits) -> Result<Scan, Error> {
    if text.len() > limits.length {
        return Err(Limits::exceeded("length", (text.len(), limits.length), Pos { line: 1, column: 1 }));
    }
    let mut scanner = Scanner::new(text);
    let mut normal = String::with_capacity(text.len());
    let (mut count, mut nesting) = (0_usize, 0_usize);
    let mut before = Token::Other;
    while let Some((token, place, written)) = scanner.next()? {
        count += 1;
        if count > limits.tokens {
            return Err(Limits::exceeded("tokens", (count, limits.tokens), place));
        }
        nesting = match token {
            Token::Open => nesting + 1,
            Token::Close => nesting.saturating_sub(1),
            _ => nesting,
        };
        if nesting > NESTING {
            return Err(Limits::exceeded("nesting", (nesting, NESTING), place));
        }
        let joins = |token| matches!(token, Token::Word | Token::Number | Token::Text);
        if joins(before) && (joins(token) || (before == Token::Number && written == "...")) {
            normal.push(' ');
        }
        normal.push_str(written);
        before = token;
    }
    Ok(Scan { normal })
}

// === impl Scanner ===

impl<'t> Scanner<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self { text, at: 0, place: Pos { line: 1, column: 1 } }
    }

    /// Where the next token begins, or something before it.
    pub(crate) fn place(&self) -> Pos {
        self.place
    }

    /// The next token, where it stands, and its text.
    pub(crate) fn next(&mut self) -> Result<Option<(Token, Pos, &'t str)>, Error> {
        self.skip_ignored();
        let (start, place) = (self.at, self.place);
        let Some(first) = self.peek() else { return Ok(None) };
        let token = match first {
            '{' | '[' | '(' => self.one(Token::Open),
            '}' | ']' | ')' => self.one(Token::Close),
            '!' | '$' | '&' | ':' | '=' | '@' | '|' => self.one(Token::Other),
            '.' if self.rest().starts_with("...") => {
                (0..3).for_each(|_| self.step());
                Token::Other
            }
            '"' => self.string(place)?,
            '-' | '0'..='9' => self.number(place)?,
            'a'..='z' | 'A'..='Z' | '_' => self.run(Token::Word, |c| c.is_ascii_alphanumeric() || c == '_'),
            other => return Err(unreadable(&format!("{other:?} begins no token"), place)),
        };
        Ok(Some((token, place, self.text.get(start..self.at).unwrap_or_default())))
    }

    fn skip_ignored(&mut self) {
        let mut comment = false;
        while let Some(next) = self.peek() {
            match next {
                '\n' | '\r' => comment = false,
                _ if comment => {}
                '#' => comment = true,
                ' ' | '\t' | ',' | '\u{feff}' => {}
                _ => return,
            }
            self.step();
        }
    }

    fn one(&mut self, token: Token) -> Token {
        self.step();
        token
    }

    fn run(&mut self, token: Token, belongs: impl Fn(char) -> bool) -> Token {
        while self.peek().is_some_and(&belongs) {
            self.step();
        }
        token
    }

    /// A number (§2.9.1, §2.9.2), behind which no letter, digit or point stands.
    fn number(&mut self, place: Pos) -> Result<Token, Error> {
        let start = self.at;
        if self.peek() == Some('-') {
            self.step();
        }
        let mut good = self.digits();
        let whole = self.text.get(start..self.at).unwrap_or_default().trim_start_matches('-');
        good &= whole.len() == 1 || !whole.starts_with('0');
        if self.peek() == Some('.') && !self.rest().starts_with("..") {
            self.step();
            good &= self.digits();
        }
        if matches!(self.peek(), Some('e' | 'E')) {
            self.step();
            if matches!(self.peek(), Some('+' | '-')) {
                self.step();
            }
            good &= self.digits();
        }
        let tail = self.at;
        self.run(Token::Number, |c| c.is_ascii_alphanumeric() || c == '_');
        if good && tail == self.at && (self.peek() != Some('.') || self.rest().starts_with("...")) {
            return Ok(Token::Number);
        }
        let written = self.text.get(start..self.at).unwrap_or_default();
        Err(unreadable(&format!("`{written}` is no number"), place))
    }

    /// Digits, whether there are any.
    fn digits(&mut self) -> bool {
        let start = self.at;
        self.run(Token::Number, |c| c.is_ascii_digit());
        self.at > start
    }

    fn string(&mut self, place: Pos) -> Result<Token, Error> {
        let block = self.rest().starts_with("\"\"\"");
        let end = if block { "\"\"\"" } else { "\"" };
        (0..end.len()).for_each(|_| self.step());
        loop {
            if self.rest().starts_with(end) {
                (0..end.len()).for_each(|_| self.step());
                return Ok(Token::Text);
            }
            match self.peek() {
                None => return Err(unreadable("a string does not end", place)),
                Some('\n' | '\r') if !block => {
                    return Err(unreadable("a string does not end in its line", place));
                }
                Some('\\') if !block => {
                    self.step();
                    self.step();
                }
                Some('\\') if self.rest().starts_with("\\\"\"\"") => (0..4).for_each(|_| self.step()),
                Some(_) => self.step(),
            }
        }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn step(&mut self) {
        let Some(next) = self.peek() else { return };
        self.at += next.len_utf8();
        if next == '\n' || (next == '\r' && self.peek() != Some('\n')) {
            self.place = Pos { line: self.place.line + 1, column: 1 };
        } else {
            self.place.column += 1;
        }
    }
}

/// A text that cannot be read.
pub(crate) fn unreadable(what: &str, place: Pos) -> Error {
    let error = Error::new(format!("the query cannot be parsed: {what}"));
    error.coded("GRAPHQL_PARSE_FAILED").at(Location::from(place))
}
