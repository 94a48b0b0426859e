//! Parameters in an element `output:serialization-parameters` (Serialization 3.1 §3.1).

use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::sync::Arc;

use super::{Encoding, Method, Names, Parameters, wrong_kind};
use crate::character::{BLANKS, is_blank};
use crate::error::{Error, Result};
use crate::eval::Eval;
use crate::item::Item;
use crate::tree::{Node, NodeKind};

const NAMESPACE: &str = "http://www.w3.org/2010/xslt-xquery-serialization";

/// Takes the parameters over that an element has.
pub(super) fn read(node: &Node, to: &mut Parameters, eval: &Eval<'_>) -> Result<()> {
    let is_one = |node: &Node| {
        node.kind() == NodeKind::Element
            && node.name().is_some_and(|name| {
                *name.namespace == *NAMESPACE && &*name.local == "serialization-parameters"
            })
    };
    if !is_one(node) {
        return Err(wrong_kind(&Item::Node(node.clone())));
    }
    eval.charge(node.steps())?;
    attributes(node, &[])?;
    let mut names = HashSet::new();
    for child in elements(node)? {
        eval.charge(1)?;
        let Some(name) = child.name().cloned() else { continue };
        if !names.insert((name.namespace.clone(), name.local.clone())) {
            return Err(Error::new(
                "SEPM0019",
                format_args!("the parameter `{}` is given twice", name.local),
            ));
        }
        match &*name.namespace {
            NAMESPACE if &*name.local == "use-character-maps" => characters(&child, to)?,
            NAMESPACE => parameter(&child, &name.local, to, eval)?,
            "" => return Err(wrong(format_args!("`{}` is in no namespace", name.local))),
            _ => {}
        }
    }
    Ok(())
}

fn wrong(text: impl Display) -> Error {
    Error::new("SEPM0017", format_args!("the element is none of parameters: {text}"))
}

/// The elements in an element, which has no text.
fn elements(node: &Node) -> Result<Vec<Node>> {
    let mut elements = Vec::new();
    for child in node.children() {
        match child.kind() {
            NodeKind::Element => elements.push(child),
            NodeKind::Text if !child.string().chars().all(is_blank) => return Err(wrong("it has text")),
            _ => {}
        }
    }
    Ok(elements)
}

/// The attributes of an element have these names; those of other namespaces may stand there as well.
fn attributes(node: &Node, known: &[&str]) -> Result<()> {
    for attribute in node.attributes() {
        let Some(name) = attribute.name() else { continue };
        let strange = name.namespace.is_empty() && !known.contains(&&*name.local);
        if strange || *name.namespace == *NAMESPACE {
            return Err(wrong(format_args!("there is no attribute `{}`", name.local)));
        }
    }
    Ok(())
}

fn value(node: &Node, name: &str) -> Result<Arc<str>> {
    let missing = || wrong(format_args!("the attribute `{name}` is missing"));
    node.attribute(name).map(|attribute| attribute.string()).ok_or_else(missing)
}

fn parameter(node: &Node, name: &str, to: &mut Parameters, eval: &Eval<'_>) -> Result<()> {
    attributes(node, &["value"])?;
    if !elements(node)?.is_empty() {
        return Err(wrong(format_args!("elements stand in `{name}`")));
    }
    let value = value(node, "value")?;
    eval.charge(value.len() / 64)?;
    let text = value.trim_matches(BLANKS);
    match name {
        "method" => to.method = Method::named(text)?,
        "json-node-output-method" => to.node_method = Method::for_nodes(text)?,
        "indent" => to.indent = boolean(text)?,
        "omit-xml-declaration" => to.declaration = !boolean(text)?,
        "standalone" if text == "omit" => to.standalone = None,
        "standalone" => to.standalone = Some(boolean(text)?),
        "undeclare-prefixes" => to.undeclare = boolean(text)?,
        "include-content-type" => to.content_type = boolean(text)?,
        "allow-duplicate-names" => to.duplicates = boolean(text)?,
        "byte-order-mark" | "escape-uri-attributes" => {
            boolean(text)?;
        }
        "version" => to.version = Some(text.into()),
        "html-version" => {
            to.html_version = Some(text.parse().map_err(|_| wrong(format_args!("`{text}` is no number")))?);
        }
        "encoding" => to.encoding = Encoding::named(text)?,
        "normalization-form" => to.normalization = text.into(),
        "item-separator" => to.item_separator = Some(value),
        "doctype-public" => to.public = Some(value),
        "doctype-system" => to.system = Some(value),
        "media-type" => {}
        "cdata-section-elements" => to.cdata = names(node, text, eval)?,
        "suppress-indentation" => to.unindented = names(node, text, eval)?,
        other => return Err(wrong(format_args!("there is no parameter `{other}`"))),
    }
    Ok(())
}

fn boolean(text: &str) -> Result<bool> {
    match text {
        "yes" | "true" | "1" => Ok(true),
        "no" | "false" | "0" => Ok(false),
        other => Err(wrong(format_args!("`{other}` is neither `yes` nor `no`"))),
    }
}

/// Names with blanks between them, by the namespaces that hold at a node.
fn names(node: &Node, text: &str, eval: &Eval<'_>) -> Result<Names> {
    eval.charge(node.namespace_steps())?;
    eval.charge(text.split_ascii_whitespace().count())?;
    let namespaces = node.namespaces();
    let namespaces: HashMap<&str, &str> =
        namespaces.iter().map(|(own, namespace)| (&**own, &**namespace)).collect();
    let name = |text: &str| {
        let (prefix, local) = match text.strip_prefix("Q{").and_then(|rest| rest.split_once('}')) {
            Some((namespace, local)) => return Ok((namespace.into(), local.into())),
            None => text.split_once(':').unwrap_or(("", text)),
        };
        match namespaces.get(prefix) {
            Some(namespace) => Ok((Arc::from(*namespace), local.into())),
            None if prefix.is_empty() => Ok((Arc::default(), local.into())),
            None => Err(wrong(format_args!("the prefix `{prefix}` is not declared"))),
        }
    };
    text.split_whitespace().map(name).collect()
}

fn characters(node: &Node, to: &mut Parameters) -> Result<()> {
    attributes(node, &[])?;
    for child in elements(node)? {
        let is_one =
            child.name().is_some_and(|name| *name.namespace == *NAMESPACE && &*name.local == "character-map");
        if !is_one {
            return Err(wrong("something else than a mapping stands in a character map"));
        }
        attributes(&child, &["character", "map-string"])?;
        let text = value(&child, "character")?;
        let mut characters = text.chars();
        let (Some(one), None) = (characters.next(), characters.next()) else {
            return Err(wrong(format_args!("`{text}` is not one character")));
        };
        if to.characters.insert(one, value(&child, "map-string")?) {
            return Err(Error::new("SEPM0018", format_args!("`{one}` is mapped twice")));
        }
    }
    Ok(())
}
