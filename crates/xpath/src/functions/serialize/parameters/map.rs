//! Parameters in a map (Functions and Operators 3.1 §14.7.2).

use std::sync::Arc;

use super::{Encoding, Method, Names, Parameters, wrong};
use crate::atomic::{Atomic, Value};
use crate::error::{Error, Result};
use crate::eval::Eval;
use crate::functions::options;
use crate::item::{self, Item};
use crate::map::Map;
use crate::sequence_type::{ItemType, Occurs};
use crate::types::Type;

struct Reader<'a> {
    map: &'a Map,
    eval: &'a Eval<'a>,
}

/// Takes the parameters over that a map has.
pub(super) fn read(map: &Map, to: &mut Parameters, eval: &Eval<'_>) -> Result<()> {
    let reader = Reader { map, eval };
    if let Some(name) = reader.method("method")? {
        to.method = Method::named(&name)?;
    }
    if let Some(name) = reader.method("json-node-output-method")? {
        to.node_method = Method::for_nodes(&name)?;
    }
    reader.boolean("indent", &mut to.indent)?;
    let mut omitted = !to.declaration;
    reader.boolean("omit-xml-declaration", &mut omitted)?;
    to.declaration = !omitted;
    let mut standalone = false;
    to.standalone = reader.boolean("standalone", &mut standalone)?.then_some(standalone);
    reader.boolean("undeclare-prefixes", &mut to.undeclare)?;
    reader.boolean("include-content-type", &mut to.content_type)?;
    reader.boolean("allow-duplicate-names", &mut to.duplicates)?;
    for name in ["byte-order-mark", "escape-uri-attributes"] {
        reader.boolean(name, &mut false)?;
    }
    to.version = reader.text("version")?;
    if let Some(name) = reader.text("encoding")? {
        to.encoding = Encoding::named(&name)?;
    }
    if let Some(form) = reader.text("normalization-form")? {
        to.normalization = form;
    }
    to.html_version = reader.decimal("html-version")?;
    to.item_separator = reader.text("item-separator")?;
    to.public = reader.text("doctype-public")?;
    to.system = reader.text("doctype-system")?;
    reader.text("media-type")?;
    to.cdata = reader.names("cdata-section-elements")?;
    to.unindented = reader.names("suppress-indentation")?;
    reader.characters(to)
}

// === impl Reader ===

impl Reader<'_> {
    /// The values of a parameter.
    fn values(&self, name: &str, kind: Type, occurs: Occurs) -> Result<Vec<Atomic>> {
        let items = options::option(self.map, name, ItemType::Atomic(kind), occurs, self.eval)?;
        let atomics = items.into_iter().flatten().filter_map(|item| match item {
            Item::Atomic(atomic) => Some(atomic),
            _ => None,
        });
        Ok(atomics.collect())
    }

    /// Sets what is true or false; whether it is given.
    fn boolean(&self, name: &str, to: &mut bool) -> Result<bool> {
        let value = self.values(name, Type::Boolean, Occurs::Optional)?.pop();
        match value.map(|atomic| atomic.value) {
            Some(Value::Boolean(value)) => {
                *to = value;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn text(&self, name: &str) -> Result<Option<Arc<str>>> {
        Ok(self.values(name, Type::String, Occurs::Optional)?.pop().map(|atomic| atomic.string()))
    }

    fn decimal(&self, name: &str) -> Result<Option<f64>> {
        let value = self.values(name, Type::Decimal, Occurs::Optional)?.pop();
        Ok(value.and_then(|atomic| atomic.string().parse().ok()))
    }

    /// A name that is a string or a `QName`; those in a namespace name nothing.
    fn method(&self, name: &str) -> Result<Option<Arc<str>>> {
        let given = self.map.get(&Atomic::from(name)).map(Vec::as_slice);
        if let Some([Item::Atomic(Atomic { value: Value::QName(qname), .. })]) = given {
            if !qname.namespace.is_empty() {
                return Err(wrong(name, &qname.local));
            }
            return Ok(Some(Arc::from(&*qname.local)));
        }
        self.text(name)
    }

    fn names(&self, name: &str) -> Result<Names> {
        let values = self.values(name, Type::QName, Occurs::Any)?;
        let names = values.into_iter().filter_map(|atomic| match atomic.value {
            Value::QName(name) => Some((name.namespace.clone(), name.local.clone())),
            _ => None,
        });
        Ok(names.collect())
    }

    /// The character map: a map whose keys are one character each.
    fn characters(&self, to: &mut Parameters) -> Result<()> {
        let name = "use-character-maps";
        let items = options::option(self.map, name, ItemType::Map(None), Occurs::Optional, self.eval)?;
        let Some(Item::Map(map)) = items.into_iter().flatten().next() else { return Ok(()) };
        let text = |value: &Atomic| {
            let is_text = value.kind.is(Type::String) || matches!(value.kind, Type::Untyped | Type::Uri);
            value.as_text().filter(|_| is_text).cloned()
        };
        for (key, value) in map.entries() {
            self.eval.charge(1)?;
            let wrong_type = || Error::types("a character map has strings as its keys and its values");
            let key = text(key).ok_or_else(wrong_type)?;
            let value = match item::atomized(value, self.eval)?.as_slice() {
                [value] => text(value).ok_or_else(wrong_type)?,
                _ => return Err(wrong_type()),
            };
            let mut characters = key.chars();
            match (characters.next(), characters.next()) {
                (Some(one), None) => to.characters.insert(one, value),
                _ => return Err(wrong(name, &key)),
            };
        }
        Ok(())
    }
}
