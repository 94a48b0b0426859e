//! Cohere's `/v2/embed`.

use json::{Object, Value, push_text};

use super::openai::count;
use super::{Asked, Format, Purpose, Told, Vectors, floats, not_empty, of_prompt, texts};
use crate::canonical::{Dropped, Rest};
use crate::request::Member;
use crate::{RequestError, ResponseError, Usage};

#[derive(Debug)]
pub(super) struct Cohere;

const MEMBERS: [(&str, Member); 3] =
    [("model", Member::Model), ("texts", Member::Prompt), ("inputs", Member::Prompt)];

const PURPOSES: [(&str, Purpose); 4] = [
    ("search_document", Purpose::Document),
    ("search_query", Purpose::Query),
    ("classification", Purpose::Classification),
    ("clustering", Purpose::Clustering),
];

impl Format for Cohere {
    fn members(&self) -> &'static [(&'static str, Member)] {
        &MEMBERS
    }

    fn required(&self) -> &'static str {
        ""
    }

    fn read<'a>(&self, body: &Value<'a>) -> Result<Asked<'a>, RequestError> {
        for other in ["inputs", "images"] {
            if !body.get(other).is_null() {
                let message = format!("`{other}` can only be carried to Cohere itself; send `texts`");
                return Err(RequestError::unsupported(other, message));
            }
        }
        let mut asked =
            Asked { inputs: not_empty("texts", texts("texts", body.get("texts"))?)?, ..Asked::default() };
        for (key, value) in body.members() {
            match &*key.decode() {
                "model" | "texts" => {}
                _ if value.is_null() => {}
                "output_dimension" => asked.dimensions = Some(count("output_dimension", value)?),
                "input_type" => {
                    let found = PURPOSES.iter().find(|(word, _)| value.is(word));
                    let message =
                        "`input_type` must be search_document, search_query, classification or clustering";
                    asked.purpose =
                        Some(found.ok_or_else(|| RequestError::invalid("input_type", message))?.1);
                }
                "embedding_types" => {
                    if !value.items().iter().all(|kind| kind.is("float")) {
                        let message = "`embedding_types` other than float can only be had from Cohere itself";
                        return Err(RequestError::unsupported("embedding_types", message));
                    }
                }
                _ => asked.rest.push(Rest { name: key.clone(), raw: value.raw }),
            }
        }
        Ok(asked)
    }

    fn write(&self, asked: &Asked<'_>, model: &str, out: &mut Vec<u8>) -> Result<Dropped, RequestError> {
        let inputs = asked.texts()?;
        let mut dropped = asked.left();
        let purpose = asked.purpose.unwrap_or(Purpose::Document);
        let word =
            PURPOSES.iter().find(|(_, known)| *known == purpose).map_or("clustering", |(word, _)| word);
        let mut body = Object::begin(out);
        body.string("model", model).string("input_type", word);
        body.raw("embedding_types", "[\"float\"]");
        let mut list = body.array("texts");
        for text in inputs {
            push_text(list.item(), text);
        }
        list.end();
        if let Some(dimensions) = asked.dimensions {
            body.number("output_dimension", dimensions);
        }
        body.end();
        if asked.title.is_some() {
            dropped.add("title");
        }
        Ok(dropped)
    }

    fn read_answer<'a>(&self, body: &Value<'a>) -> Result<Vectors<'a>, ResponseError> {
        let embeddings = body.get("embeddings");
        let list = if embeddings.members().is_empty() { embeddings } else { embeddings.get("float") };
        let billed = body.get("meta").get("billed_units");
        let (tokens, images) = (billed.get("input_tokens").as_u64(), billed.get("images").as_u64());
        Ok(Vectors {
            model: None,
            list: floats(list, "it has no `embeddings.float`")?,
            usage: of_prompt(tokens.or(images.and(Some(0))))
                .map(|usage| Usage { images: images.unwrap_or(0), ..usage }),
        })
    }

    fn write_answer(&self, vectors: &Vectors<'_>, told: &Told<'_>, out: &mut Vec<u8>) {
        let mut body = Object::begin(out);
        body.string("id", &told.ctx.request_id);
        let mut embeddings = body.object("embeddings");
        let mut list = embeddings.array("float");
        vectors.list.iter().for_each(|vector| vector.write_floats(list.item()));
        list.end();
        embeddings.end();
        body.raw("texts", "[]");
        let mut meta = body.object("meta");
        meta.raw("api_version", "{\"version\":\"2\"}");
        let mut units = meta.object("billed_units");
        units.number("input_tokens", told.usage.input);
        units.end();
        meta.end();
        body.string("response_type", "embeddings_by_type");
        body.end();
    }
}
