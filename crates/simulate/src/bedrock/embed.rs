//! Embeddings by `InvokeModel`: Amazon's Titan and Cohere's models, each in its maker's form.

use axum::response::Response;
use serde_json::{Value, json};

use super::error::ApiError;
use super::models::Model;
use super::{PACE, took};
use crate::desk::{Desk, put};
use crate::fault::Faults;
use crate::shape::{Mistake, Shape, What, count, may, need, text, texts};
use crate::{synth, vector};

static TITAN: Shape = Shape::Record(&[
    need("inputText", Shape::Sized(1, 50_000)),
    may("dimensions", Shape::Integer(256, 1_024)),
    may("normalize", Shape::Bool),
    may("embeddingTypes", Shape::List(1, 2, &Shape::Word(&["float", "binary"]))),
]);

static TITAN_1: Shape = Shape::Record(&[need("inputText", Shape::Sized(1, 50_000))]);

static COHERE: Shape = Shape::Record(&[
    need("texts", Shape::List(1, 96, &Shape::Text)),
    need("input_type", Shape::Word(&["search_document", "search_query", "classification", "clustering"])),
    may("truncate", Shape::Word(&["NONE", "START", "END"])),
    may("embedding_types", Shape::List(1, 1, &Shape::Word(&["float"]))),
]);

/// Whether a model embeds.
pub(super) fn embeds(model: &Model) -> bool {
    model.name.starts_with("titan-embed") || model.maker == "cohere" && model.name.starts_with("embed")
}

/// The answer to a request for embeddings.
pub(super) async fn whole(
    desk: &mut Desk,
    model: &Model,
    body: &Value,
    faults: Faults,
    caller: &[u8],
) -> Result<Response, ApiError> {
    let (made, tokens) = if model.maker == "cohere" { cohere(desk, body)? } else { titan(model, body)? };
    desk.allow::<ApiError>(caller, tokens)?;
    desk.write(faults, PACE, 1).await;
    let latency = took(desk);
    let mut response = desk.whole(&made, faults);
    put(response.headers_mut(), "x-amzn-bedrock-input-token-count", &tokens.to_string());
    put(response.headers_mut(), "x-amzn-bedrock-invocation-latency", &latency.to_string());
    Ok(response)
}

fn titan(model: &Model, body: &Value) -> Result<(Value, u32), ApiError> {
    let first = model.version == Some(1);
    let shape = if first { &TITAN_1 } else { &TITAN };
    shape.check(body).map_err(malformed)?;
    let dimensions = count(body, "dimensions").unwrap_or(if first { 1_536 } else { 1_024 });
    if !first && ![256, 512, 1_024].contains(&dimensions) {
        return Err(ApiError::invalid(format!(
            "Malformed input request: #/dimensions: {dimensions} is not a valid enum value, please reformat your input \
             and try again."
        )));
    }
    let said = text(body, "inputText");
    let tokens = synth::count(said);
    let vector = vector::of(said, usize::try_from(dimensions).unwrap_or(0));
    let mut made = json!({"embedding": vector, "inputTextTokenCount": tokens});
    if let Some(map) = made.as_object_mut().filter(|_| !first) {
        let bits: Vec<u8> = vector.iter().map(|value| u8::from(*value > 0.0)).collect();
        let types = texts(body, "embeddingTypes");
        let asked = |kind: &str| types.iter().any(|one| one == kind) || types.is_empty() && kind == "float";
        let floats = asked("float").then(|| ("float".to_owned(), json!(vector)));
        let binary = asked("binary").then(|| ("binary".to_owned(), json!(bits)));
        map.insert("embeddingsByType".to_owned(), floats.into_iter().chain(binary).collect());
    }
    Ok((made, tokens))
}

fn cohere(desk: &Desk, body: &Value) -> Result<(Value, u32), ApiError> {
    COHERE.check(body).map_err(malformed)?;
    let said = texts(body, "texts");
    let vectors: Vec<_> = said.iter().map(|text| vector::of(text, 1_024)).collect();
    let tokens = said.iter().map(|text| synth::count(text)).sum();
    let (embeddings, kind) = if texts(body, "embedding_types").is_empty() {
        (json!(vectors), "embeddings_floats")
    } else {
        (json!({"float": vectors}), "embeddings_by_type")
    };
    let made = json!({
        "embeddings": embeddings,
        "id": desk.uuid("embedding id"),
        "response_type": kind,
        "texts": said,
    });
    Ok((made, tokens))
}

/// A body that is passed to the model is checked against its schema, in the words of such checks.
fn malformed(mistake: Mistake) -> ApiError {
    let path = mistake.dotted();
    match &mistake.what {
        What::Missing => ApiError::invalid(format!(
            "Malformed input request: #: required key [{path}] not found, please reformat your input and try again."
        )),
        What::Kind(kind) => ApiError::invalid(format!(
            "Malformed input request: #/{path}: expected type: {kind:?}, please reformat your input and try again."
        )),
        _ => ApiError::from(mistake),
    }
}
