//! OpenAI's embeddings.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use axum::{Extension, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::check::{self, Object};
use super::desk::Desk;
use super::error::ApiError;
use super::fields::{self, Field, Takes};
use super::models::{self, Model, Task};
use crate::world::{Ticket, World};
use crate::{synth, vector};

const FIELDS: [Field; 5] = [
    ("dimensions", false, Takes::Integer(1, 3_072)),
    ("encoding_format", false, Takes::Word(&["float", "base64"])),
    ("input", false, Takes::Own),
    ("model", false, Takes::Text),
    ("user", false, Takes::Text),
];

/// The most inputs of one request, and the most tokens of one input.
const MOST_INPUTS: usize = 2_048;
const MOST_TOKENS: u32 = 8_192;

/// A text, and how many tokens it has.
type Input = (String, u32);

pub(super) fn router() -> Router<Arc<World>> {
    Router::new().route("/v1/embeddings", post(create))
}

async fn create(
    State(world): State<Arc<World>>,
    Extension(ticket): Extension<Ticket>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let mut desk = Desk::open(world, ticket);
    match answer(&mut desk, &headers, body).await {
        Ok(response) => response,
        Err(error) => desk.refuse(error),
    }
}

pub(super) async fn answer(desk: &mut Desk, headers: &HeaderMap, body: Body) -> Result<Response, ApiError> {
    let (value, faults) = desk.read(headers, body).await?;
    let (made, tokens) = made(value)?;
    desk.allow(headers, tokens)?;
    Ok(desk.whole(&made, faults))
}

/// The embeddings that a request asks for, and how many tokens they took.
pub(super) fn made(value: Value) -> Result<(Value, u32), ApiError> {
    let Value::Object(map) = value else { return Err(ApiError::no_json()) };
    fields::known(&map, &FIELDS)?;
    let model = model(&map)?;
    let inputs = inputs(check::required(&map, "", "input")?)?;
    let dimensions = dimensions(&map, &model)?;
    let tokens = inputs.iter().map(|(_, tokens)| tokens).sum();
    let packed = map.get("encoding_format").is_some_and(|format| format == "base64");
    let one = |(index, (text, _)): (usize, &Input)| {
        let vector = vector::of(text, dimensions);
        let embedding = if packed { Value::from(pack(&vector)) } else { json!(vector) };
        json!({"object": "embedding", "index": index, "embedding": embedding})
    };
    let made = json!({
        "object": "list",
        "data": inputs.iter().enumerate().map(one).collect::<Vec<_>>(),
        "model": model.dated,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    });
    Ok((made, tokens))
}

fn model(map: &Object) -> Result<Model, ApiError> {
    let name = check::string("model", check::required(map, "", "model")?)?;
    let model = models::resolve(name).ok_or_else(|| ApiError::no_model(name))?;
    if model.does(Task::Embedding) {
        return Ok(model);
    }
    let message = "You are not allowed to generate embeddings from this model";
    Err(ApiError::invalid(StatusCode::FORBIDDEN, message))
}

/// A text, texts, tokens, or lists of tokens.
fn inputs(input: &Value) -> Result<Vec<Input>, ApiError> {
    let list = match input {
        Value::String(text) => return Ok(vec![text_of("input", text)?]),
        Value::Array(list) => list,
        other => return Err(check::wrong_type("input", "one of a string or an array", other)),
    };
    if list.is_empty() || list.len() > MOST_INPUTS && !list.iter().all(Value::is_u64) {
        let message = format!("Invalid 'input': expected an array with 1 to {MOST_INPUTS} items.");
        return Err(ApiError::of("input", message).code("invalid_array"));
    }
    if list.iter().all(Value::is_u64) {
        return Ok(vec![tokens_of(list)?]);
    }
    let one = |(at, item): (usize, &Value)| {
        let at = format!("input[{at}]");
        match item {
            Value::String(text) => text_of(&at, text),
            Value::Array(tokens) if !tokens.is_empty() && tokens.iter().all(Value::is_u64) => {
                tokens_of(tokens)
            }
            other => Err(check::wrong_type(&at, "one of a string or an array of integers", other)),
        }
    };
    list.iter().enumerate().map(one).collect()
}

fn text_of(at: &str, text: &str) -> Result<Input, ApiError> {
    if text.is_empty() {
        return Err(ApiError::of(at, format!("Invalid '{at}': input cannot be an empty string.")));
    }
    fits(text.to_owned(), synth::count(text))
}

/// Tokens are no texts here; the same tokens are the same text.
fn tokens_of(tokens: &[Value]) -> Result<Input, ApiError> {
    let text: Vec<_> = tokens.iter().map(Value::to_string).collect();
    fits(text.join(" "), u32::try_from(tokens.len()).unwrap_or(u32::MAX))
}

fn fits(text: String, tokens: u32) -> Result<Input, ApiError> {
    if tokens <= MOST_TOKENS {
        return Ok((text, tokens));
    }
    let message = format!(
        "This model's maximum context length is {MOST_TOKENS} tokens, however you requested {tokens} tokens \
         ({tokens} in your prompt; 0 for the completion). Please reduce your prompt; or completion length."
    );
    Err(ApiError::invalid(StatusCode::BAD_REQUEST, message))
}

fn dimensions(map: &Object, model: &Model) -> Result<usize, ApiError> {
    let most = if model.name.contains("large") { 3_072 } else { 1_536 };
    let Some(asked) = map.get("dimensions").and_then(Value::as_u64) else { return Ok(most) };
    if model.name.contains("ada") {
        let message = "This model does not support specifying dimensions.";
        return Err(ApiError::invalid(StatusCode::BAD_REQUEST, message));
    }
    let asked = usize::try_from(asked).ok().filter(|asked| *asked <= most);
    asked.ok_or_else(|| {
        let message = format!("Invalid value for 'dimensions': this model has at most {most}.");
        ApiError::of("dimensions", message).code("invalid_value")
    })
}

/// Little-endian numbers of four bytes, in base64.
fn pack(vector: &[f32]) -> String {
    let bytes: Vec<u8> = vector.iter().flat_map(|value| value.to_le_bytes()).collect();
    STANDARD.encode(bytes)
}
