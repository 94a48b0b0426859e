//! The types of sequences (`XPath` 3.1 §2.5.4).

mod text;

use std::sync::Arc;

use crate::types::Type;

/// Of which items a sequence is, and how many.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum SequenceType {
    /// `empty-sequence()`.
    Empty,
    Of(ItemType, Occurs),
}

/// How many items there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Occurs {
    One,
    /// `?`.
    Optional,
    /// `*`.
    Any,
    /// `+`.
    Some,
}

/// What an item is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ItemType {
    /// `item()`.
    Any,
    Atomic(Type),
    Node(KindTest),
    /// `function(*)`, or with what it takes and gives.
    Function(Option<Arc<Signature>>),
    /// `map(*)`, or with its keys and values.
    Map(Option<Arc<(Type, SequenceType)>>),
    /// `array(*)`, or with its members.
    Array(Option<Arc<SequenceType>>),
}

/// What a function takes and gives.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Signature {
    pub(crate) parameters: Vec<SequenceType>,
    pub(crate) result: SequenceType,
}

/// Which nodes are meant (`XPath` 3.1 §2.5.5.3).
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum KindTest {
    /// `node()`.
    Any,
    /// `document-node()`, with the element that must be its only one.
    Document(Option<Box<Self>>),
    /// `element()`, with its name and its type.
    Element(Option<NameTest>, Option<NodeType>),
    /// `attribute()`, with its name and its type.
    Attribute(Option<NameTest>, Option<NodeType>),
    Text,
    Comment,
    /// `processing-instruction()`, with its target.
    Instruction(Option<Box<str>>),
    /// `namespace-node()`: there are none.
    Namespace,
}

/// The type of an element or an attribute; without a schema an element is of `xs:untyped`, an attribute of
/// `xs:untypedAtomic`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NodeType {
    /// `xs:anyType`.
    AnyType,
    /// `xs:untyped`.
    Untyped,
    /// `xs:anySimpleType`.
    AnySimple,
    /// An atomic type.
    Atomic(Type),
}

/// Which names are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NameTest {
    pub(crate) space: Space,
    /// `None` for any (`*`).
    pub(crate) local: Option<Box<str>>,
}

/// Which namespace is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    /// Any (`*:a`).
    Any,
    /// None: a name without a prefix.
    None,
    /// That of a prefix, which is known at an evaluation.
    Prefix(Box<str>),
    /// This one (`Q{…}a`).
    Uri(Box<str>),
}

// === impl SequenceType ===

impl SequenceType {
    /// Any items.
    pub(crate) const ANY: Self = Self::Of(ItemType::Any, Occurs::Any);
}
