//! Primary expressions and what follows them (`XPath` 3.1 §3.1, §3.2, §3.11).

use std::sync::Arc;

use super::lex::Token;
use super::{Parser, one_more};
use crate::ast::{Expr, Inline, Key};
use crate::atomic::Atomic;
use crate::error::{Error, Result};
use crate::sequence_type::SequenceType;
use crate::version::Version;

// === impl Parser ===

impl Parser<'_> {
    /// Whether a name begins a primary expression: a call, a function or a constructor.
    pub(super) fn begins_primary(&self) -> bool {
        match self.peek() {
            Token::Name(None, "map" | "array") if self.is_ahead(1, "{") => true,
            Token::Name(None, word) if self.is_ahead(1, "(") => !matches!(
                *word,
                "node"
                    | "text"
                    | "comment"
                    | "processing-instruction"
                    | "document-node"
                    | "element"
                    | "attribute"
                    | "namespace-node"
                    | "schema-element"
                    | "schema-attribute"
            ),
            Token::Name(..) | Token::Braced(..) => self.is_ahead(1, "(") || self.is_ahead(1, "#"),
            _ => false,
        }
    }

    /// A primary expression with predicates, arguments and lookups behind it.
    pub(super) fn postfix(&mut self) -> Result<Expr> {
        let mut base = self.primary()?;
        let mut many = 0;
        loop {
            if self.is("[") {
                if matches!(base, Expr::Context) {
                    self.since(Version::V20, "a predicate of `.`")?;
                }
                self.at += 1;
                let predicate = self.expression()?;
                self.expect("]")?;
                base = Expr::Filter(Box::new([base, predicate]));
            } else if self.is("(") {
                self.since(Version::V30, "a call of a value")?;
                let arguments = self.arguments()?;
                base = Expr::Dynamic(Box::new(base), arguments);
            } else if self.is("?") {
                self.since(Version::V31, "`?`")?;
                self.at += 1;
                base = Expr::Lookup(Some(Box::new(base)), self.key()?);
            } else {
                return Ok(base);
            }
            one_more(&mut many)?;
        }
    }

    pub(super) fn primary(&mut self) -> Result<Expr> {
        match self.peek().clone() {
            Token::Text(text) => Ok(self.literal(text.as_ref().into())),
            Token::Integer(number) => Ok(self.literal(number.into())),
            Token::Decimal(number) => Ok(self.literal(number.into())),
            Token::Double(number) => Ok(self.literal(number.into())),
            Token::Symbol("(") => {
                self.at += 1;
                if self.takes(")") {
                    self.since(Version::V20, "`()`")?;
                    return Ok(Expr::Sequence(Vec::new()));
                }
                let expression = self.expression()?;
                self.expect(")")?;
                Ok(expression)
            }
            Token::Symbol("$") => {
                let name = self.variable()?;
                if self.variables.contains(&name) {
                    return Ok(Expr::Variable(name));
                }
                Err(Error::new("XPST0008", format_args!("there is no variable `${name}`")))
            }
            Token::Symbol(".") => {
                self.at += 1;
                Ok(Expr::Context)
            }
            Token::Symbol("[") => {
                self.since(Version::V31, "an array")?;
                self.at += 1;
                self.items("]").map(Expr::Square)
            }
            Token::Symbol("?") => {
                self.since(Version::V31, "`?`")?;
                self.at += 1;
                Ok(Expr::Lookup(None, self.key()?))
            }
            Token::Name(None, "function") if self.is_ahead(1, "(") => self.inline(),
            Token::Name(None, "map") if self.is_ahead(1, "{") => self.map(),
            Token::Name(None, "array") if self.is_ahead(1, "{") => {
                self.since(Version::V31, "an array")?;
                self.at += 2;
                let content = if self.is("}") { Expr::Sequence(Vec::new()) } else { self.expression()? };
                self.expect("}")?;
                Ok(Expr::Curly(Box::new(content)))
            }
            Token::Name(..) | Token::Braced(..) if self.is_ahead(1, "(") => self.call(),
            Token::Name(..) | Token::Braced(..) if self.is_ahead(1, "#") => self.named_function(),
            other => Err(self.unexpected(&format!("an expression must stand, not {}", other.described()))),
        }
    }

    fn literal(&mut self, value: Atomic) -> Expr {
        self.at += 1;
        Expr::Literal(value)
    }

    /// Expressions up to a symbol.
    fn items(&mut self, end: &str) -> Result<Vec<Expr>> {
        self.within(|parser| {
            let mut items = Vec::new();
            while !parser.is(end) {
                if !items.is_empty() {
                    parser.expect(",")?;
                }
                items.push(parser.single()?);
            }
            parser.at += 1;
            Ok(items)
        })
    }

    /// `(a, ?)`.
    pub(super) fn arguments(&mut self) -> Result<Vec<Option<Expr>>> {
        self.within(|parser| {
            parser.expect("(")?;
            let mut arguments = Vec::new();
            while !parser.is(")") {
                if !arguments.is_empty() {
                    parser.expect(",")?;
                }
                let open = parser.is("?") && (parser.is_ahead(1, ",") || parser.is_ahead(1, ")"));
                if open {
                    parser.since(Version::V30, "`?`")?;
                    parser.at += 1;
                    arguments.push(None);
                } else {
                    arguments.push(Some(parser.single()?));
                }
            }
            parser.at += 1;
            Ok(arguments)
        })
    }

    /// `$name`, with its prefix as it is written; what has a braced namespace is another name.
    pub(super) fn variable(&mut self) -> Result<Arc<str>> {
        self.expect("$")?;
        match self.next() {
            Token::Name(None, local) => Ok(local.into()),
            Token::Name(Some(prefix), local) => Ok(format!("{prefix}:{local}").into()),
            Token::Braced("", local) if local != "*" => Ok(local.into()),
            Token::Braced(uri, local) if local != "*" => Ok(format!("Q{{{uri}}}{local}").into()),
            _ => {
                self.at -= 1;
                Err(self.unexpected("the name of a variable must follow `$`"))
            }
        }
    }

    /// What follows `?`: a name, a number, `*`, or an expression in brackets.
    fn key(&mut self) -> Result<Key> {
        match self.peek().clone() {
            Token::Symbol("*") => {
                self.at += 1;
                Ok(Key::All)
            }
            Token::Symbol("(") => {
                self.at += 1;
                if self.takes(")") {
                    return Ok(Key::Of(Box::new(Expr::Sequence(Vec::new()))));
                }
                let key = self.expression()?;
                self.expect(")")?;
                Ok(Key::Of(Box::new(key)))
            }
            Token::Name(None, name) => {
                self.at += 1;
                Ok(Key::Literal(name.into()))
            }
            Token::Integer(number) => {
                self.at += 1;
                Ok(Key::Literal(number.into()))
            }
            other => Err(self.unexpected(&format!("a key must follow `?`, not {}", other.described()))),
        }
    }

    fn inline(&mut self) -> Result<Expr> {
        self.since(Version::V30, "`function`")?;
        self.at += 2;
        let mut parameters: Vec<(Arc<str>, SequenceType)> = Vec::new();
        while !self.is(")") {
            if !parameters.is_empty() {
                self.expect(",")?;
            }
            let name = self.variable()?;
            if parameters.iter().any(|(own, _)| *own == name) {
                return Err(Error::new("XQST0039", format_args!("there are two parameters `${name}`")));
            }
            let kind = if self.takes_word("as") { self.sequence_type()? } else { SequenceType::ANY };
            parameters.push((name, kind));
        }
        self.at += 1;
        let result = if self.takes_word("as") { self.sequence_type()? } else { SequenceType::ANY };
        self.expect("{")?;
        self.variables.extend(parameters.iter().map(|(name, _)| Arc::clone(name)));
        let body = if self.is("}") { Expr::Sequence(Vec::new()) } else { self.expression()? };
        self.variables.truncate(self.variables.len() - parameters.len());
        self.expect("}")?;
        Ok(Expr::Inline(Arc::new(Inline { parameters, result, body })))
    }

    fn map(&mut self) -> Result<Expr> {
        self.since(Version::V31, "a map")?;
        self.at += 2;
        self.within(|parser| {
            let mut entries = Vec::new();
            while !parser.is("}") {
                if !entries.is_empty() {
                    parser.expect(",")?;
                }
                let key = parser.single()?;
                parser.expect(":")?;
                entries.push([key, parser.single()?]);
            }
            parser.at += 1;
            Ok(Expr::MapOf(entries))
        })
    }
}
