//! The functions of the library (Functions and Operators 3.1): a table of signatures, as the specification writes them.

mod aggregate;
mod array;
mod boolean;
mod context;
mod datetime;
mod duration;
mod format_date;
mod format_integer;
mod format_number;
mod higher;
mod json;
mod map;
mod math;
mod node;
mod numeric;
mod options;
mod parse_xml;
mod qname;
mod random;
mod regex;
mod sequence;
mod serialize;
mod string;
mod uri;

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};

use crate::array::Array;
pub(crate) use node::XML;
pub(crate) use serialize::node_xml;

use crate::atomic::{Atomic, Value};
use crate::collation::Collation;
use crate::error::Result;
use crate::eval::Eval;
use crate::function::{Builtin, Run};
use crate::item::{Item, Sequence};
use crate::map::Map;
use crate::parse;
use crate::tree::Node;
use crate::version::Version;

/// The arguments of a call, each of its parameter's type.
#[derive(Debug)]
pub(crate) struct Args(pub(crate) Vec<Sequence>);

/// The namespace of the functions, and of the elements that some of them make.
pub(crate) const NAMESPACE: &str = "http://www.w3.org/2005/xpath-functions";

/// A function's version, its signature (`fn:substring(xs:string?, xs:double) as xs:string`; `...` after the last parameter
/// for any more of it), and what it does.
type Entry = (Version, &'static str, Run);

/// All tables.
const TABLES: &[&[Entry]] = &[
    aggregate::TABLE,
    array::TABLE,
    boolean::TABLE,
    context::TABLE,
    datetime::TABLE,
    duration::TABLE,
    format_date::TABLE,
    format_integer::TABLE,
    format_number::TABLE,
    higher::TABLE,
    json::TABLE,
    map::TABLE,
    math::TABLE,
    node::TABLE,
    numeric::TABLE,
    parse_xml::TABLE,
    qname::TABLE,
    random::TABLE,
    regex::TABLE,
    sequence::TABLE,
    serialize::TABLE,
    string::TABLE,
    string::FIND,
    uri::TABLE,
];

/// The functions by their name with its prefix.
static ALL: LazyLock<HashMap<String, Vec<Builtin>>> = LazyLock::new(|| {
    let mut all: HashMap<_, Vec<Builtin>> = HashMap::new();
    for (since, signature, run) in TABLES.iter().copied().flatten() {
        if let Some(builtin) = parse::builtin(*since, signature, *run) {
            let name = format!("{}:{}", builtin.prefix, builtin.local);
            all.entry(name).or_default().push(builtin);
        }
    }
    all
});

/// The functions of a name, one for each number of parameters.
pub(crate) fn named(prefix: &str, local: &str) -> &'static [Builtin] {
    ALL.get(&format!("{prefix}:{local}")).map(Vec::as_slice).unwrap_or_default()
}

// === impl Args ===

impl Args {
    /// So many there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// An argument's items; none where it is not given.
    pub(crate) fn items(&self, index: usize) -> &[Item] {
        self.0.get(index).map(Vec::as_slice).unwrap_or_default()
    }

    /// Takes an argument out.
    pub(crate) fn take(&mut self, index: usize) -> Sequence {
        self.0.get_mut(index).map(std::mem::take).unwrap_or_default()
    }

    /// An argument's first item, where it is an atomic value.
    pub(crate) fn atomic(&self, index: usize) -> Option<&Atomic> {
        match self.items(index).first() {
            Some(Item::Atomic(atomic)) => Some(atomic),
            _ => None,
        }
    }

    /// A text; `None` where there is none.
    pub(crate) fn text(&self, index: usize) -> Option<&Arc<str>> {
        self.atomic(index).and_then(Atomic::as_text)
    }

    /// A text; the empty one where there is none.
    pub(crate) fn string(&self, index: usize) -> &str {
        self.text(index).map_or("", |text| text)
    }

    /// A whole number.
    pub(crate) fn integer(&self, index: usize) -> Option<i128> {
        match self.atomic(index)?.value {
            Value::Integer(number) => Some(number),
            _ => None,
        }
    }

    /// A number of `xs:double`.
    pub(crate) fn double(&self, index: usize) -> Option<f64> {
        match self.atomic(index)?.value {
            Value::Double(number) => Some(number),
            _ => None,
        }
    }

    /// The collation that a text names; the default one where it is not given.
    pub(crate) fn collation(&self, index: usize, eval: &Eval<'_>) -> Result<Collation> {
        let Some(uri) = self.text(index) else { return Ok(Collation::default()) };
        eval.charge_text(uri.len())?;
        Collation::named(uri)
    }

    /// A node.
    pub(crate) fn node(&self, index: usize) -> Option<&Node> {
        match self.items(index).first() {
            Some(Item::Node(node)) => Some(node),
            _ => None,
        }
    }

    /// A map.
    pub(crate) fn map(&self, index: usize) -> Option<&Rc<Map>> {
        match self.items(index).first() {
            Some(Item::Map(map)) => Some(map),
            _ => None,
        }
    }

    /// An array.
    pub(crate) fn array(&self, index: usize) -> Option<&Rc<Array>> {
        match self.items(index).first() {
            Some(Item::Array(array)) => Some(array),
            _ => None,
        }
    }
}

/// Nothing.
#[expect(clippy::unnecessary_wraps, reason = "functions give results")]
pub(crate) fn nothing() -> Result<Sequence> {
    Ok(Vec::new())
}
