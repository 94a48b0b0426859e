//! Evaluation.

mod call;
mod operators;
mod path;
mod structure;

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use crate::ast::Expr;
use crate::atomic::Moment;
use crate::error::{Error, Result};
use crate::function::Function;
use crate::item::{Item, Sequence, one};
use crate::parse;
use crate::release::release;
use crate::version::Version;

/// So much may one evaluation do: a step is a node that is looked at, an item that is made, or 64 bytes of text.
const STEPS: usize = 1_000_000;

/// So deep may expressions and calls of functions stand within each other.
const DEEPEST: usize = 256;

/// One evaluation.
pub(crate) struct Eval<'a> {
    pub(crate) version: Version,
    /// The namespaces of prefixes in the expression.
    pub(crate) namespaces: &'a [(Box<str>, Box<str>)],
    /// Now, with the zone that holds without one.
    pub(crate) now: Moment,
    left: Cell<usize>,
    depth: Cell<usize>,
}

/// The item that an expression is evaluated for (`XPath` 3.1 §2.1.2, "focus").
#[derive(Clone, Debug)]
pub(crate) struct Focus {
    pub(crate) item: Item,
    /// From 1.
    pub(crate) position: usize,
    pub(crate) size: usize,
}

/// The variables that can be seen: the nearest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment(Option<Rc<Bound>>);

#[derive(Debug)]
struct Bound {
    name: Arc<str>,
    value: Sequence,
    next: Environment,
}

/// In what an expression is evaluated.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) focus: Option<&'a Focus>,
    pub(crate) environment: &'a Environment,
}

// === impl Eval ===

impl<'a> Eval<'a> {
    /// An evaluation with all its steps left.
    pub(crate) fn new(version: Version, namespaces: &'a [(Box<str>, Box<str>)], now: Moment) -> Self {
        Self { version, namespaces, now, left: Cell::new(STEPS), depth: Cell::new(0) }
    }

    /// Takes steps off what is left.
    pub(crate) fn charge(&self, steps: usize) -> Result<()> {
        match self.left.get().checked_sub(steps) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => Err(Error::limit(format_args!("it takes more than {STEPS} steps"))),
        }
    }

    /// Takes steps off for a text that is made.
    pub(crate) fn charge_text(&self, bytes: usize) -> Result<()> {
        self.charge(bytes / 64 + 1)
    }

    /// Whether it is by the rules of `XPath` 1.0.
    pub(crate) fn compatible(&self) -> bool {
        self.version == Version::V10
    }

    /// The namespace of a prefix: one of those that are declared, or one that is known everywhere.
    pub(crate) fn namespace(&self, prefix: &str) -> Result<Option<&str>> {
        self.charge(self.namespaces.len() / 32 + self.namespaces.len() * (prefix.len() / 64))?;
        let declared = self.namespaces.iter().find(|(own, _)| **own == *prefix);
        Ok(declared.map(|(_, namespace)| &**namespace).or_else(|| parse::namespace_of(prefix)))
    }

    /// Does something that stands within something else.
    pub(crate) fn within<T>(&self, does: impl FnOnce() -> Result<T>) -> Result<T> {
        let depth = self.depth.get();
        if depth == DEEPEST {
            return Err(Error::limit(format_args!("expressions and calls stand more than {DEEPEST} deep")));
        }
        self.depth.set(depth + 1);
        let result = does();
        self.depth.set(depth);
        result
    }

    /// What an expression comes to.
    pub(crate) fn evaluate(&self, expression: &Expr, scope: &Scope<'_>) -> Result<Sequence> {
        self.charge(1)?;
        self.within(|| self.by_kind(expression, scope))
    }

    fn by_kind(&self, expression: &Expr, scope: &Scope<'_>) -> Result<Sequence> {
        match expression {
            Expr::Literal(value) => Ok(one(value.clone())),
            Expr::Variable(name) => self.variable(name, scope),
            Expr::Context => Ok(vec![scope.item()?.clone()]),
            Expr::Sequence(all) => self.each(all, scope),
            Expr::For(name, both) => self.looped(name, both, scope),
            Expr::Let(name, both) => self.bound(name, both, scope),
            Expr::Quantified(every, name, both) => self.quantified(*every, name, both, scope),
            Expr::If(parts) => self.chosen(parts, scope),
            Expr::Or(both) | Expr::And(both) => self.logic(matches!(expression, Expr::Or(_)), both, scope),
            Expr::General(by, both) => self.general(*by, both, scope),
            Expr::Value(by, both) => self.values(*by, both, scope),
            Expr::Nodes(by, both) => self.nodes(*by, both, scope),
            Expr::Concat(both) => self.concatenated(both, scope),
            Expr::Range(both) => self.range(both, scope),
            Expr::Arithmetic(operator, both) => self.arithmetic(*operator, both, scope),
            Expr::Unary(minus, operand) => self.signed(*minus, operand, scope),
            Expr::Combine(by, both) => self.combined(*by, both, scope),
            Expr::InstanceOf(operand, kind) => self.instance(operand, kind, scope),
            Expr::Treat(operand, kind) => self.treated(operand, kind, scope),
            Expr::Castable(operand, kind, optional) => self.castable(operand, (*kind, *optional), scope),
            Expr::Cast(operand, kind, optional) => self.cast(operand, (*kind, *optional), scope),
            Expr::Map(both) => self.mapped(both, scope),
            Expr::Root => path::root(scope),
            Expr::Path(both) => self.path(both, scope),
            Expr::Step(axis, test, predicates) => self.step(*axis, test, predicates, scope),
            Expr::Filter(both) => self.filtered(both, scope),
            other => self.functional(other, scope),
        }
    }

    fn functional(&self, expression: &Expr, scope: &Scope<'_>) -> Result<Sequence> {
        match expression {
            Expr::Call(builtin, arguments) => self.called(builtin, arguments, scope),
            Expr::Construct(kind, argument) => self.constructed(*kind, argument.as_deref(), scope),
            Expr::Dynamic(function, arguments) => self.dynamic(function, arguments, scope),
            Expr::Named(builtin, arity) => Ok(one(Item::from(self.named(builtin, *arity, scope)))),
            Expr::NamedType(kind) => Ok(one(Item::from(Function::Constructor(*kind)))),
            Expr::Inline(inline) => {
                Ok(one(Item::from(Function::Inline(Arc::clone(inline), scope.environment.clone()))))
            }
            Expr::MapOf(entries) => self.map_of(entries, scope),
            Expr::Square(members) => self.square(members, scope),
            Expr::Curly(content) => self.curly(content, scope),
            Expr::Lookup(base, key) => self.looked_up(base.as_deref(), key, scope),
            _ => Ok(Vec::new()),
        }
    }
}

// === impl Scope ===

impl Scope<'_> {
    /// The context item; `XPDY0002` where there is none.
    pub(crate) fn item(&self) -> Result<&Item> {
        self.focus.map(|focus| &focus.item).ok_or_else(no_item)
    }
}

/// There is no context item: a function's body has none.
pub(crate) fn no_item() -> Error {
    Error::new("XPDY0002", "there is no context item: the body of a function has none")
}

// === impl Environment ===

impl Drop for Bound {
    fn drop(&mut self) {
        release(std::mem::take(&mut self.value));
    }
}

impl Environment {
    /// With one more variable.
    pub(crate) fn with(&self, name: &Arc<str>, value: Sequence) -> Self {
        Self(Some(Rc::new(Bound { name: Arc::clone(name), value, next: self.clone() })))
    }

    /// The value of a variable, and so many are nearer.
    pub(crate) fn get(&self, name: &str) -> Option<(&Sequence, usize)> {
        let (mut next, mut nearer) = (self.0.as_ref(), 0);
        while let Some(bound) = next {
            if *bound.name == *name {
                return Some((&bound.value, nearer));
            }
            next = bound.next.0.as_ref();
            nearer += 1;
        }
        None
    }
}
