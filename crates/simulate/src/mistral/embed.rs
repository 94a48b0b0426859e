//! Embeddings.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::error::ApiError;
use super::models::{self, Model};
use super::shapes;
use crate::desk::Desk;
use crate::shape::{count, text, texts};
use crate::synth;
use crate::vector;

/// What is to be embedded.
pub(super) struct Embed {
    model: Model,
    texts: Vec<String>,
    dimensions: usize,
    in_base64: bool,
    pub(super) tokens: u32,
}

// === impl Embed ===

impl Embed {
    pub(super) fn read(body: &Value) -> Result<Self, ApiError> {
        shapes::EMBED.check(body)?;
        let model = models::resolve(text(body, "model"))?;
        if !model.embeds {
            return Err(ApiError::no_model(&model.name));
        }
        let is_code = model.name.starts_with("codestral-");
        let asked = count(body, "output_dimension");
        if asked.is_some() && !is_code && model.name.starts_with("mistral-") {
            let message = "This model does not support output_dimension.";
            return Err(ApiError::new(400, "invalid_request_error", "3051", message));
        }
        if !matches!(text(body, "output_dtype"), "" | "float") {
            let message = "This model does not support output_dtype.";
            return Err(ApiError::new(400, "invalid_request_error", "3051", message));
        }
        let usual = if is_code { 1_536 } else { 1_024 };
        let one = body.get("input").and_then(Value::as_str).map(|one| vec![one.to_owned()]);
        let texts = one.unwrap_or_else(|| texts(body, "input"));
        Ok(Self {
            dimensions: asked.and_then(|size| usize::try_from(size).ok()).unwrap_or(usual),
            in_base64: text(body, "encoding_format") == "base64",
            tokens: texts.iter().map(|text| synth::count(text)).sum(),
            texts,
            model,
        })
    }

    pub(super) fn answer(&self, desk: &Desk) -> Value {
        let data = self.texts.iter().enumerate().map(|(index, text)| {
            let vector = vector::of(text, self.dimensions);
            json!({"object": "embedding", "embedding": self.written(&vector), "index": index})
        });
        json!({
            "id": desk.uuid("completion id").replace('-', ""),
            "object": "list",
            "data": data.collect::<Vec<_>>(),
            "model": self.model.name,
            "usage": {"prompt_tokens": self.tokens, "completion_tokens": 0, "total_tokens": self.tokens},
        })
    }

    fn written(&self, vector: &[f32]) -> Value {
        if !self.in_base64 {
            return json!(vector);
        }
        let bytes = vector.iter().flat_map(|value| value.to_le_bytes());
        STANDARD.encode(bytes.collect::<Vec<u8>>()).into()
    }
}
