//! Expressions with what they come to.

use std::time::Duration;

use crate::item::{Item, Sequence};
use crate::{Document, Version, XPath};

mod bounds;
mod casts;
mod comparisons;
mod dates;
mod depth;
mod format_date;
mod json;
mod language;
mod nodes;
mod numbers;
mod regex;
mod sequences;
mod serialize;
mod strings;
mod structures;
mod types;

/// 2026-03-04T05:06:07Z, which is now.
const NOW: Duration = Duration::from_secs(1_772_600_767);

/// A small document.
const XML: &str =
    r#"<r xmlns:p="urn:p" p:k="v"><a x="1">t</a><a x="2" y="k">u<b/>v</a><p:b>7</p:b><!--c--><?pi d?></r>"#;

/// Each expression comes to a text in a version, over [`XML`].
#[track_caller]
fn are(version: Version, rows: &[(&str, &str)]) {
    let wrong: Vec<String> = rows
        .iter()
        .filter_map(|(expression, expected)| {
            let text = text_of(expression, version, XML);
            (text != *expected).then(|| format!("{expression}\n    gives    {text}\n    and not  {expected}"))
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Each expression of `XPath` 3.1 comes to a text over [`XML`]: items with `, ` between them, nodes as their XML; an error as
/// `!` and its code.
#[track_caller]
fn is(rows: &[(&str, &str)]) {
    are(Version::V31, rows);
}

/// What an expression comes to.
fn text_of(expression: &str, version: Version, xml: &str) -> String {
    match evaluate(expression, version, xml) {
        Ok(items) => written(&items),
        Err(error) => format!("!{}", error.code()),
    }
}

fn evaluate(expression: &str, version: Version, xml: &str) -> Result<Sequence, crate::Error> {
    let expression = XPath::parse(expression, version)?;
    let document = Document::parse(xml, NOW)?;
    expression.items(&document)
}

fn written(items: &[Item]) -> String {
    items.iter().map(written_one).collect::<Vec<_>>().join(", ")
}

fn written_one(item: &Item) -> String {
    match item {
        Item::Node(node) => match (node.name(), node.source()) {
            (Some(name), _) if node.kind() == crate::tree::NodeKind::Attribute => {
                format!("@{}={}", name.local, node.string())
            }
            (_, Some(source)) => source.to_owned(),
            (_, None) => node.string().to_string(),
        },
        Item::Atomic(atomic) => atomic.string().to_string(),
        Item::Function(function) => format!("function#{}", function.arity()),
        Item::Array(members) => {
            format!("[{}]", members.iter().map(|one| member(one)).collect::<Vec<_>>().join(", "))
        }
        Item::Map(map) => {
            let entries = map.entries().map(|(key, value)| format!("{}: {}", key.string(), member(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

fn member(items: &[Item]) -> String {
    if items.len() == 1 { written(items) } else { format!("({})", written(items)) }
}
