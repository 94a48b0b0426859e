//! Embeddings: of one text or several, and in the older form of one alone.

use serde_json::{Value, json};

use super::ask;
use super::error::ApiError;
use super::models::{self, Model};
use super::shapes;
use crate::desk::Desk;
use crate::shape::{count, text};
use crate::synth;
use crate::vector;

/// How many numbers an embedding has unless it is told.
const DIMENSIONS: usize = 768;

/// What is to be embedded.
pub(super) struct Embed {
    model: Model,
    texts: Vec<String>,
    dimensions: usize,
    pub(super) tokens: u32,
}

// === impl Embed ===

impl Embed {
    pub(super) fn read(body: &Value) -> Result<Self, ApiError> {
        shapes::EMBED.check(body).map_err(|mistake| ApiError::of_shape("EmbedRequest", &mistake))?;
        let model = models::resolve(text(body, "model"))?;
        ask::options(body)?;
        let input = body.get("input").or_else(|| body.get("prompt")).unwrap_or(&Value::Null);
        let texts = match input {
            Value::Null => Vec::new(),
            Value::String(one) => vec![one.clone()],
            Value::Array(list) => list
                .iter()
                .map(|one| one.as_str().map(str::to_owned))
                .collect::<Option<Vec<_>>>()
                .ok_or_else(|| ApiError::new(400, "invalid input type"))?,
            _ => return Err(ApiError::new(400, "invalid input type")),
        };
        if !model.embeds {
            return Err(ApiError::new(400, "this model does not support embeddings"));
        }
        let asked = count(body, "dimensions").and_then(|size| usize::try_from(size).ok());
        let dimensions = asked.filter(|size| (1..=DIMENSIONS).contains(size)).unwrap_or(DIMENSIONS);
        let tokens = texts.iter().map(|text| synth::count(text)).sum();
        Ok(Self { model, texts, dimensions, tokens })
    }

    pub(super) fn answer(self, desk: &Desk) -> Value {
        let took = u64::try_from(desk.took().as_nanos()).unwrap_or(u64::MAX).max(1_000);
        json!({
            "model": self.model.name,
            "embeddings": self.vectors(),
            "total_duration": took,
            "load_duration": took / 10,
            "prompt_eval_count": self.tokens,
        })
    }

    /// The older form.
    pub(super) fn first(self) -> Value {
        json!({"embedding": self.vectors().into_iter().next().unwrap_or_default()})
    }

    fn vectors(&self) -> Vec<Vec<f32>> {
        self.texts.iter().map(|text| vector::of(text, self.dimensions)).collect()
    }
}
