//! Values of variables and arguments, made what their types say (October 2021, §3.5, §5.6, §6.1.2, §6.4.1).

use async_graphql_parser::types::{
    BaseType, Field as Asked, OperationDefinition, Type as TypeRef, VariableDefinition,
};
use async_graphql_value::Value as Literal;
use serde_json::{Map, Number, Value};

use super::model::{Argument, Field, Kind, Model};
use crate::{Error, Location};

/// Below this each whole number is a float (2^53).
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The values of an operation's variables, and what is wrong with those that have none.
pub(super) fn variables(
    model: &Model,
    operation: &OperationDefinition,
    given: &Map<String, Value>,
) -> (Map<String, Value>, Vec<Error>) {
    let (mut values, mut errors) = (Map::new(), Vec::new());
    for definition in &operation.variable_definitions {
        let name = definition.node.name.node.as_str();
        match variable(model, &definition.node, given.get(name)) {
            Ok(None) => {}
            Ok(Some(value)) => drop(values.insert(name.to_owned(), value)),
            Err(message) => errors.push(wrong(name, &message, definition.pos.into())),
        }
    }
    (values, errors)
}

/// The value of a variable; none where it may be left out and is.
pub(crate) fn variable(
    model: &Model,
    definition: &VariableDefinition,
    given: Option<&Value>,
) -> Result<Option<Value>, String> {
    let ty = &definition.var_type.node;
    if let Some(value) = given {
        return coerced(model, ty, value).map(Some);
    }
    match &definition.default_value {
        Some(usual) => coerced(model, ty, &usual.node.clone().into_json().unwrap_or_default()).map(Some),
        None if ty.nullable => Ok(None),
        None => Err(format!("it is of type `{ty}` and is not given")),
    }
}

/// What text that stands in an address or a header field may mean as a value of a type; it is made that later.
pub(crate) fn of_text(model: &Model, ty: &TypeRef, given: Value) -> Value {
    match (&ty.base, given) {
        (BaseType::List(inner), Value::Array(items)) => {
            Value::Array(items.into_iter().map(|item| of_text(model, inner, item)).collect())
        }
        // A list of lists has no other way to stand in text.
        (BaseType::List(inner), Value::String(text)) if matches!(inner.base, BaseType::List(_)) => {
            match serde_json::from_str(&text) {
                Ok(Value::Array(items)) => Value::Array(items),
                _ => Value::Array(vec![of_text(model, inner, Value::String(text))]),
            }
        }
        (BaseType::List(inner), single) => Value::Array(vec![of_text(model, inner, single)]),
        (BaseType::Named(name), Value::String(text)) => {
            let reads = match name.as_str() {
                "Int" | "Float" | "Boolean" => true,
                name => matches!(model.kind(name), Some(Kind::Input { .. })),
            };
            let read = || serde_json::from_str(&text).ok().filter(|read: &Value| !read.is_string());
            read_if(reads, read).unwrap_or(Value::String(text))
        }
        (BaseType::Named(_), other) => other,
    }
}

fn read_if(reads: bool, read: impl FnOnce() -> Option<Value>) -> Option<Value> {
    if reads { read().filter(|value| !value.is_null()) } else { None }
}

fn wrong(name: &str, message: &str, place: Location) -> Error {
    Error::new(format!("variable `${name}`: {message}")).coded("BAD_USER_INPUT").at(place)
}

/// The values of a field's arguments. The error is the message of the field's.
pub(super) fn arguments(
    model: &Model,
    (field, asked): (&Field, &Asked),
    variables: &Map<String, Value>,
) -> Result<Map<String, Value>, String> {
    let mut values = Map::new();
    for argument in &field.arguments {
        let given = asked.get_argument(&argument.name).and_then(|literal| filled(&literal.node, variables));
        if let Some(value) = one(model, argument, given.as_ref())? {
            values.insert(argument.name.clone(), value);
        }
    }
    Ok(values)
}

/// The value of an argument, or of a field of an input.
fn one(model: &Model, argument: &Argument, given: Option<&Value>) -> Result<Option<Value>, String> {
    match given.or(argument.default.as_ref()) {
        Some(value) => {
            let value = coerced(model, &argument.ty, value);
            value.map(Some).map_err(|message| format!("`{}`: {message}", argument.name))
        }
        None if argument.ty.nullable => Ok(None),
        None => Err(format!("`{}` is of type `{}` and is not given", argument.name, argument.ty)),
    }
}

/// A literal with the values of variables in it; `None`: it is a variable that has none.
fn filled(literal: &Literal, variables: &Map<String, Value>) -> Option<Value> {
    Some(match literal {
        Literal::Variable(name) => variables.get(name.as_str())?.clone(),
        Literal::List(items) => {
            Value::Array(items.iter().map(|item| filled(item, variables).unwrap_or_default()).collect())
        }
        Literal::Object(members) => {
            let members = members
                .iter()
                .filter_map(|(name, value)| Some((name.to_string(), filled(value, variables)?)));
            Value::Object(members.collect())
        }
        Literal::Enum(name) => Value::String(name.to_string()),
        other => other.clone().into_json().unwrap_or_default(),
    })
}

/// How many values a default may come to, with the defaults within it, and how deep they may lie.
const DEFAULTS: (usize, usize) = (1_000, 50);

/// A value that stands in a schema, as one of its type. The error says why it is none; one that has no end is found.
pub(super) fn default_of(model: &Model, argument: &Argument, default: &Value) -> Result<Value, String> {
    let (mut left, deep) = DEFAULTS;
    if !ends(model, &argument.ty, default, (&mut left, deep)) {
        return Err("with the defaults within it, it has no end, or far too many values".into());
    }
    coerced(model, &argument.ty, default)
}

/// Whether a value comes to an end, the defaults of its members among it.
fn ends(model: &Model, ty: &TypeRef, value: &Value, (left, deep): (&mut usize, usize)) -> bool {
    if *left == 0 || deep == 0 {
        return false;
    }
    *left -= 1;
    match (&ty.base, value) {
        (BaseType::List(inner), Value::Array(items)) => {
            items.iter().all(|item| ends(model, inner, item, (&mut *left, deep - 1)))
        }
        (BaseType::List(inner), single) => ends(model, inner, single, (left, deep - 1)),
        (BaseType::Named(name), Value::Object(given)) => match model.kind(name) {
            Some(Kind::Input { fields, .. }) => fields.iter().all(|field| {
                let value = given.get(&field.name).or(field.default.as_ref());
                value.is_none_or(|value| ends(model, &field.ty, value, (&mut *left, deep - 1)))
            }),
            _ => true,
        },
        _ => true,
    }
}

/// A value of a type.
fn coerced(model: &Model, ty: &TypeRef, value: &Value) -> Result<Value, String> {
    if value.is_null() {
        return if ty.nullable {
            Ok(Value::Null)
        } else {
            Err(format!("it is of type `{ty}` and must not be null"))
        };
    }
    match (&ty.base, value) {
        (BaseType::List(inner), Value::Array(items)) => {
            Ok(Value::Array(items.iter().map(|item| coerced(model, inner, item)).collect::<Result<_, _>>()?))
        }
        (BaseType::List(inner), single) => Ok(Value::Array(vec![coerced(model, inner, single)?])),
        (BaseType::Named(name), value) => match model.kind(name) {
            Some(Kind::Scalar { .. }) => scalar(name, value).ok_or_else(|| format!("{value} is no `{name}`")),
            Some(Kind::Enum(items)) => {
                let known = items.iter().any(|item| value.as_str() == Some(&item.name));
                if known {
                    return Ok(value.clone());
                }
                let names: Vec<&str> = items.iter().take(10).map(|item| item.name.as_str()).collect();
                let more = if items.len() > names.len() { ", …" } else { "" };
                Err(format!("{value} is no value of `{name}`, which has {}{more}", names.join(", ")))
            }
            Some(Kind::Input { fields, one_of }) => input(model, (name, fields, *one_of), value),
            None if model.open => Ok(value.clone()),
            _ => Err(format!("`{name}` is no type of inputs")),
        },
    }
}

fn input(
    model: &Model,
    (name, fields, one_of): (&str, &[Argument], bool),
    value: &Value,
) -> Result<Value, String> {
    let Value::Object(given) = value else { return Err(format!("{value} is no object of type `{name}`")) };
    if let Some(unknown) = given.keys().find(|key| !fields.iter().any(|field| field.name == **key)) {
        return Err(format!("`{name}` has no field `{unknown}`"));
    }
    if one_of && (given.len() != 1 || given.values().any(Value::is_null)) {
        return Err(format!("`{name}` takes exactly one of its fields, and not null"));
    }
    let mut values = Map::new();
    for field in fields {
        if let Some(value) = one(model, field, given.get(&field.name))? {
            values.insert(field.name.clone(), value);
        }
    }
    Ok(Value::Object(values))
}

/// A value of a scalar that comes in; custom ones are what they are.
fn scalar(name: &str, value: &Value) -> Option<Value> {
    match name {
        "Int" => int(value),
        "Float" => value.is_number().then(|| value.clone()),
        "String" => value.is_string().then(|| value.clone()),
        "Boolean" => value.is_boolean().then(|| value.clone()),
        "ID" => match value {
            Value::String(_) => Some(value.clone()),
            Value::Number(number) if number.is_i64() || number.is_u64() => {
                Some(Value::String(number.to_string()))
            }
            _ => None,
        },
        _ => Some(value.clone()),
    }
}

/// A value of a scalar that a call has answered (October 2021, §3.5, "Result Coercion").
pub(super) fn answered(name: &str, value: &Value) -> Option<Value> {
    match (name, value) {
        ("String", Value::Bool(_)) => Some(Value::String(value.to_string())),
        ("String", Value::Number(number)) => {
            Some(Value::String(whole(number).unwrap_or_else(|| number.to_string())))
        }
        // What has lost digits is another's.
        ("ID", Value::Number(number)) => whole(number).map(Value::String),
        ("Int" | "Float", Value::String(text)) => {
            let number = serde_json::from_str::<Value>(text.trim()).ok().filter(Value::is_number)?;
            scalar(name, &number)
        }
        _ => scalar(name, value),
    }
}

/// A whole number as text, however it was written; none where digits may be lost.
fn whole(number: &Number) -> Option<String> {
    if number.is_i64() || number.is_u64() {
        return Some(number.to_string());
    }
    let float = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < EXACT)?;
    Some(format!("{:.0}", float + 0.0))
}

/// A whole number of 32 bits; one that is written with a fraction of nothing is one.
fn int(value: &Value) -> Option<Value> {
    let whole = value.as_i64().or_else(|| {
        let number = value.as_f64().filter(|number| number.fract() == 0.0)?;
        format!("{number:.0}").parse().ok()
    });
    whole.and_then(|whole| i32::try_from(whole).ok()).map(Value::from)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn answers_become_what_their_types_say_or_nothing() {
        for (name, answer, expect) in [
            ("Int", "-2147483648", json!(-2_147_483_648)),
            ("Int", "2147483648", json!(null)),
            ("Int", "123456789012345678901234567890", json!(null)),
            ("Int", "1e2", json!(100)),
            ("Int", "-0", json!(0)),
            ("Int", "\"7\"", json!(7)),
            ("Int", "1.5", json!(null)),
            ("Float", "9007199254740993", json!(9_007_199_254_740_993_u64)),
            ("ID", "18446744073709551615", json!("18446744073709551615")),
            ("ID", "123456789012345678901234567890", json!(null)),
            ("ID", "1e2", json!("100")),
            ("ID", "-0", json!("0")),
            ("ID", "1.5", json!(null)),
            ("String", "1e2", json!("100")),
            ("String", "1.50", json!("1.5")),
            ("String", "true", json!("true")),
            ("Boolean", "1", json!(null)),
        ] {
            let made = answered(name, &serde_json::from_str(answer).unwrap()).unwrap_or_default();
            assert_eq!(made, expect, "{name} {answer}");
        }
    }
}
