//! Paths (`XPath` 3.1 §3.3).

use super::lex::Token;
use super::{Parser, one_more};
use crate::ast::{Axis, Expr, NodeTest};
use crate::error::{Error, Result};
use crate::sequence_type::KindTest;
use crate::version::Version;

// === impl Parser ===

impl Parser<'_> {
    /// `/a/b`, or an expression without operators.
    pub(super) fn path(&mut self) -> Result<Expr> {
        let first = if self.takes("//") {
            joined(joined(Expr::Root, everything()), self.later()?)
        } else if self.takes("/") {
            if !self.begins_step() {
                return Ok(Expr::Root);
            }
            joined(Expr::Root, self.later()?)
        } else {
            self.step()?
        };
        let (mut path, mut many) = (first, 0);
        loop {
            let deep = self.is("//");
            if !deep && !self.is("/") {
                return Ok(path);
            }
            self.at += 1;
            one_more(&mut many)?;
            if deep {
                path = joined(path, everything());
            }
            path = joined(path, self.later()?);
        }
    }

    /// Whether a step can begin with the next token, after a `/` that could be the whole path.
    fn begins_step(&self) -> bool {
        match self.peek() {
            Token::Symbol(symbol) => {
                matches!(*symbol, "." | ".." | "@" | "*")
                    || (self.version > Version::V10 && matches!(*symbol, "(" | "$" | "[" | "?"))
            }
            Token::End => false,
            Token::Name(..) | Token::Braced(..) | Token::AnyOf(_) | Token::InAny(_) => true,
            Token::Text(_) | Token::Integer(_) | Token::Decimal(_) | Token::Double(_) => {
                self.version > Version::V10
            }
        }
    }

    /// A step behind a `/`; in `XPath` 1.0 along an axis, or `.`.
    fn later(&mut self) -> Result<Expr> {
        let is_primary = match self.peek() {
            Token::Symbol(symbol) => matches!(*symbol, "(" | "$"),
            Token::Name(..) => self.begins_primary(),
            Token::Text(_) | Token::Integer(_) | Token::Decimal(_) | Token::Double(_) => true,
            _ => false,
        };
        if is_primary {
            self.since(Version::V20, "a step that is no axis and no name")?;
        }
        self.step()
    }

    /// A step along an axis, or a primary expression with what follows it.
    fn step(&mut self) -> Result<Expr> {
        if self.takes("..") {
            if self.is("[") {
                self.since(Version::V20, "a predicate of `..`")?;
            }
            return self.predicates(Axis::Parent, NodeTest::Kind(KindTest::Any));
        }
        if self.takes("@") {
            let test = self.node_test()?;
            return self.predicates(Axis::Attribute, test);
        }
        if let Token::Name(None, word) = *self.peek()
            && self.is_ahead(1, "::")
        {
            let Some(axis) = axis(word) else {
                return Err(self.unexpected(&format!("`{word}` is no axis")));
            };
            if axis == Axis::Namespace {
                let text =
                    "the axis `namespace` is not evaluated: `in-scope-prefixes()` tells the namespaces";
                return Err(Error::new("XPST0010", text));
            }
            self.at += 2;
            let test = self.node_test()?;
            return self.predicates(axis, test);
        }
        let named = match self.peek() {
            Token::Symbol(symbol) => *symbol == "*",
            Token::AnyOf(_) | Token::InAny(_) => true,
            Token::Name(..) | Token::Braced(..) => !self.begins_primary(),
            _ => false,
        };
        if !named {
            return self.postfix();
        }
        let axis = match self.peek() {
            Token::Name(None, "attribute") if self.is_ahead(1, "(") => Axis::Attribute,
            _ => Axis::Child,
        };
        let test = self.node_test()?;
        self.predicates(axis, test)
    }

    fn node_test(&mut self) -> Result<NodeTest> {
        if let Some(test) = self.kind_test()? {
            return Ok(NodeTest::Kind(test));
        }
        self.name_test(true).map(NodeTest::Name)
    }

    fn predicates(&mut self, axis: Axis, test: NodeTest) -> Result<Expr> {
        let (mut predicates, mut many) = (Vec::new(), 0);
        while self.takes("[") {
            predicates.push(self.expression()?);
            self.expect("]")?;
            one_more(&mut many)?;
        }
        Ok(Expr::Step(axis, test, predicates))
    }
}

/// `descendant-or-self::node()`, which `//` stands for.
fn everything() -> Expr {
    Expr::Step(Axis::DescendantOrSelf, NodeTest::Kind(KindTest::Any), Vec::new())
}

fn axis(word: &str) -> Option<Axis> {
    Some(match word {
        "child" => Axis::Child,
        "descendant" => Axis::Descendant,
        "attribute" => Axis::Attribute,
        "self" => Axis::Own,
        "descendant-or-self" => Axis::DescendantOrSelf,
        "following-sibling" => Axis::FollowingSibling,
        "following" => Axis::Following,
        "namespace" => Axis::Namespace,
        "parent" => Axis::Parent,
        "ancestor" => Axis::Ancestor,
        "preceding-sibling" => Axis::PrecedingSibling,
        "preceding" => Axis::Preceding,
        "ancestor-or-self" => Axis::AncestorOrSelf,
        _ => return None,
    })
}

/// `a/b`. `a//b` becomes one step to the descendants where no predicate of `b` asks for a position.
fn joined(left: Expr, right: Expr) -> Expr {
    let (left, right) = match (left, right) {
        (Expr::Path(both), Expr::Step(Axis::Child, test, predicates))
            if is_everything(&both[1]) && predicates.iter().all(is_plain) =>
        {
            let [base, _] = *both;
            (base, Expr::Step(Axis::Descendant, test, predicates))
        }
        both => both,
    };
    Expr::Path(Box::new([left, right]))
}

fn is_everything(expression: &Expr) -> bool {
    match expression {
        Expr::Step(Axis::DescendantOrSelf, NodeTest::Kind(KindTest::Any), predicates) => {
            predicates.is_empty()
        }
        _ => false,
    }
}

/// Whether a predicate surely has the same value for a node wherever it stands among others: it is no number and asks for no
/// position.
fn is_plain(predicate: &Expr) -> bool {
    match predicate {
        Expr::Or(both) | Expr::And(both) => both.iter().all(is_plain),
        Expr::General(_, both) | Expr::Value(_, both) => both.iter().all(is_still),
        Expr::Step(..) => true,
        Expr::Path(both) => is_still(&both[0]) && matches!(both[1], Expr::Step(..)),
        Expr::Call(builtin, arguments) => {
            let truth =
                matches!(builtin.local, "not" | "exists" | "empty" | "boolean" | "contains" | "starts-with");
            truth && arguments.iter().all(|argument| argument.as_ref().is_some_and(is_still))
        }
        _ => false,
    }
}

/// Whether an expression surely does not ask for the position of the context item.
fn is_still(expression: &Expr) -> bool {
    match expression {
        Expr::Literal(_) | Expr::Context | Expr::Root | Expr::Step(..) => true,
        Expr::Path(both) => is_still(&both[0]),
        Expr::General(_, both)
        | Expr::Value(_, both)
        | Expr::Arithmetic(_, both)
        | Expr::Or(both)
        | Expr::And(both) => both.iter().all(is_still),
        Expr::Call(builtin, arguments) => {
            let still = !matches!(builtin.local, "position" | "last" | "function-lookup");
            still && arguments.iter().all(|argument| argument.as_ref().is_some_and(is_still))
        }
        _ => false,
    }
}
