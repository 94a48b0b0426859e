//! `XPath` over XML that is kept as text. What is known is `XPath` 1.0, of which 2.0 to 3.1 are extensions: what they added is
//! refused by name when the document is read.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;
use uppsala::{Document, NodeId, NodeKind, Parser, XPathEvaluator, XPathValue};

use super::QueryError;

/// So deep may elements stand within each other.
const DEEPEST: u32 = 128;

/// So many nodes may one evaluation look at.
const VISITS: usize = 1_000_000;

/// The functions of `XPath` 1.0 (§4) and its node tests.
const FUNCTIONS: [&str; 31] = [
    "boolean",
    "ceiling",
    "comment",
    "concat",
    "contains",
    "count",
    "false",
    "floor",
    "id",
    "lang",
    "last",
    "local-name",
    "name",
    "namespace-uri",
    "node",
    "normalize-space",
    "not",
    "number",
    "position",
    "processing-instruction",
    "round",
    "starts-with",
    "string",
    "string-length",
    "substring",
    "substring-after",
    "substring-before",
    "sum",
    "text",
    "translate",
    "true",
];

/// An expression.
#[derive(Clone)]
pub(crate) struct XPath {
    text: Box<str>,
    /// It keeps the expression compiled.
    evaluator: Arc<XPathEvaluator>,
}

// === impl XPath ===

impl XPath {
    pub(super) fn new(text: &str) -> Result<Self, QueryError> {
        if let Some(name) = unknown_function(text) {
            return Err(QueryError::text(format_args!(
                "`{name}()` is no function of XPath 1.0, which is what is evaluated"
            )));
        }
        let path = Self { text: super::nodes::plainly(text).into(), evaluator: Arc::new(evaluator()) };
        path.evaluate(&parse("<a/>")?)?;
        Ok(path)
    }

    /// By the effective boolean value (`XPath` 1.0 §4.3; the same in later versions for these types).
    pub(super) fn passes(&self, xml: &str) -> Result<bool, QueryError> {
        Ok(self.evaluate(&parse(xml)?)?.to_boolean())
    }

    /// What it finds: of attributes, texts and elements without elements in them their text, of other elements their XML.
    pub(super) fn select(&self, xml: &str) -> Result<Vec<Value>, QueryError> {
        let document = parse(xml)?;
        Ok(match self.evaluate(&document)? {
            XPathValue::NodeSet(nodes) => {
                nodes.into_iter().map(|node| Value::String(written(&document, node))).collect()
            }
            XPathValue::Boolean(bool) => vec![bool.into()],
            XPathValue::Number(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
                #[expect(clippy::cast_possible_truncation, reason = "it is whole and small enough")]
                let whole = number as i64;
                vec![whole.into()]
            }
            XPathValue::Number(number) => vec![number.into()],
            XPathValue::String(text) => vec![text.into()],
        })
    }

    fn evaluate(&self, document: &Document<'_>) -> Result<XPathValue, QueryError> {
        let bound = namespaces(document);
        let result = if bound.is_empty() {
            self.evaluator.evaluate(document, document.root(), &self.text)
        } else {
            let mut own = evaluator();
            for (prefix, uri) in bound {
                own.add_namespace(prefix, uri);
            }
            own.evaluate(document, document.root(), &self.text)
        };
        result.map_err(QueryError::text)
    }
}

impl fmt::Debug for XPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("XPath").field(&self.text).finish()
    }
}

impl PartialEq for XPath {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// Puts text into the elements and attributes that are found. Fails if there are none.
pub(crate) fn replace(xml: &str, path: &XPath, text: &str) -> Result<String, QueryError> {
    let mut document = parse(xml)?;
    let XPathValue::NodeSet(nodes) = path.evaluate(&document)? else {
        return Err(QueryError::text("it finds no elements or attributes"));
    };
    if nodes.is_empty() {
        return Err(QueryError::None);
    }
    for node in nodes {
        put(&mut document, node, text);
    }
    Ok(document.to_xml())
}

fn put(document: &mut Document<'_>, node: NodeId, text: &str) {
    let attribute = match document.node_kind(node) {
        Some(NodeKind::Attribute(name, _)) => Some(name.clone().into_static()),
        Some(NodeKind::Element(_)) => None,
        _ => {
            let new = document.create_text(text.to_owned());
            if let Some(parent) = document.parent(node) {
                document.replace_child(parent, new, node);
            }
            return;
        }
    };
    if let Some(name) = attribute {
        let parent = document.parent(node);
        if let Some(element) = parent.and_then(|parent| document.element_mut(parent)) {
            element.set_attribute(name, text.to_owned().into());
        }
        return;
    }
    for child in document.children(node) {
        document.remove_child(node, child);
    }
    let new = document.create_text(text.to_owned());
    document.append_child(node, new);
}

fn written(document: &Document<'_>, node: NodeId) -> String {
    match document.node_kind(node) {
        Some(NodeKind::Attribute(_, value)) => value.to_string(),
        Some(NodeKind::Element(_) | NodeKind::Document) => {
            let inner = document.children(node);
            if inner.into_iter().any(|child| document.element(child).is_some()) {
                document.node_to_xml(node)
            } else {
                document.text_content_deep(node)
            }
        }
        Some(NodeKind::Text(text) | NodeKind::CData(text) | NodeKind::Comment(text)) => text.to_string(),
        Some(NodeKind::ProcessingInstruction(_)) | None => String::new(),
    }
}

fn parse(xml: &str) -> Result<Document<'_>, QueryError> {
    let parser = Parser::new().with_forbid_dtd(true).with_max_depth(DEEPEST);
    let mut document =
        parser.parse(xml).map_err(|error| QueryError::text(format_args!("it is no XML: {error}")))?;
    document.prepare_xpath();
    Ok(document)
}

fn evaluator() -> XPathEvaluator {
    XPathEvaluator::new().with_max_node_visits(VISITS)
}

/// The prefixes that the outermost element declares: an expression has no declarations of its own.
fn namespaces(document: &Document<'_>) -> Vec<(String, String)> {
    let element = document.document_element().and_then(|root| document.element(root));
    let declared = element.into_iter().flat_map(|element| element.namespace_declarations.iter());
    declared
        .filter(|(prefix, _)| !prefix.is_empty())
        .map(|(prefix, uri)| (prefix.to_string(), uri.to_string()))
        .collect()
}

/// A name before `(`, outside of quotes, that is no function of `XPath` 1.0.
fn unknown_function(text: &str) -> Option<&str> {
    let mut quote = None;
    for (at, character) in text.char_indices() {
        match quote {
            Some(open) if character == open => quote = None,
            None if matches!(character, '\'' | '"') => quote = Some(character),
            None if character == '(' => {
                let before = text.split_at_checked(at)?.0.trim_end();
                let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | ':');
                let name = before.rsplit(|c| !is_name(c)).next().unwrap_or_default();
                let name = name.rsplit_once("::").map_or(name, |(_, test)| test);
                let operator = matches!(name, "" | "and" | "or" | "div" | "mod");
                if !operator && !FUNCTIONS.contains(&name) {
                    return Some(name);
                }
            }
            Some(_) | None => {}
        }
    }
    None
}
