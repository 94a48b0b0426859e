//! Items and sequences (`XPath` Data Model 3.1 §2.1).

use std::rc::Rc;
use std::sync::Arc;

use crate::array::Array;
use crate::atomic::{Atomic, QName};
use crate::error::{Error, Result};
use crate::eval::Eval;
use crate::function::Function;
use crate::map::Map;
use crate::tree::Node;

/// Items in an order.
pub(crate) type Sequence = Vec<Item>;

/// A node, an atomic value or a function.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    Node(Node),
    Atomic(Atomic),
    Function(Rc<Function>),
    Map(Rc<Map>),
    Array(Rc<Array>),
}

// === impl Item ===

impl Item {
    /// What it is, for people.
    pub(crate) fn described(&self) -> String {
        match self {
            Self::Node(node) => format!("{} node", node.article()),
            Self::Atomic(atomic) => format!("xs:{}", atomic.kind.name()),
            Self::Function(_) => "a function".to_owned(),
            Self::Map(_) => "a map".to_owned(),
            Self::Array(_) => "an array".to_owned(),
        }
    }

    /// Its string value (Functions and Operators 3.1, `fn:string`).
    pub(crate) fn string(&self, eval: &Eval<'_>) -> Result<Arc<str>> {
        match self {
            Self::Node(node) => {
                eval.charge(node.steps())?;
                Ok(node.string())
            }
            Self::Atomic(atomic) => {
                eval.charge(atomic.steps())?;
                Ok(atomic.string())
            }
            other => Err(Error::new("FOTY0014", format_args!("{} has no string value", other.described()))),
        }
    }
}

impl From<Array> for Item {
    fn from(value: Array) -> Self {
        Self::Array(Rc::new(value))
    }
}

impl From<bool> for Item {
    fn from(value: bool) -> Self {
        Self::Atomic(value.into())
    }
}

impl From<Atomic> for Item {
    fn from(value: Atomic) -> Self {
        Self::Atomic(value)
    }
}

impl From<Node> for Item {
    fn from(value: Node) -> Self {
        Self::Node(value)
    }
}

impl From<QName> for Item {
    fn from(value: QName) -> Self {
        Self::Atomic(Arc::new(value).into())
    }
}

/// A sequence of one item.
pub(crate) fn one(item: impl Into<Item>) -> Sequence {
    vec![item.into()]
}

/// The typed value of each item, in an order (`XPath` 3.1 §2.4.2, "atomization"); that of a node is untyped, of comments and
/// processing instructions a string. Fails for functions and maps.
pub(crate) fn atomized(sequence: &[Item], eval: &Eval<'_>) -> Result<Vec<Atomic>> {
    let mut atomics = Vec::with_capacity(sequence.len());
    for item in sequence {
        atomize(item, eval, &mut atomics)?;
    }
    Ok(atomics)
}

fn atomize(item: &Item, eval: &Eval<'_>, atomics: &mut Vec<Atomic>) -> Result<()> {
    match item {
        Item::Atomic(atomic) => {
            eval.charge(1)?;
            atomics.push(atomic.clone());
        }
        Item::Node(node) => {
            eval.charge(node.steps())?;
            atomics.push(node.typed());
        }
        Item::Array(members) => eval.within(|| {
            eval.charge(1 + members.len())?;
            members.iter().flatten().try_for_each(|item| atomize(item, eval, atomics))
        })?,
        Item::Function(_) | Item::Map(_) => {
            return Err(Error::new("FOTY0013", format_args!("{} has no value", item.described())));
        }
    }
    Ok(())
}

/// The effective boolean value (`XPath` 3.1 §2.4.3).
pub(crate) fn truth(sequence: &[Item]) -> Result<bool> {
    use crate::atomic::Value;

    let atomic = match sequence {
        [] => return Ok(false),
        [Item::Node(_), ..] => return Ok(true),
        [Item::Atomic(atomic)] => atomic,
        [item] => {
            return Err(Error::new(
                "FORG0006",
                format_args!("{} is neither true nor false", item.described()),
            ));
        }
        [item, ..] => {
            let text = format!(
                "several items of which the first is {} are neither true nor false",
                item.described()
            );
            return Err(Error::new("FORG0006", text));
        }
    };
    match &atomic.value {
        Value::Boolean(value) => Ok(*value),
        Value::Text(text) => Ok(!text.is_empty()),
        Value::Integer(number) => Ok(*number != 0),
        Value::Decimal(number) => Ok(!number.is_zero()),
        Value::Float(number) => Ok(*number != 0.0 && !number.is_nan()),
        Value::Double(number) => Ok(*number != 0.0 && !number.is_nan()),
        _ => {
            let text = format!("a value of xs:{} is neither true nor false", atomic.kind.name());
            Err(Error::new("FORG0006", text))
        }
    }
}
