//! Values of JSON as values of CEL and back.

use std::collections::HashMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use cel::Env;
use cel::common::types::{
    CelBool, CelBytes, CelDouble, CelInt, CelList, CelMap, CelMapKey, CelNull, CelString, CelUInt,
};
use cel::common::value::{CowVal, Val};
use serde_json::{Number, Value};

use super::function::Budget;
use super::order::Orders;

/// The bytes of text that cost as much as a value.
const STRETCH: usize = 32;

pub(super) fn of_bool<'v>(value: bool) -> Box<dyn Val + 'v> {
    Box::new(CelBool::from(value))
}

/// A value of JSON, whose text is borrowed; none if the budget does not suffice.
pub(super) fn of_json<'v>(value: &'v Value, budget: &Budget) -> Option<Box<dyn Val + 'v>> {
    if !budget.take(1) {
        return None;
    }
    Some(match value {
        Value::Null => Box::new(CelNull),
        Value::Bool(value) => of_bool(*value),
        Value::Number(number) => of_number(number),
        Value::String(text) => Box::new(CelString::from(text.as_str())),
        Value::Array(items) => {
            let items: Option<Vec<_>> = items.iter().map(|item| of_json(item, budget)).collect();
            Box::new(CelList::from(items?))
        }
        Value::Object(members) => {
            let member = |(name, value): (&'v String, &'v Value)| {
                Some((CelMapKey::from(name.as_str()), of_json(value, budget)?))
            };
            let members: Option<HashMap<CelMapKey<'v>, Box<dyn Val + 'v>>> =
                members.iter().map(member).collect();
            Box::new(CelMap::from(members?))
        }
    })
}

fn of_number<'v>(number: &Number) -> Box<dyn Val + 'v> {
    match (number.as_i64(), number.as_u64()) {
        (Some(whole), _) => Box::new(CelInt::from(whole)),
        (None, Some(whole)) => Box::new(CelUInt::from(whole)),
        (None, None) => Box::new(CelDouble::from(number.as_f64().unwrap_or_default())),
    }
}

/// What a value costs to look through; no more than just above `most` is counted.
pub(super) fn weight(value: &dyn Val, most: u64) -> u64 {
    let text = |bytes: usize| 1 + (bytes / STRETCH) as u64;
    if let Some(value) = value.downcast_ref::<CelString<'_>>() {
        return text(value.inner().len());
    }
    if let Some(value) = value.downcast_ref::<CelBytes<'_>>() {
        return text(value.inner().len());
    }
    let mut sum = 1;
    if let Some(list) = value.downcast_ref::<CelList<'_>>() {
        for item in list.inner() {
            if sum > most {
                break;
            }
            sum += weight(item.as_ref(), most - sum);
        }
    } else if let Some(map) = value.downcast_ref::<CelMap<'_>>() {
        for (key, value) in map.inner() {
            if sum > most {
                break;
            }
            if let CelMapKey::String(key) = key {
                sum += text(key.inner().len());
            }
            sum += weight(value.as_ref(), most.saturating_sub(sum));
        }
    }
    sum
}

/// A value as JSON; fails with what JSON has no place for.
pub(super) fn to_json(value: &dyn Val, env: &Env, orders: &Orders<'_>) -> Result<Value, String> {
    if let Some(text) = value.downcast_ref::<CelString<'_>>() {
        return Ok(text.inner().into());
    }
    if let Some(bytes) = value.downcast_ref::<CelBytes<'_>>() {
        return Ok(BASE64_STANDARD.encode(bytes.inner()).into());
    }
    if let Some(whole) = value.downcast_ref::<CelInt>() {
        return Ok((*whole.inner()).into());
    }
    if let Some(whole) = value.downcast_ref::<CelUInt>() {
        return Ok((*whole.inner()).into());
    }
    if let Some(number) = value.downcast_ref::<CelDouble>() {
        let found = Number::from_f64(*number.inner());
        return found.map(Value::Number).ok_or_else(|| "it is a number that JSON cannot write".to_owned());
    }
    if let Some(value) = value.downcast_ref::<CelBool>() {
        return Ok((*value.inner()).into());
    }
    if value.downcast_ref::<CelNull>().is_some() {
        return Ok(Value::Null);
    }
    if let Some(list) = value.downcast_ref::<CelList<'_>>() {
        return list.inner().iter().map(|item| to_json(item.as_ref(), env, orders)).collect();
    }
    if let Some(map) = value.downcast_ref::<CelMap<'_>>() {
        return object(map, env, orders);
    }
    let args = || vec![CowVal::Borrowed(value)];
    let text = env.find_overload("string", &args()).and_then(|string| string(args()).ok());
    let text = text.as_ref().and_then(|text| text.downcast_ref::<CelString<'_>>());
    text.map(|text| text.inner().into())
        .ok_or_else(|| format!("it is of the type {}, which JSON does not have", value.get_type().name()))
}

fn object(map: &CelMap<'_>, env: &Env, orders: &Orders<'_>) -> Result<Value, String> {
    let mut members = Vec::with_capacity(map.inner().len());
    for (key, value) in map.inner() {
        let key = match key {
            CelMapKey::Bool(key) => key.inner().to_string(),
            CelMapKey::Int(key) => key.inner().to_string(),
            CelMapKey::String(key) => key.inner().to_owned(),
            CelMapKey::UInt(key) => key.inner().to_string(),
        };
        members.push((key, to_json(value.as_ref(), env, orders)?));
    }
    Ok(Value::Object(orders.object(members)))
}

pub(super) fn name_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
