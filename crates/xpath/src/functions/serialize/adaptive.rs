//! The method `adaptive` (Serialization 3.1 §11): any items, for people.

use super::parameters::{Method, Parameters};
use super::text;
use crate::atomic::{Atomic, Value};
use crate::error::Result;
use crate::eval::Eval;
use crate::function::Function;
use crate::item::Item;
use crate::tree::NodeKind;
use crate::types::Type;

struct Writer<'a> {
    parameters: &'a Parameters,
    eval: &'a Eval<'a>,
    to: String,
}

pub(super) fn written(items: &[Item], parameters: &Parameters, eval: &Eval<'_>) -> Result<String> {
    let mut writer = Writer { parameters, eval, to: String::new() };
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            let separator = parameters.item_separator.as_deref().unwrap_or("\n");
            eval.charge_text(separator.len())?;
            writer.to.push_str(separator);
        }
        writer.item(item)?;
    }
    Ok(writer.to)
}

// === impl Writer ===

impl Writer<'_> {
    fn item(&mut self, item: &Item) -> Result<()> {
        let eval = self.eval;
        eval.charge(1)?;
        match item {
            Item::Atomic(atomic) => self.atomic(atomic),
            Item::Node(node) if node.kind() == NodeKind::Attribute => {
                let mut text = String::new();
                super::node_xml(node, &mut text, eval)?;
                self.to.push_str(&text);
                Ok(())
            }
            Item::Node(_) => {
                let parameters =
                    Parameters { method: Method::Xml, item_separator: None, ..self.parameters.clone() };
                let text = super::written(std::slice::from_ref(item), &parameters, eval)?;
                self.to.push_str(&text);
                Ok(())
            }
            Item::Array(members) => {
                self.to.push('[');
                for (at, member) in members.iter().enumerate() {
                    self.comma(at);
                    eval.within(|| self.sequence(member))?;
                }
                self.to.push(']');
                Ok(())
            }
            Item::Map(map) => {
                self.to.push_str("map{");
                for (at, (key, value)) in map.entries().enumerate() {
                    self.comma(at);
                    self.atomic(key)?;
                    self.to.push(':');
                    eval.within(|| self.sequence(value))?;
                }
                self.to.push('}');
                Ok(())
            }
            Item::Function(function) => {
                self.function(function);
                Ok(())
            }
        }
    }

    /// Items in an array or a map: in brackets unless there is just one.
    fn sequence(&mut self, items: &[Item]) -> Result<()> {
        self.eval.charge(1)?;
        if let [item] = items {
            return self.item(item);
        }
        self.to.push('(');
        for (at, item) in items.iter().enumerate() {
            self.comma(at);
            self.item(item)?;
        }
        self.to.push(')');
        Ok(())
    }

    fn comma(&mut self, at: usize) {
        if at > 0 {
            self.to.push(',');
        }
    }

    fn function(&mut self, function: &Function) {
        let name = match function {
            Function::Named(builtin, ..) => format!("{}:{}", builtin.prefix, builtin.local),
            Function::Constructor(kind) => format!("xs:{}", kind.name()),
            _ => "(anonymous-function)".to_owned(),
        };
        let text = format!("{name}#{}", function.arity());
        self.to.push_str(&text);
    }

    fn atomic(&mut self, atomic: &Atomic) -> Result<()> {
        let text = match &atomic.value {
            Value::Text(text) => return self.string(text),
            Value::Boolean(value) => format!("{value}()"),
            Value::Double(number) if number.is_finite() => {
                let text = format!("{number:e}");
                let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
                let point = if digits.contains('.') { "" } else { ".0" };
                format!("{digits}{point}e{exponent}")
            }
            Value::Double(_) | Value::Integer(_) | Value::Decimal(_) => atomic.string().to_string(),
            Value::QName(name) => format!("Q{{{}}}{}", name.namespace, name.local),
            _ => format!("xs:{}(\"{}\")", primitive(atomic.kind).name(), atomic.string()),
        };
        self.eval.charge_text(text.len())?;
        self.to.push_str(&text);
        Ok(())
    }

    fn string(&mut self, text: &str) -> Result<()> {
        text::charge(text, self.parameters, self.eval)?;
        self.to.push('"');
        text::each(text, self.parameters, &mut self.to, |one, _, to| {
            if one == '"' {
                to.push(one);
            }
            to.push(one);
            Ok(())
        })?;
        self.to.push('"');
        Ok(())
    }
}

/// The primitive type that a type is derived from.
fn primitive(kind: Type) -> Type {
    match kind.parent() {
        None | Some(Type::AnyAtomic | Type::Numeric) => kind,
        Some(parent) => primitive(parent),
    }
}
