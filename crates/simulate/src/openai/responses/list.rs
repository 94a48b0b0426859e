//! A page of a list: of a response's input items, of files, of batches.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::super::check;
use super::super::error::ApiError;

/// A page of things that stand in the order in which they came: the last first unless `order` is `asc`.
pub(super) fn page(items: &[Value], query: &HashMap<String, String>) -> Result<Value, ApiError> {
    let mut items: Vec<&Value> = items.iter().collect();
    if order(query)? == "desc" {
        items.reverse();
    }
    cut(items, query, 100)
}

/// A page of things of which the newest stands first, and comes first unless `order` is `asc`.
pub(in super::super) fn newest_first(
    items: &[Value],
    query: &HashMap<String, String>,
) -> Result<Value, ApiError> {
    let mut items: Vec<&Value> = items.iter().collect();
    if order(query)? == "asc" {
        items.reverse();
    }
    cut(items, query, 10_000)
}

fn order(query: &HashMap<String, String>) -> Result<String, ApiError> {
    let order = Value::from(query.get("order").map_or("desc", String::as_str));
    Ok(check::one_of("order", &order, &["asc", "desc"])?.to_owned())
}

/// `limit` of them (20 unless told), those after the one named in `after`.
fn cut(mut items: Vec<&Value>, query: &HashMap<String, String>, most: i64) -> Result<Value, ApiError> {
    let limit = match query.get("limit") {
        None => 20,
        Some(text) => {
            let number = text.parse::<i64>().map_or_else(|_| Value::from(text.as_str()), Value::from);
            usize::try_from(check::integer("limit", &number, 1, most)?).unwrap_or(20)
        }
    };
    let id = |item: &Value| item.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
    if let Some(after) = query.get("after") {
        let Some(at) = items.iter().position(|item| id(item) == *after) else {
            return Err(ApiError::of("after", format!("Item with id '{after}' not found.")));
        };
        items.drain(..=at);
    }
    let has_more = items.len() > limit;
    items.truncate(limit);
    Ok(json!({
        "object": "list",
        "first_id": items.first().map(|item| id(item)),
        "last_id": items.last().map(|item| id(item)),
        "has_more": has_more,
        "data": items,
    }))
}
