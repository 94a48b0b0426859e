//! Embeddings, in all the number types that the vendor has.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::error::ApiError;
use super::models::{self, Does, Model};
use super::shapes;
use crate::shape::{count, items, text, texts};
use crate::synth;
use crate::vector;

/// What a picture counts for.
const IMAGE_TOKENS: u32 = 85;

/// What is to be embedded.
pub(super) struct Embed {
    /// The texts, if texts are what was given.
    texts: Vec<String>,
    all: Vec<String>,
    types: Vec<String>,
    dimensions: usize,
    pub(super) tokens: u32,
    images: u32,
}

// === impl Embed ===

impl Embed {
    pub(super) fn read(body: &Value) -> Result<Self, ApiError> {
        shapes::EMBED.check(body)?;
        let model = models::resolve(text(body, "model"), Does::Embed)?;
        let given = ["texts", "images", "inputs"].into_iter().filter(|name| !items(body, name).is_empty());
        if given.count() != 1 {
            return Err(ApiError::invalid("exactly one of texts, images or inputs must be specified."));
        }
        let (said, pictures) = (texts(body, "texts"), texts(body, "images"));
        let kind = text(body, "input_type");
        if !pictures.is_empty() && kind != "image" {
            return Err(ApiError::invalid("input_type must be image when images are specified."));
        }
        if let Some(wrong) = pictures.iter().find(|picture| !picture.starts_with("data:image/")) {
            let message = format!("'{}' is not a valid data URL of an image.", synth::cut(wrong, 32));
            return Err(ApiError::invalid(&message));
        }
        let inputs = items(body, "inputs").iter().map(ToString::to_string);
        let all: Vec<_> = said.iter().chain(&pictures).cloned().chain(inputs).collect();
        let written = all.iter().filter(|one| !one.starts_with("data:image/"));
        let tokens = written.map(|text| synth::count(text)).sum::<u32>();
        let images = u32::try_from(pictures.len()).unwrap_or(0);
        let types = texts(body, "embedding_types");
        Ok(Self {
            dimensions: dimensions(body, &model)?,
            types: if types.is_empty() { vec!["float".to_owned()] } else { types },
            tokens: tokens + images * IMAGE_TOKENS,
            texts: said,
            all,
            images,
        })
    }

    pub(super) fn answer(self, id: &str) -> Value {
        let vectors: Vec<_> = self.all.iter().map(|text| vector::of(text, self.dimensions)).collect();
        let embeddings: Map<_, _> = self
            .types
            .iter()
            .map(|kind| (kind.clone(), vectors.iter().map(|vector| converted(kind, vector)).collect()))
            .collect();
        let billed = match self.images {
            0 => json!({"input_tokens": self.tokens}),
            images => json!({"input_tokens": self.tokens, "images": images}),
        };
        json!({
            "id": id,
            "texts": self.texts,
            "embeddings": embeddings,
            "meta": {"api_version": {"version": "2"}, "billed_units": billed},
            "response_type": "embeddings_by_type",
        })
    }
}

fn dimensions(body: &Value, model: &Model) -> Result<usize, ApiError> {
    let asked = count(body, "output_dimension");
    let free = model.name.starts_with("embed-v4") || model.name.starts_with("sim-");
    match asked {
        Some(_) if !free => {
            let message = format!("output_dimension is not supported by model '{}'.", model.name);
            Err(ApiError::invalid(&message))
        }
        Some(dimensions) if [256, 512, 1_024, 1_536].contains(&dimensions) => {
            Ok(usize::try_from(dimensions).unwrap_or(0))
        }
        Some(_) => Err(ApiError::invalid("output_dimension must be one of: 256, 512, 1024, 1536.")),
        None if free => Ok(1_536),
        None if model.name.contains("light") => Ok(384),
        None => Ok(1_024),
    }
}

/// A vector in one of the number types; bits come in groups of eight.
fn converted(kind: &str, vector: &[f32]) -> Value {
    match kind {
        "int8" => vector.iter().map(|value| Value::from(level(*value) - 128)).collect(),
        "uint8" => vector.iter().map(|value| Value::from(level(*value))).collect(),
        "ubinary" => bits(vector).into_iter().map(Value::from).collect(),
        "binary" => bits(vector).into_iter().map(|byte| Value::from(i16::from(byte) - 128)).collect(),
        "base64" => {
            let bytes = vector.iter().flat_map(|value| value.to_le_bytes());
            STANDARD.encode(bytes.collect::<Vec<u8>>()).into()
        }
        _ => vector.iter().map(|value| Value::from(*value)).collect(),
    }
}

/// One of 256 levels; numbers of a vector are small.
#[expect(clippy::cast_possible_truncation, reason = "clamped before")]
fn level(value: f32) -> i16 {
    ((value * 8.0).clamp(-1.0, 1.0) * 127.0 + 128.0).round() as i16
}

fn bits(vector: &[f32]) -> Vec<u8> {
    let byte = |group: &[f32]| group.iter().fold(0_u8, |byte, value| byte << 1 | u8::from(*value > 0.0));
    vector.chunks(8).map(byte).collect()
}
