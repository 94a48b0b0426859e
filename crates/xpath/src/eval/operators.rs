//! Operators, loops and conditions (`XPath` 3.1 §3.4 to §3.13).

use std::sync::Arc;

use super::{Eval, Scope};
use crate::ast::{Combination, Comparison, Expr, NodeComparison, Operator};
use crate::atomic::{Atomic, Value};
use crate::error::{Error, Result};
use crate::item::{Item, Sequence, atomized, one, truth};
use crate::sequence_type::SequenceType;
use crate::tree::Node;
use crate::types::Type;
use crate::{arithmetic, cast, compare, convert};

// === impl Eval ===

impl Eval<'_> {
    pub(super) fn variable(&self, name: &str, scope: &Scope<'_>) -> Result<Sequence> {
        let value = scope.environment.get(name);
        let (value, nearer) =
            value.ok_or_else(|| Error::new("XPST0008", format_args!("there is no variable `${name}`")))?;
        self.charge(value.len() + nearer / 32 * (1 + name.len() / 64))?;
        Ok(value.clone())
    }

    pub(super) fn each(&self, all: &[Expr], scope: &Scope<'_>) -> Result<Sequence> {
        let mut items = Vec::new();
        for expression in all {
            items.append(&mut self.evaluate(expression, scope)?);
        }
        self.charge(items.len())?;
        Ok(items)
    }

    pub(super) fn looped(
        &self,
        name: &Arc<str>,
        [over, body]: &[Expr; 2],
        scope: &Scope<'_>,
    ) -> Result<Sequence> {
        let mut items = Vec::new();
        for item in self.evaluate(over, scope)? {
            let environment = scope.environment.with(name, vec![item]);
            items.append(&mut self.evaluate(body, &Scope { environment: &environment, ..*scope })?);
        }
        self.charge(items.len())?;
        Ok(items)
    }

    pub(super) fn bound(
        &self,
        name: &Arc<str>,
        [value, body]: &[Expr; 2],
        scope: &Scope<'_>,
    ) -> Result<Sequence> {
        let environment = scope.environment.with(name, self.evaluate(value, scope)?);
        self.evaluate(body, &Scope { environment: &environment, ..*scope })
    }

    pub(super) fn quantified(
        &self,
        every: bool,
        name: &Arc<str>,
        [over, test]: &[Expr; 2],
        scope: &Scope<'_>,
    ) -> Result<Sequence> {
        for item in self.evaluate(over, scope)? {
            let environment = scope.environment.with(name, vec![item]);
            let passes = truth(&self.evaluate(test, &Scope { environment: &environment, ..*scope })?)?;
            if passes != every {
                return Ok(one(!every));
            }
        }
        Ok(one(every))
    }

    pub(super) fn chosen(&self, [test, then, other]: &[Expr; 3], scope: &Scope<'_>) -> Result<Sequence> {
        let passes = truth(&self.evaluate(test, scope)?)?;
        self.evaluate(if passes { then } else { other }, scope)
    }

    pub(super) fn logic(&self, or: bool, [left, right]: &[Expr; 2], scope: &Scope<'_>) -> Result<Sequence> {
        if truth(&self.evaluate(left, scope)?)? == or {
            return Ok(one(or));
        }
        Ok(one(truth(&self.evaluate(right, scope)?)?))
    }

    pub(super) fn general(
        &self,
        by: Comparison,
        [left, right]: &[Expr; 2],
        scope: &Scope<'_>,
    ) -> Result<Sequence> {
        let (left, right) = (self.evaluate(left, scope)?, self.evaluate(right, scope)?);
        Ok(one(compare::general(by, &left, &right, self)?))
    }

    pub(super) fn values(
        &self,
        by: Comparison,
        [left, right]: &[Expr; 2],
        scope: &Scope<'_>,
    ) -> Result<Sequence> {
        let takes = |many: usize| {
            let (sign, word) = by.written();
            format!("`{word}` compares one value with one, not {many}: `{sign}` compares several")
        };
        let (left, right) = (self.single(left, scope, &takes)?, self.single(right, scope, &takes)?);
        let (Some(left), Some(right)) = (left, right) else { return Ok(Vec::new()) };
        Ok(one(compare::value(by, &left, &right, self)?))
    }

    pub(super) fn nodes(&self, by: NodeComparison, both: &[Expr; 2], scope: &Scope<'_>) -> Result<Sequence> {
        let mut nodes = Vec::with_capacity(2);
        for side in both {
            match self.evaluate(side, scope)?.as_slice() {
                [] => return Ok(Vec::new()),
                [Item::Node(node)] => nodes.push(node.clone()),
                [other] => {
                    return Err(Error::types(format_args!("nodes are compared, not {}", other.described())));
                }
                _ => return Err(Error::types("two nodes are compared, not several")),
            }
        }
        let order = nodes.first().cmp(&nodes.last());
        Ok(one(match by {
            NodeComparison::Is => order.is_eq(),
            NodeComparison::Precedes => order.is_lt(),
            NodeComparison::Follows => order.is_gt(),
        }))
    }

    pub(super) fn concatenated(&self, both: &[Expr; 2], scope: &Scope<'_>) -> Result<Sequence> {
        let mut whole = String::new();
        for side in both {
            let takes =
                |many| format!("`||` joins one value to one, not {many}: `string-join()` joins several");
            if let Some(value) = self.single(side, scope, &takes)? {
                whole.push_str(&value.string());
            }
        }
        self.charge_text(whole.len())?;
        Ok(one(Atomic::from(whole)))
    }

    pub(super) fn range(&self, both: &[Expr; 2], scope: &Scope<'_>) -> Result<Sequence> {
        let mut ends = Vec::with_capacity(2);
        for side in both {
            let takes = |many| format!("`to` stands between two numbers, not {many}");
            let Some(value) = self.single(side, scope, &takes)? else { return Ok(Vec::new()) };
            let value =
                if value.kind == Type::Untyped { cast::cast(&value, Type::Integer, self)? } else { value };
            let Value::Integer(number) = value.value else {
                let text = format!("`to` stands between whole numbers, not xs:{}", value.kind.name());
                return Err(Error::types(text));
            };
            ends.push(number);
        }
        let (Some(first), Some(last)) = (ends.first().copied(), ends.last().copied()) else {
            return Ok(Vec::new());
        };
        if first > last {
            return Ok(Vec::new());
        }
        let many =
            last.checked_sub(first).and_then(|many| usize::try_from(many).ok()).unwrap_or(usize::MAX - 1);
        self.charge(many.saturating_add(1))?;
        Ok((first..=last).map(|number| Item::Atomic(number.into())).collect())
    }

    pub(super) fn arithmetic(
        &self,
        operator: Operator,
        both: &[Expr; 2],
        scope: &Scope<'_>,
    ) -> Result<Sequence> {
        let [left, right] = both;
        let sign = operator.written();
        let Some(left) = self.operand(left, sign, scope)? else { return Ok(Vec::new()) };
        let Some(right) = self.operand(right, sign, scope)? else { return Ok(Vec::new()) };
        Ok(one(arithmetic::binary(operator, &left, &right, self)?))
    }

    pub(super) fn signed(&self, minus: bool, operand: &Expr, scope: &Scope<'_>) -> Result<Sequence> {
        let Some(value) = self.operand(operand, if minus { "-" } else { "+" }, scope)? else {
            return Ok(Vec::new());
        };
        if !value.kind.is(Type::Numeric) {
            return Err(Error::types(format_args!(
                "a sign stands before a number, not xs:{}",
                value.kind.name()
            )));
        }
        Ok(one(if minus { arithmetic::negate(&value)? } else { value }))
    }

    /// What an arithmetic operator takes: a value, of which an untyped one is a double; by `XPath` 1.0 always a double.
    fn operand(&self, expression: &Expr, operator: &str, scope: &Scope<'_>) -> Result<Option<Atomic>> {
        if self.compatible() {
            let items = self.evaluate(expression, scope)?;
            let value = atomized(items.get(..1).unwrap_or_default(), self)?.pop();
            let number = value.map_or(Ok(f64::NAN), |value| cast::to_number(&value, self))?;
            return Ok(Some(number.into()));
        }
        let takes = |many| format!("`{operator}` calculates with single values, not with {many}");
        let Some(value) = self.single(expression, scope, &takes)? else { return Ok(None) };
        if value.kind == Type::Untyped {
            cast::cast(&value, Type::Double, self).map(Some)
        } else {
            Ok(Some(value))
        }
    }

    /// The one value of an expression, or none; `takes` says what is wrong with several.
    pub(super) fn single(
        &self,
        expression: &Expr,
        scope: &Scope<'_>,
        takes: &dyn Fn(usize) -> String,
    ) -> Result<Option<Atomic>> {
        let mut values = atomized(&self.evaluate(expression, scope)?, self)?;
        if values.len() > 1 {
            return Err(Error::types(takes(values.len())));
        }
        Ok(values.pop())
    }

    pub(super) fn combined(
        &self,
        by: Combination,
        [left, right]: &[Expr; 2],
        scope: &Scope<'_>,
    ) -> Result<Sequence> {
        let mut left = self.node_set(left, scope)?;
        let mut right = self.node_set(right, scope)?;
        self.charge(left.len() + right.len())?;
        for nodes in [&mut left, &mut right] {
            nodes.sort_unstable();
            nodes.dedup();
        }
        match by {
            Combination::Union => {
                left.append(&mut right);
                left.sort();
                left.dedup();
            }
            Combination::Intersect => left.retain(|node| right.binary_search(node).is_ok()),
            Combination::Except => left.retain(|node| right.binary_search(node).is_err()),
        }
        Ok(left.into_iter().map(Item::Node).collect())
    }

    fn node_set(&self, expression: &Expr, scope: &Scope<'_>) -> Result<Vec<Node>> {
        let nodes = self.evaluate(expression, scope)?.into_iter().map(|item| match item {
            Item::Node(node) => Ok(node),
            other => Err(Error::types(format_args!("nodes are combined, not {}", other.described()))),
        });
        nodes.collect()
    }

    pub(super) fn instance(
        &self,
        operand: &Expr,
        kind: &SequenceType,
        scope: &Scope<'_>,
    ) -> Result<Sequence> {
        let items = self.evaluate(operand, scope)?;
        self.charge(items.len())?;
        Ok(one(convert::matches(&items, kind, self)?))
    }

    pub(super) fn treated(&self, operand: &Expr, kind: &SequenceType, scope: &Scope<'_>) -> Result<Sequence> {
        let items = self.evaluate(operand, scope)?;
        self.charge(items.len())?;
        if convert::matches(&items, kind, self)? {
            return Ok(items);
        }
        let given = convert::given(&items, kind);
        Err(Error::new("XPDY0050", format_args!("`treat as` wants {kind}, not {given}")))
    }

    pub(super) fn castable(&self, operand: &Expr, to: (Type, bool), scope: &Scope<'_>) -> Result<Sequence> {
        let values = atomized(&self.evaluate(operand, scope)?, self)?;
        let (kind, optional) = to;
        Ok(one(match values.as_slice() {
            [] => optional,
            [value] => match cast::cast(value, kind, self) {
                Err(error) if error.is_limit() => return Err(error),
                cast => cast.is_ok(),
            },
            _ => false,
        }))
    }

    pub(super) fn cast(&self, operand: &Expr, to: (Type, bool), scope: &Scope<'_>) -> Result<Sequence> {
        let (kind, optional) = to;
        let takes = |many| format!("`cast as` casts one value, not {many}");
        match self.single(operand, scope, &takes)? {
            Some(value) => Ok(one(cast::cast(&value, kind, self)?)),
            None if optional => Ok(Vec::new()),
            None => {
                Err(Error::types(format_args!("there is nothing to cast: `{kind}?` lets nothing be cast")))
            }
        }
    }
}
