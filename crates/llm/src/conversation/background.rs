//! Answers that are made in the background: what a client sees of one before there is anything, the events of the one
//! that is made for it, and how it ends.

use json::{Object, Value};

use crate::answer_ids::{literal, write_with};
use crate::dialect::openai_responses::{Stands, error_in, repeated, stands};
use crate::sse;
use crate::{ApiError, RequestError};

/// The largest event that is read, in bytes.
const MAX_EVENT: usize = 8 << 20;

/// Whether a request asks for its answer in the background, where it can be.
pub fn wanted(body: &[u8]) -> Result<bool, RequestError> {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let Ok(body) = Value::parse(text) else { return Ok(false) };
    if body.get("background").as_bool() != Some(true) {
        return Ok(false);
    }
    if body.get("store").as_bool() == Some(false) {
        let message = "`background` needs `store`: the answer is kept until it is asked for";
        return Err(RequestError::invalid("store", message));
    }
    Ok(true)
}

/// The request as it is run: streamed, and by somebody who waits.
pub fn request(body: &[u8]) -> Option<Vec<u8>> {
    let body = Value::parse(std::str::from_utf8(body).ok()?).ok()?;
    let mut out = Vec::with_capacity(body.raw.len() + 32);
    let changes = [("background", Some("false".to_owned())), ("stream", Some("true".to_owned()))];
    write_with(&body, &changes, &mut out);
    Some(out)
}

/// An event for the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Its number.
    pub number: u64,
    /// It, as it is sent.
    pub event: Vec<u8>,
}

/// An answer that is made in the background, put together from the events of the one that is made for it.
#[derive(Debug)]
pub struct Making {
    parser: sse::Parser,
    /// When it was asked for, in seconds since 1970.
    created: i64,
    /// The response object.
    object: Vec<u8>,
    next: u64,
    ended: bool,
    /// What went wrong, until that is told as the end.
    error: Option<ApiError>,
}

// === impl Making ===

impl Making {
    /// An answer that nothing was done for yet. `previous` is the answer that it goes on from, as the client named it.
    pub fn new(request: &[u8], id: &str, created: i64, previous: Option<&str>) -> Self {
        let text = std::str::from_utf8(request).unwrap_or_default();
        let request = Value::parse(text).unwrap_or(Value::NULL);
        let mut object = Vec::with_capacity(1_024);
        let mut body = Object::begin(&mut object);
        body.string("id", id).string("object", "response");
        body.number("created_at", u64::try_from(created).unwrap_or_default());
        body.string("status", "queued").raw("background", "true").raw("error", "null");
        body.raw("incomplete_details", "null").raw("model", request.get("model").raw).raw("output", "[]");
        body.raw("usage", "null");
        body.end();
        object.pop();
        object.push(b',');
        object.extend_from_slice(repeated(&request, previous).as_bytes());
        object.push(b'}');
        let parser = sse::Parser::new(MAX_EVENT);
        Self { parser, created, object, next: 0, ended: false, error: None }
    }

    /// The response object as it stands.
    pub fn object(&self) -> &[u8] {
        &self.object
    }

    /// Whether it has come to its end.
    pub fn is_ended(&self) -> bool {
        self.ended
    }

    /// Takes a piece of the stream of the answer that is made for it.
    pub fn push(&mut self, bytes: &[u8], tell: &mut dyn FnMut(Told)) {
        let mut parser = std::mem::replace(&mut self.parser, sse::Parser::new(0));
        let read = parser.push(bytes, |block| {
            if let Some(event) = block.event {
                self.event(event.data, tell);
            }
        });
        self.parser = parser;
        if read.is_err() && !self.ended {
            self.error =
                Some(ApiError::new(502, crate::ErrorKind::Server, "an event of the answer was too large"));
        }
    }

    fn event(&mut self, data: &[u8], tell: &mut dyn FnMut(Told)) {
        let value = std::str::from_utf8(data).ok().and_then(|text| Value::parse(text).ok());
        let Some(value) = value.filter(|_| !self.ended) else { return };
        let kind = value.get("type").as_text().unwrap_or_default().decode().into_owned();
        let response = value.get("response");
        if response.is_null() {
            self.error = error_in(&kind, &value).or(self.error.take());
            self.tell(&kind, &value, None, tell);
            return;
        }
        let mut object = Vec::with_capacity(response.raw.len() + 16);
        let own = [("background", Some("true".to_owned())), ("created_at", Some(self.created.to_string()))];
        write_with(response, &own, &mut object);
        self.ended = stands(response) == Stands::Ended;
        self.object = object;
        let object = String::from_utf8_lossy(&self.object).into_owned();
        self.tell(&kind, &value, Some(object), tell);
    }

    fn tell(&mut self, kind: &str, value: &Value<'_>, response: Option<String>, tell: &mut dyn FnMut(Told)) {
        let number = value.get("sequence_number").as_u64().unwrap_or(self.next);
        self.next = number.saturating_add(1);
        let mut event = format!("event: {kind}\ndata: ").into_bytes();
        write_with(
            value,
            &[("response", response), ("sequence_number", Some(number.to_string()))],
            &mut event,
        );
        event.extend_from_slice(b"\n\n");
        tell(Told { number, event });
    }

    /// The stream came to its end, as it should or not.
    pub fn finish(&mut self, tell: &mut dyn FnMut(Told)) {
        if !self.ended {
            let incomplete =
                || ApiError::new(502, crate::ErrorKind::Server, "the answer ended before it was whole");
            let error = self.error.take().unwrap_or_else(incomplete);
            self.fail(&error, tell);
        }
    }

    /// It comes to nothing.
    pub fn fail(&mut self, error: &ApiError, tell: &mut dyn FnMut(Told)) {
        let text = String::from_utf8_lossy(&self.object).into_owned();
        let Ok(object) = Value::parse(&text) else { return };
        let code = error.code.as_deref().unwrap_or("server_error");
        let told = format!(r#"{{"code":{},"message":{}}}"#, literal(code), literal(&error.message));
        self.object = ended(&object, "failed", Some(told));
        self.ended = true;
        let response = String::from_utf8_lossy(&self.object).into_owned();
        if self.next == 0 {
            let created = Value::parse(&text).unwrap_or(Value::NULL);
            let event = r#"{"type":"response.created"}"#;
            let event = Value::parse(event).unwrap_or(Value::NULL);
            self.tell("response.created", &event, Some(created.raw.to_owned()), tell);
        }
        let event = Value::parse(r#"{"type":"response.failed"}"#).unwrap_or(Value::NULL);
        self.tell("response.failed", &event, Some(response), tell);
    }

    /// It is not wanted any more.
    pub fn cancel(&mut self) {
        let text = String::from_utf8_lossy(&self.object).into_owned();
        if let Ok(object) = Value::parse(&text) {
            self.object = ended(&object, "cancelled", None);
            self.ended = true;
        }
    }
}

fn ended(object: &Value<'_>, status: &str, error: Option<String>) -> Vec<u8> {
    let mut out = Vec::with_capacity(object.raw.len() + 64);
    write_with(object, &[("status", Some(literal(status))), ("error", error)], &mut out);
    out
}

/// Whether a kept answer is still being made, as far as what is kept tells.
pub fn is_under(object: &[u8]) -> bool {
    let object = std::str::from_utf8(object).ok().and_then(|text| Value::parse(text).ok());
    object.is_some_and(|object| stands(&object) == Stands::Under)
}

/// Whether an answer's object tells its end, and so what it used.
pub fn has_ended(object: &[u8]) -> bool {
    let object = std::str::from_utf8(object).ok().and_then(|text| Value::parse(text).ok());
    let ends = ["completed", "failed", "incomplete", "cancelled"];
    object.is_some_and(|object| ends.iter().any(|status| object.get("status").is(status)))
}

/// The id of the answer that an event begins, where it is made in the background.
pub fn begun(event: &[u8]) -> Option<String> {
    let event = Value::parse(std::str::from_utf8(event).ok()?).ok()?;
    let response = event.get("response");
    let background = response.get("background").as_bool() == Some(true);
    Some(response.get("id").as_text().filter(|_| background)?.decode().into_owned())
}

/// How an answer stands that was made in the background.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It is done, as far as the model went.
    Completed,
    /// It failed, is not wanted any more, or is not done yet.
    Otherwise,
}

/// How an answer stands; none if it was not made in the background.
pub fn ended_as(object: &[u8]) -> Option<Ended> {
    let object = Value::parse(std::str::from_utf8(object).ok()?).ok()?;
    let status = object.get("status");
    let done = status.is("completed") || status.is("incomplete");
    let background = object.get("background").as_bool() == Some(true);
    background.then_some(if done { Ended::Completed } else { Ended::Otherwise })
}

/// A kept answer of which nobody makes more: it failed.
pub fn lost(object: &[u8], message: &str) -> Option<Vec<u8>> {
    let object = Value::parse(std::str::from_utf8(object).ok()?).ok()?;
    let error = format!(r#"{{"code":"server_error","message":{}}}"#, literal(message));
    Some(ended(&object, "failed", Some(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(bytes: &[u8]) -> serde_json::Value {
        serde_json::from_slice(bytes).unwrap()
    }

    const ASKED: &[u8] = br#"{"model":"m","input":"hi","background":true,"metadata":{"a":"b"}}"#;

    const MADE: &str = "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,\"response\":{\"id\":\"r\",\"created_at\":1,\"status\":\"in_progress\",\"background\":false}}\n\n\
        event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"sequence_number\":1,\"delta\":\"x\"}\n\n";

    #[test]
    fn an_answer_is_queued_made_and_done() {
        let mut making = Making::new(ASKED, "resp_1", 77, Some("resp_0"));
        let queued = json(making.object());
        assert_eq!(
            (&queued["id"], &queued["status"], &queued["created_at"]),
            (&"resp_1".into(), &"queued".into(), &77.into())
        );
        assert_eq!(
            (&queued["metadata"]["a"], &queued["previous_response_id"]),
            (&"b".into(), &"resp_0".into())
        );
        assert_eq!(
            (&queued["background"], &queued["output"], &queued["model"]),
            (&true.into(), &serde_json::json!([]), &"m".into())
        );
        let mut told = Vec::new();
        let (first, rest) = MADE.split_at(40);
        making.push(first.as_bytes(), &mut |event| told.push(event));
        making.push(rest.as_bytes(), &mut |event| told.push(event));
        assert_eq!(told.iter().map(|told| told.number).collect::<Vec<_>>(), [0, 1]);
        let object = json(making.object());
        assert_eq!(
            (&object["status"], &object["created_at"], &object["background"]),
            (&"in_progress".into(), &77.into(), &true.into())
        );
        assert!(
            is_under(making.object())
                && ended_as(making.object()) == Some(Ended::Otherwise)
                && !making.is_ended()
        );
        let end = "data: {\"type\":\"response.completed\",\"sequence_number\":2,\"response\":{\"id\":\"r\",\"status\":\"completed\"}}\n\n";
        making.push(end.as_bytes(), &mut |event| told.push(event));
        making.finish(&mut |event| told.push(event));
        assert!(making.is_ended() && told.len() == 3 && !is_under(making.object()));
        let last = String::from_utf8(told.pop().unwrap().event).unwrap();
        assert!(last.starts_with("event: response.completed\ndata: {") && last.ends_with("}\n\n"), "{last}");
    }

    #[test]
    fn an_answer_that_breaks_off_failed_and_one_that_is_not_wanted_is_cancelled() {
        for (end, code) in [
            ("", "server_error"),
            (
                "data: {\"type\":\"error\",\"code\":\"rate_limit_exceeded\",\"message\":\"slow\",\"sequence_number\":2}\n\n",
                "rate_limit_exceeded",
            ),
        ] {
            let mut making = Making::new(ASKED, "resp_1", 77, None);
            let mut told = Vec::new();
            making.push(format!("{MADE}{end}").as_bytes(), &mut |event| told.push(event));
            making.finish(&mut |event| told.push(event));
            let object = json(making.object());
            assert_eq!((&object["status"], &object["error"]["code"]), (&"failed".into(), &code.into()));
            assert!(told.last().unwrap().event.starts_with(b"event: response.failed\n"));
        }
        let mut making = Making::new(ASKED, "resp_1", 77, None);
        let mut told = Vec::new();
        making.fail(&ApiError::new(404, crate::ErrorKind::NotFound, "none"), &mut |event| told.push(event));
        assert_eq!(told.iter().map(|told| told.number).collect::<Vec<_>>(), [0, 1]);
        let mut making = Making::new(ASKED, "resp_1", 77, None);
        making.cancel();
        assert_eq!(json(making.object())["status"], "cancelled");
        assert_eq!(json(&lost(making.object(), "gone").unwrap())["error"]["message"], "gone");
    }

    #[test]
    fn what_is_wanted_in_the_background_is_kept() {
        assert!(wanted(ASKED).unwrap() && !wanted(b"{}").unwrap() && !wanted(b"{").unwrap());
        assert_eq!(
            wanted(br#"{"background":true,"store":false}"#).unwrap_err().param.as_deref(),
            Some("store")
        );
        let run = json(&request(ASKED).unwrap());
        assert_eq!((&run["background"], &run["stream"]), (&false.into(), &true.into()));
    }
}
