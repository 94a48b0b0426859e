//! `fn:parse-xml` and `fn:parse-xml-fragment` (Functions and Operators 3.1 §14.7).

use std::rc::Rc;

use super::{Args, Entry};
use crate::character::BLANKS;
use crate::error::{Error, Result};
use crate::eval::Eval;
use crate::function::Call;
use crate::item::{Sequence, one};
use crate::tree::Tree;
use crate::version::Version;

pub(super) const TABLE: &[Entry] = &[
    (Version::V30, "fn:parse-xml(xs:string?) as document-node(element(*))?", parse_xml),
    (Version::V30, "fn:parse-xml-fragment(xs:string?) as document-node()?", parse_fragment),
];

fn parse_xml(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    match args.text(0) {
        Some(text) => read(text, Tree::parse, call.eval),
        None => super::nothing(),
    }
}

/// A document that may have several elements, or text, at its top.
fn parse_fragment(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let Some(text) = args.text(0) else { return super::nothing() };
    let content = without_declaration(text.strip_prefix('\u{feff}').unwrap_or(text))?;
    read(content, Tree::parse_fragment, call.eval)
}

fn read(xml: &str, parse: fn(&str) -> Result<Rc<Tree>>, eval: &Eval<'_>) -> Result<Sequence> {
    eval.charge_text(xml.len())?;
    let tree = parse(xml)?;
    eval.charge(tree.len())?;
    Ok(one(tree.root()))
}

/// An external entity's text without its declaration, which must tell the encoding and nothing but the version beside it (XML
/// 1.0 §4.3.1).
fn without_declaration(text: &str) -> Result<&str> {
    let wrong = || Error::new("FODC0006", "the declaration of a fragment is none of an entity");
    let begun = text.strip_prefix("<?xml").filter(|rest| rest.starts_with(BLANKS));
    let Some((mut inside, rest)) = begun.and_then(|rest| rest.split_once("?>")) else { return Ok(text) };
    let mut names = Vec::new();
    while let Some((name, after)) = inside.split_once('=') {
        let after = after.trim_start();
        let quote = after.chars().next().filter(|one| matches!(one, '"' | '\''));
        let value = after.get(1..).zip(quote).and_then(|(value, quote)| value.split_once(quote));
        let Some((_, after)) = value.filter(|_| name.starts_with(char::is_whitespace)) else {
            return Err(wrong());
        };
        names.push(name.trim());
        inside = after;
    }
    let known = matches!(&*names, ["encoding"] | ["version", "encoding"]);
    if known && inside.trim().is_empty() { Ok(rest) } else { Err(wrong()) }
}
