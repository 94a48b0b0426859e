//! Google's interactions that Weir keeps, whoever answers: the steps before, what was asked, what was answered, and the
//! request that goes on from there.

use json::{Array, Data, Object, Value, push_text};

use super::read;
use crate::RequestError;

pub use crate::dialect::{NoSuchEvent, replay_interaction as replay};

/// What is kept of an interaction: the steps before it, its own input, and its object as the client has it. `before` is what
/// is kept of the one that it goes on from.
pub fn kept(request: &[u8], before: Option<&[u8]>, interaction: &[u8]) -> Option<(String, Vec<u8>)> {
    let (asked, answered) = (read(request)?, read(interaction)?);
    let id = answered.get("id").as_text()?.decode().into_owned();
    let before = before.and_then(read).unwrap_or(Value::NULL);
    let mut out = Vec::with_capacity(request.len() + interaction.len() + before.raw.len());
    let mut object = Object::begin(&mut out);
    let mut list = object.array("before");
    said(&before, &mut list);
    list.end();
    let mut list = object.array("input");
    steps(asked.get("input"), &mut list);
    list.end();
    object.raw("interaction", answered.raw);
    object.end();
    Some((id, out))
}

/// The request that goes on from a kept interaction, standing for itself: all that was said before stands in its input. It
/// still names the interaction, which its answer repeats.
pub fn joined(request: &[u8], kept: &[u8]) -> Result<Vec<u8>, RequestError> {
    let text = std::str::from_utf8(request).map_err(|_| RequestError::body("the body is not UTF-8"))?;
    let request = Value::parse(text).map_err(RequestError::json)?;
    let kept = read(kept).unwrap_or(Value::NULL);
    let mut out = Vec::with_capacity(text.len() + kept.raw.len());
    let mut body = Object::begin(&mut out);
    for (key, value) in request.members().iter().filter(|(key, _)| !key.is("input")) {
        body.text_key(key).extend_from_slice(value.raw.as_bytes());
    }
    let mut input = body.array("input");
    said(&kept, &mut input);
    steps(request.get("input"), &mut input);
    input.end();
    body.end();
    Ok(out)
}

/// The interaction's object of what is kept, with its own input or without.
pub fn object(kept: &[u8], with_input: bool) -> Option<Vec<u8>> {
    let kept = read(kept)?;
    let interaction = kept.get("interaction");
    if !with_input {
        return Some(interaction.raw.as_bytes().to_vec());
    }
    let mut out = Vec::with_capacity(kept.raw.len());
    let mut body = Object::begin(&mut out);
    for (key, value) in interaction.members() {
        body.text_key(key).extend_from_slice(value.raw.as_bytes());
    }
    body.raw("input", kept.get("input").raw);
    body.end();
    Some(out)
}

/// Adds all steps of what is kept.
fn said(kept: &Value<'_>, into: &mut Array<'_>) {
    for list in [kept.get("before"), kept.get("input"), kept.get("interaction").get("steps")] {
        list.items().iter().for_each(|step| into.item().extend_from_slice(step.raw.as_bytes()));
    }
}

/// Adds the steps of an input, which may be one text, one piece of content or a list of them.
fn steps(input: &Value<'_>, into: &mut Array<'_>) {
    let is_content = |item: &Value<'_>| {
        let kinds = ["audio", "document", "image", "text", "video"];
        kinds.iter().any(|kind| item.get("type").is(kind))
    };
    let one = std::slice::from_ref(input);
    let items = match &input.data {
        Data::Null => return,
        Data::Array(items) => items.as_slice(),
        _ => one,
    };
    if items.first().is_some_and(|first| !is_content(first) && !matches!(first.data, Data::String(_))) {
        for step in items {
            into.item().extend_from_slice(step.raw.as_bytes());
        }
        return;
    }
    let mut step = into.object();
    let mut content = step.string("type", "user_input").array("content");
    for item in items {
        if let Data::String(text) = &item.data {
            let mut part = content.object();
            push_text(part.string("type", "text").key("text"), text);
            part.end();
        } else {
            content.item().extend_from_slice(item.raw.as_bytes());
        }
    }
    content.end();
    step.end();
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(bytes: &[u8]) -> serde_json::Value {
        serde_json::from_slice(bytes).unwrap()
    }

    #[test]
    fn a_request_goes_on_from_what_was_kept() {
        let answer = br#"{"id":"v1_1","steps":[{"type":"model_output","content":[]}]}"#;
        let (id, held) = kept(br#"{"model":"m","input":"hi \"you\""}"#, None, answer).unwrap();
        assert_eq!(id, "v1_1");
        assert_eq!(object(&held, false).unwrap(), answer);
        let asked = json!([{"type": "user_input", "content": [{"type": "text", "text": "hi \"you\""}]}]);
        assert_eq!(of(&object(&held, true).unwrap())["input"], asked);
        let next = br#"{"model":"m","previous_interaction_id":"v1_1","input":[{"type":"text","text":"a"},{"type":"image"}],"stream":true}"#;
        let whole = of(&joined(next, &held).unwrap());
        let input = whole["input"].as_array().unwrap();
        let kinds: Vec<_> = input.iter().map(|step| step["type"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["user_input", "model_output", "user_input"]);
        assert_eq!(input[2]["content"], json!([{"type": "text", "text": "a"}, {"type": "image"}]));
        assert_eq!((&whole["previous_interaction_id"], &whole["stream"]), (&json!("v1_1"), &json!(true)));
        // And so on: the second keeps all that was before, and knows its own input.
        let (_, held) = kept(next, Some(&held), answer).unwrap();
        assert_eq!(of(&object(&held, true).unwrap())["input"].as_array().unwrap().len(), 1);
        let result = br#"{"input":{"type":"function_result","call_id":"a","result":1}}"#;
        let whole = of(&joined(result, &held).unwrap());
        let kinds: Vec<_> = whole["input"].as_array().unwrap().iter().map(|step| &step["type"]).collect();
        assert_eq!(kinds, ["user_input", "model_output", "user_input", "model_output", "function_result"]);
    }

    #[test]
    fn damage_is_harmless() {
        assert_eq!(kept(b"{", None, b"{}"), None);
        assert_eq!(kept(b"{}", Some(b"\xff"), b"{}"), None);
        assert_eq!(object(b"[", true), None);
        assert_eq!(joined(br#"{"input":null}"#, b"{").unwrap(), br#"{"input":[]}"#);
    }
}
