//! Whether nodes are of a kind (`XPath` 3.1 §2.5.5.2 to §2.5.5.6, §3.3.2.2).

use crate::error::Result;
use crate::eval::Eval;
use crate::sequence_type::{KindTest, NameTest, NodeType};
use crate::tree::{Node, NodeKind};
use crate::types::Type;

/// Whether a node is of a kind.
pub(crate) fn is_kind(node: &Node, test: &KindTest, eval: &Eval<'_>) -> Result<bool> {
    let kind = node.kind();
    Ok(match test {
        KindTest::Any => true,
        KindTest::Document(element) if kind == NodeKind::Document => match element {
            Some(element) => is_only_element(node, element, eval)?,
            None => true,
        },
        KindTest::Element(name, of) if kind == NodeKind::Element => {
            has_type(of.as_ref(), NodeType::Untyped) && has_name(node, name.as_ref(), eval)?
        }
        KindTest::Attribute(name, of) if kind == NodeKind::Attribute => {
            has_type(of.as_ref(), NodeType::Atomic(Type::Untyped)) && has_name(node, name.as_ref(), eval)?
        }
        KindTest::Text => kind == NodeKind::Text,
        KindTest::Comment => kind == NodeKind::Comment,
        KindTest::Instruction(target) if kind == NodeKind::Instruction => match target {
            Some(target) => node.name().is_some_and(|name| name.local == *target),
            None => true,
        },
        _ => false,
    })
}

/// Whether a document has one element, of a kind, and no text beside it.
fn is_only_element(document: &Node, test: &KindTest, eval: &Eval<'_>) -> Result<bool> {
    let mut only = None;
    for child in document.children() {
        eval.charge(1)?;
        match child.kind() {
            NodeKind::Comment | NodeKind::Instruction => {}
            NodeKind::Element if only.is_none() => only = Some(child),
            _ => return Ok(false),
        }
    }
    match only {
        Some(element) => is_kind(&element, test, eval),
        None => Ok(false),
    }
}

fn has_name(node: &Node, test: Option<&NameTest>, eval: &Eval<'_>) -> Result<bool> {
    test.map_or(Ok(true), |test| is_named(node, test, eval))
}

/// Whether a node has a name.
fn is_named(node: &Node, test: &NameTest, eval: &Eval<'_>) -> Result<bool> {
    let namespace = eval.space(test)?;
    Ok(node.name().is_some_and(|name| {
        namespace.is_none_or(|namespace| *name.namespace == *namespace)
            && test.local.as_ref().is_none_or(|local| name.local == *local)
    }))
}

/// Whether what has one type has another too, or has no other to have.
pub(super) fn has_type(wanted: Option<&NodeType>, own: NodeType) -> bool {
    match (wanted, own) {
        (None | Some(NodeType::AnyType), _) => true,
        (Some(NodeType::AnySimple), own) => matches!(own, NodeType::AnySimple | NodeType::Atomic(_)),
        (Some(NodeType::Atomic(wanted)), NodeType::Atomic(own)) => own.is(*wanted),
        (Some(wanted), own) => *wanted == own,
    }
}
