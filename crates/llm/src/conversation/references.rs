//! Items that a request only names by their ids, as clients do that believe the vendor to have them.

use std::collections::BTreeMap;

use json::{Object, Value};

/// The ids of the items that a request's input only names.
pub fn references(body: &[u8]) -> Vec<String> {
    let Ok(body) = Value::parse(std::str::from_utf8(body).unwrap_or_default()) else { return Vec::new() };
    let mut ids: Vec<String> = body.get("input").items().iter().filter_map(named).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// The id of an item that is only named.
fn named(item: &Value<'_>) -> Option<String> {
    let kind = item.get("type");
    let bare = kind.is_null() && item.get("role").is_null();
    let id = item.get("id").as_text().filter(|_| bare || kind.is("item_reference"))?;
    Some(id.decode().into_owned())
}

/// The answer that an item of Weir's making belongs to, as the item's id tells.
pub fn answer_of(item: &str) -> Option<String> {
    let (_, rest) = item.split_once('_')?;
    let rest = rest.strip_prefix("weir_").unwrap_or(rest);
    let (base, number) = rest.rsplit_once('_')?;
    let counted = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    counted.then(|| format!("resp_{base}"))
}

/// The item of this id in what is kept of an answer.
pub fn item(kept: &[u8], id: &str) -> Option<Vec<u8>> {
    let kept = Value::parse(std::str::from_utf8(kept).ok()?).ok()?;
    let mut items = kept.get("response").get("output").items().iter().chain(kept.get("input").items());
    items.find(|item| item.get("id").is(id)).map(|item| item.raw.as_bytes().to_vec())
}

/// The request with what was found in place of what it names; what was not found stays as it is.
pub fn with_items(body: &[u8], found: &BTreeMap<String, Vec<u8>>) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok()?;
    let body = Value::parse(text).ok()?;
    let mut out = Vec::with_capacity(text.len());
    let mut object = Object::begin(&mut out);
    for (key, value) in body.members() {
        if !key.is("input") {
            object.text_key(key).extend_from_slice(value.raw.as_bytes());
            continue;
        }
        let mut input = object.array("input");
        for item in value.items() {
            let whole = named(item).and_then(|id| found.get(&id));
            input.item().extend_from_slice(whole.map_or(item.raw.as_bytes(), Vec::as_slice));
        }
        input.end();
    }
    object.end();
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_that_are_only_named_are_found_and_put_in() {
        let body = br#"{"model":"m","input":[{"role":"user","content":"a"},{"type":"item_reference","id":"msg_x_1"},{"id":"fc_x_2"},{"type":"function_call","id":"fc_y_0"}],"n":1}"#;
        assert_eq!(references(body), ["fc_x_2", "msg_x_1"]);
        let kept = br#"{"input":[],"response":{"output":[{"id":"msg_x_1","type":"message"}]}}"#;
        let whole = item(kept, "msg_x_1").unwrap();
        assert_eq!(item(kept, "msg_x_2"), None);
        let mut found = BTreeMap::new();
        found.insert("msg_x_1".to_owned(), whole);
        let body = String::from_utf8(with_items(body, &found).unwrap()).unwrap();
        assert!(body.contains(r#"{"id":"msg_x_1","type":"message"},{"id":"fc_x_2"}"#), "{body}");
        assert!(references(br#"{"input":"x"}"#).is_empty() && references(b"{").is_empty());
    }

    #[test]
    fn the_id_of_an_item_tells_its_answer() {
        assert_eq!(answer_of("msg_01J_0").as_deref(), Some("resp_01J"));
        assert_eq!(answer_of("msg_msg_01_12").as_deref(), Some("resp_msg_01"));
        assert_eq!(answer_of("rs_weir_chatcmpl-1_3").as_deref(), Some("resp_chatcmpl-1"));
        for other in ["msg", "msg_abc", "msg_abc_x", "_", "msg_a_"] {
            assert_eq!(answer_of(other), None, "{other}");
        }
    }
}
