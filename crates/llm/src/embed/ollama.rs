//! Ollama's `/api/embed`.

use json::{Object, Value, push_text};

use super::openai::count;
use super::{Asked, Format, Told, Vectors, floats, not_empty, of_prompt, texts};
use crate::canonical::{Dropped, Rest};
use crate::request::Member;
use crate::{RequestError, ResponseError};

#[derive(Debug)]
pub(super) struct Ollama;

const MEMBERS: [(&str, Member); 2] = [("model", Member::Model), ("input", Member::Prompt)];

impl Format for Ollama {
    fn members(&self) -> &'static [(&'static str, Member)] {
        &MEMBERS
    }

    fn required(&self) -> &'static str {
        "input"
    }

    fn read<'a>(&self, body: &Value<'a>) -> Result<Asked<'a>, RequestError> {
        let inputs = not_empty("input", texts("input", body.get("input"))?)?;
        let mut asked = Asked { inputs, ..Asked::default() };
        for (key, value) in body.members() {
            match &*key.decode() {
                // How long the model stays in memory is no affair of the answer.
                "model" | "input" | "keep_alive" => {}
                _ if value.is_null() => {}
                "dimensions" => asked.dimensions = Some(count("dimensions", value)?),
                // Cutting what is too long is what the others do by themselves.
                "truncate" if value.as_bool() == Some(true) => {}
                _ => asked.rest.push(Rest { name: key.clone(), raw: value.raw }),
            }
        }
        Ok(asked)
    }

    fn write(&self, asked: &Asked<'_>, model: &str, out: &mut Vec<u8>) -> Result<Dropped, RequestError> {
        let inputs = asked.texts()?;
        let mut body = Object::begin(out);
        body.string("model", model);
        let mut list = body.array("input");
        for text in inputs {
            push_text(list.item(), text);
        }
        list.end();
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
        Ok(Vectors {
            model: body.get("model").as_text(),
            list: floats(body.get("embeddings"), "it has no `embeddings`")?,
            usage: of_prompt(body.get("prompt_eval_count").as_u64()),
        })
    }

    fn write_answer(&self, vectors: &Vectors<'_>, told: &Told<'_>, out: &mut Vec<u8>) {
        let mut body = Object::begin(out);
        body.string("model", &told.ctx.model);
        let mut list = body.array("embeddings");
        vectors.list.iter().for_each(|vector| vector.write_floats(list.item()));
        list.end();
        body.number("total_duration", 0).number("load_duration", 0);
        body.number("prompt_eval_count", told.usage.input);
        body.end();
    }
}
