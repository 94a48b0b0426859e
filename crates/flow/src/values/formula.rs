//! Values and conditions of extensions: CEL, and values with CEL in them.

use std::borrow::Cow;

use expr::cel::Reference;
use serde_json::Value;

use super::{Lacking, Scope, Values};
use crate::extension::{Formula, Named, Rule, Source};

// === impl Scope ===

impl<'r> Scope<'r> {
    /// What CEL gives now.
    pub fn rule(&self, rule: &Rule) -> Result<Value, Lacking> {
        Ok(rule.cel.evaluate(&|reference| self.named(reference))?)
    }

    /// Whether CEL gives true.
    pub fn holds(&self, rule: &Rule) -> Result<bool, Lacking> {
        Ok(rule.cel.passes(&|reference| self.named(reference))?)
    }

    /// What a value is now.
    pub fn formula(&self, formula: &Formula) -> Result<Value, Lacking> {
        match formula {
            Formula::Cel(rule) => self.rule(rule),
            Formula::Given(_, given) => self.give(given),
            Formula::List(items) => items.iter().map(|item| self.formula(item)).collect(),
            Formula::Object(members) => {
                let members = members.iter().filter(|(_, value)| !self.leaves_out(value));
                let one = |(name, value): &(Box<str>, Formula)| Ok((name.to_string(), self.formula(value)?));
                members.map(one).collect::<Result<Values, _>>().map(Value::Object)
            }
        }
    }

    /// Whether a value is an input that was not given, which objects do not have.
    pub(crate) fn leaves_out(&self, formula: &Formula) -> bool {
        matches!(formula, Formula::Given(_, given) if self.is_left_out(given))
    }

    /// Values by their names.
    pub fn named_values(&self, named: &[Named]) -> Result<Values, Lacking> {
        named.iter().map(|one| Ok((one.name.to_string(), self.formula(&one.value)?))).collect()
    }

    /// What an expression or CEL gives now.
    pub fn source(&self, source: &Source) -> Result<Cow<'r, Value>, Lacking> {
        match source {
            Source::Expression(_, expression) => {
                self.value(expression).ok_or_else(|| Lacking::of(expression))
            }
            Source::Cel(rule) => self.rule(rule).map(Cow::Owned),
        }
    }

    fn named(&self, reference: &Reference) -> Option<Cow<'r, Value>> {
        match reference {
            Reference::Known(expression) => self.value(expression),
            Reference::Local(named) => self.element?.local(named),
        }
    }
}
