//! Conversations of OpenAI's Responses that Weir keeps where the vendor behind it has no such state: what was asked,
//! what was answered, and the request that goes on from there.

pub mod background;
pub mod compaction;
pub mod interactions;
mod references;
pub mod socket;

pub use references::{answer_of, item, references, with_items};

use json::{Array, Data, Object, Value, push_text};

use crate::dialect::openai_chat;
use crate::dialect::openai_responses::read_usage;
use crate::{ApiError, RequestError, Usage};

/// Whether a request wants its answer kept: it does unless it says otherwise.
pub fn wants_keeping(body: &[u8]) -> bool {
    let text = std::str::from_utf8(body).unwrap_or_default();
    Value::member(text, "store").is_ok_and(|store| store.as_bool() != Some(false))
}

/// What is kept of an answer: the whole input, and the answer's object as the client has it.
pub fn kept(request: &[u8], answer: &[u8]) -> Option<(String, Vec<u8>)> {
    let (request, answer) = (std::str::from_utf8(request).ok()?, std::str::from_utf8(answer).ok()?);
    let asked = Value::member(request, "input").ok()?;
    let id = Value::member(answer, "id").ok()?.as_text()?.decode().into_owned();
    let mut out = Vec::with_capacity(request.len() + answer.len());
    let mut object = Object::begin(&mut out);
    let mut input = object.array("input");
    items(&asked, &mut input);
    input.end();
    object.raw("response", answer.trim_ascii());
    object.end();
    Some((id, out))
}

/// The request that goes on from a kept answer, standing for itself: all that was said before stands in its input, and
/// it names no answer any more.
pub fn joined(request: &[u8], kept: &[u8]) -> Result<Vec<u8>, RequestError> {
    let text = std::str::from_utf8(request).map_err(|_| RequestError::body("the body is not UTF-8"))?;
    let request = Value::parse(text).map_err(RequestError::json)?;
    let kept = std::str::from_utf8(kept).unwrap_or_default();
    let kept = Value::parse(kept).unwrap_or(Value::NULL);
    let mut out = Vec::with_capacity(text.len() + kept.raw.len());
    let mut body = Object::begin(&mut out);
    for (key, value) in request.members() {
        if !key.is("input") && !key.is("previous_response_id") {
            body.text_key(key).extend_from_slice(value.raw.as_bytes());
        }
    }
    let mut input = body.array("input");
    items(kept.get("input"), &mut input);
    items(kept.get("response").get("output"), &mut input);
    items(request.get("input"), &mut input);
    input.end();
    body.end();
    Ok(out)
}

/// The answer's object of what is kept.
pub fn answer(kept: &[u8]) -> Option<Vec<u8>> {
    let kept = Value::parse(std::str::from_utf8(kept).ok()?).ok()?;
    Some(kept.get("response").raw.as_bytes().to_vec())
}

/// The list of input items of what is kept, each with an id.
pub fn input_items(kept: &[u8]) -> Option<Vec<u8>> {
    let kept = Value::parse(std::str::from_utf8(kept).ok()?).ok()?;
    let list = kept.get("input").items();
    let mut out = Vec::with_capacity(kept.raw.len());
    let mut body = Object::begin(&mut out);
    body.string("object", "list");
    let mut data = body.array("data");
    let id = |at: usize, item: &Value<'_>| {
        item.get("id").as_text().map_or_else(|| format!("item_{at}"), |id| id.decode().into_owned())
    };
    // The latest comes first, as OpenAI lists them.
    for (at, item) in list.iter().enumerate().rev() {
        let mut object = data.object();
        object.string("id", &id(at, item));
        if item.get("type").is_null() {
            object.string("type", "message");
        }
        for (key, value) in item.members().iter().filter(|(key, _)| !key.is("id")) {
            object.text_key(key).extend_from_slice(value.raw.as_bytes());
        }
        object.end();
    }
    data.end();
    match (list.last(), list.first()) {
        (Some(last), Some(first)) => {
            body.string("first_id", &id(list.len() - 1, last)).string("last_id", &id(0, first));
        }
        _ => drop(body.raw("first_id", "null").raw("last_id", "null")),
    }
    body.raw("has_more", "false");
    body.end();
    Some(out)
}

/// What an answer with an error says of it.
pub fn error_of(status: u16, body: &[u8]) -> ApiError {
    openai_chat::decode_error(status, &|_| None, body)
}

/// What a response object tells of usage.
pub fn usage(object: &[u8]) -> Option<Usage> {
    let object = Value::parse(std::str::from_utf8(object).ok()?).ok()?;
    read_usage(object.get("usage"))
}

/// The id of a response object.
pub fn id(object: &[u8]) -> Option<String> {
    let object = Value::parse(std::str::from_utf8(object).ok()?).ok()?;
    Some(object.get("id").as_text()?.decode().into_owned())
}

/// What a deleted answer is told by.
pub fn deleted(id: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut body = Object::begin(&mut out);
    body.string("id", id).string("object", "response").raw("deleted", "true");
    body.end();
    out
}

fn read(json: &[u8]) -> Option<Value<'_>> {
    Value::parse(std::str::from_utf8(json).ok()?).ok()
}

/// Adds the items of an input, which may be one text.
fn items(input: &Value<'_>, into: &mut Array<'_>) {
    if let Data::String(text) = &input.data {
        let mut item = into.object();
        item.string("type", "message").string("role", "user");
        let mut content = item.array("content");
        let mut part = content.object();
        part.string("type", "input_text");
        push_text(part.key("text"), text);
        part.end();
        content.end();
        item.end();
    }
    for item in input.items() {
        into.item().extend_from_slice(item.raw.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(bytes: &[u8]) -> serde_json::Value {
        serde_json::from_slice(bytes).unwrap()
    }

    #[test]
    fn a_request_goes_on_from_what_was_kept() {
        let first = br#"{"model":"m","input":"hi \"you\""}"#;
        let answer_body = br#"{"id":"resp_1","output":[{"type":"message","role":"assistant","content":[]}]}"#;
        let (id, held) = kept(first, answer_body).unwrap();
        assert_eq!(id, "resp_1");
        assert_eq!(answer(&held).unwrap(), answer_body);
        let next = br#"{"model":"m","previous_response_id":"resp_1","input":[{"role":"user","content":"more"}],"stream":true}"#;
        let joined = json(&joined(next, &held).unwrap());
        let input = joined["input"].as_array().unwrap();
        assert_eq!(input.len(), 3);
        assert_eq!(input[0]["content"][0]["text"], "hi \"you\"");
        assert_eq!((&input[1]["role"], &input[2]["content"]), (&"assistant".into(), &"more".into()));
        assert_eq!((joined.get("previous_response_id"), &joined["stream"]), (None, &true.into()));
        // And so on: the second answer keeps the whole.
        let (_, held) = kept(joined.to_string().as_bytes(), answer_body).unwrap();
        let list = json(&input_items(&held).unwrap());
        assert_eq!((list["data"].as_array().unwrap().len(), &list["has_more"]), (3, &false.into()));
        assert_eq!((&list["first_id"], &list["last_id"]), (&"item_2".into(), &"item_0".into()));
    }

    #[test]
    fn an_answer_is_kept_unless_the_request_says_otherwise() {
        assert!(
            wants_keeping(b"{}")
                && wants_keeping(br#"{"store":null}"#)
                && wants_keeping(br#"{"store":true}"#)
        );
        assert!(!wants_keeping(br#"{"store":false}"#) && !wants_keeping(b"{"));
        assert_eq!(kept(b"{}", b"{}"), None);
        assert_eq!(json(&deleted("resp_1"))["deleted"], true);
    }
}
