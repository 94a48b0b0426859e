//! Binary operators: what they are, and how strongly they bind (`XPath` 3.1 appendix A.4).

use super::Parser;
use super::lex::Token;
use crate::ast::{Combination, Comparison, NodeComparison, Operator};
use crate::error::Result;
use crate::version::Version;

/// A binary operator.
#[derive(Clone, Copy)]
pub(super) enum Infix {
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

// === impl Infix ===

impl Infix {
    /// How strongly it binds.
    pub(super) fn level(self, version: Version) -> u8 {
        match self {
            Self::Or => 10,
            Self::And => 20,
            // in XPath 1.0 `<` binds more strongly than `=`
            Self::General(by)
                if version == Version::V10 && !matches!(by, Comparison::Equal | Comparison::NotEqual) =>
            {
                35
            }
            Self::General(_) | Self::Value(_) | Self::Nodes(_) => 30,
            Self::Concat => 40,
            Self::Range => 50,
            Self::Arithmetic(Operator::Add | Operator::Subtract) => 60,
            Self::Arithmetic(_) => 70,
            Self::Combine(Combination::Union) => 80,
            Self::Combine(_) => 90,
            Self::InstanceOf => 100,
            Self::Treat => 110,
            Self::Castable => 120,
            Self::Cast => 130,
            Self::Arrow => 140,
        }
    }

    /// The operator of a symbol, and the version that brought it.
    fn of_symbol(symbol: &str) -> Option<(Self, Version)> {
        let infix = match symbol {
            "||" => return Some((Self::Concat, Version::V30)),
            "=>" => return Some((Self::Arrow, Version::V31)),
            "<<" => return Some((Self::Nodes(NodeComparison::Precedes), Version::V20)),
            ">>" => return Some((Self::Nodes(NodeComparison::Follows), Version::V20)),
            "=" => Self::General(Comparison::Equal),
            "!=" => Self::General(Comparison::NotEqual),
            "<" => Self::General(Comparison::Less),
            "<=" => Self::General(Comparison::LessOrEqual),
            ">" => Self::General(Comparison::Greater),
            ">=" => Self::General(Comparison::GreaterOrEqual),
            "+" => Self::Arithmetic(Operator::Add),
            "-" => Self::Arithmetic(Operator::Subtract),
            "*" => Self::Arithmetic(Operator::Multiply),
            "|" => Self::Combine(Combination::Union),
            _ => return None,
        };
        Some((infix, Version::V10))
    }

    /// The operator of a word, and the version that brought it.
    fn of_word(word: &str) -> Option<(Self, Version)> {
        let infix = match word {
            "or" => return Some((Self::Or, Version::V10)),
            "and" => return Some((Self::And, Version::V10)),
            "div" => return Some((Self::Arithmetic(Operator::Divide), Version::V10)),
            "mod" => return Some((Self::Arithmetic(Operator::Remainder), Version::V10)),
            "eq" => Self::Value(Comparison::Equal),
            "ne" => Self::Value(Comparison::NotEqual),
            "lt" => Self::Value(Comparison::Less),
            "le" => Self::Value(Comparison::LessOrEqual),
            "gt" => Self::Value(Comparison::Greater),
            "ge" => Self::Value(Comparison::GreaterOrEqual),
            "is" => Self::Nodes(NodeComparison::Is),
            "to" => Self::Range,
            "idiv" => Self::Arithmetic(Operator::DivideWhole),
            "union" => Self::Combine(Combination::Union),
            "intersect" => Self::Combine(Combination::Intersect),
            "except" => Self::Combine(Combination::Except),
            "instance" => Self::InstanceOf,
            "treat" => Self::Treat,
            "castable" => Self::Castable,
            "cast" => Self::Cast,
            _ => return None,
        };
        Some((infix, Version::V20))
    }
}

// === impl Parser ===

impl Parser<'_> {
    /// The binary operator that stands next, with the number of its tokens.
    pub(super) fn infix(&self) -> Result<Option<(Infix, usize)>> {
        let (found, written) = match self.peek() {
            Token::Symbol(symbol) => (Infix::of_symbol(symbol), *symbol),
            Token::Name(None, word) => (Infix::of_word(word), *word),
            _ => return Ok(None),
        };
        let Some((infix, since)) = found else { return Ok(None) };
        self.since(since, &format!("`{written}`"))?;
        let tokens = match infix {
            Infix::InstanceOf if self.is_word(1, "of") => 2,
            Infix::Treat | Infix::Castable | Infix::Cast if self.is_word(1, "as") => 2,
            Infix::InstanceOf | Infix::Treat | Infix::Castable | Infix::Cast => return Ok(None),
            _ => 1,
        };
        Ok(Some((infix, tokens)))
    }
}
