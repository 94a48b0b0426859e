//! References of the short form: `inputs.id`, `product.sellerId`, and in text `{product.sellerId}`.

use std::collections::HashSet;

use expr::runtime::Named;
use expr::{Expression, Pointer};
use serde_json::Value;

use super::BODY;

/// The names that references may begin with.
pub(super) struct Names(HashSet<String>);

const INPUTS: &str = "inputs";

// === impl Names ===

impl Names {
    pub(super) fn new<'n>(steps: impl Iterator<Item = &'n str>) -> Self {
        Self(steps.filter(|step| is_plain(step) && *step != INPUTS).map(str::to_owned).collect())
    }

    /// The runtime expression of a reference; text that begins with `$` is one already.
    pub(super) fn expression(&self, text: &str) -> Result<String, String> {
        if text.starts_with('$') {
            return Ok(text.to_owned());
        }
        let mut parts = text.split('.');
        let root = parts.next().unwrap_or_default();
        let members: Vec<&str> = parts.collect();
        if !members.iter().all(|member| is_plain(member)) {
            return Err(format!(
                "`{text}` is no reference: one is `inputs.NAME`, `STEP.MEMBER`, or begins with `$`"
            ));
        }
        let pointer = |members: &[&str]| {
            members.iter().fold(Pointer::default(), |pointer, member| pointer.join(member))
        };
        if root == INPUTS {
            let [name, rest @ ..] = members.as_slice() else {
                return Err("after `inputs` must follow `.` and an input's name".to_owned());
            };
            let named = Named { name: (*name).into(), pointer: pointer(rest) };
            return Ok(Expression::Input(named).to_string());
        }
        if !self.0.contains(root) {
            let mut known: Vec<&str> = self.0.iter().map(String::as_str).collect();
            known.sort_unstable();
            known.truncate(20);
            return Err(format!(
                "`{text}`: there is no step `{root}`; there are `inputs` and `{}`",
                known.join("`, `")
            ));
        }
        let output = Named { name: BODY.into(), pointer: pointer(&members) };
        Ok(Expression::Step { step: root.into(), output }.to_string())
    }

    /// The reference of a runtime expression; the expression itself if there is none.
    pub(super) fn short(&self, text: &str) -> String {
        let found = Expression::parse(text).ok().and_then(|expression| Self::reference(&expression));
        let same = |short: &String| self.expression(short).as_deref() == Ok(text);
        found.filter(same).unwrap_or_else(|| text.to_owned())
    }

    /// The reference of an expression; it may not stand for the same where a step's name is no plain one.
    pub(super) fn reference(expression: &Expression) -> Option<String> {
        let (root, pointer) = match expression {
            Expression::Input(named) => (format!("{INPUTS}.{}", named.name), &named.pointer),
            Expression::Step { step, output } if &*output.name == BODY => (step.to_string(), &output.pointer),
            _ => return None,
        };
        let members: Vec<&str> = std::iter::once(root.as_str()).chain(pointer.tokens()).collect();
        Some(members.join("."))
    }

    /// A value with references in the braces of its text, as Arazzo has it.
    pub(super) fn export(&self, value: &Value) -> Value {
        walk(value, &|text| self.export_text(text))
    }

    /// A value of Arazzo with references in the braces of its text.
    pub(super) fn import(&self, value: &Value) -> Value {
        walk(value, &|text| self.import_text(text))
    }

    /// `{product.id}` by itself is the expression, whose type is kept; within text it stands in braces. Other braces are text.
    pub(super) fn export_text(&self, text: &str) -> String {
        let inner = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        if let Some(inner) = inner.filter(|inner| !inner.contains(['{', '}']) && !inner.starts_with('$'))
            && let Ok(expression) = self.expression(inner)
        {
            return expression;
        }
        braces(text, &|inner| self.expression(inner).ok().filter(|_| !inner.starts_with('$')))
    }

    pub(super) fn import_text(&self, text: &str) -> String {
        let short = if Expression::is_meant(text) {
            let short = self.short(text);
            if short == text { short } else { format!("{{{short}}}") }
        } else {
            let inner = |inner: &str| Some(self.short(inner)).filter(|short| short != inner);
            braces(text, &|text| if text.starts_with('$') { inner(text) } else { None })
        };
        if self.export_text(&short) == text { short } else { text.to_owned() }
    }
}

/// Letters, digits, `-` and `_`.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// Text with what stands in braces changed, where it is to be.
fn braces(text: &str, change: &dyn Fn(&str) -> Option<String>) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, behind)) = rest.split_once('{') {
        out.push_str(before);
        out.push('{');
        let changed = behind.split_once('}').and_then(|(inner, after)| Some((change(inner)?, after)));
        match changed {
            Some((inner, after)) => {
                out.push_str(&inner);
                out.push('}');
                rest = after;
            }
            None => rest = behind,
        }
    }
    out.push_str(rest);
    out
}

/// A value with its text changed. CEL is left as it is.
fn walk(value: &Value, change: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => change(text).into(),
        Value::Array(items) => items.iter().map(|item| walk(item, change)).collect(),
        Value::Object(members) if members.len() == 1 && members.contains_key("cel") => value.clone(),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), walk(value, change))).collect())
        }
        other => other.clone(),
    }
}
