//! Expressions as they are read (`XPath` 3.1 appendix A.1).

use std::sync::Arc;

use crate::atomic::Atomic;
use crate::function::Builtin;
use crate::sequence_type::{KindTest, NameTest, SequenceType};
use crate::types::Type;

/// An expression.
#[derive(Debug)]
pub(crate) enum Expr {
    Literal(Atomic),
    /// `$name`, with its prefix as it is written.
    Variable(Arc<str>),
    /// `.`.
    Context,
    /// `(a, b)`; `()` is empty.
    Sequence(Vec<Self>),
    /// `for $name in a return b`.
    For(Arc<str>, Box<[Self; 2]>),
    /// `let $name := a return b`.
    Let(Arc<str>, Box<[Self; 2]>),
    /// `some` and `every` (`true`) `$name in a satisfies b`.
    Quantified(bool, Arc<str>, Box<[Self; 2]>),
    /// `if (a) then b else c`.
    If(Box<[Self; 3]>),
    Or(Box<[Self; 2]>),
    And(Box<[Self; 2]>),
    /// `=`, `!=`, `<`, `<=`, `>`, `>=`: of any items.
    General(Comparison, Box<[Self; 2]>),
    /// `eq`, `ne`, `lt`, `le`, `gt`, `ge`: of one value each.
    Value(Comparison, Box<[Self; 2]>),
    /// `is`, `<<`, `>>`.
    Nodes(NodeComparison, Box<[Self; 2]>),
    /// `||`.
    Concat(Box<[Self; 2]>),
    /// `a to b`.
    Range(Box<[Self; 2]>),
    Arithmetic(Operator, Box<[Self; 2]>),
    /// `-a`, and `+a` (`false`).
    Unary(bool, Box<Self>),
    /// `union`, `intersect`, `except`.
    Combine(Combination, Box<[Self; 2]>),
    InstanceOf(Box<Self>, SequenceType),
    Treat(Box<Self>, SequenceType),
    /// `castable as`; `true` where nothing may stand (`?`).
    Castable(Box<Self>, Type, bool),
    Cast(Box<Self>, Type, bool),
    /// `a ! b`.
    Map(Box<[Self; 2]>),
    /// `/`: the document of the context item.
    Root,
    /// `a/b`.
    Path(Box<[Self; 2]>),
    Step(Axis, NodeTest, Vec<Self>),
    /// `a[b]`.
    Filter(Box<[Self; 2]>),
    /// A call of a function of the library; `None` for `?`.
    Call(&'static Builtin, Vec<Option<Self>>),
    /// `xs:TYPE(a)`; `None` for `?`.
    Construct(Type, Option<Box<Self>>),
    /// `a(b, c)`; `None` for `?`.
    Dynamic(Box<Self>, Vec<Option<Self>>),
    /// `name#arity`.
    Named(&'static Builtin, usize),
    /// `xs:TYPE#1`.
    NamedType(Type),
    Inline(Arc<Inline>),
    /// `map {a: b}`.
    MapOf(Vec<[Self; 2]>),
    /// `[a, b]`.
    Square(Vec<Self>),
    /// `array {a}`.
    Curly(Box<Self>),
    /// `a?key`; without a base of the context item.
    Lookup(Option<Box<Self>>, Key),
}

/// What is looked up in maps and arrays.
#[derive(Debug)]
pub(crate) enum Key {
    /// `?*`.
    All,
    /// `?name`, `?1`.
    Literal(Atomic),
    /// `?(a)`.
    Of(Box<Expr>),
}

/// `function($a as xs:string) as xs:string {…}`.
#[derive(Debug)]
pub(crate) struct Inline {
    pub(crate) parameters: Vec<(Arc<str>, SequenceType)>,
    pub(crate) result: SequenceType,
    /// Nothing for `{}`.
    pub(crate) body: Expr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NodeComparison {
    Is,
    Precedes,
    Follows,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
    /// `idiv`.
    DivideWhole,
    /// `mod`.
    Remainder,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Combination {
    Union,
    Intersect,
    Except,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Axis {
    Child,
    Descendant,
    Attribute,
    Own,
    DescendantOrSelf,
    FollowingSibling,
    Following,
    Namespace,
    Parent,
    Ancestor,
    PrecedingSibling,
    Preceding,
    AncestorOrSelf,
}

/// Which nodes of an axis are meant.
#[derive(Debug)]
pub(crate) enum NodeTest {
    /// Those of the axis' own kind with a name.
    Name(NameTest),
    Kind(KindTest),
}

// === impl Comparison ===

impl Comparison {
    /// Its sign, and the word for it between single values.
    pub(crate) fn written(self) -> (&'static str, &'static str) {
        match self {
            Self::Equal => ("=", "eq"),
            Self::NotEqual => ("!=", "ne"),
            Self::Less => ("<", "lt"),
            Self::LessOrEqual => ("<=", "le"),
            Self::Greater => (">", "gt"),
            Self::GreaterOrEqual => (">=", "ge"),
        }
    }
}

// === impl Operator ===

impl Operator {
    /// As it is written.
    pub(crate) fn written(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "div",
            Self::DivideWhole => "idiv",
            Self::Remainder => "mod",
        }
    }
}
