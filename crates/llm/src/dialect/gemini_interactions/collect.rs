//! The steps of an answer that passes as it came, put together from its events, so that Weir can keep them.

use json::{Array, Data, Object, Text, Value, push_text};

/// Steps that are being told.
#[derive(Debug, Default)]
pub(super) struct Steps {
    told: Vec<(u64, Step)>,
}

/// One step. What is not put together of pieces stands as it was told last.
#[derive(Debug, Default)]
struct Step {
    /// Members as JSON, by the names that are written.
    members: Vec<(String, String)>,
    /// Pieces of what the step says: content of an output, or of a thought's summary.
    content: Vec<Piece>,
    /// The JSON of a call's arguments, as a string's literal.
    arguments: String,
}

#[derive(Debug)]
enum Piece {
    /// A text's literal, and its annotations as JSON with commas between.
    Text(String, String),
    /// Anything else, as JSON.
    Other(String),
}

/// The member that holds what a step says.
fn content_of(kind: &Text<'_>) -> &'static str {
    if kind.is("thought") { "summary" } else { "content" }
}

// === impl Steps ===

impl Steps {
    /// A step begins, which may have some of its content already.
    pub(super) fn start(&mut self, index: u64, step: &Value<'_>) {
        let mut new = Step::default();
        let content = content_of(&step.get("type").as_text().unwrap_or_default());
        for (key, value) in step.members() {
            if key.is(content) {
                value.items().iter().for_each(|item| new.say(item));
            } else {
                new.set(key, value);
            }
        }
        self.told.push((index, new));
    }

    /// A piece of a step.
    pub(super) fn delta(&mut self, index: u64, delta: &Value<'_>) {
        let Some((_, step)) = self.told.iter_mut().rev().find(|(at, _)| *at == index) else { return };
        match &*delta.get("type").as_text().unwrap_or_default().decode() {
            "text" | "image" | "audio" | "document" | "video" => step.say(delta),
            "thought_summary" => step.say(delta.get("content")),
            "text_annotation_delta" => step.annotate(delta.get("annotations")),
            "arguments_delta" => {
                let more = delta.get("arguments").as_text().unwrap_or_default();
                step.arguments.push_str(more.literal());
            }
            // What Google does by itself is told in one piece, whose type is the step's; a signature stands for itself.
            _ => {
                let members = delta.members().iter().filter(|(key, _)| !key.is("type"));
                members.for_each(|(key, value)| step.set(key, value));
            }
        }
    }

    /// Whether a tool of the client's was called.
    pub(super) fn called(&self) -> bool {
        self.told.iter().any(|(_, step)| step.is_call())
    }

    /// Writes the list of steps.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let mut list = Array::begin(out);
        self.told.iter().for_each(|(_, step)| step.write(list.item()));
        list.end();
    }
}

// === impl Step ===

impl Step {
    fn set(&mut self, key: &Text<'_>, value: &Value<'_>) {
        let (key, raw) = (key.literal(), value.raw.to_owned());
        match self.members.iter_mut().find(|(known, _)| known == key) {
            Some((_, known)) => *known = raw,
            None => self.members.push((key.to_owned(), raw)),
        }
    }

    fn is_call(&self) -> bool {
        self.members.iter().any(|(key, value)| key == "type" && value == "\"function_call\"")
    }

    /// Adds content; a text goes on with the one before it, unless that has annotations.
    fn say(&mut self, item: &Value<'_>) {
        if !item.get("type").is("text") {
            self.content.push(Piece::Other(item.raw.to_owned()));
            return;
        }
        let text = item.get("text").as_text().unwrap_or_default();
        match self.content.last_mut() {
            Some(Piece::Text(before, annotations)) if annotations.is_empty() => {
                before.push_str(text.literal());
            }
            _ => self.content.push(Piece::Text(text.literal().to_owned(), String::new())),
        }
        self.annotate(item.get("annotations"));
    }

    fn annotate(&mut self, list: &Value<'_>) {
        let Some(Piece::Text(_, annotations)) = self.content.last_mut() else { return };
        for item in list.items() {
            if !annotations.is_empty() {
                annotations.push(',');
            }
            annotations.push_str(item.raw);
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        let mut step = Object::begin(out);
        let arguments = Text::from_literal(&self.arguments);
        let arguments = arguments.decode();
        let whole = Value::parse(&arguments).ok().filter(|value| matches!(value.data, Data::Object(_)));
        for (key, value) in &self.members {
            let value = match &whole {
                Some(whole) if key == "arguments" => whole.raw,
                _ => value.as_str(),
            };
            step.text_key(&Text::from_literal(key)).extend_from_slice(value.as_bytes());
        }
        if let Some(whole) = whole.filter(|_| !self.members.iter().any(|(key, _)| key == "arguments")) {
            step.raw("arguments", whole.raw);
        }
        if !self.content.is_empty() {
            let kind = self.members.iter().find(|(key, _)| key == "type");
            let is_thought = kind.is_some_and(|(_, value)| value == "\"thought\"");
            let name = content_of(&Text::from_literal(if is_thought { "thought" } else { "" }));
            let mut list = step.array(name);
            self.content.iter().for_each(|piece| piece.write(list.item()));
            list.end();
        }
        step.end();
    }
}

// === impl Piece ===

impl Piece {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Other(json) => out.extend_from_slice(json.as_bytes()),
            Self::Text(literal, annotations) => {
                let mut item = Object::begin(out);
                push_text(item.string("type", "text").key("text"), &Text::from_literal(literal));
                if !annotations.is_empty() {
                    item.raw("annotations", &format!("[{annotations}]"));
                }
                item.end();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_whole_again() {
        let mut steps = Steps::default();
        let parse = |text: &'static str| Value::parse(text).unwrap();
        steps.start(0, &parse(r#"{"type":"thought","summary":[{"type":"text","text":"a"}]}"#));
        steps.delta(
            0,
            &parse(r#"{"type":"thought_summary","content":{"type":"text","text":"b"},"future":1}"#),
        );
        steps.delta(0, &parse(r#"{"type":"thought_signature","signature":"QQ=="}"#));
        steps.start(1, &parse(r#"{"type":"function_call","id":"c","name":"f","arguments":{}}"#));
        steps.start(2, &parse(r#"{"type":"model_output"}"#));
        steps.delta(1, &parse(r#"{"type":"arguments_delta","arguments":"{\"x\""}"#));
        steps.delta(1, &parse(r#"{"type":"arguments_delta","arguments":":1}"}"#));
        steps.delta(2, &parse(r#"{"type":"text","text":"é\n"}"#));
        steps.delta(2, &parse(r#"{"type":"text_annotation_delta","annotations":[{"type":"url_citation"}]}"#));
        steps.delta(2, &parse(r#"{"type":"image","data":"QQ==","mime_type":"image/png"}"#));
        steps.start(3, &parse(r#"{"type":"google_search_call","id":"s","arguments":{}}"#));
        steps.delta(3, &parse(r#"{"type":"google_search_call","arguments":{"queries":["q"]}}"#));
        let mut out = Vec::new();
        steps.write(&mut out);
        let expected = concat!(
            r#"[{"type":"thought","signature":"QQ==","summary":[{"type":"text","text":"ab"}]},"#,
            r#"{"type":"function_call","id":"c","name":"f","arguments":{"x":1}},"#,
            r#"{"type":"model_output","content":[{"type":"text","text":"é\n","annotations":[{"type":"url_citation"}]},"#,
            r#"{"type":"image","data":"QQ==","mime_type":"image/png"}]},"#,
            r#"{"type":"google_search_call","id":"s","arguments":{"queries":["q"]}}]"#,
        );
        assert_eq!(String::from_utf8(out).unwrap(), expected);
        assert!(steps.called());
    }
}
