//! JSON (Functions and Operators 3.1 §17.5): as maps and arrays, and as XML.

pub(super) mod escape;
mod read;
mod write;

use std::rc::Rc;
use std::sync::Arc;

use super::{Args, Entry, NAMESPACE, options};
use crate::array::Array;
use crate::atomic::{Atomic, QName};
use crate::error::{Error, Result};
use crate::function::Call;
use crate::item::{Item, Sequence, one};
use crate::map::Map;
use crate::tree::Builder;
use crate::version::Version;
use read::{Duplicates, Json, Options, Text};

pub(super) const TABLE: &[Entry] = &[
    (Version::V31, "fn:parse-json(xs:string?) as item()?", parse_json),
    (Version::V31, "fn:parse-json(xs:string?, map(*)) as item()?", parse_json),
    (Version::V31, "fn:json-doc(xs:string?) as item()?", json_doc),
    (Version::V31, "fn:json-doc(xs:string?, map(*)) as item()?", json_doc),
    (Version::V31, "fn:json-to-xml(xs:string?) as document-node()?", json_to_xml),
    (Version::V31, "fn:json-to-xml(xs:string?, map(*)) as document-node()?", json_to_xml),
    (Version::V31, "fn:xml-to-json(node()?) as xs:string?", write::xml_to_json),
    (Version::V31, "fn:xml-to-json(node()?, map(*)) as xs:string?", write::xml_to_json),
];

fn parse_json(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let options = match args.map(1) {
        Some(map) => given(map, &["reject", "use-first", "use-last"], Duplicates::First, call)?,
        None => Options::new(Duplicates::First),
    };
    match args.text(0) {
        Some(text) => Ok(value(read::read(text, &options, call.eval)?)),
        None => super::nothing(),
    }
}

/// Nothing outside can be reached.
fn json_doc(_: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    match args.text(0) {
        Some(uri) => Err(Error::new("FOUT1170", format_args!("`{uri}` cannot be reached"))),
        None => super::nothing(),
    }
}

fn json_to_xml(call: &Call<'_>, args: &mut Args) -> Result<Sequence> {
    let options = match args.map(1) {
        Some(map) => {
            if options::boolean(map, "validate", call.eval)? == Some(true) {
                return Err(Error::new("FOJS0004", "there is no schema to validate with"));
            }
            given(map, &["reject", "use-first", "retain"], Duplicates::Retain, call)?
        }
        None => Options::new(Duplicates::Retain),
    };
    let Some(text) = args.text(0) else { return super::nothing() };
    let json = read::read(text, &options, call.eval)?;
    let mut builder = Builder::document();
    element(&json, None, &mut builder);
    let tree = builder.finish();
    call.eval.charge(tree.len())?;
    Ok(one(tree.root()))
}

/// The options that are given.
fn given(map: &Map, policies: &[&str], usual: Duplicates, call: &Call<'_>) -> Result<Options> {
    let mut read = Options::new(usual);
    options::boolean(map, "liberal", call.eval)?;
    if let Some(policy) = options::text(map, "duplicates", call.eval)? {
        read.duplicates = match &*policy {
            other if !policies.contains(&other) => return Err(options::wrong("duplicates", other)),
            "reject" => Duplicates::Reject,
            "use-last" => Duplicates::Last,
            "retain" => Duplicates::Retain,
            _ => Duplicates::First,
        };
    }
    read.escape = options::boolean(map, "escape", call.eval)?.unwrap_or(false);
    read.fallback = options::rewrite(map, "fallback", call.eval)?;
    if read.escape && read.fallback.is_some() {
        return Err(Error::new("FOJS0005", "where characters are escaped, `fallback` has no meaning"));
    }
    Ok(read)
}

/// JSON as maps and arrays.
fn value(json: Json<'_>) -> Sequence {
    match json {
        Json::Null => Vec::new(),
        Json::Boolean(value) => one(value),
        Json::Number(number) => one(Atomic::from(number.parse::<f64>().unwrap_or(f64::NAN))),
        Json::Text(text) => one(Atomic::from(text.text)),
        Json::Array(members) => one(Array::from(members.into_iter().map(value).collect::<Vec<_>>())),
        Json::Object(members) => {
            let mut map = Map::default();
            for (key, member) in members {
                map.put(Atomic::from(key.text), value(member));
            }
            vec![Item::Map(Rc::new(map))]
        }
    }
}

/// JSON as an element, with the key that it has in an object.
fn element(json: &Json<'_>, key: Option<&Text>, builder: &mut Builder) {
    let name = match json {
        Json::Null => "null",
        Json::Boolean(_) => "boolean",
        Json::Number(_) => "number",
        Json::Text(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "map",
    };
    let first =
        builder.open(QName { prefix: Box::default(), namespace: NAMESPACE.into(), local: name.into() });
    if first == 1 {
        builder.declare("", NAMESPACE);
    }
    if let Some(key) = key {
        attribute("key", &key.text, builder);
        if key.escaped {
            attribute("escaped-key", "true", builder);
        }
    }
    match json {
        Json::Null => {}
        Json::Boolean(value) => builder.text(if *value { "true" } else { "false" }),
        Json::Number(number) => builder.text(number),
        Json::Text(text) => {
            if text.escaped {
                attribute("escaped", "true", builder);
            }
            builder.text(&text.text);
        }
        Json::Array(members) => members.iter().for_each(|member| element(member, None, builder)),
        Json::Object(members) => members.iter().for_each(|(key, one)| element(one, Some(key), builder)),
    }
    builder.close();
}

fn attribute(name: &str, value: &str, builder: &mut Builder) {
    let name = QName { prefix: Box::default(), namespace: Arc::default(), local: name.into() };
    builder.attribute(name, value);
}

// === impl Options ===

impl Options {
    fn new(duplicates: Duplicates) -> Self {
        Self { duplicates, escape: false, fallback: None }
    }
}

// === impl Text ===

impl Text {
    fn new(text: String, escaped: bool) -> Self {
        Self { text: Arc::from(text), escaped }
    }
}
