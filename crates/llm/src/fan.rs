//! Several answers to one chat request, for providers that give one alone: the request for each call, and the answers
//! joined to what OpenAI gives for `n`, whole or streamed.

use std::borrow::Cow;
use std::collections::HashSet;

use foldhash::fast::RandomState;
use json::{Data, Text, Value};

use crate::sse::{Event, Parser, TooLarge};
use crate::vendor::edits::Edits;

/// The request of one of the calls: without `n`, with usage asked for, and with a seed of its own if there is one, since
/// equal seeds would give equal answers. `None`: it is no JSON object.
pub fn split(body: &[u8], at: usize) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(body).ok()?;
    let value = Value::parse(text).ok().filter(|value| !value.members().is_empty())?;
    let mut edits = Edits::of(text);
    let members = value.members();
    let gone = |key: &Text<'_>| key.is("n");
    let gone: Vec<usize> =
        members.iter().enumerate().filter(|(_, (key, _))| gone(key)).map(|(place, _)| place).collect();
    edits.remove(&value, &gone);
    if let Some(seed) = seed(value.get("seed")) {
        let other = seed.saturating_add(i64::try_from(at).unwrap_or_default());
        edits.replace(value.get("seed"), other.to_string());
    }
    if value.get("stream").as_bool() == Some(true) {
        let options = value.get("stream_options");
        let usage = options.get("include_usage");
        if !usage.is_null() {
            edits.replace(usage, "true".to_owned());
        } else if !options.members().is_empty() {
            edits.insert(options, "include_usage", "true");
        } else if members.iter().any(|(key, _)| key.is("stream_options")) {
            edits.replace(options, r#"{"include_usage":true}"#.to_owned());
        } else {
            edits.insert(&value, "stream_options", r#"{"include_usage":true}"#);
        }
    }
    Some(edits.apply())
}

fn seed(value: &Value<'_>) -> Option<i64> {
    if let Data::Number(number) = value.data { number.parse().ok() } else { None }
}

/// The answers as one. `None`: one of them is no answer.
pub fn join(answers: &[&[u8]]) -> Option<Vec<u8>> {
    let texts: Option<Vec<&str>> = answers.iter().map(|answer| std::str::from_utf8(answer).ok()).collect();
    let values: Option<Vec<Value<'_>>> = texts?.iter().map(|text| Value::parse(text).ok()).collect();
    let values = values?;
    let first = values.first()?;
    let mut choices = Vec::new();
    for value in &values {
        let choice = value.get("choices").items().first()?;
        choices.push(numbered(choice, choices.len()));
    }
    let usage: Vec<&Value<'_>> = values.iter().map(|value| value.get("usage")).collect();
    let mut out = String::from("{");
    for (key, value) in first.members() {
        let written = if key.is("choices") {
            format!("[{}]", choices.join(","))
        } else if key.is("usage") {
            summed(&usage)
        } else {
            value.raw.to_owned()
        };
        push_member(&mut out, key, &written);
    }
    if first.members().iter().all(|(key, _)| !key.is("usage")) && usage.iter().any(|usage| !usage.is_null()) {
        push_member(&mut out, &Text::from_literal("usage"), &summed(&usage));
    }
    out.push('}');
    Some(out.into_bytes())
}

/// A choice with another place among them.
fn numbered(choice: &Value<'_>, at: usize) -> String {
    let mut out = format!("{{\"index\":{at}");
    for (key, value) in choice.members().iter().filter(|(key, _)| !key.is("index")) {
        push_member(&mut out, key, value.raw);
    }
    out.push('}');
    out
}

fn push_member(out: &mut String, key: &Text<'_>, value: &str) {
    if !out.ends_with('{') {
        out.push(',');
    }
    out.push('"');
    out.push_str(key.literal());
    out.push_str("\":");
    out.push_str(value);
}

/// Numbers by their names added up, however deep they lie; what is no number is the first one's.
fn summed(values: &[&Value<'_>]) -> String {
    let told: Vec<&Value<'_>> = values.iter().copied().filter(|value| !value.is_null()).collect();
    let Some(first) = told.first() else { return "null".to_owned() };
    match &first.data {
        Data::Number(_) => {
            let whole: Result<Vec<u64>, _> = told.iter().map(|value| value.raw.parse()).collect();
            if let Ok(whole) = whole {
                return whole.into_iter().fold(0, u64::saturating_add).to_string();
            }
            let sum: f64 = told.iter().filter_map(|value| value.raw.parse::<f64>().ok()).sum();
            // Written out, a number beyond these has more digits than some read.
            if sum.abs() < 1e16 { sum.to_string() } else { format!("{:e}", sum.clamp(f64::MIN, f64::MAX)) }
        }
        Data::Object(_) => {
            let mut out = String::from("{");
            let mut seen: HashSet<Cow<'_, str>, RandomState> = HashSet::default();
            for (key, _) in told.iter().flat_map(|value| value.members()) {
                let plain = key.decode();
                if seen.insert(plain.clone()) {
                    let all: Vec<&Value<'_>> = told.iter().map(|value| value.get(&plain)).collect();
                    push_member(&mut out, key, &summed(&all));
                }
            }
            out.push('}');
            out
        }
        _ => first.raw.to_owned(),
    }
}

/// Joins streamed answers as they come.
#[derive(Debug)]
pub struct Joiner {
    answers: Vec<Answer>,
    /// Every chunk has the same, the first answer's to come.
    id: Option<String>,
    /// What each used, as JSON.
    usage: Vec<String>,
    /// A chunk without choices, for the usage at the end.
    last: Option<String>,
    include_usage: bool,
    failed: bool,
}

#[derive(Debug)]
struct Answer {
    parser: Parser,
    ended: bool,
}

// === impl Joiner ===

impl Joiner {
    /// For so many answers, with events of at most `limit` bytes; `include_usage` is the client's wish.
    pub fn new(count: usize, limit: usize, include_usage: bool) -> Self {
        let answer = || Answer { parser: Parser::new(limit), ended: false };
        Self {
            answers: std::iter::repeat_with(answer).take(count).collect(),
            id: None,
            usage: Vec::new(),
            last: None,
            include_usage,
            failed: false,
        }
    }

    /// Reads a piece of one answer, and appends what the client gets for it.
    pub fn push(&mut self, at: usize, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), TooLarge> {
        let mut blocks: Vec<Option<Vec<u8>>> = Vec::new();
        let Some(answer) = self.answers.get_mut(at).filter(|answer| !answer.ended) else { return Ok(()) };
        answer.parser.push(bytes, |block| {
            blocks.push(block.event.map(|Event { data, .. }| data.to_vec()));
        })?;
        for block in blocks {
            match block {
                Some(data) => self.event(at, &data, out),
                // A comment, by which a silent stream is known to live.
                None => out.extend_from_slice(b": \n\n"),
            }
        }
        Ok(())
    }

    /// One answer has come to its end. Gives whether all have, or one has failed, so that nothing more will come.
    pub fn end(&mut self, at: usize, out: &mut Vec<u8>) -> bool {
        if let Some(answer) = self.answers.get_mut(at) {
            answer.ended = true;
        }
        if self.failed || self.answers.iter().any(|answer| !answer.ended) {
            return self.failed;
        }
        self.finish(out);
        true
    }

    fn event(&mut self, at: usize, data: &[u8], out: &mut Vec<u8>) {
        if self.failed || data == b"[DONE]" {
            return;
        }
        let Some(chunk) = std::str::from_utf8(data).ok().and_then(|text| Value::parse(text).ok()) else {
            return;
        };
        if !chunk.get("error").is_null() {
            self.failed = true;
            push_event(out, data);
            return;
        }
        if !chunk.get("usage").is_null() {
            self.usage.push(chunk.get("usage").raw.to_owned());
        }
        let choices: Vec<String> =
            chunk.get("choices").items().iter().map(|choice| numbered(choice, at)).collect();
        let id = self.id.get_or_insert_with(|| chunk.get("id").raw.to_owned()).clone();
        let written = |usage: Option<&str>| {
            let mut object = String::from("{");
            for (key, value) in chunk.members() {
                match &*key.decode() {
                    "id" => push_member(&mut object, key, &id),
                    "choices" => push_member(&mut object, key, &format!("[{}]", choices.join(","))),
                    "usage" => {}
                    _ => push_member(&mut object, key, value.raw),
                }
            }
            if let Some(usage) = usage {
                if object.len() > 1 {
                    object.push(',');
                }
                object.push_str("\"usage\":");
                object.push_str(usage);
            }
            object.push('}');
            object
        };
        if choices.is_empty() {
            if chunk.get("usage").is_null() && self.last.is_some() {
                return;
            }
            self.last = Some(written(Some("\u{0}")));
            return;
        }
        push_event(out, written(self.include_usage.then_some("null")).as_bytes());
    }

    /// The end of all: the sum of what they used, if that is wanted.
    fn finish(&mut self, out: &mut Vec<u8>) {
        if let Some(last) = self.last.take().filter(|_| self.include_usage) {
            let parsed: Vec<Value<'_>> =
                self.usage.iter().filter_map(|usage| Value::parse(usage).ok()).collect();
            let usage = summed(&parsed.iter().collect::<Vec<_>>());
            push_event(out, last.replacen('\u{0}', &usage, 1).as_bytes());
        }
        out.extend_from_slice(b"data: [DONE]\n\n");
    }
}

/// An event of JSON, in which a line break can only be space between two tokens.
fn push_event(out: &mut Vec<u8>, data: &[u8]) {
    out.extend_from_slice(b"data: ");
    out.extend(data.iter().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte }));
    out.extend_from_slice(b"\n\n");
}

#[cfg(test)]
mod tests;
