//! Simple conditions (Arazzo 1.1.0, "Criterion Object"): literals, operators, runtime expressions.

mod eval;
mod parse;

use std::borrow::Cow;

use serde_json::Value;

use crate::runtime::{Expression, ExpressionError};

pub use eval::compare;

/// A condition.
///
/// Loosely compared, as the specification has it: text without regard to case; a number with text that is one, as numbers;
/// `null` equals `null` and nothing else, and is neither less nor greater than anything. Where the specification is silent:
/// what has no value is `null`; text is compared with text as numbers by `<`, `<=`, `>` and `>=` if both are numbers; a value by
/// itself passes unless it is `false`, `null`, zero or the empty text.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition(Node);

/// Why a text is no condition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConditionError {
    /// Something else must stand there.
    #[error("at character {at} of the condition must stand {what}")]
    Expected {
        /// Characters before it.
        at: usize,
        /// What must stand there.
        what: &'static str,
    },
    /// A runtime expression in it is none.
    #[error(transparent)]
    Expression(#[from] ExpressionError),
    /// Its parentheses and signs stand within each other more often than is read.
    #[error("the condition nests deeper than {} levels", parse::DEEPEST)]
    Deep,
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Literal(Value),
    /// An expression's value, or a member of it.
    Value(Expression, Vec<Access>),
    Not(Box<Self>),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    Compare(Operator, Box<Self>, Box<Self>),
}

/// A step within a value.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Access {
    Member(Box<str>),
    Index(usize),
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
}

// === impl Condition ===

impl Condition {
    /// Reads one.
    pub fn parse(text: &str) -> Result<Self, ConditionError> {
        parse::whole(text).map(Self)
    }

    /// Whether it passes; `value` gives an expression's value.
    pub fn passes<'v>(&self, value: &dyn Fn(&Expression) -> Option<Cow<'v, Value>>) -> bool {
        eval::passes(&self.0, value)
    }

    /// The expressions in it.
    pub fn expressions(&self) -> Vec<&Expression> {
        let mut found = Vec::new();
        self.0.expressions(&mut found);
        found
    }
}

// === impl Operator ===

impl Operator {
    /// Longer signs stand before those that they begin with.
    const SIGNS: [(&'static str, Self); 6] = [
        ("<=", Self::LessOrEqual),
        (">=", Self::GreaterOrEqual),
        ("==", Self::Equal),
        ("!=", Self::NotEqual),
        ("<", Self::Less),
        (">", Self::Greater),
    ];

    /// The operator that a text begins with, and what follows it.
    pub fn at_front(text: &str) -> Option<(Self, &str)> {
        Self::SIGNS.iter().find_map(|(sign, operator)| Some((*operator, text.strip_prefix(sign)?)))
    }
}

// === impl Node ===

impl Node {
    fn expressions<'n>(&'n self, found: &mut Vec<&'n Expression>) {
        match self {
            Self::Literal(_) => {}
            Self::Value(expression, _) => found.push(expression),
            Self::Not(inner) => inner.expressions(found),
            Self::And(left, right) | Self::Or(left, right) | Self::Compare(_, left, right) => {
                left.expressions(found);
                right.expressions(found);
            }
        }
    }
}

#[cfg(test)]
mod tests;
