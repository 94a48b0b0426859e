//! Facts of Cohere's chats.

use serde_json::Value;

use super::{Facts, arguments, events};

/// Reads a whole answer.
pub(crate) fn whole(body: &[u8]) -> Facts {
    let body: Value = serde_json::from_slice(body).unwrap();
    let mut facts = Facts::default();
    let message = &body["message"];
    if let Some(error) = message.as_str() {
        facts.error = Some((String::new(), error.to_owned()));
        return facts;
    }
    assert_eq!(message["role"], "assistant");
    facts.thinking.push_str(message["tool_plan"].as_str().unwrap_or_default());
    for part in message["content"].as_array().into_iter().flatten() {
        let kind = text(&part["type"]);
        said(&kind, &part[&kind], &mut facts);
    }
    for call in message["tool_calls"].as_array().into_iter().flatten() {
        assert_eq!(call["type"], "function");
        let function = &call["function"];
        let json = text(&function["arguments"]);
        let json = if json.is_empty() { "{}" } else { &json };
        facts.calls.push((text(&call["id"]), text(&function["name"]), arguments(json)));
    }
    for citation in message["citations"].as_array().into_iter().flatten() {
        sources(citation, &mut facts);
    }
    facts.finish = text(&body["finish_reason"]);
    usage(&body["usage"], &mut facts);
    facts
}

/// What is open in a stream.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Open {
    Nothing,
    Part,
    Call,
    Citation,
}

/// A stream being read: its events stand in a strict order, and all that begins ends.
#[derive(Debug)]
struct Reader {
    facts: Facts,
    open: Open,
    /// What a citation stands in.
    around: Open,
    /// The kind of the part that is open.
    kind: String,
    /// Parts, calls and citations that have ended.
    counts: [u64; 3],
    json: String,
    started: bool,
    ended: bool,
}

/// Reads a streamed answer.
pub(crate) fn streamed(stream: &[u8]) -> Facts {
    let mut reader = Reader {
        facts: Facts::default(),
        open: Open::Nothing,
        around: Open::Nothing,
        kind: String::new(),
        counts: [0; 3],
        json: String::new(),
        started: false,
        ended: false,
    };
    let mut done = false;
    for (name, data) in events(stream) {
        assert!(!done, "something follows the end: {data}");
        if data == "[DONE]" {
            done = true;
            continue;
        }
        assert!(!reader.ended, "something follows the message's end: {data}");
        let event: Value = serde_json::from_str(&data).unwrap();
        assert_eq!(event["type"], name.as_str());
        reader.event(&name, &event);
    }
    assert!(reader.ended, "the stream has no end");
    assert_eq!(done, reader.facts.error.is_none(), "only what went well is done");
    reader.facts
}

impl Reader {
    fn event(&mut self, name: &str, event: &Value) {
        let message = &event["delta"]["message"];
        assert_eq!(self.started, name != "message-start", "{event}");
        match name {
            "message-start" => {
                assert!(message["role"] == "assistant" && event["id"].is_string(), "{event}");
                self.started = true;
            }
            "content-start" => {
                self.begin(Open::Part, 0, event);
                self.kind = text(&message["content"]["type"]);
                assert_eq!(message["content"][&self.kind], "");
            }
            "content-delta" => {
                assert_eq!((self.open, event["index"].as_u64()), (Open::Part, Some(self.counts[0])));
                assert_eq!(message["content"].as_object().unwrap().len(), 1, "{event}");
                said(&self.kind, &message["content"][&self.kind], &mut self.facts);
            }
            "content-end" => self.end(Open::Part, 0, event),
            "tool-plan-delta" => self.facts.thinking.push_str(message["tool_plan"].as_str().unwrap()),
            "tool-call-start" => {
                self.begin(Open::Call, 1, event);
                let call = &message["tool_calls"];
                assert!(call["type"] == "function" && call["function"]["arguments"] == "", "{event}");
                let name = text(&call["function"]["name"]);
                self.facts.calls.push((text(&call["id"]), name, Value::Null));
                self.json.clear();
            }
            "tool-call-delta" => {
                assert_eq!((self.open, event["index"].as_u64()), (Open::Call, Some(self.counts[1])));
                self.json.push_str(message["tool_calls"]["function"]["arguments"].as_str().unwrap());
            }
            "tool-call-end" => {
                self.end(Open::Call, 1, event);
                let json = if self.json.is_empty() { "{}" } else { &self.json };
                self.facts.calls.last_mut().unwrap().2 = arguments(json);
            }
            "citation-start" => {
                self.around = std::mem::replace(&mut self.open, Open::Nothing);
                self.begin(Open::Citation, 2, event);
                sources(&message["citations"], &mut self.facts);
            }
            "citation-end" => {
                self.end(Open::Citation, 2, event);
                self.open = self.around;
            }
            "message-end" => self.message_end(&event["delta"]),
            other => panic!("no event is called {other}"),
        }
    }

    fn begin(&mut self, what: Open, count: usize, event: &Value) {
        assert_eq!(
            (self.open, event["index"].as_u64()),
            (Open::Nothing, Some(self.counts[count])),
            "{event}"
        );
        self.open = what;
    }

    fn end(&mut self, what: Open, count: usize, event: &Value) {
        assert_eq!((self.open, event["index"].as_u64()), (what, Some(self.counts[count])), "{event}");
        self.open = Open::Nothing;
        self.counts[count] += 1;
    }

    fn message_end(&mut self, delta: &Value) {
        self.ended = true;
        if let Some(error) = delta["error"].as_str() {
            self.facts.error = Some((text(&delta["finish_reason"]), error.to_owned()));
            return;
        }
        assert_eq!(self.open, Open::Nothing, "something has no end");
        self.facts.finish = text(&delta["finish_reason"]);
        usage(&delta["usage"], &mut self.facts);
    }
}

fn said(kind: &str, value: &Value, facts: &mut Facts) {
    let place = match kind {
        "text" => &mut facts.text,
        "thinking" => &mut facts.thinking,
        other => panic!("no part is a {other}"),
    };
    place.push_str(value.as_str().unwrap());
}

fn sources(citation: &Value, facts: &mut Facts) {
    for source in citation["sources"].as_array().unwrap() {
        let url = ["document", "tool_output"].into_iter().find_map(|holder| source[holder]["url"].as_str());
        facts.citations.extend(url.map(str::to_owned));
    }
}

fn usage(usage: &Value, facts: &mut Facts) {
    let count = |value: &Value| value.as_f64().and_then(|count| format!("{count:.0}").parse().ok());
    let billed = &usage["billed_units"];
    (facts.input, facts.output) = (count(&billed["input_tokens"]), count(&billed["output_tokens"]));
    facts.cached = count(&usage["cached_tokens"]).unwrap_or(0);
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
