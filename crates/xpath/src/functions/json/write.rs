//! `fn:xml-to-json` (Functions and Operators 3.1 §17.5.4).

use std::collections::HashSet;
use std::fmt::Display;

use super::escape;
use crate::atomic::Atomic;
use crate::character::{BLANKS, is_blank};
use crate::error::{Error, Result};
use crate::function::Call;
use crate::functions::{Args, NAMESPACE, nothing, options};
use crate::item::{Sequence, one};
use crate::number;
use crate::tree::{Node, NodeKind};

struct Writer<'a> {
    call: &'a Call<'a>,
    to: String,
    indent: bool,
    depth: usize,
}

/// Where an element stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Top,
    Array,
    Map,
}

pub(super) fn xml_to_json(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let indent = match args.map(1) {
        Some(map) => options::boolean(map, "indent", call.eval)?.unwrap_or(false),
        None => false,
    };
    let Some(node) = args.node(0) else { return nothing() };
    let mut writer = Writer { call, to: String::new(), indent, depth: 0 };
    match node.kind() {
        NodeKind::Document => {
            let mut children = elements(node, Some("a document"))?;
            match (children.next(), children.next()) {
                (Some(child), None) => writer.element(&child, Place::Top)?,
                _ => return Err(wrong("a document must have one element")),
            }
        }
        NodeKind::Element => writer.element(node, Place::Top)?,
        _ => return Err(wrong(format_args!("{} is no JSON", node.article()))),
    }
    call.eval.charge_text(writer.to.len())?;
    Ok(one(Atomic::from(writer.to)))
}

/// The elements in a node. Where a text must not stand beside them, `strict` says what the node is; else one of blanks may.
fn elements(node: &Node, strict: Option<&str>) -> Result<std::vec::IntoIter<Node>> {
    let blank = |text: &str| text.chars().all(is_blank);
    let mut elements = Vec::new();
    for child in node.children() {
        match child.kind() {
            NodeKind::Element => elements.push(child),
            NodeKind::Text if strict.is_some() || !blank(&child.string()) => {
                return Err(wrong(format_args!("text stands in {}", strict.unwrap_or("a map or an array"))));
            }
            _ => {}
        }
    }
    Ok(elements.into_iter())
}

fn wrong(text: impl Display) -> Error {
    Error::new("FOJS0006", format_args!("the XML is no JSON: {text}"))
}

/// An attribute that is true or false; false where it is not there.
fn flag(node: &Node, name: &str) -> Result<bool> {
    match node.attribute(name).map(|one| one.string()).as_deref().map(|text| text.trim_matches(BLANKS)) {
        None | Some("false" | "0") => Ok(false),
        Some("true" | "1") => Ok(true),
        Some(other) => Err(wrong(format_args!("`{name}` is `{other}`"))),
    }
}

// === impl Writer ===

impl Writer<'_> {
    fn element(&mut self, node: &Node, place: Place) -> Result<()> {
        self.call.eval.charge(1)?;
        let name = node.name().filter(|name| *name.namespace == *NAMESPACE);
        let Some(name) = name else { return Err(wrong("an element is of another namespace")) };
        attributes(node, place, &name.local)?;
        if matches!(&*name.local, "null" | "boolean" | "number" | "string")
            && node.children().any(|child| child.kind() == NodeKind::Element)
        {
            return Err(wrong(format_args!("an element stands in `{}`", name.local)));
        }
        match &*name.local {
            "null" => {
                elements(node, Some("`null`"))?;
                self.to.push_str("null");
            }
            "boolean" => self.boolean(node)?,
            "number" => self.number(node)?,
            "string" => {
                let text = node.string();
                self.string(&text, flag(node, "escaped")?)?;
            }
            "array" => {
                self.to.push('[');
                self.members(elements(node, None)?, |writer, child| writer.element(child, Place::Array))?;
                self.to.push(']');
            }
            "map" => {
                let mut keys = HashSet::new();
                self.to.push('{');
                self.members(elements(node, None)?, |writer, child| {
                    writer.key(child, &mut keys)?;
                    writer.element(child, Place::Map)
                })?;
                self.to.push('}');
            }
            other => return Err(wrong(format_args!("there is no `{other}`"))),
        }
        Ok(())
    }

    /// The members of an array or an object between commas.
    fn members(
        &mut self,
        children: std::vec::IntoIter<Node>,
        mut write: impl FnMut(&mut Self, &Node) -> Result<()>,
    ) -> Result<()> {
        self.depth += 1;
        let many = children.len();
        for (at, child) in children.enumerate() {
            if at > 0 {
                self.to.push(',');
            }
            self.line();
            write(self, &child)?;
        }
        self.depth -= 1;
        if many > 0 {
            self.line();
        }
        Ok(())
    }

    /// A new line, if it is to be indented.
    fn line(&mut self) {
        if self.indent {
            self.to.push('\n');
            (0..self.depth).for_each(|_| self.to.push_str("  "));
        }
    }

    fn boolean(&mut self, node: &Node) -> Result<()> {
        let text = match node.string().trim_matches(BLANKS) {
            "true" | "1" => "true",
            "false" | "0" => "false",
            other => return Err(wrong(format_args!("`{other}` is neither true nor false"))),
        };
        self.to.push_str(text);
        Ok(())
    }

    fn number(&mut self, node: &Node) -> Result<()> {
        let text = node.string();
        let number = number::double(&text).filter(|number| number.is_finite());
        let number = number.ok_or_else(|| wrong(format_args!("`{text}` is no number")))?;
        self.to.push_str(&number::double_text(number));
        Ok(())
    }

    /// An element's key, which no other of its map may have.
    fn key(&mut self, node: &Node, keys: &mut HashSet<Vec<u16>>) -> Result<()> {
        let Some(key) = node.attribute("key").map(|key| key.string()) else {
            return Err(wrong("an element in a map has no key"));
        };
        let escaped = flag(node, "escaped-key")?;
        self.string(&key, escaped)?;
        self.to.push(':');
        if !keys.insert(units(&key, escaped)) {
            return Err(wrong(format_args!("two keys are `{key}`")));
        }
        Ok(())
    }

    /// A string; its escape sequences stay as they are if it is escaped.
    fn string(&mut self, text: &str, escaped: bool) -> Result<()> {
        self.to.push('"');
        let mut rest = text;
        while let Some(one) = rest.chars().next() {
            let after = rest.get(one.len_utf8()..).unwrap_or_default();
            if escaped && one == '\\' {
                let Some((_, length)) = escape::sequence(after) else {
                    let text = format!("there is no such escape sequence in `{text}`");
                    return Err(Error::new("FOJS0007", text));
                };
                self.to.push_str(rest.get(..=length).unwrap_or_default());
                rest = after.get(length..).unwrap_or_default();
            } else {
                escape::character(one, &mut self.to);
                rest = after;
            }
        }
        self.to.push('"');
        Ok(())
    }
}

/// Which attributes there may be: of other namespaces any.
fn attributes(node: &Node, place: Place, local: &str) -> Result<()> {
    for attribute in node.attributes() {
        let Some(name) = attribute.name() else { continue };
        let known = match &*name.local {
            "key" | "escaped-key" => place != Place::Array,
            "escaped" => local == "string",
            _ => false,
        };
        if *name.namespace == *NAMESPACE || name.namespace.is_empty() && !known {
            return Err(wrong(format_args!("`{local}` cannot have the attribute `{}`", name.local)));
        }
    }
    flag(node, "escaped-key").map(|_| ())
}

/// The UTF-16 code units of a key, with its escape sequences resolved.
fn units(key: &str, escaped: bool) -> Vec<u16> {
    let mut units = Vec::new();
    let mut rest = key;
    while let Some(one) = rest.chars().next() {
        rest = rest.get(one.len_utf8()..).unwrap_or_default();
        match escape::sequence(rest).filter(|_| escaped && one == '\\') {
            Some((unit, length)) => {
                units.push(unit);
                rest = rest.get(length..).unwrap_or_default();
            }
            None => units.extend_from_slice(one.encode_utf16(&mut [0; 2])),
        }
    }
    units
}
