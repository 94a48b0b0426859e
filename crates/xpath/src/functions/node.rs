//! Functions on nodes (Functions and Operators 3.1 §2, §13, §14.5).

use std::collections::HashSet;
use std::fmt::Write;
use std::sync::Arc;

use super::string::{made, words};
use super::{Args, Entry, NAMESPACE, nothing, uri};
use crate::atomic::{Atomic, QName, Value};
use crate::character::BLANKS;
use crate::error::{Error, Result};
use crate::eval::Eval;
use crate::function::Call;
use crate::item::{Item, Sequence, atomized, one};
use crate::number;
use crate::tree::{Node, NodeKind};
use crate::version::Version;

pub(super) const TABLE: &[Entry] = &[
    (Version::V10, "fn:name() as xs:string", name),
    (Version::V10, "fn:name(node()?) as xs:string", name),
    (Version::V10, "fn:local-name() as xs:string", local_name),
    (Version::V10, "fn:local-name(node()?) as xs:string", local_name),
    (Version::V10, "fn:namespace-uri() as xs:anyURI", namespace_uri),
    (Version::V10, "fn:namespace-uri(node()?) as xs:anyURI", namespace_uri),
    (Version::V30, "fn:node-name() as xs:QName?", node_name),
    (Version::V20, "fn:node-name(node()?) as xs:QName?", node_name),
    (Version::V10, "fn:string() as xs:string", string),
    (Version::V10, "fn:string(item()?) as xs:string", string),
    (Version::V30, "fn:data() as xs:anyAtomicType*", data),
    (Version::V20, "fn:data(item()*) as xs:anyAtomicType*", data),
    (Version::V10, "fn:lang(xs:string?) as xs:boolean", lang),
    (Version::V20, "fn:lang(xs:string?, node()) as xs:boolean", lang),
    (Version::V20, "fn:root() as node()", root),
    (Version::V20, "fn:root(node()?) as node()?", root),
    (Version::V30, "fn:path() as xs:string?", path),
    (Version::V30, "fn:path(node()?) as xs:string?", path),
    (Version::V30, "fn:has-children() as xs:boolean", has_children),
    (Version::V30, "fn:has-children(node()?) as xs:boolean", has_children),
    (Version::V30, "fn:innermost(node()*) as node()*", innermost),
    (Version::V30, "fn:outermost(node()*) as node()*", outermost),
    (Version::V30, "fn:nilled() as xs:boolean?", nilled),
    (Version::V20, "fn:nilled(node()?) as xs:boolean?", nilled),
    (Version::V20, "fn:base-uri() as xs:anyURI?", base_uri),
    (Version::V20, "fn:base-uri(node()?) as xs:anyURI?", base_uri),
    (Version::V30, "fn:document-uri() as xs:anyURI?", document_uri),
    (Version::V20, "fn:document-uri(node()?) as xs:anyURI?", document_uri),
    (Version::V10, "fn:id(xs:string*) as element()*", id),
    (Version::V20, "fn:id(xs:string*, node()) as element()*", id),
    (Version::V20, "fn:element-with-id(xs:string*) as element()*", id),
    (Version::V20, "fn:element-with-id(xs:string*, node()) as element()*", id),
    (Version::V20, "fn:idref(xs:string*) as node()*", idref),
    (Version::V20, "fn:idref(xs:string*, node()) as node()*", idref),
    (Version::V30, "fn:generate-id() as xs:string", generate_id),
    (Version::V30, "fn:generate-id(node()?) as xs:string", generate_id),
];

/// The namespace of `xml:lang`, `xml:id` and `xml:base`.
pub(crate) const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// The node of an argument, or the context node where there is no such argument.
fn subject(call: &Call<'_>, args: &Args, index: usize) -> Result<Option<Node>> {
    if args.len() > index {
        return Ok(args.node(index).cloned());
    }
    match call.item()? {
        Item::Node(node) => Ok(Some(node.clone())),
        other => Err(Error::types(format_args!("the context item is {}, not a node", other.described()))),
    }
}

/// What is told of the name of a node; nothing of what has none.
fn named<T: Default>(call: &Call<'_>, args: &Args, of: impl Fn(&QName) -> T) -> Result<T> {
    let node = subject(call, args, 0)?;
    Ok(node.as_ref().and_then(Node::name).map_or_else(T::default, |name| of(name)))
}

fn name(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let written = named(call, args, |name| match &*name.prefix {
        "" => name.local.to_string(),
        prefix => format!("{prefix}:{}", name.local),
    })?;
    made(call, written)
}

fn local_name(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    made(call, named(call, args, |name| name.local.to_string())?)
}

fn namespace_uri(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let namespace = named(call, args, |name| name.namespace.to_string())?;
    call.eval.charge_text(namespace.len())?;
    Ok(one(Atomic::uri(namespace)))
}

fn node_name(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let node = subject(call, args, 0)?;
    let name = node.as_ref().and_then(Node::name);
    Ok(name.map(|name| Atomic::from(Arc::clone(name)).into()).into_iter().collect())
}

fn string(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let item = if args.len() == 0 { Some(call.item()?) } else { args.items(0).first() };
    let text = item.map_or(Ok(Arc::from("")), |item| string_value(item, call.eval))?;
    Ok(one(Atomic::from(text)))
}

/// The string value of an item, by the rules of `XPath` 1.0 where they hold.
pub(super) fn string_value(item: &Item, eval: &Eval<'_>) -> Result<Arc<str>> {
    match item {
        Item::Atomic(Atomic { value: Value::Double(number), .. }) if eval.compatible() => {
            Ok(number::old_text(*number).into())
        }
        other => other.string(eval),
    }
}

fn data(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let items = if args.len() == 0 { std::slice::from_ref(call.item()?) } else { args.items(0) };
    Ok(atomized(items, call.eval)?.into_iter().map(Item::from).collect())
}

/// The value of an attribute `xml:…` of an element.
fn xml_attribute(element: &Node, local: &str) -> Option<Arc<str>> {
    let named = |one: &Node| one.name().is_some_and(|name| &*name.namespace == XML && &*name.local == local);
    element.attributes().find(named).map(|one| one.string())
}

/// The values of an attribute `xml:…` at a node and around it, the nearest first, up to one that is enough.
fn around(node: &Node, local: &str, eval: &Eval<'_>, enough: fn(&str) -> bool) -> Result<Vec<Arc<str>>> {
    let mut values = Vec::new();
    for one in std::iter::once(node.clone()).chain(node.ancestors()) {
        eval.charge(1 + one.attributes().count())?;
        if let Some(value) = xml_attribute(&one, local) {
            eval.charge(value.len() / 64)?;
            values.push(value);
        }
        if values.last().is_some_and(|value| enough(value)) {
            break;
        }
    }
    Ok(values)
}

fn lang(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let Some(node) = subject(call, args, 1)? else { return Ok(one(false)) };
    let languages = around(&node, "lang", call.eval, |_| true)?;
    call.eval.charge_text(languages.first().map_or(0, |language| language.len()))?;
    let language = languages.first().map(|language| language.to_lowercase());
    call.eval.charge_text(args.string(0).len())?;
    let wanted = args.string(0).to_lowercase();
    let rest = language.as_ref().and_then(|language| language.strip_prefix(&wanted));
    Ok(one(rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))))
}

fn root(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    Ok(subject(call, args, 0)?.map(|node| node.root().into()).into_iter().collect())
}

fn path(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let Some(node) = subject(call, args, 0)? else { return nothing() };
    let mut steps = Vec::new();
    let mut next = Some(node.clone());
    while let Some(node) = next {
        next = node.parent();
        if next.is_some() {
            steps.push(step(&node, call.eval)?);
        }
    }
    let document = node.root().kind() == NodeKind::Document;
    let mut text = if document { String::new() } else { format!("Q{{{NAMESPACE}}}root()") };
    if document && steps.is_empty() {
        text.push('/');
    }
    for step in steps.iter().rev() {
        text.push('/');
        text.push_str(step);
    }
    call.eval.charge_text(text.len())?;
    Ok(one(Atomic::from(text)))
}

/// The step of a path that selects a node in its parent.
fn step(node: &Node, eval: &Eval<'_>) -> Result<String> {
    let name = node.name();
    let (namespace, local) = name.map_or(("", ""), |name| (&*name.namespace, &*name.local));
    let mut step = match node.kind() {
        NodeKind::Attribute if namespace.is_empty() => return Ok(format!("@{local}")),
        NodeKind::Attribute => return Ok(format!("@Q{{{namespace}}}{local}")),
        NodeKind::Element => format!("Q{{{namespace}}}{local}"),
        NodeKind::Text => "text()".to_owned(),
        NodeKind::Comment => "comment()".to_owned(),
        NodeKind::Instruction => format!("processing-instruction({local})"),
        NodeKind::Document => String::new(),
    };
    let mut position = 1_usize;
    for other in node.previous_siblings() {
        eval.charge(1)?;
        let same = match (name, other.name()) {
            (Some(name), Some(other)) => name.local == other.local && name.namespace == other.namespace,
            (name, other) => name.is_none() && other.is_none(),
        };
        position += usize::from(same && other.kind() == node.kind());
    }
    write!(step, "[{position}]").map_err(Error::limit)?;
    Ok(step)
}

fn has_children(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    Ok(one(subject(call, args, 0)?.is_some_and(|node| node.children().next().is_some())))
}

/// The nodes of an argument in document order, each once.
fn ordered(call: &Call<'_>, args: &Args) -> Result<Vec<Node>> {
    call.eval.charge(args.items(0).len())?;
    let nodes = args.items(0).iter().filter_map(|item| match item {
        Item::Node(node) => Some(node.clone()),
        _ => None,
    });
    let mut nodes: Vec<Node> = nodes.collect();
    nodes.sort_unstable();
    nodes.dedup();
    Ok(nodes)
}

fn innermost(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    // What stands in a node follows it at once.
    let mut nodes = ordered(call, args)?.into_iter().peekable();
    let mut kept = Vec::new();
    while let Some(node) = nodes.next() {
        if !nodes.peek().is_some_and(|next| node.contains(next)) {
            kept.push(node.into());
        }
    }
    Ok(kept)
}

fn outermost(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let mut kept: Vec<Node> = Vec::new();
    for node in ordered(call, args)? {
        if !kept.last().is_some_and(|last| last.contains(&node)) {
            kept.push(node);
        }
    }
    Ok(kept.into_iter().map(Item::from).collect())
}

fn nilled(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    match subject(call, args, 0)? {
        Some(node) if node.kind() == NodeKind::Element => Ok(one(false)),
        _ => nothing(),
    }
}

fn base_uri(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let Some(node) = subject(call, args, 0)? else { return nothing() };
    // Nothing is known of where a document is from: an absolute URI tells it to those below.
    let mut given = around(&node, "base", call.eval, uri::is_absolute)?;
    let mut base = given.pop().filter(|uri| uri::is_absolute(uri));
    for uri in given.iter().rev() {
        call.eval.charge_text(uri.len() + base.as_ref().map_or(0, |base| base.len()))?;
        base = base.map(|base| uri::resolved(uri, &base).map_or(base, Arc::from));
    }
    Ok(base.map(|base| Atomic::uri(base).into()).into_iter().collect())
}

fn document_uri(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    subject(call, args, 0)?;
    nothing()
}

/// The document of a node by whose identifiers something is found.
fn document(call: &Call<'_>, args: &Args) -> Result<Option<Node>> {
    let root = subject(call, args, 1)?.map(|node| node.root());
    match root {
        Some(root) if root.kind() != NodeKind::Document => {
            Err(Error::new("FODC0001", "the node is not in a document"))
        }
        root => Ok(root),
    }
}

fn id(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let Some(document) = document(call, args)? else { return nothing() };
    let texts = args.items(0).iter().filter_map(|item| match item {
        Item::Atomic(atomic) => atomic.as_text(),
        _ => None,
    });
    let mut wanted = HashSet::new();
    for text in texts {
        call.eval.charge_text(text.len())?;
        wanted.extend(words(text));
    }
    // Without a schema only `xml:id` is an identifier; of elements with the same one the first counts.
    call.eval.charge(document.tree().len())?;
    let mut found = Vec::new();
    for node in document.descendants() {
        let id = xml_attribute(&node, "id");
        call.eval.charge(id.as_ref().map_or(0, |id| id.len() / 64))?;
        if id.is_some_and(|id| wanted.remove(id.trim_matches(BLANKS))) {
            found.push(node.into());
        }
    }
    Ok(found)
}

fn idref(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    // Without a schema nothing refers to an identifier.
    document(call, args)?;
    nothing()
}

fn generate_id(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let id = subject(call, args, 0)?.map(|node| {
        let (tree, id) = node.numbers();
        format!("d{tree}n{id}")
    });
    Ok(one(Atomic::from(id.unwrap_or_default())))
}
