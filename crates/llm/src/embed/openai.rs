//! OpenAI's `/embeddings`.

use json::{Data, Object, Value, push_text};

use super::{Asked, Format, Input, Told, Vector, Vectors, Wish, not_empty, of_prompt, texts};
use crate::canonical::{Dropped, Rest};
use crate::request::Member;
use crate::{RequestError, ResponseError};

#[derive(Debug)]
pub(super) struct OpenAi;

const MEMBERS: [(&str, Member); 2] = [("model", Member::Model), ("input", Member::Prompt)];

impl Format for OpenAi {
    fn members(&self) -> &'static [(&'static str, Member)] {
        &MEMBERS
    }

    fn required(&self) -> &'static str {
        "input"
    }

    fn read<'a>(&self, body: &Value<'a>) -> Result<Asked<'a>, RequestError> {
        let mut asked = Asked { inputs: not_empty("input", inputs(body.get("input"))?)?, ..Asked::default() };
        for (key, value) in body.members() {
            match &*key.decode() {
                "model" | "input" => {}
                _ if value.is_null() => {}
                "dimensions" => asked.dimensions = Some(count("dimensions", value)?),
                "encoding_format" if value.is("base64") => asked.wish = Wish { base64: true },
                "encoding_format" if value.is("float") => {}
                "encoding_format" => {
                    let message = "`encoding_format` must be float or base64";
                    return Err(RequestError::invalid("encoding_format", message));
                }
                _ => asked.rest.push(Rest { name: key.clone(), raw: value.raw }),
            }
        }
        Ok(asked)
    }

    fn write(&self, asked: &Asked<'_>, model: &str, out: &mut Vec<u8>) -> Result<Dropped, RequestError> {
        let mut body = Object::begin(out);
        body.string("model", model);
        let mut list = body.array("input");
        for input in &asked.inputs {
            match input {
                Input::Text(text) => push_text(list.item(), text),
                Input::Tokens(raw) => list.item().extend_from_slice(raw.as_bytes()),
            }
        }
        list.end();
        body.string("encoding_format", "float");
        if let Some(dimensions) = asked.dimensions {
            body.number("dimensions", dimensions);
        }
        body.end();
        let mut dropped = asked.left();
        if asked.purpose.is_some() {
            dropped.add("input_type");
        }
        if asked.title.is_some() {
            dropped.add("title");
        }
        Ok(dropped)
    }

    fn read_answer<'a>(&self, body: &Value<'a>) -> Result<Vectors<'a>, ResponseError> {
        let Data::Array(data) = &body.get("data").data else {
            return Err(ResponseError::Unexpected { what: "it has no `data`" });
        };
        let vector = |item: &Value<'a>| {
            let embedding = item.get("embedding");
            embedding.as_text().map_or(Vector::Floats(embedding.raw), Vector::Base64)
        };
        let usage = body.get("usage");
        let tokens = usage.get("prompt_tokens").as_u64().or_else(|| usage.get("total_tokens").as_u64());
        Ok(Vectors {
            model: body.get("model").as_text(),
            list: data.iter().map(vector).collect(),
            usage: of_prompt(tokens),
        })
    }

    fn write_answer(&self, vectors: &Vectors<'_>, told: &Told<'_>, out: &mut Vec<u8>) {
        let mut body = Object::begin(out);
        body.string("object", "list");
        let mut data = body.array("data");
        for (index, vector) in vectors.list.iter().enumerate() {
            let mut item = data.object();
            item.string("object", "embedding").number("index", index as u64);
            vector.write(told.wish, item.key("embedding"));
            item.end();
        }
        data.end();
        match &vectors.model {
            Some(model) => body.text("model", model),
            None => body.string("model", &told.ctx.model),
        };
        let mut usage = body.object("usage");
        usage.number("prompt_tokens", told.usage.input).number("total_tokens", told.usage.input);
        usage.end();
        body.end();
    }
}

fn inputs<'a>(value: &Value<'a>) -> Result<Vec<Input<'a>>, RequestError> {
    let is_number = |item: &Value<'_>| matches!(item.data, Data::Number(_));
    match &value.data {
        Data::Array(items) if !items.is_empty() && items.iter().all(is_number) => {
            Ok(vec![Input::Tokens(value.raw)])
        }
        Data::Array(items)
            if !items.is_empty() && items.iter().all(|item| matches!(item.data, Data::Array(_))) =>
        {
            Ok(items.iter().map(|item| Input::Tokens(item.raw)).collect())
        }
        _ => texts("input", value),
    }
}

pub(super) fn count(path: &str, value: &Value<'_>) -> Result<u64, RequestError> {
    value.as_u64().ok_or_else(|| RequestError::wrong_type(path, "a whole number", value.token().noun()))
}
