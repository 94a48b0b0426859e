//! `fn:serialize` (Functions and Operators 3.1 §14.7.2; `XSLT` and `XQuery` Serialization 3.1).

mod adaptive;
mod html;
mod json;
mod markup;
mod parameters;
mod text;

use std::sync::Arc;

use super::{Args, Entry};
use crate::atomic::Atomic;
use crate::error::{Error, Result};
use crate::eval::Eval;
use crate::function::Call;
use crate::item::{Item, Sequence, one};
use crate::tree::{Node, NodeKind};
use crate::version::Version;
use markup::Markup;
use parameters::{Method, Parameters};

pub(super) const TABLE: &[Entry] = &[
    (Version::V30, "fn:serialize(item()*) as xs:string", serialize),
    (Version::V30, "fn:serialize(item()*, item()?) as xs:string", serialize),
];

fn serialize(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let parameters = Parameters::of(args.items(1).first(), call.eval)?;
    let text = written(args.items(0), &parameters, call.eval)?;
    Ok(one(Atomic::from(text)))
}

/// Writes a node as XML with the namespaces that hold at it; an attribute as `name="value"`.
pub(crate) fn node_xml(node: &Node, to: &mut String, eval: &Eval<'_>) -> Result<()> {
    let parameters = Parameters::default();
    let mut markup = Markup::new(&parameters, eval);
    match node.kind() {
        NodeKind::Attribute => markup.lone_attribute(node),
        _ => markup.node(node),
    }?;
    markup.settle()?;
    to.push_str(&markup.to);
    Ok(())
}

/// Items as a text.
fn written(items: &[Item], parameters: &Parameters, eval: &Eval<'_>) -> Result<String> {
    match parameters.method {
        Method::Json => json::written(items, parameters, eval),
        Method::Adaptive => adaptive::written(items, parameters, eval),
        Method::Text => plain(items, parameters, eval),
        Method::Xml | Method::Html | Method::Xhtml => marked_up(items, parameters, eval),
    }
}

/// What stands in a sequence that is made a document (Serialization 3.1 §2, "sequence normalization").
enum Part<'a> {
    Text(Arc<str>),
    Node(&'a Node),
}

/// The parts of the document that a sequence is made.
fn parts<'a>(items: &'a [Item], parameters: &Parameters, eval: &Eval<'_>) -> Result<Vec<Part<'a>>> {
    let mut parts = Vec::new();
    let mut after_text = false;
    for item in flat(items, eval)? {
        let is_text = matches!(item, Item::Atomic(_));
        match &parameters.item_separator {
            Some(separator) if !parts.is_empty() => parts.push(Part::Text(separator.clone())),
            None if after_text && is_text => parts.push(Part::Text(" ".into())),
            _ => {}
        }
        parts.push(match item {
            Item::Atomic(atomic) => {
                let text = atomic.string();
                eval.charge_text(text.len())?;
                Part::Text(text)
            }
            Item::Node(node) if node.kind() != NodeKind::Attribute => Part::Node(node),
            other => {
                let text = format!("{} cannot stand in a document", other.described());
                return Err(Error::new("SENR0001", text));
            }
        });
        after_text = is_text;
    }
    Ok(parts)
}

/// The items, those in arrays as well.
fn flat<'a>(items: &'a [Item], eval: &Eval<'_>) -> Result<Vec<&'a Item>> {
    let mut flat = Vec::new();
    let mut left: Vec<&Item> = items.iter().rev().collect();
    while let Some(item) = left.pop() {
        eval.charge(1)?;
        match item {
            Item::Array(members) => left.extend(members.iter().rev().flat_map(|member| member.iter().rev())),
            other => flat.push(other),
        }
    }
    Ok(flat)
}

/// By the method `text`: the string values.
fn plain(items: &[Item], parameters: &Parameters, eval: &Eval<'_>) -> Result<String> {
    let mut to = String::new();
    for part in parts(items, parameters, eval)? {
        let text = match part {
            Part::Text(text) => text,
            Part::Node(node) if matches!(node.kind(), NodeKind::Comment | NodeKind::Instruction) => continue,
            Part::Node(node) => node.string(),
        };
        text::charge(&text, parameters, eval)?;
        text::plain(&text, parameters, &mut to)?;
    }
    Ok(to)
}

/// By the methods `xml`, `xhtml` and `html`.
fn marked_up(items: &[Item], parameters: &Parameters, eval: &Eval<'_>) -> Result<String> {
    let parts = parts(items, parameters, eval)?;
    let mut markup = Markup::new(parameters, eval);
    markup.prolog(&parts)?;
    for part in &parts {
        match part {
            Part::Text(text) => markup.text(text, None)?,
            Part::Node(node) => markup.node(node)?,
        }
    }
    markup.settle()?;
    Ok(markup.to)
}
