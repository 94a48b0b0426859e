//! Gemini's `embedContent` and `batchEmbedContents`. The model stands in the address, and in a batch again in each of
//! its requests.

use json::{Object, Text, Value};

use super::openai::count;
use super::{Asked, Format, Input, Purpose, Told, Vectors, not_empty, of_prompt};
use crate::canonical::{Dropped, Rest};
use crate::request::Member;
use crate::{RequestError, ResponseError};

/// One text.
#[derive(Debug)]
pub(super) struct Single;

/// Several texts.
#[derive(Debug)]
pub(super) struct Batch;

const SINGLE: [(&str, Member); 1] = [("content", Member::Prompt)];
const BATCH: [(&str, Member); 1] = [("requests", Member::Prompt)];

const PURPOSES: [(&str, Purpose); 5] = [
    ("RETRIEVAL_DOCUMENT", Purpose::Document),
    ("RETRIEVAL_QUERY", Purpose::Query),
    ("CLASSIFICATION", Purpose::Classification),
    ("CLUSTERING", Purpose::Clustering),
    ("SEMANTIC_SIMILARITY", Purpose::Similarity),
];

impl Format for Single {
    fn members(&self) -> &'static [(&'static str, Member)] {
        &SINGLE
    }

    fn required(&self) -> &'static str {
        "content"
    }

    fn read<'a>(&self, body: &Value<'a>) -> Result<Asked<'a>, RequestError> {
        let mut asked = Asked::default();
        one("", body, &mut asked)?;
        Ok(asked)
    }

    fn write(&self, asked: &Asked<'_>, model: &str, out: &mut Vec<u8>) -> Result<Dropped, RequestError> {
        Batch.write(asked, model, out)
    }

    fn read_answer<'a>(&self, body: &Value<'a>) -> Result<Vectors<'a>, ResponseError> {
        let values = body.get("embedding").get("values");
        let what = "it has no `embedding.values`";
        if values.is_null() {
            return Err(ResponseError::Unexpected { what });
        }
        Ok(Vectors { model: None, list: vec![super::Vector::Floats(values.raw)], usage: usage(body) })
    }

    fn write_answer(&self, vectors: &Vectors<'_>, _: &Told<'_>, out: &mut Vec<u8>) {
        let mut body = Object::begin(out);
        let mut embedding = body.object("embedding");
        match vectors.list.first() {
            Some(vector) => vector.write_floats(embedding.key("values")),
            None => drop(embedding.raw("values", "[]")),
        }
        embedding.end();
        body.end();
    }
}

impl Format for Batch {
    fn members(&self) -> &'static [(&'static str, Member)] {
        &BATCH
    }

    fn required(&self) -> &'static str {
        "requests"
    }

    fn read<'a>(&self, body: &Value<'a>) -> Result<Asked<'a>, RequestError> {
        let mut asked = Asked::default();
        for (at, request) in body.get("requests").items().iter().enumerate() {
            let before = (asked.purpose, asked.dimensions, asked.title.take());
            (asked.purpose, asked.dimensions) = (None, None);
            one(&format!("requests[{at}]."), request, &mut asked)?;
            if at > 0 && (asked.purpose, asked.dimensions, asked.title.clone()) != before {
                let path = format!("requests[{at}]");
                let message = format!(
                    "`{path}` wants its vector otherwise than the one before, which only Gemini can do"
                );
                return Err(RequestError::unsupported(path, message));
            }
        }
        asked.inputs = not_empty("requests", asked.inputs)?;
        Ok(asked)
    }

    fn write(&self, asked: &Asked<'_>, model: &str, out: &mut Vec<u8>) -> Result<Dropped, RequestError> {
        let inputs = asked.texts()?;
        let word = asked.purpose.and_then(|purpose| PURPOSES.iter().find(|(_, known)| *known == purpose));
        let mut body = Object::begin(out);
        let mut requests = body.array("requests");
        for text in inputs {
            let mut request = requests.object();
            request.string("model", &format!("models/{model}"));
            let mut content = request.object("content");
            let mut parts = content.array("parts");
            let mut part = parts.object();
            part.text("text", text);
            part.end();
            parts.end();
            content.end();
            if let Some((word, _)) = word {
                request.string("taskType", word);
            }
            if let Some(title) = &asked.title {
                request.text("title", title);
            }
            if let Some(dimensions) = asked.dimensions {
                request.number("outputDimensionality", dimensions);
            }
            request.end();
        }
        requests.end();
        body.end();
        Ok(asked.left())
    }

    fn read_answer<'a>(&self, body: &Value<'a>) -> Result<Vectors<'a>, ResponseError> {
        let what = "it has no `embeddings`";
        let list = body.get("embeddings");
        if list.is_null() {
            return Err(ResponseError::Unexpected { what });
        }
        let vectors = list.items().iter().map(|one| super::Vector::Floats(one.get("values").raw)).collect();
        Ok(Vectors { model: None, list: vectors, usage: usage(body) })
    }

    fn write_answer(&self, vectors: &Vectors<'_>, _: &Told<'_>, out: &mut Vec<u8>) {
        let mut body = Object::begin(out);
        let mut list = body.array("embeddings");
        for vector in &vectors.list {
            let mut one = list.object();
            vector.write_floats(one.key("values"));
            one.end();
        }
        list.end();
        body.end();
    }
}

fn usage(body: &Value<'_>) -> Option<crate::Usage> {
    of_prompt(body.get("usageMetadata").get("promptTokenCount").as_u64())
}

/// A batch with another model's name in each of its requests; all else is as it was.
pub(super) fn renamed(body: &Value<'_>, model: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.raw.len() + 64);
    let mut object = Object::begin(&mut out);
    for (key, value) in body.members() {
        if !key.is("requests") {
            object.text_key(key).extend_from_slice(value.raw.as_bytes());
        }
    }
    let mut requests = object.array("requests");
    for request in body.get("requests").items() {
        let mut one = requests.object();
        one.string("model", &format!("models/{model}"));
        for (key, value) in request.members().iter().filter(|(key, _)| !key.is("model")) {
            one.text_key(key).extend_from_slice(value.raw.as_bytes());
        }
        one.end();
    }
    requests.end();
    object.end();
    out
}

/// Reads one request; what several say of themselves must be the same.
fn one<'a>(at: &str, request: &Value<'a>, asked: &mut Asked<'a>) -> Result<(), RequestError> {
    let parts = request.get("content").get("parts");
    let mut words = String::new();
    let mut only: Option<Text<'a>> = None;
    for (index, part) in parts.items().iter().enumerate() {
        let path = format!("{at}content.parts[{index}].text");
        let text = part.get("text").as_text().ok_or_else(|| {
            RequestError::unsupported(path.clone(), format!("`{path}` is missing: only text can be embedded"))
        })?;
        words.push_str(&text.decode());
        only = Some(text);
    }
    let text = match (parts.items().len(), only) {
        (1, Some(text)) => text,
        (0, _) => return Err(RequestError::missing(format!("{at}content.parts"))),
        _ => Text::from_plain(&words),
    };
    asked.inputs.push(Input::Text(text));
    for (key, value) in request.members() {
        match &*key.decode() {
            "model" | "content" => {}
            _ if value.is_null() => {}
            "outputDimensionality" | "output_dimensionality" => {
                asked.dimensions = Some(count(&format!("{at}outputDimensionality"), value)?);
            }
            "title" => asked.title = value.as_text(),
            "taskType" | "task_type" => match PURPOSES.iter().find(|(word, _)| value.is(word)) {
                Some((_, purpose)) => asked.purpose = Some(*purpose),
                None => asked.dropped.add("taskType"),
            },
            _ => asked.rest.push(Rest { name: key.clone(), raw: value.raw }),
        }
    }
    Ok(())
}
