//! Conversations made short by Weir, where the vendor behind it cannot: the request that asks a model for a summary,
//! the item that the summary becomes, and what stands in a later request for that item.

use json::{Data, Object, Value, push_string};

use crate::RequestError;
use crate::answer_ids::{literal, write_with};

/// What the encrypted content of an item begins with that Weir made.
pub const SEALED: &str = "weir.compaction.";

/// What the model is told to do.
const TASK: &str = "You shorten conversations between a user and an assistant. You are given one as a transcript. Write \
what the assistant must know to go on with it in place of the transcript: what the user wants and has said to be kept to, what was \
done and found out (names, numbers, paths and identifiers to the letter), what tools were called for and what they gave, what is \
decided, what is still open, and what was about to be done next. Write nothing else, and do not answer the conversation.";

/// What stands before a summary in a later request.
const BEFORE: &str = "The conversation before this was shortened. What has to be known of it:\n\n";

/// Members of a request to be shortened that its request for a summary has as well.
const KEPT: [&str; 3] = ["prompt_cache_key", "prompt_cache_options", "service_tier"];

/// The request for a summary of a conversation that stands for itself.
pub fn summary_request(body: &[u8]) -> Result<Vec<u8>, RequestError> {
    let text = std::str::from_utf8(body).map_err(|_| RequestError::body("the body is not UTF-8"))?;
    let body = Value::parse(text).map_err(RequestError::json)?;
    let mut said = String::with_capacity(text.len());
    transcribe(&body, &mut said)?;
    let mut out = Vec::with_capacity(said.len() + 2_048);
    let mut object = Object::begin(&mut out);
    for (key, value) in
        body.members().iter().filter(|(key, _)| key.is("model") || KEPT.iter().any(|kept| key.is(kept)))
    {
        object.text_key(key).extend_from_slice(value.raw.as_bytes());
    }
    object.string("instructions", TASK);
    let mut input = object.array("input");
    let mut message = input.object();
    message.string("role", "user").string("content", &said);
    message.end();
    input.end();
    object.raw("store", "false");
    object.end();
    Ok(out)
}

/// Writes down who said what.
fn transcribe(body: &Value<'_>, said: &mut String) -> Result<(), RequestError> {
    if let Some(own) = body.get("instructions").as_text() {
        line(said, "instructions", &own.decode());
    }
    match &body.get("input").data {
        Data::String(text) => line(said, "user", &text.decode()),
        Data::Array(items) => items.iter().for_each(|item| note(item, said)),
        Data::Null => {}
        _ => {
            return Err(RequestError::wrong_type(
                "input",
                "a string or an array of items",
                body.get("input").token().noun(),
            ));
        }
    }
    if said.is_empty() {
        return Err(RequestError::missing("input"));
    }
    Ok(())
}

fn line(said: &mut String, who: &str, what: &str) {
    for part in ["[", who, "]\n", what, "\n\n"] {
        said.push_str(part);
    }
}

/// Writes down an item.
fn note(item: &Value<'_>, said: &mut String) {
    let word =
        |name: &str| item.get(name).as_text().map(|text| text.decode().into_owned()).unwrap_or_default();
    let kind = word("type");
    match kind.as_str() {
        "" | "message" => line(said, &word("role"), &content(item.get("content"))),
        "function_call" => line(said, &format!("call of {}", word("name")), &word("arguments")),
        "custom_tool_call" => line(said, &format!("call of {}", word("name")), &word("input")),
        "function_call_output" | "custom_tool_call_output" => {
            line(said, "result", &content(item.get("output")));
        }
        "reasoning" => {
            let thought = content(item.get("summary"));
            if !thought.is_empty() {
                line(said, "reasoning", &thought);
            }
        }
        other => line(said, other, item.raw),
    }
}

/// The text of a content; of what is no text, its kind.
fn content(content: &Value<'_>) -> String {
    if let Some(text) = content.as_text() {
        return text.decode().into_owned();
    }
    let part = |part: &Value<'_>| {
        let text = part.get("text").as_text().or_else(|| part.get("refusal").as_text());
        let kind = || part.get("type").as_text().map(|kind| format!("({})", kind.decode()));
        text.map(|text| text.decode().into_owned()).or_else(kind).unwrap_or_default()
    };
    content.items().iter().map(part).collect::<Vec<_>>().join("\n")
}

/// The summary that an answer gives, or why it gives none: it was cut, or the model refuses.
pub fn summary(answer: &[u8]) -> Result<String, String> {
    let none = |why: &str| Err(format!("the model gave no summary of the conversation{why}"));
    let answer = parsed(answer);
    let status = answer.get("status");
    if !status.is_null() && !status.is("completed") {
        let why = answer.get("incomplete_details").get("reason").as_text();
        let word = why.or(status.as_text()).unwrap_or_default();
        return none(&format!(": its answer was not completed ({})", word.decode()));
    }
    let messages = answer.get("output").items().iter().filter(|item| item.get("type").is("message"));
    let parts: Vec<&Value<'_>> = messages.flat_map(|item| item.get("content").items()).collect();
    if parts.iter().any(|part| part.get("type").is("refusal")) {
        return none(": it refused");
    }
    let texts = parts.into_iter().filter(|part| part.get("type").is("output_text"));
    let said: Vec<String> =
        texts.filter_map(|part| Some(part.get("text").as_text()?.decode().into_owned())).collect();
    let said = said.join("\n\n");
    if said.trim().is_empty() { none("") } else { Ok(said) }
}

/// What names a shortened conversation.
#[derive(Clone, Copy, Debug)]
pub struct CompactionId<'a> {
    /// Unlike any other's.
    pub id: &'a str,
    /// When it was made, in seconds since 1970.
    pub created: i64,
}

/// The shortened conversation: what the user said, and the sealed summary of the rest.
pub fn compacted(
    request: &[u8],
    answer: &[u8],
    sealed: &str,
    CompactionId { id, created }: CompactionId<'_>,
) -> Vec<u8> {
    let (request, answer) = (parsed(request), parsed(answer));
    let mut out = Vec::with_capacity(sealed.len() + 1_024);
    let mut object = Object::begin(&mut out);
    object.string("id", &format!("resp_{id}")).string("object", "response.compaction");
    object.number("created_at", u64::try_from(created).unwrap_or_default());
    let mut output = object.array("output");
    for (at, item) in users(&request).into_iter().enumerate() {
        let own = [
            ("id", Some(literal(&format!("msg_{id}_{at}")))),
            ("type", Some("\"message\"".to_owned())),
            ("status", Some("\"completed\"".to_owned())),
        ];
        let item = Value::parse(&item).map(|item| {
            let mut whole = Vec::new();
            write_with(&item, &own, &mut whole);
            whole
        });
        output.item().extend_from_slice(&item.unwrap_or_default());
    }
    let mut item = output.object();
    item.string("id", &format!("cmp_{id}")).string("type", "compaction").string("encrypted_content", sealed);
    item.end();
    output.end();
    object.raw("usage", answer.get("usage").raw);
    object.end();
    out
}

fn parsed(body: &[u8]) -> Value<'_> {
    Value::parse(std::str::from_utf8(body).unwrap_or_default()).unwrap_or(Value::NULL)
}

/// The messages of the user's, each with a list of parts as its content.
fn users(request: &Value<'_>) -> Vec<String> {
    let parts = |text: &str| format!(r#"[{{"type":"input_text","text":{}}}]"#, literal(text));
    let user = |content: &str| format!(r#"{{"role":"user","content":{content}}}"#);
    let input = request.get("input");
    if let Some(text) = input.as_text() {
        return vec![user(&parts(&text.decode()))];
    }
    let theirs =
        |item: &&Value<'_>| {
            item.get("role").is("user")
                && !item.get("content").items().iter().any(|part| {
                    part.get("text").as_text().is_some_and(|text| text.decode().starts_with(BEFORE))
                })
        };
    let whole = |item: &Value<'_>| match item.get("content").as_text() {
        Some(text) => user(&parts(&text.decode())),
        None => user(item.get("content").raw),
    };
    input.items().iter().filter(theirs).map(whole).collect()
}

/// The request with each summary of Weir's making in place of its item; `None`: it has none. `open` gives the summary of
/// a sealed content, which is the caller's own and whole.
pub fn opened(body: &[u8], open: &dyn Fn(&str) -> Option<String>) -> Result<Option<Vec<u8>>, RequestError> {
    let text = std::str::from_utf8(body).map_err(|_| RequestError::body("the body is not UTF-8"))?;
    if !text.contains(SEALED) {
        return Ok(None);
    }
    let body = Value::parse(text).map_err(RequestError::json)?;
    let mut out = Vec::with_capacity(text.len());
    let mut object = Object::begin(&mut out);
    for (key, value) in body.members() {
        if !key.is("input") || value.items().is_empty() {
            object.text_key(key).extend_from_slice(value.raw.as_bytes());
            continue;
        }
        let mut input = object.array("input");
        for (at, item) in value.items().iter().enumerate() {
            match sealed(item) {
                None => input.item().extend_from_slice(item.raw.as_bytes()),
                Some(sealed) => {
                    let summary = open(&sealed).ok_or_else(|| {
                        let path = format!("input[{at}].encrypted_content");
                        let message = format!(
                            "`{path}` could not be verified; it is damaged, or was made for another caller"
                        );
                        RequestError::new(path, "invalid_encrypted_content", message)
                    })?;
                    write_summary(&summary, input.item());
                }
            }
        }
        input.end();
    }
    object.end();
    Ok(Some(out))
}

/// What Weir sealed in an item.
fn sealed(item: &Value<'_>) -> Option<String> {
    let content = item.get("encrypted_content").as_text().filter(|_| item.get("type").is("compaction"))?;
    let content = content.decode().into_owned();
    content.starts_with(SEALED).then_some(content)
}

fn write_summary(summary: &str, out: &mut Vec<u8>) {
    let mut message = Object::begin(out);
    message.string("type", "message").string("role", "user");
    let mut content = message.array("content");
    let mut part = content.object();
    part.string("type", "input_text");
    push_string(part.key("text"), &format!("{BEFORE}{summary}"));
    part.end();
    content.end();
    message.end();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(bytes: &[u8]) -> serde_json::Value {
        serde_json::from_slice(bytes).unwrap()
    }

    const TALK: &[u8] =
        br#"{"model":"m","instructions":"Be brief.","input":[{"role":"user","content":"weigh \"it\""},
        {"type":"function_call","call_id":"c","name":"weigh","arguments":"{}"},
        {"type":"function_call_output","call_id":"c","output":"5 kg"},
        {"type":"reasoning","summary":[]},
        {"type":"message","role":"assistant","content":[{"type":"output_text","text":"Five."}]},
        {"type":"message","role":"user","content":[{"type":"input_image","image_url":"x"}]}],"tools":[]}"#;

    #[test]
    fn a_summary_is_asked_for_and_stands_for_the_conversation() {
        let asked = json(&summary_request(TALK).unwrap());
        let said = asked["input"][0]["content"].as_str().unwrap();
        let expect = "[instructions]\nBe brief.\n\n[user]\nweigh \"it\"\n\n[call of weigh]\n{}\n\n[result]\n5 kg\n\n[assistant]\nFive.\n\n[user]\n(input_image)\n\n";
        assert_eq!((said, &asked["store"], asked.get("tools")), (expect, &false.into(), None));
        let answer = br#"{"output":[{"type":"message","content":[{"type":"output_text","text":"It weighs 5 kg."}]}],"usage":{"input_tokens":3}}"#;
        assert_eq!(summary(answer).unwrap(), "It weighs 5 kg.");
        let name = CompactionId { id: "7", created: 9 };
        let short = json(&compacted(TALK, answer, "weir.compaction.x", name));
        assert_eq!(
            (&short["object"], &short["usage"]["input_tokens"]),
            (&"response.compaction".into(), &3.into())
        );
        let output = short["output"].as_array().unwrap();
        assert_eq!((output.len(), &output[0]["content"][0]["text"]), (3, &"weigh \"it\"".into()));
        assert_eq!(
            (&output[1]["content"][0]["type"], &output[2]["type"]),
            (&"input_image".into(), &"compaction".into())
        );
        // The next request has the summary in its place, and compacting again does not take it for the user's.
        let next = format!(r#"{{"model":"m","input":{}}}"#, short["output"]);
        let whole = opened(next.as_bytes(), &|sealed| Some(format!("<{sealed}>"))).unwrap().unwrap();
        assert!(
            json(&whole)["input"][2]["content"][0]["text"]
                .as_str()
                .unwrap()
                .ends_with("\n\n<weir.compaction.x>")
        );
        assert_eq!(
            json(&compacted(&whole, answer, "weir.compaction.y", name))["output"].as_array().unwrap().len(),
            3
        );
        let error = opened(next.as_bytes(), &|_| None).unwrap_err();
        assert_eq!(error.param.as_deref(), Some("input[2].encrypted_content"));
    }

    #[test]
    fn what_cannot_be_shortened_is_refused() {
        assert!(
            summary_request(br#"{"model":"m"}"#).is_err()
                && summary_request(br#"{"model":"m","input":5}"#).is_err()
        );
        for (answer, why) in [
            ("x", ""),
            (r#"{"output":[]}"#, ""),
            (
                r#"{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"},"output":[{"type":"message","content":[{"type":"output_text","text":"It"}]}]}"#,
                ": its answer was not completed (max_output_tokens)",
            ),
            (r#"{"status":"failed","output":[]}"#, ": its answer was not completed (failed)"),
            (
                r#"{"status":"completed","output":[{"type":"message","content":[{"type":"refusal","refusal":"No."}]}]}"#,
                ": it refused",
            ),
        ] {
            let expect = format!("the model gave no summary of the conversation{why}");
            assert_eq!(summary(answer.as_bytes()).unwrap_err(), expect, "{answer}");
        }
        assert_eq!(opened(br#"{"input":"weir"}"#, &|_| None).unwrap(), None);
        assert!(opened(br#"{"input":"weir.compaction."}"#, &|_| None).unwrap().is_some());
    }
}
