//! Whether a condition passes.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::{Access, Node, Operator};
use crate::runtime::Expression;

type Values<'a, 'v> = &'a dyn Fn(&Expression) -> Option<Cow<'v, Value>>;

pub(super) fn passes(node: &Node, value: Values<'_, '_>) -> bool {
    match node {
        Node::Not(inner) => !passes(inner, value),
        Node::And(left, right) => passes(left, value) && passes(right, value),
        Node::Or(left, right) => passes(left, value) || passes(right, value),
        Node::Compare(operator, left, right) => {
            compare(*operator, &operand(left, value), &operand(right, value))
        }
        Node::Literal(_) | Node::Value(..) => is_truthy(&operand(node, value)),
    }
}

/// What an operand of a comparison is.
fn operand<'n, 'v: 'n>(node: &'n Node, value: Values<'_, 'v>) -> Cow<'n, Value> {
    match node {
        Node::Literal(literal) => Cow::Borrowed(literal),
        Node::Value(expression, accesses) => match value(expression) {
            Some(whole) => within(whole, accesses),
            None => Cow::Owned(Value::Null),
        },
        _ => Cow::Owned(Value::Bool(passes(node, value))),
    }
}

fn within<'v>(whole: Cow<'v, Value>, accesses: &[Access]) -> Cow<'v, Value> {
    fn find<'v>(value: &'v Value, accesses: &[Access]) -> Option<&'v Value> {
        accesses.iter().try_fold(value, |value, access| match access {
            Access::Member(name) => value.get(&**name),
            Access::Index(at) => value.get(at),
        })
    }
    if accesses.is_empty() {
        return whole;
    }
    match whole {
        Cow::Borrowed(value) => find(value, accesses).map_or(Cow::Owned(Value::Null), Cow::Borrowed),
        Cow::Owned(value) => Cow::Owned(find(&value, accesses).cloned().unwrap_or(Value::Null)),
    }
}

fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(bool) => *bool,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(_) | Value::Object(_) => true,
    }
}

/// Whether a comparison passes, loosely as in conditions.
pub fn compare(operator: Operator, left: &Value, right: &Value) -> bool {
    match operator {
        Operator::Equal => equal(left, right),
        Operator::NotEqual => !equal(left, right),
        _ => match (order(left, right), operator) {
            (Some(order), Operator::Less) => order.is_lt(),
            (Some(order), Operator::LessOrEqual) => order.is_le(),
            (Some(order), Operator::Greater) => order.is_gt(),
            (Some(order), Operator::GreaterOrEqual) => order.is_ge(),
            _ => false,
        },
    }
}

fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::String(left), Value::String(right)) => folded(left) == folded(right),
        (Value::Number(left), Value::Number(right)) => by_number(left, right) == Some(Ordering::Equal),
        (Value::Number(number), Value::String(text)) | (Value::String(text), Value::Number(number)) => {
            as_number(text).is_some_and(|text| by_number(number, &text) == Some(Ordering::Equal))
        }
        _ => left == right,
    }
}

fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => by_number(left, right),
        (Value::Number(left), Value::String(right)) => by_number(left, &as_number(right)?),
        (Value::String(left), Value::Number(right)) => by_number(&as_number(left)?, right),
        (Value::String(left), Value::String(right)) => match (as_number(left), as_number(right)) {
            (Some(left), Some(right)) => by_number(&left, &right),
            _ => Some(folded(left).cmp(&folded(right))),
        },
        _ => None,
    }
}

/// Text without case.
fn folded(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.to_lowercase())
    }
}

fn as_number(text: &str) -> Option<Number> {
    serde_json::from_str(text.trim()).ok()
}

/// Whole numbers exactly, others as doubles.
fn by_number(left: &Number, right: &Number) -> Option<Ordering> {
    match (left.as_i128(), right.as_i128()) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}
