//! XML as nodes (`XPath` Data Model 3.1 §6), in one list in document order.

mod build;
mod replace;
mod scan;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;
use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

pub(crate) use build::Builder;
pub(crate) use replace::replace;

use crate::atomic::{Atomic, QName};

/// The nodes of a document, or of a part that an expression has made.
pub(crate) struct Tree {
    /// Later trees have greater ones.
    serial: u64,
    nodes: Vec<Data>,
    /// The XML that it was read from; empty for what was made.
    source: Box<str>,
}

/// A node.
#[derive(Clone)]
pub(crate) struct Node {
    tree: Rc<Tree>,
    id: u32,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum NodeKind {
    Document,
    Element,
    Attribute,
    Text,
    Comment,
    Instruction,
}

/// A node in its list. An element's attributes follow it, then its children.
struct Data {
    kind: NodeKind,
    /// The node that it stands in, or [`NONE`].
    parent: u32,
    /// What precedes it in its parent, or [`NONE`]; of attributes none.
    previous: u32,
    /// The first that is neither it nor within it.
    end: u32,
    /// Of an element: its attributes, by their number.
    attributes: u32,
    /// Of elements, attributes and processing instructions.
    name: Option<Arc<QName>>,
    /// Of attributes, texts, comments and processing instructions.
    value: Option<Arc<str>>,
    /// Of an element: what its start tag declares, as prefix and namespace.
    declared: Box<[(Box<str>, Box<str>)]>,
    /// Where it stands in the source.
    source: Range<u32>,
}

/// Nodes of numbers that follow each other, without attributes; these are passed over at once.
struct Among {
    tree: Rc<Tree>,
    ids: Range<u32>,
}

/// The number of no node.
const NONE: u32 = u32::MAX;

// === impl Tree ===

impl Tree {
    /// The first node: a document, or what was made.
    pub(crate) fn root(self: &Rc<Self>) -> Node {
        Node { tree: Rc::clone(self), id: 0 }
    }

    fn data(&self, id: u32) -> &Data {
        &self.nodes[id as usize]
    }

    /// The XML that it was read from; empty for what was made.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// The prefixes that its elements declare, with the namespace that each has first.
    pub(crate) fn prefixes(&self) -> Vec<(Box<str>, Box<str>)> {
        let mut known = HashSet::new();
        let declared = self.nodes.iter().flat_map(|node| &node.declared);
        let declared = declared.filter(|(prefix, namespace)| !prefix.is_empty() && !namespace.is_empty());
        declared.filter(|(prefix, _)| known.insert(&**prefix)).cloned().collect()
    }

    /// So many nodes it has.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }
}

// === impl Node ===

impl Node {
    fn data(&self) -> &Data {
        self.tree.data(self.id)
    }

    fn at(&self, id: u32) -> Self {
        Self { tree: Rc::clone(&self.tree), id }
    }

    /// What it is.
    pub(crate) fn kind(&self) -> NodeKind {
        self.data().kind
    }

    /// What it is, for people: `an element`.
    pub(crate) fn article(&self) -> &'static str {
        match self.kind() {
            NodeKind::Document => "a document",
            NodeKind::Element => "an element",
            NodeKind::Attribute => "an attribute",
            NodeKind::Text => "a text",
            NodeKind::Comment => "a comment",
            NodeKind::Instruction => "a processing instruction",
        }
    }

    /// The name of an element, an attribute or a processing instruction.
    pub(crate) fn name(&self) -> Option<&Arc<QName>> {
        self.data().name.as_ref()
    }

    /// The namespaces that an element's own start tag declares, as prefix and namespace; of an attribute none.
    pub(crate) fn declared(&self) -> &[(Box<str>, Box<str>)] {
        &self.data().declared
    }

    /// The namespaces that hold at an element, as prefix and namespace, without that of `xml`.
    pub(crate) fn namespaces(&self) -> Vec<(Box<str>, Box<str>)> {
        let (mut known, mut found) = (HashSet::new(), Vec::new());
        for (prefix, namespace) in self.declarations() {
            if known.insert(prefix) && !namespace.is_empty() {
                found.push((prefix.clone(), namespace.clone()));
            }
        }
        found
    }

    /// The steps that it takes to tell its namespaces.
    pub(crate) fn namespace_steps(&self) -> usize {
        self.declarations().map(|(prefix, namespace)| 1 + (prefix.len() + namespace.len()) / 64).sum()
    }

    /// What it and the elements around it declare, the nearest first.
    fn declarations(&self) -> impl Iterator<Item = &(Box<str>, Box<str>)> {
        let own = self.data();
        let around =
            std::iter::successors(Some(own), |one| (one.parent != NONE).then(|| self.tree.data(one.parent)));
        around.flat_map(|one| one.declared.iter())
    }

    /// The node that it stands in.
    pub(crate) fn parent(&self) -> Option<Self> {
        self.known(self.data().parent)
    }

    /// The node that precedes it in its parent; none of attributes.
    pub(crate) fn previous(&self) -> Option<Self> {
        self.known(self.data().previous)
    }

    fn known(&self, id: u32) -> Option<Self> {
        (id != NONE).then(|| self.at(id))
    }

    /// The topmost node above it, or itself.
    pub(crate) fn root(&self) -> Self {
        self.at(0)
    }

    /// Whether another stands in it, at any depth; also an attribute.
    pub(crate) fn contains(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.tree, &other.tree) && self.id < other.id && other.id < self.data().end
    }

    /// The number of its tree, and its own in it.
    pub(crate) fn numbers(&self) -> (u64, u32) {
        (self.tree.serial, self.id)
    }

    /// Its tree.
    pub(crate) fn tree(&self) -> &Rc<Tree> {
        &self.tree
    }

    /// The attributes of an element.
    pub(crate) fn attributes(&self) -> impl DoubleEndedIterator<Item = Self> + use<> {
        let (node, first) = (self.clone(), self.id + 1);
        let many = self.data().attributes;
        (first..first + many).map(move |id| node.at(id))
    }

    /// The attribute of a name without a namespace.
    pub(crate) fn attribute(&self, local: &str) -> Option<Self> {
        self.attributes()
            .find(|one| one.name().is_some_and(|name| name.namespace.is_empty() && *name.local == *local))
    }

    /// Its children, in document order.
    pub(crate) fn children(&self) -> impl Iterator<Item = Self> + use<> {
        let (node, data) = (self.clone(), self.data());
        let (mut next, end) = (self.id + 1 + data.attributes, data.end);
        std::iter::from_fn(move || {
            let child = (next < end).then(|| node.at(next))?;
            next = child.data().end;
            Some(child)
        })
    }

    /// What is below it, in document order, without attributes.
    pub(crate) fn descendants(&self) -> impl DoubleEndedIterator<Item = Self> + use<> {
        self.among(self.id + 1..self.data().end)
    }

    /// What follows it in its parent, in document order; nothing for attributes.
    pub(crate) fn following_siblings(&self) -> impl Iterator<Item = Self> + use<> {
        let parent = self.parent().filter(|_| self.kind() != NodeKind::Attribute);
        let end = parent.map_or(0, |parent| parent.data().end);
        let (node, mut next) = (self.clone(), self.data().end);
        std::iter::from_fn(move || {
            let sibling = (next < end).then(|| node.at(next))?;
            next = sibling.data().end;
            Some(sibling)
        })
    }

    /// What precedes it in its parent, the nearest first; nothing for attributes.
    pub(crate) fn previous_siblings(&self) -> impl Iterator<Item = Self> + use<> {
        std::iter::successors(self.previous(), Self::previous)
    }

    /// What begins after it has ended, in document order.
    pub(crate) fn following(&self) -> impl Iterator<Item = Self> + use<> {
        self.among(self.data().end..self.tree.data(0).end)
    }

    /// What has ended before it begins, in document order.
    pub(crate) fn preceding(&self) -> impl DoubleEndedIterator<Item = Self> + use<> {
        let own = if self.kind() == NodeKind::Attribute { self.data().parent } else { self.id };
        let own = if own == NONE { 0 } else { own };
        self.among(0..own).filter(move |one| one.data().end <= own)
    }

    /// The nodes of these numbers that are no attributes.
    fn among(&self, ids: Range<u32>) -> Among {
        Among { tree: Rc::clone(&self.tree), ids }
    }

    /// The nodes above it, the nearest first.
    pub(crate) fn ancestors(&self) -> impl Iterator<Item = Self> + use<> {
        std::iter::successors(self.parent(), Self::parent)
    }

    /// Its string value: an attribute's or a text's own, an element's from all texts in it.
    pub(crate) fn string(&self) -> Arc<str> {
        let mut texts = self.texts();
        match (texts.next(), texts.next()) {
            (None, _) => Arc::from(""),
            (Some(only), None) => Arc::clone(only),
            (Some(_), Some(_)) => {
                let mut whole = String::with_capacity(self.texts().map(|text| text.len()).sum());
                self.texts().for_each(|text| whole.push_str(text));
                whole.into()
            }
        }
    }

    /// What its string value is made from.
    fn texts(&self) -> impl Iterator<Item = &Arc<str>> {
        let data = self.data();
        let inside = matches!(data.kind, NodeKind::Document | NodeKind::Element);
        let within = self.tree.nodes.get(self.id as usize..data.end as usize).unwrap_or_default();
        let texts = within.iter().filter(move |one| !inside || one.kind == NodeKind::Text);
        texts.filter_map(|one| one.value.as_ref())
    }

    /// The steps that it takes to make its string value.
    pub(crate) fn steps(&self) -> usize {
        let data = self.data();
        match data.kind {
            NodeKind::Document | NodeKind::Element => {
                (data.end - self.id) as usize
                    + self.texts().skip(1).map(|text| text.len()).sum::<usize>() / 64
            }
            _ => 1,
        }
    }

    /// Its typed value (`XPath` Data Model 3.1 §5.15, for what has no schema).
    pub(crate) fn typed(&self) -> Atomic {
        match self.kind() {
            NodeKind::Comment | NodeKind::Instruction => Atomic::from(self.string()),
            _ => Atomic::untyped(self.string()),
        }
    }

    /// Its XML where it was read from text: all of a document or an element, a text as it is written.
    pub(crate) fn source(&self) -> Option<&str> {
        let Range { start, end } = self.data().source;
        self.tree.source.get(start as usize..end as usize).filter(|source| !source.is_empty())
    }
}

// === impl Among ===

impl Among {
    /// The element of an attribute, where the node of a number is one.
    fn element(&self, id: u32) -> Option<u32> {
        let data = self.tree.data(id);
        (data.kind == NodeKind::Attribute && data.parent != NONE).then_some(data.parent)
    }

    fn node(&self, id: u32) -> Option<Node> {
        let is_attribute = self.tree.data(id).kind == NodeKind::Attribute;
        (!is_attribute).then(|| Node { tree: Rc::clone(&self.tree), id })
    }
}

impl Iterator for Among {
    type Item = Node;

    fn next(&mut self) -> Option<Node> {
        let Range { start, end } = self.ids;
        if start >= end {
            return None;
        }
        // all attributes of an element stand behind it
        let first = match self.element(start) {
            Some(element) => element + 1 + self.tree.data(element).attributes,
            None => start,
        };
        self.ids.start = (first + 1).min(end);
        if first < end { self.node(first) } else { None }
    }
}

impl DoubleEndedIterator for Among {
    fn next_back(&mut self) -> Option<Node> {
        let Range { start, end } = self.ids;
        let last = end.checked_sub(1).filter(|last| *last >= start)?;
        let last = self.element(last).unwrap_or(last);
        self.ids.end = last.max(start);
        if last >= start { self.node(last) } else { None }
    }
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a tree of {} nodes", self.len())
    }
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        (self.tree.serial, self.id) == (other.tree.serial, other.id)
    }
}

impl Eq for Node {}

impl Hash for Node {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.tree.serial, self.id).hash(state);
    }
}

impl PartialOrd for Node {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Document order.
impl Ord for Node {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.tree.serial, self.id).cmp(&(other.tree.serial, other.id))
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?} {:?}", self.article(), self.name().map(|name| &name.local), self.string())
    }
}
