//! The names of functions (`XPath` 3.1 §3.1.5, §3.1.6).

use super::lex::Token;
use super::{Parser, lex};
use crate::ast::Expr;
use crate::error::{Error, Result};
use crate::function::{Builtin, Run};
use crate::functions;
use crate::types::Type;
use crate::version::Version;

/// The prefixes that are known everywhere, with their namespaces.
const PREFIXES: [(&str, &str); 6] = [
    ("fn", functions::NAMESPACE),
    ("xs", "http://www.w3.org/2001/XMLSchema"),
    ("math", "http://www.w3.org/2005/xpath-functions/math"),
    ("map", "http://www.w3.org/2005/xpath-functions/map"),
    ("array", "http://www.w3.org/2005/xpath-functions/array"),
    ("xml", functions::XML),
];

/// Names that no function can have, since something else begins with them (`XPath` 3.1 appendix A.3).
const RESERVED: [&str; 18] = [
    "array",
    "attribute",
    "comment",
    "document-node",
    "element",
    "empty-sequence",
    "function",
    "if",
    "item",
    "map",
    "namespace-node",
    "node",
    "processing-instruction",
    "schema-attribute",
    "schema-element",
    "switch",
    "text",
    "typeswitch",
];

/// What a name with a number of parameters stands for.
enum Named {
    Builtin(&'static Builtin),
    Type(Type),
}

/// The prefix of a namespace that is known everywhere.
pub(crate) fn prefix_of(namespace: &str) -> Option<&'static str> {
    PREFIXES.iter().find(|(_, own)| *own == namespace).map(|(prefix, _)| *prefix)
}

/// The namespace of a prefix that is known everywhere.
pub(crate) fn namespace_of(prefix: &str) -> Option<&'static str> {
    PREFIXES.iter().find(|(own, _)| *own == prefix).map(|(_, namespace)| *namespace)
}

/// The function of a prefix, a name and a number of parameters that a version has.
pub(crate) fn lookup(prefix: &str, local: &str, arity: usize, version: Version) -> Option<&'static Builtin> {
    functions::named(prefix, local).iter().find(|one| {
        let many = one.parameters.len();
        one.since <= version && (many == arity || (one.variadic && arity > many))
    })
}

/// Reads a signature of the library's tables: `fn:substring(xs:string?, xs:double) as xs:string`.
pub(crate) fn builtin(since: Version, signature: &'static str, run: Run) -> Option<Builtin> {
    let version = Version::V31;
    let tokens = lex::tokens(signature, version).ok()?;
    let variables = Vec::new();
    let mut parser = Parser { text: signature, tokens, at: 0, version, depth: 0, variables };
    let (prefix, rest) = signature.split_once(':')?;
    let (local, _) = rest.split_once('(')?;
    parser.at = 2;
    let (mut parameters, mut variadic) = (Vec::new(), false);
    while !parser.takes(")") {
        if parser.takes("...") {
            variadic = true;
            continue;
        }
        if !parameters.is_empty() {
            parser.expect(",").ok()?;
        }
        parameters.push(parser.sequence_type().ok()?);
    }
    parser.expect_word("as").ok()?;
    let result = parser.sequence_type().ok()?;
    Some(Builtin { prefix, local, since, parameters, variadic, result, run })
}

/// How many arguments a function takes, by its entries.
fn takes<'a>(entries: impl Iterator<Item = &'a Builtin>) -> String {
    let each = entries.map(|one| (one.parameters.len(), if one.variadic { " or more" } else { "" }));
    let each: Vec<(usize, &str)> = each.collect();
    let arguments = if matches!(each.as_slice(), [(1, "")]) { "argument" } else { "arguments" };
    let many = each.iter().map(|(many, more)| format!("{many}{more}")).collect::<Vec<_>>();
    format!("{} {arguments}", many.join(" or "))
}

// === impl Parser ===

impl Parser<'_> {
    /// A function by the token that names it.
    fn function(&self, token: &Token<'_>, arity: usize) -> Result<Named> {
        let unknown = |why: &str| Err(Error::new("XPST0017", why));
        let (prefix, local) = match token {
            Token::Name(None, "if") => {
                return Err(Error::syntax("an `if` behind an operator must stand in brackets"));
            }
            Token::Name(None, local) if RESERVED.contains(local) => {
                let text = format!("`{local}` is no function: the word is kept for something else");
                return Err(Error::syntax(text));
            }
            Token::Name(None, local) => ("fn", *local),
            Token::Name(Some(prefix), local) => (*prefix, *local),
            Token::Braced(uri, local) => (prefix_of(uri).unwrap_or(uri), *local),
            other => return unknown(&format!("{} is no function", other.described())),
        };
        let name = if prefix == "fn" { format!("{local}()") } else { format!("{prefix}:{local}()") };
        let own = self.version.name();
        if self.version == Version::V10 && !matches!(token, Token::Name(None, _)) {
            let named = token.described();
            return unknown(&format!("{named} is no function of XPath 1.0, whose functions have no prefix"));
        }
        if prefix == "xs" {
            return match Type::named(local) {
                Some(Type::AnyAtomic | Type::Notation) | None => unknown(&format!("`{name}` is no function")),
                Some(kind) if arity == 1 => Ok(Named::Type(kind)),
                Some(_) => unknown(&format!("`{name}` takes 1 argument, not {arity}")),
            };
        }
        if let Some(builtin) = lookup(prefix, local, arity, self.version) {
            return Ok(Named::Builtin(builtin));
        }
        let all = functions::named(prefix, local);
        let Some(since) = all.iter().map(|one| one.since).min() else {
            return unknown(&format!("`{name}` is no function of XPath {own}"));
        };
        if since > self.version {
            let later = since.name();
            return unknown(&format!("`{name}` is a function of XPath {later}, and this is XPath {own}"));
        }
        let takes = takes(all.iter().filter(|one| one.since <= self.version));
        unknown(&format!("`{name}` takes {takes}, not {arity}"))
    }

    /// `name(a, b)`.
    pub(super) fn call(&mut self) -> Result<Expr> {
        let name = self.next();
        let arguments = self.arguments()?;
        self.called(&name, arguments)
    }

    fn called(&self, name: &Token<'_>, mut arguments: Vec<Option<Expr>>) -> Result<Expr> {
        Ok(match self.function(name, arguments.len())? {
            Named::Builtin(builtin) => Expr::Call(builtin, arguments),
            Named::Type(kind) => Expr::Construct(kind, arguments.pop().flatten().map(Box::new)),
        })
    }

    /// `name#1`.
    pub(super) fn named_function(&mut self) -> Result<Expr> {
        self.since(Version::V30, "`#`")?;
        let name = self.next();
        self.at += 1;
        let Token::Integer(number) = *self.peek() else {
            return Err(self.unexpected("a number of parameters must follow `#`"));
        };
        self.at += 1;
        let arity = usize::try_from(number).unwrap_or(usize::MAX);
        Ok(match self.function(&name, arity)? {
            Named::Builtin(builtin) => Expr::Named(builtin, arity),
            Named::Type(kind) => Expr::NamedType(kind),
        })
    }

    /// `a => f(b)`, which is `f(a, b)`.
    pub(super) fn arrow(&mut self, left: Expr) -> Result<Expr> {
        let callee = match self.peek() {
            Token::Symbol("$" | "(") => self.primary()?,
            Token::Name(..) | Token::Braced(..) => {
                let name = self.next();
                let arguments = self.arguments_after(left)?;
                return self.called(&name, arguments);
            }
            other => {
                return Err(
                    self.unexpected(&format!("a function must follow `=>`, not {}", other.described()))
                );
            }
        };
        Ok(Expr::Dynamic(Box::new(callee), self.arguments_after(left)?))
    }

    /// `(b)`, with an argument before it.
    fn arguments_after(&mut self, first: Expr) -> Result<Vec<Option<Expr>>> {
        let mut arguments = self.arguments()?;
        arguments.insert(0, Some(first));
        Ok(arguments)
    }
}
