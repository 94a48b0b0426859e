//! Expressions as others use them.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::ast::Expr;
use crate::atomic::{Atomic, Moment, Value};
use crate::character::is_xml;
use crate::error::{Error, Result};
use crate::eval::{Environment, Eval, Focus, Scope};
use crate::functions::node_xml;
use crate::item::{Item, Sequence, truth};
use crate::parse;
use crate::tree::{Node, NodeKind, Tree, replace};
use crate::version::Version;

/// An expression that was read.
#[derive(Clone)]
pub struct XPath {
    text: Box<str>,
    version: Version,
    expression: Arc<Expr>,
}

/// XML that was read, and when it is looked at.
pub struct Document {
    tree: std::rc::Rc<Tree>,
    /// The prefixes that the outermost element declares, then those of the others in their order, each as it is declared
    /// first: an expression has no declarations of its own.
    namespaces: Vec<(Box<str>, Box<str>)>,
    now: Moment,
}

/// An item that an expression has found.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    Boolean(bool),
    Integer(i128),
    /// Of a type with a point or an exponent.
    Number(f64),
    /// Any other value, as text; of attributes, texts and elements without elements in them their text; of other elements
    /// their XML.
    Text(Arc<str>),
    /// Of maps, by their keys as text.
    Members(Vec<(Arc<str>, Vec<Self>)>),
    /// Of arrays.
    List(Vec<Vec<Self>>),
}

// === impl Document ===

impl Document {
    /// Reads XML. `now` is since 1970-01-01T00:00:00Z; the zone that holds without one is UTC. Fails where it is no XML, and
    /// for document type declarations.
    pub fn parse(xml: &str, now: Duration) -> Result<Self, Error> {
        let tree = Tree::parse(xml)?;
        let namespaces = tree.prefixes();
        let nanos = i128::try_from(now.as_nanos()).unwrap_or(i128::MAX);
        let now = Moment::at(nanos, Some(0));
        let now = now.ok_or_else(|| Error::new("FODT0001", "the clock shows a year that is too large"))?;
        Ok(Self { tree, namespaces, now })
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Document").field("nodes", &self.tree.len()).finish_non_exhaustive()
    }
}

// === impl XPath ===

impl XPath {
    /// Reads an expression. Prefixes of names are looked up at an evaluation.
    pub fn parse(text: &str, version: Version) -> Result<Self, Error> {
        let expression = Arc::new(parse::parse(text, version)?);
        Ok(Self { text: text.into(), version, expression })
    }

    /// Whether its effective boolean value (`XPath` 3.1 §2.4.3) is true.
    pub fn passes(&self, document: &Document) -> Result<bool, Error> {
        truth(&self.evaluate(document, &self.evaluation(document))?)
    }

    /// What it finds.
    pub fn select(&self, document: &Document) -> Result<Vec<Found>, Error> {
        let eval = self.evaluation(document);
        let items = self.evaluate(document, &eval)?;
        items.iter().map(|item| found(item, &eval)).collect()
    }

    /// The XML with a text in place of the content of each node that it finds; all else stays as it is written. `None` if it
    /// finds nothing. Fails where it finds something else than elements, attributes and texts, and for a text that XML cannot
    /// have.
    pub fn replace(&self, document: &Document, text: &str) -> Result<Option<String>, Error> {
        if let Some(character) = text.chars().find(|character| !is_xml(*character)) {
            let code = u32::from(character);
            return Err(Error::new("SERE0006", format_args!("U+{code:04X} is no character of XML")));
        }
        let eval = self.evaluation(document);
        let items = self.evaluate(document, &eval)?;
        if items.is_empty() {
            return Ok(None);
        }
        let nodes = items.into_iter().map(|item| match item {
            Item::Node(node) => Ok(node),
            other => {
                Err(Error::types(format_args!("it finds {}, which cannot be replaced", other.described())))
            }
        });
        let mut nodes: Vec<Node> = nodes.collect::<Result<_>>()?;
        nodes.sort_unstable();
        nodes.dedup();
        eval.charge_text(text.len().saturating_mul(nodes.len()))?;
        let replaced = replace(document.tree.source(), &nodes, text);
        let wrong =
            || Error::types("elements, attributes and texts of the document can be replaced, nothing else");
        replaced.map(Some).ok_or_else(wrong)
    }

    /// The items that it comes to.
    #[cfg(test)]
    pub(crate) fn items(&self, document: &Document) -> Result<Sequence> {
        self.evaluate(document, &self.evaluation(document))
    }

    fn evaluation<'a>(&self, document: &'a Document) -> Eval<'a> {
        Eval::new(self.version, &document.namespaces, document.now)
    }

    fn evaluate(&self, document: &Document, eval: &Eval<'_>) -> Result<Sequence> {
        let item = Item::Node(document.tree.root());
        let focus = Focus { item, position: 1, size: 1 };
        let environment = Environment::default();
        eval.evaluate(&self.expression, &Scope { focus: Some(&focus), environment: &environment })
    }
}

impl fmt::Debug for XPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("XPath").field(&self.version).field(&self.text).finish()
    }
}

impl PartialEq for XPath {
    fn eq(&self, other: &Self) -> bool {
        (self.version, &self.text) == (other.version, &other.text)
    }
}

impl Eq for XPath {}

fn found(item: &Item, eval: &Eval<'_>) -> Result<Found> {
    eval.charge(1)?;
    let all = |items: &[Item]| {
        eval.within(|| items.iter().map(|item| found(item, eval)).collect::<Result<Vec<_>>>())
    };
    match item {
        Item::Atomic(atomic) => {
            eval.charge(2 * atomic.steps())?;
            Ok(value(atomic, eval))
        }
        Item::Node(node) => Ok(Found::Text(written(node, eval)?)),
        Item::Array(members) => {
            eval.charge(members.len())?;
            let each: Result<_> = members.iter().map(|member| all(member)).collect();
            each.map(Found::List)
        }
        Item::Map(map) => {
            let each = map.entries().map(|(key, value)| {
                eval.charge(1 + 2 * key.steps())?;
                Ok((key.string(), all(value)?))
            });
            let each: Result<_> = each.collect();
            each.map(Found::Members)
        }
        Item::Function(_) => Err(Error::new("FOTY0014", "a function is no value that could be selected")),
    }
}

fn value(atomic: &Atomic, eval: &Eval<'_>) -> Found {
    match &atomic.value {
        Value::Boolean(value) => Found::Boolean(*value),
        Value::Integer(number) => Found::Integer(*number),
        Value::Double(number) if eval.compatible() && number.fract() == 0.0 && number.abs() < 1e15 => {
            #[expect(clippy::cast_possible_truncation, reason = "it is whole and small enough")]
            let whole = *number as i64;
            Found::Integer(whole.into())
        }
        Value::Double(number) => Found::Number(*number),
        Value::Float(number) => Found::Number(f64::from(*number)),
        Value::Decimal(_) => {
            atomic.string().parse().map_or_else(|_| Found::Text(atomic.string()), Found::Number)
        }
        _ => Found::Text(atomic.string()),
    }
}

/// The text of a node; the XML of an element with elements in it.
fn written(node: &Node, eval: &Eval<'_>) -> Result<Arc<str>> {
    for child in node.children() {
        eval.charge(1)?;
        if child.kind() == NodeKind::Element {
            let mut xml = String::new();
            node_xml(node, &mut xml, eval)?;
            return Ok(xml.into());
        }
    }
    let text = Item::from(node.clone()).string(eval)?;
    // whoever takes it copies it
    eval.charge(text.len() / 64)?;
    Ok(text)
}
