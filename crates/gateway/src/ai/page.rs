//! A page of a list, as OpenAI's lists are paged: the newest first, going on after an id.

use llm::{ApiError, ErrorKind};
use serde_json::{Map, Value, json};

use super::endpoint::plain;

/// The values of a parameter of a query.
pub(crate) fn parameter(query: Option<&str>, name: &str) -> Option<String> {
    let mut pairs = query?.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| plain(value))
}

/// The page that a query asks for. `items` are the newest first; a page has `usual` of them where the query does not say,
/// and `most` at most.
pub(crate) fn of(
    mut items: Vec<Map<String, Value>>,
    query: Option<&str>,
    (usual, most): (usize, usize),
) -> Result<Value, Box<ApiError>> {
    let limit = match parameter(query, "limit") {
        None => usual,
        Some(text) => match text.parse() {
            Ok(limit) if (1..=most).contains(&limit) => limit,
            _ => return Err(wrong("limit", format!("`limit` must be a number from 1 to {most}"))),
        },
    };
    match parameter(query, "order").as_deref() {
        None | Some("desc") => {}
        Some("asc") => items.reverse(),
        Some(_) => return Err(wrong("order", "`order` must be `asc` or `desc`".into())),
    }
    if let Some(after) = parameter(query, "after") {
        let at = items.iter().position(|item| id(item) == Some(&after));
        let at = at.ok_or_else(|| wrong("after", format!("there is nothing with the id '{after}'")))?;
        items.drain(..=at);
    }
    let more = items.len() > limit;
    items.truncate(limit);
    let first = items.first().and_then(id).map(str::to_owned);
    let last = items.last().and_then(id).map(str::to_owned);
    Ok(json!({"object": "list", "data": items, "first_id": first, "last_id": last, "has_more": more}))
}

fn id(item: &Map<String, Value>) -> Option<&str> {
    item.get("id").and_then(Value::as_str)
}

fn wrong(param: &str, message: String) -> Box<ApiError> {
    ApiError::new(400, ErrorKind::InvalidRequest, message).with_param(param).with_code("invalid_value").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(query: &str) -> Result<(Vec<String>, bool), Option<String>> {
        let items = ["c", "b", "a"].map(|id| Map::from_iter([("id".to_owned(), Value::from(id))]));
        let page = of(items.to_vec(), Some(query), (2, 3)).map_err(|error| error.param)?;
        let ids = page["data"].as_array().unwrap().iter();
        let ids: Vec<String> = ids.map(|item| item["id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(page["first_id"].as_str(), ids.first().map(String::as_str));
        Ok((ids, page["has_more"] == true))
    }

    #[test]
    fn pages_go_on_after_an_id() {
        let ids = |ids: &[&str], more| Ok((ids.iter().map(|id| (*id).to_owned()).collect(), more));
        assert_eq!(page(""), ids(&["c", "b"], true));
        assert_eq!(page("after=b"), ids(&["a"], false));
        assert_eq!(page("limit=3"), ids(&["c", "b", "a"], false));
        assert_eq!(page("order=asc&limit=1&after=%61"), ids(&["b"], true));
        assert_eq!(page("after=a"), ids(&[], false));
        for (query, param) in [
            ("limit=0", "limit"),
            ("limit=x", "limit"),
            ("limit=4", "limit"),
            ("order=up", "order"),
            ("after=x", "after"),
        ] {
            assert_eq!(page(query), Err(Some(param.to_owned())), "{query}");
        }
    }
}
