//! Nodes as XML, XHTML and HTML (Serialization 3.1 §5, §6, §7).

use std::collections::HashMap;

use super::parameters::{Method, Parameters};
use super::text::{self, Place};
use super::{Part, html};
use crate::atomic::QName;
use crate::error::{Error, Result};
use crate::eval::Eval;
use crate::tree::{Node, NodeKind};

pub(super) struct Markup<'a> {
    parameters: &'a Parameters,
    /// Takes steps off.
    eval: &'a Eval<'a>,
    pub(super) to: String,
    /// For so many bytes of it steps were taken off.
    charged: usize,
    /// The namespaces of prefixes where it is written; an empty one is none.
    scope: HashMap<Box<str>, Box<str>>,
    /// So deep does it stand.
    depth: usize,
    /// Whether it stands where nothing is indented.
    solid: bool,
}

/// What a prefix stood for before.
type Before = (Box<str>, Option<Box<str>>);

// === impl Markup ===

impl<'a> Markup<'a> {
    pub(super) fn new(parameters: &'a Parameters, eval: &'a Eval<'a>) -> Self {
        let (to, scope) = (String::new(), HashMap::new());
        Self { parameters, eval, to, charged: 0, scope, depth: 0, solid: !parameters.indent }
    }

    /// Takes the steps off for what has been written by now.
    pub(super) fn settle(&mut self) -> Result<()> {
        let bytes = self.to.len().saturating_sub(self.charged);
        self.charged = self.to.len();
        self.eval.charge_text(bytes)
    }

    /// Takes the steps off that a text may take.
    fn charge(&self, text: &str) -> Result<()> {
        text::charge(text, self.parameters, self.eval)
    }

    /// What stands before everything: the declaration, and that of the document type.
    pub(super) fn prolog(&mut self, parts: &[Part<'_>]) -> Result<()> {
        let Parameters { method, standalone, system, public, .. } = self.parameters;
        let top: Vec<Node> = parts.iter().flat_map(at_top).collect();
        let mut elements = top.iter().filter(|node| node.kind() == NodeKind::Element);
        let root = elements.next().and_then(Node::name);
        let well_formed = root.is_some()
            && elements.next().is_none()
            && parts.iter().all(|part| matches!(part, Part::Node(_)))
            && top.iter().all(|node| node.kind() != NodeKind::Text);
        if *method != Method::Html {
            if !well_formed && (standalone.is_some() || system.is_some()) {
                return Err(Error::new("SEPM0004", "what is serialized is not one element"));
            }
            self.declaration();
        }
        let Some(root) = root else { return Ok(()) };
        if let Some(doctype) = html::doctype(root, self.parameters, public.as_deref(), system.as_deref()) {
            self.to.push_str(&doctype);
            if *method != Method::Html || self.parameters.indent {
                self.to.push('\n');
            }
        }
        Ok(())
    }

    fn declaration(&mut self) {
        if !self.parameters.declaration {
            return;
        }
        let standalone = match self.parameters.standalone {
            Some(true) => " standalone=\"yes\"",
            Some(false) => " standalone=\"no\"",
            None => "",
        };
        let version = self.parameters.xml_version();
        let encoding = &self.parameters.encoding.name;
        let text = format!("<?xml version=\"{version}\" encoding=\"{encoding}\"{standalone}?>");
        self.to.push_str(&text);
    }

    /// Writes a node with what is in it.
    pub(super) fn node(&mut self, node: &Node) -> Result<()> {
        self.settle()?;
        match node.kind() {
            NodeKind::Document => node.children().try_for_each(|child| self.node(&child)),
            NodeKind::Element => self.element(node),
            NodeKind::Attribute => Ok(()),
            NodeKind::Text => {
                let parent = node.parent();
                self.text(&node.string(), parent.as_ref().and_then(Node::name).map(|name| &**name))
            }
            NodeKind::Comment => {
                self.to.push_str("<!--");
                self.to.push_str(&node.string());
                self.to.push_str("-->");
                Ok(())
            }
            NodeKind::Instruction => self.instruction(node),
        }
    }

    /// Writes an attribute alone.
    pub(super) fn lone_attribute(&mut self, node: &Node) -> Result<()> {
        let Some(name) = node.name() else { return Ok(()) };
        self.to.push_str(&written(&name.prefix, &name.local));
        self.value(&node.string())
    }

    fn instruction(&mut self, node: &Node) -> Result<()> {
        let data = node.string();
        let html = self.parameters.method == Method::Html;
        if html && data.contains('>') {
            return Err(Error::new("SERE0015", "a processing instruction of HTML has no `>`"));
        }
        self.to.push_str("<?");
        self.to.push_str(node.name().map_or("", |name| &name.local));
        if !data.is_empty() {
            self.to.push(' ');
            self.to.push_str(&data);
        }
        self.to.push_str(if html { ">" } else { "?>" });
        Ok(())
    }

    /// Writes a text, in an element.
    pub(super) fn text(&mut self, text: &str, within: Option<&QName>) -> Result<()> {
        self.charge(text)?;
        let method = self.parameters.method;
        let Some(name) = within else {
            return text::escaped(text, Place::Element, self.parameters, &mut self.to);
        };
        if method == Method::Html && html::is_raw(name) {
            return text::plain(text, self.parameters, &mut self.to);
        }
        if method != Method::Html && self.parameters.cdata.has(name) {
            self.cdata(text);
            return Ok(());
        }
        text::escaped(text, Place::Element, self.parameters, &mut self.to)
    }

    /// CDATA sections; what the encoding does not have stands between them.
    fn cdata(&mut self, text: &str) {
        let text = text::normalized(text, self.parameters);
        let (mut open, mut brackets) = (false, 0);
        for one in text.chars() {
            let has = self.parameters.encoding.has(one);
            if open && (!has || (one == '>' && brackets >= 2)) {
                self.to.push_str("]]>");
                open = false;
            }
            if has && !open {
                self.to.push_str("<![CDATA[");
                open = true;
            }
            brackets = if one == ']' { brackets + 1 } else { 0 };
            if has {
                self.to.push(one);
            } else {
                text::reference(one, &mut self.to);
            }
        }
        if open {
            self.to.push_str("]]>");
        }
    }

    fn element(&mut self, node: &Node) -> Result<()> {
        let Some(name) = node.name() else { return Ok(()) };
        let tag = written(&name.prefix, &name.local);
        self.to.push('<');
        self.to.push_str(&tag);
        let before = self.declarations(node, name)?;
        for attribute in node.attributes() {
            self.attribute(&attribute, name)?;
        }
        let meta = html::meta(name, self.parameters);
        let empty = meta.is_none() && node.children().next().is_none();
        match (empty, self.parameters.method) {
            (true, Method::Xml) => self.to.push_str("/>"),
            (true, Method::Xhtml) if html::is_void(name) => self.to.push_str(" />"),
            (true, Method::Html) if html::is_void(name) => self.to.push('>'),
            _ => {
                self.to.push('>');
                self.content(node, name, meta)?;
                self.to.push_str("</");
                self.to.push_str(&tag);
                self.to.push('>');
            }
        }
        for (prefix, namespace) in before.into_iter().rev() {
            match namespace {
                Some(namespace) => self.scope.insert(prefix, namespace),
                None => self.scope.remove(&prefix),
            };
        }
        Ok(())
    }

    fn content(&mut self, node: &Node, name: &QName, meta: Option<String>) -> Result<()> {
        let around = self.solid;
        self.solid = around || self.is_solid(node, name);
        self.depth += 1;
        let has_meta = meta.is_some();
        let mut indented = false;
        if let Some(meta) = meta {
            indented = self.line();
            self.to.push_str(&meta);
        }
        for child in node.children() {
            if has_meta && html::is_meta(&child) {
                continue;
            }
            indented |= self.line();
            self.node(&child)?;
        }
        self.depth -= 1;
        if indented {
            self.line();
        }
        self.solid = around;
        Ok(())
    }

    /// Whether nothing may be indented in an element: it has text, or the parameters say so.
    fn is_solid(&self, node: &Node, name: &QName) -> bool {
        let preserves = |node: &Node| {
            let spaces = node
                .attributes()
                .find(|one| one.name().is_some_and(|name| &*name.prefix == "xml" && &*name.local == "space"));
            spaces.is_some_and(|spaces| &*spaces.string() == "preserve")
        };
        let has_text = || node.children().any(|child| child.kind() == NodeKind::Text);
        let html = self.parameters.method != Method::Xml && html::is_solid(name);
        html || self.parameters.unindented.has(name) || preserves(node) || has_text()
    }

    /// A new line, where it is indented.
    fn line(&mut self) -> bool {
        if self.solid {
            return false;
        }
        self.to.push('\n');
        (0..self.depth).for_each(|_| self.to.push_str("  "));
        true
    }

    /// Declares the namespaces that hold at an element and not around it: what prefixes stood for around it.
    fn declarations(&mut self, node: &Node, name: &QName) -> Result<Vec<Before>> {
        let mut before = Vec::new();
        if self.depth == 0 {
            self.eval.charge(4 * node.namespace_steps())?;
            let namespaces = node.namespaces();
            for (prefix, namespace) in namespaces {
                self.declare(&prefix, &namespace, &mut before);
            }
        }
        for (prefix, namespace) in node.declared() {
            self.declare(prefix, namespace, &mut before);
        }
        self.declare(&name.prefix, &name.namespace, &mut before);
        for attribute in node.attributes() {
            if let Some(name) = attribute.name().filter(|name| !name.prefix.is_empty()) {
                self.declare(&name.prefix, &name.namespace, &mut before);
            }
        }
        Ok(before)
    }

    fn declare(&mut self, prefix: &str, namespace: &str, before: &mut Vec<Before>) {
        let around = self.scope.get(prefix).map_or("", |namespace| namespace);
        let cannot = namespace.is_empty() && !prefix.is_empty() && !self.parameters.undeclare;
        if around == namespace || prefix == "xml" || cannot {
            return;
        }
        let value = text::normalized(namespace, self.parameters).replace('&', "&amp;");
        let value = value.replace('<', "&lt;").replace('"', "&quot;");
        let colon = if prefix.is_empty() { "" } else { ":" };
        let declaration = format!(" xmlns{colon}{prefix}=\"{value}\"");
        self.to.push_str(&declaration);
        before.push((prefix.into(), self.scope.insert(prefix.into(), namespace.into())));
    }

    fn attribute(&mut self, node: &Node, element: &QName) -> Result<()> {
        let Some(name) = node.name() else { return Ok(()) };
        let value = node.string();
        self.to.push(' ');
        self.to.push_str(&written(&name.prefix, &name.local));
        if self.parameters.method == Method::Html && html::is_boolean(element, name, &value) {
            return Ok(());
        }
        self.value(&value)
    }

    fn value(&mut self, value: &str) -> Result<()> {
        self.charge(value)?;
        self.to.push_str("=\"");
        text::escaped(value, Place::Attribute, self.parameters, &mut self.to)?;
        self.to.push('"');
        Ok(())
    }
}

/// A name as it is written.
fn written(prefix: &str, local: &str) -> String {
    if prefix.is_empty() { local.to_owned() } else { format!("{prefix}:{local}") }
}

/// The nodes that a part puts at the top of the document.
fn at_top(part: &Part<'_>) -> Vec<Node> {
    match part {
        Part::Text(_) => Vec::new(),
        Part::Node(node) if node.kind() == NodeKind::Document => node.children().collect(),
        Part::Node(node) => vec![(*node).clone()],
    }
}
