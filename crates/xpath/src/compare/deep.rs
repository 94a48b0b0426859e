//! Whether all of some items is equal (Functions and Operators 3.1, `fn:deep-equal`).

use super::equality;
use crate::atomic::Atomic;
use crate::collation::Collation;
use crate::error::{Error, Result};
use crate::eval::Eval;
use crate::item::Item;
use crate::map::Map;
use crate::tree::{Node, NodeKind};

/// So deep may items stand within each other.
const DEEPEST: usize = 512;

/// `fn:deep-equal`.
pub(crate) fn deep_equal(
    left: &[Item],
    right: &[Item],
    collation: Collation,
    eval: &Eval<'_>,
) -> Result<bool> {
    Deep { collation, eval }.sequences(left, right, 0)
}

/// By what is compared.
struct Deep<'a> {
    collation: Collation,
    eval: &'a Eval<'a>,
}

// === impl Deep ===

impl Deep<'_> {
    fn sequences(&self, left: &[Item], right: &[Item], depth: usize) -> Result<bool> {
        if depth > DEEPEST {
            return Err(Error::limit(format_args!("items stand more than {DEEPEST} deep")));
        }
        self.eval.charge(1)?;
        let functions = || left.iter().chain(right).any(|item| matches!(item, Item::Function(_)));
        if left.len() != right.len() {
            self.eval.charge(left.len() + right.len())?;
            return if functions() { Err(function()) } else { Ok(false) };
        }
        for (one, other) in left.iter().zip(right) {
            if !self.items(one, other, depth)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn items(&self, left: &Item, right: &Item, depth: usize) -> Result<bool> {
        self.eval.charge(1)?;
        match (left, right) {
            (Item::Function(_), _) | (_, Item::Function(_)) => Err(function()),
            (Item::Atomic(left), Item::Atomic(right)) => self.atomics(left, right),
            (Item::Node(left), Item::Node(right)) => self.nodes(left, right),
            (Item::Map(left), Item::Map(right)) => self.maps(left, right, depth),
            (Item::Array(left), Item::Array(right)) if left.len() == right.len() => {
                for (one, other) in left.iter().zip(right.iter()) {
                    if !self.sequences(one, other, depth + 1)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn atomics(&self, left: &Atomic, right: &Atomic) -> Result<bool> {
        if left.is_nan() && right.is_nan() {
            return Ok(true);
        }
        Ok(equality(left, right, self.collation, self.eval)?.unwrap_or(false))
    }

    fn maps(&self, left: &Map, right: &Map, depth: usize) -> Result<bool> {
        if left.len() != right.len() {
            return Ok(false);
        }
        for (key, value) in left.entries() {
            self.eval.charge(key.steps())?;
            match right.get(key) {
                Some(other) if self.sequences(value, other, depth + 1)? => {}
                _ => return Ok(false),
            }
        }
        Ok(true)
    }

    fn nodes(&self, left: &Node, right: &Node) -> Result<bool> {
        self.eval.charge(1)?;
        if left == right {
            return Ok(true);
        }
        if left.kind() != right.kind() || !same_name(left, right) {
            return Ok(false);
        }
        match left.kind() {
            NodeKind::Document => self.children(left, right),
            NodeKind::Element => Ok(self.attributes(left, right)? && self.children(left, right)?),
            _ => self.atomics(&left.typed(), &right.typed()),
        }
    }

    fn attributes(&self, left: &Node, right: &Node) -> Result<bool> {
        let (own, others): (Vec<_>, Vec<_>) = (left.attributes().collect(), right.attributes().collect());
        if own.len() != others.len() {
            return Ok(false);
        }
        for attribute in &own {
            self.eval.charge(others.len())?;
            match others.iter().find(|other| same_name(attribute, other)) {
                Some(other) if self.nodes(attribute, other)? => {}
                _ => return Ok(false),
            }
        }
        Ok(true)
    }

    /// The elements and texts in nodes.
    fn children(&self, left: &Node, right: &Node) -> Result<bool> {
        let (mut own, mut others) = (left.children(), right.children());
        loop {
            match (self.content(&mut own)?, self.content(&mut others)?) {
                (None, None) => return Ok(true),
                (Some(one), Some(other)) if self.nodes(&one, &other)? => {}
                _ => return Ok(false),
            }
        }
    }

    /// The next element or text.
    fn content(&self, children: &mut dyn Iterator<Item = Node>) -> Result<Option<Node>> {
        for child in children {
            self.eval.charge(1)?;
            if matches!(child.kind(), NodeKind::Element | NodeKind::Text) {
                return Ok(Some(child));
            }
        }
        Ok(None)
    }
}

fn function() -> Error {
    Error::new("FOTY0015", "functions cannot be compared")
}

/// Whether nodes have the same name, or none.
fn same_name(left: &Node, right: &Node) -> bool {
    match (left.name(), right.name()) {
        (Some(one), Some(other)) => one.local == other.local && one.namespace == other.namespace,
        (one, other) => one.is_none() && other.is_none(),
    }
}
