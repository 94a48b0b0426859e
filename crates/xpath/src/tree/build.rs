//! Trees from text, and from what expressions make.

use std::collections::HashMap;
use std::fmt::Display;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use roxmltree::{Document, Node, NodeType, ParsingOptions};

use super::{Data, NONE, NodeKind, Tree, scan};
use crate::atomic::QName;
use crate::error::{Error, Result};

/// So many nodes may a document have.
const NODES: u32 = 1_000_000;

/// Makes a tree from its first node to its last.
pub(crate) struct Builder {
    nodes: Vec<Data>,
    /// The nodes that are not ended yet, each with the last of its children.
    open: Vec<(u32, u32)>,
}

/// So many bytes may a name have.
const NAME: usize = 4_000;

/// Where a namespace is written, and how long it is: it may be long itself.
type Place = (*const u8, usize);

/// Names as they are written, with their namespaces; what is the same is kept once.
#[derive(Default)]
struct Names<'a> {
    known: HashMap<(&'a str, Option<Place>), Arc<QName>>,
    namespaces: HashMap<Option<Place>, Arc<str>>,
}

// === impl Tree ===

impl Tree {
    /// Reads XML. Document type declarations are refused; the error is `FODC0006`.
    pub(crate) fn parse(xml: &str) -> Result<Rc<Self>> {
        let mut tree = read(xml, document)?;
        tree.source = xml.into();
        if let Some(document) = tree.nodes.first_mut() {
            document.source = places(0..xml.len());
        }
        Ok(Rc::new(tree))
    }

    /// Reads what may stand in an element (XML 1.0 §4.3.2, "external general parsed entity", without its declaration) as the
    /// children of a document.
    pub(crate) fn parse_fragment(xml: &str) -> Result<Rc<Self>> {
        let mut tree = read(&format!("<a>{xml}</a>"), outermost)?;
        for node in &mut tree.nodes {
            node.source = 0..0;
        }
        Ok(Rc::new(tree))
    }
}

fn wrong(text: impl Display) -> Error {
    Error::new("FODC0006", format_args!("it is no XML: {text}"))
}

fn document<'a>(document: &'a Document<'a>) -> Node<'a, 'a> {
    document.root()
}

fn outermost<'a>(document: &'a Document<'a>) -> Node<'a, 'a> {
    document.root_element()
}

/// Reads XML and makes a document of what is below a node.
fn read(xml: &str, top: for<'a> fn(&'a Document<'a>) -> Node<'a, 'a>) -> Result<Tree> {
    let declared = scan::declarations(xml).map_err(wrong)?;
    let options = ParsingOptions { allow_dtd: false, nodes_limit: NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(xml, options).map_err(wrong)?;
    let top = top(&document);
    let mut elements = declared.into_iter();
    if top.is_element() {
        elements.next();
    }
    let mut builder = Builder::document();
    let mut names = Names::default();
    let mut open = vec![top.id()];
    for node in top.descendants().skip(1) {
        let around = node.parent().map(|parent| parent.id());
        while open.last() != around.as_ref() && open.pop().is_some() {
            builder.close();
        }
        match node.node_type() {
            NodeType::Root => {}
            NodeType::Element => {
                open.push(node.id());
                element(&mut builder, node, xml, elements.next().unwrap_or_default(), &mut names)?;
            }
            NodeType::Text => {
                if let Some(text) = node.text().filter(|text| !text.is_empty()) {
                    builder.text(text);
                    builder.placed(written(node, xml));
                }
            }
            NodeType::Comment => {
                builder.comment(node.text().unwrap_or_default());
                builder.placed(node.range());
            }
            NodeType::PI => {
                let instruction = node.pi();
                let target = instruction.map_or("", |one| one.target);
                builder.instruction(target, instruction.and_then(|one| one.value).unwrap_or_default());
                builder.placed(node.range());
            }
        }
    }
    Ok(builder.tree())
}

/// Begins an element with its attributes. Its tag declares so many namespaces.
fn element<'a>(
    builder: &mut Builder,
    node: Node<'a, 'a>,
    xml: &'a str,
    declared: usize,
    names: &mut Names<'a>,
) -> Result<()> {
    let range = node.range();
    let tag = xml.get(range.start + 1..).unwrap_or_default();
    let end = tag.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>'));
    let written = end.and_then(|end| tag.get(..end)).unwrap_or_default();
    builder.begin(name(written, node.tag_name().namespace(), names)?);
    builder.placed(range);
    let declared = node.namespaces().take(declared);
    let declared = declared.map(|one| (one.name().unwrap_or_default().into(), one.uri().into())).collect();
    if let Some(element) = builder.around() {
        element.declared = declared;
    }
    for attribute in node.attributes() {
        let written = xml.get(attribute.range_qname()).unwrap_or_default();
        builder.attribute_of(name(written, attribute.namespace(), names)?, attribute.value());
        builder.placed(attribute.range());
    }
    Ok(())
}

/// Where a text is written, with all `CDATA` sections in it.
fn written(text: Node<'_, '_>, xml: &str) -> Range<usize> {
    let start = text.range().start;
    let end = match (text.next_sibling(), text.parent()) {
        (Some(next), _) => Some(next.range().start),
        (None, Some(parent)) => {
            let end = parent.range().end;
            xml.get(start..end).and_then(|rest| rest.rfind("</")).map(|tag| start + tag)
        }
        (None, None) => None,
    };
    start..end.unwrap_or(start)
}

/// A name as it is written, with its namespace; one for all that are the same.
fn name<'a>(written: &'a str, namespace: Option<&'a str>, names: &mut Names<'a>) -> Result<Arc<QName>> {
    let place = namespace.map(|namespace| (namespace.as_ptr(), namespace.len()));
    if let Some(known) = names.known.get(&(written, place)) {
        return Ok(Arc::clone(known));
    }
    if written.len() > NAME {
        return Err(wrong(format_args!("a name has more than {NAME} bytes")));
    }
    let known = names.namespaces.entry(place).or_insert_with(|| namespace.unwrap_or_default().into());
    let name = Arc::new(QName { namespace: Arc::clone(known), ..named(written) });
    names.known.insert((written, place), Arc::clone(&name));
    Ok(name)
}

/// A name in no namespace.
fn named(written: &str) -> QName {
    let (prefix, local) = written.split_once(':').unwrap_or(("", written));
    QName { prefix: prefix.into(), namespace: Arc::default(), local: local.into() }
}

fn places(range: Range<usize>) -> Range<u32> {
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    place(range.start)..place(range.end)
}

// === impl Builder ===

impl Builder {
    /// A tree whose first node is a document.
    pub(crate) fn document() -> Self {
        let mut builder = Self::loose();
        let document = builder.push(NodeKind::Document, None, None);
        builder.open.push((document, NONE));
        builder
    }

    /// A tree whose first node is what is made first.
    pub(crate) fn loose() -> Self {
        Self { nodes: Vec::new(), open: Vec::new() }
    }

    /// Begins an element; what is made up to [`Self::close`] stands in it, its attributes first.
    pub(crate) fn open(&mut self, name: QName) -> u32 {
        self.begin(Arc::new(name))
    }

    fn begin(&mut self, name: Arc<QName>) -> u32 {
        let id = self.push(NodeKind::Element, Some(name), None);
        self.open.push((id, NONE));
        id
    }

    /// What the element that was begun last declares, as prefix and namespace.
    pub(crate) fn declare(&mut self, prefix: &str, namespace: &str) {
        if let Some(element) = self.around() {
            let mut declared = std::mem::take(&mut element.declared).into_vec();
            declared.push((prefix.into(), namespace.into()));
            element.declared = declared.into();
        }
    }

    /// An attribute of the element that was begun last.
    pub(crate) fn attribute(&mut self, name: QName, value: &str) {
        self.attribute_of(Arc::new(name), value);
    }

    fn attribute_of(&mut self, name: Arc<QName>, value: &str) {
        self.push(NodeKind::Attribute, Some(name), Some(value.into()));
        if let Some(element) = self.around() {
            element.attributes += 1;
        }
    }

    /// A text; nothing where it is empty, one with a text that precedes it.
    pub(crate) fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let last = self.open.last().and_then(|(_, last)| self.nodes.get_mut(*last as usize));
        match last.filter(|last| last.kind == NodeKind::Text) {
            Some(Data { value: Some(before), .. }) => *before = format!("{before}{text}").into(),
            _ => {
                self.push(NodeKind::Text, None, Some(text.into()));
            }
        }
    }

    /// A comment.
    pub(crate) fn comment(&mut self, text: &str) {
        self.push(NodeKind::Comment, None, Some(text.into()));
    }

    /// A processing instruction.
    pub(crate) fn instruction(&mut self, target: &str, value: &str) {
        self.push(NodeKind::Instruction, Some(Arc::new(named(target))), Some(value.into()));
    }

    /// Ends the element that was begun last.
    pub(crate) fn close(&mut self) {
        let end = self.next();
        if let Some(element) = self.around() {
            element.end = end;
        }
        self.open.pop();
    }

    /// The tree, with all elements ended.
    pub(crate) fn finish(self) -> Rc<Tree> {
        Rc::new(self.tree())
    }

    fn tree(mut self) -> Tree {
        /// Of the tree that is made next.
        static SERIAL: AtomicU64 = AtomicU64::new(0);

        while !self.open.is_empty() {
            self.close();
        }
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        Tree { serial, nodes: self.nodes, source: Box::default() }
    }

    /// The element that was begun last.
    fn around(&mut self) -> Option<&mut Data> {
        self.open.last().and_then(|(id, _)| self.nodes.get_mut(*id as usize))
    }

    /// Where the node that was made last stands in the source.
    fn placed(&mut self, range: Range<usize>) {
        if let Some(node) = self.nodes.last_mut() {
            node.source = places(range);
        }
    }

    fn next(&self) -> u32 {
        u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)
    }

    fn push(&mut self, kind: NodeKind, name: Option<Arc<QName>>, value: Option<Arc<str>>) -> u32 {
        let id = self.next();
        let (parent, previous) = match self.open.last_mut() {
            Some((parent, _)) if kind == NodeKind::Attribute => (*parent, NONE),
            Some((parent, last)) => (*parent, std::mem::replace(last, id)),
            None => (NONE, NONE),
        };
        let (declared, source) = (Box::default(), 0..0);
        self.nodes.push(Data {
            kind,
            parent,
            previous,
            end: id + 1,
            attributes: 0,
            name,
            value,
            declared,
            source,
        });
        id
    }
}
