//! Vectors of texts.

use serde_json::{Map, Value, json};

use super::error::ApiError;
use super::models::Model;
use crate::{synth, vector};

/// One text that is to become a vector.
struct Wanted {
    text: String,
    dimensions: usize,
}

/// `embedContent`.
pub(super) fn one(request: &Map<String, Value>, model: &Model) -> Result<(Value, u32), ApiError> {
    let wanted = wanted(request, model, "EmbedContentRequest")?;
    let tokens = synth::count(&wanted.text);
    Ok((json!({"embedding": wanted.vector(), "usageMetadata": {"promptTokenCount": tokens}}), tokens))
}

/// `batchEmbedContents`.
pub(super) fn batch(request: &Map<String, Value>, model: &Model) -> Result<(Value, u32), ApiError> {
    let requests = request.get("requests").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    if requests.is_empty() {
        return Err(ApiError::invalid("* BatchEmbedContentsRequest.requests: at least one is required\n"));
    }
    if requests.len() > 100 {
        let message = "* BatchEmbedContentsRequest.requests: at most 100 requests can be in one batch\n";
        return Err(ApiError::invalid(message));
    }
    let mut vectors = Vec::new();
    let mut tokens = 0_u32;
    for (at, request) in requests.iter().enumerate() {
        let place = format!("BatchEmbedContentsRequest.requests[{at}]");
        let empty = Map::new();
        let map = request.as_object().unwrap_or(&empty);
        let named = map.get("model").and_then(Value::as_str);
        if named != Some(&format!("models/{}", model.name)) {
            return Err(ApiError::invalid(format!("* {place}.model: unexpected model name format\n")));
        }
        let wanted = wanted(map, model, &place)?;
        tokens = tokens.saturating_add(synth::count(&wanted.text));
        vectors.push(wanted.vector());
    }
    Ok((json!({"embeddings": vectors, "usageMetadata": {"promptTokenCount": tokens}}), tokens))
}

/// Vertex's `predict` for its older models.
pub(super) fn predict(request: &Map<String, Value>, model: &Model) -> Result<(Value, u32), ApiError> {
    let parameters = request.get("parameters");
    let asked = parameters.and_then(|map| map.get("outputDimensionality")).and_then(Value::as_i64);
    let dimensions = dimensions(asked, model)?;
    let instances = request.get("instances").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut tokens = 0_u32;
    let mut predictions = Vec::new();
    for instance in instances {
        let Some(text) = instance.get("content").and_then(Value::as_str).filter(|text| !text.is_empty())
        else {
            return Err(ApiError::invalid("The text content is empty."));
        };
        let count = synth::count(text);
        tokens = tokens.saturating_add(count);
        let values = vector::of(text, dimensions);
        predictions.push(json!({"embeddings": {"values": values,
            "statistics": {"token_count": count, "truncated": false}}}));
    }
    if predictions.is_empty() {
        return Err(ApiError::invalid("At least one instance is required."));
    }
    Ok((json!({"predictions": predictions, "metadata": {"billableCharacterCount": tokens * 4}}), tokens))
}

// === impl Wanted ===

impl Wanted {
    fn vector(&self) -> Value {
        json!({"values": vector::of(&self.text, self.dimensions)})
    }
}

fn wanted(request: &Map<String, Value>, model: &Model, place: &str) -> Result<Wanted, ApiError> {
    let parts = request.get("content").and_then(|content| content.get("parts")).and_then(Value::as_array);
    let texts: Vec<&str> =
        parts.into_iter().flatten().filter_map(|part| part.get("text")?.as_str()).collect();
    let text = texts.join("\n");
    if text.is_empty() {
        return Err(ApiError::invalid(format!("* {place}.content: contents is not specified\n")));
    }
    let dimensions = dimensions(request.get("outputDimensionality").and_then(Value::as_i64), model)?;
    Ok(Wanted { text, dimensions })
}

fn dimensions(asked: Option<i64>, model: &Model) -> Result<usize, ApiError> {
    let most = if model.name.starts_with("gemini-") { 3_072 } else { 768 };
    let Some(asked) = asked else { return Ok(most) };
    usize::try_from(asked).ok().filter(|asked| (1..=most).contains(asked)).ok_or_else(|| {
        ApiError::invalid(format!(
            "* EmbedContentRequest.output_dimensionality: must be between 1 and {most}\n"
        ))
    })
}
