//! Whether all of one type is of another (`XPath` 3.1 §2.5.6), and the types of functions.

use super::kind::has_type;
use crate::error::Result;
use crate::eval::Eval;
use crate::function::Function;
use crate::item::Item;
use crate::sequence_type::{ItemType, KindTest, NameTest, NodeType, Occurs, SequenceType, Signature};
use crate::types::Type;

/// What a function, a map or an array takes and gives.
pub(crate) fn signature(function: &Item) -> Signature {
    let of = |kind, occurs| SequenceType::Of(ItemType::Atomic(kind), occurs);
    let any = |kind| Signature { parameters: vec![of(kind, Occurs::One)], result: SequenceType::ANY };
    match function {
        Item::Array(_) => any(Type::Integer),
        Item::Map(_) | Item::Node(_) | Item::Atomic(_) => any(Type::AnyAtomic),
        Item::Function(function) => match &**function {
            Function::Named(builtin, arity, _) => {
                let last = builtin.parameters.last().cloned().unwrap_or(SequenceType::ANY);
                let mut parameters = builtin.parameters.clone();
                parameters.resize(*arity, last);
                Signature { parameters, result: builtin.result.clone() }
            }
            Function::Constructor(kind) => Signature {
                parameters: vec![of(Type::AnyAtomic, Occurs::Optional)],
                result: of(*kind, Occurs::Optional),
            },
            Function::Inline(inline, _) => Signature {
                parameters: inline.parameters.iter().map(|(_, of)| of.clone()).collect(),
                result: inline.result.clone(),
            },
            Function::Partial(of, given) => {
                let Signature { parameters, result } = signature(of);
                let open = parameters.into_iter().zip(given).filter(|(_, given)| given.is_none());
                Signature { parameters: open.map(|(parameter, _)| parameter).collect(), result }
            }
            Function::Coerced(_, signature) => (**signature).clone(),
        },
    }
}

/// Whether a function of one signature can stand for another's.
pub(super) fn is_signature(own: &Signature, wanted: &Signature, eval: &Eval<'_>) -> Result<bool> {
    if own.parameters.len() != wanted.parameters.len() {
        return Ok(false);
    }
    for (own, wanted) in own.parameters.iter().zip(&wanted.parameters) {
        if !is_sequence(wanted, own, eval)? {
            return Ok(false);
        }
    }
    is_sequence(&own.result, &wanted.result, eval)
}

/// Whether the sequences of one type are of another.
pub(super) fn is_sequence(own: &SequenceType, wanted: &SequenceType, eval: &Eval<'_>) -> Result<bool> {
    eval.charge(1)?;
    match (own, wanted) {
        (SequenceType::Empty, wanted) => Ok(may_be_empty(wanted)),
        (SequenceType::Of(..), SequenceType::Empty) => Ok(false),
        (SequenceType::Of(own, own_occurs), SequenceType::Of(wanted, wanted_occurs)) => {
            let occurs = match wanted_occurs {
                Occurs::Any => true,
                Occurs::Some => matches!(own_occurs, Occurs::One | Occurs::Some),
                Occurs::Optional => matches!(own_occurs, Occurs::One | Occurs::Optional),
                Occurs::One => *own_occurs == Occurs::One,
            };
            Ok(occurs && is_item(own, wanted, eval)?)
        }
    }
}

/// Whether no items are of a type.
pub(super) fn may_be_empty(of: &SequenceType) -> bool {
    matches!(of, SequenceType::Empty | SequenceType::Of(_, Occurs::Optional | Occurs::Any))
}

/// Whether the items of one type are of another.
fn is_item(own: &ItemType, wanted: &ItemType, eval: &Eval<'_>) -> Result<bool> {
    match (own, wanted) {
        (_, ItemType::Any)
        | (ItemType::Atomic(Type::Error), _)
        | (ItemType::Function(_) | ItemType::Map(_) | ItemType::Array(_), ItemType::Function(None))
        | (ItemType::Map(_), ItemType::Map(None))
        | (ItemType::Array(_), ItemType::Array(None)) => Ok(true),
        (ItemType::Atomic(own), ItemType::Atomic(wanted)) => Ok(own.is(*wanted)),
        (ItemType::Node(own), ItemType::Node(wanted)) => is_node(own, wanted, eval),
        (ItemType::Function(Some(own)), ItemType::Function(Some(wanted))) => is_signature(own, wanted, eval),
        (ItemType::Map(own), ItemType::Function(Some(wanted))) => {
            let result = own.as_ref().map_or(SequenceType::ANY, |own| or_nothing(&own.1));
            is_signature(&lookup(Type::AnyAtomic, result), wanted, eval)
        }
        (ItemType::Array(own), ItemType::Function(Some(wanted))) => {
            let result = own.as_ref().map_or(SequenceType::ANY, |own| (**own).clone());
            is_signature(&lookup(Type::Integer, result), wanted, eval)
        }
        (ItemType::Map(Some(own)), ItemType::Map(Some(wanted))) => {
            Ok(own.0.is(wanted.0) && is_sequence(&own.1, &wanted.1, eval)?)
        }
        (ItemType::Map(None), ItemType::Map(Some(wanted))) => {
            Ok(wanted.0 == Type::AnyAtomic && is_sequence(&SequenceType::ANY, &wanted.1, eval)?)
        }
        (ItemType::Array(Some(own)), ItemType::Array(Some(wanted))) => is_sequence(own, wanted, eval),
        (ItemType::Array(None), ItemType::Array(Some(wanted))) => {
            is_sequence(&SequenceType::ANY, wanted, eval)
        }
        _ => Ok(false),
    }
}

/// The signature of what is looked up by one value.
fn lookup(key: Type, result: SequenceType) -> Signature {
    Signature { parameters: vec![SequenceType::Of(ItemType::Atomic(key), Occurs::One)], result }
}

/// A type, or nothing.
fn or_nothing(of: &SequenceType) -> SequenceType {
    match of {
        SequenceType::Of(item, Occurs::One) => SequenceType::Of(item.clone(), Occurs::Optional),
        SequenceType::Of(item, Occurs::Some) => SequenceType::Of(item.clone(), Occurs::Any),
        other => other.clone(),
    }
}

/// Whether the nodes of one kind are of another.
fn is_node(own: &KindTest, wanted: &KindTest, eval: &Eval<'_>) -> Result<bool> {
    match (own, wanted) {
        (_, KindTest::Any)
        | (KindTest::Document(_), KindTest::Document(None))
        | (KindTest::Instruction(_), KindTest::Instruction(None)) => Ok(true),
        (KindTest::Document(Some(own)), KindTest::Document(Some(wanted))) => is_node(own, wanted, eval),
        (KindTest::Element(own, own_type), KindTest::Element(wanted, wanted_type))
        | (KindTest::Attribute(own, own_type), KindTest::Attribute(wanted, wanted_type)) => {
            let own_type = own_type.unwrap_or(NodeType::AnyType);
            Ok(has_type(wanted_type.as_ref(), own_type) && is_name(own.as_ref(), wanted.as_ref(), eval)?)
        }
        _ => Ok(own == wanted),
    }
}

/// Whether one name test wants nothing that another does not.
fn is_name(own: Option<&NameTest>, wanted: Option<&NameTest>, eval: &Eval<'_>) -> Result<bool> {
    let Some(wanted) = wanted else { return Ok(true) };
    let (space_wanted, space_own) = match own {
        Some(own) => (eval.space(wanted)?, eval.space(own)?),
        None => (eval.space(wanted)?, None),
    };
    let local = own.and_then(|own| own.local.as_ref());
    Ok((space_wanted.is_none() || space_wanted == space_own)
        && (wanted.local.is_none() || wanted.local.as_ref() == local))
}
