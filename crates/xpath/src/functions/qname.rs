//! Functions on qualified names (Functions and Operators 3.1 §10).

#![expect(clippy::unnecessary_wraps, reason = "the functions of the tables are of one type")]

use std::sync::Arc;

use super::node::XML;
use super::{Args, Entry, nothing};
use crate::atomic::{Atomic, QName, Value};
use crate::cast::name::is_ncname;
use crate::character::BLANKS;
use crate::error::{Error, Result};
use crate::eval::Eval;
use crate::function::Call;
use crate::item::{Sequence, one};
use crate::tree::Node;
use crate::types::Type;
use crate::version::Version;

pub(super) const TABLE: &[Entry] = &[
    (Version::V20, "fn:QName(xs:string?, xs:string) as xs:QName", qname),
    (Version::V20, "fn:resolve-QName(xs:string?, element()) as xs:QName?", resolve_qname),
    (Version::V20, "fn:prefix-from-QName(xs:QName?) as xs:NCName?", prefix),
    (Version::V20, "fn:local-name-from-QName(xs:QName?) as xs:NCName?", local_name),
    (Version::V20, "fn:namespace-uri-from-QName(xs:QName?) as xs:anyURI?", namespace_uri),
    (Version::V20, "fn:namespace-uri-for-prefix(xs:string?, element()) as xs:anyURI?", namespace_for_prefix),
    (Version::V20, "fn:in-scope-prefixes(element()) as xs:string*", in_scope_prefixes),
];

/// A name's prefix, empty for none, and the rest of it.
fn parts(written: &str) -> Result<(&str, &str)> {
    let written = written.trim_matches(BLANKS);
    let (prefix, local) = match written.split_once(':') {
        Some((prefix, local)) if is_ncname(prefix) => (prefix, local),
        Some(_) => ("", ""),
        None => ("", written),
    };
    if is_ncname(local) {
        return Ok((prefix, local));
    }
    Err(Error::new("FOCA0002", format_args!("`{written}` is no name")))
}

fn named(prefix: &str, namespace: &str, local: &str) -> Sequence {
    one(QName { prefix: prefix.into(), namespace: namespace.into(), local: local.into() })
}

fn qname(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    call.eval.charge_text(args.string(0).len().saturating_add(args.string(1).len()))?;
    let (prefix, local) = parts(args.string(1))?;
    let namespace = args.string(0);
    if namespace.is_empty() && !prefix.is_empty() {
        return Err(Error::new("FOCA0002", format_args!("the prefix `{prefix}` is of no namespace")));
    }
    Ok(named(prefix, namespace, local))
}

/// The namespace of a prefix at an element; the empty prefix is that of names without one.
fn namespace_at(element: &Node, prefix: &str, eval: &Eval<'_>) -> Result<Option<Box<str>>> {
    if prefix == "xml" {
        return Ok(Some(XML.into()));
    }
    let around = std::iter::once(element.clone()).chain(element.ancestors());
    for node in around {
        eval.charge(1 + node.declared().len())?;
        if let Some((_, namespace)) = node.declared().iter().find(|(own, _)| **own == *prefix) {
            return Ok((!namespace.is_empty()).then(|| namespace.clone()));
        }
    }
    Ok(None)
}

fn resolve_qname(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let (Some(written), Some(element)) = (args.text(0), args.node(1)) else { return nothing() };
    call.eval.charge_text(written.len())?;
    let (prefix, local) = parts(written)?;
    match namespace_at(element, prefix, call.eval)? {
        Some(namespace) => Ok(named(prefix, &namespace, local)),
        None if prefix.is_empty() => Ok(named("", "", local)),
        None => Err(Error::new("FONS0004", format_args!("the prefix `{prefix}` is not declared"))),
    }
}

/// The name that is the first argument.
fn argument(args: &Args) -> Option<&Arc<QName>> {
    match &args.atomic(0)?.value {
        Value::QName(name) => Some(name),
        _ => None,
    }
}

/// A part of a name.
fn name(text: &str) -> Sequence {
    one(Atomic { kind: Type::NcName, value: Value::Text(text.into()) })
}

fn prefix(_: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    Ok(argument(args).filter(|one| !one.prefix.is_empty()).map(|one| name(&one.prefix)).unwrap_or_default())
}

fn local_name(_: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    Ok(argument(args).map(|one| name(&one.local)).unwrap_or_default())
}

fn namespace_uri(_: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    Ok(argument(args).map(|name| one(Atomic::uri(&*name.namespace))).unwrap_or_default())
}

fn namespace_for_prefix(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let Some(element) = args.node(1) else { return nothing() };
    let namespace = namespace_at(element, args.string(0), call.eval)?;
    Ok(namespace.map(|namespace| one(Atomic::uri(&*namespace))).unwrap_or_default())
}

fn in_scope_prefixes(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let Some(element) = args.node(0) else { return nothing() };
    call.eval.charge(1 + element.namespace_steps())?;
    let namespaces = element.namespaces();
    let prefixes = namespaces.iter().map(|(prefix, _)| &**prefix).chain(["xml"]);
    Ok(prefixes.map(|prefix| Atomic::from(prefix).into()).collect())
}
