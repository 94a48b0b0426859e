//! Reading expressions (`XPath` 3.1 appendix A.1): what a version does not have is refused by name.

pub(crate) mod lex;
mod names;
mod path;
mod primary;
mod types;

use std::sync::Arc;

use crate::ast::{Combination, Comparison, Expr, NodeComparison, Operator};
use crate::error::{Error, Result};
use crate::version::Version;
use lex::Token;
pub(crate) use names::{builtin, lookup, namespace_of, prefix_of};

/// So deep may brackets stand within each other.
const DEEPEST: usize = 32;

/// So many operators may follow each other.
const CHAIN: usize = 200;

/// Reads an expression.
pub(crate) fn parse(text: &str, version: Version) -> Result<Expr> {
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

struct Parser<'t> {
    text: &'t str,
    tokens: Vec<(Token<'t>, usize)>,
    at: usize,
    version: Version,
    depth: usize,
    /// Those that can be seen, the nearest last.
    variables: Vec<Arc<str>>,
}

/// A binary operator.
#[derive(Clone, Copy)]
enum Infix {
    Or,
    And,
    General(Comparison),
    Value(Comparison),
    Nodes(NodeComparison),
    Concat,
    Range,
    Arithmetic(Operator),
    Combine(Combination),
    InstanceOf,
    Treat,
    Castable,
    Cast,
    Arrow,
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
        while let Some((infix, level, words)) = self.infix() {
            if level < least || level > limit {
                break;
            }
            many += 1;
            if many > CHAIN {
                return Err(Error::limit(format_args!("more than {CHAIN} operators follow each other")));
            }
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
            while self.takes("|") {
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
            many += 1;
            if many > CHAIN {
                return Err(Error::limit(format_args!("more than {CHAIN} operators follow each other")));
            }
            left = Expr::Map(Box::new([left, self.path()?]));
        }
        Ok(left)
    }

    /// The binary operator that stands next: with how strongly it binds, and its tokens.
    fn infix(&self) -> Option<(Infix, u8, usize)> {
        let old = self.version == Version::V10;
        let infix = match self.peek() {
            Token::Symbol(symbol) => symbol_infix(symbol)?,
            Token::Name(None, word) => word_infix(word)?,
            _ => return None,
        };
        let since = match infix {
            Infix::Concat => Version::V30,
            Infix::Arrow => Version::V31,
            Infix::Value(_) | Infix::Nodes(_) | Infix::Range | Infix::Arithmetic(Operator::DivideWhole) => {
                Version::V20
            }
            Infix::Combine(_) if !self.is("|") => Version::V20,
            Infix::InstanceOf | Infix::Treat | Infix::Castable | Infix::Cast => Version::V20,
            _ => Version::V10,
        };
        if self.version < since {
            return None;
        }
        let level = match infix {
            Infix::Or => 10,
            Infix::And => 20,
            // in XPath 1.0 `<` binds more strongly than `=`
            Infix::General(by) if old && !matches!(by, Comparison::Equal | Comparison::NotEqual) => 35,
            Infix::General(_) | Infix::Value(_) | Infix::Nodes(_) => 30,
            Infix::Concat => 40,
            Infix::Range => 50,
            Infix::Arithmetic(Operator::Add | Operator::Subtract) => 60,
            Infix::Arithmetic(_) => 70,
            Infix::Combine(Combination::Union) => 80,
            Infix::Combine(_) => 90,
            Infix::InstanceOf => 100,
            Infix::Treat => 110,
            Infix::Castable => 120,
            Infix::Cast => 130,
            Infix::Arrow => 140,
        };
        let words = match infix {
            Infix::InstanceOf => self.is_word(1, "of").then_some(2)?,
            Infix::Treat | Infix::Castable | Infix::Cast => self.is_word(1, "as").then_some(2)?,
            _ => 1,
        };
        Some((infix, level, words))
    }
}

fn symbol_infix(symbol: &str) -> Option<Infix> {
    Some(match symbol {
        "=" => Infix::General(Comparison::Equal),
        "!=" => Infix::General(Comparison::NotEqual),
        "<" => Infix::General(Comparison::Less),
        "<=" => Infix::General(Comparison::LessOrEqual),
        ">" => Infix::General(Comparison::Greater),
        ">=" => Infix::General(Comparison::GreaterOrEqual),
        "<<" => Infix::Nodes(NodeComparison::Precedes),
        ">>" => Infix::Nodes(NodeComparison::Follows),
        "||" => Infix::Concat,
        "+" => Infix::Arithmetic(Operator::Add),
        "-" => Infix::Arithmetic(Operator::Subtract),
        "*" => Infix::Arithmetic(Operator::Multiply),
        "|" => Infix::Combine(Combination::Union),
        "=>" => Infix::Arrow,
        _ => return None,
    })
}

fn word_infix(word: &str) -> Option<Infix> {
    Some(match word {
        "or" => Infix::Or,
        "and" => Infix::And,
        "eq" => Infix::Value(Comparison::Equal),
        "ne" => Infix::Value(Comparison::NotEqual),
        "lt" => Infix::Value(Comparison::Less),
        "le" => Infix::Value(Comparison::LessOrEqual),
        "gt" => Infix::Value(Comparison::Greater),
        "ge" => Infix::Value(Comparison::GreaterOrEqual),
        "is" => Infix::Nodes(NodeComparison::Is),
        "to" => Infix::Range,
        "div" => Infix::Arithmetic(Operator::Divide),
        "idiv" => Infix::Arithmetic(Operator::DivideWhole),
        "mod" => Infix::Arithmetic(Operator::Remainder),
        "union" => Infix::Combine(Combination::Union),
        "intersect" => Infix::Combine(Combination::Intersect),
        "except" => Infix::Combine(Combination::Except),
        "instance" => Infix::InstanceOf,
        "treat" => Infix::Treat,
        "castable" => Infix::Castable,
        "cast" => Infix::Cast,
        _ => return None,
    })
}
