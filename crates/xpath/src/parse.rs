//! Reading expressions (`XPath` 3.1 appendix A.1): what a version does not have is refused by name.

mod infix;
pub(crate) mod lex;
mod names;
mod path;
mod primary;
mod types;

use std::sync::Arc;

use crate::ast::{Combination, Expr};
use crate::error::{Error, Result};
use crate::version::Version;
use infix::Infix;
use lex::Token;
pub(crate) use names::{builtin, lookup, namespace_of, prefix_of};

/// So many bytes may an expression have.
const LONGEST: usize = 16 << 10;

/// So deep may brackets stand within each other.
const DEEPEST: usize = 32;

/// So many operators, steps or predicates may follow each other.
const CHAIN: usize = 200;

/// Reads an expression.
pub(crate) fn parse(text: &str, version: Version) -> Result<Expr> {
    if text.len() > LONGEST {
        return Err(Error::limit(format_args!("an expression has at most {LONGEST} bytes")));
    }
    let tokens = lex::tokens(text, version)?;
    let mut parser = Parser { text, tokens, at: 0, version, depth: 0, variables: Vec::new() };
    let expression = parser.expression()?;
    match parser.peek() {
        Token::End => Ok(expression),
        token => {
            Err(parser.unexpected(&format!("an operator or the end must stand, not {}", token.described())))
        }
    }
}

/// Counts what follows each other.
fn one_more(many: &mut usize) -> Result<()> {
    *many += 1;
    if *many <= CHAIN {
        return Ok(());
    }
    Err(Error::limit(format_args!("more than {CHAIN} operators, steps or predicates follow each other")))
}

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<(Token<'t>, usize)>,
    at: usize,
    version: Version,
    depth: usize,
    /// Those that can be seen, the nearest last.
    variables: Vec<Arc<str>>,
}

// === impl Parser ===

impl<'t> Parser<'t> {
    fn peek(&self) -> &Token<'t> {
        self.ahead(0)
    }

    fn ahead(&self, by: usize) -> &Token<'t> {
        self.tokens.get(self.at + by).map_or(&Token::End, |(token, _)| token)
    }

    fn next(&mut self) -> Token<'t> {
        let token = self.peek().clone();
        self.at = (self.at + 1).min(self.tokens.len());
        token
    }

    fn is(&self, symbol: &str) -> bool {
        self.is_ahead(0, symbol)
    }

    fn is_ahead(&self, by: usize, symbol: &str) -> bool {
        matches!(self.ahead(by), Token::Symbol(own) if *own == symbol)
    }

    fn is_word(&self, by: usize, word: &str) -> bool {
        matches!(self.ahead(by), Token::Name(None, own) if *own == word)
    }

    fn takes(&mut self, symbol: &str) -> bool {
        let is = self.is(symbol);
        self.at += usize::from(is);
        is
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let is = self.is_word(0, word);
        self.at += usize::from(is);
        is
    }

    fn expect(&mut self, symbol: &str) -> Result<()> {
        if self.takes(symbol) {
            return Ok(());
        }
        Err(self.unexpected(&format!("`{symbol}` must stand, not {}", self.peek().described())))
    }

    fn expect_word(&mut self, word: &str) -> Result<()> {
        if self.takes_word(word) {
            return Ok(());
        }
        Err(self.unexpected(&format!("`{word}` must stand, not {}", self.peek().described())))
    }

    /// Where the next token stands, in characters from 1.
    fn place(&self) -> usize {
        let at = self.tokens.get(self.at).map_or(self.text.len(), |(_, at)| *at);
        self.text.get(..at).map_or(0, |before| before.chars().count()) + 1
    }

    fn unexpected(&self, what: &str) -> Error {
        Error::syntax(format_args!("at {} {what}", self.place()))
    }

    /// Refuses what came with a later version.
    fn since(&self, version: Version, what: &str) -> Result<()> {
        if self.version >= version {
            return Ok(());
        }
        let (own, later) = (self.version.name(), version.name());
        Err(self.unexpected(&format!("{what} is of XPath {later}, and this is XPath {own}")))
    }

    /// Reads what stands within something else.
    fn within<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth == DEEPEST {
            return Err(Error::limit(format_args!("expressions stand more than {DEEPEST} deep")));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// `a, b`.
    fn expression(&mut self) -> Result<Expr> {
        self.within(|parser| {
            let first = parser.single()?;
            if !parser.is(",") {
                return Ok(first);
            }
            parser.since(Version::V20, "`,`")?;
            let mut all = vec![first];
            while parser.takes(",") {
                all.push(parser.single()?);
            }
            Ok(Expr::Sequence(all))
        })
    }

    /// An expression without a `,` at its top.
    fn single(&mut self) -> Result<Expr> {
        let variable = self.is_ahead(1, "$");
        match self.peek() {
            Token::Name(None, "for") if variable => self.within(|parser| parser.binding("for")),
            Token::Name(None, "let") if variable => self.within(|parser| parser.binding("let")),
            Token::Name(None, "some") if variable => self.within(|parser| parser.binding("some")),
            Token::Name(None, "every") if variable => self.within(|parser| parser.binding("every")),
            Token::Name(None, "if") if self.is_ahead(1, "(") => self.within(Self::condition),
            _ => self.binary(0),
        }
    }

    /// `for $a in b, $c in d return e`, and what is written like it.
    fn binding(&mut self, word: &'static str) -> Result<Expr> {
        let (since, between, before) = match word {
            "let" => (Version::V30, ":=", "return"),
            "for" => (Version::V20, "in", "return"),
            _ => (Version::V20, "in", "satisfies"),
        };
        self.since(since, &format!("`{word}`"))?;
        self.at += 1;
        let mut bound = Vec::new();
        loop {
            let name = self.variable()?;
            if word == "let" && self.is_word(0, "as") {
                return Err(self.unexpected("`:=` must stand: a type can stand for parameters alone"));
            }
            if between == "in" {
                self.expect_word("in")?;
            } else {
                self.expect(":=")?;
            }
            let value = self.single()?;
            self.variables.push(Arc::clone(&name));
            bound.push((name, value));
            if bound.len() > DEEPEST {
                return Err(Error::limit(format_args!("`{word}` has more than {DEEPEST} variables")));
            }
            if !self.takes(",") {
                break;
            }
        }
        self.expect_word(before)?;
        let mut expression = self.single()?;
        self.variables.truncate(self.variables.len() - bound.len());
        while let Some((name, value)) = bound.pop() {
            let both = Box::new([value, expression]);
            expression = match word {
                "for" => Expr::For(name, both),
                "let" => Expr::Let(name, both),
                word => Expr::Quantified(word == "every", name, both),
            };
        }
        Ok(expression)
    }

    fn condition(&mut self) -> Result<Expr> {
        self.since(Version::V20, "`if`")?;
        self.at += 1;
        self.expect("(")?;
        let test = self.expression()?;
        self.expect(")")?;
        self.expect_word("then")?;
        let then = self.single()?;
        self.expect_word("else")?;
        Ok(Expr::If(Box::new([test, then, self.single()?])))
    }

    /// Operators that bind at least so strongly, by precedence climbing.
    fn binary(&mut self, least: u8) -> Result<Expr> {
        let mut left = self.unary()?;
        let (mut limit, mut many) = (u8::MAX, 0);
        while let Some((infix, words)) = self.infix()? {
            let level = infix.level(self.version);
            if level < least || level > limit {
                break;
            }
            one_more(&mut many)?;
            self.at += words;
            left = self.operation(infix, level, left)?;
            // comparisons and ranges do not follow each other
            let single =
                matches!(infix, Infix::General(_) | Infix::Value(_) | Infix::Nodes(_) | Infix::Range)
                    && self.version > Version::V10;
            let types = matches!(infix, Infix::InstanceOf | Infix::Treat | Infix::Castable | Infix::Cast);
            limit = if single || types { level - 1 } else { level };
        }
        Ok(left)
    }

    fn operation(&mut self, infix: Infix, level: u8, left: Expr) -> Result<Expr> {
        Ok(match infix {
            Infix::InstanceOf => Expr::InstanceOf(Box::new(left), self.sequence_type()?),
            Infix::Treat => Expr::Treat(Box::new(left), self.sequence_type()?),
            Infix::Castable => {
                let (kind, optional) = self.single_type()?;
                Expr::Castable(Box::new(left), kind, optional)
            }
            Infix::Cast => {
                let (kind, optional) = self.single_type()?;
                Expr::Cast(Box::new(left), kind, optional)
            }
            Infix::Arrow => self.arrow(left)?,
            infix => {
                let both = Box::new([left, self.binary(level + 1)?]);
                match infix {
                    Infix::Or => Expr::Or(both),
                    Infix::And => Expr::And(both),
                    Infix::General(by) => Expr::General(by, both),
                    Infix::Value(by) => Expr::Value(by, both),
                    Infix::Nodes(by) => Expr::Nodes(by, both),
                    Infix::Concat => Expr::Concat(both),
                    Infix::Range => Expr::Range(both),
                    Infix::Arithmetic(by) => Expr::Arithmetic(by, both),
                    Infix::Combine(by) => Expr::Combine(by, both),
                    _ => Expr::Sequence(Vec::new()),
                }
            }
        })
    }

    /// `-a`, `+a`. In `XPath` 1.0 `|` binds more strongly.
    fn unary(&mut self) -> Result<Expr> {
        let mut signs = Vec::new();
        while self.is("-") || (self.version > Version::V10 && self.is("+")) {
            signs.push(self.is("-"));
            self.at += 1;
            if signs.len() > DEEPEST {
                return Err(Error::limit(format_args!("more than {DEEPEST} signs follow each other")));
            }
        }
        let mut operand = self.mapped()?;
        if !signs.is_empty() && self.version == Version::V10 {
            let mut many = 0;
            while self.takes("|") {
                one_more(&mut many)?;
                operand = Expr::Combine(Combination::Union, Box::new([operand, self.mapped()?]));
            }
        }
        while let Some(minus) = signs.pop() {
            operand = Expr::Unary(minus, Box::new(operand));
        }
        Ok(operand)
    }

    /// `a ! b`.
    fn mapped(&mut self) -> Result<Expr> {
        let mut left = self.path()?;
        let mut many = 0;
        while self.is("!") {
            self.since(Version::V30, "`!`")?;
            self.at += 1;
            one_more(&mut many)?;
            left = Expr::Map(Box::new([left, self.path()?]));
        }
        Ok(left)
    }
}
