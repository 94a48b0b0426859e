//! Responses over a WebSocket: what a client's message asks for, and the events of answers as messages.

use json::{Data, Object, Value};

use super::background::Making;
use crate::answer_ids::{literal, write_with};
use crate::dialect::Dialect;
use crate::{ApiError, RequestError};

/// Members of a message that are not of the request in it. What is answered here is always streamed.
const OF_MESSAGE: [&str; 6] = ["type", "stream_id", "generate", "stream", "background", "event_id"];

/// What has reasoning come with its state.
const STATE: &str = "reasoning.encrypted_content";

/// A request in a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Create {
    /// The request, as it is sent by `POST`.
    pub body: Vec<u8>,
    /// Whether the model is to say anything; if not, what it would be asked is only put by.
    pub generate: bool,
    /// The answer that it goes on from.
    pub previous: Option<String>,
}

/// What events of an answer bear, so that a client knows which request they belong to: JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lane(Option<String>);

/// The lane of a message, whatever else is in it.
pub fn lane(message: &[u8]) -> Lane {
    let message = std::str::from_utf8(message).ok().and_then(|text| Value::parse(text).ok());
    Lane(message.and_then(|message| message.get("stream_id").as_text().map(|id| literal(&id.decode()))))
}

/// Reads a message.
pub fn read(message: &[u8]) -> Result<Create, RequestError> {
    let text = std::str::from_utf8(message).map_err(|_| RequestError::body("the message is not UTF-8"))?;
    let value = Value::parse(text).map_err(RequestError::json)?;
    if !matches!(value.data, Data::Object(_)) {
        return Err(RequestError::body("the message must be a JSON object"));
    }
    let kind = value.get("type");
    if !kind.is("response.create") {
        let kind = kind.as_text().map(|kind| kind.decode().into_owned()).unwrap_or_default();
        let message = format!("`type` is `{kind}`; it must be response.create");
        return Err(RequestError::invalid("type", message));
    }
    if value.get("background").as_bool() == Some(true) {
        let message = "`background` is not supported over WebSocket";
        return Err(RequestError::unsupported("background", message));
    }
    let prewarm = value.get("prompt_cache_options").get("prewarm").as_bool() == Some(true);
    let mut body = Vec::with_capacity(text.len() + 16);
    let mut object = Object::begin(&mut body);
    let include = with_state(&value);
    for (key, value) in value.members() {
        let replaced = include.is_some() && key.is("include");
        if !replaced && !OF_MESSAGE.iter().any(|own| key.is(own)) {
            object.text_key(key).extend_from_slice(value.raw.as_bytes());
        }
    }
    if let Some(include) = include {
        object.raw("include", &include);
    }
    object.raw("stream", "true");
    object.end();
    Ok(Create {
        body,
        generate: value.get("generate").as_bool() != Some(false) && !prewarm,
        previous: value.get("previous_response_id").as_text().map(|id| id.decode().into_owned()),
    })
}

/// What is to be included where nobody but the session keeps the answer: without its state, reasoning could not be shown to
/// its vendor again. None: it is asked for, or need not be.
fn with_state(request: &Value<'_>) -> Option<String> {
    let include = request.get("include");
    let listed = matches!(include.data, Data::Array(_) | Data::Null);
    let asked = include.items().iter().any(|item| item.is(STATE));
    if request.get("store").as_bool() != Some(false) || !listed || asked {
        return None;
    }
    let mut list: Vec<&str> = include.items().iter().map(|item| item.raw).collect();
    let state = literal(STATE);
    list.push(&state);
    Some(format!("[{}]", list.join(",")))
}

/// The message of an event of an answer's stream. An error is told in an object of its own here.
pub fn event(data: &[u8], lane: &Lane) -> Option<String> {
    let value = Value::parse(std::str::from_utf8(data).ok()?).ok()?;
    let mut out = Vec::with_capacity(data.len() + 64);
    if value.get("type").is("error") && value.get("error").is_null() {
        let mut object = Object::begin(&mut out);
        object.string("type", "error");
        let mut error = object.object("error");
        error.string("type", "server_error");
        for name in ["code", "message", "param"] {
            error.raw(name, value.get(name).raw);
        }
        error.end();
        object.raw("sequence_number", value.get("sequence_number").raw);
        if let Lane(Some(lane)) = lane {
            object.raw("stream_id", lane);
        }
        object.end();
    } else if let Lane(Some(lane)) = lane {
        write_with(&value, &[("stream_id", Some(lane.clone()))], &mut out);
    } else {
        return Some(value.raw.to_owned());
    }
    String::from_utf8(out).ok()
}

/// The object of an answer, where an event of its stream tells of its end.
pub fn whole(data: &[u8]) -> Option<Vec<u8>> {
    let value = Value::parse(std::str::from_utf8(data).ok()?).ok()?;
    let kind = value.get("type");
    let ends = kind.is("response.completed") || kind.is("response.incomplete");
    ends.then(|| value.get("response").raw.as_bytes().to_vec())
}

/// Whether nothing follows an event of an answer's stream.
pub fn ends(data: &[u8]) -> bool {
    let value = std::str::from_utf8(data).ok().and_then(|text| Value::parse(text).ok());
    let ends =
        ["response.completed", "response.incomplete", "response.failed", "response.cancelled", "error"];
    value.is_some_and(|value| ends.iter().any(|kind| value.get("type").is(kind)))
}

/// The message of an answer with an error.
pub fn refused(status: u16, body: &[u8], lane: &Lane) -> String {
    let body = std::str::from_utf8(body).ok().and_then(|text| Value::parse(text).ok());
    let error = body.as_ref().map(|body| body.get("error")).filter(|error| !error.get("message").is_null());
    let told = error.map_or_else(
        || r#"{"type":"server_error","code":null,"message":"the request failed","param":null}"#.to_owned(),
        |error| error.raw.to_owned(),
    );
    let mut out = Vec::with_capacity(told.len() + 64);
    let mut object = Object::begin(&mut out);
    object.string("type", "error").number("status", u64::from(status)).raw("error", &told);
    if let Lane(Some(lane)) = lane {
        object.raw("stream_id", lane);
    }
    object.end();
    String::from_utf8(out).unwrap_or_default()
}

/// The message of an error of Weir's own.
pub fn error(error: &ApiError, lane: &Lane) -> String {
    refused(Dialect::OpenAiResponses.error_status(error), &Dialect::OpenAiResponses.encode_error(error), lane)
}

/// What answers a request that only puts by what the model would be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warmed {
    /// The messages.
    pub events: Vec<String>,
    /// The answer's object.
    pub object: Vec<u8>,
}

/// Answers such a request.
pub fn warmed(create: &Create, id: &str, created: i64, lane: &Lane) -> Option<Warmed> {
    let begun = Making::new(&create.body, id, created, create.previous.as_deref());
    let begun = Value::parse(std::str::from_utf8(begun.object()).ok()?).ok()?;
    let with = |status: &str, usage: Option<&str>| {
        let changes = [
            ("status", Some(literal(status))),
            ("background", Some("false".to_owned())),
            ("usage", usage.map(str::to_owned)),
        ];
        let mut object = Vec::with_capacity(begun.raw.len() + 256);
        write_with(&begun, &changes, &mut object);
        object
    };
    let none = r#"{"input_tokens":0,"input_tokens_details":{"cached_tokens":0,"cache_write_tokens":0},"output_tokens":0,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":0}"#;
    let object = with("completed", Some(none));
    let told = [("response.created", with("in_progress", None)), ("response.completed", object.clone())];
    let events = told.iter().zip(0_u64..).map(|((kind, object), number)| {
        let mut out = Vec::with_capacity(object.len() + 128);
        let mut message = Object::begin(&mut out);
        message.string("type", kind).number("sequence_number", number);
        message.key("response").extend_from_slice(object);
        if let Lane(Some(lane)) = lane {
            message.raw("stream_id", lane);
        }
        message.end();
        String::from_utf8(out).unwrap_or_default()
    });
    Some(Warmed { events: events.collect(), object })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> serde_json::Value {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn a_message_is_a_request() {
        let message = br#"{"type":"response.create","model":"m","input":"hi","previous_response_id":"resp_1","generate":true,"stream_id":"a","stream":false}"#;
        let create = read(message).unwrap();
        let body = json(std::str::from_utf8(&create.body).unwrap());
        assert_eq!(
            body,
            serde_json::json!({"model": "m", "input": "hi", "previous_response_id": "resp_1", "stream": true})
        );
        assert_eq!(
            (create.generate, create.previous.as_deref(), lane(message)),
            (true, Some("resp_1"), Lane(Some("\"a\"".into())))
        );
        let included = |more: &str| {
            let message = format!(r#"{{"type":"response.create","store":false{more}}}"#);
            json(std::str::from_utf8(&read(message.as_bytes()).unwrap().body).unwrap())["include"].clone()
        };
        assert_eq!(included(""), serde_json::json!([STATE]));
        assert_eq!(included(r#","include":["x"]"#), serde_json::json!(["x", STATE]));
        assert_eq!(included(r#","include":["reasoning.encrypted_content"]"#), serde_json::json!([STATE]));
        assert_eq!(included(r#","include":5"#), 5);
        for (message, generate) in [
            (&br#"{"type":"response.create","generate":false}"#[..], false),
            (br#"{"type":"response.create","prompt_cache_options":{"prewarm":true}}"#, false),
            (br#"{"type":"response.create"}"#, true),
        ] {
            assert_eq!(read(message).unwrap().generate, generate);
        }
        for (message, param) in [
            (&br#"{"type":"response.steer"}"#[..], Some("type")),
            (b"{}", Some("type")),
            (b"[]", None),
            (b"{", None),
            (br#"{"type":"response.create","background":true}"#, Some("background")),
        ] {
            assert_eq!(read(message).unwrap_err().param.as_deref(), param);
        }
    }

    #[test]
    fn events_and_errors_are_messages_that_tell_their_lane() {
        let lane = Lane(Some("\"a\"".into()));
        let event = |data: &str, lane: &Lane| json(&event(data.as_bytes(), lane).unwrap());
        assert_eq!(event(r#"{"type":"x"}"#, &Lane(None)), serde_json::json!({"type": "x"}));
        assert_eq!(event(r#"{"type":"x"}"#, &lane)["stream_id"], "a");
        let told =
            event(r#"{"type":"error","code":"c","message":"m","param":null,"sequence_number":4}"#, &lane);
        assert_eq!(
            (&told["error"]["message"], &told["sequence_number"], &told["stream_id"]),
            (&"m".into(), &4.into(), &"a".into())
        );
        let refused =
            json(&refused(429, br#"{"error":{"message":"slow","type":"rate_limit_error"}}"#, &lane));
        assert_eq!((&refused["status"], &refused["error"]["message"]), (&429.into(), &"slow".into()));
        assert!(json(&super::refused(502, b"x", &Lane(None)))["error"]["message"].is_string());
        let end = br#"{"type":"response.completed","response":{"id":"r"}}"#;
        assert_eq!(whole(end).unwrap(), br#"{"id":"r"}"#);
        assert_eq!(whole(br#"{"type":"response.created","response":{}}"#), None);
    }

    #[test]
    fn a_request_that_only_warms_is_answered_by_nothing() {
        let create =
            read(br#"{"type":"response.create","model":"m","input":"hi","generate":false}"#).unwrap();
        let warmed = warmed(&create, "resp_9", 5, &Lane(None)).unwrap();
        let events: Vec<_> = warmed.events.iter().map(|event| json(event)).collect();
        assert_eq!(
            (&events[0]["type"], &events[0]["response"]["status"]),
            (&"response.created".into(), &"in_progress".into())
        );
        assert_eq!(
            (&events[1]["response"]["id"], &events[1]["response"]["output"]),
            (&"resp_9".into(), &serde_json::json!([]))
        );
        assert_eq!(events[1]["response"]["usage"]["total_tokens"], 0);
    }
}
