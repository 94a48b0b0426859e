//! The method `json` (Serialization 3.1 §10).

use std::collections::HashSet;

use super::parameters::Parameters;
use super::text;
use crate::atomic::{Atomic, Value};
use crate::error::{Error, Result};
use crate::eval::Eval;
use crate::functions::json::escape;
use crate::item::Item;
use crate::map::Map;

struct Writer<'a> {
    parameters: &'a Parameters,
    eval: &'a Eval<'a>,
    to: String,
    depth: usize,
}

pub(super) fn written(items: &[Item], parameters: &Parameters, eval: &Eval<'_>) -> Result<String> {
    let mut writer = Writer { parameters, eval, to: String::new(), depth: 0 };
    writer.sequence(items)?;
    Ok(writer.to)
}

// === impl Writer ===

impl Writer<'_> {
    fn sequence(&mut self, items: &[Item]) -> Result<()> {
        match items {
            [] => {
                self.to.push_str("null");
                Ok(())
            }
            [item] => self.item(item),
            _ => Err(Error::new("SERE0023", "JSON has no sequences of several items")),
        }
    }

    fn item(&mut self, item: &Item) -> Result<()> {
        let eval = self.eval;
        eval.charge(1)?;
        match item {
            Item::Atomic(atomic) => self.atomic(atomic),
            Item::Node(_) => {
                let parameters = self.parameters.for_nodes();
                let text = super::written(std::slice::from_ref(item), &parameters, eval)?;
                self.string(&text)
            }
            Item::Array(members) => eval.within(|| {
                self.to.push('[');
                self.depth += 1;
                for (at, member) in members.iter().enumerate() {
                    self.separate(at)?;
                    self.sequence(member)?;
                }
                self.end(!members.is_empty(), ']');
                Ok(())
            }),
            Item::Map(map) => eval.within(|| self.map(map)),
            Item::Function(_) => Err(Error::new("SERE0021", "JSON has no functions")),
        }
    }

    fn map(&mut self, map: &Map) -> Result<()> {
        let mut keys = HashSet::new();
        self.to.push('{');
        self.depth += 1;
        for (at, (key, value)) in map.entries().enumerate() {
            let key = key.string();
            self.separate(at)?;
            self.string(&key)?;
            self.to.push_str(if self.parameters.indent { ": " } else { ":" });
            if !self.parameters.duplicates && !keys.insert(key.clone()) {
                return Err(Error::new("SERE0022", format_args!("two keys are `{key}`")));
            }
            self.sequence(value)?;
        }
        self.end(map.len() > 0, '}');
        Ok(())
    }

    fn atomic(&mut self, atomic: &Atomic) -> Result<()> {
        let finite = match atomic.value {
            Value::Boolean(_) | Value::Integer(_) | Value::Decimal(_) => true,
            Value::Float(number) => number.is_finite(),
            Value::Double(number) => number.is_finite(),
            _ => return self.string(&atomic.string()),
        };
        let text = atomic.string();
        if !finite {
            return Err(Error::new("SERE0020", format_args!("JSON does not have {text}")));
        }
        self.to.push_str(&text);
        Ok(())
    }

    fn string(&mut self, text: &str) -> Result<()> {
        text::charge(text, self.parameters, self.eval)?;
        self.to.push('"');
        text::each(text, self.parameters, &mut self.to, |one, _, to| {
            if self.parameters.encoding.has(one) {
                escape::character(one, to);
            } else {
                escape::unit(u32::from(one), to);
            }
            Ok(())
        })?;
        self.to.push('"');
        Ok(())
    }

    /// What stands before a member.
    fn separate(&mut self, at: usize) -> Result<()> {
        self.eval.charge(1)?;
        if at > 0 {
            self.to.push(',');
        }
        self.line();
        Ok(())
    }

    fn end(&mut self, has_members: bool, bracket: char) {
        self.depth -= 1;
        if has_members {
            self.line();
        }
        self.to.push(bracket);
    }

    fn line(&mut self) {
        if self.parameters.indent {
            self.to.push('\n');
            (0..self.depth).for_each(|_| self.to.push_str("  "));
        }
    }
}
